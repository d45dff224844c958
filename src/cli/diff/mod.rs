//! `sparkctl diff`

mod base;

pub use base::schema as base_schema;

use super::output::Terminal;
use super::select::Selection;
use super::{Global, Outcome};
use clap::Args;

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What this branch changes of all releases: compare with the project as it was where the branch left this revision.
    #[arg(long, value_name = "REVISION")]
    base: String,
    /// Only these environments: names or patterns, with commas between them.
    #[arg(long = "env", value_name = "ENVIRONMENT")]
    environment: Option<String>,
    /// Only these releases.
    #[arg(long, value_name = "NAME")]
    release: Option<String>,
    /// Only the releases on these clusters.
    #[arg(long, value_name = "CLUSTER")]
    cluster: Option<String>,
    /// Only the releases of these teams.
    #[arg(long, value_name = "TEAM")]
    team: Option<String>,
    /// Exit with 1 if anything differs.
    #[arg(long)]
    exit_code: bool,
    /// Print what the change does, without each field.
    #[arg(long)]
    summary: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let selection = Selection {
        environment: arguments.environment.clone(),
        release: arguments.release.clone(),
        cluster: arguments.cluster.clone(),
        team: arguments.team.clone(),
        ..Selection::default()
    };
    let Arguments { base, exit_code, summary, .. } = arguments;
    base::run(
        &base::Asked { base, selection: &selection, exit_code: *exit_code, summary: *summary },
        global,
        terminal,
    )
}
