//! New lines in a mapping: where they go, and how far they are indented.

use super::write;
use crate::layer::edit::{Edit, Entry, is_flow, last_byte, line_end, line_start};
use crate::layer::path::SpecPath;
use crate::layer::tree::{Node, Value};

/// The keys of a document, as sparkctl's own layers and project files have them.
const DOCUMENT: [&str; 8] =
    ["apiVersion", "kind", "metadata", "spec", "overlays", "locks", "silenced", "constraints"];

/// The edit that puts an entry into a mapping: after the nearest of those that usually stand before it.
pub fn lines(
    mapping: &Node,
    text: &str,
    root: &SpecPath,
    at: &SpecPath,
    missing: &[&str],
    value: &Value,
    order: &Node,
) -> Option<Edit> {
    let map = mapping.as_map()?;
    let first = map.entries.values().next()?;
    let column = first.key.start as usize - line_start(text, first.key.start as usize);
    let (name, names) = missing.split_first()?;
    let place = match before(name, mapping, root, at, order) {
        Some(sibling) => {
            let entry = Entry::of(mapping, &SpecPath::root().key(sibling), text);
            // The lines of an entry with anchors are where they are, and nothing of it moves.
            let last = map
                .entries
                .get(sibling)
                .map(|entry| last_byte(&entry.node, text).max(entry.key.end as usize))?;
            entry.map_or(Some(0..0), |entry| entry.lines())?;
            after(text, line_end(text, last), column)
        }
        None => {
            Entry::of(mapping, &SpecPath::root().key(map.entries.keys().next()?.as_str()), text)?
                .lines()?
                .start
        }
    };
    let step = indentation(mapping, text);
    let mut written = String::new();
    if place > 0 && !text[..place].ends_with('\n') {
        written.push('\n');
    }
    let pad = " ".repeat(column);
    let below = write::below(&super::nested(mapping, names, value), column, step, None)?;
    written.push_str(&format!("{pad}{}:{below}", write::name(name)));
    Some(Edit { range: place..place, text: written })
}

/// The nearest of the mapping's keys that usually stand before one.
fn before<'a>(
    name: &str,
    mapping: &'a Node,
    root: &SpecPath,
    at: &SpecPath,
    order: &Node,
) -> Option<&'a str> {
    let map = mapping.as_map()?;
    let usual: Vec<&str> = if root.covers(at) {
        let below = SpecPath(at.0[root.0.len()..].to_vec());
        order
            .at(&below)
            .and_then(Node::as_map)
            .into_iter()
            .flat_map(|map| map.entries.keys())
            .map(String::as_str)
            .collect()
    } else if at.0.is_empty() {
        DOCUMENT.to_vec()
    } else {
        Vec::new()
    };
    let place = usual.iter().position(|known| *known == name);
    let Some(place) = place else { return map.entries.keys().next_back().map(String::as_str) };
    // Keys that nobody has an order for stand where they do: behind what they follow.
    let found = usual[..place].iter().rev().find_map(|known| map.entries.get_key_value(*known));
    let follows = |known: &str| usual[place..].contains(&known);
    match found {
        Some((key, _)) => Some(key),
        None if map.entries.keys().next().is_some_and(|first| follows(first)) => None,
        None => map.entries.keys().take_while(|key| !follows(key)).last().map(String::as_str),
    }
}

/// Behind an entry and the comments that are indented as what is in it.
fn after(text: &str, mut at: usize, column: usize) -> usize {
    while at < text.len() {
        let end = line_end(text, at);
        let line = &text[at..end];
        let indented = line.len() - line.trim_start_matches(' ').len();
        if indented <= column || !line.trim_start().starts_with('#') {
            break;
        }
        at = end;
    }
    at
}

/// How far a mapping is indented in the one that it stands in, as the text has it.
pub fn indentation(document: &Node, text: &str) -> usize {
    fn find(node: &Node, text: &str) -> Option<usize> {
        let column = |at: u32| at as usize - line_start(text, at as usize);
        let map = node.as_map().filter(|_| !is_flow(node, text))?;
        map.entries.values().find_map(|entry| {
            let first =
                entry.node.as_map().filter(|_| !is_flow(&entry.node, text))?.entries.values().next()?;
            column(first.key.start).checked_sub(column(entry.key.start)).filter(|step| *step > 0)
        })
    }
    find(document, text).unwrap_or(2)
}
