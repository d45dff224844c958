//! Two sides held against each other, with all that is told about them: what differs, what applying it does, which
//! lines are responsible, and what both sides ask of a cluster.

use super::against::{self, Untraced};
use super::causes::{self, Cause, CauseKind, Causes};
use super::impact::{self, Effect, Impact};
use super::totals::{self, Totals};
use super::{Correspondence, Difference, Object, ObjectStep, compare, compiled, foreign};
use crate::compile::Compiled;
use crate::library::Library;
use crate::manifest::read::Manifests;
use crate::release::Release;
use crate::source::Sources;
use std::collections::{BTreeSet, HashSet};

/// Two sides, and what is known of how they differ.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// What is compared: the release's name.
    pub name: String,
    /// The first side.
    pub before: Side,
    /// The second side.
    pub after: Side,
    /// What differs.
    pub difference: Difference,
    /// What applying it does, worst first.
    pub impacts: Vec<Impact>,
    /// Why it differs. Where the first side is not sparkctl's own, its leaves say nothing, and each cause is the
    /// line that decides what the second side has.
    pub causes: Causes,
    /// What no cause was looked for, where the first side is not sparkctl's own.
    pub untraced: Untraced,
}

/// One side.
#[derive(Debug, Clone)]
pub struct Side {
    /// What it is called: an environment, a revision, a path.
    pub name: String,
    /// How many objects it has.
    pub objects: usize,
    /// What they ask for.
    pub totals: Totals,
    /// The release; none where something else rendered the manifests.
    pub release: Option<Release>,
    /// The texts that places of this side lie in.
    pub sources: Sources,
}

/// How much differs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Objects that only the second side has.
    pub added: usize,
    /// Objects that only the first side has.
    pub removed: usize,
    /// Objects with other contents.
    pub changed: usize,
    /// Objects that are called otherwise.
    pub renamed: usize,
    /// Fields of changed and renamed objects.
    pub fields: usize,
}

impl Counts {
    /// Objects that differ.
    pub fn objects(&self) -> usize {
        self.added + self.removed + self.changed + self.renamed
    }
}

impl Comparison {
    /// Compares a release in two environments, or as two libraries make it. The sides are called by their
    /// environments, and by `names` where these are the same.
    pub fn between(
        before: (&Library, &Compiled),
        after: (&Library, &Compiled),
        names: (&str, &str),
    ) -> Comparison {
        let (old, new) = (&before.1.release, &after.1.release);
        let same = correspondence(&[old.namespace.to_string()], Some(old.name.as_str()), new);
        let (left, right) = (compiled(before.1), compiled(after.1));
        let difference = compare(&left, &right, &same);
        Comparison {
            name: new.name.to_string(),
            causes: causes::causes(before, after, &difference),
            impacts: impact::impacts(&difference, &left, &right),
            difference,
            before: Side::compiled(names.0, before.1, &left),
            after: Side::compiled(names.1, after.1, &right),
            untraced: Untraced::default(),
        }
    }

    /// Compares what is there with what sparkctl would render: `origin` is the release that the manifests were
    /// rendered for, where that is known.
    pub fn against(
        manifests: &Manifests,
        name: &str,
        origin: Option<&Release>,
        after: (&Library, &Compiled),
    ) -> Comparison {
        let release = &after.1.release;
        let theirs: BTreeSet<String> =
            manifests.objects.iter().filter_map(|object| object.id.namespace.clone()).collect();
        let theirs: Vec<String> = theirs.into_iter().collect();
        let same = correspondence(&theirs, origin.map(|origin| origin.name.as_str()), release);
        let (left, right) = (foreign(manifests), compiled(after.1));
        let difference = compare(&left, &right, &same);
        let (causes, untraced) = against::causes(after, &difference, &same);
        Comparison {
            name: release.name.to_string(),
            causes,
            untraced,
            impacts: impact::impacts(&difference, &left, &right),
            difference,
            before: Side {
                name: name.to_owned(),
                objects: left.len(),
                totals: totals::of(&left),
                release: None,
                sources: manifests.sources.clone(),
            },
            after: Side::compiled(&release.environment, after.1, &right),
        }
    }

    /// Whether nothing differs.
    pub fn is_same(&self) -> bool {
        self.difference.changes.is_empty()
    }

    /// Whether sparkctl knows the layers of the first side, too.
    pub fn is_between(&self) -> bool {
        self.before.release.is_some()
    }

    /// How much differs.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for change in &self.difference.changes {
            match change.step() {
                ObjectStep::Added => counts.added += 1,
                ObjectStep::Removed => counts.removed += 1,
                ObjectStep::Changed => counts.changed += 1,
                ObjectStep::Renamed => counts.renamed += 1,
            }
            counts.fields += change.fields.len();
        }
        counts
    }

    /// The worst that applying what a cause changes does, where that is known.
    pub fn worst_of(&self, cause: &Cause) -> Option<Effect> {
        let fields: HashSet<(usize, usize)> = cause.fields.iter().copied().collect();
        let is_its = |impact: &&Impact| {
            cause.objects.contains(&impact.change)
                || impact.fields.iter().any(|field| fields.contains(&(impact.change, *field)))
        };
        self.impacts.iter().filter(is_its).map(|impact| impact.effect).max()
    }

    /// How many changed objects differ in nothing but what the release is called, and in which part of that: mostly
    /// their namespace.
    pub fn only_by_name(&self) -> (usize, Vec<&'static str>) {
        let mut other: HashSet<(usize, usize)> = self.causes.derived.iter().copied().collect();
        let (mut by_name, mut names) = (HashSet::new(), Vec::new());
        for cause in &self.causes.causes {
            match &cause.kind {
                CauseKind::Identity { what, .. } if !cause.fields.is_empty() => {
                    by_name.extend(cause.fields.iter().copied());
                    names.push(*what);
                }
                _ => other.extend(cause.fields.iter().copied()),
            }
        }
        let is_its = |at: usize| move |field: usize| (at, field);
        let changes = self.difference.changes.iter().enumerate();
        let found = changes.filter(|(at, change)| {
            let mut fields = (0..change.fields.len()).map(is_its(*at));
            change.step() == ObjectStep::Changed
                && fields.all(|field| by_name.contains(&field) && !other.contains(&field))
        });
        (found.count(), names)
    }

    /// The fields that no cause names and that are not derived, and the objects that no cause names.
    pub fn without_cause(&self) -> (Vec<(usize, usize)>, Vec<usize>) {
        let mut fields: BTreeSet<(usize, usize)> = self.causes.derived.iter().copied().collect();
        let mut objects: BTreeSet<usize> = BTreeSet::new();
        for cause in &self.causes.causes {
            fields.extend(&cause.fields);
            objects.extend(&cause.objects);
        }
        let changes = || self.difference.changes.iter().enumerate();
        let rest = changes().flat_map(|(at, change)| (0..change.fields.len()).map(move |field| (at, field)));
        let is_whole = |at: &usize| self.difference.changes[*at].step() != ObjectStep::Changed;
        let whole = changes().map(|(at, _)| at).filter(is_whole);
        (
            rest.filter(|field| !fields.contains(field)).collect(),
            whole.filter(|object| !objects.contains(object)).collect(),
        )
    }
}

impl Side {
    fn compiled(name: &str, compiled: &Compiled, objects: &[Object<'_>]) -> Side {
        Side {
            name: name.to_owned(),
            objects: objects.len(),
            totals: totals::of(objects),
            release: Some(compiled.release.clone()),
            sources: compiled.report.sources.clone(),
        }
    }
}

/// What the first side calls otherwise. Of others' manifests only where all lie in one namespace: of several nobody
/// knows which one is meant.
fn correspondence(namespaces: &[String], name: Option<&str>, after: &Release) -> Correspondence {
    let own = after.namespace.to_string();
    let other = match namespaces {
        [one] if *one != own => Some((one.clone(), own)),
        _ => None,
    };
    Correspondence {
        namespaces: other.into_iter().collect(),
        release: name.map(|name| (name.to_owned(), after.name.to_string())),
    }
}
