//! `sparkctl explain FILE:LINE`

use super::{Arguments, one_line, origin};
use crate::bundle;
use crate::cli::output::Terminal;
use crate::cli::select::{Workplace, read_values};
use crate::cli::{Format, Global, Outcome};
use crate::compile::files::KUSTOMIZATION;
use crate::compile::{Compiled, cause, compile_all};
use crate::failure::Failure;
use crate::gitops::care;
use crate::layer::path::SpecPath;
use crate::release::Release;
use crate::source::Span;
use crate::spec::redact;
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// Which lines made a line of a rendered file.
pub fn rendered(
    file: &str,
    line: usize,
    arguments: &Arguments,
    global: &Global,
    terminal: &Terminal,
) -> Outcome {
    let path = &std::path::absolute(file).map_err(|error| Failure::io("read", file, error))?;
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
                "name a file below rendered/ENVIRONMENT[/CLUSTER]/RELEASE, next to its .sparkctl.lock",
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
            (Some(_), Some(given)) => Some(read_values(given)?),
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
    if inside == KUSTOMIZATION {
        return Err(Failure::refused(
            format!("`{KUSTOMIZATION}` is made of nothing but the names of the other files"),
            "ask about a line of one of those",
        ));
    }
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
    manifest: &crate::compile::Manifest,
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
    let of_care = |span: Span| sources.get(span.source).name.ends_with(care::TABLE);
    if cause.template.is_some_and(of_care) {
        text.push_str("  sparkctl puts it on all such objects, for whoever syncs them\n");
    } else if cause.leaves.is_empty() {
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
