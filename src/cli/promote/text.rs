//! A promotion for people.

use super::{Told, difference};
use crate::cli::lines;
use crate::cli::output::Terminal;
use crate::failure::Failure;
use crate::layer::path::SpecPath;
use crate::layer::tree::Node;
use crate::promote::Step;
use crate::promote::plan::Decision;
use crate::spec::redact;
use serde_json::Value as Json;

/// Prints what is edited and why there, the edit, and what it makes of releases.
///
/// # Errors
/// If standard output is gone.
pub fn print(told: &Told<'_>, terminal: &Terminal) -> Result<(), Failure> {
    let mut text = String::new();
    let mut last = None;
    for decision in &told.plan.decisions {
        let Decision { file, root, why, .. } = decision;
        if last != Some((file, root, why)) {
            text.push_str(&format!("{file}, {root}: {why}\n"));
            last = Some((file, root, why));
        }
        text.push_str(&one(decision, told));
    }
    for (file, (before, after)) in &told.plan.files {
        text.push_str(&format!(
            "\n{}",
            lines::difference(file, before.as_deref().unwrap_or_default(), after)
        ));
    }
    text.push_str(&difference::all(told.effect));
    terminal.text(&text)
}

/// What becomes of one leaf.
fn one(decision: &Decision, told: &Told<'_>) -> String {
    let Decision { change, step, .. } = decision;
    let (from, to) = (&told.arguments.from, &told.arguments.to);
    let value = |node: &Option<Node>| shown(&change.path, node.as_ref());
    let what = match (&change.before, &change.after) {
        (_, None) => format!("{} in {to}, not set in {from}", value(&change.before)),
        (None, _) => format!("not set in {to}, becomes {} as in {from}", value(&change.after)),
        _ => format!("{} in {to} becomes {} as in {from}", value(&change.before), value(&change.after)),
    };
    let done = match step {
        Step::Add | Step::Set => "",
        Step::Remove => "; the entry is taken out, since the layers below say so already",
        Step::Delete => "; null deletes what the layers below say",
    };
    format!("  {}: {what}{done}\n", change.path)
}

/// A value in a line.
pub fn shown(path: &SpecPath, node: Option<&Node>) -> String {
    match node.map(|node| redact::value(path, node)) {
        None => "nothing".to_owned(),
        Some(Json::String(text)) if !text.contains('\n') => text,
        Some(other) => other.to_string(),
    }
}

/// What was done or not, and what to do next.
pub fn summary(told: &Told<'_>, written: bool) -> String {
    let (from, to) = (&told.arguments.from, &told.arguments.to);
    let root = &told.ends.from.merged.root;
    let same = told.same.iter().map(|path| {
        let value = match root.at(path) {
            Some(node) if node.as_map().is_some() => "the same".to_owned(),
            node => shown(path, node),
        };
        format!("{path} is {value} in {from} and in {to} already")
    });
    let mut lines: Vec<String> = same.collect();
    if told.effect.untouched > 0 {
        let (count, plural) = (told.effect.untouched, if told.effect.untouched == 1 { "" } else { "s" });
        lines
            .push(format!("{count} other release{plural} of {to} take the same layers and stay as they are"));
    }
    let files = match told.plan.files.len() {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    lines.push(match (told.plan.files.is_empty(), written, told.effect.report.has_errors()) {
        (true, _, _) => "nothing to do".to_owned(),
        (_, _, true) => "refused: it would cause the errors above; nothing was written".to_owned(),
        (_, false, _) => format!("{files} would change; nothing was written"),
        (_, true, _) => format!("{files} changed\n\nnext:\n  sparkctl render --env {to}"),
    });
    lines.join("\n")
}
