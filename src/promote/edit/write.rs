//! Values as text: on one line where a person would write them so, else on lines of their own.

use crate::layer::edit::{plain, quoted};
use crate::layer::scalar::{self, Agreed, Plain};
use crate::layer::tree::{Entry, Mapping, Node, Value};
use crate::manifest::emit::emit;
use crate::source::{Sources, Span};

/// Longest list that is written on one line.
const WIDTH: usize = 80;

/// A value on one line.
pub fn inline(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => serde_json::Value::from(*number).to_string(),
        Value::String(text) => word(text),
        Value::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(|item| inline(&item.value)).collect();
            format!("[{}]", items?.join(", "))
        }
        Value::Map(map) => {
            let entry = |(key, entry): (&String, &Entry)| {
                Some(format!("{}: {}", name(key), inline(&entry.node.value)?))
            };
            format!("{{{}}}", map.entries.iter().map(entry).collect::<Option<Vec<_>>>()?.join(", "))
        }
    })
}

/// A value on the line of its key, in the style of what stood there; none where it needs lines of its own.
pub fn instead(value: &Value, old: &str, in_braces: bool) -> Option<String> {
    match value {
        Value::String(text) if old.starts_with('"') && !text.contains('\n') => Some(quoted(text)),
        Value::String(text) if old.starts_with('\'') && !text.contains(['\'', '\n']) => {
            Some(format!("'{text}'"))
        }
        _ if in_braces => inline(value),
        Value::String(text) if text.contains('\n') => None,
        Value::Map(map) if !map.entries.is_empty() => None,
        Value::List(items) => {
            let is_scalar = |item: &Node| !matches!(item.value, Value::List(_) | Value::Map(_));
            let written = inline(value)?;
            let one_line =
                old.starts_with('[') || items.is_empty() || (old.is_empty() && items.iter().all(is_scalar));
            (one_line && written.len() <= WIDTH).then_some(written)
        }
        _ => inline(value),
    }
}

/// What follows the colon of a key at `column`: a value on the same line, or a line break and lines below it.
/// Ends in a line break. `dashes` is how far those of the list are indented that stood there.
pub fn below(value: &Value, column: usize, step: usize, dashes: Option<usize>) -> Option<String> {
    let dashes = dashes.filter(|_| matches!(value, Value::List(_)));
    if let Some(written) = instead(value, "", false).filter(|_| dashes.is_none()) {
        return Some(format!(" {written}\n"));
    }
    if let Value::Map(map) = value {
        let inner = column + step;
        let mut lines = "\n".to_owned();
        for (key, entry) in &map.entries {
            let below = below(&entry.node.value, inner, step, None)?;
            lines.push_str(&format!("{}{}:{below}", " ".repeat(inner), name(key)));
        }
        return Some(lines);
    }
    // Lists of mappings and texts of several lines: as the one emitter writes them.
    let span = Span { source: Sources::default().scratch(), start: 0, end: 0 };
    let mut map = Mapping::default();
    let node = Node::new(span, value.clone());
    map.entries.insert("value".to_owned(), Entry { key: span, node });
    let text = emit(&Node::new(span, Value::Map(map))).ok()?;
    let after = text.get(text.find(':')? + 1..)?;
    let pad = " ".repeat(dashes.unwrap_or(column));
    let mut lines = String::new();
    for (at, line) in after.lines().enumerate() {
        let is_bare = at == 0 || line.is_empty();
        lines.push_str(&format!("{}{line}\n", if is_bare { "" } else { pad.as_str() }));
    }
    Some(lines)
}

/// A key, in quotes where it needs them.
pub fn name(key: &str) -> String {
    if scalar::resolve(key) == Plain::Agreed(Agreed::Text) { plain(key) } else { quoted(key) }
}

/// A text, in quotes where any reader could take it for something else.
fn word(text: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '@' | '+');
    let is_plain = scalar::resolve(text) == Plain::Agreed(Agreed::Text)
        && text.starts_with(|c: char| c.is_alphanumeric() || c == '/')
        && text.chars().all(safe)
        && !text.ends_with(':');
    if is_plain { text.to_owned() } else { quoted(text) }
}
