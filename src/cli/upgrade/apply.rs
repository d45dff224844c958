//! `sparkctl upgrade` without `--dry-run`: renders with this version, and says so in `sparkctl.yaml`. Where
//! rendering fails, the file stays as it is.

use super::Arguments;
use crate::cli::output::Terminal;
use crate::cli::select::Workplace;
use crate::cli::{Format, Outcome, render};
use crate::failure::Failure;
use crate::fleet::upgrade::requires::{self, Edit};
use crate::library::project::PROJECT_FILE;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What the file is called until it is whole.
const STAGED: &str = ".sparkctl.yaml.new";

/// Runs it.
pub fn run(arguments: &Arguments, workplace: Workplace, terminal: &mut Terminal) -> Outcome {
    let edit = requires::edit(&workplace.library, super::project(&workplace)?)?;
    if let Some(edit) = edit.as_ref().filter(|edit| edit.is_back) {
        return Err(Failure::refused(
            format!(
                "the project requires sparkctl {}, which is newer than this one, {}",
                edit.before,
                env!("CARGO_PKG_VERSION")
            ),
            "run that version; to go back to this one all the same, change `requires` in sparkctl.yaml and render",
        ));
    }
    // What is rendered is made from the file as it will be: its digest stands in locks.
    let (workplace, staged) = match &edit {
        Some(edit) => {
            let root = workplace.root.clone().unwrap_or_default();
            (workplace.with_project_file(edit.text.clone())?, Some(Staged::write(&root, edit)?))
        }
        None => (workplace, None),
    };
    let (out, selection) = (arguments.out.clone(), arguments.selection());
    let render = render::Arguments::of(selection, out, arguments.overwrite_edited, arguments.deny_warnings);
    let status = render::in_workplace(&workplace, &render, terminal)?;
    if status != ExitCode::SUCCESS {
        return Ok(status);
    }
    if let (Some(staged), Some(edit)) = (staged, &edit) {
        staged.put()?;
        if terminal.format() == Format::Text {
            terminal.tell(&format!("sparkctl.yaml: requires \"{}\", was \"{}\"", edit.after, edit.before));
        }
    }
    if !arguments.is_everything() && terminal.format() == Format::Text {
        terminal
            .tell("a part of the project was rendered; what is left is named by: sparkctl upgrade --dry-run");
    }
    Ok(status)
}

/// The new text of `sparkctl.yaml`, next to the old one. Dropping it removes it.
struct Staged {
    path: PathBuf,
    target: PathBuf,
}

impl Staged {
    fn write(root: &Path, edit: &Edit) -> Result<Staged, Failure> {
        let staged = Staged { path: root.join(STAGED), target: root.join(PROJECT_FILE) };
        let failed = |error| Failure::io("write", staged.path.display().to_string(), error);
        // Left by a run that was killed, or somebody's link: what it leads to is never written to.
        let _ = fs::remove_file(&staged.path);
        let mut file = OpenOptions::new().write(true).create_new(true).open(&staged.path).map_err(failed)?;
        file.write_all(edit.text.as_bytes()).map_err(failed)?;
        let old = fs::metadata(&staged.target).map_err(failed)?;
        file.set_permissions(old.permissions()).map_err(failed)?;
        Ok(staged)
    }

    /// Puts it in the place of the old one, in one step.
    fn put(self) -> Result<(), Failure> {
        fs::rename(&self.path, &self.target)
            .map_err(|error| Failure::io("replace", self.target.display().to_string(), error))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After `put` there is nothing left of it.
        let _ = fs::remove_file(&self.path);
    }
}
