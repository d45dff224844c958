//! Files of properties, key by key.

use super::Entry;
use crate::diff::meaning::spark;
use crate::rules::set::properties;
use serde_json::Value as Json;
use std::collections::HashMap;

/// What all remarks of a file together are called.
pub const COMMENTS: &str = "comments";

/// The properties that differ. Of one that stands there twice the last counts, as everybody reads it; order and
/// empty lines mean nothing, and remarks are one entry, in their order.
pub fn compare(before: &str, after: &str) -> Vec<Entry> {
    let (old, new) = (properties(before), properties(after));
    let (by_key, own) = (last(&old), last(&new));
    let mut found = Vec::new();
    for (line, key, value) in new.iter().filter(|(line, key, _)| own[key.as_str()].0 == *line) {
        let before = by_key.get(key.as_str());
        if !before.is_some_and(|(_, old)| spark::same(key, old, value)) {
            let before = before.map(|(line, value)| (Json::from(*value), *line));
            found.push(Entry::new(key.as_str(), before, Some((Json::from(value.as_str()), *line))));
        }
    }
    for (line, key, value) in old.iter().filter(|(line, key, _)| by_key[key.as_str()].0 == *line) {
        if !own.contains_key(key.as_str()) {
            found.push(Entry::new(key.as_str(), Some((Json::from(value.as_str()), *line)), None));
        }
    }
    let (old, new) = (comments(before), comments(after));
    let text = |lines: &[(usize, &str)]| -> Option<(Json, usize)> {
        let all: Vec<&str> = lines.iter().map(|(_, line)| *line).collect();
        Some((Json::from(all.join("\n")), lines.first()?.0))
    };
    if !old.iter().map(|(_, line)| line).eq(new.iter().map(|(_, line)| line)) {
        found.push(Entry::new(COMMENTS, text(&old), text(&new)));
    }
    found
}

/// The line and the value that count, by key.
fn last(all: &[(usize, String, String)]) -> HashMap<&str, (usize, &str)> {
    all.iter().map(|(line, key, value)| (key.as_str(), (*line, value.as_str()))).collect()
}

/// The remarks, with their lines. A line that goes on behind a backslash is none, whatever it begins with.
fn comments(text: &str) -> Vec<(usize, &str)> {
    let mut goes_on = false;
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        let is_comment = !goes_on && trimmed.starts_with(['#', '!']);
        if is_comment {
            found.push((at + 1, trimmed));
        }
        let slashes = line.bytes().rev().take_while(|byte| *byte == b'\\').count();
        goes_on = !is_comment && slashes % 2 == 1;
    }
    found
}
