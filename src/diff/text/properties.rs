//! Files of properties, key by key.

use super::Entry;
use crate::diff::meaning::spark;
use crate::rules::set::properties;
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::collections::HashMap;

/// What all remarks of a file together are called.
pub const COMMENTS: &str = "comments";

/// The properties that differ. Of one that stands there twice the last counts, as everybody reads it; order and
/// empty lines mean nothing, and remarks are one entry, in their order.
///
/// Nothing where a property is called as the remarks are.
pub fn compare(before: &str, after: &str) -> Option<Vec<Entry>> {
    let (old, new) = (properties(before), properties(after));
    if old.iter().chain(&new).any(|(_, key, _)| key == COMMENTS) {
        return None;
    }
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
    Some(found)
}

/// The file with entries changed: up to its layout, which means nothing.
pub fn apply(before: &str, changes: &[(&str, Option<&str>)]) -> String {
    let old = properties(before);
    let mut values: IndexMap<String, String> = IndexMap::new();
    for (_, key, value) in old {
        values.insert(key, value);
    }
    let own: Vec<&str> = comments(before).into_iter().map(|(_, line)| line).collect();
    let mut remarks = own.join("\n");
    for (name, value) in changes {
        match value {
            _ if *name == COMMENTS => remarks = value.unwrap_or_default().to_owned(),
            Some(value) => drop(values.insert((*name).to_owned(), (*value).to_owned())),
            None => drop(values.shift_remove(*name)),
        }
    }
    let lines =
        values.iter().map(|(key, value)| format!("{}={}\n", escaped(key, true), escaped(value, false)));
    let remarks = remarks.lines().map(|line| format!("{line}\n"));
    remarks.chain(lines).collect()
}

fn escaped(text: &str, is_key: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            '=' | ':' | '#' | '!' if is_key => out.extend(['\\', c]),
            // At the beginning of a value it would be taken for what stands before it.
            _ if c.is_whitespace() && (is_key || out.is_empty()) => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
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

#[cfg(test)]
mod tests {
    use super::*;

    fn names(before: &str, after: &str) -> Vec<String> {
        compare(before, after).unwrap().into_iter().map(|entry| entry.name).collect()
    }

    #[test]
    fn properties_are_compared_by_key_and_meaning() {
        let before = "# one\nspark.executor.memory 4g\nspark.app.name=a\nspark.app.name=b\n";
        assert_eq!(names(before, "\n# one\nspark.app.name: b\n\nspark.executor.memory=4096m"), [""; 0]);
        assert_eq!(
            names(before, "# two\nspark.app.name a\n"),
            ["spark.app.name", "spark.executor.memory", "comments"]
        );
        assert_eq!(compare("comments=1", ""), None);
        let found = &compare(before, "# one\nspark.app.name=c\nspark.executor.memory 4g").unwrap()[0];
        assert_eq!(found.before, Some((Json::from("b"), 4)));
        assert_eq!(found.after, Some((Json::from("c"), 2)));
    }

    #[test]
    fn a_file_is_written_so_that_it_is_read_back() {
        let nasty = "  a=b:c\\ #\n\t!ж ";
        let written = apply("# x\nold=1\n", &[(nasty, Some(nasty)), ("old", None), ("empty", Some(""))]);
        let read: Vec<(String, String)> = properties(&written).into_iter().map(|(_, k, v)| (k, v)).collect();
        assert_eq!(read, [(nasty.to_owned(), nasty.to_owned()), ("empty".to_owned(), String::new())]);
        assert_eq!(comments(&written), [(1, "# x")]);
    }
}
