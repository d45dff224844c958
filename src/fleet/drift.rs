//! What of a bundle on disk is not as it would be rendered, and why.

use crate::bundle::{Bundle, Drift, DriftKind, LOCK_FILE, Lock, Place, compare, read_lock};
use crate::compile::{Compiled, cause};
use crate::failure::Failure;
use crate::library::Library;
use crate::source::Position;
use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

/// In how many files of a run the line that caused a difference is looked for: that takes a few tenths of a
/// second each, and the first ones tell.
const TRACED: usize = 24;

/// How many files are still to be traced in this run.
#[derive(Debug)]
pub struct Budget(AtomicUsize);

impl Default for Budget {
    fn default() -> Budget {
        Budget(AtomicUsize::new(TRACED))
    }
}

impl Budget {
    fn take(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

/// One file that is not as it would be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What is different about it.
    pub kind: DriftKind,
    /// The file, below the output directory.
    pub path: String,
    /// The first line that is different, where the file is there; from 1.
    pub line: Option<usize>,
    /// Whether it is a whole bundle that the project does not list.
    pub is_bundle: bool,
    /// Why, in a few words.
    pub cause: String,
    /// The place in a layer or template that causes it: file, line and column from 1.
    pub at: Option<(String, Position)>,
}

/// Compares a compiled release with what is at its place.
///
/// # Errors
/// If what is there cannot be read.
pub fn rows(
    library: &Library,
    compiled: &Compiled,
    bundle: &Bundle,
    place: &Place,
    budget: &Budget,
) -> Result<Vec<Row>, Failure> {
    let mut rows = untraced(bundle, place)?;
    if rows.is_empty() {
        return Ok(rows);
    }
    let inputs = changed_inputs(read_lock(&place.path()).ok().flatten().as_ref(), bundle);
    for row in rows.iter_mut().filter(|row| row.kind == DriftKind::Stale) {
        let inside = row.path.strip_prefix(place.bundle.as_str()).map(|path| path.trim_start_matches('/'));
        let (Some(inside), Some(line)) = (inside.filter(|inside| *inside != LOCK_FILE), row.line) else {
            continue;
        };
        if budget.take()
            && let Some((cause, at)) = trace(library, compiled, inside, line, &inputs)
        {
            (row.cause, row.at) = (cause, Some(at));
        }
    }
    Ok(rows)
}

/// Compares a bundle with what is at its place, without looking for the lines of layers that cause differences.
///
/// # Errors
/// If what is there cannot be read.
pub fn untraced(bundle: &Bundle, place: &Place) -> Result<Vec<Row>, Failure> {
    let drifts = compare(bundle, place)?;
    if drifts.is_empty() {
        return Ok(Vec::new());
    }
    let old = read_lock(&place.path()).ok().flatten();
    if old.is_none() && drifts.iter().all(|drift| drift.kind == DriftKind::Missing) {
        let (path, cause) = (place.bundle.to_string(), "never rendered".to_owned());
        return Ok(vec![Row {
            kind: DriftKind::Missing,
            path,
            line: None,
            is_bundle: false,
            cause,
            at: None,
        }]);
    }
    let inputs = changed_inputs(old.as_ref(), bundle);
    let row = |Drift { path, kind }| {
        let inside = path.to_string_lossy().replace('\\', "/");
        Row {
            kind,
            path: format!("{}/{inside}", place.bundle),
            line: first_difference(bundle, place, &inside),
            is_bundle: false,
            cause: words(kind, old.is_some(), &inputs),
            at: None,
        }
    };
    Ok(drifts.into_iter().map(row).collect())
}

/// Why a file differs, as far as its kind and the lock tell.
fn words(kind: DriftKind, has_lock: bool, inputs: &BTreeSet<String>) -> String {
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let changed = match inputs.as_slice() {
        [] => None,
        [one] => Some(format!("{one} changed")),
        [one, other] => Some(format!("{one} and {other} changed")),
        [one, other, more @ ..] => Some(format!("{one}, {other} and {} more changed", more.len())),
    };
    match kind {
        DriftKind::Stale => changed.unwrap_or_else(|| "sparkctl itself renders it differently".to_owned()),
        DriftKind::Obsolete => changed.map_or_else(
            || "no longer rendered".to_owned(),
            |changed| format!("no longer rendered: {changed}"),
        ),
        DriftKind::Missing if !has_lock => "never rendered".to_owned(),
        DriftKind::Missing => changed.unwrap_or_else(|| "deleted by hand".to_owned()),
        DriftKind::Edited => "edited by hand".to_owned(),
        DriftKind::Foreign => "not written by sparkctl".to_owned(),
        DriftKind::InTheWay => {
            "not written by sparkctl, and in the way of a file that is rendered".to_owned()
        }
    }
}

/// The layers and templates that are not what they were when the bundle was written, and what was asked for, if
/// that is something else.
fn changed_inputs(old: Option<&Lock>, bundle: &Bundle) -> BTreeSet<String> {
    let Some(old) = old else { return BTreeSet::new() };
    let mut changed: BTreeSet<String> = old.changed_inputs(bundle).into_keys().map(str::to_owned).collect();
    if old.release != bundle.release {
        changed.insert("what was asked for".to_owned());
    }
    changed
}

/// The first line in which what is at a path differs from what is rendered.
fn first_difference(bundle: &Bundle, place: &Place, inside: &str) -> Option<usize> {
    let new = bundle.files.get(inside)?;
    let old = fs::read(place.path().join(inside)).ok()?;
    let same =
        old.split(|byte| *byte == b'\n').zip(new.split(|byte| *byte == b'\n')).take_while(|(a, b)| a == b);
    Some(same.count() + 1)
}

/// The leaf of the spec, or the template line, that decides a line of a rendered file: of several the one whose
/// file is known to have changed.
fn trace(
    library: &Library,
    compiled: &Compiled,
    inside: &str,
    line: usize,
    inputs: &BTreeSet<String>,
) -> Option<(String, (String, Position))> {
    let manifest = compiled.manifests.iter().find(|manifest| manifest.path() == inside)?;
    let cause = cause::of(library, compiled, manifest, cause::field_at(manifest, line)?);
    let sources = &compiled.report.sources;
    let leaves = cause.leaves.iter().chain(&cause.presence);
    let mut found: Vec<(String, crate::source::Span)> = leaves
        .filter_map(|path| Some((path.to_string(), compiled.merged.root.at(path)?.span)))
        .chain(cause.template.map(|span| ("this template line".to_owned(), span)))
        .collect();
    let name = |span: crate::source::Span| library.name_in_project(&sources.get(span.source).name).to_owned();
    found.sort_by_key(|(_, span)| !inputs.contains(&name(*span)));
    // A line that many leaves decide, such as a hash, tells nothing unless one of their files changed.
    let tells =
        cause.leaves.len() == 1 || found.first().is_some_and(|(_, span)| inputs.contains(&name(*span)));
    let (what, span) = found.into_iter().next().filter(|_| tells)?;
    let file = sources.get(span.source).name.clone();
    Some((what, (file, sources.position(span))))
}
