//! `sparkctl init`

use super::Outcome;
use super::output::Terminal;
use crate::failure::Failure;
use crate::library::Library;
use crate::library::project::{PROJECT_FILE, project_schema};
use crate::spec::types::Name;
use clap::Args;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The directory to make the project in; it is made if it is not there.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// What a project begins with, besides its schemas.
const FILES: [(&str, &str); 8] = [
    (PROJECT_FILE, include_str!("../../skeleton/sparkctl.yaml")),
    ("README.md", include_str!("../../skeleton/README.md")),
    (".gitignore", include_str!("../../skeleton/gitignore")),
    (".gitattributes", include_str!("../../skeleton/gitattributes")),
    ("environments/dev.yaml", include_str!("../../skeleton/environments/dev.yaml")),
    ("environments/staging.yaml", include_str!("../../skeleton/environments/staging.yaml")),
    ("environments/prod.yaml", include_str!("../../skeleton/environments/prod.yaml")),
    ("presets/README.md", include_str!("../../skeleton/presets/README.md")),
];

/// Runs the command.
pub fn run(arguments: &Arguments, terminal: &mut Terminal) -> Outcome {
    let root = &arguments.directory;
    let shown = root.display();
    if root.join(PROJECT_FILE).exists() {
        return Err(Failure::refused(
            format!("`{shown}` is a project already"),
            "choose another directory, or change the files there",
        ));
    }
    let name = project_name(root)?;
    let library = Library::load(None, "")?;
    let schema = |json: &serde_json::Value| serde_json::to_string_pretty(json).unwrap_or_default() + "\n";
    let mut files: Vec<(&str, String)> =
        FILES.iter().map(|(path, text)| (*path, text.replace("{name}", name.as_str()))).collect();
    files.push(("schemas/layer.schema.json", schema(library.schemas.layer())));
    files.push(("schemas/project.schema.json", schema(&project_schema(library.schemas.layer()))));
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
