//! `sparkctl show`

use super::output::Terminal;
use super::select::{Selection, Workplace};
use super::{Format, Global, Outcome};
use crate::compile::Compiled;
use crate::layer::path::SpecPath;
use crate::layer::tree::{Node, Value};
use crate::spec::redact;
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Show only what stands under this path.
    #[arg(value_name = "PATH")]
    path: Option<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let workplace = Workplace::open(global)?;
    let compiled = workplace.look(&arguments.selection)?;
    let path = match &arguments.path {
        Some(text) => super::explain::existing_path(text, &compiled)?,
        None => SpecPath::root(),
    };
    if terminal.format() == Format::Json {
        terminal.json(&leaves(&compiled, &path))?;
    } else {
        terminal.result(&tree(&compiled, &path, terminal.colours()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Every leaf with its origin.
fn leaves(compiled: &Compiled, path: &SpecPath) -> Vec<serde_json::Value> {
    let mut found = Vec::new();
    compiled.merged.root.each_leaf(&mut |leaf, node| {
        if path.covers(leaf) {
            found.push(json!({
                "path": leaf.to_string(),
                "value": redact::value(leaf, node),
                "origin": super::explain::origin(compiled, node),
            }));
        }
    });
    found
}

/// The spec as YAML, each leaf with its origin in a comment.
fn tree(compiled: &Compiled, path: &SpecPath, colour: bool) -> String {
    let mut rows: Vec<(String, Option<String>)> = Vec::new();
    if let Some(node) = compiled.merged.root.at(path) {
        match &node.value {
            Value::Map(_) => walk(compiled, node, path, 0, &mut rows),
            _ => rows.push((redact::value(path, node).to_string(), Some(place(compiled, node)))),
        }
    }
    let width =
        rows.iter().filter(|(_, origin)| origin.is_some()).map(|(text, _)| text.chars().count()).max();
    let width = width.unwrap_or(0).min(60);
    let (dim, plain) = if colour { ("\u{1b}[2m", "\u{1b}[0m") } else { ("", "") };
    rows.iter()
        .map(|(text, origin)| (super::output::clean(text), origin.as_deref().map(super::output::clean)))
        .map(|(text, origin)| match origin {
            Some(origin) => format!("{text:width$}  {dim}# {origin}{plain}\n"),
            None => format!("{text}\n"),
        })
        .collect()
}

fn walk(
    compiled: &Compiled,
    node: &Node,
    path: &SpecPath,
    depth: usize,
    rows: &mut Vec<(String, Option<String>)>,
) {
    let Some(map) = node.as_map() else { return };
    let mut keys: Vec<&String> = map.entries.keys().collect();
    keys.sort();
    for key in keys {
        let below = &map.entries[key].node;
        let path = path.key(key.as_str());
        let indent = "  ".repeat(depth);
        let key = if key.chars().all(|c| c.is_alphanumeric() || "-_./".contains(c)) {
            key.clone()
        } else {
            json!(key).to_string()
        };
        match &below.value {
            Value::Map(inner) if !inner.entries.is_empty() => {
                rows.push((format!("{indent}{key}:"), None));
                walk(compiled, below, &path, depth + 1, rows);
            }
            _ => {
                let value = match redact::value(&path, below) {
                    serde_json::Value::String(text) if plain(&text) => text,
                    other => other.to_string(),
                };
                rows.push((format!("{indent}{key}: {value}"), Some(place(compiled, below))));
            }
        }
    }
}

/// Whether a text needs no quotes to be read as itself.
fn plain(text: &str) -> bool {
    use crate::layer::scalar::{Agreed, Plain, resolve};
    resolve(text) == Plain::Agreed(Agreed::Text)
        && text.chars().all(|c| c.is_alphanumeric() || "-_./ ".contains(c))
        && text.trim() == text
}

fn place(compiled: &Compiled, node: &Node) -> String {
    compiled.report.sources.locate(node.span)
}
