//! `sparkctl upgrade`: what this version makes of a project that another one rendered. With `--dry-run` it is
//! told, by [`text`] and [`json`]; without, it is done: [`apply`].

mod apply;
mod json;
mod text;

use super::output::Terminal;
use super::progress::Progress;
use super::select::{Choice, Many, Selection, Workplace};
use super::{Format, Global, Outcome, render};
use crate::failure::Failure;
use crate::fleet::upgrade::{Job, look, requires};
use crate::fleet::{Planned, engine};
use crate::library::project::Project;
use crate::spec::types::Date;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `upgrade`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Change nothing; tell what would change, and by what.
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: exit with 1 if anything would change.
    #[arg(long, requires = "dry_run")]
    exit_code: bool,
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
    /// The directory that bundles lie under. Without it: the project's, or `rendered`.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Which day it is, as 2027-01-31: holds silenced findings to their dates.
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
    /// Overwrite files that were edited by hand.
    #[arg(long, conflicts_with = "dry_run")]
    overwrite_edited: bool,
    /// Treat warnings as errors.
    #[arg(long)]
    deny_warnings: bool,
}

impl Arguments {
    fn selection(&self) -> Selection {
        Selection {
            environment: self.environment.clone(),
            release: self.release.clone(),
            cluster: self.cluster.clone(),
            team: self.team.clone(),
            today: self.today,
            ..Selection::default()
        }
    }

    /// Whether the whole project is meant.
    fn is_everything(&self) -> bool {
        [&self.environment, &self.release, &self.cluster, &self.team].iter().all(|given| given.is_none())
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let workplace = Workplace::open_for_any_version(global)?;
    if workplace.library.project.is_none() {
        return Err(Failure::refused(
            "there is no project here to upgrade",
            "run it inside a project, or name one with --project; of a single release, look with: sparkctl render \
             --check",
        ));
    }
    if arguments.dry_run {
        dry_run(arguments, &workplace, terminal)
    } else {
        apply::run(arguments, workplace, terminal)
    }
}

/// The project, which is there.
fn project(workplace: &Workplace) -> Result<&Project, Failure> {
    let none = || Failure::Refused { what: "there is no project here".to_owned(), help: None };
    workplace.library.project.as_ref().ok_or_else(none)
}

fn dry_run(arguments: &Arguments, workplace: &Workplace, terminal: &mut Terminal) -> Outcome {
    let project = project(workplace)?;
    let edit = requires::edit(&workplace.library, project)?;
    let many = match workplace.choose(&arguments.selection(), None)? {
        Choice::Many(many) => many,
        Choice::One(release) => {
            Many { releases: vec![Planned { release: *release, at: project.tree.span }], all: None }
        }
    };
    let out = workplace.output(arguments.out.as_deref())?;
    let tools = if many.all.is_some() { render::gitops::tools(&[], workplace) } else { Vec::new() };
    let layout = render::Arguments::default();
    let progress = Progress::new(terminal, many.releases.len(), "releases");
    let upgrade = look(&Job {
        library: &workplace.library,
        releases: &many.releases,
        listed: many.all.as_ref(),
        out: &out,
        threads: engine::cores(),
        layout: &|library, compiled| layout.bundle(library, compiled),
        besides: &|members| render::gitops::bundles(&tools, workplace, &out, members),
        progress: &|count| progress.done(terminal, count),
    });
    progress.finish();
    let mut upgrade = upgrade?;
    let (errors, warnings) = upgrade.report.count();
    let mut status = u8::from(errors > 0 || arguments.deny_warnings && warnings > 0);
    if arguments.exit_code && !(upgrade.different.is_empty() && upgrade.own.is_empty()) {
        status = 1;
    }
    let mut status = ExitCode::from(status);
    for (place, failure) in std::mem::take(&mut upgrade.failures) {
        terminal.tell(&place);
        status = terminal.failure(failure);
    }
    match terminal.format() {
        Format::Json => {
            terminal.json(&json::value(&upgrade, edit.as_ref(), requires::required(project), &out))?
        }
        Format::Sarif | Format::Github => terminal.report(&upgrade.report)?,
        Format::Text | Format::Markdown => {
            terminal.report(&upgrade.report)?;
            text::print(&upgrade, &out, terminal)?;
            terminal.tell(&text::summary(&upgrade, edit.as_ref(), &out));
        }
    }
    Ok(status)
}
