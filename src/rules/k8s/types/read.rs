//! Reads the tables; `scripts/kubernetes-types` tells their format. What cannot be read is left out: a test
//! holds the tables to being whole.

use super::{Body, Choice, Field, Kind, Shape, Type, find_type};
use std::sync::OnceLock;

/// Cuts a table into its kinds and the blocks of its types.
pub fn table(text: &'static str, is_built_in: bool, kinds: &mut Vec<Kind>, types: &mut Vec<Type>) {
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n') {
        rest = after;
        if let Some(words) = line.strip_prefix("@ ") {
            let mut words = words.split(' ');
            let (api_version, kind, scope, of) = (words.next(), words.next(), words.next(), words.next());
            let since = words.next().and_then(|word| word.strip_prefix("since="));
            if let (Some(api_version), Some(kind), Some(scope), Some(of)) = (api_version, kind, scope, of) {
                let of = (of != "-").then_some(of);
                kinds.push(Kind { api_version, kind, is_cluster_wide: scope == "c", of, since, is_built_in });
            }
        } else if !line.starts_with('#') && !line.is_empty() {
            // The block ends before the first line that is not indented.
            let mut end = 0;
            while rest[end..].starts_with(' ') {
                end += rest[end..].find('\n').map_or(rest.len() - end, |at| at + 1);
            }
            types.push(Type { name: line, block: &rest[..end], read: OnceLock::new() });
            rest = &rest[end..];
        }
    }
}

/// The fields of a type.
pub fn body(block: &'static str) -> Body {
    let (mut fields, mut choices) = (Vec::new(), Vec::new());
    for line in block.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(name), Some(second)) = (words.next(), words.next()) else { continue };
        if matches!(name, "one" | "most-one") {
            let ways = second.split('|').map(|way| way.split('/').collect()).collect();
            choices.push(Choice { is_required: name == "one", ways });
            continue;
        }
        let mut field = Field {
            name: name.trim_end_matches('!'),
            is_required: name.ends_with('!'),
            shape: shape(second),
            keys: Vec::new(),
            is_set: false,
            is_some: false,
            values: None,
            least: None,
            most: None,
            form: None,
            since: None,
        };
        for word in words {
            match word.split_once('=').unwrap_or((word, "")) {
                ("key", keys) => field.keys = keys.split(',').collect(),
                ("set", _) => field.is_set = true,
                ("some", _) => field.is_some = true,
                ("values", values) => field.values = Some(values.split('|').collect()),
                ("least", number) => field.least = number.parse().ok(),
                ("most", number) => field.most = number.parse().ok(),
                ("form", form) => field.form = Some(form),
                ("since", version) => field.since = Some(version),
                _ => {}
            }
        }
        fields.push(field);
    }
    fields.sort_unstable_by(|a, b| a.name.cmp(b.name));
    Body { fields, choices }
}

fn shape(word: &'static str) -> Shape {
    if let Some(of) = word.strip_prefix('[') {
        return Shape::List(Box::new(shape(of)));
    }
    if let Some(of) = word.strip_prefix('{') {
        return Shape::Map(Box::new(shape(of)));
    }
    match word {
        "string" => Shape::Text,
        "bytes" => Shape::Bytes,
        "bool" => Shape::Flag,
        "int" => Shape::Whole,
        "number" => Shape::Number,
        "quantity" => Shape::Quantity,
        "intOrString" => Shape::WholeOrText,
        name => find_type(name).map_or(Shape::Any, Shape::Of),
    }
}
