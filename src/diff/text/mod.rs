//! Texts inside objects, compared as what they are. One that is not well-formed in its format is compared by lines.

mod document;
mod lines;
mod properties;
mod xml;

use super::field::FieldStep;
use serde_json::Value as Json;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `java.util.Properties`, as Spark and Log4j read them.
    Properties,
    /// A configuration of Hadoop's or Hive's.
    Xml,
    /// JSON or YAML.
    Document,
    /// Anything of several lines.
    Lines,
}

/// One entry of a text that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What becomes of it.
    pub step: FieldStep,
    /// What it is called.
    pub name: String,
    /// Its value on the first side, and the line where it stands, from 1.
    pub before: Option<(Json, usize)>,
    /// The same on the second side.
    pub after: Option<(Json, usize)>,
    /// Whether its place says that it is a credential.
    pub is_secret: bool,
}

impl Entry {
    /// An entry that one side has or both.
    fn new(name: impl Into<String>, before: Option<(Json, usize)>, after: Option<(Json, usize)>) -> Entry {
        let step = match (&before, &after) {
            (None, _) => FieldStep::Added,
            (_, None) => FieldStep::Removed,
            _ => FieldStep::Changed,
        };
        Entry { step, name: name.into(), before, after, is_secret: false }
    }
}

/// What the file of a ConfigMap is, by its name.
pub fn format(file: &str) -> Option<Format> {
    let lower = file.to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
    if ends(&[".properties", "spark-defaults.conf"]) {
        Some(Format::Properties)
    } else if ends(&[".xml"]) {
        Some(Format::Xml)
    } else if ends(&[".json", ".yaml", ".yml", ".ipynb"]) {
        Some(Format::Document)
    } else {
        None
    }
}

/// What differs between two texts of a format.
pub fn compare(format: Format, before: &str, after: &str) -> Vec<Entry> {
    let entries = match format {
        Format::Properties => properties::compare(before, after),
        Format::Xml => xml::compare(before, after),
        Format::Document => document::compare(before, after),
        Format::Lines => None,
    };
    // An entry that is called by a number would be taken for a line.
    entries
        .filter(|entries| entries.iter().all(|entry| !is_line(&entry.name)))
        .unwrap_or_else(|| lines::compare(before, after))
}

/// A text with entries changed, up to its layout: what [`compare`] called them, what becomes of them, and their
/// values on the second side. Nothing where the text is not in the format.
pub fn apply(format: Format, before: &str, changes: &[(&str, FieldStep, Option<&Json>)]) -> Option<String> {
    if changes.iter().all(|(name, ..)| is_line(name)) {
        return Some(lines::apply(before, changes));
    }
    let texts = || -> Vec<(&str, Option<&str>)> {
        changes.iter().map(|(name, _, value)| (*name, value.and_then(Json::as_str))).collect()
    };
    match format {
        Format::Properties => Some(properties::apply(before, &texts())),
        Format::Xml => xml::apply(before, &texts()),
        Format::Document => document::apply(before, changes),
        Format::Lines => None,
    }
}

fn is_line(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}
