//! `sparkctl diff --base`: what the branch that is checked out, with what is not committed yet, does to all releases of
//! the project.

mod json;
mod markdown;
mod text;
mod words;

pub use json::schema;

use crate::cli::output::Terminal;
use crate::cli::progress::Progress;
use crate::cli::select::{self, Selection, Workplace};
use crate::cli::{Format, Global, Outcome};
use crate::failure::Failure;
use crate::fleet::engine;
use crate::fleet::radius::{Before, Radius, Work, headline};
use crate::git::Snapshot;
use crate::library::Library;
use crate::library::project::Project;
use std::process::ExitCode;

/// What is asked of the comparison.
pub struct Asked<'a> {
    /// The revision that the branch is compared with.
    pub base: &'a str,
    /// Which releases are meant.
    pub selection: &'a Selection,
    /// Whether a difference is a failure.
    pub exit_code: bool,
    /// Whether only what the change does is wanted, and not each field.
    pub summary: bool,
}

/// What was compared, and what came out.
pub struct Compared {
    /// The project as it was.
    pub snapshot: Snapshot,
    /// What differs.
    pub radius: Radius,
    /// What to know besides.
    pub notes: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// If there is no project, Git does not know what it was, or it lists releases that cannot be.
pub fn run(asked: &Asked<'_>, global: &Global, terminal: &mut Terminal) -> Outcome {
    let Some((root, _)) = select::project_root(global)? else {
        return Err(Failure::refused(
            "there is no project here, and --base compares the releases of one",
            "run it inside a project, or name one with --project",
        ));
    };
    if matches!(terminal.format(), Format::Sarif | Format::Github) {
        return Err(Failure::refused(
            "what a branch changes is no list of findings",
            "use --format text, markdown or json; `sparkctl check` prints findings for machines",
        ));
    }
    // Before the project's templates bound the memory of this process, and of those that it starts.
    let snapshot = Snapshot::at_merge_base(&root, asked.base)?;
    let workplace = Workplace::open(global)?;
    let mut notes = snapshot.notes.clone();
    let before = was(&snapshot, &mut notes);
    if let (Before::Project(before), Some(after)) = (&before, &workplace.library.project) {
        notes.extend(before.project.as_ref().and_then(|before| other_settings(before, after)));
    }
    let work = Work::of(&before, &workplace.library, &select::patterns(asked.selection))?;
    let progress = Progress::new(terminal, work.count(), "releases");
    let mut radius = work.look(engine::cores(), &|count| progress.done(terminal, count));
    progress.finish();
    let failures = std::mem::take(&mut radius.failures);
    let compared = Compared { snapshot, radius, notes };
    print(&compared, asked, terminal)?;
    let radius = &compared.radius;
    let mut status =
        ExitCode::from(u8::from(radius.report.has_errors() || asked.exit_code && !radius.is_empty()));
    for (place, failure) in failures {
        terminal.tell(&place);
        status = terminal.failure(failure);
    }
    Ok(status)
}

/// The project as it was.
fn was(snapshot: &Snapshot, notes: &mut Vec<String>) -> Before {
    let (revision, commit) = (&snapshot.revision, snapshot.short());
    if !snapshot.is_project() {
        notes.push(format!("there was no project at `{revision}` ({commit}): all of its releases are new"));
        return Before::Nothing;
    }
    match Library::load_texts(snapshot.texts.clone(), &snapshot.shown()) {
        Ok(library) => Before::Project(Box::new(library)),
        Err(failure) => {
            notes.push(format!(
                "the project at `{revision}` ({commit}) cannot be read, and nothing compared with it: {}",
                headline(&failure)
            ));
            Before::Unreadable
        }
    }
}

/// What of the project file changes other files than bundles, or who renders them.
fn other_settings(before: &Project, after: &Project) -> Option<String> {
    let of = |project: &Project, key: &str| {
        project.tree.below(&["spec", key]).map(crate::layer::tree::Node::to_json)
    };
    let others = ["gitops", "output", "requires"];
    let changed: Vec<String> = others
        .iter()
        .filter(|key| of(before, key) != of(after, key))
        .map(|key| format!("`spec.{key}`"))
        .collect();
    (!changed.is_empty()).then(|| {
        format!("sparkctl.yaml changes {}, which changes no release and is not compared", changed.join(", "))
    })
}

fn print(compared: &Compared, asked: &Asked<'_>, terminal: &Terminal) -> Result<(), Failure> {
    match terminal.format() {
        Format::Json => return terminal.json(&json::value(compared)),
        Format::Markdown => terminal.text(&markdown::page(compared, asked.summary))?,
        _ => terminal.text(&text::page(compared, asked.summary, terminal.verbose()))?,
    }
    terminal.report(&compared.radius.report)
}
