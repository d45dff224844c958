//! `sparkctl init`

mod files;

use super::Outcome;
use super::output::Terminal;
use crate::contract::contract_schema;
use crate::failure::Failure;
use crate::library::Library;
use crate::library::project::{PROJECT_FILE, project_schema};
use crate::spec::types::Name;
use clap::Args;
use files::Ci;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The directory to make the project in; it is made if it is not there. With --ci, a project that is
    /// there already gets the files of CI that it lacks.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Whose CI to write files for; may be given several times. Without it: all.
    #[arg(long, value_enum, value_name = "WHERE", value_delimiter = ',')]
    ci: Vec<Ci>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, terminal: &mut Terminal) -> Outcome {
    let root = &arguments.directory;
    let shown = root.display();
    let asked = arguments.ci.iter().any(|ci| *ci != Ci::None);
    if asked && arguments.ci.contains(&Ci::None) {
        return Err(Failure::refused("`--ci none` goes with no other", "leave one of the two out"));
    }
    if root.join(PROJECT_FILE).exists() {
        if asked {
            return add(root, &files::ci(&arguments.ci), terminal);
        }
        return Err(Failure::refused(
            format!("`{shown}` is a project already"),
            "choose another directory, or change the files there; `--ci github` and `--ci gitlab` add files of CI that it lacks",
        ));
    }
    let name = project_name(root)?;
    let library = Library::load(None, "")?;
    let schema = |json: &serde_json::Value| serde_json::to_string_pretty(json).unwrap_or_default() + "\n";
    let wanted = if arguments.ci.is_empty() {
        &[Ci::Github, Ci::Gitlab, Ci::Kubernetes]
    } else {
        arguments.ci.as_slice()
    };
    let mut files: Vec<(&str, String)> =
        files::PROJECT.iter().map(|(path, text)| (*path, text.replace("{name}", name.as_str()))).collect();
    files.push(("schemas/layer.schema.json", schema(library.schemas.layer())));
    files.push(("schemas/project.schema.json", schema(&project_schema(library.schemas.layer()))));
    files.push(("schemas/contract.schema.json", schema(&contract_schema())));
    files.extend(files::ci(wanted).into_iter().map(|(path, text)| (path, text.to_owned())));
    if let Some((path, _)) = files.iter().find(|(path, _)| root.join(path).exists()) {
        return Err(Failure::refused(
            format!("`{}` exists already", root.join(path).display()),
            "choose a directory without it; init overwrites nothing",
        ));
    }
    for (path, text) in &files {
        write(&root.join(path), text)?;
    }
    terminal.tell(&format!(
        "made the project {name} in {shown}: {} files\n\nnext:\n  cd {shown}\n  sparkctl render --env dev --release connect",
        files.len()
    ));
    if !arguments.ci.contains(&Ci::None) {
        terminal.tell("for CI: say in ci/sparkctl.env where it gets sparkctl");
    }
    Ok(ExitCode::SUCCESS)
}

/// Adds to a project the files of CI that it lacks; those it has stay as they are.
fn add(root: &Path, files: &[files::File], terminal: &mut Terminal) -> Outcome {
    let (there, missing): (Vec<_>, Vec<_>) =
        files.iter().partition(|(path, _)| fs::symlink_metadata(root.join(path)).is_ok());
    for (path, text) in &missing {
        write(&root.join(path), text)?;
        terminal.tell(&format!("added {path}"));
    }
    for (path, _) in &there {
        terminal.tell(&format!("left {path} as it is"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The project's name: that of its directory.
fn project_name(root: &Path) -> Result<Name, Failure> {
    let absolute =
        std::path::absolute(root).map_err(|error| Failure::io("read", root.display().to_string(), error))?;
    let last = absolute.components().next_back().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let text = last.unwrap_or_default();
    text.parse().map_err(|error: crate::spec::types::ValueError| Failure::Refused {
        what: format!("`{text}` cannot be a project's name"),
        help: Some(error.to_string()),
    })
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error| Failure::io("write", path.display().to_string(), error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(Failure::refused(
                format!("`{}` exists already", path.display()),
                "init overwrites nothing",
            ));
        }
        other => other.map_err(failed)?,
    };
    file.write_all(text.as_bytes()).map_err(failed)
}
