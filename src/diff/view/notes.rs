//! Causes as remarks at layer lines, the worst first: what code scanning and annotations show.

use super::value::{MOST, clean, short};
use super::{Shown, count, name, place};
use crate::diagnostic::Place;
use crate::diff::Comparison;
use crate::diff::causes::{Cause, CauseKind, Leaf};
use crate::diff::impact::Effect;
use std::collections::BTreeSet;

/// A remark at a line of a layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// What kind of cause it is about.
    pub rule: &'static str,
    /// The worst that it does.
    pub effect: Option<Effect>,
    /// The line; none of what no line causes.
    pub place: Option<Place>,
    /// Other lines: the first side's, other values of the same cause.
    pub related: Vec<(String, Place)>,
    /// What it says, in one line.
    pub message: String,
    /// The same as long as it is the same cause, whatever lines it stands on.
    pub identity: String,
}

/// Rules with what they say.
pub const RULES: [(&str, &str); 5] = [
    ("diff/layer-value", "A value of a layer makes two sides differ"),
    ("diff/identity", "The release is called otherwise on the two sides"),
    ("diff/template", "A template makes two sides differ"),
    ("diff/program", "Two versions of sparkctl make two sides differ"),
    ("diff/release", "Only one side has the release"),
];

/// A remark for each cause, and for each release that only one side has.
pub fn notes(shown: &Shown) -> Vec<Note> {
    let mut notes: Vec<Note> = shown
        .comparisons
        .iter()
        .flat_map(|comparison| comparison.causes.causes.iter().map(|cause| note(comparison, cause)))
        .collect();
    notes.sort_by_key(|note| std::cmp::Reverse(note.effect));
    for (releases, side) in [(&shown.before, &shown.sides.0), (&shown.after, &shown.sides.1)] {
        notes.extend(releases.iter().map(|release| Note {
            rule: "diff/release",
            effect: None,
            place: None,
            related: Vec::new(),
            message: clean(&format!("{} is only in {side}", release.place())),
            identity: release.place(),
        }));
    }
    notes
}

fn note(comparison: &Comparison, cause: &Cause) -> Note {
    let mut places = Vec::new();
    let (rule, what) = match &cause.kind {
        CauseKind::Leaves(leaves) => {
            for leaf in leaves {
                let (before, after) = place::of(comparison, leaf);
                let side = |name: &str| clean(&format!("{} in {name}", leaf.path));
                places.extend(after.map(|place| (side(&comparison.after.name), place)));
                places.extend(before.map(|place| (side(&comparison.before.name), place)));
            }
            ("diff/layer-value", leaves.iter().map(change).collect::<Vec<_>>().join(", "))
        }
        CauseKind::Identity { what, before, after } => {
            ("diff/identity", format!("the release's {what} {before} → {after}"))
        }
        CauseKind::Templates(files) => ("diff/template", files.join(", ")),
        CauseKind::Program => ("diff/program", "sparkctl itself".to_owned()),
    };
    let objects: BTreeSet<usize> =
        cause.fields.iter().map(|(change, _)| *change).chain(cause.objects.iter().copied()).collect();
    let names: Vec<String> =
        objects.iter().filter_map(|at| comparison.difference.changes.get(*at)).map(name::object).collect();
    let title = super::text::title(comparison);
    let mut message = format!(
        "{what}: changes {} in {} ({title}): {}",
        count(cause.fields.len(), "field"),
        count(objects.len(), "object"),
        name::several(&names, 4),
    );
    let effect = comparison.worst_of(cause).filter(|effect| *effect > Effect::Nothing);
    if let Some(effect) = effect {
        message.push_str(&format!("; {}", effect.meaning()));
    }
    // A line of the checkout is one that a reader can see and change.
    places.sort_by_key(|(_, place)| place.path().is_none());
    let mut places = places.into_iter();
    Note {
        rule,
        effect,
        place: places.next().map(|(_, place)| place),
        related: places.collect(),
        message: clean(&message),
        identity: format!("{title} {rule} {what}"),
    }
}

/// `connect.replicas 1 → 3`.
fn change(leaf: &Leaf) -> String {
    let value = |origin: &Option<crate::diff::causes::Origin>| {
        origin.as_ref().map(|origin| short(&origin.value, MOST / 2))
    };
    match (value(&leaf.before), value(&leaf.after)) {
        (Some(before), Some(after)) => format!("{} {before} → {after}", leaf.path),
        (None, Some(after)) => format!("{} {after}", leaf.path),
        (Some(before), None) => format!("{}, which was {before}", leaf.path),
        (None, None) => leaf.path.to_string(),
    }
}
