//! What rendering a project did, for people and for programs.

use crate::bundle::{self, BundlePath, Swap};
use crate::cli::Format;
use crate::cli::output::Terminal;
use crate::cli::output::counted;
use crate::cli::render::{Arguments, check};
use crate::failure::Failure;
use crate::fleet::{Done, Rendered};
use serde_json::json;
use std::path::Path;

/// Prints what was done.
///
/// # Errors
/// If standard output is gone.
pub fn print(
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
        Format::Text | Format::Markdown => {
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
