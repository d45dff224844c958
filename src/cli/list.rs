//! `sparkctl list`

use super::output::Terminal;
use super::select::Workplace;
use super::{Format, Global, Outcome};
use crate::failure::Failure;
use crate::fleet::Plan;
use crate::layer::document::{LayerKind, PresetRole};
use crate::library::versions::{self, SparkVersion};
use crate::library::{Library, role_of};
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
    /// The project's releases, each in each of its environments.
    Releases,
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
        What::Releases => return list_releases(library, terminal),
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

/// The releases of the project, by the places of their bundles.
fn list_releases(library: &Library, terminal: &Terminal) -> Outcome {
    let plan = Plan::of(library, None)?;
    let releases = || plan.releases.iter().map(|planned| &planned.release);
    if terminal.format() == Format::Json {
        let rows: Vec<Json> = releases()
            .map(|release| {
                json!({
                    "place": release.place(), "name": release.name, "environment": release.environment,
                    "cluster": release.cluster, "team": release.team, "namespace": release.namespace,
                    "namespaceOwner": release.sharing.owner.as_ref().unwrap_or(&release.name),
                    "preset": release.preset, "features": release.features,
                })
            })
            .collect();
        terminal.json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    if plan.releases.is_empty() {
        terminal.tell("no releases: there is no project here, or it lists none");
    }
    let width = releases().map(|release| release.place().len()).max().unwrap_or(0);
    let lines = releases().map(|release| {
        let with: Vec<&str> = std::iter::once(release.preset.as_str())
            .chain(release.features.iter().map(String::as_str))
            .collect();
        let owner =
            release.sharing.owner.as_ref().map(|owner| format!(", owned by {owner}")).unwrap_or_default();
        format!(
            "{:width$}  {} in namespace {}{owner}\n",
            release.place(),
            with.join(" + "),
            release.namespace
        )
    });
    terminal.text(&lines.collect::<String>())?;
    Ok(ExitCode::SUCCESS)
}

/// The matrix: a column a version, a row a fact.
fn list_versions(library: &Library, terminal: &Terminal) -> Outcome {
    let versions = versions::all(library)?;
    if terminal.format() == Format::Json {
        terminal.json(&versions)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut lines = String::new();
    for (title, fact) in FACTS {
        let cells: Vec<String> = versions.iter().map(fact).collect();
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:16}")).collect();
        lines.push_str(format!("{title:28}{}", cells.concat()).trim_end());
        lines.push('\n');
    }
    terminal.text(&lines)?;
    Ok(ExitCode::SUCCESS)
}

/// A fact about a version, in few enough letters for a column.
type Fact = fn(&SparkVersion) -> String;

/// The rows of the matrix.
const FACTS: [(&str, Fact); 21] = [
    ("SPARK", |v| v.version.clone()),
    ("newest patch", |v| v.patch.clone()),
    ("official image", |v| v.image.patch.clone()),
    ("  its tag was seen", |v| yes(v.image.seen)),
    ("  images with Java", |v| v.java.choices.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")),
    ("  Java used here", |v| v.java.image.to_string()),
    ("  its Python", |v| v.python.image.clone()),
    ("pyspark needs Python", |v| v.python.minimum.clone()),
    ("Java at least", |v| v.java.minimum.to_string()),
    ("Scala", |v| v.scala.clone()),
    ("Hadoop client", |v| v.hadoop.clone()),
    ("AWS SDK of its S3A", |v| v.aws_sdk.clone()),
    ("EKS Pod Identity", |v| yes(v.s3a.container.is_some())),
    ("Azure workload identity", |v| yes(v.azure_workload_identity)),
    ("Google Cloud Storage by", |v| format!("{:?}", v.gcs.connector)),
    ("Hive client", |v| v.hive.client.clone()),
    ("newest Hive metastore", |v| v.hive.metastore.clone()),
    ("Iceberg", |v| v.iceberg.clone().unwrap_or_else(|| "none".to_owned())),
    ("Connect built in", |v| yes(v.connect.built_in)),
    ("Connect with token", |v| yes(v.connect.token)),
    ("Python UDFs need Arrow", |v| yes(v.udf_needs_arrow)),
];

fn yes(answer: bool) -> String {
    (if answer { "yes" } else { "no" }).to_owned()
}
