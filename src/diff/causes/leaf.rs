//! A leaf that differs, with the layer line of each side.

use super::stage::Side;
use super::units::Unit;
use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::{Node, Value};
use crate::source::Span;
use crate::spec::redact;
use serde_json::Value as Json;

/// A leaf of the merged spec: a scalar, a list or an empty mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// Where it stands in the spec.
    pub path: SpecPath,
    /// What the first side says; none where no layer of it says anything.
    pub before: Option<Origin>,
    /// What the second side says.
    pub after: Option<Origin>,
}

/// What one side says at a leaf, and which line of which layer decided it.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// The value, with credentials hidden; `null` where a layer deleted what stood below.
    pub value: Json,
    /// The layer, as messages name it: `environment prod`, `preset connect, overlay prod`, `--set`.
    pub layer: String,
    /// The value's place in the sources of that side's report.
    pub span: Option<Span>,
    /// The same for reading: `environments/prod.yaml:14:15`.
    pub place: Option<String>,
}

/// The leaves of a piece of the spec: what both sides have is one leaf; a mapping of one side counts by its own.
pub fn leaves(before: Side<'_>, after: Side<'_>, unit: &Unit<'_>) -> Vec<Leaf> {
    let mut paths = Vec::new();
    match (unit.before, unit.after) {
        (Some(one), None) | (None, Some(one)) => one.each_leaf(&mut |inner, _| {
            paths.push(SpecPath(unit.path.0.iter().chain(&inner.0).cloned().collect()));
        }),
        _ => paths.push(unit.path.clone()),
    }
    let leaf = |path: SpecPath| Leaf { before: origin(before, &path), after: origin(after, &path), path };
    paths.into_iter().map(leaf).collect()
}

fn origin(side: Side<'_>, path: &SpecPath) -> Option<Origin> {
    let merged = &side.1.merged;
    let node = merged.root.at(path).or_else(|| deleted(&merged.root, path))?;
    let sources = &side.1.report.sources;
    Some(Origin {
        value: redact::value(path, node),
        layer: merged.layer_of(node.span).to_owned(),
        span: Some(node.span),
        place: Some(sources.locate(node.span)),
    })
}

/// The `null` that deleted what stood at a path or above it.
fn deleted<'a>(root: &'a Node, path: &SpecPath) -> Option<&'a Node> {
    let (holder, steps) = root.nearest(path);
    let (Value::Map(map), Some(Segment::Key(key))) = (&holder.value, path.0.get(steps)) else { return None };
    Some(&map.removed.get(key)?.node)
}
