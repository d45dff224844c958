//! `sparkctl migrate`: old names in the files of a project, rewritten where they stand.

use super::output::Terminal;
use super::select::project_root;
use super::staged::Staged;
use super::{Global, Outcome, lines};
use crate::diagnostic::{Finding, Report};
use crate::failure::Failure;
use crate::layer::renames::edit::migrate;
use crate::layer::renames::{BUILT_IN, Document, Renames};
use crate::library::Library;
use crate::library::files::{self, Files};
use crate::library::project::PROJECT_FILE;
use crate::source::{SourceId, Sources};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `migrate`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The files to rewrite: layers, project files, or bare mappings as `--values` takes them. Without any:
    /// sparkctl.yaml and the layers of the project.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Show what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

/// A file that is read, and perhaps written.
struct Candidate {
    path: PathBuf,
    source: SourceId,
    kind: Option<Document>,
}

/// A file with its text afterwards.
struct Changed {
    path: PathBuf,
    source: SourceId,
    after: String,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let mut sources = Sources::default();
    let list = sources.add(BUILT_IN.0, BUILT_IN.1);
    let report =
        |findings, sources: &Sources| Failure::Findings(Box::new(Report::new(findings, sources.clone())));
    let renames = Renames::read(list, BUILT_IN.1).map_err(|findings| report(findings, &sources))?;
    let candidates = if arguments.files.is_empty() {
        of_project(global, &mut sources)?
    } else {
        arguments.files.iter().map(|file| given(file, &mut sources)).collect::<Result<_, _>>()?
    };
    let looked_at = candidates.len();
    let mut findings: Vec<Finding> = Vec::new();
    let mut changed = Vec::new();
    for Candidate { path, source, kind } in candidates {
        match migrate(&renames, source, &sources.get(source).text, kind) {
            Ok(Some(after)) => changed.push(Changed { path, source, after }),
            Ok(None) => {}
            Err(found) => findings.extend(found),
        }
    }
    // All files or none: a project whose layers are half renamed is hard to read.
    if !findings.is_empty() {
        return Err(report(findings, &sources));
    }
    for Changed { source, after, .. } in &changed {
        let before = sources.get(*source);
        terminal.text(&lines::difference(&before.name, &before.text, after))?;
    }
    if !arguments.dry_run {
        let staged = changed.iter().map(|changed| Staged::write(&changed.path, &changed.after));
        // Whatever the system refuses, it usually refuses before the first file is another one.
        for staged in staged.collect::<Result<Vec<_>, _>>()? {
            staged.put()?;
        }
    }
    let files = |count: usize| if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
    terminal.tell(&match (changed.len(), arguments.dry_run) {
        (0, _) => format!("nothing to do: {} use no old name", files(looked_at)),
        (count, true) => format!("{} would change; nothing was written", files(count)),
        (count, false) => format!("{} rewritten; what they say is the same", files(count)),
    });
    Ok(ExitCode::SUCCESS)
}

/// The files of the project that hold parts of the spec. Nothing of them has to be right but their YAML.
fn of_project(global: &Global, sources: &mut Sources) -> Result<Vec<Candidate>, Failure> {
    let Some((root, shown)) = project_root(global)? else {
        return Err(Failure::refused(
            "there is no project here",
            "name its directory with --project, or the files to rewrite",
        ));
    };
    let mut read = Files::new();
    files::add_project(&root, &shown, &mut read, sources)?;
    let name = format!("{shown}{PROJECT_FILE}");
    let text = files::read(&root.join(PROJECT_FILE), &name)?;
    let project = sources.add(name, text);
    let layers = read.iter().filter(|(path, _)| is_layer(path)).filter_map(|(path, pair)| {
        Some(Candidate { path: root.join(path), source: pair.project?, kind: Some(Document::Layer) })
    });
    let first = Candidate { path: root.join(PROJECT_FILE), source: project, kind: Some(Document::Project) };
    Ok(std::iter::once(first).chain(layers).collect())
}

fn is_layer(path: &str) -> bool {
    let layer = Library::is_layer(path) && path.ends_with(".yaml");
    layer || (path.starts_with("templates/") && path.ends_with("/defaults.yaml"))
}

fn given(file: &Path, sources: &mut Sources) -> Result<Candidate, Failure> {
    let shown = file.display().to_string();
    let text = files::read(file, &shown)?;
    Ok(Candidate { path: file.to_owned(), source: sources.add(shown, text), kind: None })
}
