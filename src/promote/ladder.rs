//! The layers of a release in their order, with where in the project each could be edited: those that are there,
//! and those that the project could add, the environment's and the overlays of its own presets.

use crate::failure::Failure;
use crate::layer::parse::parse_one;
use crate::layer::path::SpecPath;
use crate::layer::stack::{Merged, Placed, Rung, Stack};
use crate::layer::tree::{Mapping, Node, Value};
use crate::library::Library;
use crate::library::project::PROJECT_FILE;
use crate::release::Release;
use crate::source::{SourceId, Sources, Span};
use std::collections::BTreeMap;

/// The environment layer that `sparkctl init` writes, for the environment `dev` and the release `connect`.
const ENVIRONMENT: &str = include_str!("../../skeleton/environments/dev.yaml");

/// The layers of one release, lowest first.
#[derive(Debug, Clone)]
pub struct Ladder {
    /// Lowest first.
    pub layers: Vec<Candidate>,
    /// Which of them is the project's layer of the release's environment.
    pub environment: usize,
    /// The texts of the files that can be edited, by their paths in the project.
    pub texts: BTreeMap<String, String>,
    /// The texts of the release, those of layers that are still to be written among them.
    pub sources: Sources,
}

/// A layer at its place in the order.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The layer; an empty one where the project could have one.
    pub placed: Placed,
    /// Where it could be edited; none of a built-in layer, and of what is computed.
    pub seat: Option<Seat>,
}

/// Where a part of the spec stands in a file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The file, from the project's root.
    pub file: String,
    /// The mapping in it: `spec`, `overlays.prod`.
    pub root: SpecPath,
    /// A release of another environment that takes it too, by its place.
    pub other: Option<String>,
}

impl Ladder {
    /// The layers of a release. `others` are the releases that promotion must not change.
    ///
    /// # Errors
    /// As [`Release::stack`].
    pub fn of(library: &Library, release: &Release, others: &[&Release]) -> Result<Ladder, Failure> {
        let mut sources = library.sources.clone();
        let stack = release.stack(library, &mut sources)?;
        let mut ladder =
            Ladder { layers: Vec::new(), environment: 0, texts: BTreeMap::new(), sources: sources.clone() };
        let mut documents: BTreeMap<String, Node> = BTreeMap::new();
        for placed in stack.layers {
            let seat = own_file(library, placed.spec.span.source).and_then(|file| {
                let text = sources.get(placed.spec.span.source).text.to_string();
                let document = parse_one(placed.spec.span.source, &text).0?;
                let root = root_of(&document, &placed, release, file)?;
                ladder.texts.insert(file.to_owned(), text);
                documents.insert(file.to_owned(), document);
                let other = others.iter().find(|other| takes(other, release, file, &root));
                Some(Seat { file: file.to_owned(), root, other: other.map(|other| other.place()) })
            });
            ladder.layers.push(Candidate { placed, seat });
        }
        ladder.add_overlays(release);
        ladder.add_environment(library, release);
        Ok(ladder)
    }

    /// The project's layer of the environment, and an empty one where it has none.
    fn add_environment(&mut self, library: &Library, release: &Release) {
        let environment = &release.environment;
        let file = format!("environments/{environment}.yaml");
        let own = |candidate: &Candidate| candidate.seat.as_ref().is_some_and(|seat| seat.file == file);
        if let Some(at) = self.layers.iter().position(own) {
            self.environment = at;
            return;
        }
        let label = format!("environment {environment}");
        let at = self.layers.iter().rposition(|candidate| candidate.placed.label == label);
        let at = at.map_or(self.layers.len(), |at| at + 1);
        if !library.has_own_environment(environment) {
            let text = ENVIRONMENT.replace("dev", environment).replace("connect", release.name.as_str());
            self.texts.insert(file.clone(), text);
        }
        let seat = Seat { file, root: SpecPath::root().key("spec"), other: None };
        self.insert(at, label, Rung::Plain, seat);
        self.environment = at;
    }

    /// An empty overlay for the release's environment in each of the project's presets that has none.
    fn add_overlays(&mut self, release: &Release) {
        let environment = release.environment.as_str();
        let is_overlay = |candidate: &Candidate| {
            candidate.seat.as_ref().is_some_and(|seat| seat.root.0.first() == path(&["overlays"]).0.first())
                || candidate.placed.label.ends_with(&format!(", overlay {environment}"))
        };
        let source = |candidate: &Candidate| candidate.placed.spec.span.source;
        let presets: Vec<Candidate> = self
            .layers
            .iter()
            .filter(|candidate| candidate.placed.label.starts_with("preset ") && !is_overlay(candidate))
            .cloned()
            .collect();
        let order: Vec<SourceId> = presets.iter().map(source).collect();
        let rank = |candidate: &Candidate| order.iter().position(|known| *known == source(candidate));
        for (own, preset) in presets.iter().enumerate() {
            let Some(seat) = &preset.seat else { continue };
            let is_there = |candidate: &Candidate| is_overlay(candidate) && rank(candidate) == Some(own);
            if self.layers.iter().any(is_there) {
                continue;
            }
            let last_preset = self.layers.iter().rposition(|candidate| rank(candidate).is_some());
            let later = |candidate: &Candidate| is_overlay(candidate) && rank(candidate) > Some(own);
            let at = self.layers.iter().position(later).or(last_preset.map(|last| last + 1));
            let label = format!("{}, overlay {environment}", preset.placed.label);
            let seat = Seat { file: seat.file.clone(), root: path(&["overlays", environment]), other: None };
            self.insert(at.unwrap_or(self.layers.len()), label, preset.placed.rung.clone(), seat);
        }
    }

    fn insert(&mut self, at: usize, label: String, rung: Rung, seat: Seat) {
        // A text of its own, so that the place of what is tried out in it is nobody else's.
        let source = self.sources.add(seat.file.as_str(), "");
        let spec = Node::new(Span { source, start: 0, end: 0 }, Value::Map(Mapping::default()));
        let (locks, silences) = (Vec::new(), Vec::new());
        let placed = Placed { label, rung, spec, locks, silences, constraints: None };
        self.layers.insert(at, Candidate { placed, seat: Some(seat) });
    }

    /// The layers merged, and what is wrong with them.
    pub fn merge(&self, library: &Library) -> (Merged, Vec<crate::diagnostic::Finding>) {
        let layers = self.layers.iter().map(|candidate| candidate.placed.clone()).collect();
        Stack { layers, notes: Vec::new() }.merge(library.sources_start())
    }

    /// The last layer that says something about a path: sets it, or what it stands in, to something.
    pub fn decider(&self, path: &SpecPath) -> Option<usize> {
        let says = |candidate: &Candidate| {
            let (node, steps) = candidate.placed.spec.nearest(path);
            steps == path.0.len() || node.as_map().is_none()
        };
        self.layers.iter().rposition(says)
    }

    /// The layer that is edited in the place of one that other environments take too: the overlay in the same
    /// file.
    pub fn overlay_of(&self, layer: usize) -> Option<usize> {
        let file = &self.layers.get(layer)?.seat.as_ref()?.file;
        let overlays = path(&["overlays"]);
        self.layers.iter().position(|candidate| {
            let seat = candidate.seat.as_ref();
            seat.is_some_and(|seat| seat.file == *file && overlays.covers(&seat.root))
        })
    }
}

fn path(keys: &[&str]) -> SpecPath {
    keys.iter().fold(SpecPath::root(), |path, key| path.key(*key))
}

/// The path of one of the project's own files, from its root.
fn own_file(library: &Library, source: SourceId) -> Option<&str> {
    if library.project.as_ref().is_some_and(|project| project.source == source) {
        return Some(PROJECT_FILE);
    }
    library.own_files().find(|(_, own)| *own == source).map(|(path, _)| path)
}

/// Where in its file a layer stands; none where it is computed and stands nowhere.
fn root_of(document: &Node, placed: &Placed, release: &Release, file: &str) -> Option<SpecPath> {
    let stands = |root: &SpecPath| document.at(root).is_some_and(|node| node.span == placed.spec.span);
    if file == PROJECT_FILE {
        return Some(path(&release.entry().path()).key("spec")).filter(stands);
    }
    let (spec, overlay) = (path(&["spec"]), path(&["overlays", &release.environment]));
    if stands(&overlay) {
        return Some(overlay);
    }
    let is_empty = placed.spec.as_map().is_some_and(|map| map.entries.is_empty());
    (stands(&spec) || is_empty).then_some(spec)
}

/// Whether a release takes a part of a file that `like` takes.
pub fn takes(release: &Release, like: &Release, file: &str, root: &SpecPath) -> bool {
    if path(&["overlays"]).covers(root) && release.environment != like.environment {
        return false;
    }
    let named = |folder: &str, name: &str| file == format!("{folder}/{name}.yaml");
    match file.split('/').next() {
        Some("environments") => named("environments", &release.environment),
        Some("clusters") => release.cluster.as_deref().is_some_and(|name| named("clusters", name)),
        Some("teams") => release.team.as_deref().is_some_and(|name| named("teams", name)),
        Some("presets") if file != "presets/base.yaml" => {
            named("presets", &release.preset) || release.features.iter().any(|name| named("presets", name))
        }
        Some(PROJECT_FILE) => release.entry() == like.entry(),
        _ => true,
    }
}
