//! The merged spec as templates see it, with a record of what was read.
//!
//! Scalars are plain values; mappings note each key that is looked at. An optional field that no
//! layer set is there and is `none`, so that a misspelt field stays an error; a mapping with free keys
//! has only what was put into it.

use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::{Node, Value as Tree};
use crate::spec::schema::{self, Schemas};
use minijinja::value::{Enumerator, Object, Value};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// The spec of one release for templates, and the record of their reads.
#[derive(Debug, Clone)]
pub struct Tracked {
    root: Value,
    log: Arc<Log>,
}

/// One flag for each place in the spec.
#[derive(Debug, Default)]
struct Log {
    places: Vec<Place>,
    /// Where the places are: made when somebody asks, which is seldom.
    paths: OnceLock<Vec<SpecPath>>,
    read: Vec<AtomicBool>,
}

/// A place in the spec: the one above it, and its key there. A mapping has two, one for what stands there (with
/// its key) and one for its keys (without).
#[derive(Debug)]
struct Place {
    above: usize,
    key: Option<Arc<str>>,
}

impl Log {
    fn paths(&self) -> &[SpecPath] {
        self.paths.get_or_init(|| {
            let mut paths: Vec<SpecPath> = Vec::with_capacity(self.places.len());
            for Place { above, key } in &self.places {
                let above = paths.get(*above).cloned().unwrap_or_default();
                paths.push(key.as_ref().map_or_else(|| above.clone(), |key| above.key(key.as_ref())));
            }
            paths
        })
    }
}

impl Tracked {
    /// Wraps a merged tree. `schema` tells which optional fields there are.
    pub fn new(root: &Node, schemas: &Schemas) -> Self {
        let mut builder = Builder { places: Vec::new(), only: None };
        let draft = builder.draft(root, Some(schemas.spec()), 0);
        let read = builder.places.iter().map(|_| AtomicBool::new(false)).collect();
        let log = Arc::new(Log { places: builder.places, paths: OnceLock::new(), read });
        Tracked { root: draft.finish(&log), log }
    }

    /// The same spec with what stands at a path set to another value, or deleted, and the record of reads shared:
    /// for asking what depends on it. Who looks at what was not there before is noted as looking at the keys of
    /// what holds it. None where nothing can stand at the path.
    pub fn with(&self, path: &SpecPath, value: Option<&Tree>, schemas: &Schemas) -> Option<Tracked> {
        fn set(
            node: &Value,
            path: &[Segment],
            log: &Arc<Log>,
            make: &dyn Fn(usize) -> Option<Value>,
        ) -> Option<Value> {
            let (Segment::Key(key), rest) = path.split_first()? else { return None };
            let map = node.downcast_object_ref::<TrackedMap>()?;
            let known = map.keys.get(key.as_str());
            let id = known.map_or(map.id, |(id, _)| *id);
            let below = match known {
                Some((_, below)) if !rest.is_empty() => Some(set(below, rest, log, make)?),
                None if !rest.is_empty() => return None,
                _ => make(id),
            };
            let mut keys = map.keys.clone();
            match below {
                Some(below) => drop(keys.insert(key.as_str().into(), (id, below))),
                None => drop(keys.remove(key.as_str())),
            }
            Some(Value::from_object(TrackedMap { id: map.id, keys, log: log.clone() }))
        }
        let make = |id: usize| match value {
            Some(value) => {
                let mut builder = Builder { places: Vec::new(), only: Some(id) };
                Some(builder.draft_of(value, schemas.at(path), id).finish(&self.log))
            }
            // What may be there and is not is `none`; of what is free in its keys, nothing stays.
            None => {
                let above = schemas.at(&path.parent()?)?.get("properties");
                let Some(Segment::Key(key)) = path.0.last() else { return None };
                above.and_then(|named| named.get(key)).map(|_| Value::from(()))
            }
        };
        Some(Tracked { root: set(&self.root, &path.0, &self.log, &make)?, log: self.log.clone() })
    }

    /// What templates know as `spec`.
    pub fn value(&self) -> Value {
        self.root.clone()
    }

    /// The places in the record that a path has: one for what stands there, one more for a mapping's keys.
    pub fn places(&self, path: &SpecPath) -> Vec<usize> {
        let (mut node, mut places) = (self.root.clone(), Vec::new());
        for segment in &path.0 {
            let Segment::Key(key) = segment else { return Vec::new() };
            let below = node.downcast_object_ref::<TrackedMap>().and_then(|map| map.keys.get(key.as_str()));
            let Some((id, below)) = below.cloned() else { return Vec::new() };
            (node, places) = (below, vec![id]);
        }
        places.extend(node.downcast_object_ref::<TrackedMap>().map(|map| map.id));
        places
    }

    /// The places that tell when something at a path comes or goes: its own, and the keys of what holds it.
    pub fn places_around(&self, path: &SpecPath) -> Vec<usize> {
        let mut places = self.places(path);
        // Of a mapping the last place is that of its keys.
        places.extend(path.parent().and_then(|above| self.places(&above).last().copied()));
        places
    }

    /// Forgets all reads.
    pub fn begin(&self) {
        for flag in &self.log.read {
            flag.store(false, Ordering::Relaxed);
        }
    }

    /// Counts these as read too.
    pub fn note(&self, reads: &Reads) {
        for (flag, _) in self.log.read.iter().zip(&reads.read).filter(|(_, read)| **read) {
            flag.store(true, Ordering::Relaxed);
        }
    }

    /// What `work` makes, and what it read; both count as read afterwards, and what was read before.
    pub fn recorded<T>(&self, work: impl FnOnce() -> T) -> (T, Reads) {
        let before = self.reads();
        self.begin();
        let made = work();
        let reads = self.reads();
        self.note(&before);
        (made, reads)
    }

    /// Every path read since [`Tracked::begin`]: leaves, and mappings whose keys were listed.
    pub fn reads(&self) -> Reads {
        let read = self.log.read.iter().map(|flag| flag.load(Ordering::Relaxed)).collect();
        Reads { log: self.log.clone(), read }
    }
}

/// The paths that a rendering read: one flag for each place in the spec it was given.
#[derive(Debug, Clone)]
pub struct Reads {
    log: Arc<Log>,
    read: Vec<bool>,
}

impl Reads {
    /// The paths, in the order of the spec's keys.
    pub fn iter(&self) -> impl Iterator<Item = &SpecPath> {
        self.log.paths().iter().zip(&self.read).filter(|(_, read)| **read).map(|(path, _)| path)
    }

    /// Whether a path was read.
    pub fn contains(&self, path: &SpecPath) -> bool {
        self.iter().any(|read| read == path)
    }

    /// Whether any of the places at a path was read; [`Tracked::places`] gives them.
    pub fn any(&self, places: &[usize]) -> bool {
        places.iter().any(|place| self.read.get(*place).copied().unwrap_or_default())
    }

    /// These and others of the same spec.
    #[must_use]
    pub fn and(mut self, others: &Reads) -> Reads {
        for (read, other) in self.read.iter_mut().zip(&others.read) {
            *read |= other;
        }
        self
    }
}

struct Builder {
    places: Vec<Place>,
    /// The one place that everything has, where it gets no places of its own.
    only: Option<usize>,
}

/// A value before the log exists.
enum Draft {
    Leaf(Value),
    Map { id: usize, keys: BTreeMap<Arc<str>, (usize, Draft)> },
}

impl Builder {
    fn id(&mut self, above: usize, key: Option<Arc<str>>) -> usize {
        if let Some(only) = self.only {
            return only;
        }
        self.places.push(Place { above, key });
        self.places.len() - 1
    }

    /// What stands at place `at`.
    fn draft(&mut self, node: &Node, schema: Option<&Json>, at: usize) -> Draft {
        self.draft_of(&node.value, schema, at)
    }

    fn draft_of(&mut self, value: &Tree, schema: Option<&Json>, at: usize) -> Draft {
        let Tree::Map(map) = value else { return Draft::Leaf(plain(value)) };
        let id = self.id(at, None);
        let mut keys = BTreeMap::new();
        for (key, entry) in &map.entries {
            let name: Arc<str> = key.as_str().into();
            let below = schema.and_then(|schema| schema::child(schema, key));
            let own = self.id(id, Some(name.clone()));
            keys.insert(name, (own, self.draft(&entry.node, below, own)));
        }
        let present = |key: &str| map.entries.contains_key(key);
        for key in schema.into_iter().flat_map(|schema| Schemas::optional_keys(schema, &present)) {
            let name: Arc<str> = key.into();
            let own = self.id(id, Some(name.clone()));
            keys.insert(name, (own, Draft::Leaf(Value::from(()))));
        }
        Draft::Map { id, keys }
    }
}

impl Draft {
    fn finish(self, log: &Arc<Log>) -> Value {
        match self {
            Draft::Leaf(value) => value,
            Draft::Map { id, keys } => Value::from_object(TrackedMap {
                id,
                keys: keys.into_iter().map(|(key, (own, draft))| (key, (own, draft.finish(log)))).collect(),
                log: log.clone(),
            }),
        }
    }
}

/// A tree without positions as an engine value; mappings in the order of their keys.
fn plain(value: &Tree) -> Value {
    match value {
        Tree::Null => Value::from(()),
        Tree::Bool(flag) => Value::from(*flag),
        Tree::Int(number) => Value::from(*number),
        Tree::Float(number) => Value::from(*number),
        Tree::String(text) => Value::from(text.as_str()),
        Tree::List(items) => items.iter().map(|item| plain(&item.value)).collect(),
        Tree::Map(map) => {
            let sorted: BTreeMap<&str, Value> =
                map.entries.iter().map(|(key, entry)| (key.as_str(), plain(&entry.node.value))).collect();
            Value::from_pairs(sorted)
        }
    }
}

/// A mapping of the spec that notes who looks at what.
#[derive(Debug)]
struct TrackedMap {
    id: usize,
    keys: BTreeMap<Arc<str>, (usize, Value)>,
    log: Arc<Log>,
}

impl TrackedMap {
    fn note(&self, id: usize) {
        if let Some(flag) = self.log.read.get(id) {
            flag.store(true, Ordering::Relaxed);
        }
    }
}

impl Object for TrackedMap {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match self.keys.get(key) {
            Some((id, value)) => {
                self.note(*id);
                Some(value.clone())
            }
            None => {
                self.note(self.id);
                None
            }
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.note(self.id);
        Enumerator::Values(self.keys.keys().map(|key| Value::from(key.as_ref())).collect())
    }
}
