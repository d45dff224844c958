//! The two sides of a difference, and the objects of each change on them.

use super::readers::Readers;
use crate::diff::{Difference, ObjectChange, ObjectStep, Step};
use crate::layer::tree::Node;
use crate::manifest::ObjectId;
use crate::rules::net::world::World;
use crate::rules::set::{Object, Subject};
use std::collections::{BTreeMap, HashMap, HashSet};

/// One side.
pub struct Side<'a> {
    /// Its objects, pods, files and Spark processes.
    pub subject: Subject<'a>,
    /// Its policies and Services.
    pub world: World<'a>,
    /// Who reads which ConfigMap and Secret.
    pub readers: Readers<'a>,
    at: HashMap<&'a ObjectId, usize>,
    /// Its pods by the position of the object that holds them.
    pods: HashMap<usize, Vec<usize>>,
}

impl<'a> Side<'a> {
    /// Reads it once.
    pub fn of(subject: Subject<'a>) -> Side<'a> {
        let world = World::of(&subject);
        let at = subject.objects().iter().enumerate().map(|(at, object)| (object.id, at)).collect();
        let mut pods: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, pod) in subject.pods.iter().enumerate() {
            pods.entry(pod.object).or_default().push(at);
        }
        let readers = Readers::of(&subject);
        Side { subject, world, readers, at, pods }
    }

    /// The pods that an object holds.
    pub fn pods_of(&self, object: usize) -> &[usize] {
        self.pods.get(&object).map_or(&[], Vec::as_slice)
    }

    fn find(&self, id: Option<&ObjectId>) -> Option<(usize, Object<'a>)> {
        let at = *self.at.get(id?)?;
        Some((at, self.subject.objects()[at]))
    }
}

/// A change with its objects. Of a rename, which deletes one object and creates another, there are two of these:
/// one that removes and one that adds.
pub struct Change<'a> {
    /// Its position in the difference.
    pub at: usize,
    /// The change.
    pub change: &'a ObjectChange,
    /// The object on the first side, with its position.
    pub before: Option<(usize, Object<'a>)>,
    /// The object on the second side.
    pub after: Option<(usize, Object<'a>)>,
}

impl<'a> Change<'a> {
    /// What it is called, `StatefulSet/x`.
    pub fn name(&self) -> String {
        self.id().map(ToString::to_string).unwrap_or_default()
    }

    /// What it is called.
    pub fn id(&self) -> Option<&'a ObjectId> {
        self.after.or(self.before).map(|(_, object)| object.id)
    }

    /// Its kind.
    pub fn kind(&self) -> &'a str {
        self.id().map_or("", |id| &id.kind)
    }

    /// Its API group.
    pub fn group(&self) -> &'a str {
        self.id().map_or("", ObjectId::group)
    }

    /// The object on both sides.
    pub fn both(&self) -> Option<(&'a Node, &'a Node)> {
        Some((self.before?.1.node, self.after?.1.node))
    }

    /// The object, where the first side alone has it.
    pub fn removed(&self) -> Option<&'a Node> {
        self.before.filter(|_| self.after.is_none()).map(|(_, object)| object.node)
    }

    /// The object, where the second side alone has it.
    pub fn added(&self) -> Option<&'a Node> {
        self.after.filter(|_| self.before.is_none()).map(|(_, object)| object.node)
    }

    /// The fields that lie below a path of keys, or hold it.
    pub fn below(&self, path: &[&str]) -> Vec<usize> {
        if self.before.is_none() || self.after.is_none() {
            return Vec::new();
        }
        let touches = |keys: &[&str]| keys.iter().zip(path).all(|(a, b)| a == b);
        let fields = self.change.fields.iter().enumerate();
        fields.filter(|(_, field)| touches(&keys(&field.path.0))).map(|(at, _)| at).collect()
    }

    /// The fields at or below any of these paths, written with dots.
    pub fn any_below(&self, paths: &[&str]) -> Vec<usize> {
        let mut found: Vec<usize> =
            paths.iter().flat_map(|path| self.below(&path.split('.').collect::<Vec<_>>())).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether something lies below a path of keys.
    pub fn touches(&self, path: &[&str]) -> bool {
        !self.below(path).is_empty()
    }
}

/// The keys that a path begins with, up to the first item of a list.
pub fn keys(steps: &[Step]) -> Vec<&str> {
    let mut keys = Vec::new();
    for step in steps {
        let Step::Key(key) = step else { break };
        keys.push(key.as_str());
    }
    keys
}

/// All that is known of both sides.
pub struct Context<'a> {
    /// The first side.
    pub before: Side<'a>,
    /// The second side.
    pub after: Side<'a>,
    /// The changes, in their order.
    pub changes: Vec<Change<'a>>,
    /// Pods of the first side with what they are on the second.
    pub pods: BTreeMap<usize, usize>,
    /// Changes by the position of their object on the second side.
    by_after: HashMap<usize, usize>,
}

impl<'a> Context<'a> {
    /// Finds every change's objects.
    pub fn new(difference: &'a Difference, before: Side<'a>, after: Side<'a>) -> Context<'a> {
        let mut changes = Vec::new();
        for (at, change) in difference.changes.iter().enumerate() {
            let old = before.find(change.before.as_ref());
            let new = after.find(change.after.as_ref());
            if change.step() == ObjectStep::Renamed {
                changes.push(Change { at, change, before: old, after: None });
                changes.push(Change { at, change, before: None, after: new });
            } else {
                changes.push(Change { at, change, before: old, after: new });
            }
        }
        let objects = pairs(&changes, &before, &after);
        let mut pods = BTreeMap::new();
        for (at, pod) in before.subject.pods.iter().enumerate() {
            let Some(object) = objects.get(&pod.object) else { continue };
            let same = |other: &&usize| after.subject.pods[**other].file == pod.file;
            if let Some(other) = after.pods_of(*object).iter().find(same) {
                pods.insert(at, *other);
            }
        }
        let of = |(at, change): (usize, &Change<'_>)| Some((change.after?.0, at));
        let by_after = changes.iter().enumerate().filter_map(of).collect();
        Context { before, after, changes, pods, by_after }
    }

    /// The change of the object at a position of the second side.
    pub fn change_after(&self, object: usize) -> Option<&Change<'a>> {
        self.changes.get(*self.by_after.get(&object)?)
    }
}

/// Objects of the first side with what they are on the second: those of changes, and those that do not differ at all.
fn pairs(changes: &[Change<'_>], before: &Side<'_>, after: &Side<'_>) -> BTreeMap<usize, usize> {
    let old: HashSet<usize> = changes.iter().filter_map(|change| Some(change.before?.0)).collect();
    let both = changes.iter().filter_map(|change| Some((change.before?.0, change.after?.0)));
    let objects = before.subject.objects().iter().enumerate();
    let same = objects.filter(|(at, _)| !old.contains(at));
    let same = same.filter_map(|(at, object)| Some((at, *after.at.get(object.id)?)));
    both.chain(same).collect()
}
