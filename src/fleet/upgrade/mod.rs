//! What a newer sparkctl would change of a project: its bundles as they lie on disk, compared with what this
//! sparkctl makes of the same layers. Writes nothing.
//!
//! A lock names what its bundle was rendered from, with digests. What of that is built in and is another one now
//! is the upgrade; what is the project's own is not, and is told apart.

pub(super) mod alike;
mod effect;
mod gather;
pub mod requires;

use super::engine::each;
use super::plan::Planned;
use super::render::{Besides, Layout};
use super::reports::{Reports, compile_with_errors};
use crate::bundle::{self, Bundle, DriftKind, LOCK_FILE, Place, compare, read_lock};
use crate::diagnostic::Report;
use crate::failure::Failure;
use crate::gitops::Member;
use crate::library::Library;
pub use effect::Effect;
use gather::{Gather, Seen};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// What is to be compared.
pub struct Job<'a> {
    /// Where everything comes from.
    pub library: &'a Library,
    /// The releases.
    pub releases: &'a [Planned],
    /// Where all of the project's bundles lie, if all of its releases are compared.
    pub listed: Option<&'a BTreeSet<String>>,
    /// The directory that bundles lie under.
    pub out: &'a Path,
    /// How many threads work on it.
    pub threads: usize,
    /// What a bundle looks like.
    pub layout: Layout<'a>,
    /// What is written besides, made of all the releases.
    pub besides: Besides<'a>,
    /// Told after each release how many are done.
    pub progress: &'a (dyn Fn(usize) + Sync),
}

/// What would change.
#[derive(Debug, Default)]
pub struct Upgrade {
    /// How many bundles were compared.
    pub bundles: usize,
    /// How many of them cannot be made by this sparkctl: why is in the report, or among the failures.
    pub refused: usize,
    /// The places of those that would be other ones, be it in nothing but their lock, in the order of the plan.
    pub different: Vec<String>,
    /// What is built in and not what bundles were rendered from, by name.
    pub inputs: Vec<Input>,
    /// What is different, and not for the upgrade.
    pub own: Own,
    /// What changes in files, alike changes once; those of the upgrade first.
    pub changes: Vec<Change>,
    /// What was found in all releases.
    pub report: Report,
    /// What could not be compared, by place.
    pub failures: Vec<(String, Failure)>,
}

/// Something that is not what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// It was not there.
    New,
    /// It is another one.
    Changed,
    /// It is there no longer.
    Gone,
}

/// A layer or template inside the binary that is not what bundles were rendered from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its path, such as `presets/base.yaml`.
    pub path: String,
    /// What became of it.
    pub step: Step,
    /// How many bundles' locks tell.
    pub bundles: usize,
}

/// What keeps the upgrade from standing alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    /// The project's own files that are not what bundles were rendered from, with the number of bundles.
    pub inputs: BTreeMap<String, usize>,
    /// Files below the output directory that were edited or deleted by hand, or stand in the way: with what
    /// happened, and not among the changes.
    pub files: BTreeMap<String, &'static str>,
    /// The places of bundles that are not there.
    pub missing: Vec<String>,
    /// The places of bundles that the project does not list.
    pub unlisted: Vec<String>,
}

impl Own {
    /// Whether every difference is the upgrade's.
    pub fn is_empty(&self) -> bool {
        *self == Own::default()
    }
}

/// Why a file is another one, as far as locks tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Something built in that the bundle is made from is another one.
    BuiltIn,
    /// The bundle is made from the same, and comes out otherwise.
    Program,
    /// The project's own files changed, alone or too.
    Own,
}

/// One change, in all the bundles that it happens to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What becomes of the file.
    pub step: Step,
    /// The bundle whose file is shown: the first of the plan.
    pub place: String,
    /// The file, inside its bundle.
    pub path: String,
    /// The object in it, such as `StatefulSet/connect`; none of an old file or one that holds no object.
    pub object: Option<String>,
    /// Why.
    pub cause: Cause,
    /// What it does in a cluster besides.
    pub effects: Vec<Effect>,
    /// The change in the lines of that file, as `diff -u` shows it, without the names of files.
    pub diff: String,
    /// The places of all bundles that it happens to, in the order of the plan.
    pub bundles: Vec<String>,
}

/// Compares all releases with their bundles, those too that rules find errors in. What is wrong with a release is in
/// the result.
///
/// # Errors
/// If what lies in the output directory cannot be listed.
pub fn look(job: &Job<'_>) -> Result<Upgrade, Failure> {
    let (library, reports, gather) = (job.library, Mutex::default(), Mutex::<Gather>::default());
    let members = each(job.releases, job.threads, job.progress, |index, planned| {
        let place = planned.release.place();
        let one = || -> Result<Option<(Member, bool)>, Failure> {
            let compiled = compile_with_errors(library, index, planned, &reports)?;
            let Some(compiled) = compiled else { return Ok(None) };
            let bundle = (job.layout)(library, &compiled)?;
            let objects =
                compiled.manifests.iter().map(|manifest| (manifest.path(), manifest.id.to_string()));
            let at = Place { root: job.out.to_owned(), bundle: place.parse().map_err(refused)? };
            let names = alike::Names::of(&planned.release);
            let seen = see(&bundle, &at, &objects.collect(), &names)?;
            gather.lock().unwrap_or_else(PoisonError::into_inner).add(index, &place, seen);
            Ok(Some((Member::of(&compiled, &place), compiled.report.has_errors())))
        };
        one().map_err(|failure| (place.clone(), failure))
    });
    let mut upgrade = Upgrade { bundles: job.releases.len(), ..Upgrade::default() };
    upgrade.report = Reports::into_report(reports, library);
    let mut compiled = Vec::new();
    for member in members {
        match member {
            Ok(None) => upgrade.refused += 1,
            Ok(Some((member, has_errors))) => {
                upgrade.refused += usize::from(has_errors);
                compiled.push(member);
            }
            Err(failure) => {
                upgrade.refused += 1;
                upgrade.failures.push(failure);
            }
        }
    }
    let mut gather = gather.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(listed) = job.listed.filter(|_| compiled.len() == job.releases.len()) {
        let mut listed = listed.clone();
        for (number, (place, bundle)) in (job.besides)(&compiled)?.into_iter().enumerate() {
            let at = Place { root: job.out.to_owned(), bundle: place };
            let seen = see(&bundle, &at, &BTreeMap::new(), &alike::Names::default())?;
            gather.add(job.releases.len() + number, at.bundle.as_str(), seen);
            listed.insert(at.bundle.to_string());
            upgrade.bundles += 1;
        }
        let there = bundle::bundles(job.out)?.into_iter().map(String::from);
        gather.own.unlisted = there.filter(|place| !listed.contains(place)).collect();
    }
    gather.into(&mut upgrade);
    Ok(upgrade)
}

fn refused(error: bundle::PathError) -> Failure {
    Failure::Refused { what: error.to_string(), help: None }
}

/// Compares one bundle with what is at its place.
fn see(
    bundle: &Bundle,
    place: &Place,
    objects: &BTreeMap<String, String>,
    names: &alike::Names,
) -> Result<Seen, Failure> {
    let mut drifts = compare(bundle, place)?;
    drifts.retain(|drift| drift.kind != DriftKind::Foreign);
    if drifts.is_empty() {
        return Ok(Seen::Same);
    }
    let Some(old) = read_lock(&place.path())? else { return Ok(Seen::Missing) };
    let inputs = gather::inputs(&old, bundle);
    let mut other = gather::Other { inputs, ..gather::Other::default() };
    for drift in drifts {
        let path = drift.path.to_string_lossy().replace('\\', "/");
        if path == LOCK_FILE {
            continue;
        }
        let step = match drift.kind {
            DriftKind::Stale => Step::Changed,
            DriftKind::Obsolete => Step::Gone,
            DriftKind::Missing if !old.outputs.contains_key(path.as_str()) => Step::New,
            kind => {
                other.by_hand.push((path, words(kind)));
                continue;
            }
        };
        let before = match step {
            Step::New => Vec::new(),
            _ => {
                let file = place.path().join(&path);
                fs::read(&file).map_err(|error| Failure::io("read", bundle::shown(&file), error))?
            }
        };
        let after = bundle.files.get(path.as_str()).map_or(&[][..], Vec::as_slice);
        let diff = alike::diff(&before, after);
        let key = names.key(step, &path, &diff);
        let effects = effect::effects(&before, after);
        other.files.push(gather::File {
            step,
            object: objects.get(&path).cloned(),
            path,
            effects,
            diff,
            key,
        });
    }
    Ok(Seen::Other(other))
}

fn words(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Missing => "deleted by hand",
        DriftKind::InTheWay => "not written by sparkctl, and in the way",
        _ => "edited by hand",
    }
}
