//! Edits of a layer's text by the places that its tree knows: every comment, order and blank line that an edit
//! is not about stays as it was.
//!
//! Whoever edits reads the text again afterwards and holds its tree against the one that was wanted: these
//! pieces know the usual ways in which layers are written, not all of YAML.

mod entry;

pub use entry::{Entry, is_flow, last_byte, line_end, line_start};

use crate::layer::tree::Node;
use std::ops::Range;

/// A range of bytes and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes.
    pub range: Range<usize>,
    /// What is there afterwards.
    pub text: String,
}

/// A word as a plain scalar, or in quotes where it needs them.
pub fn plain(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '[' | ']' | '"');
    if word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.chars().all(safe) {
        word.to_owned()
    } else {
        quoted(word)
    }
}

/// A word in quotes.
pub fn quoted(word: &str) -> String {
    serde_json::Value::from(word).to_string()
}

/// A text with its edits, which do not overlap.
pub fn applied(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| std::cmp::Reverse((edit.range.start, edit.range.end)));
    let mut text = text.to_owned();
    for edit in edits {
        text.replace_range(edit.range, &edit.text);
    }
    text
}

/// A value under names, one in the other, as it stands in braces: `a: {b: 1}`.
pub fn inline(names: &[&str], value: &str) -> String {
    let Some((first, rest)) = names.split_first() else { return value.to_owned() };
    match rest {
        [] => format!("{}: {value}", plain(first)),
        _ => format!("{}: {{{}}}", plain(first), inline(rest, value)),
    }
}

/// Another entry at the end of a mapping in braces; none where they go over several lines.
pub fn into_braces(target: &Node, text: &str, entry: &str) -> Option<Edit> {
    let map = target.as_map()?;
    let close = (target.span.end as usize).checked_sub(1)?;
    let open = text.get(target.span.range())?;
    if !open.starts_with('{') || !open.ends_with('}') || open.contains(['\n', '#']) {
        return None;
    }
    let comma = if map.entries.is_empty() { "" } else { ", " };
    let at = text[..close].trim_end_matches(' ').len();
    Some(Edit { range: at..at, text: format!("{comma}{entry}") })
}
