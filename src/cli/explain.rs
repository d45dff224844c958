//! `sparkctl explain`

use super::output::Terminal;
use super::select::{Selection, Workplace};
use super::{Format, Global, Outcome};
use crate::bundle;
use crate::compile::{Compiled, cause, compile_all};
use crate::diagnostic::nearest;
use crate::failure::Failure;
use crate::layer::path::SpecPath;
use crate::layer::tree::{Node, Value};
use crate::release::Release;
use crate::rules;
use crate::spec::{redact, schema};
use clap::Args;
use serde_json::{Value as Json, json};
use std::path::Path;
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
        return rendered(file, line, arguments, global, terminal);
    }
    if target.contains('/') && !target.contains('[') {
        return rule(target, terminal);
    }
    let workplace = Workplace::open(global)?;
    let compiled = workplace.look(&arguments.selection)?;
    let path: SpecPath = parse(target)?;
    let node = compiled.merged.root.at(&path);
    let Some(schema) = workplace.library.schemas.at(&path).filter(|_| !path.0.is_empty()) else {
        return Err(unknown(target, &compiled, &workplace.library.schemas));
    };
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
    let reads = |manifest: &&crate::manifest::Manifest| {
        manifest.rendering.reads.iter().any(|read| read == path) && !compiled.platform.reads.contains(path)
    };
    compiled.manifests.iter().filter(reads).map(crate::manifest::Manifest::path).collect()
}

/// What a rule demands.
fn rule(name: &str, terminal: &Terminal) -> Outcome {
    let Some(rule) = rules::find(name) else {
        return Err(Failure::unknown("rule", name, rules::all().iter().map(|rule| rule.name.as_str())));
    };
    if terminal.format() == Format::Json {
        terminal.json(rule)?;
    } else {
        terminal.text(&lesson(rule))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A rule as a lesson: what, why, what to do, an example of each.
fn lesson(rule: &rules::Rule) -> String {
    let indented = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    format!(
        "{} ({}): {}\n\n{}\n\nwhy:  {}\n\nfix:  {}\n\n  instead of\n\n{}\n  write\n\n{}",
        rule.name,
        rule.severity.name(),
        rule.title,
        rule.what,
        rule.why,
        rule.fix,
        indented(&rule.bad),
        indented(&rule.good),
    )
}

/// Which lines made a line of a rendered file.
fn rendered(file: &str, line: usize, arguments: &Arguments, global: &Global, terminal: &Terminal) -> Outcome {
    let path = Path::new(file);
    if !path.exists() {
        return Err(Failure::refused(
            format!("there is no file `{file}`"),
            "name a file that `render` wrote, and a line",
        ));
    }
    let (folder, lock) = path
        .ancestors()
        .skip(1)
        .find_map(|folder| Some((folder, bundle::read_lock(folder).ok().flatten()?)))
        .ok_or_else(|| {
            Failure::refused(
                format!("`{file}` lies in no bundle of sparkctl"),
                "name a file below rendered/ENVIRONMENT/RELEASE, next to its .sparkctl.lock",
            )
        })?;
    let workplace = Workplace::open(global)?;
    let release = if arguments.selection.environment.is_some() {
        workplace.release(&arguments.selection)?
    } else {
        let mut release: Release = serde_json::from_value(lock.release).map_err(|error| {
            Failure::refused(format!("the lock of `{file}` cannot be read: {error}"), "render it anew")
        })?;
        // A lock may be a stranger's: only the user says which files outside the project are read.
        release.values = match (&release.values, &arguments.selection.values) {
            (None, _) => None,
            (Some(_), Some(given)) => Some(super::select::read_values(given)?),
            (Some(values), None) => {
                return Err(Failure::refused(
                    format!("`{file}` was rendered with --values {}", values.name),
                    format!("say so again: sparkctl explain {file}:{line} --values {}", values.name),
                ));
            }
        };
        release
    };
    let compiled = compile_all(&workplace.library, &release)?;
    let inside = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/");
    let Some(manifest) = compiled.manifests.iter().find(|manifest| manifest.path() == inside) else {
        return Err(Failure::refused(
            format!("`{file}` is not rendered any more"),
            "see what changed with `sparkctl render --check`",
        ));
    };
    let Some(field) = cause::field_at(manifest, line) else {
        return Err(Failure::refused(format!("`{file}` has no line {line}"), "choose a line of the file"));
    };
    let cause = cause::of(&workplace.library, &compiled, manifest, field);
    print_cause(&cause, &compiled, manifest, terminal)?;
    Ok(ExitCode::SUCCESS)
}

fn print_cause(
    cause: &cause::Cause,
    compiled: &Compiled,
    manifest: &crate::manifest::Manifest,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let sources = &compiled.report.sources;
    let value = |path: &SpecPath| compiled.merged.root.at(path);
    if terminal.format() == Format::Json {
        let leaves: Vec<Json> = cause
            .leaves
            .iter()
            .map(|path| {
                json!({
                    "path": path.to_string(),
                    "value": value(path).map(|node| redact::value(path, node)),
                    "origin": value(path).map(|node| origin(compiled, node)),
                })
            })
            .collect();
        let presence: Vec<String> = cause.presence.iter().map(ToString::to_string).collect();
        return terminal.json(&json!({
            "object": manifest.id.to_string(),
            "field": cause.field.path.to_string(),
            "line": cause.field.line.as_ref().map(|line| line.text.as_str()),
            "template": cause.template.map(|span| sources.locate(span)),
            "decidedBy": leaves,
            "presentBecauseOf": presence,
        }));
    }
    let mut text = format!("{}: {}\n", manifest.id, cause.field.path);
    if let Some(line) = &cause.field.line {
        text.push_str(&format!("  line      {}\n", line.text));
    }
    if let Some(span) = cause.template {
        text.push_str(&format!("  made by   {}  {}\n", sources.locate(span), sources.slice(span)));
    }
    if cause.leaves.is_empty() {
        text.push_str("  no value of the spec decides it: it stands in the template, or follows from the release's name\n");
    }
    for path in &cause.leaves {
        match value(path) {
            Some(node) => text.push_str(&format!(
                "  decided by {path} = {}  {}\n",
                one_line(path, node),
                sources.locate(node.span)
            )),
            None => text.push_str(&format!("  decided by {path}, which is not set\n")),
        }
    }
    for path in &cause.presence {
        let origin =
            value(path).map(|node| format!(" = {}  {}", one_line(path, node), sources.locate(node.span)));
        text.push_str(&format!("  there because of {path}{}\n", origin.unwrap_or_default()));
    }
    terminal.text(&text)
}
