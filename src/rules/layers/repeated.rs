//! `layer/override-in-every-environment` and `layer/repeated-override`: what a project says several times
//! where once would do. Both read layers, and compile nothing.

use super::examples::is_example;
use crate::failure::Failure;
use crate::layer::document::LayerKind;
use crate::layer::path::SpecPath;
use crate::layer::tree::{Node, Value};
use crate::library::Library;
use crate::rules::{Place, Problem};
use std::collections::{BTreeMap, BTreeSet};

/// How often the same override makes one wonder.
const MANY: usize = 3;
/// How many of the places are named.
const NAMED: usize = 4;

/// The layers of one kind that a project brings, by name, and what is built in below them.
struct Layers {
    own: Vec<(String, Node)>,
    below: Vec<Node>,
}

/// Everything that is said more often than it has to be, with the path that it is about.
///
/// # Errors
/// What is wrong with one of the layers.
pub fn check(library: &Library) -> Result<Vec<(SpecPath, Problem)>, Failure> {
    let mut found = Vec::new();
    for kind in [LayerKind::Environment, LayerKind::Cluster, LayerKind::Team] {
        let layers = layers(library, kind)?;
        let mut in_all = Vec::new();
        if kind == LayerKind::Environment && layers.own.len() > 1 && is_every(library, &layers) {
            let roots: Vec<&Node> = layers.own.iter().map(|(_, spec)| spec).collect();
            same_in_all(&layers, &roots, &SpecPath::root(), &mut in_all);
            found.extend(in_all.iter().filter_map(|path| Some((path.clone(), everywhere(&layers, path)?))));
        }
        found.extend(repeated(kind, &layers, &in_all));
    }
    Ok(found)
}

fn layers(library: &Library, kind: LayerKind) -> Result<Layers, Failure> {
    let mut layers = Layers { own: Vec::new(), below: Vec::new() };
    for name in library.names(kind) {
        let (built_in, own): (Vec<_>, Vec<_>) =
            library.layers(kind, name)?.into_iter().partition(|layer| library.is_built_in(layer.source));
        if !own.is_empty() {
            layers.below.extend(built_in.into_iter().map(|layer| layer.spec));
        }
        layers.own.extend(own.into_iter().map(|layer| (name.to_owned(), layer.spec)));
    }
    Ok(layers)
}

impl Layers {
    /// Whether what is built in says something at a path: the project's base, which comes before it, could
    /// not say it instead.
    fn sets_below(&self, path: &SpecPath) -> bool {
        self.below.iter().any(|spec| spec.at(path).is_some())
    }
}

/// Whether these are all environments that the project's releases are meant for.
fn is_every(library: &Library, layers: &Layers) -> bool {
    let releases = library.project.iter().flat_map(|project| project.file.spec.releases.values());
    let mut named = releases.flat_map(|release| release.namespaces.keys());
    named.all(|name| layers.own.iter().any(|(own, _)| own == name))
}

/// The paths at which all trees hold the same and nothing below them says another, as short as possible.
fn same_in_all(layers: &Layers, roots: &[&Node], path: &SpecPath, found: &mut Vec<SpecPath>) {
    let Some((first, others)) = roots.split_first() else { return };
    let Some(map) = first.as_map() else { return };
    for (key, entry) in &map.entries {
        let same: Vec<&Node> = others.iter().filter_map(|other| other.get(key)).collect();
        if same.len() != others.len() {
            continue;
        }
        let path = path.key(key.as_str());
        let empty = entry.node.as_map().is_some_and(|map| map.entries.is_empty());
        let all = same.iter().all(|other| other.same_value(&entry.node));
        if all && !empty && !has_example(&entry.node) && !layers.sets_below(&path) {
            found.push(path);
        } else {
            let below: Vec<&Node> = std::iter::once(&entry.node).chain(same).collect();
            same_in_all(layers, &below, &path, found);
        }
    }
}

fn has_example(node: &Node) -> bool {
    let mut found = false;
    node.each_leaf(&mut |_, leaf| found |= is_example(leaf));
    found
}

fn everywhere(layers: &Layers, path: &SpecPath) -> Option<Problem> {
    let ((first, spec), others) = layers.own.split_first()?;
    let message = format!("every environment of the project sets `{path}` to the same");
    let place = Place::Span(spec.key_span(path)?);
    let problem =
        Problem::new("layer/override-in-every-environment", message, place, format!("environment {first}"));
    let problem = others.iter().take(NAMED).fold(problem, |problem, (name, spec)| {
        problem.and_if(spec.key_span(path).map(Place::Span), format!("environment {name}"))
    });
    Some(
        problem
            .why("what holds everywhere is a default: an environment should only say what it differs in")
            .help(format!("write `{path}` once in presets/base.yaml of the project (kind: Base, name: base), and take it out here")),
    )
}

/// Leaves that several layers of one kind set to one value, but for what is in all of them.
fn repeated(kind: LayerKind, layers: &Layers, in_all: &[SpecPath]) -> Vec<(SpecPath, Problem)> {
    let mut said: BTreeMap<(SpecPath, String), Vec<(&str, &Node)>> = BTreeMap::new();
    for (name, spec) in &layers.own {
        spec.each_leaf(&mut |path, leaf| {
            let empty = matches!(&leaf.value, Value::Map(_));
            if !empty && !is_example(leaf) && !in_all.iter().any(|known| known.covers(path)) {
                said.entry((path.clone(), leaf.to_json().to_string())).or_default().push((name, leaf));
            }
        });
    }
    let many = said.into_iter().filter(|((path, _), said)| {
        let names: BTreeSet<&str> = said.iter().map(|(name, _)| *name).collect();
        names.len() >= MANY && !layers.sets_below(path)
    });
    many.filter_map(|((path, _), said)| {
        let ((first, leaf), others) = said.split_first()?;
        let word = kind.word();
        let message = format!("{} {word} layers set `{path}` to the same", said.len());
        let place = Place::Span(leaf.span);
        let problem = Problem::new("layer/repeated-override", message, place, format!("{word} {first}"));
        let problem = others.iter().take(NAMED).fold(problem, |problem, (name, leaf)| {
            problem.and(Place::Span(leaf.span), format!("{word} {name}"))
        });
        let problem = problem
            .why("the next change has to be made in each of them, and one will be forgotten")
            .help("say it once: in a layer below them that all share, or in a feature that they take");
        Some((path, problem))
    })
    .collect()
}
