//! Texts inside objects, compared as what they are.

mod lines;
mod properties;

use super::field::FieldStep;
use serde_json::Value as Json;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `java.util.Properties`, as Spark and Log4j read them.
    Properties,
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
}

impl Entry {
    /// An entry that one side has or both.
    fn new(name: impl Into<String>, before: Option<(Json, usize)>, after: Option<(Json, usize)>) -> Entry {
        let step = match (&before, &after) {
            (None, _) => FieldStep::Added,
            (_, None) => FieldStep::Removed,
            _ => FieldStep::Changed,
        };
        Entry { step, name: name.into(), before, after }
    }
}

/// What the file of a ConfigMap is, by its name.
pub fn format(file: &str) -> Option<Format> {
    let lower = file.to_ascii_lowercase();
    if lower.ends_with(".properties") || lower.ends_with("spark-defaults.conf") {
        return Some(Format::Properties);
    }
    None
}

/// What differs between two texts of a format.
pub fn compare(format: Format, before: &str, after: &str) -> Vec<Entry> {
    match format {
        Format::Properties => properties::compare(before, after),
        Format::Lines => lines::compare(before, after),
    }
}
