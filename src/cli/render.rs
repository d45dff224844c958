//! `sparkctl render`

use super::output::Terminal;
use super::select::{Selection, Workplace};
use super::{Format, Global, Outcome};
use crate::bundle::{self, Bundle, BundlePath, Drift, Place, Swap, WriteOptions, Written};
use crate::compile::{Compiled, files};
use crate::failure::Failure;
use crate::library::Library;
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `render`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// The directory that bundles are written under, as OUT/ENVIRONMENT/RELEASE. Without it: `rendered`.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the manifests instead of writing them.
    #[arg(long, conflicts_with_all = ["out", "check"])]
    stdout: bool,
    /// Change nothing; say which files are stale, edited by hand, missing or foreign.
    #[arg(long)]
    check: bool,
    /// Overwrite files that were edited by hand.
    #[arg(long, conflicts_with = "check")]
    overwrite_edited: bool,
    /// Treat warnings as errors.
    #[arg(long)]
    deny_warnings: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let workplace = Workplace::open(global)?;
    let compiled = workplace.compile(&arguments.selection)?;
    if arguments.deny_warnings && !compiled.report.findings.is_empty() {
        terminal.report(&compiled.report)?;
        return Ok(ExitCode::from(1));
    }
    if arguments.stdout {
        if terminal.format() == Format::Text {
            terminal.report(&compiled.report)?;
        }
        return stream(&compiled, terminal);
    }
    let out = workplace.output(arguments.out.as_deref());
    let place = Place::new(
        &out,
        &[compiled.release.environment.as_str(), compiled.release.name.as_str()],
    )
    .map_err(refused)?;
    let bundle = bundle(&workplace.library, &compiled)?;
    if arguments.check {
        return check(&bundle, &place, &compiled, terminal);
    }
    let options = WriteOptions { overwrite_edited: arguments.overwrite_edited, ..WriteOptions::default() };
    let written = bundle::write(&bundle, &place, options).map_err(refused)?;
    match terminal.format() {
        Format::Text => {
            terminal.report(&compiled.report)?;
            terminal.tell(&summary(&compiled, &written, &place.path(), terminal.verbose()));
        }
        Format::Json => terminal.json(&json!({
            "bundle": place.path(),
            "objects": compiled.manifests.len(),
            "added": written.added, "changed": written.changed, "removed": written.removed,
            "unchanged": written.unchanged.len(), "foreign": written.foreign,
            "valuesToSet": to_set(&compiled),
            "preconditions": compiled.preconditions,
            "findings": crate::diagnostic::json::value(&compiled.report)["findings"],
        }))?,
        Format::Sarif | Format::Github => terminal.report(&compiled.report)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// All manifests as one stream of documents.
fn stream(compiled: &Compiled, terminal: &Terminal) -> Outcome {
    let mut files = files::files(compiled)?;
    let mut text = String::new();
    for manifest in &compiled.manifests {
        let path = manifest.path();
        if let Some(document) = files.remove(&path) {
            text.push_str(&format!("---\n# {path}\n{document}"));
        }
    }
    terminal.result(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// A compiled release as what the output directory gets.
fn bundle(library: &Library, compiled: &Compiled) -> Result<Bundle, Failure> {
    let mut bundle = Bundle {
        release: serde_json::to_value(&compiled.release).unwrap_or_default(),
        inputs: files::inputs(library, compiled),
        files: Default::default(),
    };
    for (path, text) in files::files(compiled)? {
        let path: BundlePath = path.parse().map_err(refused)?;
        bundle.files.insert(path, text.into_bytes());
    }
    Ok(bundle)
}

/// The bundle's errors as failures of the command.
fn refused(error: impl Into<bundle::BundleError>) -> Failure {
    let error = error.into();
    Failure::Refused { what: error.to_string(), help: error.help() }
}

fn to_set(compiled: &Compiled) -> Vec<serde_json::Value> {
    let sources = &compiled.report.sources;
    compiled
        .to_set
        .iter()
        .map(|(path, span)| {
            let position = sources.position(*span);
            json!({
                "path": path.to_string(), "value": sources.slice(*span),
                "file": sources.get(span.source).name, "line": position.line, "column": position.column,
            })
        })
        .collect()
}

/// What was done, and what is left to do.
fn summary(compiled: &Compiled, written: &Written, path: &Path, verbose: bool) -> String {
    let mut text = format!(
        "{}: {} objects for Spark {}; {}\n",
        path.display(),
        compiled.manifests.len(),
        compiled.platform.version.version,
        changes(written),
    );
    if verbose {
        for (mark, paths) in [("+", &written.added), ("~", &written.changed), ("-", &written.removed)] {
            for path in paths {
                text.push_str(&format!("  {mark} {path}\n"));
            }
        }
    }
    for foreign in &written.foreign {
        text.push_str(&format!("kept, not sparkctl's: {foreign}\n"));
    }
    if written.recovered {
        text.push_str("an earlier run was interrupted; its bundle was restored first\n");
    }
    if written.swap == Swap::Rename {
        text.push_str(
            "note: this file system cannot swap directories in one step; for a moment there was no bundle\n",
        );
    }
    if !compiled.to_set.is_empty() {
        text.push_str("\nexample values to set before this is deployed:\n");
        let sources = &compiled.report.sources;
        for (path, span) in &compiled.to_set {
            text.push_str(&format!("  {path}: {}   ({})\n", sources.slice(*span), sources.locate(*span)));
        }
    }
    if !compiled.preconditions.is_empty() {
        text.push_str("\nwhat must exist in the cluster first:\n");
        for precondition in &compiled.preconditions {
            text.push_str(&format!("  {}\n    verify: {}\n", precondition.what, precondition.verify));
            if let Some(create) = &precondition.create {
                text.push_str(&format!("    create: {create}\n"));
            }
        }
    }
    text
}

fn changes(written: &Written) -> String {
    let parts: Vec<String> = [
        (written.added.len(), "new"),
        (written.changed.len(), "changed"),
        (written.removed.len(), "removed"),
        (written.unchanged.len(), "unchanged"),
    ]
    .iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    format!("files: {}", parts.join(", "))
}

/// `--check`: what differs between the bundle on disk and this one.
fn check(bundle: &Bundle, place: &Place, compiled: &Compiled, terminal: &Terminal) -> Outcome {
    let drift = bundle::compare(bundle, place).map_err(refused)?;
    let path = place.path();
    let release = &compiled.release;
    let repair = format!("sparkctl render --env {} --preset {}", release.environment, release.preset);
    let mut different = false;
    let mut rows = Vec::new();
    for entry in &drift {
        let (word, advice) = match entry.drift {
            Drift::Stale => ("stale", format!("{repair} renders it anew")),
            Drift::Edited => ("edited", format!("put the change into a layer, then {repair} --overwrite-edited")),
            Drift::Missing => ("missing", format!("{repair} writes it")),
            Drift::Obsolete => ("obsolete", format!("{repair} removes it")),
            Drift::Foreign => ("foreign", "not sparkctl's; render keeps it".to_owned()),
        };
        different |= entry.drift != Drift::Foreign;
        rows.push((word, path.join(&entry.path), advice));
    }
    match terminal.format() {
        Format::Json => {
            let rows: Vec<_> =
                rows.iter().map(|(word, file, advice)| json!({"drift": word, "file": file, "repair": advice})).collect();
            terminal.json(&json!({"bundle": path, "drift": rows}))?;
        }
        Format::Github => {
            let lines: String = rows
                .iter()
                .map(|(word, file, advice)| format!("::error file={},title=render --check::{word}: {advice}\n", file.display()))
                .collect();
            terminal.result(&lines)?;
        }
        _ => {
            let lines: String =
                rows.iter().map(|(word, file, advice)| format!("{word:9} {}  ({advice})\n", file.display())).collect();
            terminal.result(&lines)?;
            if !different {
                terminal.tell(&format!("{}: up to date", path.display()));
            }
        }
    }
    Ok(ExitCode::from(u8::from(different)))
}
