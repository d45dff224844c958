//! Blame for people: one line with its whole story, or a file with a column beside it.

use super::{Blame, Leaf, Line, Said};
use crate::layer::path::SpecPath;
use crate::source::{Sources, Span};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Most characters of a value in a line.
const WIDEST_VALUE: usize = 72;
/// Most characters of a path in a column.
const WIDEST_PATH: usize = 48;

/// Lines one by one, each with the template line and the leaves that decide it. `shown` tells what the file calls
/// each line.
pub fn story(object: &str, blame: &Blame, sources: &Sources, shown: &BTreeMap<usize, usize>) -> String {
    let mut text = String::new();
    for line in &blame.lines {
        if !text.is_empty() {
            text.push('\n');
        }
        let number = shown.get(&line.number).copied().unwrap_or(line.number);
        text.push_str(&format!(
            "{object}: {}\n\n  {number} | {}\n\n",
            line.field.path,
            line.text.trim_start()
        ));
        if let Some(span) = line.template {
            text.push_str(&format!("  written by {}  {}\n", sources.locate(span), sources.slice(span)));
        }
        if line.is_care {
            text.push_str("  sparkctl puts it on all such objects, for whoever syncs them\n");
        } else if line.leaves.is_empty() {
            text.push_str(
                "  no value of the spec decides it: it stands in the template, or follows from the release's name\n",
            );
        }
        for leaf in &line.leaves {
            text.push_str(&format!("  decided by {}\n", told(leaf, sources)));
        }
    }
    if blame.lines.len() > 1 && !blame.presence.is_empty() {
        text.push('\n');
    }
    for leaf in &blame.presence {
        let last = leaf.said.last();
        let said = last.map(|said| format!(" = {}  {}", value(&said.value), sources.locate(said.at)));
        text.push_str(&format!("  there because of {}{}\n", leaf.path, said.unwrap_or_default()));
    }
    text
}

/// A leaf with everything that was said of it, from the base up.
fn told(leaf: &Leaf, sources: &Sources) -> String {
    let Some((last, below)) = leaf.said.split_last() else {
        return format!("{}, which no layer sets", leaf.path);
    };
    if below.is_empty() {
        return format!(
            "{} = {}  {}  {}",
            leaf.path,
            value(&last.value),
            last.layer,
            sources.locate(last.at)
        );
    }
    let wide = |part: fn(&Said) -> String| leaf.said.iter().map(|said| part(said).chars().count()).max();
    let values = wide(|said| value(&said.value)).unwrap_or(0);
    let layers = wide(|said| said.layer.clone()).unwrap_or(0);
    let mut text = leaf.path.to_string();
    for (at, said) in leaf.said.iter().enumerate() {
        let word = if at + 1 == leaf.said.len() { "  in force" } else { "" };
        text.push_str(&format!(
            "\n    {:values$}  {:layers$}  {}{word}",
            value(&said.value),
            said.layer,
            sources.locate(said.at)
        ));
    }
    text
}

/// A whole file, each line with what decides it: the layer line in force and its path; where no leaf does, the
/// template line. `lines` are those of the file, by their numbers; none of what would not be rendered now.
pub fn column(lines: &[(usize, Option<&Line>)], sources: &Sources) -> String {
    let rows: Vec<(String, String)> = lines.iter().map(|(_, line)| margin(*line, sources)).collect();
    let wide = |part: fn(&(String, String)) -> &String| {
        rows.iter().map(|row| part(row).chars().count()).max().unwrap_or(0)
    };
    let (places, paths) = (wide(|row| &row.0), wide(|row| &row.1));
    let digits = lines.len().to_string().len();
    let mut text = String::new();
    for ((number, line), (place, path)) in lines.iter().zip(rows) {
        let said = line.map_or("", |line| line.text.as_str());
        let row = format!("{place:places$}  {path:paths$}  {number:digits$} | {said}");
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

fn margin(line: Option<&Line>, sources: &Sources) -> (String, String) {
    let place = |span: Span| format!("{}:{}", sources.get(span.source).name, sources.position(span).line);
    let Some(line) = line else { return ("not what is rendered now".to_owned(), String::new()) };
    match line.leaves.iter().find_map(|leaf| Some((leaf, leaf.said.last()?))) {
        Some((leaf, said)) => {
            let others = line.leaves.len() - 1;
            let more = if others == 0 { String::new() } else { format!(" +{others}") };
            (place(said.at), format!("{}{more}", short(&leaf.path)))
        }
        None => (line.template.map(place).unwrap_or_default(), String::new()),
    }
}

fn short(path: &SpecPath) -> String {
    let text = path.to_string();
    let count = text.chars().count();
    if count <= WIDEST_PATH {
        return text;
    }
    let end: String = text.chars().skip(count - WIDEST_PATH + 3).collect();
    format!("...{end}")
}

/// A value in one line.
fn value(value: &Json) -> String {
    let text = match value {
        Json::Null => return "null (deleted)".to_owned(),
        Json::String(text) => text.replace('\n', " "),
        other => other.to_string(),
    };
    match text.char_indices().nth(WIDEST_VALUE) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
