//! The foldable part of a cause.

use super::escape::{code, escape, fence};
use crate::diff::causes::{Cause, CauseKind, Leaf, Origin};
use crate::diff::impact::Effect;
use crate::diff::view::rows::{Block, Row, What, blocks};
use crate::diff::view::text::names;
use crate::diff::view::value::{MOST, clean, short};
use crate::diff::view::{count, name, place};
use crate::diff::{Comparison, ObjectChange, ObjectStep};
use std::collections::BTreeSet;

/// What stands around the lines, with fences of some length.
const FRAME: usize = 200;

/// A part of the comment, and what had no room in it.
#[derive(Debug, Default)]
pub struct Part {
    /// The part; empty where there was no room for any of it.
    pub text: String,
    /// Fields that were left out.
    pub fields: usize,
    /// The objects that they are in.
    pub objects: BTreeSet<usize>,
}

/// What a cause changes.
pub fn cause(comparison: &Comparison, cause: &Cause, room: usize) -> Part {
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
    details(comparison, cause, &what, room)
}

/// What no cause changes.
pub fn rest(comparison: &Comparison, rest: &Cause, room: usize) -> Part {
    let what = match comparison.is_between() {
        true => "without a cause that was found",
        false => "what sparkctl would not render, or for another reason than a line of a layer",
    };
    details(comparison, rest, what, room)
}

fn details(comparison: &Comparison, cause: &Cause, what: &str, room: usize) -> Part {
    let effect = comparison.worst_of(cause).filter(|effect| *effect >= Effect::Scales);
    let effect = effect.map(|effect| format!(" · {}", escape(effect.meaning()))).unwrap_or_default();
    let fields = match cause.fields.len() {
        0 => String::new(),
        number => format!(" · {}", count(number, "field")),
    };
    let head = format!("<details><summary>{what}{fields}{effect}</summary>");
    let mut part = Part::default();
    let mut lines = Lines { text: String::new(), room: room.saturating_sub(head.len() + FRAME) };
    if let CauseKind::Leaves(leaves) = &cause.kind
        && leaves.len() > 1
    {
        for leaf in leaves {
            lines.put(&format!("# {}\n", in_line(leaf)));
        }
    }
    for at in &cause.objects {
        let Some(change) = comparison.difference.changes.get(*at) else { continue };
        if !lines.put(&of_object(change)) {
            part.objects.insert(*at);
        }
    }
    for block in blocks(&comparison.difference, &cause.fields, false) {
        let mut is_shown = lines.put(&heading(comparison, &block));
        for row in &block.rows {
            // What was left out once is left out to the end: a reader would not see the gap.
            is_shown = is_shown && lines.put(&of_row(row));
            if !is_shown {
                part.fields += row.fields * block.objects.len();
                part.objects.extend(&block.objects);
            }
        }
    }
    if !lines.text.is_empty() {
        let (fence, lines) = (fence(&lines.text), lines.text);
        part.text = format!("{head}\n\n{fence}diff\n{lines}{fence}\n\n</details>\n\n");
    }
    part
}

/// Lines, as long as there is room.
struct Lines {
    text: String,
    room: usize,
}

impl Lines {
    fn put(&mut self, line: &str) -> bool {
        let fits = self.text.len() + line.len() <= self.room;
        self.text.push_str(if fits { line } else { "" });
        self.room = if fits { self.room } else { 0 };
        fits
    }
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

fn heading(comparison: &Comparison, block: &Block) -> String {
    let names = names(comparison, &block.objects);
    match names.len() {
        1 => format!("  {}\n", name::several(&names, 1)),
        several => format!("  {several} objects: {}\n", name::several(&names, 3)),
    }
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
