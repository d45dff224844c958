//! Which pieces of the spec make a target what it is on the second side: one piece alone where one does it, or else
//! a set of which none can be left out.

use super::stage::Stage;
use super::target::{Aim, Target, Work};
use super::units::Unit;
use crate::diff::Difference;
use std::collections::BTreeSet;

/// Most trials for one target that needs several pieces.
const MOST_TRIALS: usize = 400;

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
    /// Looks for all of them.
    pub fn all(&self) -> All {
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
        self.complete(&mut all, &candidates);
        all
    }

    /// Of each work the pieces that its template on the second side can tell apart: no others can be needed, since
    /// with these it reads what it reads there.
    fn candidates(&self) -> Vec<Vec<usize>> {
        let is_open = |unit: &usize| !self.given.contains(unit);
        let of = |work: usize| -> Vec<usize> {
            if self.works[work].targets.is_empty() {
                return Vec::new();
            }
            self.back.reaching(work).into_iter().filter(is_open).collect()
        };
        (0..self.works.len()).map(of).collect()
    }

    /// Of each target the pieces that do it alone.
    fn alone(&self, candidates: &[Vec<usize>]) -> Vec<Vec<Vec<usize>>> {
        let mut alone: Vec<Vec<Vec<usize>>> =
            self.works.iter().map(|work| vec![Vec::new(); work.targets.len()]).collect();
        // All works of one piece together: they share what is made of it.
        for unit in 0..self.units.len() {
            for (at, work) in self.works.iter().enumerate() {
                if !candidates[at].contains(&unit) {
                    continue;
                }
                for (number, target) in work.targets.iter().enumerate().filter(|(_, one)| !one.is_derived) {
                    if !self.is_met(at, target, Aim::There, &[])
                        && self.is_met(at, target, Aim::There, &[unit])
                    {
                        alone[at][number].push(unit);
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
        alone: &[usize],
        candidates: &[usize],
        known: &mut Vec<Vec<usize>>,
    ) -> Found {
        if target.is_derived {
            return Found::default();
        }
        let set = if self.is_met(work, target, Aim::There, &[]) {
            Vec::new()
        } else if let Some(unit) = self.needed_of(work, target, alone) {
            vec![unit]
        } else if let Some(set) = known.iter().find(|set| self.is_met(work, target, Aim::There, set)) {
            set.clone()
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
        let aim = if target.comes(self.difference) { aim } else { Aim::Exact };
        let outcome = self.forward.outcome(work, pieces);
        let base = self.forward.outcome(work, &[]);
        target.is_met(aim, (&outcome, &base), &self.works[work], self.difference)
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
    /// included.
    fn complete(&self, all: &mut All, candidates: &[Vec<usize>]) {
        let mut union: BTreeSet<usize> = all.iter().flatten().flat_map(Found::pieces).collect();
        for (work, found) in all.iter_mut().enumerate() {
            if candidates[work].iter().all(|unit| union.contains(unit)) {
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
        }
    }
}

/// A subset of `all` that passes, none of which can be left out; none where all of them do not pass. With halves
/// first, so that few out of many cost few trials (QuickXplain: Junker, AAAI 2004).
fn smallest(all: &[usize], most: usize, passes: &dyn Fn(&[usize]) -> bool) -> Option<Vec<usize>> {
    if passes(&[]) {
        return Some(Vec::new());
    }
    if !passes(all) {
        return None;
    }
    let left = std::cell::Cell::new(most);
    let tries = |pieces: &[usize]| {
        left.set(left.get().saturating_sub(1));
        left.get() > 0 && passes(pieces)
    };
    let mut found = halves(&[], false, all, &tries);
    // Where more pieces can pass less than fewer do, halves may leave out too much.
    if !passes(&found) {
        found = all.to_vec();
    }
    for at in (0..found.len()).rev() {
        if left.get() == 0 {
            break;
        }
        let fewer: Vec<usize> =
            found.iter().enumerate().filter(|(one, _)| *one != at).map(|(_, unit)| *unit).collect();
        if tries(&fewer) {
            found = fewer;
        }
    }
    found.sort_unstable();
    Some(found)
}

fn halves(with: &[usize], is_new: bool, pieces: &[usize], passes: &dyn Fn(&[usize]) -> bool) -> Vec<usize> {
    if is_new && passes(with) {
        return Vec::new();
    }
    if pieces.len() <= 1 {
        return pieces.to_vec();
    }
    let (first, second) = pieces.split_at(pieces.len() / 2);
    let both = |more: &[usize]| -> Vec<usize> { with.iter().chain(more).copied().collect() };
    let mut of_second = halves(&both(first), true, second, passes);
    let of_first = halves(&both(&of_second), !of_second.is_empty(), first, passes);
    of_second.extend(of_first);
    of_second
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_set_is_found_in_few_trials() {
        let all: Vec<usize> = (0..64).collect();
        let trials = std::cell::Cell::new(0);
        let found = smallest(&all, MOST_TRIALS, &|pieces| {
            trials.set(trials.get() + 1);
            pieces.contains(&7) && pieces.contains(&40)
        });
        assert_eq!(found, Some(vec![7, 40]));
        assert!(trials.get() < 32, "{} trials", trials.get());
    }

    #[test]
    fn what_passes_already_needs_nothing_and_what_never_does_has_no_set() {
        assert_eq!(smallest(&[1, 2], MOST_TRIALS, &|_| true), Some(Vec::new()));
        assert_eq!(smallest(&[1, 2], MOST_TRIALS, &|_| false), None);
    }

    #[test]
    fn pieces_that_undo_each_other_are_no_trap() {
        // 1 alone passes, 1 with 2 does not, all three do.
        let passes = |pieces: &[usize]| pieces.contains(&1) && (!pieces.contains(&2) || pieces.contains(&3));
        let found = smallest(&[1, 2, 3], MOST_TRIALS, &passes).unwrap();
        assert!(passes(&found));
        assert_eq!(found, [1]);
    }
}
