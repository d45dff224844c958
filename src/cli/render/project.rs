//! `sparkctl render` of a project, or of several of its releases.

use super::gitops::{self, Tool};
use super::layout::Layout;
use super::{Arguments, check, one, whole_project_only};
use crate::bundle::{self, BundlePath, Digest, DriftKind, OutputRoot, Place, Swap, WriteOptions};
use crate::cli::output::Terminal;
use crate::cli::progress::Progress;
use crate::cli::select::{Many, Workplace};
use crate::cli::{Format, Outcome};
use crate::failure::Failure;
use crate::fleet::drift::{self, Row};
use crate::fleet::reports::{Reports, compile};
use crate::fleet::warm::Known;
use crate::fleet::{Done, Job, Rendered, engine, render};
use crate::gitops::Member;
use serde_json::json;
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
        return compare(many, workplace, arguments, &tools, &out, terminal);
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
    print(&rendered, &gone, arguments, &out, &seconds, terminal)?;
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

fn print(
    rendered: &Rendered,
    gone: &[BundlePath],
    arguments: &Arguments,
    out: &Path,
    seconds: &str,
    terminal: &Terminal,
) -> Result<(), Failure> {
    match terminal.format() {
        Format::Json => {
            let report = crate::diagnostic::json::value(&rendered.report);
            let releases: Vec<_> = rendered.releases.iter().map(as_json).collect();
            terminal.json(&json!({
                "output": out,
                "releases": releases,
                "known": rendered.known,
                "notListed": gone,
                "pruned": arguments.prune,
                "findings": report["findings"],
                "warnings": report["warnings"],
                "silenced": report["silenced"],
            }))
        }
        Format::Sarif | Format::Github => terminal.report(&rendered.report),
        Format::Text => {
            terminal.report(&rendered.report)?;
            terminal.tell(&summary(rendered, gone, arguments, out, seconds, terminal.verbose()));
            Ok(())
        }
    }
}

fn as_json(done: &Done) -> serde_json::Value {
    let [added, changed, removed, unchanged] = done.files;
    json!({
        "bundle": done.place,
        "objects": done.objects,
        "changed": done.changed,
        "files": {"added": added, "changed": changed, "removed": removed, "unchanged": unchanged},
        "foreign": done.foreign,
        "overwritten": done.overwritten,
    })
}

/// What was done, in a line; what to know besides, below it.
fn summary(
    rendered: &Rendered,
    gone: &[BundlePath],
    arguments: &Arguments,
    out: &Path,
    seconds: &str,
    verbose: bool,
) -> String {
    let releases = &rendered.releases;
    let objects: usize = releases.iter().map(|done| done.objects).sum();
    let changed = releases.iter().filter(|done| done.changed).count();
    let (_, warnings) = rendered.report.count();
    let mut text = format!(
        "{}: {}, {}; {}; {}; {seconds}\n",
        out.display(),
        counted(releases.len(), "release"),
        counted(objects, "object"),
        if changed == 0 {
            "nothing changed".to_owned()
        } else {
            format!("{changed} changed ({})", files(releases))
        },
        counted(warnings, "warning"),
    );
    for done in releases.iter().filter(|done| verbose && done.changed) {
        text.push_str(&format!("  ~ {}\n", done.place));
    }
    for done in releases {
        for path in &done.overwritten {
            text.push_str(&format!("overwritten, as you asked: {}/{}\n", done.place, bundle::shown(path)));
        }
        for path in &done.foreign {
            text.push_str(&format!("kept, not sparkctl's: {}/{}\n", done.place, bundle::shown(path)));
        }
    }
    if releases.iter().any(|done| done.swap == Swap::Rename) {
        text.push_str(
            "note: this file system cannot swap two directories in one step; for an instant bundles were missing\n",
        );
    }
    for place in gone {
        let shown = bundle::shown(out.join(place));
        text.push_str(&match arguments.prune {
            true => format!("removed, not in the project any more: {shown}\n"),
            false => {
                format!(
                    "not in the project any more: {shown}   ({} --prune removes it)\n",
                    check::same_command()
                )
            }
        });
    }
    text
}

/// `1 release`, `2 releases`.
fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn files(releases: &[Done]) -> String {
    let sum = |index: usize| releases.iter().map(|done| done.files[index]).sum::<usize>();
    let counts = [(sum(0), "new"), (sum(1), "changed"), (sum(2), "removed")];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if counts.is_empty() { "locks only".to_owned() } else { format!("files: {}", counts.join(", ")) }
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

/// `--check`: changes nothing.
fn compare(
    many: &Many,
    workplace: &Workplace,
    arguments: &Arguments,
    tools: &[Tool],
    out: &Path,
    terminal: &mut Terminal,
) -> Outcome {
    let progress = Progress::new(terminal, many.releases.len(), "releases");
    let (library, reports, budget) = (&workplace.library, Mutex::default(), drift::Budget::default());
    let known = Known::read(library, out, program(many, arguments));
    let compared = engine::each(
        &many.releases,
        threads(arguments),
        &|count| progress.done(terminal, count),
        |index, planned| -> Result<(Vec<Row>, Option<Member>), (String, Failure)> {
            let place = planned.release.place();
            let failed = |failure| (place.clone(), failure);
            if let Some(member) = known.as_ref().and_then(|known| known.unchanged(planned)) {
                return Ok((Vec::new(), Some(member)));
            }
            let compiled = compile(library, index, planned, &reports).map_err(failed)?;
            let Some(compiled) = compiled else { return Ok((Vec::new(), None)) };
            let bundle = arguments.bundle(library, &compiled).map_err(failed)?;
            let bundle_path = place.parse().map_err(one::bad_path).map_err(failed)?;
            let at = Place { root: out.to_owned(), bundle: bundle_path };
            let rows = drift::rows(library, &compiled, &bundle, &at, &budget).map_err(failed)?;
            Ok((rows, Some(Member::of(&compiled, &place))))
        },
    );
    let seconds = progress.finish();
    let report = Reports::into_report(reports, library);
    if report.has_errors() || arguments.deny_warnings && !report.findings.is_empty() {
        terminal.report(&report)?;
        return Ok(ExitCode::from(1));
    }
    let (mut rows, mut members) = (Vec::new(), Vec::new());
    let mut status = None;
    for compared in compared {
        match compared {
            Ok((found, member)) => {
                rows.extend(found);
                members.extend(member);
            }
            Err((place, failure)) => {
                terminal.tell(&place);
                status = Some(terminal.failure(failure));
            }
        }
    }
    if let Some(status) = status {
        return Ok(status);
    }
    for (bundle, files) in gitops::bundles(tools, workplace, out, &members)? {
        rows.extend(drift::untraced(&files, &Place { root: out.to_owned(), bundle })?);
    }
    let gone = match &many.all {
        Some(listed) => gone(out, listed)?,
        None => Vec::new(),
    };
    rows.extend(gone.into_iter().map(|place| Row {
        kind: DriftKind::Obsolete,
        path: place.to_string(),
        line: None,
        is_bundle: true,
        cause: "not in the project any more".to_owned(),
        at: None,
    }));
    let (_, warnings) = report.count();
    let more = json!({"output": out, "releases": many.releases.len(), "warnings": warnings});
    check::print(&rows, out, more, terminal)?;
    let different = check::differs(&rows);
    if terminal.format() == Format::Text {
        let state = if different {
            format!("{} differ", counted(check::different(&rows).count(), "file"))
        } else {
            "up to date".to_owned()
        };
        terminal.tell(&format!(
            "{}: {}, {state}; {seconds}",
            out.display(),
            counted(many.releases.len(), "release")
        ));
    }
    Ok(ExitCode::from(u8::from(different)))
}
