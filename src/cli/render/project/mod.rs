//! `sparkctl render` of a project, or of several of its releases; with `--check` in [`compare`].

mod compare;
mod summary;

use super::gitops;
use super::layout::Layout;
use super::{Arguments, one, whole_project_only};
use crate::bundle::{self, BundlePath, Digest, OutputRoot, WriteOptions};
use crate::cli::output::Terminal;
use crate::cli::progress::Progress;
use crate::cli::select::{Many, Workplace};
use crate::cli::{Format, Outcome};
use crate::failure::Failure;
use crate::fleet::reports::{Reports, compile};
use crate::fleet::{Job, Rendered, engine, render};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;

/// Renders several releases of a project.
pub fn run(many: &Many, workplace: &Workplace, arguments: &Arguments, terminal: &mut Terminal) -> Outcome {
    if many.all.is_none() {
        whole_project_only(arguments, "this is a part of it")?;
    }
    let tools = match (many.all.is_some(), arguments.layout) {
        (true, Layout::Bundle) => gitops::tools(&arguments.gitops, workplace),
        (true, Layout::Chart) if !arguments.gitops.is_empty() => {
            return Err(Failure::refused(
                "--gitops syncs manifests, and --layout chart writes charts",
                "leave out one of them",
            ));
        }
        _ => Vec::new(),
    };
    if arguments.stdout {
        return stream(many, workplace, arguments, terminal);
    }
    let out = arguments.layout.output(workplace, arguments.out.as_deref())?;
    if arguments.check {
        return compare::run(many, workplace, arguments, &tools, &out, terminal);
    }
    let progress = Progress::new(terminal, many.releases.len(), "releases");
    let root = OutputRoot::lock(&out)?;
    let job = Job {
        library: &workplace.library,
        releases: &many.releases,
        threads: threads(arguments),
        options: WriteOptions { overwrite_edited: arguments.overwrite_edited, ..WriteOptions::default() },
        deny_warnings: arguments.deny_warnings,
        layout: &|library, compiled| arguments.bundle(library, compiled),
        fits: &|place| arguments.layout.fits(place),
        besides: &|members| gitops::bundles(&tools, workplace, &out, members),
        program: program(many, arguments),
        progress: &|count| progress.done(terminal, count),
    };
    let rendered = render(&job, &root);
    let seconds = progress.finish();
    if rendered.releases.is_empty() && !many.releases.is_empty() {
        return refuse(rendered, arguments, terminal);
    }
    let gone = match &many.all {
        Some(listed) => gone(&out, listed)?,
        None => Vec::new(),
    };
    if arguments.prune {
        for place in &gone {
            root.remove(place, arguments.overwrite_edited)?;
        }
    }
    drop(root);
    summary::print(&rendered, &gone, arguments, &out, &seconds, terminal)?;
    let mut status = ExitCode::SUCCESS;
    for (_, failure) in rendered.failures {
        status = terminal.failure(failure);
    }
    Ok(status)
}

fn threads(arguments: &Arguments) -> usize {
    arguments.jobs.map_or_else(engine::cores, usize::from)
}

/// What tells this program, and how it is asked to write, from others: what is remembered was made by the same.
/// None where a date was given, to which findings are held.
fn program(many: &Many, arguments: &Arguments) -> Option<Digest> {
    if many.releases.iter().any(|planned| planned.release.today.is_some()) {
        return None;
    }
    // Its file and when that was written; reading it whole would take longer than a small project does.
    let file = std::env::current_exe().ok()?;
    let metadata = std::fs::metadata(&file).ok()?;
    let made = (metadata.len(), metadata.modified().ok()?, env!("CARGO_PKG_VERSION"));
    let how = (arguments.layout, arguments.chart_version.as_ref());
    Some(Digest::of(format!("{file:?} {made:?} {how:?}").as_bytes()))
}

/// The bundles below the output directory that the project does not list.
fn gone(out: &Path, listed: &BTreeSet<String>) -> Result<Vec<BundlePath>, Failure> {
    let mut places = bundle::bundles(out)?;
    places.retain(|place| !listed.contains(place.as_str()) && !gitops::is_one(place));
    Ok(places)
}

/// Nothing was written: says why.
fn refuse(rendered: Rendered, arguments: &Arguments, terminal: &mut Terminal) -> Outcome {
    let failed: BTreeSet<&str> = rendered.failures.iter().map(|(place, _)| place.as_str()).collect();
    let count = failed.len();
    let mut status = ExitCode::from(1);
    if rendered.report.has_errors() || arguments.deny_warnings || terminal.format() != Format::Text {
        terminal.report(&rendered.report)?;
    }
    if count > 0 {
        terminal.tell(&format!("what could not be rendered ({count}):"));
    }
    for (place, failure) in rendered.failures {
        terminal.tell(&place);
        status = terminal.failure(failure);
    }
    terminal.tell("nothing was written");
    Ok(status)
}

/// `--stdout`: the manifests of all, in the order of the project.
fn stream(many: &Many, workplace: &Workplace, arguments: &Arguments, terminal: &mut Terminal) -> Outcome {
    let (library, reports) = (&workplace.library, Mutex::default());
    let mut texts = Vec::new();
    for (index, planned) in many.releases.iter().enumerate() {
        if let Some(compiled) = compile(library, index, planned, &reports)? {
            texts.push(one::text(&compiled)?);
        }
    }
    let report = Reports::into_report(reports, library);
    let stops = report.has_errors() || arguments.deny_warnings && !report.findings.is_empty();
    if stops || terminal.format() == Format::Text {
        terminal.report(&report)?;
    }
    if !stops {
        terminal.result(&texts.concat())?;
    }
    Ok(ExitCode::from(u8::from(stops)))
}
