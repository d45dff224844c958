//! What a planned promotion makes of every release of the target environment that it reaches: what is rendered
//! otherwise, what applying that does, and what the checks find that they did not find before.

use super::ladder::takes;
use super::plan::Plan;
use crate::compile::{Compiled, compile_all};
use crate::diagnostic::{Finding, Report};
use crate::diff::impact::{Impact, impacts};
use crate::diff::{Correspondence, Difference, compare, compiled};
use crate::failure::Failure;
use crate::fleet::engine;
use crate::fleet::reports::Reports;
use crate::fleet::{Plan as Fleet, Planned};
use crate::library::Library;
use crate::release::Release;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// What is looked at.
pub struct Job<'a> {
    /// The project as it is.
    pub library: &'a Library,
    /// Its root.
    pub root: &'a Path,
    /// The release that the value is promoted to.
    pub target: &'a Release,
    /// What is to be written.
    pub plan: &'a Plan,
    /// How many threads work.
    pub threads: usize,
    /// Told how many releases are done.
    pub progress: &'a (dyn Fn(usize) + Sync),
}

/// What a promotion does.
#[derive(Debug, Default)]
pub struct Effect {
    /// The releases that are rendered otherwise, and the target, in the order of the project.
    pub reached: Vec<Reach>,
    /// How many others take an edited file, and stay as they are.
    pub untouched: usize,
    /// What the checks find only afterwards.
    pub report: Report,
}

/// What it makes of one release.
#[derive(Debug)]
pub struct Reach {
    /// The release's place: `prod/connect`.
    pub place: String,
    /// What is rendered otherwise.
    pub difference: Difference,
    /// What applying that does, worst first.
    pub impacts: Vec<Impact>,
    /// Whether it cannot be compiled, now or afterwards, so that there is nothing to compare.
    pub is_unknown: bool,
}

/// What the releases of the target's environment become. Compiles each that takes an edited file twice.
///
/// # Errors
/// If the edited files cannot be read, or the target cannot be looked at as it is.
pub fn effect(job: &Job<'_>) -> Result<Effect, Failure> {
    let after = job.library.reload(job.root, &texts(job.plan))?;
    let releases = releases(job, job.library);
    let renewed = self::releases(job, &after);
    let reports = Mutex::new(Reports::default());
    let reached = engine::each(&releases, job.threads, job.progress, |index, release| {
        let place = release.place();
        // What shares a namespace may be another release in it, once the file says so.
        let then = renewed.iter().find(|then| then.place() == place).unwrap_or(release);
        let before = compile_all(job.library, release);
        let (before, known) = known(before)?;
        let (compiled, mut report) = found(compile_all(&after, then))?;
        report.retain(|finding| !known.contains(&identity(finding)));
        if place == job.target.place() {
            check(job.plan, compiled.as_ref(), &report)?;
        }
        if !report.findings.is_empty() {
            let mut reports = reports.lock().unwrap_or_else(PoisonError::into_inner);
            reports.add(&after, index, &place, report);
        }
        Ok(reach(place, before.as_ref(), compiled.as_ref()))
    });
    let reached = reached.into_iter().collect::<Result<Vec<Reach>, Failure>>()?;
    let all = reached.len();
    let shown = |reach: &Reach| {
        reach.is_unknown || !reach.difference.changes.is_empty() || reach.place == job.target.place()
    };
    let reached: Vec<Reach> = reached.into_iter().filter(shown).collect();
    let report = Reports::into_report(reports, &after);
    Ok(Effect { untouched: all - reached.len(), reached, report })
}

/// The texts of the files as they are to be.
fn texts(plan: &Plan) -> std::collections::BTreeMap<String, String> {
    plan.files.iter().map(|(file, (_, text))| (file.clone(), text.clone())).collect()
}

/// The releases of the target's environment that take an edited file, or share a namespace with one that does.
fn releases(job: &Job<'_>, library: &Library) -> Vec<Release> {
    let target = job.target;
    let takes = |release: &Release| {
        job.plan.decisions.iter().any(|decision| takes(release, target, &decision.file, &decision.root))
    };
    let (fleet, _) = Fleet::with_faults(library, Some(&target.environment));
    let mut found: Vec<Release> = fleet
        .releases
        .into_iter()
        .map(|Planned { release, .. }| Release { today: target.today, ..release })
        .filter(|release| release.environment == target.environment && release.place() != target.place())
        .filter(|release| takes(release) || release.sharing.guests.iter().any(takes))
        .collect();
    found.insert(0, target.clone());
    found
}

/// What makes two findings the same before and after, when lines have moved.
type Identity = (&'static str, String, Option<crate::diagnostic::About>);

fn identity(finding: &Finding) -> Identity {
    (finding.rule, finding.message.clone(), finding.about.clone())
}

/// A release that can be looked at or not, with everything that was found in it.
fn found(compiled: Result<Compiled, Failure>) -> Result<(Option<Compiled>, Report), Failure> {
    match compiled {
        Ok(compiled) => {
            let report = compiled.report.clone();
            Ok((Some(compiled), report))
        }
        Err(Failure::Findings(report)) => Ok((None, *report)),
        Err(failure) => Err(failure),
    }
}

fn known(compiled: Result<Compiled, Failure>) -> Result<(Option<Compiled>, BTreeSet<Identity>), Failure> {
    let (compiled, report) = found(compiled)?;
    let known = report.findings.iter().map(identity).collect();
    Ok((compiled, known))
}

/// Holds what the files say to what was planned: what was tried out on trees is what is read from the texts.
fn check(plan: &Plan, after: Option<&Compiled>, report: &Report) -> Result<(), Failure> {
    let same = after.is_some_and(|after| after.merged.root.same_value(&plan.wanted));
    if same || (after.is_none() && report.has_errors()) {
        return Ok(());
    }
    Err(Failure::refused(
        "the edited files do not say what they are meant to",
        "nothing was written: write the value by hand",
    ))
}

fn reach(place: String, before: Option<&Compiled>, after: Option<&Compiled>) -> Reach {
    let (Some(before), Some(after)) = (before, after) else {
        return Reach { place, difference: Difference::default(), impacts: Vec::new(), is_unknown: true };
    };
    let (before, after) = (compiled(before), compiled(after));
    let difference = compare(&before, &after, &Correspondence::default());
    let impacts = impacts(&difference, &before, &after);
    Reach { place, difference, impacts, is_unknown: false }
}
