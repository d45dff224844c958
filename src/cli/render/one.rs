//! `sparkctl render` of one release.

use super::{Arguments, check};
use crate::bundle::{self, Bundle, FileChange, Place, Swap, WriteOptions, Written};
use crate::cli::output::Terminal;
use crate::cli::select::Workplace;
use crate::cli::{Format, Outcome};
use crate::compile::{Compiled, compile, files};
use crate::failure::Failure;
use crate::fleet::drift;
use crate::library::Library;
use crate::release::Release;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

/// Renders one release.
pub fn run(release: &Release, workplace: &Workplace, arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let compiled = compile(&workplace.library, release)?;
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
    let out = arguments.layout.output(workplace, arguments.out.as_deref())?;
    let place = Place { root: out, bundle: release.place().parse().map_err(bad_path)? };
    arguments.layout.fits(&place)?;
    let bundle = arguments.bundle(&workplace.library, &compiled)?;
    if arguments.check {
        let rows = drift::rows(&workplace.library, &compiled, &bundle, &place, &drift::Budget::default())?;
        check::print(&rows, &place.root, json!({"bundle": place.path()}), terminal)?;
        let different = check::differs(&rows);
        if !different && terminal.format() == Format::Text {
            terminal.tell(&format!("{}: up to date", place.path().display()));
        }
        return Ok(ExitCode::from(u8::from(different)));
    }
    let options = WriteOptions { overwrite_edited: arguments.overwrite_edited, ..WriteOptions::default() };
    let written = bundle::write(&bundle, &place, options)?;
    match terminal.format() {
        Format::Text | Format::Markdown => {
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

fn stream(compiled: &Compiled, terminal: &Terminal) -> Outcome {
    terminal.result(&text(compiled)?)?;
    Ok(ExitCode::SUCCESS)
}

/// All manifests as one stream of documents.
pub fn text(compiled: &Compiled) -> Result<String, Failure> {
    let mut files = files::files(compiled)?;
    let mut text = String::new();
    for manifest in &compiled.manifests {
        let path = manifest.path();
        if let Some(document) = files.remove(&path) {
            text.push_str(&format!("---\n# {path}\n{document}"));
        }
    }
    Ok(text)
}

/// A compiled release as what the output directory gets.
pub fn bundle(
    library: &Library,
    compiled: &Compiled,
    files: BTreeMap<String, String>,
) -> Result<Bundle, Failure> {
    Ok(Bundle {
        release: serde_json::to_value(&compiled.release).unwrap_or_default(),
        inputs: files::inputs(library, compiled),
        files: files
            .into_iter()
            .map(|(path, text)| Ok((path.parse().map_err(bad_path)?, text.into_bytes())))
            .collect::<Result<_, Failure>>()?,
    })
}

pub fn bad_path(error: bundle::PathError) -> Failure {
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
