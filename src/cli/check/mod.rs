//! `sparkctl check`: of a release of one's own here, of others' manifests in [`manifests`]; what both do
//! with a report, in [`known`].

mod known;
mod manifests;

use super::output::Terminal;
use super::progress::Progress;
use super::select::{Choice, Many, Selection, Workplace};
use super::{Format, Global, Outcome};
use crate::compile::compile_all;
use crate::contract;
use crate::diagnostic::Report;
use crate::failure::Failure;
use crate::fleet::reports::{Reports, compile};
use crate::fleet::{Plan, engine};
use crate::rules::layers::project;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Look at the project's layers as a whole: what no release needs, over every release in each of its environments.
    #[arg(
        long,
        conflicts_with_all = ["environment", "preset", "features", "set", "values", "spark_version", "release", "cluster", "team", "namespace"],
    )]
    layers: bool,
    /// Check manifests that something else rendered: a file, a directory with all below it, or `-` for standard input. Of the options above only --spark-version and --namespace apply: the namespace of objects that name none.
    #[arg(
        long,
        value_name = "PATH",
        conflicts_with_all = ["environment", "preset", "features", "set", "values", "release", "cluster", "team", "layers"]
    )]
    manifests: Option<String>,
    /// Leave out the findings that this file holds: fail on new ones only.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all findings to this file, for --baseline.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "deny_warnings"])]
    write_baseline: Option<PathBuf>,
    /// Treat warnings as errors.
    #[arg(long)]
    deny_warnings: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    if let Some(path) = &arguments.manifests {
        return manifests::run(path, arguments, terminal);
    }
    let workplace = Workplace::open(global)?;
    if arguments.layers {
        return layers(arguments, &workplace, terminal);
    }
    let release = match workplace.choose(&arguments.selection, None)? {
        Choice::One(release) => release,
        Choice::Many(many) => return whole(&many, arguments, &workplace, terminal),
    };
    let compiled = compile_all(&workplace.library, &release)?;
    let report = match workplace.library.project {
        Some(_) => project::also(&workplace.library, &compiled),
        None => compiled.report.clone(),
    };
    let what = |warnings: &str| {
        let release = &compiled.release;
        let objects = compiled.manifests.len();
        format!("{} in {}: {objects} objects, {warnings}", release.name, release.environment)
    };
    let status = finish(report, arguments, terminal, what)?;
    let examples = super::render::examples(&compiled);
    let wanted = terminal.format() == Format::Text && arguments.write_baseline.is_none();
    if wanted && status == ExitCode::SUCCESS && !examples.is_empty() {
        terminal.tell(&examples);
    }
    Ok(status)
}

/// Several releases of a project.
fn whole(many: &Many, arguments: &Arguments, workplace: &Workplace, terminal: &Terminal) -> Outcome {
    let (library, reports) = (&workplace.library, Mutex::default());
    let progress = Progress::new(terminal, many.releases.len(), "releases");
    let done = |count| progress.done(terminal, count);
    let compiled = engine::each(&many.releases, engine::cores(), &done, |index, planned| {
        let compiled = compile(library, index, planned, &reports)?;
        Ok(compiled.map_or(0, |compiled| compiled.manifests.len()))
    });
    let seconds = progress.finish();
    let objects = compiled.into_iter().sum::<Result<usize, Failure>>()?;
    let mut report = Reports::into_report(reports, library);
    // The whole project is what its own contracts are about; those built in are asked for by name.
    if many.all.is_some() {
        let contracts = contract::own(library)?;
        report.extend(contract::check(library, &contracts, arguments.selection.today)?.report.findings);
    }
    let releases = many.releases.len();
    finish(report, arguments, terminal, |warnings| {
        format!("{releases} releases: {objects} objects, {warnings}; {seconds}")
    })
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
    let count = Plan::of(library, None)?.releases.len();
    finish(report, arguments, terminal, |warnings| format!("layers of {count} renderings: {warnings}"))
}

/// Prints what was found and is not known yet, and decides the exit status. `what` says in a line what was
/// checked.
fn finish(
    mut report: Report,
    arguments: &Arguments,
    terminal: &Terminal,
    what: impl Fn(&str) -> String,
) -> Outcome {
    if let Some(file) = &arguments.write_baseline {
        return known::write(&report, file, terminal);
    }
    let difference = match &arguments.baseline {
        Some(file) => Some(known::read(file)?.apply(&mut report)),
        None => None,
    };
    known::print(&report, difference, terminal)?;
    let (errors, warnings) = report.count();
    if terminal.format() == Format::Text && errors == 0 {
        let plural = if warnings == 1 { "" } else { "s" };
        terminal.tell(&what(&format!("{warnings} warning{plural}")));
    }
    if terminal.format() == Format::Text {
        known::tell(difference, arguments.baseline.as_deref(), terminal);
    }
    Ok(ExitCode::from(u8::from(errors > 0 || arguments.deny_warnings && warnings > 0)))
}
