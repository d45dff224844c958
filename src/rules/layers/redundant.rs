//! `layer/redundant-override`: what a layer sets to the value that it has anyway.

use super::is_fact;
use crate::layer::path::SpecPath;
use crate::layer::stack::Merged;
use crate::layer::tree::{Node, Value};
use crate::rules::{Place, Problem};
use crate::source::Span;
use std::collections::BTreeMap;

/// One value that was written over another, in some of the releases that were looked at.
#[derive(Debug, Clone)]
pub struct Override {
    path: SpecPath,
    span: Span,
    shown: String,
    /// What it overrode where that was the same, and the layer that said so; none where it differed, or
    /// there was nothing, in some release.
    same: Option<(Span, String)>,
}

/// What was said over what, by where it was written.
#[derive(Debug, Default)]
pub struct Overrides(BTreeMap<(Span, SpecPath), Override>);

impl Overrides {
    /// Looks at one merged release; `examined` tells which places are to be judged, `owned` which texts
    /// belong to those who wrote them.
    pub fn look(&mut self, merged: &Merged, examined: impl Fn(Span) -> bool, owned: impl Fn(Span) -> bool) {
        merged.root.each_leaf(&mut |path, leaf| {
            for node in std::iter::once(leaf).chain(leaf.chain()).filter(|node| examined(node.span)) {
                let below = node.overrode.as_deref();
                let same = below.filter(|below| is_redundant(path, node, below, &owned));
                let same = same.map(|below| (below.span, merged.layer_of(below.span).to_owned()));
                let known = self.0.entry((node.span, path.clone())).or_insert_with(|| Override {
                    path: path.clone(),
                    span: node.span,
                    shown: shown(node),
                    same: same.clone(),
                });
                if same.is_none() {
                    known.same = None;
                }
            }
        });
    }

    /// Those that changed nothing in any release that was looked at.
    pub fn problems(self) -> impl Iterator<Item = (SpecPath, Problem)> {
        self.0.into_values().filter_map(|Override { path, span, shown, same }| {
            let (below, layer) = same?;
            let message = format!("`{path}` is {shown} anyway");
            let problem =
                Problem::new("layer/redundant-override", message, Place::Span(span), "this changes nothing")
                    .and(Place::Span(below), format!("{layer} says the same"))
                    .why("a value that repeats what stands below hides that it was no decision, and stays behind when the one below changes")
                    .help("leave it out; where it is meant to stay whatever stands below, silence this with the reason");
            Some((path, problem))
        })
    }
}

/// Whether a value only repeats what it overrode. Example values are not asked about: they are to be
/// replaced. Facts of a site may happen to be what sparkctl ships as a default, and are true all the same.
fn is_redundant(path: &SpecPath, node: &Node, below: &Node, owned: &impl Fn(Span) -> bool) -> bool {
    node.same_value(below)
        && !matches!(node.value, Value::Null)
        && !super::examples::is_example(node)
        && (owned(below.span) || !is_fact(path))
}

/// A value in a few words.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::List(_) | Value::Map(_) => "the same".to_owned(),
        Value::String(text) if text.chars().count() <= 40 => format!("`{text}`"),
        Value::String(_) => "the same".to_owned(),
        _ => format!("`{}`", node.to_json()),
    }
}
