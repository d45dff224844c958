//! What a branch changes, as a comment on its pull request: what it does first, each field folded away.
//!
//! A pull request may be a stranger's: whatever comes out of a project stands in code, where neither HTML nor mentions
//! mean anything.

use super::Compared;
use super::words;
use crate::cli::output::counted;
use crate::diff::ObjectStep;
use crate::diff::causes::CauseKind;
use crate::diff::view::markdown::code;
use crate::fleet::radius::{Alike, Group, Whole};

/// How long a page may get: a comment on GitHub holds 65,536 characters, and a mark may be put before it.
const LONGEST: usize = 60_000;
/// How many places of releases are named.
const PLACES: usize = 3;
/// How many rows a table has.
const ROWS: usize = 50;

/// All of it, as far as a comment holds it.
pub fn page(compared: &Compared, summary: bool) -> String {
    let radius = &compared.radius;
    let (revision, commit) = words::compared_with(compared);
    let mut text = format!(
        "{}: **{}**. Compared with {} ({}).\n",
        counted(radius.releases, "release"),
        words::happened(radius),
        code(&revision),
        code(&commit)
    );
    for note in &compared.notes {
        text.push_str(&format!("\n> {}\n", code(note)));
    }
    let effects = words::effects(&radius.groups);
    if !effects.is_empty() {
        text.push_str("\n| what it does | releases | |\n|---|--:|---|\n");
    }
    for (effect, releases) in effects {
        text.push_str(&format!("| **{}** | {releases} | {} |\n", effect.label(), effect.meaning()));
    }
    let totals = words::totals(&radius.totals);
    if !totals.is_empty() {
        text.push_str("\n| what these releases ask for | before | after |\n|---|--:|--:|\n");
    }
    for row in totals {
        text.push_str(&format!(
            "| {} | {} | {} ({}) |\n",
            row.label.trim(),
            row.before,
            row.after,
            row.delta
        ));
    }
    whole("New", &radius.added, &mut text);
    whole("Gone", &radius.removed, &mut text);
    if !radius.unknown.is_empty() {
        text.push_str("\nThese cannot be compared, for what they were cannot be rendered:\n\n");
        for (why, releases) in words::unknown(radius).into_iter().take(ROWS) {
            text.push_str(&format!("- {} {}\n", places(&releases), code(why)));
        }
    }
    if radius.report.has_errors() {
        text.push_str("\nWhat cannot be rendered any more:\n\n");
        for finding in radius.report.findings.iter().take(ROWS) {
            let place = finding.primary.as_ref().map(|label| radius.report.sources.locate(label.span));
            let place = place.map(|place| format!("{}: ", code(&place))).unwrap_or_default();
            text.push_str(&format!("- {place}{}\n", code(&finding.headline())));
        }
    }
    if !summary {
        let mut left = radius.groups.len();
        for one in &radius.groups {
            let told = group(one);
            if text.len() + told.len() > LONGEST {
                let rest = counted(left, "more change");
                text.push_str(&format!(
                    "\n{rest} of this kind: {}\n",
                    code(&format!("sparkctl diff --base {revision}"))
                ));
                break;
            }
            text.push_str(&told);
            left -= 1;
        }
    }
    text
}

fn group(group: &Group) -> String {
    let worst =
        group.effects.first().map(|(effect, _)| format!(": {}", effect.meaning())).unwrap_or_default();
    let mut text = format!("\n### {}{worst}\n\n", counted(group.releases.len(), "release"));
    text.push_str(&format!("{}\n\n", places(&group.releases)));
    for cause in &group.causes {
        text.push_str(&because(cause));
    }
    for (effect, what) in &group.effects {
        text.push_str(&format!("- **{}** {}\n", effect.label(), code(what)));
    }
    let rows: Vec<String> = group.changes.iter().flat_map(rows).collect();
    text.push_str(&format!(
        "\n<details><summary>{} in {}</summary>\n\n| object | field | before | after |\n|---|---|---|---|\n",
        counted(rows.len(), "change"),
        counted(group.changes.len(), "object")
    ));
    rows.iter().take(ROWS).for_each(|row| text.push_str(row));
    text.push_str("\n</details>\n");
    if rows.len() > ROWS {
        text.push_str(&format!("\nand {}\n", counted(rows.len() - ROWS, "more change")));
    }
    text
}

fn places(releases: &[String]) -> String {
    let named: Vec<String> = releases.iter().map(|place| code(place)).collect();
    words::some(&named, PLACES)
}

fn because(cause: &CauseKind) -> String {
    match cause {
        CauseKind::Leaves(leaves) => leaves
            .iter()
            .map(|leaf| {
                let (before, after) = words::leaf_values(leaf);
                let (place, path) = (code(&words::place(leaf)), code(&leaf.path.to_string()));
                format!("- because {place}: {path} {} → {}\n", code(&before), code(&after))
            })
            .collect(),
        CauseKind::Identity { what, before, after } => {
            format!("- because its {what} changes: {} → {}\n", code(before), code(after))
        }
        CauseKind::Templates(paths) => {
            let paths: Vec<String> = paths.iter().map(|path| code(path)).collect();
            format!("- because of {}\n", paths.join(", "))
        }
        CauseKind::Program => "- because sparkctl renders it otherwise\n".to_owned(),
    }
}

fn rows(change: &Alike) -> Vec<String> {
    let Alike { step, object, was, fields, follows } = change;
    let name = code(object);
    let mut rows: Vec<String> = match (step, was) {
        (ObjectStep::Added, _) => vec![format!("| {name} | | | new |\n")],
        (ObjectStep::Removed, _) => vec![format!("| {name} | | | gone |\n")],
        (_, Some(was)) => vec![format!("| {name} | its name | {} | {name} |\n", code(was))],
        _ => Vec::new(),
    };
    rows.extend(fields.iter().map(|field| {
        let (before, after) = words::values(field);
        format!("| {name} | {} | {} | {} |\n", code(&field.path.to_string()), code(&before), code(&after))
    }));
    if *follows {
        rows.push(format!("| {name} | its digest of that | | |\n"));
    }
    rows
}

fn whole(word: &str, releases: &[Whole], text: &mut String) {
    if !releases.is_empty() {
        let places: Vec<String> = releases.iter().map(|whole| whole.place.clone()).collect();
        text.push_str(&format!("\n{word}: {}\n", places_or_all(&places)));
    }
}

fn places_or_all(places: &[String]) -> String {
    let named: Vec<String> = places.iter().take(ROWS).map(|place| code(place)).collect();
    match places.len().saturating_sub(ROWS) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
