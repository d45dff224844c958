//! `sparkctl push`

use super::output::Terminal;
use super::select::{Selection, Workplace};
use super::{Format, Global, Outcome};
use crate::bundle::{self, DriftKind};
use crate::compile::files;
use crate::failure::Failure;
use crate::oci::annotations::{self, Annotations};
use crate::oci::chart::{CHART_FILE, Chart};
use crate::oci::credentials::{Credentials, Environment};
use crate::oci::{self, Artifact, Options, Pushed, Reference, Registry};
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `push`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to: oci://HOST[:PORT]/REPOSITORY:TAG.
    #[arg(value_name = "REFERENCE")]
    reference: String,
    /// The directory of a bundle or a chart that sparkctl wrote; its lock must vouch for every file. Without
    /// it, what --env and the other options choose is compiled and pushed, and nothing is written.
    #[arg(value_name = "DIR", conflicts_with_all = [
        "environment", "preset", "features", "set", "values", "spark_version", "release", "cluster", "team", "namespace", "today",
    ])]
    directory: Option<PathBuf>,
    #[command(flatten)]
    selection: Selection,
    /// Where the sources lie, for the artifact's annotations. Without it: spec.gitops.repository, if any.
    #[arg(long, value_name = "URL")]
    source: Option<String>,
    /// Which revision of the sources it is, for the artifact's annotations: main@sha1:...
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
    /// Print the digest that would be pushed, and open no connection.
    #[arg(long)]
    dry_run: bool,
    /// Trust the certificate authorities in this PEM file besides the system's.
    #[arg(long, value_name = "FILE", conflicts_with = "plain_http")]
    ca_file: Option<PathBuf>,
    /// Speak to the registry without TLS, even on this machine.
    #[arg(long)]
    plain_http: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    if matches!(terminal.format(), Format::Sarif | Format::Github) {
        return Err(Failure::refused(
            "push has no findings to print as SARIF or annotations",
            "use --format text or --format json",
        ));
    }
    let reference: Reference = arguments.reference.parse().map_err(refused)?;
    let workplace = Workplace::open(global)?;
    let content = match &arguments.directory {
        Some(directory) => read(directory)?,
        None if is_nothing_chosen(&arguments.selection) => {
            return Err(Failure::refused(
                "it is not said what to push",
                "name a bundle's directory, such as rendered/prod/connect, or choose a release with --env and --preset",
            ));
        }
        None => compile(&workplace, &arguments.selection, terminal)?,
    };
    let artifact = pack(&content, annotate(arguments, &workplace, &content.release)?, &reference)?;
    if arguments.dry_run {
        tell(terminal, "would push", &reference, &artifact, None)?;
        return Ok(ExitCode::SUCCESS);
    }
    let credentials = Credentials::find(&reference.host, &reference.repository, &Environment::of_process())
        .map_err(refused)?;
    if arguments.plain_http && !reference.is_loopback() {
        let host = &reference.host;
        terminal.tell(&format!(
            "warning: without TLS, all on the way to {host} can read credentials and change what is pushed"
        ));
    }
    let options = Options {
        plain_http: arguments.plain_http,
        ca_file: arguments.ca_file.clone(),
        ..Options::default()
    };
    let mut registry = Registry::new(&reference, credentials, &options).map_err(refused)?;
    let pushed = registry.push(&artifact).map_err(refused)?;
    let word = if pushed.unchanged { "unchanged" } else { "pushed" };
    tell(terminal, word, &reference, &artifact, Some(&pushed))?;
    Ok(ExitCode::SUCCESS)
}

fn is_nothing_chosen(selection: &Selection) -> bool {
    let Selection { environment, preset, release, .. } = selection;
    environment.is_none() && preset.is_none() && release.is_none()
}

/// What is pushed, wherever it comes from.
struct Content {
    /// What was asked for, as a lock keeps it.
    release: Value,
    files: BTreeMap<String, Vec<u8>>,
}

/// A bundle or a chart from the disk, if it is as it was rendered.
fn read(directory: &Path) -> Result<Content, Failure> {
    let shown = bundle::shown(directory);
    let loaded = bundle::load(directory).map_err(|error| Failure::Output {
        refusal: error.is_refusal(),
        help: error.help(),
        what: error.to_string(),
    })?;
    let Some(loaded) = loaded else {
        return Err(Failure::refused(
            format!("there is no bundle in `{shown}`: it has no {}", bundle::LOCK_FILE),
            "name the directory that `sparkctl render` wrote, such as rendered/prod/connect",
        ));
    };
    if !loaded.drift.is_empty() {
        let word = |kind| match kind {
            DriftKind::Foreign => "not sparkctl's",
            DriftKind::Missing => "missing",
            _ => "edited",
        };
        let lines = loaded.drift.iter().map(|drift| {
            format!("\n  {} ({})", bundle::shown(directory.join(&drift.path)), word(drift.kind))
        });
        return Err(Failure::Output {
            refusal: true,
            what: format!("`{shown}` is not as it was rendered:{}", lines.collect::<String>()),
            help: Some(
                "nothing was pushed; put changes into a layer, move what is not sparkctl's away, and render again"
                    .to_owned(),
            ),
        });
    }
    let files = loaded.files.into_iter().map(|(path, bytes)| (path.to_string(), bytes)).collect();
    Ok(Content { release: loaded.lock.release, files })
}

fn compile(workplace: &Workplace, selection: &Selection, terminal: &Terminal) -> Result<Content, Failure> {
    let compiled = workplace.compile(selection)?;
    if terminal.format() == Format::Text {
        terminal.report(&compiled.report)?;
    }
    let files = files::files(&compiled)?;
    Ok(Content {
        release: serde_json::to_value(&compiled.release).unwrap_or_default(),
        files: files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect(),
    })
}

/// What the user, the project and the release say; neither Git nor a clock is asked.
fn annotate(arguments: &Arguments, workplace: &Workplace, release: &Value) -> Result<Annotations, Failure> {
    let gitops = workplace.library.project.as_ref().and_then(|project| project.file.spec.gitops.as_ref());
    let source = arguments.source.clone().or_else(|| gitops?.repository.clone());
    let authority = |address: &str| {
        address.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or(rest).to_owned())
    };
    if source
        .as_deref()
        .and_then(authority)
        .is_some_and(|host| host.split_once('@').is_some_and(|(who, _)| who.contains(':')))
    {
        return Err(Failure::refused(
            "the address of the sources holds credentials, and everybody could read them in the artifact",
            "give --source an address without them",
        ));
    }
    let said = [
        (annotations::SOURCE, source),
        (annotations::REVISION, arguments.revision.clone()),
        (annotations::TITLE, annotations::title(release)),
    ];
    Ok(said.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

/// A directory with a Chart.yaml is a chart, which Helm finds by its name and version alone.
fn pack(content: &Content, annotations: Annotations, reference: &Reference) -> Result<Artifact, Failure> {
    if !content.files.contains_key(CHART_FILE) {
        return Artifact::bundle(&content.files, &annotations).map_err(refused);
    }
    let chart = Chart::read(&content.files).map_err(refused)?;
    if reference.last_name() != chart.name || reference.tag != chart.tag() {
        let above =
            reference.repository.rsplit_once('/').map(|(above, _)| format!("{above}/")).unwrap_or_default();
        return Err(Failure::refused(
            format!("helm would not find the chart {} {} at `{reference}`", chart.name, chart.version),
            format!("push it to oci://{}/{above}{}:{}", reference.host, chart.name, chart.tag()),
        ));
    }
    Artifact::chart(&content.files, &annotations).map_err(refused)
}

fn tell(
    terminal: &Terminal,
    word: &str,
    reference: &Reference,
    artifact: &Artifact,
    pushed: Option<&Pushed>,
) -> Result<(), Failure> {
    let digest = artifact.digest();
    if terminal.format() == Format::Json {
        return terminal.json(&json!({
            "reference": reference.to_string(),
            "digest": digest,
            "layer": {
                "mediaType": artifact.layer.media_type,
                "digest": artifact.layer.digest,
                "size": artifact.layer.bytes.len(),
            },
            "files": artifact.files,
            "size": artifact.size(),
            "pushed": pushed.is_some_and(|pushed| !pushed.unchanged),
            "sent": pushed.map(|pushed| pushed.sent.as_slice()).unwrap_or_default(),
        }));
    }
    terminal.result(&format!("{word} {reference}@{digest}\n"))?;
    let plural = if artifact.files == 1 { "" } else { "s" };
    terminal.tell(&format!("{} file{plural}, {} bytes", artifact.files, artifact.size()));
    Ok(())
}

fn refused(error: oci::Error) -> Failure {
    Failure::Refused { help: error.help(), what: error.to_string() }
}
