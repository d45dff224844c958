//! `sparkctl render`

mod check;
mod layout;

use super::output::Terminal;
use super::select::{Selection, Workplace};
use super::{Format, Global, Outcome};
use crate::bundle::{self, Bundle, Digest, FileChange, Place, Swap, WriteOptions, Written};
use crate::compile::{Compiled, files};
use crate::failure::Failure;
use crate::gitops::chart::ChartVersion;
use crate::library::Library;
use clap::Args;
use layout::Layout;
use serde_json::json;
use std::collections::BTreeMap;
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
    /// What to write: manifests, or a Helm chart, which goes to charts/ENVIRONMENT/RELEASE.
    #[arg(long, value_enum, default_value_t, conflicts_with = "stdout")]
    layout: Layout,
    /// The chart's version; without it, 0.1.0 with a digest of the chart's content.
    #[arg(long, value_name = "VERSION")]
    chart_version: Option<ChartVersion>,
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
    let out = arguments.layout.output(&workplace, arguments.out.as_deref())?;
    let below = format!("{}/{}", compiled.release.environment, compiled.release.name);
    let place = Place { root: out, bundle: below.parse().map_err(bad_path)? };
    arguments.layout.fits(&place)?;
    let files = arguments.layout.files(&compiled, arguments.chart_version.as_ref())?;
    let bundle = bundle(&workplace.library, &compiled, files)?;
    if arguments.check {
        return check::check(&bundle, &place, terminal);
    }
    let options = WriteOptions { overwrite_edited: arguments.overwrite_edited, ..WriteOptions::default() };
    let written = bundle::write(&bundle, &place, options).map_err(refused)?;
    match terminal.format() {
        Format::Text => {
            terminal.report(&compiled.report)?;
            terminal.tell(&summary(&compiled, &written, &place.path(), terminal.verbose()));
        }
        Format::Json => {
            let report = crate::diagnostic::json::value(&compiled.report);
            let of = |wanted: FileChange| -> Vec<&str> { changed(&written, wanted).collect() };
            terminal.json(&json!({
                "bundle": place.path(),
                "objects": compiled.manifests.len(),
                "added": of(FileChange::Added),
                "changed": of(FileChange::Changed),
                "removed": of(FileChange::Removed),
                "unchanged": of(FileChange::Unchanged).len(),
                "foreign": written.foreign,
                "overwritten": written.overwritten,
                "valuesToSet": to_set(&compiled),
                "preconditions": compiled.preconditions,
                "findings": report["findings"],
                "warnings": report["warnings"],
                "silenced": report["silenced"],
            }))?;
        }
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
fn bundle(
    library: &Library,
    compiled: &Compiled,
    files: BTreeMap<String, String>,
) -> Result<Bundle, Failure> {
    let inputs = files::inputs(library, compiled);
    Ok(Bundle {
        release: serde_json::to_value(&compiled.release).unwrap_or_default(),
        inputs: inputs.into_iter().map(|(name, text)| (name, Digest::of(text.as_bytes()))).collect(),
        files: files
            .into_iter()
            .map(|(path, text)| Ok((path.parse().map_err(bad_path)?, text.into_bytes())))
            .collect::<Result<_, Failure>>()?,
    })
}

/// The bundle's errors as failures of the command.
fn refused(error: bundle::BundleError) -> Failure {
    Failure::Output { refusal: error.is_refusal(), help: error.help(), what: error.to_string() }
}

fn bad_path(error: bundle::PathError) -> Failure {
    Failure::Refused { what: error.to_string(), help: None }
}

fn changed(written: &Written, wanted: FileChange) -> impl Iterator<Item = &str> {
    written.files.iter().filter(move |(_, change)| **change == wanted).map(|(path, _)| path.as_str())
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
        "{}: {} objects for Spark {}; {}{}\n",
        path.display(),
        compiled.manifests.len(),
        compiled.platform.version.version,
        changes(written),
        match compiled.report.findings.len() {
            0 => String::new(),
            1 => "; 1 warning".to_owned(),
            count => format!("; {count} warnings"),
        },
    );
    if verbose {
        for (mark, change) in
            [("+", FileChange::Added), ("~", FileChange::Changed), ("-", FileChange::Removed)]
        {
            for path in changed(written, change) {
                text.push_str(&format!("  {mark} {path}\n"));
            }
        }
    }
    for path in &written.overwritten {
        text.push_str(&format!("overwritten, as you asked: {}\n", bundle::shown(path)));
    }
    for path in &written.foreign {
        text.push_str(&format!("kept, not sparkctl's: {}\n", bundle::shown(path)));
    }
    for path in &written.recovered {
        text.push_str(&format!("restored first, an earlier run was interrupted: {}\n", path.as_str()));
    }
    if written.swap == Swap::Rename {
        text.push_str(
            "note: this file system cannot swap two directories in one step; for an instant there was no bundle\n",
        );
    }
    text.push_str(&examples(compiled));
    if !compiled.preconditions.is_empty() {
        text.push_str("\nwhat must exist in the cluster first:\n");
        for precondition in &compiled.preconditions {
            text.push_str(&format!("  {}\n", precondition.what));
        }
        text.push_str(&format!(
            "commands that verify and create it: sparkctl preconditions {}\n",
            compiled.release.options()
        ));
    }
    text
}

fn changes(written: &Written) -> String {
    let parts: Vec<String> = [
        (FileChange::Added, "new"),
        (FileChange::Changed, "changed"),
        (FileChange::Removed, "removed"),
        (FileChange::Unchanged, "unchanged"),
    ]
    .iter()
    .map(|(change, word)| (changed(written, *change).count(), word))
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    format!("files: {}", parts.join(", "))
}

/// The example values that are still in use, one a line; empty where there are none.
pub fn examples(compiled: &Compiled) -> String {
    let sources = &compiled.report.sources;
    let mut text = String::new();
    if !compiled.to_set.is_empty() {
        text.push_str("\nexample values to set before this is deployed:\n");
    }
    for (path, span) in &compiled.to_set {
        text.push_str(&format!("  {path}: {}   ({})\n", sources.slice(*span), sources.locate(*span)));
    }
    text
}
