//! `sparkctl list`

use super::output::Terminal;
use super::select::Workplace;
use super::{Format, Global, Outcome};
use crate::failure::Failure;
use crate::layer::document::{LayerKind, PresetRole};
use crate::library::{Library, role_of, versions};
use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to list.
    #[arg(value_enum, value_name = "WHAT")]
    what: What,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// Scenarios, for --preset.
    Presets,
    /// Features, for --with.
    Features,
    /// Environments, for --env.
    Environments,
    /// Components, and what each is.
    Components,
    /// Versions of Spark, and what each brings.
    Versions,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let workplace = Workplace::open(global)?;
    let library = &workplace.library;
    let rows = match arguments.what {
        What::Presets => layers(library, LayerKind::Preset, Some(PresetRole::Scenario))?,
        What::Features => layers(library, LayerKind::Preset, Some(PresetRole::Feature))?,
        What::Environments => layers(library, LayerKind::Environment, None)?,
        What::Components => library
            .components
            .iter()
            .map(|component| {
                let metadata = &component.descriptor.metadata;
                json!({"name": metadata.name, "title": metadata.title, "description": metadata.description})
            })
            .collect(),
        What::Versions => return list_versions(library, terminal),
    };
    if terminal.format() == Format::Json {
        terminal.json(&rows)?;
    } else {
        let width = rows.iter().map(|row| text(row, "name").len()).max().unwrap_or(0);
        let lines: String = rows
            .iter()
            .map(|row| format!("{:width$}  {}\n", text(row, "name"), text(row, "title")))
            .collect();
        terminal.text(&lines)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn text<'a>(row: &'a Json, key: &str) -> &'a str {
    row.get(key).and_then(Json::as_str).unwrap_or_default()
}

fn layers(library: &Library, kind: LayerKind, role: Option<PresetRole>) -> Result<Vec<Json>, Failure> {
    let mut rows = Vec::new();
    for name in library.names(kind) {
        let layers = library.layers(kind, name)?;
        let metadata = |pick: fn(&crate::layer::document::Metadata) -> Option<String>| {
            layers.iter().rev().find_map(|layer| pick(&layer.metadata))
        };
        if role.is_none() || role == role_of(&layers) {
            rows.push(json!({
                "name": name,
                "title": metadata(|m| m.title.clone()),
                "description": metadata(|m| m.description.clone()),
            }));
        }
    }
    Ok(rows)
}

fn list_versions(library: &Library, terminal: &Terminal) -> Outcome {
    let versions = versions::all(library)?;
    if terminal.format() == Format::Json {
        terminal.json(&versions)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut lines = format!(
        "{:8} {:8} {:6} {:5} {:7} {:7} {:7} {}\n",
        "SPARK", "PATCH", "SCALA", "JAVA", "PYTHON", "HADOOP", "HIVE", "IMAGE TAG"
    );
    for v in versions {
        lines.push_str(&format!(
            "{:8} {:8} {:6} {:5} {:7} {:7} {:7} {}\n",
            v.version, v.patch, v.scala, v.java, v.python, v.hadoop, v.hive, v.image_tag
        ));
    }
    terminal.text(&lines)?;
    Ok(ExitCode::SUCCESS)
}
