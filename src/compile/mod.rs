//! One release, from layers to a checked set of manifests. This page is the whole story; each line of
//! [`compile`] is a stage with a file or folder of its own.
//!
//! Compiling touches no disk, no network and no clock: everything it reads is in the [`Library`] and
//! the [`Release`].

pub mod cause;
pub mod credentials;
pub mod files;
mod guests;
mod manifest;
mod platform;
mod preconditions;
mod refusals;
mod render;

pub use guests::Guests;
pub use manifest::{Manifest, Rendering};
pub use platform::Platform;
pub use preconditions::Precondition;

use crate::diagnostic::{Finding, Report};
use crate::failure::Failure;
use crate::layer::document::{LayerKind, Silence};
use crate::layer::path::SpecPath;
use crate::layer::read::Readable;
use crate::layer::stack::Merged;
use crate::layer::tree::Node;
use crate::library::Library;
use crate::manifest::order;
use crate::release::Release;
use crate::rules;
use crate::rules::set::Set;
use crate::source::{Sources, Span};
use crate::spec::Spec;
use crate::spec::schema::{Kind, check_constraints};
use crate::template::context::Reads;
use serde::Deserialize;
use serde::de::value::MapDeserializer;
use std::collections::BTreeSet;

/// One release, compiled.
#[derive(Debug)]
pub struct Compiled {
    /// What was asked for.
    pub release: Release,
    /// The merged spec, each value with its origin.
    pub merged: Merged,
    /// The same, typed.
    pub spec: Spec,
    /// The components it has, and who may talk to whom.
    pub platform: Platform,
    /// The objects, in the order in which they are applied.
    pub manifests: Vec<Manifest>,
    /// What descriptors read, and templates that made no object.
    pub silent_reads: Reads,
    /// What must exist in the cluster first.
    pub preconditions: Vec<Precondition>,
    /// Example values that are in use and have to be set before the bundle can be synced.
    pub to_set: Vec<(SpecPath, Span)>,
    /// Findings that its layers say are known and accepted, as they stand there.
    pub silences: Vec<Silence>,
    /// What the checks over the whole set found; from [`compile`] only warnings.
    pub report: Report,
}

/// Compiles one release.
///
/// # Errors
/// If a layer or name does not exist, or with every error that was found.
pub fn compile(library: &Library, release: &Release) -> Result<Compiled, Failure> {
    let compiled = compile_all(library, release)?;
    if compiled.report.has_errors() {
        return Err(Failure::Findings(Box::new(compiled.report)));
    }
    Ok(compiled)
}

/// As [`compile`], for looking at a release that cannot be rendered yet: what the checks over the
/// whole set find stays in the report, errors included.
///
/// # Errors
/// If there is nothing to look at: a layer, a value or a template is wrong.
pub fn compile_all(library: &Library, release: &Release) -> Result<Compiled, Failure> {
    let mut sources = library.sources.clone();
    let mut stack = release.stack(library, &mut sources)?;
    let notes = std::mem::take(&mut stack.notes);
    let silences: Vec<Silence> =
        stack.layers.iter().flat_map(|layer| layer.silences.iter().cloned()).collect();
    let (merged, spec) = resolve(library, stack, &sources)?;
    let guests = Guests::of(library, release)?;
    let platform = stop(Platform::resolve(library, release, &merged, guests), &sources)?;
    let rendered = manifests(library, release, &platform, &mut sources).map_err(|findings| {
        // A combination that a component refuses is why its templates cannot be rendered: say that.
        let refused = refusals::all(library, release, &merged, &platform);
        if refused.is_empty() { findings } else { refused }
    });
    let (manifests, silent_reads) = stop(rendered, &sources)?;
    let preconditions = stop(preconditions::all(library, release, &platform, &spec, &manifests), &sources)?;
    let to_set = rules::layers::example_values(&merged, &platform, &manifests);
    let mut findings = refusals::all(library, release, &merged, &platform);
    findings.extend(notes);
    let mut compiled = Compiled {
        release: release.clone(),
        merged,
        spec,
        platform,
        manifests,
        silent_reads,
        preconditions,
        to_set,
        silences,
        report: Report::new(Vec::new(), sources),
    };
    compiled.report = judged(library, &compiled, findings);
    Ok(compiled)
}

/// The objects of a platform in the order in which they are applied, and what was read without making one.
///
/// # Errors
/// Everything that went wrong in any template.
pub(crate) fn manifests(
    library: &Library,
    release: &Release,
    platform: &Platform,
    sources: &mut Sources,
) -> Result<(Vec<Manifest>, Reads), Vec<Finding>> {
    let (mut manifests, silent_reads) = render::all(library, release, platform, sources)?;
    credentials::drop_unused(&mut manifests);
    manifests.sort_by(|a, b| order::compare((&a.id, &a.component), (&b.id, &b.component)));
    manifests.iter_mut().for_each(|Manifest { id, object, .. }| library.care.annotate(id, object));
    Ok((manifests, silent_reads))
}

/// What the rules say of the set, besides what was found on the way to it: each finding at the line that
/// caused it, weighed as the project wants it, without those that a layer accepts.
fn judged(library: &Library, compiled: &Compiled, findings: Vec<Finding>) -> Report {
    let problems = rules::check(&Set::of(library, compiled).view());
    let mut located = rules::locate::found(&compiled.merged, findings);
    located.extend(rules::locate::compiled(library, compiled, problems));
    let today = compiled.release.today;
    let mut judged = rules::silence::apply(library, located, &compiled.silences, today);
    // Only what was written for this one release must be of use in it.
    let own = |entry: &Silence| entry.kind == LayerKind::Release && !library.is_in_library(entry.span.source);
    judged.findings.extend(judged.idle.iter().filter(|entry| own(entry)).map(rules::silence::idle));
    rules::severity::apply(library, &mut judged.findings);
    let findings = judged.findings.into_iter().map(|located| located.finding).collect();
    Report::new(findings, compiled.report.sources.clone()).and_silenced(judged.silenced)
}

/// Layers to the merged tree and the typed spec, held to schema, locks, constraints.
fn resolve(
    library: &Library,
    stack: crate::layer::stack::Stack,
    sources: &Sources,
) -> Result<(Merged, Spec), Failure> {
    let start = library.sources_start();
    let constraints: Vec<(String, Node)> = stack
        .layers
        .iter()
        .filter_map(|layer| Some((layer.label.clone(), layer.constraints.clone()?)))
        .collect();
    let (merged, mut findings) = stack.merge(start);
    for (owner, constraints) in &constraints {
        findings.extend(check_constraints(constraints, owner, &merged.root));
    }
    // The types say all that the schema says (a test holds them to it), and say it a hundred times
    // faster; the schema is asked only for what is wrong, and where.
    let spec = typed(library, &merged).and_then(|spec| library.settings_hold(&merged.root).then_some(spec));
    match spec {
        Some(spec) if findings.is_empty() => return Ok((merged, spec)),
        Some(_) => {}
        None => {
            let wrong = library.schemas.check(Kind::Spec, &merged.root, sources);
            if wrong.is_empty() {
                // The schema and the types disagree: a defect of sparkctl, but still a message and no panic.
                let finding = Finding::error("layer/wrong-type", "the merged spec cannot be read");
                findings.push(finding.at(merged.root.span, "the types refuse what the schema allows"));
            }
            findings.extend(wrong);
        }
    }
    Err(Failure::Findings(Box::new(Report::new(findings, sources.clone()))))
}

/// The typed part of the merged spec: all but what components describe themselves.
fn typed(library: &Library, merged: &Merged) -> Option<Spec> {
    let components = library.components.iter().filter_map(|component| component.descriptor.settings.as_ref());
    let own: BTreeSet<&str> = components.map(|settings| settings.key.as_str()).collect();
    let entries = merged.root.as_map()?.entries.iter().filter(|(key, _)| !own.contains(key.as_str()));
    let entries = entries.map(|(key, entry)| (key.as_str(), Readable(&entry.node)));
    Spec::deserialize(MapDeserializer::new(entries)).ok()
}

/// Findings of a stage that later stages cannot do without.
fn stop<T>(result: Result<T, Vec<Finding>>, sources: &Sources) -> Result<T, Failure> {
    result.map_err(|findings| Failure::Findings(Box::new(Report::new(findings, sources.clone()))))
}
