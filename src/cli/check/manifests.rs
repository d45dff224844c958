//! `sparkctl check --manifests`

use super::{Arguments, finish};
use crate::cli::output::Terminal;
use crate::cli::{Format, Outcome};
use crate::failure::Failure;
use crate::library::{Library, versions};
use crate::manifest::read::disk;
use crate::rules;
use crate::spec::types::{Name, ValueError};
use std::process::ExitCode;

/// Checks manifests that something else rendered. No project is looked for: what stands in one says nothing
/// about them.
pub fn run(path: &str, arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let version = arguments.selection.spark_version.as_deref();
    if let Some(version) = version {
        let library = Library::load(None, "")?;
        let names = versions::names(&library);
        if !names.contains(&version) {
            return Err(Failure::unknown("Spark version", version, names.iter().copied()));
        }
    }
    let mut manifests = disk::read(path)?;
    if let Some(namespace) = &arguments.selection.namespace {
        let name = namespace.parse::<Name>().map_err(|error: ValueError| Failure::Refused {
            what: format!("`{namespace}` cannot be the namespace's name"),
            help: Some(error.to_string()),
        })?;
        manifests.set_namespace(name.as_str());
    }
    if terminal.format() == Format::Text {
        tell(&manifests, terminal);
    }
    if manifests.objects.is_empty() && manifests.findings.is_empty() {
        return Err(Failure::refused(
            format!("there is no Kubernetes object in `{path}`"),
            "name the file or directory that holds rendered manifests; -v tells what was left out",
        ));
    }
    let (objects, is_partial) = (manifests.objects.len(), manifests.is_partial);
    let report = rules::foreign(manifests, version);
    if is_partial {
        // Nobody knows what a rule would find in the rest: there is nothing to compare with a baseline.
        terminal.report(&report)?;
        if terminal.format() == Format::Text {
            terminal.tell("nothing else was checked: the rules need all objects");
        }
        return Ok(ExitCode::from(1));
    }
    let plural = if objects == 1 { "" } else { "s" };
    finish(report, arguments, terminal, |warnings| format!("{path}: {objects} object{plural}, {warnings}"))
}

/// What was left out; the small things only where more is wanted.
fn tell(manifests: &crate::manifest::read::Manifests, terminal: &Terminal) {
    for note in &manifests.notes {
        terminal.tell(&format!("note: {note}"));
    }
    if terminal.verbose() {
        for (name, reason) in &manifests.skipped {
            terminal.tell(&format!("left out: {name}: {reason}"));
        }
    }
}
