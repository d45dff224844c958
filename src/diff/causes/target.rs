//! What has to come out as on the second side, template by template.

use super::stage::{Outcome, Side, Sides};
use crate::compile::Manifest;
use crate::diff::{Difference, FieldChange, FieldStep, Object, ObjectStep, Step, walk};
use crate::layer::tree::Node;
use crate::manifest::ObjectId;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::rc::Rc;

/// One template, with what it makes on both sides and what of that differs.
pub struct Work<'a> {
    pub component: String,
    pub template: String,
    /// What it makes on the first side, in the order in which it writes them.
    pub old: Vec<&'a Manifest>,
    pub new: Vec<&'a Manifest>,
    pub targets: Vec<Target>,
}

/// A field that differs, or an object as a whole.
#[derive(Debug, Clone)]
pub struct Target {
    pub change: usize,
    /// The field; none for the object.
    pub field: Option<usize>,
    /// Whether it is a digest of other fields.
    pub is_derived: bool,
}

/// How far a target has to be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// It is there or gone, as on the second side.
    There,
    /// It says what it says there.
    Exact,
}

/// The templates of both sides, in the order of their names.
pub fn works<'a>(sides: &Sides<'a>, difference: &Difference) -> Vec<Work<'a>> {
    let mut works: BTreeMap<(String, String), Work<'a>> = BTreeMap::new();
    let mut place: BTreeMap<(bool, &ObjectId), (String, String)> = BTreeMap::new();
    for (is_new, (_, compiled)) in [(false, sides.before), (true, sides.after)] {
        for manifest in &compiled.manifests {
            let key = (manifest.component.clone(), manifest.template.clone());
            place.insert((is_new, &manifest.id), key.clone());
            let work = works.entry(key).or_insert_with(|| Work {
                component: manifest.component.clone(),
                template: manifest.template.clone(),
                old: Vec::new(),
                new: Vec::new(),
                targets: Vec::new(),
            });
            if is_new { work.new.push(manifest) } else { work.old.push(manifest) }
        }
    }
    for (at, change) in difference.changes.iter().enumerate() {
        let side = |is_new, id: &Option<ObjectId>| place.get(&(is_new, id.as_ref()?)).cloned();
        let key = side(true, &change.after).or_else(|| side(false, &change.before));
        let Some(work) = key.and_then(|key| works.get_mut(&key)) else { continue };
        if change.step() != ObjectStep::Changed {
            work.targets.push(Target { change: at, field: None, is_derived: false });
        }
        for (field, change) in change.fields.iter().enumerate() {
            let is_derived = is_digest_change(change);
            work.targets.push(Target { change: at, field: Some(field), is_derived });
        }
    }
    let mut works: Vec<Work<'a>> = works.into_values().collect();
    for Work { old, new, .. } in &mut works {
        for list in [old, new] {
            list.sort_by_key(|manifest| manifest.object.span.start);
        }
    }
    works
}

/// Whether both values are what the templates' function `digest` gives: sixteen hexadecimal digits.
fn is_digest_change(change: &FieldChange) -> bool {
    let is_digest = |value: &Option<Json>| {
        value.as_ref().and_then(Json::as_str).is_some_and(|text| {
            text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
    };
    change.step == FieldStep::Changed && is_digest(&change.before) && is_digest(&change.after)
}

impl Target {
    /// Whether first only its being there is looked for, and then what it says.
    pub fn comes(&self, difference: &Difference) -> bool {
        let change = &difference.changes[self.change];
        match self.field {
            None => change.step() == ObjectStep::Added,
            Some(field) => {
                let field = &change.fields[field];
                field.step == FieldStep::Added
                    && matches!(field.after, Some(Json::Object(_) | Json::Array(_)))
            }
        }
    }

    /// Whether an outcome of its template has it as the second side has it. `base` is what the template makes of
    /// the spec that trials start from.
    pub fn is_met(
        &self,
        aim: Aim,
        (outcome, base): (&Outcome, &Outcome),
        work: &Work<'_>,
        difference: &Difference,
    ) -> bool {
        let change = &difference.changes[self.change];
        let Some(objects) = &outcome.objects else { return false };
        let before = change.before.as_ref().map(|id| renamed(id, work, base));
        let Some(after) = &change.after else {
            return !before.is_some_and(|before| objects.iter().any(|(id, _)| is_same(id, &before)));
        };
        let exact = objects.iter().find(|(id, _)| is_same(id, after));
        let found = exact.or_else(|| {
            let only =
                |of: &[(ObjectId, Node)]| of.iter().filter(|(id, _)| id.kind == after.kind).count() == 1;
            let old = before.as_ref()?;
            objects
                .iter()
                .find(|(id, _)| is_same(id, old))
                .or_else(|| objects.iter().find(|(id, _)| id.kind == after.kind).filter(|_| only(objects)))
        });
        let wanted = work.new.iter().find(|manifest| manifest.id == *after);
        let (Some((_, node)), Some(wanted)) = (found, wanted) else { return false };
        match (self.field, change.step()) {
            (None, ObjectStep::Renamed) => return exact.is_some(),
            (None, _) if exact.is_none() => return false,
            (None, _) if aim == Aim::There => return true,
            _ => {}
        }
        let fields = compared(outcome, self.change, after, node, &wanted.object);
        match self.field.map(|field| &change.fields[field]) {
            None => fields.iter().all(is_digest_change),
            Some(field) => !fields.iter().any(|other| stands_against(field, other, aim)),
        }
    }
}

fn compared(
    outcome: &Outcome,
    change: usize,
    id: &ObjectId,
    node: &Node,
    wanted: &Node,
) -> Rc<Vec<FieldChange>> {
    let mut known = outcome.compared.borrow_mut();
    let compare = || {
        let side = |node| Object { id, node, component: None };
        Rc::new(walk::fields(&side(node), &side(wanted)))
    };
    known.entry(change).or_insert_with(compare).clone()
}

fn is_same(one: &ObjectId, other: &ObjectId) -> bool {
    one.kind == other.kind && one.name == other.name && one.group() == other.group()
}

/// What an object of the first side is called where trials start: the template makes its objects in one order.
fn renamed(id: &ObjectId, work: &Work<'_>, base: &Outcome) -> ObjectId {
    let at = work.old.iter().position(|manifest| manifest.id == *id);
    let objects = base.objects.as_deref().unwrap_or_default();
    let found = at.and_then(|at| objects.get(at)).filter(|_| objects.len() == work.old.len());
    match found {
        Some((found, _)) if found.kind == id.kind => found.clone(),
        _ => id.clone(),
    }
}

/// Whether a field is not yet as on the second side, since `other` still differs from that.
fn stands_against(field: &FieldChange, other: &FieldChange, aim: Aim) -> bool {
    let (own, its) = (&field.path.0, &other.path.0);
    for (at, (a, b)) in own.iter().zip(its).enumerate() {
        let is_one = if is_numbered(a) && is_numbered(b) { by_second_side(field, other, at) } else { a == b };
        if !is_one {
            return false;
        }
    }
    match (field.step, other.step) {
        (FieldStep::Reordered, step) => step == FieldStep::Reordered || its.len() < own.len(),
        (FieldStep::Added, _) if its.len() > own.len() || other.step == FieldStep::Reordered => {
            aim == Aim::Exact && !is_digest_change(other)
        }
        (_, FieldStep::Reordered) => false,
        _ => true,
    }
}

/// Whether a step counts: the same number may be another line on another first side.
fn is_numbered(step: &Step) -> bool {
    match step {
        Step::At(_) => true,
        Step::Entry(entry) => !entry.is_empty() && entry.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

/// The second side is the same in both comparisons: so its places are, and what is not there any more is told by
/// its value.
fn by_second_side(field: &FieldChange, other: &FieldChange, at: usize) -> bool {
    let ends = |change: &FieldChange| change.step == FieldStep::Removed && change.path.0.len() == at + 1;
    match (ends(field), ends(other)) {
        (true, true) => return field.before == other.before,
        (false, false) => {}
        _ => return false,
    }
    let (Some(own), Some(its)) = (&field.after_at, &other.after_at) else { return false };
    match (&own.line, &its.line) {
        (Some(a), Some(b)) => a.number == b.number,
        (None, None) => own.path.0.get(..=at) == its.path.0.get(..=at),
        _ => false,
    }
}

/// The objects of a side that read a Secret.
pub fn readers<'a>((_, compiled): Side<'a>, secret: &'a str) -> impl Iterator<Item = &'a Manifest> {
    compiled.manifests.iter().filter(move |manifest| {
        manifest.id.kind != "ExternalSecret"
            && crate::compile::credentials::used(std::slice::from_ref(manifest)).contains(secret)
    })
}
