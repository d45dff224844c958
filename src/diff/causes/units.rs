//! What differs between two merged specs, in pieces that can be changed one by one.

use crate::layer::path::SpecPath;
use crate::layer::tree::{Node, Value};

/// A place of the spec where the two sides differ: a leaf, or a mapping that only one of them has.
///
/// Half of such a mapping is no valid spec (a credential's name without its key), so it changes as a whole.
#[derive(Debug)]
pub struct Unit<'a> {
    pub path: SpecPath,
    pub before: Option<&'a Node>,
    pub after: Option<&'a Node>,
}

/// All of them, in the order of the first side's keys, each key that only the second has behind those.
pub fn units<'a>(before: &'a Node, after: &'a Node) -> Vec<Unit<'a>> {
    let mut found = Vec::new();
    walk(SpecPath::root(), before, after, &mut found);
    found
}

fn walk<'a>(path: SpecPath, before: &'a Node, after: &'a Node, found: &mut Vec<Unit<'a>>) {
    let (Value::Map(old), Value::Map(new)) = (&before.value, &after.value) else {
        if !before.same_value(after) {
            found.push(Unit { path, before: Some(before), after: Some(after) });
        }
        return;
    };
    for (key, entry) in &old.entries {
        let path = path.key(key.as_str());
        match new.entries.get(key) {
            Some(other) => walk(path, &entry.node, &other.node, found),
            None => found.push(Unit { path, before: Some(&entry.node), after: None }),
        }
    }
    for (key, entry) in new.entries.iter().filter(|(key, _)| !old.entries.contains_key(key.as_str())) {
        found.push(Unit { path: path.key(key.as_str()), before: None, after: Some(&entry.node) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::parse::parse_one;
    use crate::source::Sources;

    fn tree(text: &str) -> Node {
        parse_one(Sources::default().scratch(), text).0.unwrap()
    }

    #[test]
    fn lists_are_leaves_and_a_mapping_of_one_side_is_one_piece() {
        let before = tree("{a: {b: 1, c: [1, 2]}, gone: {x: 1, y: 2}, same: {k: 1}, kind: {z: 1}}");
        let after = tree("{a: {b: 1, c: [1]}, same: {k: 1, new: {p: 1}}, kind: text}");
        let found: Vec<String> = units(&before, &after)
            .iter()
            .map(|unit| {
                let side =
                    |node: Option<&Node>| node.map_or("-".to_owned(), |node| node.to_json().to_string());
                format!("{} {} {}", unit.path, side(unit.before), side(unit.after))
            })
            .collect();
        assert_eq!(
            found,
            ["a.c [1,2] [1]", "gone {\"x\":1,\"y\":2} -", "same.new - {\"p\":1}", "kind {\"z\":1} \"text\""]
        );
    }
}
