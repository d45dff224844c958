//! `sparkctl diff --against PATH`: what is there, and what sparkctl would render in its place.

use crate::bundle::read_lock;
use crate::cli::output::Terminal;
use crate::cli::select::{Choice, Selection, Workplace};
use crate::diagnostic::Report;
use crate::diff::Comparison;
use crate::diff::view::Shown;
use crate::failure::Failure;
use crate::manifest::read::{Manifests, disk};
use crate::release::Release;
use std::path::Path;

/// What `-` is called.
const STREAM: &str = "standard input";

/// One release, held against manifests.
///
/// # Errors
/// Where several releases are meant, where there is nothing to compare with, and where the release cannot be compiled.
pub fn shown(
    workplace: &Workplace,
    selection: &Selection,
    path: &str,
    terminal: &mut Terminal,
) -> Result<Shown, Failure> {
    if path == disk::STANDARD_INPUT && selection.values.as_deref() == Some("-") {
        return Err(Failure::refused(
            "both --values and --against want standard input",
            "give one of them a file's name",
        ));
    }
    let release = release(workplace, selection)?;
    let origin = origin(path, &release)?;
    let mut manifests = disk::read(path)?;
    let name = if path == disk::STANDARD_INPUT { STREAM } else { path.trim_end_matches('/') };
    told(&mut manifests, name, terminal)?;
    // What is applied without a namespace goes where the release is.
    manifests.set_namespace(origin.as_ref().unwrap_or(&release).namespace.as_str());
    let library = &workplace.library;
    let compiled = super::side(library, &release, terminal).inspect_err(|_| {
        terminal.tell(&format!("{}, which would be rendered, cannot be compiled:", release.place()));
    })?;
    let comparison = Comparison::against(&manifests, name, origin.as_ref(), (library, &compiled));
    let sides = (comparison.before.name.clone(), comparison.after.name.clone());
    let command = format!("sparkctl diff {} --against {path}", release.options());
    Ok(Shown { comparisons: vec![comparison], sides, command, ..Shown::default() })
}

/// The one release that is meant.
fn release(workplace: &Workplace, selection: &Selection) -> Result<Release, Failure> {
    match workplace.choose(selection, None)? {
        Choice::One(release) => Ok(*release),
        Choice::Many(many) => Err(Failure::refused(
            format!("--against is for one release, and {} of the project are meant", many.releases.len()),
            "name one with --env and --release; what is stale in all of them says: sparkctl render --check",
        )),
    }
}

/// The release that a bundle was rendered for, if it is one.
fn origin(path: &str, release: &Release) -> Result<Option<Release>, Failure> {
    let directory = Path::new(path);
    if path == disk::STANDARD_INPUT || !directory.is_dir() {
        return Ok(None);
    }
    // A lock that cannot be understood says nothing; the manifests beside it do.
    let Some(lock) = read_lock(directory).ok().flatten() else { return Ok(None) };
    let Ok(origin) = serde_json::from_value::<Release>(lock.release) else { return Ok(None) };
    if origin.name != release.name && origin.preset != release.preset {
        return Err(Failure::refused(
            format!("`{path}` is the bundle of {}, not of {}", origin.place(), release.place()),
            format!("name the bundle of {}, or mean the other release: {}", release.name, origin.options()),
        ));
    }
    Ok(Some(origin))
}

fn quoted(name: &str) -> String {
    if name == STREAM { name.to_owned() } else { format!("`{name}`") }
}

/// What of the manifests cannot be compared.
fn told(manifests: &mut Manifests, name: &str, terminal: &mut Terminal) -> Result<(), Failure> {
    for note in &manifests.notes {
        terminal.tell(&format!("note: {note}"));
    }
    let report = Report::new(std::mem::take(&mut manifests.findings), manifests.sources.clone());
    if manifests.is_partial {
        // Nobody knows what is missing: everything would seem to be added.
        return Err(Failure::Findings(Box::new(report)));
    }
    if manifests.objects.is_empty() && report.findings.is_empty() {
        return Err(Failure::refused(
            format!("there is no Kubernetes object in {}", quoted(name)),
            "name the file or directory that holds rendered manifests, or pipe them in with --against -",
        ));
    }
    if !report.findings.is_empty() {
        let lines = report.findings.iter().map(|finding| {
            let place =
                finding.primary.as_ref().map(|label| format!("{}: ", report.sources.locate(label.span)));
            format!("left out: {}{}", place.unwrap_or_default(), finding.message)
        });
        terminal.tell(&lines.collect::<Vec<_>>().join("\n"));
    }
    Ok(())
}
