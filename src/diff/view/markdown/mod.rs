//! A difference as the comment of a pull request: what applying it does in a table, a foldable part for each cause,
//! totals. Names and values may be a stranger's: nothing of them is read as Markdown, HTML, a link or a mention.

mod details;
mod escape;

use super::text::impacts::{holders, is_small, names_it, told};
use super::text::{counts, names};
use super::value::clean;
use super::{Detail, Shown, amounts, count, name};
use crate::diff::Comparison;
use crate::diff::causes::{Cause, CauseKind};
use crate::diff::impact::Effect;
pub use escape::code;
use escape::escape;
use std::collections::BTreeSet;

/// What GitHub takes as a comment (65,536 characters), counted in bytes, with room for the end.
const LIMIT: usize = 65_000;
/// Room for the sentence that says what was left out.
const RESERVE: usize = 700;
/// Most rows of the table of impacts.
const IMPACTS: usize = 40;

/// All of it, or as much as a comment takes, and how much was left out.
pub fn render(shown: &Shown, detail: Detail) -> String {
    let mut page = Page { text: String::new(), left: LIMIT - RESERVE, fields: 0, objects: 0 };
    // What a reviewer asks first is there of every release before anything is told at length.
    let heads: Vec<String> = shown.comparisons.iter().map(|comparison| head(comparison, shown)).collect();
    let tails: Vec<String> = shown.comparisons.iter().map(totals).collect();
    let alone = alone(shown);
    let known: usize = heads.iter().chain(&tails).map(String::len).sum::<usize>() + alone.len();
    let is_too_much = known > page.left;
    let mut spare = page.left.saturating_sub(known);
    let mut unshown = 0;
    for ((comparison, head), tail) in shown.comparisons.iter().zip(&heads).zip(&tails) {
        if !page.put(head) {
            unshown += 1;
            continue;
        }
        if !detail.summary && !is_too_much {
            let (fields, objects) = comparison.without_cause();
            let rest = Cause { kind: CauseKind::Program, fields, objects };
            let mut left: BTreeSet<usize> = BTreeSet::new();
            let causes = comparison.causes.causes.iter();
            for cause in causes.chain([&rest]) {
                if cause.fields.is_empty() && cause.objects.is_empty() {
                    continue;
                }
                let part = match std::ptr::eq(cause, &rest) {
                    true => details::rest(comparison, cause, spare),
                    false => details::cause(comparison, cause, spare),
                };
                spare = spare.saturating_sub(part.text.len());
                page.put(&part.text);
                page.fields += part.fields;
                left.extend(part.objects);
            }
            page.objects += left.len();
        }
        page.put(tail);
    }
    page.put(&alone);
    page.end(shown, unshown)
}

struct Page {
    text: String,
    left: usize,
    fields: usize,
    objects: usize,
}

impl Page {
    /// Adds a part, if there is room.
    fn put(&mut self, part: &str) -> bool {
        let fits = part.len() <= self.left;
        if fits {
            self.text.push_str(part);
            self.left -= part.len();
        }
        fits
    }

    fn end(mut self, shown: &Shown, unshown: usize) -> String {
        let command = code(&super::value::cut(&shown.command, 200));
        if unshown > 0 {
            self.text.push_str(&format!("\n… and {} more; run {command}\n", count(unshown, "release")));
        } else if self.fields + self.objects > 0 {
            let (fields, objects) = (count(self.fields, "more field"), count(self.objects, "object"));
            self.text.push_str(&format!("\n… and {fields} in {objects}; run {command}\n"));
        }
        self.text
    }
}

fn head(comparison: &Comparison, shown: &Shown) -> String {
    let (before, after) = (&comparison.before.name, &comparison.after.name);
    if comparison.is_same() {
        let name = code(&comparison.name);
        return format!("{name}: {} and {} do not differ\n\n", code(before), code(after));
    }
    let level = if shown.comparisons.len() > 1 { "####" } else { "###" };
    let mut text = format!("{level} {}: {} → {}\n\n", code(&comparison.name), code(before), code(after));
    text.push_str(&format!("{}\n\n", counts(comparison)));
    text.push_str(&impacts(comparison));
    text
}

fn impacts(comparison: &Comparison) -> String {
    let told = told(comparison);
    if told.is_empty() {
        return String::new();
    }
    let mut text = "| What applying it does | |\n|---|---|\n".to_owned();
    let mut rows = 0;
    for (effect, sentences) in told {
        if is_small(effect) {
            let objects = count(holders(&sentences).len(), "object");
            text.push_str(&format!("| {} | {objects} |\n", escape(effect.meaning())));
            continue;
        }
        for (sentence, objects) in sentences {
            rows += 1;
            if rows <= IMPACTS {
                let meaning = escape(effect.meaning());
                let meaning = if effect >= Effect::Restarts { format!("**{meaning}**") } else { meaning };
                let names = names(comparison, &objects);
                let about = match names_it(sentence, &names) {
                    true => String::new(),
                    false => {
                        let names: Vec<String> = names.iter().map(|name| code(name)).collect();
                        format!("{}: ", name::several(&names, 3))
                    }
                };
                text.push_str(&format!("| {meaning} | {about}{} |\n", escape(&clean(sentence))));
            }
        }
    }
    if rows > IMPACTS {
        text.push_str(&format!("| … | {} more |\n", rows - IMPACTS));
    }
    text + "\n"
}

fn totals(comparison: &Comparison) -> String {
    let rows = amounts::rows(&comparison.before.totals, &comparison.after.totals);
    if comparison.is_same() || rows.is_empty() {
        return String::new();
    }
    if rows.iter().all(|row| row.before == row.after) {
        return "Totals are the same on both sides.\n\n".to_owned();
    }
    let (before, after) = (code(&comparison.before.name), code(&comparison.after.name));
    let mut text = format!("| Totals | {before} | {after} | |\n|---|--:|--:|--:|\n");
    for amounts::Row { label, before, after, delta } in rows {
        text.push_str(&format!("| {} | {before} | {after} | {delta} |\n", label.trim_start()));
    }
    text + "\n"
}

/// Releases that one side has.
fn alone(shown: &Shown) -> String {
    let mut text = String::new();
    for (releases, side) in [(&shown.before, &shown.sides.0), (&shown.after, &shown.sides.1)] {
        if !releases.is_empty() {
            let names: Vec<String> = releases.iter().map(|release| code(&release.place())).collect();
            text.push_str(&format!("Only in {}: {}\n\n", code(side), name::several(&names, 20)));
        }
    }
    text
}
