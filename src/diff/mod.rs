//! What differs between two sets of objects, by what it means: objects paired by identity, lists by the key that
//! their type gives them, quantities by their amount, texts inside objects by the format they are in.
//!
//! A [`Difference`] is plain data; what applying it does, which layer lines are responsible and how it is printed
//! are views of it, in folders of their own.

pub mod against;
mod align;
mod apply;
pub mod causes;
pub mod comparison;
mod digest;
mod field;
pub mod impact;
mod knowledge;
mod likeness;
mod list;
mod meaning;
mod pair;
mod secret;
mod text;
pub mod totals;
pub mod view;
mod walk;

pub use apply::apply;
pub use comparison::{Comparison, Side};
pub use field::{FieldChange, FieldPath, FieldStep, Step};

use crate::compile::Compiled;
use crate::layer::tree::Node;
use crate::manifest::ObjectId;
use crate::manifest::read::{Foreign, Manifests};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What differs between two sets of objects. Objects are paired by what they are called, as [`Correspondence`]
/// translates it, and what remains by likeness within its kind.
///
/// The API version, the name and the namespace are fields like any other: where they differ, that is a change, also
/// where the correspondence says that the two are one.
pub fn compare(before: &[Object<'_>], after: &[Object<'_>], same: &Correspondence) -> Difference {
    let changes = pair::pairs(before, after, same).into_iter().filter_map(|pair| {
        let component = |object: &Object<'_>| object.component.map(str::to_owned);
        let id = |object: &Object<'_>| Some(object.id.clone());
        let only = |object: &Object<'_>| Some(object.node.to_json());
        match pair {
            pair::Pair::Added(after) => Some(ObjectChange {
                after: id(after),
                component: component(after),
                object: only(after),
                ..ObjectChange::default()
            }),
            pair::Pair::Removed(before) => Some(ObjectChange {
                before: id(before),
                component: component(before),
                object: only(before),
                ..ObjectChange::default()
            }),
            pair::Pair::Both { before, after, corresponds } => {
                let fields = walk::fields(before, after);
                (!fields.is_empty()).then(|| ObjectChange {
                    before: id(before),
                    after: id(after),
                    component: component(after).or_else(|| component(before)),
                    fields,
                    corresponds,
                    object: None,
                })
            }
        }
    });
    Difference { changes: changes.collect() }
}

/// One object of a side.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a> {
    /// What it is called.
    pub id: &'a ObjectId,
    /// The object.
    pub node: &'a Node,
    /// The component that it belongs to; none of what sparkctl did not render.
    pub component: Option<&'a str>,
}

/// The objects of a compiled release, in the order in which they are applied.
pub fn compiled(compiled: &Compiled) -> Vec<Object<'_>> {
    compiled
        .manifests
        .iter()
        .map(|manifest| Object {
            id: &manifest.id,
            node: &manifest.object,
            component: Some(&manifest.component),
        })
        .collect()
}

/// The objects of manifests that something else rendered, in the order in which they stand.
pub fn foreign(manifests: &Manifests) -> Vec<Object<'_>> {
    manifests.objects.iter().map(|Foreign { id, node, .. }| Object { id, node, component: None }).collect()
}

/// What is called otherwise on the two sides and is the same: two environments differ in their namespaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Correspondence {
    /// Namespaces of the first side, with what the second calls them.
    pub namespaces: BTreeMap<String, String>,
    /// The release's name on both sides, with which the names of its objects begin.
    pub release: Option<(String, String)>,
}

/// What differs between two sides, object by object; empty where they mean the same.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Difference {
    /// One entry for each object that is not the same on both sides, in the order in which the second side is
    /// applied; what only the first side has stands where it would have been.
    pub changes: Vec<ObjectChange>,
}

/// What became of one object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObjectChange {
    /// What the first side calls it; none of what only the second has.
    pub before: Option<ObjectId>,
    /// What the second side calls it; none of what only the first has.
    pub after: Option<ObjectId>,
    /// Its component, where a side knows.
    pub component: Option<String>,
    /// What differs inside it, in the order of the object; empty of what only one side has.
    pub fields: Vec<FieldChange>,
    /// Whether both sides have it under names that are one: the same, or one by the [`Correspondence`].
    pub corresponds: bool,
    /// The object, where only one side has it. It may hold credentials: [`hidden`](ObjectChange::hidden) is for
    /// showing.
    pub object: Option<Json>,
}

/// What became of an object as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectStep {
    /// Only the second side has it.
    Added,
    /// Only the first side has it.
    Removed,
    /// Both have it under one name (or one that [corresponds](Correspondence)), with other contents.
    Changed,
    /// Both have it, under another name: recognised by its likeness.
    Renamed,
}

impl ObjectChange {
    /// What became of it as a whole.
    pub fn step(&self) -> ObjectStep {
        match (&self.before, &self.after) {
            (None, _) => ObjectStep::Added,
            (_, None) => ObjectStep::Removed,
            (Some(before), Some(after))
                if self.corresponds || (before.kind == after.kind && before.name == after.name) =>
            {
                ObjectStep::Changed
            }
            _ => ObjectStep::Renamed,
        }
    }

    /// The object that only one side has, without the credentials in it.
    pub fn hidden(&self) -> Option<Json> {
        Some(secret::hidden(&self.id()?.kind, &FieldPath::default(), self.object.as_ref()?))
    }

    /// What it is called: on the second side, if that has it.
    pub fn id(&self) -> Option<&ObjectId> {
        self.after.as_ref().or(self.before.as_ref())
    }
}
