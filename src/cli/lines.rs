//! The lines in which two texts differ, as `diff -u` shows them.

use crate::layer::parse::parse;
use crate::source::Sources;
use crate::spec::redact::{HIDDEN, texts};
use std::fmt::Write as _;

/// Lines around a change.
const CONTEXT: usize = 2;
/// Cells of the table beyond which the middle of two texts is shown as replaced whole.
const MAX_CELLS: usize = 4_000_000;

enum Line<'a> {
    Same(&'a str),
    Old(&'a str),
    New(&'a str),
}

/// What changed in the file of a name, without the credentials that stand in it; empty where nothing did.
pub fn difference(name: &str, before: &str, after: &str) -> String {
    let scratch = Sources::default().scratch();
    let mut hidden: Vec<String> = [before, after]
        .iter()
        .flat_map(|text| parse(scratch, text).0)
        .flat_map(|tree| texts(&tree))
        .collect();
    // One may be part of another one.
    hidden.sort_by_key(|text| std::cmp::Reverse(text.len()));
    hidden.iter().fold(all(name, before, after), |text, hidden| text.replace(hidden, HIDDEN))
}

fn all(name: &str, before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let lines = compared(&old, &new);
    let near = |at: usize| {
        let around = &lines[at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(lines.len())];
        around.iter().any(|line| !matches!(line, Line::Same(_)))
    };
    let mut text = format!("--- {name}\n+++ {name}\n");
    let (mut old_line, mut new_line, mut open) = (1, 1, false);
    for (at, line) in lines.iter().enumerate() {
        let shown = near(at);
        if shown && !open {
            let _ = writeln!(text, "@@ -{old_line} +{new_line} @@");
        }
        open = shown;
        let (mark, words) = match line {
            Line::Same(words) => (' ', words),
            Line::Old(words) => ('-', words),
            Line::New(words) => ('+', words),
        };
        if shown {
            let _ = writeln!(text, "{mark}{words}");
        }
        old_line += usize::from(mark != '+');
        new_line += usize::from(mark != '-');
    }
    text
}

/// A longest common subsequence, after what both begin and end with.
fn compared<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]);
    let mut lines: Vec<Line<'a>> = old[..head].iter().map(|line| Line::Same(line)).collect();
    let width = b.len() + 1;
    let mut table = vec![0u32; if a.len() * b.len() > MAX_CELLS { 0 } else { (a.len() + 1) * width }];
    let common = |table: &[u32], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or_default();
    if !table.is_empty() {
        for i in (0..a.len()).rev() {
            for j in (0..b.len()).rev() {
                table[i * width + j] = if a[i] == b[j] {
                    common(&table, i + 1, j + 1) + 1
                } else {
                    common(&table, i + 1, j).max(common(&table, i, j + 1))
                };
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] && !table.is_empty() {
            lines.push(Line::Same(a[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && (j == b.len() || common(&table, i + 1, j) >= common(&table, i, j + 1)) {
            lines.push(Line::Old(a[i]));
            i += 1;
        } else {
            lines.push(Line::New(b[j]));
            j += 1;
        }
    }
    lines.extend(old_rest[old_rest.len() - tail..].iter().map(|line| Line::Same(line)));
    lines
}
