//! The positioned tree: YAML in which every key and every value knows where it was written, and
//! every merged value what it overrode.

use super::path::{Segment, SpecPath};
use crate::source::Span;
use indexmap::IndexMap;

/// A value, where it was written, and what it overrode.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where the value was written. For what an alias expands to: where the alias stands.
    pub span: Span,
    /// The value itself.
    pub value: Value,
    /// What stood here in the layers below, the nearest first in the chain.
    pub overrode: Option<Box<Node>>,
}

/// What a YAML node can be.
#[derive(Debug, Clone)]
pub enum Value {
    /// `null`; in a layer it deletes what stands below.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// Text.
    String(String),
    /// A list, which replaces and is replaced whole.
    List(Vec<Node>),
    /// A mapping, which merges.
    Map(Mapping),
}

/// Entries by key, in the order in which they came. Every object of a fleet is made of such maps: their hash is a
/// fast one, seeded anew in each process against keys made to collide.
pub type Keys = IndexMap<String, Entry, foldhash::fast::RandomState>;

/// A mapping in the order of its keys' first appearance.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    /// The entries by key.
    pub entries: Keys,
    /// Keys that a layer deleted: the `null` that did it, with what it overrode.
    pub removed: Keys,
}

/// A key's place and its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where the key was written, in the layer that set the value.
    pub key: Span,
    /// The value.
    pub node: Node,
}

/// Up to how many keys are compared one by one.
const FEW: usize = 8;

impl Mapping {
    /// The entry of a key. Of a few keys, as nearly all mappings have, it is quicker to compare each than to
    /// hash one.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        if self.entries.len() > FEW {
            return self.entries.get(key);
        }
        self.entries.iter().find(|(known, _)| *known == key).map(|(_, entry)| entry)
    }
}

impl Node {
    /// A value that overrode nothing.
    pub fn new(span: Span, value: Value) -> Self {
        Node { span, value, overrode: None }
    }

    /// The mapping, if it is one.
    pub fn as_map(&self) -> Option<&Mapping> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value under a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        Some(&self.as_map()?.entry(key)?.node)
    }

    /// The value under keys, one below the other.
    pub fn below(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text under a key.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// The items of the list under a key; none where there is no list.
    pub fn list(&self, key: &str) -> &[Node] {
        self.get(key).map_or(&[], Node::items)
    }

    /// Its items, if it is a list; none otherwise.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The whole number, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self.value {
            Value::Int(number) => Some(number),
            _ => None,
        }
    }

    /// The flag, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    /// The value at a path below this node.
    pub fn at(&self, path: &SpecPath) -> Option<&Node> {
        path.0.iter().try_fold(self, |node, segment| match segment {
            Segment::Key(key) => node.get(key),
            Segment::Index(index) => match &node.value {
                Value::List(items) => items.get(*index),
                _ => None,
            },
        })
    }

    /// The deepest node on the way to `path` that exists, and how many steps lead to it.
    pub fn nearest(&self, path: &SpecPath) -> (&Node, usize) {
        let mut here = self;
        for (steps, segment) in path.0.iter().enumerate() {
            match here.at(&SpecPath(vec![segment.clone()])) {
                Some(next) => here = next,
                None => return (here, steps),
            }
        }
        (here, path.0.len())
    }

    /// Where the key at the end of `path` was written; the value's place for list items.
    pub fn key_span(&self, path: &SpecPath) -> Option<Span> {
        match path.0.split_last()? {
            (Segment::Key(key), above) => {
                Some(self.at(&SpecPath(above.to_vec()))?.as_map()?.entries.get(key)?.key)
            }
            _ => Some(self.at(path)?.span),
        }
    }

    /// Whether two nodes hold the same value, wherever they were written.
    pub fn same_value(&self, other: &Node) -> bool {
        match (&self.value, &other.value) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::String(a), Value::String(b)) => a == b,
            (Value::List(a), Value::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same_value(b))
            }
            (Value::Map(a), Value::Map(b)) => {
                a.entries.len() == b.entries.len()
                    && a.entries.iter().all(|(key, entry)| {
                        b.entries.get(key).is_some_and(|other| entry.node.same_value(&other.node))
                    })
            }
            _ => false,
        }
    }

    /// Sets what stands at a path of keys, or takes it out. Mappings on the way there are made, where something
    /// else stands in its place; what is made has this node's place.
    pub fn set(&mut self, path: &SpecPath, value: Option<Value>) {
        fn set(node: &mut Node, path: &[Segment], value: Option<Value>) {
            let Some((Segment::Key(key), rest)) = path.split_first() else { return };
            if !matches!(node.value, Value::Map(_)) {
                node.value = Value::Map(Mapping::default());
            }
            let span = node.span;
            let Value::Map(map) = &mut node.value else { return };
            if let (true, None) = (rest.is_empty(), &value) {
                map.entries.shift_remove(key);
                return;
            }
            let made = || Entry { key: span, node: Node::new(span, Value::Null) };
            let entry = map.entries.entry(key.clone()).or_insert_with(made);
            match (rest.is_empty(), value) {
                (true, Some(value)) => entry.node.value = value,
                (_, value) => set(&mut entry.node, rest, value),
            }
        }
        set(self, &path.0, value);
    }

    /// Calls `visit` for every leaf (a scalar, a list, or an empty mapping) with its path.
    pub fn each_leaf<'a>(&'a self, visit: &mut impl FnMut(&SpecPath, &'a Node)) {
        fn walk<'a>(node: &'a Node, path: &mut SpecPath, visit: &mut impl FnMut(&SpecPath, &'a Node)) {
            match &node.value {
                Value::Map(map) if !map.entries.is_empty() => {
                    for (key, entry) in &map.entries {
                        path.0.push(Segment::Key(key.clone()));
                        walk(&entry.node, path, visit);
                        path.0.pop();
                    }
                }
                _ => visit(path, node),
            }
        }
        walk(self, &mut SpecPath::root(), visit);
    }

    /// The same value as plain JSON, without positions.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(flag) => Json::Bool(*flag),
            Value::Int(number) => Json::from(*number),
            Value::Float(number) => Json::from(*number),
            Value::String(text) => Json::String(text.clone()),
            Value::List(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Map(map) => Json::Object(
                map.entries.iter().map(|(key, entry)| (key.clone(), entry.node.to_json())).collect(),
            ),
        }
    }

    /// What it overrode, the nearest first; deletions that found nothing to delete left out.
    pub fn history(&self) -> impl Iterator<Item = &Node> {
        let is_null = |node: &Node| matches!(node.value, Value::Null);
        self.chain()
            .filter(move |node| !is_null(node) || node.overrode.as_deref().is_some_and(|old| !is_null(old)))
    }

    /// Everything that was said about its path below, the nearest first.
    pub fn chain(&self) -> impl Iterator<Item = &Node> {
        std::iter::successors(self.overrode.as_deref(), |node| node.overrode.as_deref())
    }
}

impl Value {
    /// A plain JSON value as one that was written at `span`.
    pub fn from_json(json: &serde_json::Value, span: Span) -> Value {
        use serde_json::Value as Json;
        match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Value::Int(whole),
                None => Value::Float(number.as_f64().unwrap_or_default()),
            },
            Json::String(text) => Value::String(text.clone()),
            Json::Array(items) => {
                Value::List(items.iter().map(|item| Node::new(span, Value::from_json(item, span))).collect())
            }
            Json::Object(map) => {
                let entry = |value| Entry { key: span, node: Node::new(span, Value::from_json(value, span)) };
                let entries = map.iter().map(|(key, value)| (key.clone(), entry(value))).collect();
                Value::Map(Mapping { entries, removed: Keys::default() })
            }
        }
    }

    /// What users call this kind of value.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::String(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}
