//! Credentials in what is rendered: values of environments, arguments, texts of ConfigMaps, labels and
//! annotations, and Secrets themselves.

use super::hints;
use super::names;
use super::text;
use super::values::{self, Leak};
use crate::layer::tree::{Node, Value};
use crate::rules::Problem;
use crate::rules::set::{Object, Subject};

/// A credential in an object: the object, the value it stands in, the line where that is a text, and what it is.
pub struct Found<'a> {
    /// The object.
    pub object: Object<'a>,
    /// The value.
    pub node: &'a Node,
    /// The line of the value, from 1.
    pub line: usize,
    /// What it is.
    pub leak: Leak<'a>,
}

/// Every credential in the objects.
pub fn leaks<'a>(subject: &Subject<'a>) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    for object in subject.objects() {
        // Secrets have a rule of their own; what stands encrypted in a SealedSecret looks random, and is.
        let hidden = matches!(object.id.kind.as_str(), "Secret" | "SealedSecret");
        if !hidden {
            walk(object, object.node, None, Around::Field, &mut found);
        }
    }
    found
}

/// Secrets with values in them.
pub fn in_bundle(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for object in subject.of("Secret") {
        let all = ["data", "stringData"].into_iter().filter_map(|key| object.node.get(key)?.as_map());
        let mut values = all.flat_map(|map| &map.entries);
        // An encrypted value of SOPS begins with `ENC[`.
        let plain =
            |node: &Node| node.as_str().is_none_or(|text| !text.is_empty() && !text.starts_with("ENC["));
        if let Some((key, entry)) = values.find(|(_, entry)| plain(&entry.node)) {
            let message = format!("{} carries a value for `{key}`", object.id);
            problems.push(
                Problem::new("secret/in-bundle", message, subject.place(&entry.node), "here")
                    .help("name the credential under `secrets`, so that External Secrets fetches it, or create the Secret by hand")
                    .secret(),
            );
        }
    }
}

/// The values of Secrets.
pub fn in_secrets<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a str> {
    let secrets = subject.objects().iter().filter(|object| object.id.kind == "Secret");
    let maps = secrets.flat_map(|object| [object.node.get("data"), object.node.get("stringData")]);
    let maps = maps.filter_map(|node| node?.as_map());
    maps.flat_map(|map| &map.entries).filter_map(|(_, entry)| entry.node.as_str())
}

/// What stands around a value.
#[derive(Clone, Copy, PartialEq)]
enum Around {
    /// Fields of Kubernetes, whose names are not the user's.
    Field,
    /// Names of the user's choice: data, labels, annotations.
    Free,
    /// Words of a command line.
    Words,
}

fn walk<'a>(
    object: &Object<'a>,
    node: &'a Node,
    name: Option<&'a str>,
    around: Around,
    found: &mut Vec<Found<'a>>,
) {
    match &node.value {
        Value::String(value) => {
            let called =
                name.filter(|name| around == Around::Free || name.contains('.') || names::is_password(name));
            scan(object, node, called, value, found);
        }
        Value::List(items) => {
            let around = match name {
                Some("command" | "args") => Around::Words,
                _ => Around::Field,
            };
            for (at, item) in items.iter().enumerate() {
                walk(object, item, None, around, found);
                let flag = at.checked_sub(1).and_then(|before| items[before].as_str());
                let flag = flag.filter(|_| around == Around::Words).and_then(|flag| flag.strip_prefix("--"));
                if let (Some(flag), Some(value)) = (flag, item.as_str())
                    && let Some(leak) = values::by_name(Some(flag), value)
                    && found.last().is_none_or(|last| !std::ptr::eq(last.node, item))
                {
                    found.push(Found { object: *object, node: item, line: 1, leak });
                }
            }
        }
        Value::Map(map) => {
            let pair = node.text("name").zip(node.get("value"));
            for (key, entry) in &map.entries {
                let inside = match key.as_str() {
                    "data" | "stringData" if name.is_none() => Around::Free,
                    "labels" | "annotations" | "matchLabels" => Around::Free,
                    "sparkConf" | "hadoopConf" | "env" => Around::Free,
                    _ if around == Around::Free && name.is_some_and(is_free) => Around::Free,
                    _ => Around::Field,
                };
                match pair {
                    Some((name, value)) if key == "value" => {
                        if let Value::String(text) = &value.value {
                            scan(object, value, Some(name), text, found);
                        }
                    }
                    _ => walk(object, &entry.node, Some(key), inside, found),
                }
            }
        }
        _ => {}
    }
}

/// Mappings whose keys are names of the user's choice.
fn is_free(name: &str) -> bool {
    matches!(
        name,
        "data" | "stringData" | "labels" | "annotations" | "matchLabels" | "sparkConf" | "hadoopConf" | "env"
    )
}

fn scan<'a>(
    object: &Object<'a>,
    node: &'a Node,
    name: Option<&str>,
    value: &'a str,
    found: &mut Vec<Found<'a>>,
) {
    if !hints::any(value) && !name.is_some_and(hints::any) {
        return;
    }
    if value.contains('\n') {
        let all = text::leaks(value).into_iter();
        found.extend(all.map(|(line, leak)| Found { object: *object, node, line, leak }));
    } else if let Some(leak) = values::judge(name, value).or_else(|| Some(text::leaks(value).pop()?.1)) {
        found.push(Found { object: *object, node, line: 1, leak });
    }
}
