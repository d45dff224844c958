//! `sparkctl render --check`

use super::refused;
use crate::bundle::{self, Bundle, DriftKind, Place, Repair};
use crate::cli::output::Terminal;
use crate::cli::{Format, Outcome};
use crate::diagnostic::{Finding, Report};
use crate::source::Sources;
use serde_json::json;
use std::process::ExitCode;

/// `--check`: what differs between the bundle on disk and this one.
pub fn check(bundle: &Bundle, place: &Place, terminal: &Terminal) -> Outcome {
    let drift = bundle::compare(bundle, place).map_err(refused)?;
    let path = place.path();
    let command = same_command();
    let rows: Vec<(&str, String, String)> = drift
        .iter()
        .map(|drift| {
            let word = match drift.kind {
                DriftKind::Stale => "stale",
                DriftKind::Edited => "edited",
                DriftKind::Missing => "missing",
                DriftKind::Obsolete => "obsolete",
                DriftKind::Foreign => "foreign",
                DriftKind::InTheWay => "in the way",
            };
            let repair = match drift.kind.repair() {
                Repair::Nothing => "none needed: render keeps what is not sparkctl's".to_owned(),
                Repair::Write => command.clone(),
                Repair::Overwrite => {
                    format!("put the change into a layer, then {command} --overwrite-edited")
                }
            };
            (word, bundle::shown(path.join(&drift.path)), repair)
        })
        .collect();
    let different = drift.iter().any(|drift| drift.kind != DriftKind::Foreign);
    match terminal.format() {
        Format::Json => {
            let rows: Vec<_> = rows
                .iter()
                .map(|(word, file, repair)| json!({"drift": word, "file": file, "repair": repair}))
                .collect();
            terminal.json(&json!({"bundle": path, "different": different, "drift": rows}))?;
        }
        Format::Github => {
            let level = |word: &str| if word == "foreign" { "notice" } else { "error" };
            let lines: String = rows
                .iter()
                .map(|(word, file, repair)| {
                    format!("::{} file={file},title=render --check::{word}: {repair}\n", level(word))
                })
                .collect();
            terminal.result(&lines)?;
        }
        Format::Sarif => terminal.report(&report(&rows))?,
        Format::Text => {
            terminal.result(
                &rows.iter().map(|(word, file, _)| format!("{word:10} {file}\n")).collect::<String>(),
            )?;
            let mut repairs: Vec<(&str, &str)> =
                rows.iter().map(|(word, _, repair)| (*word, repair.as_str())).collect();
            repairs.sort_unstable();
            repairs.dedup();
            for (word, repair) in repairs {
                terminal.tell(&format!("{word}: {repair}"));
            }
            if !different {
                terminal.tell(&format!("{}: up to date", path.display()));
            }
        }
    }
    Ok(ExitCode::from(u8::from(different)))
}

/// What differs as findings; what is not sparkctl's is none.
fn report(rows: &[(&str, String, String)]) -> Report {
    let mut sources = Sources::default();
    let findings = rows.iter().filter(|(word, _, _)| *word != "foreign").map(|(word, file, repair)| {
        let source = sources.add(file.as_str(), "");
        Finding::error("bundle/drift", format!("`{file}` is {word}"))
            .at(sources.whole(source), "")
            .help(repair.as_str())
    });
    let findings = findings.collect();
    Report::new(findings, sources)
}

/// The command that was given, without `--check` and without how its result is printed.
fn same_command() -> String {
    let mut words = vec!["sparkctl".to_owned()];
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--check" | "-q" | "--quiet" | "-v" | "--verbose" => {}
            "--format" => drop(arguments.next()),
            other if other.starts_with("--format=") => {}
            other => words.push(crate::template::format::shell(other)),
        }
    }
    words.join(" ")
}
