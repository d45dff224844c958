//! `sparkctl render`: of [`one`] release, or of a [`project`].

mod check;
mod one;
mod project;

pub use one::examples;

use super::output::Terminal;
use super::select::{Choice, Selection, Workplace};
use super::{Global, Outcome};
use crate::failure::Failure;
use crate::fleet::Shard;
use clap::Args;
use std::path::PathBuf;

/// Arguments of `render`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// The directory that bundles are written under, as OUT/ENVIRONMENT[/CLUSTER]/RELEASE. Without it: `rendered`.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
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
    /// Of a project, render this share of its releases: 0/4 is the first of four. `/4` takes which one it is from JOB_COMPLETION_INDEX, as a Kubernetes Job sets it.
    #[arg(long, value_name = "I/N", conflicts_with = "stdout")]
    shard: Option<String>,
    /// Of a project, also remove the bundles of releases that it no longer lists.
    #[arg(long, conflicts_with_all = ["check", "stdout"])]
    prune: bool,
    /// How many releases are worked on at once. Without it: one a core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let workplace = Workplace::open(global)?;
    let shard = arguments.shard.as_deref().map(shard).transpose()?;
    match workplace.choose(&arguments.selection, shard)? {
        Choice::One(release) => {
            if arguments.prune {
                return Err(Failure::refused(
                    "--prune removes what a project no longer lists, and one release is meant",
                    "leave out --preset, --env, --release, --cluster and --team",
                ));
            }
            one::run(&release, &workplace, arguments, terminal)
        }
        Choice::Many(many) => project::run(&many, &workplace, arguments, terminal),
    }
}

/// Reads `--shard`.
fn shard(text: &str) -> Result<Shard, Failure> {
    let refuse = |reason: String| Failure::refused(format!("`--shard {text}` names no share"), reason);
    if !text.starts_with('/') {
        return text.parse().map_err(refuse);
    }
    match std::env::var("JOB_COMPLETION_INDEX") {
        Ok(index) => format!("{index}{text}").parse().map_err(refuse),
        Err(_) => Err(refuse(
            "the environment has no JOB_COMPLETION_INDEX: run it in a Job with completionMode: Indexed, or write \
             the share as I/N"
                .to_owned(),
        )),
    }
}
