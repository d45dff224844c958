//! Where two merged specs are not the same.

use crate::layer::path::SpecPath;
use crate::layer::tree::{Mapping, Node, Value};
use crate::source::Span;

/// A path of the spec that two sides do not have the same at: a scalar, a list, or an empty mapping.
#[derive(Debug)]
pub struct Differing<'a> {
    /// The path.
    pub path: SpecPath,
    /// The first side.
    pub from: Side<'a>,
    /// The second side.
    pub to: Side<'a>,
}

/// What one side has at a path.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The value; none where nothing is set.
    pub value: Option<&'a Node>,
    /// Where it was written; of what a layer deleted, the `null` that did it.
    pub at: Option<Span>,
}

/// Every leaf that two specs do not have the same, in the order of the second one.
pub fn differing<'a>(from: &'a Node, to: &'a Node) -> Vec<Differing<'a>> {
    let mut found = Vec::new();
    walk(Side::of(from), Side::of(to), &SpecPath::root(), &mut found);
    found
}

impl<'a> Side<'a> {
    fn of(node: &'a Node) -> Side<'a> {
        Side { value: Some(node), at: Some(node.span) }
    }

    fn below(self, key: &str) -> Side<'a> {
        let Some(map) = self.map() else { return Side { value: None, at: None } };
        match (map.entries.get(key), map.removed.get(key)) {
            (Some(entry), _) => Side::of(&entry.node),
            (None, removed) => Side { value: None, at: removed.map(|entry| entry.node.span) },
        }
    }

    fn map(self) -> Option<&'a Mapping> {
        self.value?.as_map()
    }

    /// Whether it has leaves below it.
    fn is_filled(self) -> bool {
        self.map().is_some_and(|map| !map.entries.is_empty())
    }
}

fn walk<'a>(from: Side<'a>, to: Side<'a>, path: &SpecPath, found: &mut Vec<Differing<'a>>) {
    let same = match (from.value, to.value) {
        (None, None) => true,
        (Some(from), Some(to)) if !from.is_map() || !to.is_map() => from.same_value(to),
        _ => false,
    };
    if same {
        return;
    }
    // Beside something that is no mapping, a mapping is another kind of value.
    let open = |side: Side<'a>| side.value.is_none_or(Node::is_map);
    if !(open(from) && open(to) && (from.is_filled() || to.is_filled())) {
        if !(from.map().is_some() && to.map().is_some()) {
            found.push(Differing { path: path.clone(), from, to });
        }
        return;
    }
    let keys = |side: Side<'a>| side.map().into_iter().flat_map(|map| map.entries.keys());
    let only_from = keys(from).filter(|key| to.map().is_none_or(|map| !map.entries.contains_key(*key)));
    for key in keys(to).chain(only_from) {
        walk(from.below(key), to.below(key), &path.key(key.as_str()), found);
    }
}

impl Node {
    fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::parse::parse_one;
    use crate::source::Sources;
    use proptest::prelude::*;

    fn node(text: &str) -> Node {
        parse_one(Sources::default().scratch(), text).0.unwrap()
    }

    fn paths(from: &str, to: &str) -> Vec<String> {
        differing(&node(from), &node(to)).iter().map(|found| found.path.to_string()).collect()
    }

    #[test]
    fn leaves_differ_one_by_one() {
        assert_eq!(paths("a: 1\nb: {c: [1], d: x}\n", "a: 1\nb: {c: [1, 2], d: y}\n"), ["b.c", "b.d"]);
        assert_eq!(paths("a: {}\n", "a: {b: {c: 1, d: 2}}\n"), ["a.b.c", "a.b.d"]);
        assert_eq!(paths("a: {b: 1}\n", "a: {}\n"), ["a.b"]);
        assert_eq!(paths("a: {b: 1}\n", "a: 1\n"), ["a"]);
        assert_eq!(paths("a: 1\nb: {}\n", "a: 1\n"), ["b"]);
        assert_eq!(paths("a: {}\n", "a: {}\n"), [""; 0]);
    }

    fn value(depth: u32) -> BoxedStrategy<String> {
        let leaf = prop_oneof![Just("1".to_owned()), Just("two".to_owned()), Just("[1, 2]".to_owned())];
        if depth == 0 {
            return leaf.boxed();
        }
        let map = prop::collection::btree_map("[a-c]", value(depth - 1), 0..3).prop_map(|map| {
            let entries: Vec<String> = map.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            format!("{{{}}}", entries.join(", "))
        });
        prop_oneof![leaf, map].boxed()
    }

    proptest! {
        #[test]
        fn nothing_differs_from_itself_and_both_ways_find_the_same(a in value(3), b in value(3)) {
            let (a, b) = (format!("k: {a}\n"), format!("k: {b}\n"));
            prop_assert_eq!(paths(&a, &a), Vec::<String>::new());
            let (mut there, mut back) = (paths(&a, &b), paths(&b, &a));
            there.sort();
            back.sort();
            prop_assert_eq!(&there, &back);
            prop_assert_eq!(there.is_empty(), node(&a).to_json() == node(&b).to_json());
        }
    }
}
