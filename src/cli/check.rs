//! `sparkctl check`

use super::output::Terminal;
use super::select::{Selection, Workplace};
use super::{Format, Global, Outcome};
use crate::diagnostic::Report;
use crate::failure::Failure;
use crate::rules::layers::project;
use clap::Args;
use std::process::ExitCode;

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Look at the project's layers as a whole: what no release needs, over every release in each of its environments.
    #[arg(
        long,
        conflicts_with_all = ["environment", "preset", "features", "set", "values", "spark_version", "release", "namespace"],
    )]
    layers: bool,
    /// Treat warnings as errors.
    #[arg(long)]
    deny_warnings: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let workplace = Workplace::open(global)?;
    if arguments.layers {
        return layers(arguments, &workplace, terminal);
    }
    let compiled = workplace.compile(&arguments.selection)?;
    let report = match workplace.library.project {
        Some(_) => project::also(&workplace.library, &compiled),
        None => compiled.report.clone(),
    };
    terminal.report(&report)?;
    if terminal.format() == Format::Text {
        let release = &compiled.release;
        terminal.tell(&format!(
            "{} in {}: {} objects, {}\n{}",
            release.name,
            release.environment,
            compiled.manifests.len(),
            warnings(&report),
            super::render::examples(&compiled),
        ));
    }
    Ok(status(&report, arguments))
}

/// `--layers`
fn layers(arguments: &Arguments, workplace: &Workplace, terminal: &Terminal) -> Outcome {
    let library = &workplace.library;
    if library.project.is_none() {
        return Err(Failure::refused(
            "there are no layers of a project here",
            "run it inside a project, name one with --project, or make one: sparkctl init DIR",
        ));
    }
    let report = project::check(library, arguments.selection.today)?;
    terminal.report(&report)?;
    if terminal.format() == Format::Text {
        let count = project::releases(library).len();
        terminal.tell(&format!("layers of {count} renderings: {}", warnings(&report)));
    }
    Ok(status(&report, arguments))
}

/// `1 warning`
fn warnings(report: &Report) -> String {
    let (_, warnings) = report.count();
    format!("{warnings} {}", if warnings == 1 { "warning" } else { "warnings" })
}

fn status(report: &Report, arguments: &Arguments) -> ExitCode {
    let denied = arguments.deny_warnings && !report.findings.is_empty();
    ExitCode::from(u8::from(denied || report.has_errors()))
}
