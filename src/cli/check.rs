//! `sparkctl check`

use super::output::Terminal;
use super::select::{Selection, Workplace};
use super::{Format, Global, Outcome};
use clap::Args;
use std::process::ExitCode;

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Treat warnings as errors.
    #[arg(long)]
    deny_warnings: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let workplace = Workplace::open(global)?;
    let compiled = workplace.compile(&arguments.selection)?;
    terminal.report(&compiled.report)?;
    let warnings = compiled.report.findings.len();
    if terminal.format() == Format::Text {
        let release = &compiled.release;
        terminal.tell(&format!(
            "{} in {}: {} objects, {warnings} {}\n{}",
            release.name,
            release.environment,
            compiled.manifests.len(),
            if warnings == 1 { "warning" } else { "warnings" },
            super::render::examples(&compiled),
        ));
    }
    Ok(ExitCode::from(u8::from(arguments.deny_warnings && warnings > 0)))
}
