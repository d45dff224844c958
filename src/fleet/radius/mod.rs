//! The blast radius of a change: what becomes of the releases of a project, between the project as it was and the
//! project as it is, alike changes once.
//!
//! Releases are paired by their places. One that is made from the same inputs on both sides is not compiled, so that
//! one changed layer of a fleet costs what the releases cost that take it. Each release is compared, put together with
//! what is alike, and dropped.

mod gather;
mod pair;
mod see;

use super::engine::each;
use super::fingerprint::Fingerprints;
use super::plan::{Plan, Planned};
use super::reports::Reports;
use super::select::Select;
use crate::bundle::Digest;
use crate::diagnostic::Report;
use crate::diff::causes::CauseKind;
use crate::diff::impact::Effect;
use crate::diff::totals::Totals;
use crate::diff::{FieldChange, ObjectStep};
use crate::failure::Failure;
use crate::library::Library;
use gather::Gather;
use pair::Pair;
use see::Seen;
use std::sync::{Mutex, PoisonError};

/// A project as it was.
#[derive(Debug)]
pub enum Before {
    /// There was one.
    Project(Box<Library>),
    /// There was none.
    Nothing,
    /// There was one that cannot be read.
    Unreadable,
}

impl Before {
    fn library(&self) -> Option<&Library> {
        match self {
            Before::Project(library) => Some(library),
            Before::Nothing | Before::Unreadable => None,
        }
    }
}

/// Which releases are compared.
#[derive(Debug)]
pub struct Work<'a> {
    before: &'a Before,
    after: &'a Library,
    pairs: Vec<Pair>,
    /// Those that are not made from the same inputs on both sides, by their numbers.
    other: Vec<usize>,
}

/// What a change comes to.
#[derive(Debug, Default)]
pub struct Radius {
    /// How many releases there are on either side, those on both counted once.
    pub releases: usize,
    /// How many of them were made from other inputs, and so compared.
    pub compared: usize,
    /// The places of those whose objects differ, in the order of the project as it is.
    pub changed: Vec<String>,
    /// Releases that are new.
    pub added: Vec<Whole>,
    /// Releases that are gone.
    pub removed: Vec<Whole>,
    /// What changes, what does the worst first.
    pub groups: Vec<Group>,
    /// What all of these ask for, before and after.
    pub totals: (Totals, Totals),
    /// Releases that cannot be compared because what they were cannot be compiled, with why.
    pub unknown: Vec<(String, String)>,
    /// Why releases of the project as it is cannot be compiled.
    pub report: Report,
    /// What could not be done, by place.
    pub failures: Vec<(String, Failure)>,
}

/// A release that only one side has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// Its place.
    pub place: String,
    /// How many objects it has; none where it cannot be compiled.
    pub objects: Option<usize>,
}

/// Changes with one cause, in the same releases.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The places of the releases that it happens to. The changes are shown of the first.
    pub releases: Vec<String>,
    /// What is responsible; empty where nobody knows.
    pub causes: Vec<CauseKind>,
    /// What applying it does, the worst first.
    pub effects: Vec<(Effect, String)>,
    /// The objects that change.
    pub changes: Vec<Alike>,
}

/// An object that changes, in all releases of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Alike {
    /// What becomes of it as a whole.
    pub step: ObjectStep,
    /// What it is called, such as `StatefulSet/spark-connect`; where it is called otherwise now, the new name.
    pub object: String,
    /// What it was called, where that is something else.
    pub was: Option<String>,
    /// What differs inside it; without values where these are secret.
    pub fields: Vec<FieldChange>,
    /// Whether it also holds a digest of what changes elsewhere, which is not among the fields.
    pub follows: bool,
}

impl<'a> Work<'a> {
    /// Pairs the releases that are meant.
    ///
    /// # Errors
    /// If the project as it is lists releases that cannot be.
    pub fn of(before: &'a Before, after: &'a Library, select: &Select) -> Result<Work<'a>, Failure> {
        let meant = |plan: Plan| -> Vec<Planned> {
            plan.releases.into_iter().filter(|planned| select.takes(&planned.release)).collect()
        };
        let is = meant(Plan::of(after, None)?);
        let library = before.library();
        // Entries that could not be are none that could be compared.
        let was = library.map(|library| meant(Plan::with_faults(library, None).0)).unwrap_or_default();
        let prints = |library| Fingerprints::new(library, Digest::of(b""));
        let prints = library.map(|library| (library, prints(library), prints(after)));
        let pairs = pair::pairs(was, is);
        let is_other = |pair: &Pair| match (pair, &prints) {
            (Pair { before: Some(one), after: Some(two) }, Some((library, was, is))) => {
                was.of(library, &one.release) != is.of(after, &two.release)
            }
            _ => true,
        };
        let other =
            pairs.iter().enumerate().filter(|(_, pair)| is_other(pair)).map(|(index, _)| index).collect();
        Ok(Work { before, after, pairs, other })
    }

    /// How many releases have to be compiled.
    pub fn count(&self) -> usize {
        self.other.len()
    }

    /// Compares them. `progress` is told after each how many are done. What is wrong with single ones is in the result.
    pub fn look(&self, threads: usize, progress: &(dyn Fn(usize) + Sync)) -> Radius {
        let Work { before, after, pairs, other } = self;
        let mut radius = Radius { releases: pairs.len(), compared: other.len(), ..Radius::default() };
        let (gather, reports) = (Mutex::<Gather>::default(), Mutex::<Reports>::default());
        let look = see::Look { before, after, reports: &reports, gather: &gather };
        let places: Vec<String> = pairs.iter().map(Pair::place).collect();
        let seen = each(other, threads, progress, |_, index| match pairs.get(*index) {
            Some(pair) => look.one(*index, pair),
            None => Ok(Seen::Same),
        });
        for (index, seen) in other.iter().zip(seen) {
            let place = places.get(*index).cloned().unwrap_or_default();
            match seen {
                Ok(Seen::Same | Seen::Broken) => {}
                Ok(Seen::Changed) => radius.changed.push(place),
                Ok(Seen::Added(objects)) => radius.added.push(Whole { place, objects }),
                Ok(Seen::Removed(objects)) => radius.removed.push(Whole { place, objects }),
                Ok(Seen::Unknown(why)) => radius.unknown.push((place, why)),
                Err(failure) => radius.failures.push((place, failure)),
            }
        }
        radius.report = Reports::into_report(reports, after);
        gather.into_inner().unwrap_or_else(PoisonError::into_inner).into(&mut radius, &places);
        radius
    }
}

impl Radius {
    /// Whether nothing changes, as far as that can be known.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.added.is_empty() && self.removed.is_empty() && self.unknown.is_empty()
    }

    /// Whether the project as it is cannot be compiled whole.
    pub fn failed(&self) -> bool {
        self.report.has_errors() || !self.failures.is_empty()
    }
}

/// What keeps a side from being compiled, in a line.
pub fn headline(failure: &Failure) -> String {
    let Failure::Findings(report) = failure else { return failure.to_string() };
    let Some(worst) = report.findings.first() else { return failure.to_string() };
    match &worst.primary {
        Some(label) => format!("{}: {}", report.sources.locate(label.span), worst.message),
        None => worst.message.clone(),
    }
}
