//! `sparkctl upgrade` without `--dry-run`: renders with this version, and says so in `sparkctl.yaml`. Where
//! rendering fails, the file stays as it is.

use super::Arguments;
use crate::cli::output::Terminal;
use crate::cli::select::Workplace;
use crate::cli::staged::Staged;
use crate::cli::{Format, Outcome, render};
use crate::failure::Failure;
use crate::fleet::upgrade::requires;
use crate::library::project::PROJECT_FILE;
use std::process::ExitCode;

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
            (
                workplace.with_project_file(edit.text.clone())?,
                Some(Staged::write(&root.join(PROJECT_FILE), &edit.text)?),
            )
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
