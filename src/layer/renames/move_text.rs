//! An entry of one mapping moved to another, in the text. Only what is plainly safe is done: anything else
//! is left to the author.

use crate::layer::edit::{Edit, Entry, inline, into_braces, is_flow, last_byte, line_end, line_start, plain};
use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::Node;

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

/// Where and how the entry is written anew, under the names that lead to it from `target`.
fn insertion(target: &Node, missing: &[&str], moved: &Entry<'_>, text: &str) -> Option<Edit> {
    let map = target.as_map()?;
    if is_flow(target, text) {
        return into_braces(target, text, &inline(missing, moved.inline_value()?));
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
