//! Where an entry of a mapping stands in a text: its lines, its comments, its end.

use super::Edit;
use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::{Mapping, Node, Value};
use std::ops::Range;

/// One entry of a mapping in the text.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The whole text.
    pub text: &'a str,
    /// Whether the mapping that it stands in is in braces.
    pub flow: bool,
    /// First byte of the key.
    pub start: usize,
    /// One past the last byte of the value.
    pub end: usize,
    /// First byte of the value.
    pub value: usize,
}

impl<'a> Entry<'a> {
    /// The entry at a path; none where an alias or anchor is part of it, which must not be moved past one
    /// another.
    pub fn of(document: &Node, path: &SpecPath, text: &'a str) -> Option<Entry<'a>> {
        let above = document.at(&path.parent()?)?;
        let Segment::Key(name) = path.0.last()? else { return None };
        let entry = above.as_map()?.entries.get(name)?;
        let start = entry.key.start as usize;
        let written = text.get(entry.key.range())?;
        // The place of an alias is no key.
        if written.trim_matches(['"', '\'']) != name
            || holds_references(text.get(start..last_byte(&entry.node, text))?)
        {
            return None;
        }
        Some(Entry {
            text,
            flow: is_flow(above, text),
            start,
            end: last_byte(&entry.node, text).max(entry.key.end as usize),
            value: entry.node.span.start as usize,
        })
    }

    /// The whole lines that a block entry takes, with the comments right above it; none where it shares
    /// a line with something else.
    pub fn lines(&self) -> Option<Range<usize>> {
        let first = line_start(self.text, self.start);
        if !self.text[first..self.start].bytes().all(|byte| byte == b' ') {
            return None;
        }
        let end = line_end(self.text, self.end);
        let rest = self.text[self.end..end].trim();
        if !(rest.is_empty() || rest.starts_with('#')) {
            return None;
        }
        let indentation = &self.text[first..self.start];
        let mut begin = first;
        while begin > 0 {
            let above = line_start(self.text, begin - 1);
            let line = &self.text[above..begin];
            if !line.strip_prefix(indentation).is_some_and(|rest| rest.starts_with('#')) {
                break;
            }
            begin = above;
        }
        Some(begin..end)
    }

    /// The edit that takes it out, with the comments that are its own; none where it shares a line.
    pub fn removal(&self) -> Option<Edit> {
        if !self.flow {
            return Some(Edit { range: self.lines()?, text: String::new() });
        }
        // With the comma after it, or before it where it is the last one.
        let after = &self.text[self.end..];
        let gap = after.len() - after.trim_start_matches(' ').len();
        let range = if after[gap..].starts_with(',') {
            let rest = &after[gap + 1..];
            self.start..self.end + gap + 1 + (rest.len() - rest.trim_start_matches(' ').len())
        } else {
            let before = self.text[..self.start].trim_end_matches(' ');
            before.strip_suffix(',').map_or(before.len(), |before| before.len())..self.end
        };
        let gone = &self.text[range.clone()];
        (!gone.contains(['\n', '#'])).then(|| Edit { range, text: String::new() })
    }

    /// Key and value on one line, for a mapping in braces.
    pub fn inline_value(&self) -> Option<&'a str> {
        let value = self.text.get(self.value..self.end)?;
        let block = value.starts_with(['|', '>', '-']) && value.contains('\n');
        (!block && !value.contains(['\n', '#']) && !value.is_empty()).then_some(value)
    }
}

/// Whether a node stands in braces or brackets.
pub fn is_flow(node: &Node, text: &str) -> bool {
    text.get(node.span.range()).is_some_and(|text| text.starts_with(['{', '[']))
}

/// One past the last byte of what a node says, without what follows it.
pub fn last_byte(node: &Node, text: &str) -> usize {
    let own = || {
        let written = text.get(node.span.range()).unwrap_or_default();
        node.span.start as usize + written.trim_end().len()
    };
    let children = |map: &Mapping| map.entries.values().map(|entry| last_byte(&entry.node, text)).max();
    match &node.value {
        _ if is_flow(node, text) => own(),
        Value::Map(map) => children(map).unwrap_or_else(own),
        Value::List(items) => items.iter().map(|item| last_byte(item, text)).max().unwrap_or_else(own),
        _ => own(),
    }
}

/// Whether a text may hold an anchor or an alias, which must not be moved past one another.
fn holds_references(text: &str) -> bool {
    text.split([' ', '\n', ',', '[', '{']).any(|word| word.starts_with(['&', '*']))
}

/// The first byte of the line that `at` lies in.
pub fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// One past the line break of the line that `at` lies in.
pub fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}
