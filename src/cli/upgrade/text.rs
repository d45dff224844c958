//! What an upgrade would change, for people.

use super::json::word;
use crate::bundle::shown;
use crate::cli::output::{Terminal, clean};
use crate::failure::Failure;
use crate::fleet::upgrade::requires::Edit;
use crate::fleet::upgrade::{Cause, Change, Effect, Own, Step, Upgrade};
use std::path::Path;

/// Prints what is not the upgrade first, then what of sparkctl is another one, then what that changes.
///
/// # Errors
/// If standard output is gone.
pub fn print(upgrade: &Upgrade, out: &Path, terminal: &Terminal) -> Result<(), Failure> {
    let mut text = not_the_upgrade(&upgrade.own, out);
    text.push_str(&built_in(upgrade));
    let mut last = None;
    for change in &upgrade.changes {
        if last != Some(change.cause) {
            text.push_str(heading(change.cause));
            last = Some(change.cause);
        }
        text.push_str(&one(change, out, terminal));
    }
    terminal.result(text.trim_start_matches('\n'))
}

fn not_the_upgrade(own: &Own, out: &Path) -> String {
    if own.is_empty() {
        return String::new();
    }
    let rows = own.inputs.iter().map(|(name, count)| format!("{name} changed   ({})", bundles(*count)));
    let files = own.files.iter().map(|(file, what)| format!("{what}: {}", shown(out.join(file))));
    let missing = own.missing.iter().map(|place| format!("never rendered: {}", shown(out.join(place))));
    let unlisted =
        own.unlisted.iter().map(|place| format!("not in the project any more: {}", shown(out.join(place))));
    let rows: String =
        rows.chain(files).chain(missing).chain(unlisted).map(|row| format!("  {}\n", clean(&row))).collect();
    format!(
        "not all of this is the upgrade: bundles are not up to date with the project's own files\n{rows}\
         render with the sparkctl that the project required, and commit, so that only the upgrade shows\n"
    )
}

fn built_in(upgrade: &Upgrade) -> String {
    if upgrade.inputs.is_empty() {
        return String::new();
    }
    let width = upgrade.inputs.iter().map(|input| input.path.len()).max().unwrap_or(0);
    let rows: String = upgrade
        .inputs
        .iter()
        .map(|input| {
            let what = format!("{}, {}", kind(&input.path), bundles(input.bundles));
            format!("  {:7}  {:width$}  {what}\n", word(input.step), clean(&input.path))
        })
        .collect();
    format!("\nbuilt in, and not what the bundles were rendered from:\n{rows}")
}

/// What a built-in file is.
fn kind(path: &str) -> &'static str {
    match path.split('/').next() {
        _ if path == "presets/base.yaml" || path.ends_with("/defaults.yaml") => "defaults",
        Some("presets") => "preset",
        Some("environments") => "environment",
        Some("versions") => "version of Spark",
        Some("templates") if path.ends_with(".j2") => "template",
        Some("templates") => "component",
        _ => "table",
    }
}

fn heading(cause: Cause) -> &'static str {
    match cause {
        Cause::BuiltIn => "\nwhat that changes:\n",
        Cause::Program => "\nmade from the same, and sparkctl itself renders it differently:\n",
        Cause::Own => "\nin bundles whose own files changed too, so that it may not be the upgrade:\n",
    }
}

/// One change: the file it is shown of, how many others it happens to, its lines.
fn one(change: &Change, out: &Path, terminal: &Terminal) -> String {
    let file = shown(out.join(&change.place).join(&change.path));
    let mut text = format!("\n{:7}  {}\n", word(change.step), clean(&file));
    let others = change.bundles.len().saturating_sub(1);
    let object = change.object.as_deref().map(clean);
    let also = match others {
        0 => None,
        1 => Some("the same in 1 more bundle".to_owned()),
        _ => Some(format!("the same in {others} more bundles")),
    };
    let about: Vec<String> = object.into_iter().chain(also).collect();
    if !about.is_empty() {
        text.push_str(&format!("         {}\n", about.join("; ")));
    }
    for effect in &change.effects {
        text.push_str(&format!("         {}\n", done(effect)));
    }
    if terminal.verbose() {
        let others = change.bundles.iter().filter(|place| **place != change.place);
        others.for_each(|place| text.push_str(&format!("         {}\n", clean(place))));
    }
    // What goes is there to be read.
    if change.step != Step::Gone {
        change.diff.lines().for_each(|line| text.push_str(&line_of(line, terminal.colours())));
    }
    text
}

fn done(effect: &Effect) -> String {
    match effect {
        Effect::Restart => "its pods are replaced".to_owned(),
        Effect::Refused(field) => {
            format!("the API server refuses it: {field} cannot change; delete the object first")
        }
    }
}

fn line_of(line: &str, colours: bool) -> String {
    let colour = match line.chars().next() {
        Some('+') => "\u{1b}[32m",
        Some('-') => "\u{1b}[31m",
        Some('@') => "\u{1b}[36m",
        _ => "",
    };
    match colours && !colour.is_empty() {
        true => format!("  {colour}{}\u{1b}[0m\n", clean(line)),
        false => format!("  {}\n", clean(line)),
    }
}

/// How much would change, and what to do next.
pub fn summary(upgrade: &Upgrade, edit: Option<&Edit>, out: &Path) -> String {
    let own = env!("CARGO_PKG_VERSION");
    let of = |step| -> usize {
        upgrade.changes.iter().filter(|change| change.step == step).map(|change| change.bundles.len()).sum()
    };
    let files: Vec<String> = [Step::New, Step::Changed, Step::Gone]
        .into_iter()
        .filter(|step| of(*step) > 0)
        .map(|step| format!("{} {}", of(step), word(step)))
        .collect();
    let files =
        if files.is_empty() { "locks only".to_owned() } else { format!("files: {}", files.join(", ")) };
    let (different, missing) = (upgrade.different.len(), upgrade.own.missing.len());
    let (errors, _) = upgrade.report.count();
    let mut text = format!("{}: {}", out.display(), bundles(upgrade.bundles));
    if different > 0 {
        text.push_str(&format!("; sparkctl {own} would change {different} ({files})"));
    }
    if missing > 0 {
        text.push_str(&format!("; {missing} never rendered"));
    }
    if upgrade.refused > 0 {
        text.push_str(&format!("; {} cannot be rendered by sparkctl {own}", upgrade.refused));
    } else if different == 0 && missing == 0 {
        text.push_str(&format!("; nothing would change with sparkctl {own}"));
    }
    text.push('\n');
    if errors > 0 {
        text.push_str("correct the errors first: until then nothing is rendered\n");
        return text;
    }
    match edit {
        Some(edit) if edit.is_back => text.push_str(&format!(
            "note: the project requires sparkctl {}, which is newer: this would be a step back\n",
            edit.before
        )),
        Some(edit) => text.push_str(&format!(
            "to do it: sparkctl upgrade   (and requires: \"{}\" becomes \"{}\" in sparkctl.yaml)\n",
            edit.before, edit.after
        )),
        None if different > 0 => text.push_str("to do it: sparkctl upgrade\n"),
        None => {}
    }
    text
}

/// `1 bundle`, `2 bundles`.
fn bundles(count: usize) -> String {
    format!("{count} bundle{}", if count == 1 { "" } else { "s" })
}
