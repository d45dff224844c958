//! One release on both sides: compiled, compared, taken apart into changes that others may have too, and dropped.

use super::gather::{Atom, Gather};
use super::pair::Pair;
use super::{Before, headline};
use crate::compile::{Compiled, compile_all};
use crate::diff::causes::{Cause, CauseKind, Causes, causes};
use crate::diff::impact::impacts;
use crate::diff::{Correspondence, Difference, ObjectChange, ObjectStep, compare, compiled, totals};
use crate::failure::Failure;
use crate::fleet::plan::Planned;
use crate::fleet::reports::Reports;
use crate::fleet::upgrade::alike::Names;
use crate::library::Library;
use std::sync::{Mutex, PoisonError};

/// Both sides, and where what is seen goes.
pub struct Look<'a> {
    pub before: &'a Before,
    pub after: &'a Library,
    pub reports: &'a Mutex<Reports>,
    pub gather: &'a Mutex<Gather>,
}

/// What became of one release.
pub enum Seen {
    /// Its objects mean the same.
    Same,
    /// They do not.
    Changed,
    /// It is new, with so many objects.
    Added(Option<usize>),
    /// It is gone.
    Removed(Option<usize>),
    /// What it was cannot be compiled, and why.
    Unknown(String),
    /// What it is cannot be compiled: why is in the report.
    Broken,
}

impl Look<'_> {
    /// Looks at one release; `index` is its number among all.
    ///
    /// # Errors
    /// If something else than findings keeps what it is from being compiled.
    pub fn one(&self, index: usize, pair: &Pair) -> Result<Seen, Failure> {
        let was = self.before.library().zip(pair.before.as_ref());
        let was = was.map(|(library, planned)| (library, compile_all(library, &planned.release)));
        let is = match &pair.after {
            Some(planned) => match self.compile(index, planned)? {
                Some(compiled) => Some(compiled),
                None => return Ok(Seen::Broken),
            },
            None => None,
        };
        match (was, is) {
            (None, None) => Ok(Seen::Same),
            (None, Some(_)) if matches!(self.before, Before::Unreadable) => Ok(Seen::Unknown(String::new())),
            (None, Some(is)) => {
                self.sum(None, Some(&is));
                Ok(Seen::Added(Some(is.manifests.len())))
            }
            (Some((_, was)), None) => {
                let was = was.ok();
                self.sum(was.as_ref(), None);
                Ok(Seen::Removed(was.map(|was| was.manifests.len())))
            }
            (Some((_, Err(failure))), Some(_)) => Ok(Seen::Unknown(headline(&failure))),
            (Some((library, Ok(was))), Some(is)) => Ok(self.both(library, index, &was, &is)),
        }
    }

    fn compile(&self, index: usize, planned: &Planned) -> Result<Option<Compiled>, Failure> {
        match compile_all(self.after, &planned.release) {
            Ok(compiled) => Ok(Some(compiled)),
            Err(Failure::Findings(report)) => {
                let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
                reports.add(self.after, index, &planned.release.place(), *report);
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    fn sum(&self, was: Option<&Compiled>, is: Option<&Compiled>) {
        let of = |side: Option<&Compiled>| side.map(|side| totals::of(&compiled(side))).unwrap_or_default();
        let (was, is) = (of(was), of(is));
        self.gather.lock().unwrap_or_else(PoisonError::into_inner).sum(&was, &is);
    }

    fn both(&self, library: &Library, index: usize, was: &Compiled, is: &Compiled) -> Seen {
        let (before, after) = (compiled(was), compiled(is));
        // What is in another namespace now is another object: nothing corresponds but what is called the same.
        let difference = compare(&before, &after, &Correspondence::default());
        if difference.changes.is_empty() {
            return Seen::Same;
        }
        self.sum(Some(was), Some(is));
        let found = causes((library, was), (self.after, is), &difference);
        let mut atoms = atoms(&difference, &found);
        for impact in impacts(&difference, &before, &after) {
            let mine = |atom: &&mut Atom| {
                atom.change == impact.change
                    && (impact.fields.is_empty() || atom.at.is_some_and(|at| impact.fields.contains(&at)))
            };
            atoms
                .iter_mut()
                .filter(mine)
                .for_each(|atom| atom.effects.push((impact.effect, impact.text.clone())));
        }
        let names = Names::of(&is.release);
        let mut gather = self.gather.lock().unwrap_or_else(PoisonError::into_inner);
        atoms.into_iter().for_each(|atom| gather.add(index, atom, &names));
        Seen::Changed
    }
}

/// A difference taken apart: each field that differs, and each object that only one side has or that is called
/// otherwise. A digest of texts elsewhere has the causes of those.
fn atoms(difference: &Difference, Causes { causes, derived }: &Causes) -> Vec<Atom> {
    let mut atoms = Vec::new();
    // What a digest is of is configuration, which nothing else changes.
    let is_text = |(at, _): &(usize, usize)| {
        let id = difference.changes.get(*at).and_then(ObjectChange::id);
        id.is_some_and(|id| matches!(id.kind.as_str(), "ConfigMap" | "Secret"))
    };
    let of_texts = causes.iter().filter(|cause| cause.fields.iter().any(is_text));
    let mut followed: Vec<CauseKind> = of_texts.map(|cause| cause.kind.clone()).collect();
    if followed.is_empty() {
        followed = causes.iter().map(|cause| cause.kind.clone()).collect();
    }
    for (at, change) in difference.changes.iter().enumerate() {
        let because = |here: &dyn Fn(&Cause) -> bool| -> Vec<CauseKind> {
            causes.iter().filter(|cause| here(cause)).map(|cause| cause.kind.clone()).collect()
        };
        if change.step() != ObjectStep::Changed {
            atoms
                .push(Atom { causes: because(&|cause| cause.objects.contains(&at)), ..Atom::of(at, change) });
        }
        for (field, found) in change.fields.iter().enumerate() {
            if derived.contains(&(at, field)) {
                let causes = followed.clone();
                atoms.push(Atom { at: Some(field), causes, follows: true, ..Atom::of(at, change) });
                continue;
            }
            atoms.push(Atom {
                at: Some(field),
                field: Some(found.clone()),
                causes: because(&|cause| cause.fields.contains(&(at, field))),
                ..Atom::of(at, change)
            });
        }
    }
    atoms
}
