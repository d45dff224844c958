//! What is caused by identity and by templates, besides the spec.

use super::files;
use super::identity::Part;
use super::search::{All, Found};
use super::stage::{Ground, Sides, Stage, Towards};
use super::target::{Aim, Target, Work, readers};
use super::units::Unit;
use crate::compile::Guests;
use crate::diff::{Difference, FieldStep};
use crate::release::Release;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// One reason of one target, in the order in which causes are told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Pieces of the spec.
    Pieces(Vec<usize>),
    /// A part of the identity, by its place among the parts.
    Identity(usize),
    /// Files.
    Templates(Vec<String>),
    Program,
}

/// The reasons of a field, or of an object as a whole.
#[derive(Debug)]
pub struct Blamed {
    pub change: usize,
    pub field: Option<usize>,
    pub reasons: BTreeSet<Reason>,
}

/// What the forward stage is tried with, and what stands beside it.
pub struct Besides<'t> {
    pub sides: &'t Sides<'t>,
    pub works: &'t [Work<'t>],
    pub difference: &'t Difference,
    pub changed_files: &'t BTreeSet<String>,
    pub parts: &'t [Part],
    /// Of each part the stage with the second side's of it alone.
    pub with: Vec<Option<Stage<'t>>>,
    /// Of each part the stage with all of the second side's but it.
    pub without: Vec<Option<Stage<'t>>>,
    /// The first side's library under the start's spec and the second side's identity.
    pub old_library: Option<Stage<'t>>,
    /// The first side's library under the second side's spec and identity.
    pub old_templates: Option<Stage<'t>>,
}

/// The grounds that [`Besides`] needs: with each part alone, without each, the two of the first side's library.
pub struct Grounds<'a> {
    with: Vec<Option<Ground<'a>>>,
    without: Vec<Option<Ground<'a>>>,
    old_library: Option<Ground<'a>>,
    old_templates: Option<Ground<'a>>,
}

impl<'a> Grounds<'a> {
    pub fn new(
        sides: &Sides<'a>,
        start: &Ground<'a>,
        parts: &[Part],
        has_changed_files: bool,
    ) -> Grounds<'a> {
        let (before, after) = (&sides.before.1.release, &sides.after.1.release);
        let guests = |release: &Release| -> Guests {
            let of = if release.sharing == after.sharing { sides.after } else { sides.before };
            of.1.platform.guests.clone()
        };
        let mixed = |own: &Release, other: &Release, part: &Part| {
            let mut release = own.clone();
            (part.take)(&mut release, other);
            let guests = guests(&release);
            start.under(release, guests)
        };
        let (library, sources) = (sides.before.0, &sides.before.1.report.sources);
        let within = |ground: &Ground<'a>| ground.within(library, sources).filter(|_| has_changed_files);
        Grounds {
            with: parts.iter().map(|part| mixed(before, after, part)).collect(),
            without: parts.iter().map(|part| mixed(after, before, part)).collect(),
            old_library: within(start),
            old_templates: within(&Ground::of(sides.after)),
        }
    }
}

impl<'t> Besides<'t> {
    /// Nothing is tried yet.
    pub fn new(
        grounds: &'t Grounds<'t>,
        sides: &'t Sides<'t>,
        units: &'t [Unit<'t>],
        works: &'t [Work<'t>],
        difference: &'t Difference,
        changed_files: &'t BTreeSet<String>,
        parts: &'t [Part],
    ) -> Besides<'t> {
        let stage = |ground: &'t Option<Ground<'t>>, towards| {
            ground.as_ref().map(|ground| Stage::new(ground, units, works, towards))
        };
        Besides {
            sides,
            works,
            difference,
            changed_files,
            parts,
            with: grounds.with.iter().map(|ground| stage(ground, Towards::After)).collect(),
            without: grounds.without.iter().map(|ground| stage(ground, Towards::After)).collect(),
            old_library: stage(&grounds.old_library, Towards::After),
            old_templates: stage(&grounds.old_templates, Towards::Before),
        }
    }

    /// The reasons of every target, and the digests.
    pub fn blamed(&self, all: &All) -> Vec<Blamed> {
        let mut blamed = Vec::new();
        for (at, (work, found)) in self.works.iter().zip(all).enumerate() {
            for (target, found) in work.targets.iter().zip(found) {
                let reasons = match target.is_derived && *found == Found::default() {
                    true => BTreeSet::new(),
                    false => self.reasons(at, target, found),
                };
                blamed.push(Blamed { change: target.change, field: target.field, reasons });
            }
        }
        self.follow_secrets(&mut blamed);
        for one in blamed.iter_mut().filter(|one| one.reasons.is_empty()) {
            if !self.is_derived(one) {
                one.reasons.insert(Reason::Program);
            }
        }
        blamed
    }

    fn is_derived(&self, one: &Blamed) -> bool {
        let mut targets = self.works.iter().flat_map(|work| &work.targets);
        targets.any(|target| target.is_derived && target.change == one.change && target.field == one.field)
    }

    fn reasons(&self, work: usize, target: &Target, found: &Found) -> BTreeSet<Reason> {
        if found.is_unexplained {
            return BTreeSet::from([Reason::Program]);
        }
        let mut reasons = BTreeSet::new();
        if !found.set.is_empty() {
            reasons.insert(Reason::Pieces(found.set.clone()));
        }
        reasons.extend(found.contents.iter().map(|unit| Reason::Pieces(vec![*unit])));
        let mut pieces: Vec<usize> = found.set.iter().chain(&found.contents).copied().collect();
        pieces.sort_unstable();
        let alone = pieces.is_empty();
        if !self.changed_files.is_empty() {
            let without = match alone {
                true => self.is_met(&self.old_library, work, target, &pieces),
                false => self.is_met(&self.old_templates, work, target, &[]),
            };
            if !without {
                let place = (target.change, target.field);
                let component = &self.works[work].component;
                let files = files::behind(self.sides, self.changed_files, component, self.difference, place);
                reasons.insert(Reason::Templates(files));
            }
        }
        if alone && reasons.is_empty() || self.names_identity(target) {
            reasons.extend(self.identity(work, target, &pieces).map(Reason::Identity));
        }
        reasons
    }

    /// The parts of the identity that a target needs, given pieces of the spec: the one that does it alone, or else
    /// all without which it is not so.
    fn identity(&self, work: usize, target: &Target, pieces: &[usize]) -> impl Iterator<Item = usize> {
        let all = 0..self.parts.len();
        let alone = all.clone().find(|part| self.is_met(&self.with[*part], work, target, pieces));
        let needed: Vec<usize> = match alone {
            // With the first side's identity it may be so just as well: then none is the reason.
            Some(part) if self.is_met(&self.without[part], work, target, pieces) => Vec::new(),
            Some(part) => vec![part],
            None => all.filter(|part| !self.is_met(&self.without[*part], work, target, pieces)).collect(),
        };
        needed.into_iter()
    }

    fn is_met(&self, stage: &Option<Stage<'_>>, work: usize, target: &Target, pieces: &[usize]) -> bool {
        let Some(stage) = stage else { return false };
        let (outcome, base) = (stage.outcome(work, pieces), stage.outcome(work, &[]));
        target.is_met(Aim::Exact, (&outcome, &base), &self.works[work], self.difference)
    }

    /// Whether a target says what the second side is called.
    fn names_identity(&self, target: &Target) -> bool {
        let change = &self.difference.changes[target.change];
        let value = match target.field {
            Some(field) => change.fields[field].after.as_ref(),
            None => change.object.as_ref().filter(|_| change.after.is_some()),
        };
        let says = |text: &str| {
            self.parts.iter().any(|part| !part.after.is_empty() && text.contains(part.after.as_str()))
        };
        value.is_some_and(|value| any_text(value, &says)) && !self.is_new(target)
    }

    /// Of what is new every text is the second side's anyway.
    fn is_new(&self, target: &Target) -> bool {
        let change = &self.difference.changes[target.change];
        target.field.map_or(change.before.is_none(), |field| change.fields[field].step == FieldStep::Added)
    }

    /// What fetches a Secret is there where something reads that: the reasons of the readers are its reasons.
    fn follow_secrets(&self, blamed: &mut [Blamed]) {
        for at in 0..blamed.len() {
            let one = &blamed[at];
            let change = &self.difference.changes[one.change];
            let Some(id) = change.id().filter(|id| id.kind == "ExternalSecret" && one.field.is_none()) else {
                continue;
            };
            if one.reasons.iter().any(|reason| matches!(reason, Reason::Pieces(_) | Reason::Templates(_))) {
                continue;
            }
            let side = if change.after.is_some() { self.sides.after } else { self.sides.before };
            let reading: BTreeSet<_> = readers(side, &id.name).map(|manifest| &manifest.id).collect();
            let mut reasons = BTreeSet::new();
            for other in blamed.iter().filter(|other| other.change != one.change) {
                let (own, is_after) = (&self.difference.changes[other.change], change.after.is_some());
                let reader = if is_after { &own.after } else { &own.before };
                let value = match other.field {
                    Some(field) if is_after => own.fields[field].after.as_ref(),
                    Some(field) => own.fields[field].before.as_ref(),
                    None => own.object.as_ref(),
                };
                let names = |value: &Json| any_text(value, &|text| text == id.name);
                if reader.as_ref().is_some_and(|id| reading.contains(id)) && value.is_some_and(names) {
                    reasons.extend(other.reasons.iter().cloned());
                }
            }
            if !reasons.is_empty() {
                blamed[at].reasons = reasons;
            }
        }
    }
}

fn any_text(value: &Json, test: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Json::String(text) => test(text),
        Json::Array(items) => items.iter().any(|item| any_text(item, test)),
        Json::Object(map) => map.values().any(|item| any_text(item, test)),
        _ => false,
    }
}
