//! Which object of one side is which of the other: by what it is called, and what remains by likeness.

use super::digest::{features, number};
use super::knowledge::Known;
use super::likeness::{self, One};
use super::{Correspondence, Object};
use crate::manifest::ObjectId;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// How much of what two objects are made of must be the same, in hundredths, for one to be the other under a new
/// name.
const RENAMED: usize = 50;

/// What became of an object as a whole.
#[derive(Debug)]
pub enum Pair<'o, 'a> {
    /// Only the second side has it.
    Added(&'o Object<'a>),
    /// Only the first side has it.
    Removed(&'o Object<'a>),
    /// Both have it.
    Both {
        /// On the first side.
        before: &'o Object<'a>,
        /// On the second side.
        after: &'o Object<'a>,
        /// Whether its names on both sides are one.
        corresponds: bool,
    },
}

/// What an object is called, but for the version of its API.
type Identity = (String, Option<String>, String);

/// All objects of both sides, each once, in the order of the second side; what only the first has stands behind
/// what it stood behind there.
pub fn pairs<'o, 'a>(
    before: &'o [Object<'a>],
    after: &'o [Object<'a>],
    same: &Correspondence,
) -> Vec<Pair<'o, 'a>> {
    let mut sides =
        Sides { before, after, partner: vec![None; after.len()], taken: vec![false; before.len()] };
    // A kind may move to another group, and a namespace may be left to whoever applies the object.
    for (with_group, with_namespace) in [(true, true), (false, true), (true, false), (false, false)] {
        for translation in [Some(same), None] {
            sides.by_name(with_group, with_namespace, translation);
        }
    }
    sides.by_likeness();
    sides.ordered()
}

struct Sides<'o, 'a> {
    before: &'o [Object<'a>],
    after: &'o [Object<'a>],
    /// Of each object of the second side, the one of the first, and whether their names are one.
    partner: Vec<Option<(usize, bool)>>,
    taken: Vec<bool>,
}

impl<'o, 'a> Sides<'o, 'a> {
    fn by_name(&mut self, with_group: bool, with_namespace: bool, same: Option<&Correspondence>) {
        if self.taken.iter().all(|taken| *taken) {
            return;
        }
        let kind = |id: &ObjectId| match with_group {
            true => format!("{}.{}", id.kind, id.group()),
            false => id.kind.clone(),
        };
        let mut waiting: HashMap<Identity, VecDeque<usize>> = HashMap::new();
        for (at, object) in self.after.iter().enumerate().filter(|(at, _)| self.partner[*at].is_none()) {
            let namespace = object.id.namespace.clone();
            let identity = (kind(object.id), namespace.filter(|_| with_namespace), object.id.name.clone());
            waiting.entry(identity).or_default().push_back(at);
        }
        for (at, object) in self.before.iter().enumerate() {
            if self.taken[at] {
                continue;
            }
            let (namespace, names) = match same {
                Some(same) => same.names(object.id),
                None => (object.id.namespace.clone(), vec![object.id.name.clone()]),
            };
            let found = names.into_iter().find_map(|name| {
                let identity = (kind(object.id), namespace.clone().filter(|_| with_namespace), name);
                let queue = waiting.get_mut(&identity)?;
                // Without namespaces, only what has none on one of the sides is meant.
                let fits = |other: &usize| {
                    with_namespace
                        || object.id.namespace.is_none()
                        || self.after[*other].id.namespace.is_none()
                };
                let place = queue.iter().position(fits)?;
                queue.remove(place)
            });
            if let Some(other) = found {
                self.partner[other] = Some((at, true));
                self.taken[at] = true;
            }
        }
    }

    fn by_likeness(&mut self) {
        // What two components make is not one object, however alike, as far as both sides know components.
        let known = self.before.iter().chain(self.after).all(|object| object.component.is_some());
        let key = |object: &Object<'a>| {
            (object.id.kind.as_str(), object.component.filter(|_| known).unwrap_or_default())
        };
        let mut kinds: BTreeMap<(&str, &str), [Vec<usize>; 2]> = BTreeMap::new();
        for (at, object) in self.before.iter().enumerate().filter(|(at, _)| !self.taken[*at]) {
            kinds.entry(key(object)).or_default()[0].push(at);
        }
        for (at, object) in self.after.iter().enumerate().filter(|(at, _)| self.partner[*at].is_none()) {
            kinds.entry(key(object)).or_default()[1].push(at);
        }
        for [old, new] in kinds.into_values().filter(|[old, new]| !old.is_empty() && !new.is_empty()) {
            let olds: Vec<One> = old.iter().map(|at| one(&self.before[*at])).collect();
            let news: Vec<One> = new.iter().map(|at| one(&self.after[*at])).collect();
            for (a, b) in likeness::pairs(&olds, &news, RENAMED) {
                self.partner[new[b]] = Some((old[a], false));
                self.taken[old[a]] = true;
            }
        }
    }

    fn ordered(self) -> Vec<Pair<'o, 'a>> {
        let mut place: Vec<Option<usize>> = vec![None; self.before.len()];
        for (at, partner) in self.partner.iter().enumerate() {
            if let Some((old, _)) = partner {
                place[*old] = Some(at + 1);
            }
        }
        let mut behind: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut last = 0;
        for (at, place) in place.iter().enumerate() {
            match place {
                Some(place) => last = *place,
                None => behind.entry(last).or_default().push(at),
            }
        }
        let mut found = Vec::with_capacity(self.after.len());
        for at in 0..=self.after.len() {
            if let Some(index) = at.checked_sub(1) {
                let after = &self.after[index];
                found.push(match self.partner[index] {
                    Some((old, corresponds)) => Pair::Both { before: &self.before[old], after, corresponds },
                    None => Pair::Added(after),
                });
            }
            let gone = behind.remove(&at).unwrap_or_default();
            found.extend(gone.into_iter().map(|at| Pair::Removed(&self.before[at])));
        }
        found
    }
}

impl Correspondence {
    /// What the second side would call an object of the first: its namespace, and names that it may have there.
    fn names(&self, id: &ObjectId) -> (Option<String>, Vec<String>) {
        let namespace = id.namespace.as_ref().map(|own| self.namespaces.get(own).unwrap_or(own).clone());
        let mut names = Vec::new();
        if let Some((before, after)) = &self.release
            && let Some(rest) = id.name.strip_prefix(before.as_str())
            && (rest.is_empty() || rest.starts_with('-'))
        {
            names.push(format!("{after}{rest}"));
        }
        // What belongs to the whole cluster is often called by the namespace that it is for.
        if id.namespace.is_none() {
            for (before, after) in &self.namespaces {
                if let Some(rest) = id.name.strip_prefix(before.as_str())
                    && (rest.is_empty() || rest.starts_with('-'))
                {
                    names.push(format!("{after}{rest}"));
                }
                if let Some(rest) = id.name.strip_suffix(before.as_str())
                    && rest.ends_with('-')
                {
                    names.push(format!("{rest}{after}"));
                }
            }
        }
        names.push(id.name.clone());
        (namespace, names)
    }
}

/// What an object is made of, but for what it is called.
fn one(object: &Object<'_>) -> One {
    let known = Known::object(object.id);
    let mut all: Vec<u64> = Vec::new();
    for (key, entry) in object.node.as_map().into_iter().flat_map(|map| &map.entries) {
        if !matches!(key.as_str(), "apiVersion" | "kind" | "metadata") {
            all.extend(
                features(&entry.node, known.key(key)).into_iter().map(|feature| number((key, feature))),
            );
        }
    }
    for key in ["labels", "annotations"] {
        if let Some(node) = object.node.below(&["metadata", key]) {
            all.extend(features(node, Known::nothing()).into_iter().map(|feature| number((key, feature))));
        }
    }
    all.sort_unstable();
    One { features: all, tie: number(&object.id.name) }
}
