//! A difference for people: what applying it does first, then what differs by what causes it, totals at the end.

mod causes;
mod changes;
pub mod impacts;
mod paint;
mod wrap;

use super::value::clean;
use super::{Detail, Shown, amounts, count, name};
use crate::diff::{Comparison, ObjectStep};
use crate::release::Release;
use paint::Paint;

/// All of it, with colours if wanted.
pub fn render(shown: &Shown, detail: Detail, colours: bool) -> String {
    let paint = Paint { is_on: colours };
    let several = shown.comparisons.len() + shown.before.len() + shown.after.len() > 1;
    let parts = shown.comparisons.iter().map(|comparison| one(comparison, detail, paint));
    let mut text = String::new();
    for part in parts {
        // What differs stands apart; lines that say that nothing does follow each other.
        let is_apart = part.contains("\n\n") || text.ends_with("\n\n");
        text.push_str(if text.is_empty() || !is_apart || text.ends_with("\n\n") { "" } else { "\n" });
        text.push_str(&part);
        text.push_str(if part.contains("\n\n") { "\n" } else { "" });
    }
    text.push_str(&alone(&shown.before, &shown.sides.0));
    text.push_str(&alone(&shown.after, &shown.sides.1));
    if several {
        text.push_str(&format!("{}\n", all(shown)));
    }
    text.trim_end_matches('\n').to_owned() + "\n"
}

/// Releases that one side has.
fn alone(releases: &[Release], side: &str) -> String {
    releases.iter().map(|release| clean(&format!("{}: only in {side}", release.place())) + "\n").collect()
}

/// Several releases in a line.
fn all(shown: &Shown) -> String {
    let differ = shown.comparisons.iter().filter(|comparison| !comparison.is_same()).count();
    let same = shown.comparisons.len() - differ;
    let mut text = format!("{}: {differ} differ, {same} do not", count(shown.comparisons.len(), "release"));
    for (releases, side) in [(&shown.before, &shown.sides.0), (&shown.after, &shown.sides.1)] {
        if !releases.is_empty() {
            text.push_str(&format!("; {} only in {}", releases.len(), clean(side)));
        }
    }
    text
}

/// What is compared, and whether it differs.
pub fn title(comparison: &Comparison) -> String {
    let (before, after) = (&comparison.before.name, &comparison.after.name);
    clean(&format!("{}: {before} → {after}", comparison.name))
}

/// How much differs.
pub fn counts(comparison: &Comparison) -> String {
    let counts = comparison.counts();
    let of = comparison.before.objects.max(comparison.after.objects).max(counts.objects());
    let steps = [
        (counts.changed, "changed"),
        (counts.renamed, "called otherwise"),
        (counts.added, "added"),
        (counts.removed, "removed"),
    ];
    let steps: Vec<String> = steps
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    let mut text = format!("{} of {of} objects differ", counts.objects());
    if counts.changed < counts.objects() {
        text.push_str(&format!(": {}", steps.join(", ")));
    }
    let (by_name, names) = comparison.only_by_name();
    if by_name > 0 {
        text.push_str(&format!(" ({by_name} only in their {})", names.join(" and ")));
    }
    if counts.fields > 0 {
        text.push_str(&format!("; {}", count(counts.fields, "field")));
    }
    if !comparison.causes.causes.is_empty() {
        text.push_str(&format!(", {}", count(comparison.causes.causes.len(), "cause")));
    }
    text
}

fn one(comparison: &Comparison, detail: Detail, paint: Paint) -> String {
    if comparison.is_same() {
        let (before, after) = (&comparison.before.name, &comparison.after.name);
        let objects = count(comparison.after.objects, "object");
        let name = &comparison.name;
        return clean(&format!("{name}: {before} and {after} do not differ ({objects})")) + "\n";
    }
    let mut text = format!("{}\n{}\n", paint.bold(&title(comparison)), counts(comparison));
    text.push_str(&impacts::render(comparison, detail, paint));
    if !detail.summary {
        text.push_str(&causes::render(comparison, detail, paint));
    }
    text.push_str(&totals(comparison, paint));
    text
}

/// The names of changes.
pub fn names(comparison: &Comparison, changes: &[usize]) -> Vec<String> {
    changes.iter().filter_map(|at| comparison.difference.changes.get(*at)).map(name::object).collect()
}

fn totals(comparison: &Comparison, paint: Paint) -> String {
    let rows = amounts::rows(&comparison.before.totals, &comparison.after.totals);
    if rows.is_empty() {
        return String::new();
    }
    if rows.iter().all(|row| row.before == row.after) {
        return format!("\n{}: the same on both sides\n", paint.bold("Totals"));
    }
    let width = |of: &dyn Fn(&amounts::Row) -> &str| {
        rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0)
    };
    let (label, before, after) =
        (width(&|row| row.label), width(&|row| &row.before), width(&|row| &row.after));
    let mut text = format!("\n{}\n", paint.bold("Totals"));
    for row in &rows {
        let amounts::Row { label: name, before: old, after: new, delta } = row;
        let is_same = old == new;
        let line = match is_same {
            true => format!("  {name:label$}  {old:>before$}"),
            false => format!("  {name:label$}  {old:>before$} → {new:>after$}  {delta}"),
        };
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// `+` for what comes, `-` for what goes.
fn sign(step: ObjectStep) -> &'static str {
    match step {
        ObjectStep::Added => "+",
        ObjectStep::Removed => "-",
        ObjectStep::Changed => "~",
        ObjectStep::Renamed => "→",
    }
}
