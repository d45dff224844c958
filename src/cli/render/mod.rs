//! `sparkctl render`: of [`one`] release, or of a [`project`].

mod check;
pub mod gitops;
mod layout;
mod one;
mod project;

pub use one::examples;

use super::output::Terminal;
use super::select::{Choice, Selection, Workplace};
use super::{Global, Outcome};
use crate::bundle::Bundle;
use crate::compile::Compiled;
use crate::failure::Failure;
use crate::fleet::Shard;
use crate::gitops::chart::ChartVersion;
use crate::library::Library;
use clap::Args;
use layout::Layout;
use std::path::PathBuf;

/// Arguments of `render`.
#[derive(Debug, Default, Args)]
pub struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// The directory that bundles are written under, as OUT/ENVIRONMENT[/CLUSTER]/RELEASE. Without it: `rendered`.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What to write: manifests, or a Helm chart, which goes to charts/ENVIRONMENT[/CLUSTER]/RELEASE.
    #[arg(long, value_enum, default_value_t, conflicts_with = "stdout")]
    layout: Layout,
    /// The chart's version; without it, 0.1.0 with a digest of the chart's content.
    #[arg(long, value_name = "VERSION")]
    chart_version: Option<ChartVersion>,
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
    /// Of a project, also write the files for those who sync it, to OUT/gitops. Those that sparkctl.yaml has settings for are always written.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "TOOL", conflicts_with_all = ["stdout", "shard"])]
    gitops: Vec<gitops::Tool>,
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

impl Arguments {
    /// As they are for writing bundles below `out`.
    pub fn of(
        selection: Selection,
        out: Option<PathBuf>,
        overwrite_edited: bool,
        deny_warnings: bool,
    ) -> Self {
        Arguments { selection, out, overwrite_edited, deny_warnings, ..Arguments::default() }
    }

    /// A compiled release as what is written of it.
    pub fn bundle(&self, library: &Library, compiled: &Compiled) -> Result<Bundle, Failure> {
        one::bundle(library, compiled, self.layout.files(compiled, self.chart_version.as_ref())?)
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    in_workplace(&Workplace::open(global)?, arguments, terminal)
}

/// Renders what the arguments choose of a workplace.
///
/// # Errors
/// As the command.
pub fn in_workplace(workplace: &Workplace, arguments: &Arguments, terminal: &mut Terminal) -> Outcome {
    let shard = arguments.shard.as_deref().map(shard).transpose()?;
    match workplace.choose(&arguments.selection, shard)? {
        Choice::One(release) => {
            whole_project_only(arguments, "one release is meant")?;
            one::run(&release, workplace, arguments, terminal)
        }
        Choice::Many(many) => project::run(&many, workplace, arguments, terminal),
    }
}

/// Refuses what is about all of a project, where only a part of one is meant.
fn whole_project_only(arguments: &Arguments, what: &str) -> Result<(), Failure> {
    let refused = [
        (arguments.prune, "--prune removes what a project no longer lists"),
        (!arguments.gitops.is_empty(), "--gitops names every release of a project"),
    ];
    match refused.iter().find(|(given, _)| *given) {
        Some((_, option)) => Err(Failure::refused(
            format!("{option}, and {what}"),
            "leave out --preset, --env, --release, --cluster, --team and --shard; outside a project, make one: \
             sparkctl init DIR",
        )),
        None => Ok(()),
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
