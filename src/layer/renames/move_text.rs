//! An entry of one mapping moved to another, in the text. Only what is plainly safe is done: anything else
//! is left to the author.

use super::edit::{Edit, plain};
use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::{Mapping, Node, Value};

/// The edits that move an entry; none where the text is of a form that is better not touched.
pub fn edits(
    document: &Node,
    text: &str,
    root: &SpecPath,
    from: &SpecPath,
    to: &SpecPath,
) -> Option<Vec<Edit>> {
    let moved = Entry::of(document, from, text)?;
    let removed = Entry::of(document, &topmost(document, root, from, to), text)?;
    let (target, steps) = document.nearest(to);
    let missing: Vec<&str> = to.0[steps..].iter().map(key).collect::<Option<_>>()?;
    let insertion = insertion(target, &missing, &moved, text)?;
    let removal = removed.removal()?;
    // At the end of what goes is no overlap.
    (insertion.range.start >= removal.range.end || insertion.range.end <= removal.range.start)
        .then(|| vec![insertion, removal])
}

fn key(segment: &Segment) -> Option<&str> {
    match segment {
        Segment::Key(key) => Some(key),
        Segment::Index(_) => None,
    }
}

/// What has to go with an entry: the mappings that lead to nothing else, but none that the new place is in.
fn topmost(document: &Node, root: &SpecPath, from: &SpecPath, to: &SpecPath) -> SpecPath {
    let mut goes = from.clone();
    while let Some(above) = goes.parent() {
        let alone = document.at(&above).and_then(Node::as_map).is_some_and(|map| map.entries.len() == 1);
        if !alone || above == *root || !root.covers(&above) || above.covers(to) {
            break;
        }
        goes = above;
    }
    goes
}

/// One entry of a mapping in the text.
struct Entry<'a> {
    text: &'a str,
    /// Whether the mapping that it stands in is in braces.
    flow: bool,
    /// First byte of the key.
    start: usize,
    /// One past the last byte of the value.
    end: usize,
    /// First byte of the value.
    value: usize,
}

impl<'a> Entry<'a> {
    fn of(document: &Node, path: &SpecPath, text: &'a str) -> Option<Entry<'a>> {
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
    fn lines(&self) -> Option<std::ops::Range<usize>> {
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

    fn removal(&self) -> Option<Edit> {
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
    fn inline_value(&self) -> Option<&'a str> {
        let value = self.text.get(self.value..self.end)?;
        let block = value.starts_with(['|', '>', '-']) && value.contains('\n');
        (!block && !value.contains(['\n', '#']) && !value.is_empty()).then_some(value)
    }
}

/// Where and how the entry is written anew, under the names that lead to it from `target`.
fn insertion(target: &Node, missing: &[&str], moved: &Entry<'_>, text: &str) -> Option<Edit> {
    let map = target.as_map()?;
    if is_flow(target, text) {
        let close = (target.span.end as usize).checked_sub(1)?;
        let value = inline(missing, moved.inline_value()?);
        let open = text.get(target.span.range())?;
        if !open.ends_with('}') || open.contains(['\n', '#']) {
            return None;
        }
        let comma = if map.entries.is_empty() { "" } else { ", " };
        let at = text[..close].trim_end_matches(' ').len();
        return Some(Edit { range: at..at, text: format!("{comma}{value}") });
    }
    let first = map.entries.values().next()?;
    let start = first.key.start as usize;
    let line = line_start(text, start);
    let column = start - line;
    // In a list, the first key stands behind a dash.
    if !text[line..start].bytes().all(|byte| byte == b' ' || byte == b'-') {
        return None;
    }
    let at = line_end(text, map.entries.values().map(|entry| last_byte(&entry.node, text)).max()?);
    let (names, leaf) = missing.split_at(missing.len() - 1);
    let mut lines = String::new();
    if at > 0 && !text[..at].ends_with('\n') {
        lines.push('\n');
    }
    for (depth, name) in names.iter().enumerate() {
        lines.push_str(&format!("{}{}:\n", " ".repeat(column + 2 * depth), plain(name)));
    }
    let indentation = column + 2 * names.len();
    lines.push_str(&entry_lines(moved, leaf.first()?, indentation)?);
    Some(Edit { range: at..at, text: lines })
}

/// The lines of a moved entry with another name, at another depth.
fn entry_lines(moved: &Entry<'_>, name: &str, indentation: usize) -> Option<String> {
    let pad = " ".repeat(indentation);
    if moved.flow {
        return Some(format!("{pad}{}: {}\n", plain(name), moved.inline_value()?));
    }
    let range = moved.lines()?;
    let depth = moved.start - line_start(moved.text, moved.start);
    let key_line = line_start(moved.text, moved.start);
    let mut lines = String::new();
    let mut at = range.start;
    for line in moved.text[range].split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        let ending = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
        let here = at;
        at += line.len();
        if bare.trim().is_empty() {
            lines.push_str(ending);
            continue;
        }
        let body = bare.strip_prefix(&" ".repeat(depth))?;
        if here == key_line {
            let colon = body.find(':')?;
            lines.push_str(&format!("{pad}{}{}{ending}", plain(name), &body[colon..]));
        } else {
            lines.push_str(&format!("{pad}{body}{ending}"));
        }
    }
    Some(lines)
}

fn inline(names: &[&str], value: &str) -> String {
    let Some((first, rest)) = names.split_first() else { return value.to_owned() };
    match rest {
        [] => format!("{}: {value}", plain(first)),
        _ => format!("{}: {{{}}}", plain(first), inline(rest, value)),
    }
}

fn is_flow(node: &Node, text: &str) -> bool {
    text.get(node.span.range()).is_some_and(|text| text.starts_with(['{', '[']))
}

/// One past the last byte of what a node says, without what follows it.
fn last_byte(node: &Node, text: &str) -> usize {
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

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// One past the line break of the line that `at` lies in.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}
