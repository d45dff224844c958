//! New names in a tree in place of old ones.

use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::{Entry, Mapping, Node, Value};

/// Puts what stands at `from` to `to`, where nothing stands; mappings that only led to it go, up to `root`.
pub fn move_key(document: &mut Node, root: &SpecPath, from: &SpecPath, to: &SpecPath) {
    let Some((entry, index)) = take(document, from) else { return };
    put(document, to, entry, (from.parent() == to.parent()).then_some(index));
    let mut above = from.parent();
    while let Some(path) = above.filter(|path| root.covers(path) && path != root) {
        if !is_empty(document, &path) {
            break;
        }
        take(document, &path);
        above = path.parent();
    }
}

/// Takes out what stands at a path.
pub fn drop_key(document: &mut Node, path: &SpecPath) {
    take(document, path);
}

/// Makes the text at a path another one.
pub fn set_text(document: &mut Node, at: &SpecPath, new: &str) {
    if let Some(node) = at_mut(document, &at.0) {
        node.value = Value::String(new.to_owned());
    }
}

fn is_empty(document: &Node, path: &SpecPath) -> bool {
    document.at(path).and_then(Node::as_map).is_some_and(|map| map.entries.is_empty())
}

fn at_mut<'a>(node: &'a mut Node, path: &[Segment]) -> Option<&'a mut Node> {
    path.iter().try_fold(node, |node, segment| match (segment, &mut node.value) {
        (Segment::Key(key), Value::Map(map)) => map.entries.get_mut(key).map(|entry| &mut entry.node),
        (Segment::Index(index), Value::List(items)) => items.get_mut(*index),
        _ => None,
    })
}

/// Takes an entry out, and says at which position in its mapping it stood.
fn take(document: &mut Node, path: &SpecPath) -> Option<(Entry, usize)> {
    let (Segment::Key(key), above) = path.0.split_last()? else { return None };
    let Value::Map(map) = &mut at_mut(document, above)?.value else { return None };
    let (index, _, entry) = map.entries.shift_remove_full(key)?;
    Some((entry, index))
}

fn put(document: &mut Node, path: &SpecPath, entry: Entry, position: Option<usize>) {
    let Some((Segment::Key(key), above)) = path.0.split_last() else { return };
    let steps = document.nearest(&SpecPath(above.to_vec())).1;
    let Some(mut here) = at_mut(document, &above[..steps]) else { return };
    for segment in &above[steps..] {
        let (Segment::Key(name), Value::Map(map)) = (segment, &mut here.value) else { return };
        // A mapping that nobody wrote has no place of its own: that of what it is there for.
        let made = Entry { key: entry.key, node: Node::new(entry.node.span, Value::Map(Mapping::default())) };
        here = &mut map.entries.entry(name.clone()).or_insert(made).node;
    }
    let Value::Map(map) = &mut here.value else { return };
    match position {
        Some(index) => map.entries.shift_insert(index.min(map.entries.len()), key.clone(), entry),
        None => map.entries.insert(key.clone(), entry),
    };
}
