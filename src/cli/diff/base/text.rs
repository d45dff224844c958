//! What a branch changes, for people at a terminal.

use super::Compared;
use super::words;
use crate::cli::output::counted;
use crate::diff::ObjectStep;
use crate::diff::causes::CauseKind;
use crate::fleet::radius::{Alike, Group, Whole};

/// How many fields of an object are shown, and objects of a group, where not all are wanted.
const MOST: usize = 12;
/// How many places of releases are named.
const PLACES: usize = 3;

/// All of it.
pub fn page(compared: &Compared, summary: bool, all: bool) -> String {
    let radius = &compared.radius;
    let (revision, commit) = words::compared_with(compared);
    let mut text = format!(
        "{}: {}; compared with {revision} ({commit})\n",
        counted(radius.releases, "release"),
        words::happened(radius)
    );
    for note in &compared.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    let effects = words::effects(&radius.groups);
    if !effects.is_empty() {
        text.push('\n');
    }
    for (effect, releases) in effects {
        text.push_str(&format!(
            "{:10} {:14} {}\n",
            effect.label(),
            counted(releases, "release"),
            effect.meaning()
        ));
    }
    let totals = words::totals(&radius.totals);
    if !totals.is_empty() {
        text.push_str("\nwhat these releases ask for:\n");
    }
    for row in totals {
        text.push_str(&format!("  {:18} {} → {} ({})\n", row.label, row.before, row.after, row.delta));
    }
    if !summary {
        radius.groups.iter().for_each(|one| group(one, all, &mut text));
    }
    whole("new", &radius.added, all, &mut text);
    whole("gone", &radius.removed, all, &mut text);
    if !radius.unknown.is_empty() {
        text.push_str(&format!(
            "\ncannot be compared, for what they were at {revision} cannot be rendered:\n"
        ));
        for (why, places) in words::unknown(radius) {
            let places = words::some(&places, if all { places.len() } else { PLACES });
            text.push_str(&format!("  {places}{}{why}\n", if why.is_empty() { "" } else { ": " }));
        }
    }
    text
}

fn group(group: &Group, all: bool, text: &mut String) {
    let places = if all { group.releases.len() } else { PLACES };
    let count = counted(group.releases.len(), "release");
    text.push_str(&format!("\n{count}: {}\n", words::some(&group.releases, places)));
    for cause in &group.causes {
        text.push_str(&because(cause));
    }
    for (effect, what) in &group.effects {
        text.push_str(&format!("  {:10} {what}\n", effect.label()));
    }
    let shown = if all { group.changes.len() } else { MOST };
    for change in group.changes.iter().take(shown) {
        object(change, all, text);
    }
    more(group.changes.len(), shown, "  ", "object", text);
}

fn because(cause: &CauseKind) -> String {
    match cause {
        CauseKind::Leaves(leaves) => leaves
            .iter()
            .map(|leaf| {
                let (before, after) = words::leaf_values(leaf);
                format!("  because {}: {} {before} → {after}\n", words::place(leaf), leaf.path)
            })
            .collect(),
        CauseKind::Identity { what, before, after } => {
            let word = |value: &str| if value.is_empty() { "nothing".to_owned() } else { value.to_owned() };
            format!("  because its {what} changes: {} → {}\n", word(before), word(after))
        }
        CauseKind::Templates(paths) => format!("  because of {}\n", paths.join(", ")),
        CauseKind::Program => "  because sparkctl renders it otherwise\n".to_owned(),
    }
}

fn object(change: &Alike, all: bool, text: &mut String) {
    let Alike { step, object, was, fields, follows } = change;
    text.push_str(&match (step, was) {
        (ObjectStep::Added, _) => format!("  + {object}\n"),
        (ObjectStep::Removed, _) => format!("  - {object}\n"),
        (_, Some(was)) => format!("  ~ {object}, which was {was}\n"),
        _ => format!("  ~ {object}\n"),
    });
    let shown = if all { fields.len() } else { MOST };
    for field in fields.iter().take(shown) {
        let (before, after) = words::values(field);
        text.push_str(&format!("      {}  {before} → {after}\n", field.path));
    }
    more(fields.len(), shown, "      ", "field", text);
    if *follows {
        text.push_str("      its digest of that\n");
    }
}

fn whole(word: &str, releases: &[Whole], all: bool, text: &mut String) {
    if releases.is_empty() {
        return;
    }
    text.push_str(&format!("\n{word}:\n"));
    let shown = if all { releases.len() } else { MOST };
    for Whole { place, objects } in releases.iter().take(shown) {
        let objects = objects.map(|objects| format!(" ({})", counted(objects, "object"))).unwrap_or_default();
        text.push_str(&format!("  {place}{objects}\n"));
    }
    more(releases.len(), shown, "  ", "release", text);
}

fn more(there: usize, shown: usize, indent: &str, what: &str, text: &mut String) {
    if there > shown {
        text.push_str(&format!(
            "{indent}and {}; --verbose shows all\n",
            counted(there - shown, &format!("more {what}"))
        ));
    }
}
