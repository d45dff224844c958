//! `sparkctl render --check`: what on disk is not as it would be rendered.

use crate::bundle::{self, DriftKind, Repair};
use crate::cli::Format;
use crate::cli::output::Terminal;
use crate::diagnostic::github::{data, property};
use crate::diagnostic::{Finding, Report};
use crate::failure::Failure;
use crate::fleet::drift::Row;
use crate::library::files::BUILT_IN_PREFIX;
use crate::source::Sources;
use serde_json::{Value as Json, json};
use std::path::Path;

/// A row as it is printed.
struct Shown<'a> {
    row: &'a Row,
    word: &'static str,
    file: String,
    repair: String,
}

/// What is to be repaired.
pub fn different(rows: &[Row]) -> impl Iterator<Item = &Row> {
    rows.iter().filter(|row| row.kind.repair() != Repair::Nothing)
}

/// Whether anything is to be repaired.
pub fn differs(rows: &[Row]) -> bool {
    different(rows).next().is_some()
}

/// Prints what drifted below the output directory `out`; `more` goes into the JSON.
///
/// # Errors
/// If standard output is gone.
pub fn print(rows: &[Row], out: &Path, more: Json, terminal: &Terminal) -> Result<(), Failure> {
    let command = same_command();
    let shown: Vec<Shown<'_>> = rows.iter().map(|row| show(row, out, &command)).collect();
    match terminal.format() {
        Format::Json => {
            let mut value = more;
            value["different"] = json!(differs(rows));
            value["drift"] = shown.iter().map(as_json).collect();
            terminal.json(&value)
        }
        Format::Github => terminal.result(&shown.iter().map(annotation).collect::<String>()),
        Format::Sarif => terminal.report(&report(&shown)),
        Format::Text | Format::Markdown => text(&shown, terminal),
    }
}

fn show<'a>(row: &'a Row, out: &Path, command: &str) -> Shown<'a> {
    let word = match row.kind {
        DriftKind::Stale => "stale",
        DriftKind::Edited => "edited",
        DriftKind::Missing => "missing",
        DriftKind::Obsolete => "obsolete",
        DriftKind::Foreign => "foreign",
        DriftKind::InTheWay => "in the way",
    };
    let repair = match row.kind.repair() {
        Repair::Nothing => "none needed: render keeps what is not sparkctl's".to_owned(),
        Repair::Write if row.is_bundle => format!("{command} --prune"),
        Repair::Write => command.to_owned(),
        Repair::Overwrite => format!("put the change into a layer, then {command} --overwrite-edited"),
    };
    Shown { row, word, file: bundle::shown(out.join(&row.path)), repair }
}

fn as_json(shown: &Shown<'_>) -> Json {
    let Row { line, cause, at, .. } = shown.row;
    let at = at
        .as_ref()
        .map(|(file, position)| json!({"file": file, "line": position.line, "column": position.column}));
    json!({
        "drift": shown.word, "file": shown.file, "line": line, "cause": cause, "causedAt": at,
        "repair": shown.repair,
    })
}

/// At the line of the project that caused it where there is one, else at the line of the file itself.
fn annotation(shown: &Shown<'_>) -> String {
    let Shown { row, word, file, repair } = shown;
    let level = if row.kind.repair() == Repair::Nothing { "notice" } else { "error" };
    let own = row.at.as_ref().filter(|(file, _)| !file.starts_with(BUILT_IN_PREFIX));
    let place = match (own, row.line) {
        (Some((file, at)), _) => format!("file={},line={},col={}", property(file), at.line, at.column),
        (None, Some(line)) => format!("file={},line={line}", property(file)),
        (None, None) => format!("file={}", property(file)),
    };
    let because = match &row.at {
        Some(_) => format!("`{}` decides what differs", row.cause),
        None => row.cause.clone(),
    };
    let message = data(&format!("{file} is {word}: {because}. Repair: {repair}"));
    format!("::{level} {place},title=render --check::{message}\n")
}

fn text(shown: &[Shown<'_>], terminal: &Terminal) -> Result<(), Failure> {
    let lines = shown.iter().map(|Shown { row, word, file, .. }| {
        let line = row.line.filter(|_| row.kind.repair() != Repair::Nothing);
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        let cause = match &row.at {
            Some((file, at)) => format!("{}  {file}:{}:{}", row.cause, at.line, at.column),
            None => row.cause.clone(),
        };
        match row.kind {
            // The word says it all.
            DriftKind::Edited | DriftKind::Foreign => format!("{word:10} {file}{line}\n"),
            _ => format!("{word:10} {file}{line}\n           {cause}\n"),
        }
    });
    terminal.text(&lines.collect::<String>())?;
    let mut repairs: Vec<(&str, &str)> =
        shown.iter().map(|shown| (shown.word, shown.repair.as_str())).collect();
    repairs.sort_unstable();
    repairs.dedup();
    for (word, repair) in repairs {
        terminal.tell(&format!("{word}: {repair}"));
    }
    Ok(())
}

/// What differs as findings; what is not sparkctl's is none.
fn report(shown: &[Shown<'_>]) -> Report {
    let mut sources = Sources::default();
    let shown = shown.iter().filter(|shown| shown.row.kind.repair() != Repair::Nothing);
    let findings = shown.map(|Shown { row, word, file, repair }| {
        let source = sources.add(file.as_str(), "");
        Finding::error("bundle/drift", format!("`{file}` is {word}: {}", row.cause))
            .at(sources.whole(source), "")
            .help(repair.as_str())
    });
    let findings = findings.collect();
    Report::new(findings, sources)
}

/// The command that was given, without `--check` and without how its result is printed.
pub fn same_command() -> String {
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
