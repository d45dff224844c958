//! Rendering many releases: each compiled, or known from an earlier run, and made ready; then all of them put
//! in place. Where one has an error, none is.

use super::engine::each;
use super::fingerprint::Fingerprints;
use super::plan::Planned;
use super::reports::{Reports, compile};
use super::warm::{Record, Warm};
use crate::bundle::{
    Bundle, BundlePath, Digest, FileChange, OutputRoot, PathError, Place, Prepared, Swap, WriteOptions,
    Written,
};
use crate::compile::Compiled;
use crate::diagnostic::Report;
use crate::failure::Failure;
use crate::gitops::{Common, Member};
use crate::library::Library;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Makes the files of a compiled release.
pub type Layout<'a> = &'a (dyn Fn(&Library, &Compiled) -> Result<Bundle, Failure> + Sync);

/// Makes what is written besides the releases, each at its place.
pub type Besides<'a> = &'a (dyn Fn(&[Member]) -> Result<BTreeMap<BundlePath, Bundle>, Failure> + Sync);

/// What could not be done, with the place it was for.
type Failed = (String, Failure);

/// How a project is rendered.
pub struct Job<'a> {
    /// Where everything comes from.
    pub library: &'a Library,
    /// The releases.
    pub releases: &'a [Planned],
    /// How many threads work on it.
    pub threads: usize,
    /// What the caller allows.
    pub options: WriteOptions,
    /// Whether a warning stops everything, as an error does.
    pub deny_warnings: bool,
    /// What a bundle looks like.
    pub layout: Layout<'a>,
    /// Refuses to write over something else that is at a place.
    pub fits: &'a (dyn Fn(&Place) -> Result<(), Failure> + Sync),
    /// What is written besides, made of all the releases.
    pub besides: Besides<'a>,
    /// What tells the program that runs from others; without it nothing is remembered.
    pub program: Option<Digest>,
    /// Told after each release how many are done.
    pub progress: &'a (dyn Fn(usize) + Sync),
}

/// What became of a project.
#[derive(Debug, Default)]
pub struct Rendered {
    /// One for each release, in the order of the plan; empty where nothing was written.
    pub releases: Vec<Done>,
    /// What was found in all of them.
    pub report: Report,
    /// What could not be done, by place.
    pub failures: Vec<Failed>,
    /// How many of the releases were known from an earlier run.
    pub known: usize,
    /// How many bundles were written, or found up to date, besides the releases'.
    pub besides: usize,
}

/// What became of one release.
#[derive(Debug)]
pub struct Done {
    /// Where its bundle lies below the output root.
    pub place: String,
    /// How many objects it has.
    pub objects: usize,
    /// How many files were added, changed, removed and left alone.
    pub files: [usize; 4],
    /// Whether it is known from an earlier run, and was not compiled.
    pub known: bool,
    /// Whether its bundle is another one than before.
    pub changed: bool,
    /// What sparkctl did not write and kept.
    pub foreign: Vec<PathBuf>,
    /// What was edited by hand or foreign, and is gone because the caller allowed it.
    pub overwritten: Vec<PathBuf>,
    /// How the bundle was put in place.
    pub swap: Swap,
    /// What those who sync it have to know.
    pub member: Member,
}

impl Rendered {
    /// Whether nothing was written because something was wrong.
    pub fn failed(&self) -> bool {
        self.report.has_errors() || !self.failures.is_empty()
    }
}

/// One release that is ready to be put in place, or needs nothing.
struct Ready<'a> {
    done: Done,
    prepared: Option<Prepared<'a>>,
    record: Option<Record>,
}

/// What all threads add to.
#[derive(Default)]
struct Shared {
    reports: Mutex<Reports>,
    common: Common,
}

/// Renders the releases below a root. What is wrong with releases is in the result, and then nothing was written.
pub fn render(job: &Job<'_>, root: &OutputRoot) -> Rendered {
    let fingerprints = job.program.map(|program| Fingerprints::new(job.library, program));
    let mut warm = if fingerprints.is_some() { Warm::read(root) } else { Warm::default() };
    let shared = Shared::default();
    warm.records.values_mut().for_each(|record| shared.common.share(&mut record.member));
    let ready = each(job.releases, job.threads, job.progress, |index, planned| {
        let place = planned.release.place();
        let made_from = fingerprints.as_ref().map(|prints| prints.of(job.library, &planned.release));
        let known = warm.records.get(&place).filter(|record| Some(record.made_from) == made_from);
        if let Some(ready) = known.and_then(|record| unchanged(root, &place, record)) {
            return Ok(Some(ready));
        }
        one(job, root, planned, index, made_from, &shared).map_err(|failure| (place, failure))
    });
    let mut rendered =
        Rendered { report: Reports::into_report(shared.reports, job.library), ..Rendered::default() };
    let mut whole = Vec::with_capacity(ready.len());
    for ready in ready {
        match ready {
            Ok(ready) => whole.extend(ready),
            Err(failed) => rendered.failures.push(failed),
        }
    }
    if rendered.failed() || job.deny_warnings && !rendered.report.findings.is_empty() {
        return rendered;
    }
    let besides = match besides(job, root, &whole) {
        Ok(prepared) => prepared,
        Err(failed) => {
            rendered.failures.push(failed);
            return rendered;
        }
    };
    for ready in &mut whole {
        rendered.known += usize::from(ready.done.known);
        match ready.record.take() {
            Some(record) => drop(warm.records.insert(ready.done.place.clone(), record)),
            None => drop(warm.records.remove(&ready.done.place)),
        }
    }
    let whole: Vec<Mutex<Option<Ready<'_>>>> =
        whole.into_iter().map(|ready| Mutex::new(Some(ready))).collect();
    let put = each(&whole, job.threads, &|_| {}, |_, ready| {
        guard(ready).take().map(|ready| put(ready, root, job.options))
    });
    for put in put.into_iter().flatten() {
        match put {
            Ok(done) => rendered.releases.push(done),
            Err(failed) => rendered.failures.push(failed),
        }
    }
    for (place, prepared) in besides {
        rendered.besides += 1;
        if let Err(error) = prepared.map_or(Ok(()), |prepared| root.put(prepared, job.options).map(|_| ())) {
            rendered.failures.push((place.to_string(), error.into()));
        }
    }
    if fingerprints.is_some() {
        warm.write(root);
    }
    rendered
}

/// What is written besides the releases, made ready.
fn besides<'a>(
    job: &Job<'_>,
    root: &'a OutputRoot,
    whole: &[Ready<'_>],
) -> Result<BTreeMap<BundlePath, Option<Prepared<'a>>>, Failed> {
    let members: Vec<Member> = whole.iter().map(|ready| ready.done.member.clone()).collect();
    let mut ready = BTreeMap::new();
    for (place, bundle) in (job.besides)(&members).map_err(|failure| ("gitops".to_owned(), failure))? {
        let prepared = root.prepare(&bundle, &place, job.options);
        let (_, prepared) = prepared.map_err(|error| (place.to_string(), error.into()))?;
        ready.insert(place, prepared);
    }
    Ok(ready)
}

fn guard<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A release that is known from an earlier run, if its bundle is still what that run wrote.
fn unchanged<'a>(root: &OutputRoot, place: &str, record: &Record) -> Option<Ready<'a>> {
    let is_there = root.is_as_locked(&place.parse().ok()?, &record.lock).unwrap_or(false);
    is_there.then(|| Ready {
        done: Done {
            place: place.to_owned(),
            objects: record.objects,
            files: [0, 0, 0, record.files],
            known: true,
            changed: false,
            foreign: Vec::new(),
            overwritten: Vec::new(),
            swap: Swap::Unchanged,
            member: record.member.clone(),
        },
        prepared: None,
        record: Some(record.clone()),
    })
}

/// Compiles one release and makes its bundle ready; none where it has errors, which are in its report.
fn one<'a>(
    job: &Job<'_>,
    root: &'a OutputRoot,
    planned: &Planned,
    index: usize,
    made_from: Option<Digest>,
    shared: &Shared,
) -> Result<Option<Ready<'a>>, Failure> {
    let Some(compiled) = compile(job.library, index, planned, &shared.reports)? else { return Ok(None) };
    let is_clean = compiled.report.findings.is_empty() && compiled.report.silenced.is_empty();
    let bundle = (job.layout)(job.library, &compiled)?;
    let place = planned.release.place();
    let path: BundlePath = place.parse().map_err(refused_path)?;
    (job.fits)(&Place { root: root.path().to_owned(), bundle: path.clone() })?;
    let (written, prepared) = root.prepare(&bundle, &path, job.options).map_err(Failure::from)?;
    let count = |wanted| written.files.values().filter(|change| **change == wanted).count();
    let mut member = Member::of(&compiled, &place);
    shared.common.share(&mut member);
    let objects = compiled.manifests.len();
    let record = made_from.filter(|_| is_clean && written.foreign.is_empty()).map(|made_from| Record {
        made_from,
        lock: Digest::of(&bundle.lock().to_bytes()),
        objects,
        files: bundle.files.len(),
        member: member.clone(),
    });
    let files =
        [FileChange::Added, FileChange::Changed, FileChange::Removed, FileChange::Unchanged].map(count);
    let Written { foreign, overwritten, .. } = written;
    let done = Done {
        place,
        objects,
        files,
        known: false,
        changed: prepared.is_some(),
        foreign,
        overwritten,
        swap: Swap::Unchanged,
        member,
    };
    Ok(Some(Ready { done, prepared, record }))
}

fn put(ready: Ready<'_>, root: &OutputRoot, options: WriteOptions) -> Result<Done, Failed> {
    let Ready { mut done, prepared, .. } = ready;
    if let Some(prepared) = prepared {
        match root.put(prepared, options) {
            Ok((swap, _)) => done.swap = swap,
            Err(error) => return Err((done.place, error.into())),
        }
    }
    Ok(done)
}

fn refused_path(error: PathError) -> Failure {
    Failure::Refused { what: error.to_string(), help: None }
}
