//! What has to come out as on the second side, template by template.

use super::near::{is_digest_change, is_near, is_numbered, stands_against};
use super::stage::{Compared, Outcome, Side, Sides};
use crate::compile::Manifest;
use crate::diff::{Difference, FieldChange, FieldStep, Object, ObjectChange, ObjectStep, walk};
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
        if let Some(met) = self.is_met_since(change, (outcome, base), found) {
            return met;
        }
        let fields = compared(&outcome.compared, self.change, after, node, &wanted.object);
        match self.field.map(|field| &change.fields[field]) {
            None => fields.iter().all(is_digest_change),
            Some(field) => !fields.iter().any(|other| stands_against(field, other, aim)),
        }
    }

    /// What a glance at what is other than in the base says of a field that is not met there: it is met where it
    /// got the second side's value, and where nothing came near it, it is not. None where that takes a closer look.
    fn is_met_since(
        &self,
        change: &ObjectChange,
        (outcome, base): (&Outcome, &Outcome),
        found: Option<&(ObjectId, Node)>,
    ) -> Option<bool> {
        let field = &change.fields[self.field?];
        let since = since((outcome, base), self.change, found?)?;
        let is_it = |other: &FieldChange| {
            other.path == field.path
                && other.step == field.step
                && other.after == field.after
                && !field.path.0.iter().any(is_numbered)
        };
        if since.iter().any(is_it) {
            return Some(true);
        }
        (!since.iter().any(|other| is_near(field, other)) && !self.is_met_in(base, change)).then_some(false)
    }

    /// Whether the base has the field as the second side has it, as far as that is known. Each piece asks it of each
    /// field: it is worked out once.
    fn is_met_in(&self, base: &Outcome, change: &ObjectChange) -> bool {
        let Some(field) = self.field else { return true };
        let key = (self.change, field);
        if let Some(met) = base.met.borrow().get(&key) {
            return *met;
        }
        let known = base.compared.borrow();
        let Some(fields) = known.get(&self.change) else { return true };
        let met = !fields.iter().any(|other| stands_against(&change.fields[field], other, Aim::There));
        base.met.borrow_mut().insert(key, met);
        met
    }

    /// Whether an outcome has the field otherwise than its base, whatever the second side says.
    pub fn is_touched(&self, outcomes: (&Outcome, &Outcome), difference: &Difference) -> bool {
        let change = &difference.changes[self.change];
        let (Some(field), Some(objects), Some(after)) =
            (self.field.map(|field| &change.fields[field]), &outcomes.0.objects, &change.after)
        else {
            return false;
        };
        let found = objects.iter().find(|(id, _)| is_same(id, after));
        let since = found.and_then(|found| since(outcomes, self.change, found));
        since.is_some_and(|since| since.iter().any(|other| is_near(field, other)))
    }
}

/// What differs between the object of a base and that of an outcome; none where the base has no such object.
fn since(
    (outcome, base): (&Outcome, &Outcome),
    change: usize,
    (id, node): &(ObjectId, Node),
) -> Option<Rc<Vec<FieldChange>>> {
    if std::ptr::eq(outcome, base) {
        return None;
    }
    let (_, start) = base.objects.as_ref()?.iter().find(|(other, _)| is_same(other, id))?;
    Some(compared(&outcome.since, change, id, start, node))
}

fn compared(
    known: &Compared,
    change: usize,
    id: &ObjectId,
    before: &Node,
    after: &Node,
) -> Rc<Vec<FieldChange>> {
    let compare = || {
        let side = |node| Object { id, node, component: None };
        Rc::new(walk::fields(&side(before), &side(after)))
    };
    known.borrow_mut().entry(change).or_insert_with(compare).clone()
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

impl Work<'_> {
    /// Whether an outcome is all that the template makes on the second side, digests left out.
    pub fn is_second_side(&self, outcome: &Outcome) -> bool {
        let Some(objects) = &outcome.objects else { return false };
        let is_made = |(id, node): &(ObjectId, Node)| {
            let wanted = self.new.iter().find(|manifest| is_same(id, &manifest.id));
            wanted.is_some_and(|wanted| {
                let side = |node| Object { id, node, component: None };
                walk::fields(&side(node), &side(&wanted.object)).iter().all(is_digest_change)
            })
        };
        objects.len() == self.new.len() && objects.iter().all(is_made)
    }
}

/// The objects of a side that read a Secret.
pub fn readers<'a>((_, compiled): Side<'a>, secret: &'a str) -> impl Iterator<Item = &'a Manifest> {
    compiled.manifests.iter().filter(move |manifest| {
        manifest.id.kind != "ExternalSecret"
            && crate::compile::credentials::used(std::slice::from_ref(manifest)).contains(secret)
    })
}
