//! Which pieces of the spec make a target what it is on the second side: one piece alone where one does it, or else
//! a set of which none can be left out.

use super::smallest::{MOST_TRIALS, smallest, without_needless};
use super::stage::Stage;
use super::target::{Aim, Target, Work};
use super::units::Unit;
use crate::diff::Difference;
use std::collections::BTreeSet;

/// What makes a target what it is on the second side.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Pieces that together bring it about; none where it is so without any.
    pub set: Vec<usize>,
    /// Pieces that besides decide what it says, each for itself: of what is there on the second side alone.
    pub contents: Vec<usize>,
    /// Whether all pieces together do not do it.
    pub is_unexplained: bool,
}

impl Found {
    fn pieces(&self) -> impl Iterator<Item = usize> {
        self.set.iter().chain(&self.contents).copied()
    }
}

/// What single pieces do to a target.
#[derive(Debug, Default)]
struct Alone {
    /// Those that make it what it is on the second side.
    enough: Vec<usize>,
    /// Those that make it something else.
    touching: Vec<usize>,
}

/// What was found of all works: of each its targets, in their order.
pub type All = Vec<Vec<Found>>;

/// Both directions in which pieces are tried, and what is looked for.
pub struct Search<'t> {
    /// From the first side's spec.
    pub forward: &'t Stage<'t>,
    /// From the second side's.
    pub back: &'t Stage<'t>,
    pub units: &'t [Unit<'t>],
    pub works: &'t [Work<'t>],
    pub difference: &'t Difference,
    /// Pieces that the forward stage has already.
    pub given: &'t [usize],
}

impl Search<'_> {
    /// Looks for all of them; and for pieces that change no target by themselves, and without which the others
    /// would change more than the two sides differ in.
    pub fn all(&self) -> (All, Vec<usize>) {
        let candidates = self.candidates();
        let alone = self.alone(&candidates);
        let mut all: All = Vec::new();
        for (at, work) in self.works.iter().enumerate() {
            let mut known: Vec<Vec<usize>> = Vec::new();
            let found = work
                .targets
                .iter()
                .zip(&alone[at])
                .map(|(target, alone)| self.one(at, target, alone, &candidates[at], &mut known));
            all.push(found.collect());
        }
        self.drop_needless(&mut all, &candidates);
        let silent = self.complete(&mut all, &candidates);
        (all, silent)
    }

    /// Of each work the pieces that its template on the second side can tell apart: no others can be needed, since
    /// with these it reads what it reads there.
    fn candidates(&self) -> Vec<Vec<usize>> {
        let is_open = |unit: &usize| !self.given.contains(unit);
        (0..self.works.len())
            .map(|work| self.back.reaching(work).into_iter().filter(is_open).collect())
            .collect()
    }

    /// What each piece does alone.
    fn alone(&self, candidates: &[Vec<usize>]) -> Vec<Vec<Alone>> {
        let mut alone: Vec<Vec<Alone>> =
            self.works.iter().map(|work| work.targets.iter().map(|_| Alone::default()).collect()).collect();
        let mut open: Vec<Vec<usize>> = Vec::new();
        for (at, work) in self.works.iter().enumerate() {
            let is_open = |number: &usize| {
                let target = &work.targets[*number];
                !target.is_derived && !self.is_met(at, target, Aim::There, &[])
            };
            open.push((0..work.targets.len()).filter(is_open).collect());
        }
        // All works of one piece together: they share what is made of it.
        let mut next = vec![0; self.works.len()];
        for unit in 0..self.units.len() {
            for (at, work) in self.works.iter().enumerate() {
                if candidates[at].get(next[at]) != Some(&unit) {
                    continue;
                }
                next[at] += 1;
                if open[at].is_empty() {
                    continue;
                }
                let (outcome, base) = (self.forward.outcome(at, &[unit]), self.forward.outcome(at, &[]));
                if std::rc::Rc::ptr_eq(&outcome, &base) {
                    continue;
                }
                for number in &open[at] {
                    let (target, found) = (&work.targets[*number], &mut alone[at][*number]);
                    if target.is_met(self.aim(target, Aim::There), (&outcome, &base), work, self.difference) {
                        found.enough.push(unit);
                    } else if target.is_touched((&outcome, &base), self.difference) {
                        found.touching.push(unit);
                    }
                }
            }
        }
        alone
    }

    fn one(
        &self,
        work: usize,
        target: &Target,
        alone: &Alone,
        candidates: &[usize],
        known: &mut Vec<Vec<usize>>,
    ) -> Found {
        if target.is_derived {
            return Found::default();
        }
        let set = if self.is_met(work, target, Aim::There, &[]) {
            Vec::new()
        } else if let Some(unit) = self.needed_of(work, target, &alone.enough) {
            vec![unit]
        } else if let Some(set) = known.iter().find(|set| self.is_met(work, target, Aim::There, set)) {
            set.clone()
        } else if let Some(set) = self.touching(work, target, &alone.touching) {
            known.push(set.clone());
            set
        } else if let Some(set) = self.smallest(work, target, Aim::There, &[], candidates) {
            known.push(set.clone());
            set
        } else {
            return Found { is_unexplained: true, ..Found::default() };
        };
        let contents = match target.comes(self.difference) {
            true => self.smallest(work, target, Aim::Exact, &set, candidates).unwrap_or_default(),
            false => Vec::new(),
        };
        Found { set, contents, is_unexplained: false }
    }

    /// Where all pieces that change a target somehow make it what it is on the second side: those of them that it
    /// takes. A sum is so.
    fn touching(&self, work: usize, target: &Target, pieces: &[usize]) -> Option<Vec<usize>> {
        if pieces.is_empty() || !self.is_met(work, target, Aim::There, pieces) {
            return None;
        }
        Some(without_needless(pieces.to_vec(), &|pieces| self.is_met(work, target, Aim::There, pieces)))
    }

    /// Of several pieces that do it alone, the one without which the second side would not have it.
    fn needed_of(&self, work: usize, target: &Target, alone: &[usize]) -> Option<usize> {
        let needed = || alone.iter().find(|unit| self.is_needed(work, target, **unit));
        if alone.len() > 1 { needed().or(alone.first()).copied() } else { alone.first().copied() }
    }

    /// Whether the second side without a piece has the target otherwise.
    fn is_needed(&self, work: usize, target: &Target, unit: usize) -> bool {
        let outcome = self.back.outcome(work, &[unit]);
        let base = self.back.outcome(work, &[]);
        !target.is_met(Aim::Exact, (&outcome, &base), &self.works[work], self.difference)
    }

    fn is_met(&self, work: usize, target: &Target, aim: Aim, pieces: &[usize]) -> bool {
        let aim = self.aim(target, aim);
        let outcome = self.forward.outcome(work, pieces);
        let base = self.forward.outcome(work, &[]);
        target.is_met(aim, (&outcome, &base), &self.works[work], self.difference)
    }

    fn aim(&self, target: &Target, aim: Aim) -> Aim {
        if target.comes(self.difference) { aim } else { Aim::Exact }
    }

    /// Pieces of `candidates` that together with `with` meet a target, none of which can be left out; none where
    /// even all of them do not.
    fn smallest(
        &self,
        work: usize,
        target: &Target,
        aim: Aim,
        with: &[usize],
        candidates: &[usize],
    ) -> Option<Vec<usize>> {
        let meets = |pieces: &[usize]| {
            let mut pieces: Vec<usize> = with.iter().chain(pieces).copied().collect();
            pieces.sort_unstable();
            pieces.dedup();
            self.is_met(work, target, aim, &pieces)
        };
        let candidates: Vec<usize> = candidates.iter().filter(|unit| !with.contains(unit)).copied().collect();
        smallest(&candidates, MOST_TRIALS, &meets)
    }

    /// Drops a piece that nothing needs, since others do all that it does: they are its targets' causes then.
    fn drop_needless(&self, all: &mut All, candidates: &[Vec<usize>]) {
        for unit in 0..self.units.len() {
            let mut uses = Vec::new();
            for (work, found) in all.iter().enumerate() {
                for (number, found) in found.iter().enumerate().filter(|(_, found)| found.set == [unit]) {
                    uses.push((work, number, found.contents.is_empty()));
                }
            }
            let is_needed = |(work, number, _): &(usize, usize, bool)| {
                self.is_needed(*work, &self.works[*work].targets[*number], unit)
            };
            if uses.is_empty() || uses.iter().any(is_needed) {
                continue;
            }
            let others: Vec<Option<Found>> = uses
                .iter()
                .map(|(work, number, _)| {
                    let rest: Vec<usize> =
                        candidates[*work].iter().filter(|other| **other != unit).copied().collect();
                    let target = &self.works[*work].targets[*number];
                    let set = self.smallest(*work, target, Aim::Exact, &[], &rest)?;
                    Some(Found { set, ..Found::default() })
                })
                .collect();
            if others.iter().all(Option::is_some) {
                for ((work, number, _), other) in uses.into_iter().zip(others.into_iter().flatten()) {
                    all[work][number] = other;
                }
            }
        }
    }

    /// All causes together have to give the second side: what is still missing joins those of its target, digests
    /// included, and what no target misses is given back.
    fn complete(&self, all: &mut All, candidates: &[Vec<usize>]) -> Vec<usize> {
        let mut union: BTreeSet<usize> = all.iter().flatten().flat_map(Found::pieces).collect();
        let mut silent = Vec::new();
        for (work, found) in all.iter_mut().enumerate() {
            let is_known = |unit: &usize| union.contains(unit);
            if candidates[work].iter().all(is_known)
                || !candidates[work].iter().any(is_known) && found.is_empty()
            {
                continue;
            }
            for (number, found) in found.iter_mut().enumerate().filter(|(_, found)| !found.is_unexplained) {
                let target = &self.works[work].targets[number];
                let with: Vec<usize> = union.iter().copied().collect();
                if let Some(more) = self.smallest(work, target, Aim::Exact, &with, &candidates[work]) {
                    union.extend(&more);
                    found.contents.extend(more);
                }
            }
            let missing: Vec<usize> =
                candidates[work].iter().filter(|unit| !union.contains(unit)).copied().collect();
            let passes = |pieces: &[usize]| {
                let pieces: BTreeSet<usize> = union.iter().chain(pieces).copied().collect();
                let pieces: Vec<usize> = pieces.into_iter().collect();
                self.works[work].is_second_side(&self.forward.outcome(work, &pieces))
            };
            if let Some(more) = smallest(&missing, MOST_TRIALS, &passes) {
                union.extend(&more);
                silent.extend(more);
            }
        }
        silent
    }
}
