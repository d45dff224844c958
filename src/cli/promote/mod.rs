//! `sparkctl promote`: what is decided and what comes of it is told by [`text`] and [`json`], and then done.

mod difference;
mod json;
mod text;

use super::explain::known_path;
use super::output::Terminal;
use super::progress::Progress;
use super::select::{Selection, Workplace};
use super::staged::Staged;
use super::{Format, Global, Outcome};
use crate::compile::{Compiled, compile_all};
use crate::failure::Failure;
use crate::fleet::{Plan as Fleet, Planned, engine};
use crate::layer::path::{Segment, SpecPath};
use crate::promote::change::changes;
use crate::promote::effect::{Job, effect};
use crate::promote::ladder::Ladder;
use crate::promote::plan::{Plan, plan};
use crate::promote::{Change, Effect};
use crate::release::Release;
use crate::spec::types::Date;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `promote`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to promote, by its path in the spec: a value, or a mapping with all that differs below it.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<String>,
    /// The environment that has the value.
    #[arg(long, value_name = "ENVIRONMENT")]
    from: String,
    /// The environment that is to have it.
    #[arg(long, value_name = "ENVIRONMENT")]
    to: String,
    /// The release's name; not needed where the project has one in both environments.
    #[arg(long, value_name = "NAME")]
    release: Option<String>,
    /// The scenario, in the place of a name, or of a release that the project does not list.
    #[arg(long, value_name = "SCENARIO")]
    preset: Option<String>,
    /// A feature on top; may be given several times, in any order.
    #[arg(long = "with", value_name = "FEATURE", value_delimiter = ',')]
    features: Vec<String>,
    /// The cluster that the release is on, in both environments.
    #[arg(long, value_name = "CLUSTER")]
    cluster: Option<String>,
    /// The cluster that it is on in the environment that has the value, where that is another one.
    #[arg(long, value_name = "CLUSTER")]
    from_cluster: Option<String>,
    /// The team whose release it is.
    #[arg(long, value_name = "TEAM")]
    team: Option<String>,
    /// Which day it is, as 2027-01-31: holds silenced findings to their dates.
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
    /// Show what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Arguments {
    fn selection(&self, environment: &str, cluster: Option<&String>) -> Selection {
        Selection {
            environment: Some(environment.to_owned()),
            preset: self.preset.clone(),
            features: self.features.clone(),
            release: self.release.clone(),
            cluster: cluster.cloned(),
            team: self.team.clone(),
            today: self.today,
            ..Selection::default()
        }
    }
}

/// The two ends of a promotion.
struct Ends {
    from: Compiled,
    to: Compiled,
}

/// What is told of a promotion.
struct Told<'a> {
    arguments: &'a Arguments,
    ends: &'a Ends,
    /// The paths that say the same on both sides.
    same: Vec<SpecPath>,
    plan: &'a Plan,
    effect: &'a Effect,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let workplace = Workplace::open(global)?;
    let Some(root) = workplace.root.clone() else {
        return Err(Failure::refused(
            "there is no project here, and built-in layers are never edited",
            "make a project of your own: sparkctl init DIR",
        ));
    };
    if arguments.from == arguments.to {
        return Err(Failure::refused(
            format!("--from and --to both name `{}`", arguments.to),
            "promotion takes a value from one environment to another one",
        ));
    }
    let library = &workplace.library;
    let from_cluster = arguments.from_cluster.as_ref().or(arguments.cluster.as_ref());
    let from = workplace.release(&arguments.selection(&arguments.from, from_cluster))?;
    let to = workplace.release(&arguments.selection(&arguments.to, arguments.cluster.as_ref()))?;
    let ends = Ends { from: compile_all(library, &from)?, to: compile_all(library, &to)? };
    let (wanted, same) = wanted(arguments, &workplace, &ends)?;
    let (fleet, _) = Fleet::with_faults(library, Some(&arguments.from));
    let others: Vec<&Release> = fleet
        .releases
        .iter()
        .map(|Planned { release, .. }| release)
        .chain([&from])
        .filter(|release| release.environment != arguments.to)
        .collect();
    let ladder = Ladder::of(library, &to, &others)?;
    let plan = plan(library, ladder, wanted, &arguments.to).map_err(|findings| library.failure(findings))?;
    let effect = look(&workplace, &root, &to, &plan, terminal)?;
    let told = Told { arguments, ends: &ends, same, plan: &plan, effect: &effect };
    let refused = effect.report.has_errors();
    let written = !(arguments.dry_run || refused || plan.files.is_empty());
    if written {
        write(&root, &plan)?;
    }
    match terminal.format() {
        Format::Json => terminal.json(&json::value(&told, written))?,
        Format::Sarif | Format::Github => terminal.report(&effect.report)?,
        Format::Text | Format::Markdown => {
            text::print(&told, terminal)?;
            terminal.report(&effect.report)?;
            terminal.tell(&text::summary(&told, written));
        }
    }
    Ok(ExitCode::from(u8::from(refused)))
}

/// What has to change for all of the paths, and those for which nothing has to.
fn wanted(
    arguments: &Arguments,
    workplace: &Workplace,
    ends: &Ends,
) -> Result<(Vec<Change>, Vec<SpecPath>), Failure> {
    let library = &workplace.library;
    let (mut wanted, mut same): (Vec<Change>, Vec<SpecPath>) = (Vec::new(), Vec::new());
    for text in &arguments.paths {
        let (path, _) = known_path(text, &ends.from, &library.schemas)?;
        let into_list = path.0.iter().position(|segment| matches!(segment, Segment::Index(_)));
        if let Some(steps) = into_list {
            return Err(Failure::refused(
                format!("`{path}` goes into a list, and lists are replaced whole"),
                format!("promote the list: {}", SpecPath(path.0[..steps].to_vec())),
            ));
        }
        let found = changes(&path, &ends.from.merged.root, &ends.to.merged.root);
        if found.is_empty() {
            same.push(path);
        }
        // One path may lie below another one.
        wanted.extend(found);
    }
    let mut known = std::collections::BTreeSet::new();
    wanted.retain(|change| known.insert(change.path.clone()));
    let refusals: Vec<_> = wanted.iter().filter_map(|change| change.refusal(&arguments.from)).collect();
    match refusals.is_empty() {
        true => Ok((wanted, same)),
        false => Err(library.failure(refusals)),
    }
}

fn look(
    workplace: &Workplace,
    root: &Path,
    target: &Release,
    plan: &Plan,
    terminal: &Terminal,
) -> Result<Effect, Failure> {
    if plan.files.is_empty() {
        return Ok(Effect::default());
    }
    // How many there are is known only when they are looked for; those that are named may be many.
    let count = Fleet::with_faults(&workplace.library, Some(&target.environment)).0.releases.len();
    let progress = Progress::new(terminal, count, "releases");
    let effect = effect(&Job {
        library: &workplace.library,
        root,
        target,
        plan,
        threads: engine::cores(),
        progress: &|count| progress.done(terminal, count),
    });
    progress.finish();
    effect
}

/// All files or none, as far as the system lets it.
fn write(root: &Path, plan: &Plan) -> Result<(), Failure> {
    let files: Vec<(PathBuf, &str)> =
        plan.files.iter().map(|(file, (_, text))| (root.join(file), text.as_str())).collect();
    let staged = files.iter().map(|(path, text)| Staged::write(path, text));
    for staged in staged.collect::<Result<Vec<_>, _>>()? {
        staged.put()?;
    }
    Ok(())
}
