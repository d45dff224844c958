//! A field that differs, and how it is called.

use super::secret;
use crate::compile::cause::Field;
use crate::spec::redact::HIDDEN;
use serde_json::Value as Json;
use std::fmt;

/// One field that differs. A mapping or list that only one side has is one change, with all that it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// What it is called, the same on both sides.
    pub path: FieldPath,
    /// What becomes of it.
    pub step: FieldStep,
    /// Its value on the first side; of a [reordered](FieldStep::Reordered) list what names its items, in order.
    pub before: Option<Json>,
    /// Its value on the second side.
    pub after: Option<Json>,
    /// Where the first side has it, or what would hold it.
    pub before_at: Option<Field>,
    /// Where the second side has it, or what would hold it.
    pub after_at: Option<Field>,
    /// Whether its values are for nobody's eyes: then no output shows them.
    pub secret: bool,
}

impl FieldChange {
    /// Its values on both sides, for showing: without the credentials in them. `kind` is that of the object.
    pub fn hidden(&self, kind: &str) -> (Option<Json>, Option<Json>) {
        let shown = |value: &Option<Json>| {
            let value = value.as_ref()?;
            Some(match (self.secret, value) {
                (false, _) => value.clone(),
                (true, Json::Object(_) | Json::Array(_)) => secret::hidden(kind, &self.path, value),
                (true, _) => Json::from(HIDDEN),
            })
        };
        (shown(&self.before), shown(&self.after))
    }
}

/// What becomes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldStep {
    /// Only the second side has it.
    Added,
    /// Only the first side has it.
    Removed,
    /// It has another value.
    Changed,
    /// The items of a list whose order means something stand in another one.
    Reordered,
}

/// What a field is called: `spec.template.spec.containers[name=spark].env[name=HOME].value`,
/// `data["spark-defaults.conf"]{spark.executor.memory}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(pub Vec<Step>);

/// One step into an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A key of a mapping.
    Key(String),
    /// An item of a list whose type gives its items names: the fields that name it, with their values as text,
    /// which is empty where the item has no such field.
    Item(Vec<(String, String)>),
    /// A member of a list that is a set, or of one whose items have no names and are told apart by what they
    /// hold: the value as compact JSON.
    Member(String),
    /// An item of a list by its position, from 0, where nothing else names it: on the first side, and of what only
    /// the second side has, there.
    At(usize),
    /// An entry of a text that is read as what it is: a property's key, an XML property's name, a path into
    /// JSON or YAML, or the number of a line, from 1; `comments` of a file of properties stands for all its
    /// remarks. Numbers are those of the first side, and of what only the second side has, of that.
    Entry(String),
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if is_plain(key) => write!(f, "{}{key}", if at == 0 { "" } else { "." })?,
                Step::Key(key) => write!(f, "[{}]", Json::from(key.as_str()))?,
                Step::Item(names) => {
                    let names: Vec<String> = names
                        .iter()
                        .filter(|(_, value)| !value.is_empty())
                        .map(|(field, value)| format!("{field}={value}"))
                        .collect();
                    write!(f, "[{}]", names.join(","))?;
                }
                Step::Member(json) => write!(f, "[{json}]")?,
                Step::At(at) => write!(f, "[{at}]")?,
                Step::Entry(entry) => write!(f, "{{{entry}}}")?,
            }
        }
        Ok(())
    }
}

impl Step {
    /// Whether [`FieldPath::read`] takes it for what it is.
    pub(super) fn is_readable(&self) -> bool {
        match self {
            Step::Key(_) | Step::At(_) => true,
            Step::Item(names) => {
                let reads = |text: &str| !text.contains([',', '=', '[', ']', '"', '{', '}']);
                names.iter().all(|(field, value)| reads(field) && reads(value) && !value.is_empty())
            }
            Step::Member(_) | Step::Entry(_) => false,
        }
    }
}

impl FieldPath {
    /// Reads what a path of keys, named items and positions is displayed as.
    pub(super) fn read(text: &str) -> Option<FieldPath> {
        let (mut steps, mut rest) = (Vec::new(), text);
        while !rest.is_empty() {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let Some(inside) = rest.strip_prefix('[') else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (key, after) = rest.split_at(end);
                steps.push(is_plain(key).then(|| Step::Key(key.to_owned()))?);
                rest = after;
                continue;
            };
            if inside.starts_with('"') {
                let mut values = serde_json::Deserializer::from_str(inside).into_iter::<String>();
                steps.push(Step::Key(values.next()?.ok()?));
                rest = inside[values.byte_offset()..].strip_prefix(']')?;
                continue;
            }
            let (step, after) = inside.split_once(']')?;
            steps.push(match step.parse() {
                Ok(at) => Step::At(at),
                Err(_) => {
                    let names = step.split(',').map(|name| {
                        let (field, value) = name.split_once('=')?;
                        Some((field.to_owned(), value.to_owned()))
                    });
                    Step::Item(names.collect::<Option<_>>()?)
                }
            });
            rest = after;
        }
        Some(FieldPath(steps))
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_into_documents_are_read_as_they_are_displayed() {
        let name = |field: &str, value: &str| (field.to_owned(), value.to_owned());
        let steps = vec![
            Step::Key("a".to_owned()),
            Step::At(3),
            Step::Key("b.c\"]".to_owned()),
            Step::Item(vec![name("port", "80"), name("protocol", "TCP")]),
            Step::Key("d".to_owned()),
        ];
        let path = FieldPath(steps);
        assert_eq!(path.to_string(), r#"a[3]["b.c\"]"][port=80,protocol=TCP].d"#);
        assert_eq!(FieldPath::read(&path.to_string()), Some(path));
        assert_eq!(FieldPath::read(""), Some(FieldPath::default()));
        assert_eq!(FieldPath::read("a[b"), None);
    }
}
