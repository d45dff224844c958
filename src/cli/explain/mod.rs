//! `sparkctl explain`: a path here; a rule and a line of a rendered file in the files beside.

mod rendered;
mod rule;

use super::output::Terminal;
use super::select::{Selection, Workplace};
use super::{Format, Global, Outcome};
use crate::compile::Compiled;
use crate::diagnostic::nearest;
use crate::failure::Failure;
use crate::layer::path::SpecPath;
use crate::layer::tree::{Node, Value};
use crate::spec::{redact, schema};
use clap::Args;
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A path of the spec (connect.executor.memory), a rule (layer/unknown-key), or a line of a rendered file (FILE:LINE).
    #[arg(value_name = "PATH|RULE|FILE:LINE")]
    target: String,
    #[command(flatten)]
    selection: Selection,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let target = &arguments.target;
    if let Some((file, line)) = file_and_line(target) {
        return rendered::rendered(file, line, arguments, global, terminal);
    }
    if target.contains('/') && !target.contains('[') {
        return rule::rule(target, terminal);
    }
    let workplace = Workplace::open(global)?;
    let compiled = workplace.look(&arguments.selection)?;
    let (path, schema) = known_path(target, &compiled, &workplace.library.schemas)?;
    let node = compiled.merged.root.at(&path);
    if terminal.format() == Format::Json {
        let overrode: Vec<Json> =
            node.into_iter().flat_map(Node::history).map(|old| previous(&path, &compiled, old)).collect();
        terminal.json(&json!({
            "path": path.to_string(),
            "value": node.map(|node| redact::value(&path, node)),
            "origin": node.map(|node| origin(&compiled, node)),
            "overrode": overrode,
            "description": schema.get("description"),
            "type": schema::describe(schema),
            "unit": schema::unit(schema),
            "allowed": schema.get("enum"),
            "usedBy": used_by(&compiled, &path),
        }))?;
    } else {
        terminal.text(&told(&path, node, schema, &compiled))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn file_and_line(target: &str) -> Option<(&str, usize)> {
    let (file, line) = target.rsplit_once(':')?;
    Some((file, line.parse().ok()?))
}

fn parse(text: &str) -> Result<SpecPath, Failure> {
    text.parse().map_err(|error: crate::layer::path::PathError| {
        Failure::refused(format!("`{text}` is no path into the spec"), error.to_string())
    })
}

/// A path that some layer set.
///
/// # Errors
/// If it is no path, or nothing is set there, with the nearest that is.
pub fn existing_path(text: &str, compiled: &Compiled) -> Result<SpecPath, Failure> {
    let path = parse(text)?;
    match compiled.merged.root.at(&path) {
        Some(_) => Ok(path),
        None => {
            let paths = known_paths(compiled);
            Err(Failure::unknown("value at", text, paths.iter().map(String::as_str)))
        }
    }
}

/// A path that something may stand at, with its schema.
///
/// # Errors
/// If it is no path, or nothing may stand there, with the nearest where something may.
pub fn known_path<'a>(
    text: &str,
    compiled: &Compiled,
    schemas: &'a schema::Schemas,
) -> Result<(SpecPath, &'a Json), Failure> {
    let path = parse(text)?;
    let schema = schemas.at(&path).filter(|_| !path.0.is_empty());
    schema.map(|schema| (path, schema)).ok_or_else(|| unknown(text, compiled, schemas))
}

fn known_paths(compiled: &Compiled) -> Vec<String> {
    let mut paths = std::collections::BTreeSet::new();
    compiled.merged.root.each_leaf(&mut |path, _| {
        for length in 1..=path.0.len() {
            paths.insert(SpecPath(path.0[..length].to_vec()).to_string());
        }
    });
    paths.into_iter().collect()
}

fn unknown(text: &str, compiled: &Compiled, schemas: &schema::Schemas) -> Failure {
    let mut paths = known_paths(compiled);
    paths.extend(schemas.leaves().iter().map(ToString::to_string));
    let last = text.rsplit('.').next().unwrap_or(text);
    let near = nearest(text, paths.iter().map(String::as_str));
    let same_end = || paths.iter().find(|path| path.ends_with(&format!(".{last}"))).map(String::as_str);
    Failure::Refused {
        what: format!("the spec has no `{text}`"),
        help: near.or_else(same_end).map(|found| format!("did you mean `{found}`?")),
    }
}

/// Where a value was written, for programs.
pub fn origin(compiled: &Compiled, node: &Node) -> Json {
    let sources = &compiled.report.sources;
    let position = sources.position(node.span);
    json!({
        "layer": compiled.merged.layer_of(node.span),
        "file": sources.get(node.span.source).name,
        "line": position.line,
        "column": position.column,
    })
}

fn previous(path: &SpecPath, compiled: &Compiled, old: &Node) -> Json {
    json!({"value": redact::value(path, old), "origin": origin(compiled, old)})
}

fn one_line(path: &SpecPath, node: &Node) -> String {
    match redact::value(path, node) {
        Json::String(text) => text,
        Json::Null => "null (deleted)".to_owned(),
        other => other.to_string(),
    }
}

/// A value, its origin, what it overrode, and what the field means, for people.
fn told(path: &SpecPath, node: Option<&Node>, schema: &Json, compiled: &Compiled) -> String {
    let sources = &compiled.report.sources;
    let mut text = String::new();
    let from =
        |node: &Node| format!("{}  {}", compiled.merged.layer_of(node.span), sources.locate(node.span));
    match node {
        None => text.push_str(&format!("{path} is not set\n")),
        Some(node) if matches!(node.value, Value::Map(ref map) if !map.entries.is_empty()) => {
            text.push_str(&format!("{path}\n"));
            let mut rows = Vec::new();
            node.each_leaf(&mut |below, leaf| {
                let full = SpecPath(path.0.iter().chain(&below.0).cloned().collect());
                rows.push((format!("  {below}: {}", one_line(&full, leaf)), from(leaf)));
            });
            let width = rows.iter().map(|(row, _)| row.chars().count()).max().unwrap_or(0).min(60);
            for (row, origin) in rows {
                text.push_str(&format!("{row:width$}  {origin}\n"));
            }
        }
        Some(node) => {
            text.push_str(&format!("{path} = {}\n\n  set by    {}\n", one_line(path, node), from(node)));
            for old in node.history() {
                text.push_str(&format!("  overrode  {}  {}\n", one_line(path, old), from(old)));
            }
        }
    }
    if let Some(removed) = removed(compiled, path) {
        text.push_str(&format!("\n  deleted by  {}\n", from(removed)));
        for old in removed.history() {
            text.push_str(&format!("  overrode  {}  {}\n", one_line(path, old), from(old)));
        }
    }
    text.push('\n');
    if let Some(description) = schema.get("description").and_then(Json::as_str) {
        text.push_str(&format!("  {description}\n"));
    }
    text.push_str(&format!("  type      {}\n", schema::describe(schema)));
    if let Some(unit) = schema::unit(schema) {
        text.push_str(&format!("  unit      {unit}\n"));
    }
    if let Some(meanings) = schema.get("x-meanings").and_then(Json::as_object) {
        for (name, meaning) in meanings {
            text.push_str(&format!("  {name:9} {}\n", meaning.as_str().unwrap_or_default()));
        }
    }
    if compiled.platform.reads.contains(path) {
        text.push_str("  used by   the flows and conditions of components: network policies, and what there is at all\n");
    }
    let used = used_by(compiled, path);
    if !used.is_empty() {
        text.push_str(&format!("  used by   {}\n", used.join("\n            ")));
    }
    text
}

/// The `null` that deleted a path, if one did.
fn removed<'a>(compiled: &'a Compiled, path: &SpecPath) -> Option<&'a Node> {
    let above = compiled.merged.root.at(&path.parent()?)?.as_map()?;
    match path.0.last()? {
        crate::layer::path::Segment::Key(key) => Some(&above.removed.get(key)?.node),
        crate::layer::path::Segment::Index(_) => None,
    }
}

/// The files whose template read the path itself.
fn used_by(compiled: &Compiled, path: &SpecPath) -> Vec<String> {
    let reads = |manifest: &&crate::compile::Manifest| manifest.rendering.reads.contains(path);
    compiled.manifests.iter().filter(reads).map(crate::compile::Manifest::path).collect()
}
