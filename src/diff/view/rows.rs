//! Which changes stand together: fields that change alike in several objects stand once, lines of a text that
//! follow each other in one hunk.

use super::name;
use super::value::{self, Line};
use crate::diff::{Difference, FieldChange, FieldStep, ObjectChange, Step};
use crate::spec::redact::HIDDEN;
use indexmap::IndexMap;
use serde_json::Value as Json;

/// What all remarks of a file of properties or of XML are called together.
const REMARKS: &str = "comments";

/// Objects, with the rows that are the same in all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The changes of the difference that they are.
    pub objects: Vec<usize>,
    /// What changes in each of them.
    pub rows: Vec<Row>,
}

/// One thing that changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Row {
    /// What it is called, step by step.
    pub path: Vec<String>,
    /// What becomes of it.
    pub what: What,
    /// How many fields it stands for.
    pub fields: usize,
}

/// What becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum What {
    /// It has this value only on the second side.
    Added(String),
    /// It had this value only on the first side.
    Removed(String),
    /// One value becomes another one.
    Changed(String, String),
    /// It is in another order.
    Reordered(String, String),
    /// Lines of a text, or values too long for a line.
    Lines(Vec<Line>),
    /// Another credential, which is shown to nobody.
    Hidden,
}

/// The rows of these fields (index of the change, that of the field in it), put together; with mappings and lists
/// that one side has written out, if they are wanted whole.
pub fn blocks(difference: &Difference, fields: &[(usize, usize)], is_whole: bool) -> Vec<Block> {
    let mut objects: IndexMap<usize, Vec<usize>> = IndexMap::new();
    for (change, field) in fields {
        objects.entry(*change).or_default().push(*field);
    }
    let mut rows: IndexMap<Row, Vec<usize>> = IndexMap::new();
    for (at, mut fields) in objects {
        let Some(change) = difference.changes.get(at) else { continue };
        fields.sort_unstable();
        for row in of_object(change, &fields, is_whole) {
            let holders = rows.entry(row).or_default();
            if !holders.contains(&at) {
                holders.push(at);
            }
        }
    }
    let mut blocks: IndexMap<Vec<usize>, Vec<Row>> = IndexMap::new();
    for (row, objects) in rows {
        blocks.entry(objects).or_default().push(row);
    }
    let mut blocks: Vec<Block> = blocks.into_iter().map(|(objects, rows)| Block { objects, rows }).collect();
    // What holds for many says most.
    blocks.sort_by_key(|block| std::cmp::Reverse(block.objects.len().min(2)));
    blocks
}

/// The rows of an object.
fn of_object(change: &ObjectChange, fields: &[usize], is_whole: bool) -> Vec<Row> {
    let kind = change.id().map_or("", |id| id.kind.as_str());
    let mut rows: Vec<Row> = Vec::new();
    let mut text: Option<(Vec<Step>, usize)> = None;
    for field in fields.iter().filter_map(|at| change.fields.get(*at)) {
        let line = line_of(field);
        match (&line, &text) {
            (Some((holder, number)), Some((open, last))) if holder == open && *number <= last + 1 => {
                if let Some(Row { what: What::Lines(lines), fields, .. }) = rows.last_mut() {
                    lines.extend(of_line(field, kind));
                    *fields += 1;
                }
            }
            (Some((holder, number)), _) => {
                let mut path = name::path(kind, field, holder);
                path.push(format!(", line {number}"));
                rows.push(Row { path, what: What::Lines(of_line(field, kind)), fields: 1 });
            }
            (None, _) => {
                let path = name::path(kind, field, &field.path.0);
                rows.push(Row { path, what: what(kind, field, is_whole), fields: 1 });
            }
        }
        text = line;
    }
    rows = merged(rows);
    for row in &mut rows {
        if let What::Lines(lines) = &mut row.what {
            // All that goes before all that comes, as `diff` shows a block of lines.
            lines.sort_by_key(|(sign, _)| usize::from(*sign == '+') * usize::from(is_block(row.fields)));
            *lines = value::limited(std::mem::take(lines));
        }
    }
    rows
}

/// Most fields that stand in one row: each has to be read.
const MERGED: usize = 4;
/// Rows above that are looked at: what is called alike stands together.
const NEAR: usize = 16;

/// Rows that say the same of fields which are called alike stand once.
fn merged(rows: Vec<Row>) -> Vec<Row> {
    let mut found: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        let alike = |known: &mut Row| {
            let path = name::merged(&known.path, &row.path)
                .filter(|_| known.what == row.what && known.fields < MERGED)?;
            (known.path, known.fields) = (path, known.fields + row.fields);
            Some(())
        };
        let is_merged = match row.what {
            What::Changed(..) | What::Added(_) | What::Removed(_) => {
                found.iter_mut().rev().take(NEAR).find_map(alike).is_some()
            }
            _ => false,
        };
        if !is_merged {
            found.push(row);
        }
    }
    found
}

/// Whether lines stand for several fields: then each is a line of its own.
fn is_block(fields: usize) -> bool {
    fields > 1
}

/// The text that a field is a line of, and the line's number.
fn line_of(field: &FieldChange) -> Option<(Vec<Step>, usize)> {
    match field.path.0.split_last()? {
        (Step::Entry(entry), holder) => Some((holder.to_vec(), entry.parse().ok()?)),
        _ => None,
    }
}

fn of_line(field: &FieldChange, kind: &str) -> Vec<Line> {
    let (before, after) = field.hidden(kind);
    let text = |value: Option<Json>| value.map(|value| value::line(value.as_str().unwrap_or_default()));
    text(before).map(|text| ('-', text)).into_iter().chain(text(after).map(|text| ('+', text))).collect()
}

fn what(kind: &str, field: &FieldChange, is_whole: bool) -> What {
    let is_hidden = |value: &Json| value.as_str() == Some(HIDDEN);
    let (before, after) = field.hidden(kind);
    let most = value::MOST;
    if !is_whole && matches!(field.path.0.last(), Some(Step::Entry(entry)) if entry == REMARKS) {
        return remarks(before.as_ref(), after.as_ref());
    }
    match (before, after) {
        (Some(before), Some(after)) if is_hidden(&before) && is_hidden(&after) => What::Hidden,
        (Some(before), Some(after)) if field.step == FieldStep::Reordered => {
            What::Reordered(value::short(&before, most), value::short(&after, most))
        }
        (Some(before), Some(after)) => match (&before, &after) {
            // The text 3 and the number 3.
            _ if value::short(&before, most) == value::short(&after, most) && value::fits(&before, most) => {
                What::Changed(before.to_string(), after.to_string())
            }
            (Json::String(old), Json::String(new)) if old.contains('\n') || new.contains('\n') => {
                What::Lines(value::hunk(old, new))
            }
            _ if value::fits(&before, most * 2 / 3) && value::fits(&after, most * 2 / 3) => {
                What::Changed(value::short(&before, most), value::short(&after, most))
            }
            _ => What::Lines([value::whole('-', &before), value::whole('+', &after)].concat()),
        },
        (Some(before), None) => one('-', &before, is_whole),
        (None, Some(after)) => one('+', &after, is_whole),
        (None, None) => What::Hidden,
    }
}

/// What a file of properties remarks says nothing to Spark: how much of it there is will do.
fn remarks(before: Option<&Json>, after: Option<&Json>) -> What {
    let lines = |value: &Json| super::count(value.as_str().map_or(0, |text| text.lines().count()), "line");
    match (before.map(lines), after.map(lines)) {
        (Some(before), Some(after)) if before == after => What::Changed(before, format!("other {after}")),
        (Some(before), Some(after)) => What::Changed(before, after),
        (Some(before), None) => What::Removed(before),
        (_, after) => What::Added(after.unwrap_or_default()),
    }
}

fn one(sign: char, value: &Json, is_whole: bool) -> What {
    match (sign, value) {
        (_, Json::Object(_) | Json::Array(_)) if is_whole && !value::fits(value, value::MOST) => {
            What::Lines(value::yaml(sign, value))
        }
        (_, Json::String(text)) if text.contains('\n') => What::Lines(value::whole(sign, value)),
        ('+', _) => What::Added(value::short(value, value::MOST)),
        _ => What::Removed(value::short(value, value::MOST)),
    }
}
