//! Why a change can be given to no layer: what is said to whoever asked for it.

use super::change::Change;
use super::edit::write;
use super::ladder::{Candidate, Seat};
use super::plan::Draft;
use super::refused;
use crate::diagnostic::Finding;
use crate::layer::path::SpecPath;
use crate::layer::stack::Placed;
use crate::source::Span;
use crate::spec::redact;

impl Draft<'_> {
    fn place_of(&self, change: &Change) -> Span {
        let change = change.before.as_ref().or(change.after.as_ref());
        change.map_or(self.merged.root.span, |node| node.span)
    }

    /// A lock or another rule of the merge, at what stands there now.
    pub fn forbidden(&self, mut finding: Finding, change: &Change) -> Finding {
        let to = self.environment;
        if finding.rule == "layer/locked" {
            finding.message = format!("`{}` is locked in {to}", change.path);
        }
        // The first place is the one that was tried out, where nothing is written yet.
        finding.primary = None;
        let mut finding = finding.at(self.place_of(change), format!("its value in {to}"));
        finding.related.retain(|label| Some(label.span) != finding.primary.as_ref().map(|label| label.span));
        finding
    }

    /// A later layer decides the value, and is none to edit.
    pub fn shadowed(&self, change: &Change, decider: Option<usize>) -> Finding {
        let (path, to) = (&change.path, self.environment);
        let decider = decider.map(|layer| &self.ladder.layers[layer]);
        let at = decider.map(|candidate| {
            let (node, steps) = candidate.placed.spec.nearest(path);
            let reached = SpecPath(path.0[..steps].to_vec());
            let shown = redact::value(&reached, node);
            (node.span, format!("{} sets it to {shown}", candidate.placed.label))
        });
        let (span, label) = at.unwrap_or((self.place_of(change), format!("its value in {to}")));
        let finding =
            refused(format!("a later layer than the environment decides `{path}` in {to}")).at(span, label);
        match decider {
            Some(Candidate { seat: Some(Seat { other: Some(other), .. }), placed }) => finding
                .why(format!("{other} takes {} too: a change of it would not be {to}'s alone", placed.label))
                .help(format!("change it there by hand, or give {to} a layer of its own for it")),
            Some(Candidate { placed, .. }) => finding
                .why(format!("what environments/{to}.yaml says would change nothing"))
                .help_if(above(placed, to)),
            None => finding,
        }
    }

    /// The text is of a form that is better not touched.
    pub fn by_hand(&self, seat: &Seat, layer: usize, change: &Change) -> Box<Finding> {
        let placed = &self.ladder.layers[layer].placed;
        let (near, steps) = placed.spec.nearest(&change.path);
        let span = if steps == 0 { placed.spec.span } else { near.span };
        let value = change.after.as_ref().and_then(|after| write::inline(&after.value));
        let value = value.unwrap_or_else(|| "null".to_owned());
        Box::new(
            refused(format!("sparkctl cannot rewrite this place of {} by itself", seat.file))
                .at(span, "this is what it is about")
                .why(
                    "a comment, an anchor or the layout would be lost, or another value would change with it",
                )
                .help(format!("write it by hand, as `{}: {value}`", change.path)),
        )
    }
}

/// Where one can write above a built-in layer.
fn above(placed: &Placed, environment: &str) -> Option<String> {
    let preset = placed.label.strip_prefix("preset ")?;
    let name = preset.split(',').next().unwrap_or(preset);
    Some(format!(
        "set it in `overlays.{environment}` of a preset of your own, presets/{name}.yaml, which is merged over the built-in one"
    ))
}
