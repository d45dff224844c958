//! Texts line by line: scripts, and all that is in no format that is known, or not well-formed in its own.

use super::Entry;
use crate::diff::align::{Aligned, align};
use crate::diff::digest::number;
use serde_json::Value as Json;

/// The lines that differ, each called by its number.
pub fn compare(before: &str, after: &str) -> Vec<Entry> {
    let (old, new) = (cut(before), cut(after));
    let numbers = |lines: &[&str]| -> Vec<u64> { lines.iter().map(number).collect() };
    let entry = |one| match one {
        Aligned::Both(a, b) if old[a] == new[b] => None,
        Aligned::Both(a, b) => Some(Entry::new(
            (a + 1).to_string(),
            Some((Json::from(old[a]), a + 1)),
            Some((Json::from(new[b]), b + 1)),
        )),
        Aligned::Before(at) => {
            Some(Entry::new((at + 1).to_string(), Some((Json::from(old[at]), at + 1)), None))
        }
        Aligned::After(at) => {
            Some(Entry::new((at + 1).to_string(), None, Some((Json::from(new[at]), at + 1))))
        }
    };
    align(&numbers(&old), &numbers(&new)).into_iter().filter_map(entry).collect()
}

/// The lines of a text. A line break at the end makes an empty last line: to have one or not is a difference.
pub fn cut(text: &str) -> Vec<&str> {
    text.split('\n').collect()
}
