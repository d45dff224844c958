//! `sparkctl contract`: what may differ between two environments, and whether anything else does.

use super::output::Terminal;
use super::select::Workplace;
use super::{Format, Global, Outcome};
use crate::contract::{self, Checked, Contract};
use crate::failure::Failure;
use crate::layer::document::LayerKind;
use crate::library::Library;
use crate::spec::types::Date;
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// Arguments of `contract`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Fail on every difference between two environments that no contract allows, and on entries that nothing needs.
    Check {
        /// The contracts, such as staging-prod. Without it: all; in a project, those of environments that it has.
        #[arg(value_name = "CONTRACT")]
        names: Vec<String>,
        /// Which day it is, as 2027-01-31: holds entries to their dates. sparkctl reads no clock.
        #[arg(long, value_name = "DATE")]
        today: Option<Date>,
    },
    /// List contracts, and what each allows and why.
    List {
        /// The contracts. Without it: all.
        #[arg(value_name = "CONTRACT")]
        names: Vec<String>,
    },
    /// Print a contract for what differs and is not allowed yet, with the reasons left to write.
    Draft {
        /// The environment that comes first.
        #[arg(long, value_name = "ENVIRONMENT")]
        from: String,
        /// The environment that comes after it.
        #[arg(long, value_name = "ENVIRONMENT")]
        to: String,
    },
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let library = Workplace::open(global)?.library;
    match &arguments.what {
        What::Check { names, today } => check(&library, names, *today, terminal),
        What::List { names } => list(&library, names, terminal),
        What::Draft { from, to } => draft(&library, from, to, terminal),
    }
}

/// The contracts of these names; all where none is given.
fn chosen(library: &Library, names: &[String]) -> Result<Vec<Contract>, Failure> {
    let known = || library.folder(contract::FOLDER).map(|(name, _)| name);
    if let Some(name) = names.iter().find(|name| !known().any(|known| known == *name)) {
        return Err(Failure::unknown("contract", name, known().collect::<Vec<_>>()));
    }
    let all = contract::all(library)?;
    Ok(all.into_iter().filter(|one| names.is_empty() || names.contains(&one.name)).collect())
}

fn check(library: &Library, names: &[String], today: Option<Date>, terminal: &Terminal) -> Outcome {
    let checked = contract::check(library, &chosen(library, names)?, today)?;
    terminal.report(&checked.report)?;
    if terminal.format() == Format::Text {
        tell(library, &checked, !names.is_empty(), terminal);
    }
    Ok(ExitCode::from(u8::from(checked.report.has_errors())))
}

/// What was compared, in a line for each contract.
fn tell(library: &Library, checked: &Checked, named: bool, terminal: &Terminal) {
    let verdict = if checked.report.has_errors() { "" } else { ", all declared" };
    for (name, pairs, paths) in &checked.compared {
        let what = if library.project.is_some() { "release" } else { "combination of presets" };
        // The first pair are the environments themselves.
        let what = match pairs - 1 {
            1 => format!("1 {what}"),
            count => {
                format!("{count} {}", what.replacen("release", "releases", 1).replacen("tion", "tions", 1))
            }
        };
        terminal.tell(&format!("{name}: {paths} paths differ in {what} and the environments{verdict}"));
    }
    for name in checked.idle.iter().filter(|_| named || terminal.verbose()) {
        terminal.tell(&format!("{name}: no release of the project is in both environments"));
    }
    if checked.compared.is_empty() && !named {
        terminal.tell("nothing to compare: no release of the project is in two environments with a contract");
    }
    if checked.unheld > 0 {
        let plural = if checked.unheld == 1 { "entry is" } else { "entries are" };
        terminal.tell(&format!("{} {plural} not held to a date: add --today", checked.unheld));
    }
}

fn list(library: &Library, names: &[String], terminal: &Terminal) -> Outcome {
    let contracts = chosen(library, names)?;
    if terminal.format() == Format::Json {
        let rows: Vec<Json> = contracts.iter().map(|contract| as_json(library, contract)).collect();
        terminal.json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = String::new();
    for contract in &contracts {
        if !text.is_empty() {
            text.push('\n');
        }
        let title = contract.title.as_ref().map(|title| format!("  {title}")).unwrap_or_default();
        text.push_str(&format!("{}{title}\n", contract.name));
        for entry in &contract.entries {
            let mut limits: Vec<String> = Vec::new();
            limits.extend(entry.until.map(|until| format!("until {}", until.day)));
            for (word, names) in [("presets", &entry.presets), ("releases", &entry.releases)] {
                if !names.is_empty() {
                    limits.push(format!("{word} {}", names.join(", ")));
                }
            }
            for (environment, bound) in [(&contract.from, &entry.from), (&contract.to, &entry.to)] {
                limits.extend(bound.as_ref().map(|bound| format!("{environment} {}", bound.to_json())));
            }
            let limits = if limits.is_empty() { String::new() } else { format!(" ({})", limits.join("; ")) };
            text.push_str(&format!("  {}{limits}\n      {}\n", entry.pattern, entry.reason));
        }
    }
    terminal.text(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn as_json(library: &Library, contract: &Contract) -> Json {
    let entries = contract.entries.iter().map(|entry| {
        let position = library.sources.position(entry.at);
        json!({
            "path": entry.pattern.to_string(), "reason": entry.reason,
            "until": entry.until.map(|until| until.day.to_string()),
            "presets": entry.presets, "releases": entry.releases,
            "bounds": {
                "from": entry.from.as_ref().map(|bound| bound.to_json()),
                "to": entry.to.as_ref().map(|bound| bound.to_json()),
            },
            "file": library.sources.get(entry.at.source).name,
            "line": position.line, "column": position.column,
        })
    });
    json!({
        "name": contract.name, "title": contract.title, "from": contract.from, "to": contract.to,
        "entries": entries.collect::<Vec<Json>>(),
    })
}

fn draft(library: &Library, from: &str, to: &str, terminal: &Terminal) -> Outcome {
    for name in [from, to] {
        if !library.names(LayerKind::Environment).any(|known| known == name) {
            return Err(Failure::unknown("environment", name, library.names(LayerKind::Environment)));
        }
    }
    if from == to {
        return Err(Failure::refused(
            format!("{from} does not differ from itself"),
            "name two environments with --from and --to",
        ));
    }
    let name = format!("{from}-{to}");
    let existing = library.file(&format!("{}/{name}.yaml", contract::FOLDER));
    let existing = existing.map(|_| contract::read(library, &name)).transpose();
    let existing = existing.map_err(|findings| library.failure(findings))?;
    match contract::draft(library, existing.as_ref(), from, to)? {
        Some(text) => terminal.text(&text)?,
        None => terminal.tell(&format!("{name}: nothing differs that is not declared")),
    }
    Ok(ExitCode::SUCCESS)
}
