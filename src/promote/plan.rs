//! Which layer is edited for each leaf: tried out on the merged tree, so that what is decided is what comes of it.
//!
//! In this order, the first that gives the target exactly the wanted value and changes no other leaf:
//!
//! 1. the layer that decides the value in the target, where it is the project's and no other environment's;
//! 2. of a preset of the project that other environments take too, its overlay for the target;
//! 3. the project's layer of the target environment.
//!
//! In each, an entry that only repeats what stands below it then is taken out rather than set.

use super::change::Change;
use super::edit::{Wish, edited};
use super::ladder::{Ladder, Seat};
use crate::diagnostic::Finding;
use crate::layer::path::SpecPath;
use crate::layer::stack::Merged;
use crate::layer::tree::{Node, Value};
use crate::library::Library;
use crate::source::Span;
use std::collections::BTreeMap;

/// What is to be written, and why there.
#[derive(Debug)]
pub struct Plan {
    /// One for each change, in their order.
    pub decisions: Vec<Decision>,
    /// The files that change: before (none of a new one) and after, by their paths in the project.
    pub files: BTreeMap<String, (Option<String>, String)>,
    /// What the target's spec then is.
    pub wanted: Node,
}

/// Where one leaf is changed.
#[derive(Debug)]
pub struct Decision {
    /// The leaf.
    pub change: Change,
    /// The file, from the project's root.
    pub file: String,
    /// The mapping in it.
    pub root: SpecPath,
    /// What becomes of its entry.
    pub step: Step,
    /// Why this layer, in a few words.
    pub why: String,
}

/// What becomes of an entry of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is written anew.
    Add,
    /// It has another value.
    Set,
    /// It is taken out: what stands below it is the wanted value.
    Remove,
    /// It becomes `null`, which deletes what stands below.
    Delete,
}

/// A ladder in the making.
pub(super) struct Draft<'a> {
    library: &'a Library,
    pub environment: &'a str,
    pub ladder: Ladder,
    /// What is wrong with the layers already, which is nobody's doing here.
    known: Vec<String>,
    pub merged: Merged,
    changed: BTreeMap<String, String>,
}

/// Decides for each change. `from` is what the source environment is called, `to` the target.
///
/// # Errors
/// For each change that no layer can be given, why.
pub fn plan(
    library: &Library,
    ladder: Ladder,
    changes: Vec<Change>,
    environment: &str,
) -> Result<Plan, Vec<Finding>> {
    let (merged, findings) = ladder.merge(library);
    let known = findings.into_iter().map(|finding| finding.message).collect();
    let changed = BTreeMap::new();
    let mut draft = Draft { library, environment, ladder, known, merged, changed };
    let (mut decisions, mut refusals) = (Vec::new(), Vec::new());
    for change in changes {
        match draft.decide(&change) {
            Ok((seat, step, why)) => {
                decisions.push(Decision { change, file: seat.file, root: seat.root, step, why });
            }
            Err(finding) => refusals.push(*finding),
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let before = |file: &str| library.own_text(file).map(str::to_owned);
    let files = draft.changed.into_iter().map(|(file, text)| {
        let old = before(&file);
        (file, (old, text))
    });
    Ok(Plan { decisions, files: files.collect(), wanted: draft.merged.root })
}

/// What came of trying a layer out.
enum Tried {
    Works(Box<(Ladder, Merged)>),
    /// The rules of the merge forbid it.
    Forbidden(Box<Finding>),
    /// The merged value is another one.
    Shadowed,
}

impl Draft<'_> {
    fn decide(&mut self, change: &Change) -> Result<(Seat, Step, String), Box<Finding>> {
        let decider = self.ladder.decider(&change.path);
        let mut wanted = self.merged.root.clone();
        wanted.set(&change.path, change.after.as_ref().map(|node| node.value.clone()));
        let (mut reason, mut by_hand) = (None, None);
        for (layer, why) in self.candidates(decider) {
            let candidate = &self.ladder.layers[layer];
            let Some(seat) = candidate.seat.clone() else { continue };
            let is_there = candidate.placed.spec.at(&change.path).is_some();
            let steps = match (is_there, &change.after) {
                (true, Some(_)) => vec![Step::Remove, Step::Set],
                (true, None) => vec![Step::Remove, Step::Delete],
                (false, Some(_)) => vec![Step::Add],
                (false, None) => vec![Step::Delete],
            };
            for step in steps {
                match self.attempt(layer, change, step, &wanted) {
                    Tried::Works(made) => match self.edit(&seat, change, step, &made.1.root) {
                        Some(text) => {
                            (self.ladder, self.merged) = *made;
                            self.ladder.texts.insert(seat.file.clone(), text.clone());
                            self.changed.insert(seat.file.clone(), text);
                            return Ok((seat, step, why));
                        }
                        None => by_hand = Some(self.by_hand(&seat, layer, change)),
                    },
                    Tried::Forbidden(finding) => reason = Some(finding),
                    Tried::Shadowed => {}
                }
            }
            if by_hand.is_some() {
                break;
            }
        }
        Err(by_hand.or(reason).unwrap_or_else(|| Box::new(self.shadowed(change, decider))))
    }

    /// The layers to try, the first of them first, with why each is tried.
    fn candidates(&self, decider: Option<usize>) -> Vec<(usize, String)> {
        let environment = self.environment;
        let mut found = Vec::new();
        if let Some(layer) = decider {
            let candidate = &self.ladder.layers[layer];
            match &candidate.seat {
                Some(Seat { other: None, .. }) => {
                    found.push((layer, format!("{} decides it in {environment}", candidate.placed.label)));
                }
                Some(Seat { other: Some(other), .. }) => {
                    if let Some(overlay) = self.ladder.overlay_of(layer) {
                        let label = &candidate.placed.label;
                        found.push((
                            overlay,
                            format!("{label} decides it, and {other} takes that too: its overlay is {environment}'s own"),
                        ));
                    }
                }
                None => {}
            }
        }
        let own = self.ladder.environment;
        if !found.iter().any(|(layer, _)| *layer == own) {
            let why = match decider.map(|layer| &self.ladder.layers[layer].placed) {
                None => format!("nothing sets it in {environment}"),
                Some(placed) if self.is_built_in(placed.spec.span) => {
                    format!("what decides it in {environment} is built in: {}", placed.label)
                }
                Some(placed) => format!("{} decides it, for other environments too", placed.label),
            };
            found.push((own, why));
        }
        found
    }

    fn is_built_in(&self, span: Span) -> bool {
        self.library.is_built_in(span.source)
    }

    /// What comes of one step in one layer.
    fn attempt(&self, layer: usize, change: &Change, step: Step, wanted: &Node) -> Tried {
        let mut ladder = self.ladder.clone();
        let spec = &mut ladder.layers[layer].placed.spec;
        match (step, &change.after) {
            (Step::Remove, _) => remove(spec, &change.path),
            (_, Some(after)) => spec.set(&change.path, Some(after.value.clone())),
            (_, None) => spec.set(&change.path, Some(Value::Null)),
        }
        let (merged, findings) = ladder.merge(self.library);
        let new = findings.into_iter().find(|finding| !self.known.contains(&finding.message));
        match new {
            Some(finding) => Tried::Forbidden(Box::new(self.forbidden(finding, change))),
            None if merged.root.same_value(wanted) => Tried::Works(Box::new((ladder, merged))),
            None => Tried::Shadowed,
        }
    }

    /// The layer's file with the step taken; none where that cannot be done.
    fn edit(&self, seat: &Seat, change: &Change, step: Step, order: &Node) -> Option<String> {
        let text = self.ladder.texts.get(&seat.file)?;
        let path = SpecPath([&seat.root.0[..], &change.path.0].concat());
        let null = Value::Null;
        let wish = match (step, &change.after) {
            (Step::Remove, _) => Wish::Remove,
            (_, Some(after)) => Wish::Set(&after.value),
            (_, None) => Wish::Set(&null),
        };
        let order = if change.after.is_some() { order } else { &self.merged.root };
        edited(text, self.ladder.sources.scratch(), &seat.root, &path, &wish, order)
    }
}

/// Takes an entry out of a layer, with the mappings that lead to nothing else.
fn remove(spec: &mut Node, path: &SpecPath) {
    let mut goes = path.clone();
    while let Some(above) = goes.parent().filter(|above| !above.0.is_empty()) {
        if spec.at(&above).and_then(Node::as_map).is_none_or(|map| map.entries.len() != 1) {
            break;
        }
        goes = above;
    }
    spec.set(&goes, None);
}
