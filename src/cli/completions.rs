//! `sparkctl completions` and `sparkctl man`

use super::output::Terminal;
use super::{Outcome, command};
use crate::failure::Failure;
use clap::Args;
use clap_complete::{Shell, generate};
use std::process::ExitCode;

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Runs the command.
pub fn run(arguments: &Arguments, terminal: &mut Terminal) -> Outcome {
    let mut script = Vec::new();
    generate(arguments.shell, &mut command(), "sparkctl", &mut script);
    terminal.result(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the manual page: the command and all its subcommands.
pub fn man(terminal: &mut Terminal) -> Outcome {
    let mut page = Vec::new();
    let failed = |error| Failure::io("write", "the manual page", error);
    let mut whole = command();
    whole.build();
    clap_mangen::Man::new(whole.clone()).render(&mut page).map_err(failed)?;
    for sub in whole.get_subcommands().filter(|sub| sub.get_name() != "help") {
        clap_mangen::Man::new(sub.clone()).render(&mut page).map_err(failed)?;
    }
    terminal.result(&String::from_utf8_lossy(&page))?;
    Ok(ExitCode::SUCCESS)
}
