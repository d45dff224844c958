//! What of two environments is compared with what.

use crate::failure::Failure;
use crate::fleet::Plan;
use crate::layer::document::{LayerKind, PresetRole};
use crate::layer::stack::{Merged, Placed, Rung, Stack};
use crate::library::Library;
use crate::release::Release;
use crate::source::Sources;
use std::collections::BTreeSet;

/// The same thing in two environments.
#[derive(Debug, Clone)]
pub struct Pair {
    /// As messages name it: `connect`, `eu-1/sales`; none of the environments themselves.
    pub name: Option<String>,
    /// Its release, by its name, where it is one of a project.
    pub release: Option<String>,
    /// Its scenario and features.
    pub presets: BTreeSet<String>,
    sides: Option<Box<(Release, Release)>>,
}

/// Everything that is compared between two environments: their layers without any preset; in a project every
/// release that both have, outside one every built-in scenario, alone and with each feature.
pub fn pairs(library: &Library, plan: &Plan, from: &str, to: &str) -> Vec<Pair> {
    let environments = Pair { name: None, release: None, presets: BTreeSet::new(), sides: None };
    let others = match library.project {
        Some(_) => releases(plan, from, to),
        None => scenarios(library, from, to),
    };
    std::iter::once(environments).chain(others).collect()
}

impl Pair {
    fn new(name: String, from: Release, to: Release) -> Pair {
        let both = [&from, &to];
        let presets = both.iter().flat_map(|side| side.features.iter().chain([&side.preset])).cloned();
        Pair {
            presets: presets.collect(),
            release: Some(to.name.as_str().to_owned()),
            name: Some(name),
            sides: Some(Box::new((from, to))),
        }
    }

    /// The merged specs of both sides.
    ///
    /// # Errors
    /// If a layer has errors.
    pub fn merged(&self, library: &Library, from: &str, to: &str) -> Result<(Merged, Merged), Failure> {
        match &self.sides {
            Some(sides) => Ok((release(library, &sides.0)?, release(library, &sides.1)?)),
            None => Ok((environment(library, from)?, environment(library, to)?)),
        }
    }
}

/// What locks and features have against each other is for whoever compiles the release.
fn release(library: &Library, release: &Release) -> Result<Merged, Failure> {
    let mut sources = Sources::default();
    Ok(release.stack(library, &mut sources)?.merge(library.sources_start()).0)
}

fn environment(library: &Library, name: &str) -> Result<Merged, Failure> {
    let base = library.base().map_err(|findings| library.failure(findings))?;
    let own = library.layers(LayerKind::Environment, name)?;
    let labelled = base
        .into_iter()
        .map(|layer| ("base".to_owned(), layer))
        .chain(own.into_iter().map(|layer| (format!("environment {name}"), layer)));
    let layers = labelled.map(|(label, layer)| Placed {
        label,
        rung: Rung::Plain,
        spec: layer.spec,
        locks: Vec::new(),
        silences: Vec::new(),
        constraints: None,
    });
    let stack = Stack { layers: layers.collect(), notes: Vec::new() };
    Ok(stack.merge(library.sources_start()).0)
}

/// Releases of one name and team; where their clusters are called otherwise, and each environment has only one
/// of them left, those two.
fn releases(plan: &Plan, from: &str, to: &str) -> Vec<Pair> {
    let of = |environment: &str| -> Vec<&Release> {
        let releases = plan.releases.iter().map(|planned| &planned.release);
        releases.filter(|release| release.environment == environment).collect()
    };
    let (first, second) = (of(from), of(to));
    // A matrix may write the environment into the names.
    let alike = |a: &Release, b: &Release| {
        let named = a.name == b.name;
        let of_matrix = a.matrix.is_some() && a.matrix == b.matrix && a.preset == b.preset;
        (named || of_matrix) && a.team == b.team
    };
    let mut pairs = Vec::new();
    for release in &second {
        let fitting: Vec<&&Release> = first.iter().filter(|other| alike(other, release)).collect();
        let same_cluster = fitting.iter().find(|other| other.cluster == release.cluster);
        let rivals = second.iter().filter(|other| alike(other, release)).count();
        let only = fitting.first().filter(|_| fitting.len() == 1 && rivals == 1);
        if let Some(other) = same_cluster.or(only) {
            let cluster = release.cluster.as_ref().map(|cluster| format!("{cluster}/")).unwrap_or_default();
            let (from, to) = ((**other).clone(), (*release).clone());
            pairs.push(Pair::new(format!("{cluster}{}", release.name), from, to));
        }
    }
    pairs
}

fn scenarios(library: &Library, from: &str, to: &str) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let features = library.presets(PresetRole::Feature);
    for preset in library.presets(PresetRole::Scenario) {
        for feature in std::iter::once(None).chain(features.iter().map(Some)) {
            let (Ok(mut from), Ok(mut to)) = (Release::of(from, preset), Release::of(to, preset)) else {
                continue;
            };
            for side in [&mut from, &mut to] {
                side.features.extend(feature.map(|feature| (*feature).to_owned()));
            }
            let with = feature.map(|feature| format!(" with {feature}")).unwrap_or_default();
            pairs.push(Pair::new(format!("{preset}{with}"), from, to));
        }
    }
    pairs
}
