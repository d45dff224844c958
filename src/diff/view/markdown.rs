//! A difference as the comment of a pull request: what applying it does in a table, a foldable part for each cause,
//! totals. Names and values may be a stranger's: nothing of them is read as Markdown, HTML, a link or a mention.

use super::rows::{Block, Row, What, blocks};
use super::text::impacts::{holders, is_small, names_it, told};
use super::text::{counts, names};
use super::value::{MOST, clean, short};
use super::{Detail, Shown, amounts, count, name, place};
use crate::diff::causes::{Cause, CauseKind, Leaf, Origin};
use crate::diff::impact::Effect;
use crate::diff::{Comparison, ObjectChange, ObjectStep};

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
            for cause in &comparison.causes.causes {
                page.part(&cause_part(comparison, cause), cause, &mut spare);
            }
            let (fields, objects) = comparison.without_cause();
            if !(fields.is_empty() && objects.is_empty()) {
                let rest = Cause { kind: CauseKind::Program, fields, objects };
                page.part(&rest_part(comparison, &rest), &rest, &mut spare);
            }
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

    /// Adds what is told of a cause, as long as the parts that come anyway keep their room.
    fn part(&mut self, part: &str, cause: &Cause, spare: &mut usize) {
        if part.len() <= *spare && self.put(part) {
            *spare -= part.len();
            return;
        }
        let mut objects: Vec<usize> =
            cause.fields.iter().map(|(change, _)| *change).chain(cause.objects.iter().copied()).collect();
        objects.sort_unstable();
        objects.dedup();
        self.fields += cause.fields.len();
        self.objects += objects.len();
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

fn cause_part(comparison: &Comparison, cause: &Cause) -> String {
    let what = match &cause.kind {
        CauseKind::Leaves(leaves) => match leaves.as_slice() {
            [one] => leaf(one),
            several => {
                let paths = several.iter().map(|leaf| code(&leaf.path.to_string()));
                format!("<b>together:</b> {}", paths.collect::<Vec<_>>().join(", "))
            }
        },
        CauseKind::Identity { what, before, after } => {
            format!("the release's {} {} → {}", escape(what), code(before), code(after))
        }
        CauseKind::Templates(files) => code(&files.join(", ")),
        CauseKind::Program => "sparkctl itself".to_owned(),
    };
    details(comparison, cause, &what)
}

fn rest_part(comparison: &Comparison, rest: &Cause) -> String {
    let what = match comparison.is_between() {
        true => "without a cause that was found",
        false => "what sparkctl would not render, or for another reason than a line of a layer",
    };
    details(comparison, rest, what)
}

fn details(comparison: &Comparison, cause: &Cause, what: &str) -> String {
    let effect = comparison.worst_of(cause).filter(|effect| *effect >= Effect::Scales);
    let effect = effect.map(|effect| format!(" · {}", escape(effect.meaning()))).unwrap_or_default();
    let blocks = blocks(&comparison.difference, &cause.fields, false);
    let mut lines = String::new();
    if let CauseKind::Leaves(leaves) = &cause.kind
        && leaves.len() > 1
    {
        leaves.iter().for_each(|leaf| lines.push_str(&format!("# {}\n", in_line(leaf))));
    }
    let changes = cause.objects.iter().filter_map(|at| comparison.difference.changes.get(*at));
    changes.for_each(|change| lines.push_str(&of_object(change)));
    blocks.iter().for_each(|block| lines.push_str(&of_block(comparison, block)));
    let fields = if cause.fields.is_empty() {
        String::new()
    } else {
        format!(" · {}", count(cause.fields.len(), "field"))
    };
    let fence = fence(&lines);
    format!(
        "<details><summary>{what}{fields}{effect}</summary>\n\n{fence}diff\n{lines}{fence}\n\n</details>\n\n"
    )
}

/// `environments/prod.yaml:14 connect.replicas 1 → 3`.
fn leaf(leaf: &Leaf) -> String {
    let shown = |origin: &Origin| code(&short(&origin.value, MOST / 2));
    let at = leaf.after.as_ref().or(leaf.before.as_ref()).and_then(place::short);
    let at = at.map(|at| format!("{} ", code(&at))).unwrap_or_default();
    let value = match (&leaf.before, &leaf.after) {
        (Some(before), Some(after)) => format!("{} → {}", shown(before), shown(after)),
        (None, Some(after)) => shown(after),
        (Some(before), None) => format!("{} → nothing", shown(before)),
        (None, None) => String::new(),
    };
    format!("{at}<b>{}</b> {value}", code(&leaf.path.to_string()))
}

/// The same in plain text.
fn in_line(leaf: &Leaf) -> String {
    let shown = |origin: &Option<Origin>| {
        origin.as_ref().map_or_else(|| "nothing".to_owned(), |origin| short(&origin.value, MOST / 2))
    };
    let at = leaf.after.as_ref().or(leaf.before.as_ref()).and_then(place::short);
    let (path, before, after) = (&leaf.path, shown(&leaf.before), shown(&leaf.after));
    clean(&format!("{} {path} {before} → {after}", at.unwrap_or_default()))
}

fn of_object(change: &ObjectChange) -> String {
    let sign = match change.step() {
        ObjectStep::Added => '+',
        ObjectStep::Removed => '-',
        _ => ' ',
    };
    format!("{sign} {}\n", name::object(change))
}

fn of_block(comparison: &Comparison, block: &Block) -> String {
    let names = names(comparison, &block.objects);
    let heading = match names.len() {
        1 => name::several(&names, 1),
        several => format!("{several} objects: {}", name::several(&names, 3)),
    };
    format!("  {heading}\n{}", block.rows.iter().map(of_row).collect::<String>())
}

fn of_row(row: &Row) -> String {
    let path = name::joined(&row.path);
    match &row.what {
        What::Added(value) => format!("+   {path}: {value}\n"),
        What::Removed(value) => format!("-   {path}: {value}\n"),
        What::Changed(before, after) | What::Reordered(before, after) => {
            format!("-   {path}: {before}\n+   {path}: {after}\n")
        }
        What::Hidden => format!("    {path}: another credential, not shown\n"),
        What::Lines(lines) => {
            let lines =
                lines.iter().map(|(sign, line)| format!("{sign}     {line}").trim_end().to_owned() + "\n");
            format!("    {path}\n{}", lines.collect::<String>())
        }
    }
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

/// A fence that nothing in the text closes.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// Text as code: GitHub makes neither links nor mentions of it.
pub fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(&clean(text)))
}

/// Text in which nothing is Markdown or HTML: what could be is written as a character reference, which never
/// begins anything.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            _ if !c.is_ascii() || c.is_ascii_alphanumeric() => out.push(c),
            ' ' | ',' | '-' | '/' | '(' | ')' | '=' | ';' | '\'' | '%' | '?' => out.push(c),
            // `www.` would become a link.
            '.' if !out.ends_with("www") && !out.ends_with("WWW") => out.push('.'),
            '\n' => out.push(' '),
            _ => out.push_str(&format!("&#{};", u32::from(c))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_value_is_markdown_html_a_link_or_a_mention() {
        let bad =
            "<img src=x> @team **b** [a](javascript:x) `c` | #12 https://x.example www.x.example _i_ \\| ~s~";
        let escaped = escape(bad);
        let rest = escaped
            .split("&#")
            .skip(1)
            .fold(escaped.split("&#").next().unwrap_or_default().to_owned(), |text, part| {
                text + part.split_once(';').map_or(part, |(_, rest)| rest)
            });
        assert!(
            !rest.contains(['<', '>', '@', '*', '[', ']', '`', '|', '#', '_', '\\', '~', ':', '&']),
            "{escaped}"
        );
        assert!(!escaped.contains("www."), "{escaped}");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence("a"), "```");
        assert_eq!(fence("a ```` b ``"), "`````");
    }
}
