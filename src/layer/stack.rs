//! The layers of one release in their order, and their merge into one tree.

use super::document::{Lock, Silence};
use super::merge::merge;
use super::path::{Segment, SpecPath};
use super::tree::{Mapping, Node, Value};
use crate::diagnostic::Finding;
use crate::source::{SourceId, Span};

/// What a rung of the stack is, for messages and for conflicts between features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rung {
    /// Neither a feature nor an overlay of one.
    Plain,
    /// A feature of this name, or its overlay.
    Feature(String),
}

/// One layer, or one overlay of it, at its place in the order.
#[derive(Debug, Clone)]
pub struct Placed {
    /// As messages name it: `environment prod`, `preset connect, overlay prod`, `--set`.
    pub label: String,
    /// Whether it belongs to a feature.
    pub rung: Rung,
    /// Its part of the spec.
    pub spec: Node,
    /// Paths that the layers after it may not change.
    pub locks: Vec<Lock>,
    /// Findings that it says are known and accepted.
    pub silences: Vec<Silence>,
    /// What the merged spec must satisfy because of it.
    pub constraints: Option<Node>,
}

/// The layers of one release, lowest first.
#[derive(Debug, Clone, Default)]
pub struct Stack {
    /// Lowest first.
    pub layers: Vec<Placed>,
    /// Warnings about how they are written.
    pub notes: Vec<Finding>,
}

/// The merged tree: every leaf with the place that decided it and what it overrode.
#[derive(Debug, Clone)]
pub struct Merged {
    /// The root mapping.
    pub root: Node,
    /// Which range of which text belongs to which layer.
    labels: Vec<(Span, String, Rung)>,
}

impl Merged {
    /// The layer that a place belongs to, as messages name it.
    pub fn layer_of(&self, span: Span) -> &str {
        self.labelled(span).map_or("", |(label, _)| label)
    }

    /// The place in the order of the layer that wrote at `span`: 0 for the first one.
    pub fn rank(&self, span: Span) -> usize {
        self.labels.iter().rposition(|(range, _, _)| range.contains(span)).unwrap_or(0)
    }

    /// The texts that its layers stand in, each once.
    pub fn sources(&self) -> std::collections::BTreeSet<SourceId> {
        self.labels.iter().map(|(range, _, _)| range.source).collect()
    }

    fn labelled(&self, span: Span) -> Option<(&str, &Rung)> {
        let found = self.labels.iter().find(|(range, _, _)| range.contains(span))?;
        Some((&found.1, &found.2))
    }

    /// The same tree with one leaf set to another value (or deleted), for asking what depends on it.
    #[must_use]
    pub fn with(&self, path: &SpecPath, value: Option<Value>) -> Merged {
        let mut changed = self.clone();
        changed.root.set(path, value);
        changed
    }
}

impl Stack {
    /// Merges the layers in their order, holding the later ones to the locks of the earlier ones,
    /// and features to each other.
    pub fn merge(self, start: SourceId) -> (Merged, Vec<Finding>) {
        let mut findings = Vec::new();
        let mut root = Node::new(Span { source: start, start: 0, end: 0 }, Value::Map(Mapping::default()));
        let mut labels = Vec::new();
        let mut locks: Vec<(Lock, String)> = Vec::new();
        for layer in self.layers {
            labels.push((layer.spec.span, layer.label.clone(), layer.rung));
            let held: Vec<Option<Node>> =
                locks.iter().map(|(lock, _)| root.at(&lock.path).cloned()).collect();
            let above = (!locks.is_empty()).then(|| layer.spec.clone());
            root = merge(root, layer.spec);
            for ((lock, holder), before) in locks.iter().zip(held) {
                let after = root.at(&lock.path);
                let same = match (&before, after) {
                    (None, None) => true,
                    (Some(before), Some(after)) => before.same_value(after),
                    _ => false,
                };
                if let (false, Some(above)) = (same, &above) {
                    findings.push(lock_broken(lock, holder, above, before.as_ref(), &layer.label));
                }
            }
            locks.extend(layer.locks.into_iter().map(|lock| (lock, layer.label.clone())));
        }
        let merged = Merged { root, labels };
        find_conflicts(&merged, &merged.root, &mut SpecPath::root(), &mut findings);
        (merged, findings)
    }
}

fn lock_broken(lock: &Lock, holder: &str, above: &Node, before: Option<&Node>, label: &str) -> Finding {
    let (_, steps) = above.nearest(&lock.path);
    let reached = SpecPath(lock.path.0[..steps].to_vec());
    let at = changed_leaf(above.at(&reached), before.filter(|_| steps == lock.path.0.len()))
        .or_else(|| above.key_span(&reached))
        .unwrap_or(above.span);
    let mut finding = Finding::error("layer/locked", format!("`{}` is locked", lock.path))
        .at(at, format!("{label} changes it"))
        .and(lock.span, format!("locked here by {holder}"))
        .why(if lock.reason.is_empty() {
            "no reason was given with the lock".to_owned()
        } else {
            lock.reason.clone()
        })
        .help("leave the value as it is; whoever owns the layer with the lock can change both");
    if let Some(before) = before {
        finding = finding.and(before.span, "the locked value");
    }
    finding
}

/// The first leaf of `above` that differs from what stands below the lock.
fn changed_leaf(above: Option<&Node>, before: Option<&Node>) -> Option<Span> {
    let (above, before) = (above?, before?);
    let mut found = None;
    above.each_leaf(&mut |path, leaf| {
        if found.is_none() && !before.at(path).is_some_and(|old| old.same_value(leaf)) {
            found = Some(leaf.span);
        }
    });
    found
}

/// What another feature than `winner` put into a mapping that was replaced or deleted whole.
fn other_feature_in<'a>(merged: &'a Merged, old: &'a Node, winner: &str) -> Option<(&'a Node, &'a String)> {
    let map = old.as_map()?;
    map.entries.values().chain(map.removed.values()).find_map(|entry| {
        match merged.labelled(entry.node.span) {
            Some((_, Rung::Feature(other))) if other != winner => Some((&entry.node, other)),
            _ => other_feature_in(merged, &entry.node, winner),
        }
    })
}

/// Two features that set one path to different values, with no later layer deciding.
fn find_conflicts(merged: &Merged, node: &Node, path: &mut SpecPath, findings: &mut Vec<Finding>) {
    if let Value::Map(map) = &node.value {
        let deleted = map.removed.iter();
        for (key, entry) in map.entries.iter().chain(deleted) {
            path.0.push(Segment::Key(key.clone()));
            find_conflicts(merged, &entry.node, path, findings);
            path.0.pop();
        }
    }
    let Some((_, Rung::Feature(winner))) = merged.labelled(node.span) else { return };
    let rival = node.chain().find_map(|old| match merged.labelled(old.span)? {
        (_, Rung::Feature(other)) if other != winner && !old.same_value(node) => Some((old, other)),
        _ => other_feature_in(merged, old, winner),
    });
    if let Some((old, other)) = rival {
        findings.push(
            Finding::error(
                "layer/feature-conflict",
                format!("the features `{other}` and `{winner}` disagree on `{path}`"),
            )
            .at(node.span, format!("{winner} sets this"))
            .and(old.span, format!("{other} sets that"))
            .why("the order in which features are given never matters, so neither can win")
            .help(format!("decide it in a later layer: --set '{path}=...', or the release's own spec")),
        );
    }
}
