//! Texts line by line: scripts, and all that is in no format that is known, or not well-formed in its own.

use super::Entry;
use crate::diff::align::{Aligned, align};
use crate::diff::digest::number;
use crate::diff::field::FieldStep;
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

/// The text with lines changed: those that change or go are called by their numbers before, those that come by
/// their numbers after.
pub fn apply(before: &str, changes: &[(&str, FieldStep, Option<&Json>)]) -> String {
    let mut lines: Vec<Option<&str>> = cut(before).into_iter().map(Some).collect();
    let mut new: Vec<(usize, &str)> = Vec::new();
    for (name, step, value) in changes {
        let Some(at) = name.parse::<usize>().ok().and_then(|number| number.checked_sub(1)) else { continue };
        let value = value.and_then(Json::as_str);
        match step {
            FieldStep::Added => new.extend(value.map(|value| (at, value))),
            _ => {
                if let Some(line) = lines.get_mut(at) {
                    *line = value;
                }
            }
        }
    }
    new.sort_unstable();
    let (mut kept, mut new) = (lines.into_iter().flatten(), new.into_iter().peekable());
    let mut all: Vec<&str> = Vec::new();
    loop {
        match new.next_if(|(at, _)| *at <= all.len()) {
            Some((_, line)) => all.push(line),
            None => match kept.next() {
                Some(line) => all.push(line),
                None => break,
            },
        }
    }
    all.extend(new.map(|(_, line)| line));
    all.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_called_by_their_numbers() {
        let (before, after) = ("a\nb\nc\nd\n", "x\na\nB\nd\n");
        let found = compare(before, after);
        let told: Vec<(FieldStep, &str)> =
            found.iter().map(|entry| (entry.step, entry.name.as_str())).collect();
        assert_eq!(told, [(FieldStep::Added, "1"), (FieldStep::Changed, "2"), (FieldStep::Removed, "3")]);
        let changes: Vec<_> = found
            .iter()
            .map(|entry| (entry.name.as_str(), entry.step, entry.after.as_ref().map(|(value, _)| value)))
            .collect();
        assert_eq!(apply(before, &changes), after);
    }
}
