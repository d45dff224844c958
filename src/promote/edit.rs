//! One entry of a layer set or taken out, in the text: every comment, order and blank line that it is not about
//! stays as it was. What comes out is read again and held against the tree that was wanted.

mod insert;
pub mod write;

use crate::layer::edit::{
    Edit, Entry, applied, inline, into_braces, is_flow, last_byte, line_end, line_start,
};
use crate::layer::parse::parse_one;
use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::{Mapping, Node, Value};
use crate::source::SourceId;

/// What becomes of an entry.
#[derive(Debug, Clone)]
pub enum Wish<'a> {
    /// It is set to this value; mappings on the way to it are made.
    Set(&'a Value),
    /// It is taken out, and with it the mappings that lead to nothing else.
    Remove,
}

/// A text with its entry at `path` as it is wished; none where that cannot be done without changing or losing
/// something else, a comment among them. Of what is set anew, `order` says where: the keys of the mapping at
/// `root` in their usual order. `root` stays, if only as an empty mapping.
pub fn edited(
    text: &str,
    source: SourceId,
    root: &SpecPath,
    path: &SpecPath,
    wish: &Wish<'_>,
    order: &Node,
) -> Option<String> {
    let read = |text: &str| {
        let (document, findings) = parse_one(source, text);
        document.filter(|_| findings.is_empty())
    };
    let document = read(text)?;
    let mut wanted = document.clone();
    let edits = match wish {
        Wish::Set(value) => {
            wanted.set(path, Some((*value).clone()));
            set(&document, text, root, path, value, order)?
        }
        Wish::Remove => {
            let goes = topmost(&document, root, path);
            if goes == *root {
                wanted.set(root, Some(Value::Map(Mapping::default())));
                vec![replaced(&document, text, root, &Value::Map(Mapping::default()))?]
            } else {
                wanted.set(&goes, None);
                // A comment that goes with what it is about is lost all the same.
                let removal = Entry::of(&document, &goes, text)?.removal();
                vec![removal.filter(|edit| !has_comment(&text[edit.range.clone()]))?]
            }
        }
    };
    let text = with_line_breaks_of(text, applied(text, edits));
    read(&text).filter(|read| read.same_value(&wanted)).map(|_| text)
}

/// Line breaks as the text has them already.
fn with_line_breaks_of(before: &str, after: String) -> String {
    if !before.contains("\r\n") {
        return after;
    }
    after.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// What goes with an entry: the mappings that lead to nothing else, up to `root`.
fn topmost(document: &Node, root: &SpecPath, path: &SpecPath) -> SpecPath {
    let mut goes = path.clone();
    while goes != *root {
        let Some(above) = goes.parent().filter(|above| root.covers(above)) else { break };
        if document.at(&above).and_then(Node::as_map).is_none_or(|map| map.entries.len() != 1) {
            break;
        }
        goes = above;
    }
    goes
}

/// Whether a comment stands in a piece of a text; a `#` inside of quotes is taken for one too.
fn has_comment(piece: &str) -> bool {
    piece.starts_with('#') || [" #", "\n#", "\t#"].iter().any(|start| piece.contains(start))
}

fn set(
    document: &Node,
    text: &str,
    root: &SpecPath,
    path: &SpecPath,
    value: &Value,
    order: &Node,
) -> Option<Vec<Edit>> {
    let (nearest, steps) = document.nearest(path);
    let reached = SpecPath(path.0[..steps].to_vec());
    let missing: Vec<&str> = path.0[steps..].iter().map(key).collect::<Option<_>>()?;
    let Some(map) = nearest.as_map().filter(|_| !missing.is_empty()) else {
        // What stands there makes room: the value itself, or a scalar where a mapping is needed.
        return Some(vec![replaced(document, text, &reached, &nested(nearest, &missing, value))?]);
    };
    if !is_flow(nearest, text) {
        return Some(vec![insert::lines(nearest, text, root, &reached, &missing, value, order)?]);
    }
    let in_block =
        reached.parent().and_then(|above| document.at(&above)).is_some_and(|above| !is_flow(above, text));
    if map.entries.is_empty() && in_block {
        return Some(vec![replaced(document, text, &reached, &nested(nearest, &missing, value))?]);
    }
    let entry = inline(&missing, &write::inline(value)?);
    Some(vec![into_braces(nearest, text, &entry)?])
}

fn key(segment: &Segment) -> Option<&str> {
    match segment {
        Segment::Key(key) => Some(key),
        Segment::Index(_) => None,
    }
}

/// A value under names, as a tree.
fn nested(near: &Node, names: &[&str], value: &Value) -> Value {
    let mut node = Node::new(near.span, Value::Map(Mapping::default()));
    match names.iter().fold(SpecPath::root(), |path, name| path.key(*name)) {
        path if path.0.is_empty() => value.clone(),
        path => {
            node.set(&path, Some(value.clone()));
            node.value
        }
    }
}

/// The edit that puts another value in the place of what an entry has.
fn replaced(document: &Node, text: &str, path: &SpecPath, value: &Value) -> Option<Edit> {
    let above = document.at(&path.parent()?)?;
    let entry = above.as_map()?.entries.get(key(path.0.last()?)?)?;
    let key_end = entry.key.end as usize;
    let colon = key_end + text.get(key_end..)?.find(':')? + 1;
    let old = &entry.node;
    let is_missing = matches!(old.value, Value::Null)
        && !matches!(text.get(old.span.range())?.trim(), "null" | "Null" | "NULL" | "~");
    let dashes = dashes(old, text);
    let (start, end) = match (is_missing, dashes) {
        (true, _) => (colon, colon),
        (_, Some(_)) => (colon, last_byte(old, text)),
        _ => ((old.span.start as usize).max(colon), last_byte(old, text).max(colon)),
    };
    let (between, old_text) = (text.get(colon..start)?, text.get(start..end)?);
    let is_text = matches!(old.value, Value::String(_));
    // An anchor or a tag would be about the new value; a comment between items would be gone.
    let is_block = between.trim().starts_with(['|', '>']);
    if !(between.trim().is_empty() || is_block) || (!is_text && has_comment(text.get(colon..end)?)) {
        return None;
    }
    if let Some(written) = write::instead(value, old_text, is_flow(above, text)) {
        let in_place = !old_text.is_empty() && !is_block && !between.contains('\n');
        return Some(match in_place {
            true => Edit { range: start..end, text: written },
            false => Edit { range: colon..end, text: format!(" {written}") },
        });
    }
    if is_flow(above, text) {
        return None;
    }
    // A value of several lines goes below the key; a comment behind what stood there stays behind the key.
    let column = entry.key.start as usize - line_start(text, entry.key.start as usize);
    let lines = write::below(value, column, insert::indentation(document, text), dashes)?;
    let stop = line_end(text, end);
    let rest = text.get(end..stop)?.trim_end();
    if !(rest.is_empty() || rest.trim_start().starts_with('#')) {
        return None;
    }
    let (first, others) = lines.split_once('\n')?;
    Some(Edit { range: colon..stop, text: format!("{first}{rest}\n{others}") })
}

/// How far the dashes of a list are indented; none of what is no list, or one in brackets.
fn dashes(node: &Node, text: &str) -> Option<usize> {
    let first = node.items().first().filter(|_| !is_flow(node, text))?.span.start as usize;
    let line = line_start(text, first);
    text[line..first].find('-')
}

#[cfg(test)]
mod tests;
