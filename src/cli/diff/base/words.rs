//! What text and Markdown say in the same words.

use super::Compared;
use crate::cli::output::counted;
use crate::diff::FieldChange;
use crate::diff::causes::{Leaf, Origin};
use crate::diff::impact::Effect;
use crate::diff::totals::Totals;
use crate::diff::view::amounts::{self, Row};
use crate::diff::view::value::{MOST, short};
use crate::fleet::radius::{Group, Radius};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// How many releases do what: `12 change, 1 is new`; `none changes`.
pub fn happened(radius: &Radius) -> String {
    let broken = radius.report.count().0;
    let counts = [
        (radius.changed.len(), "changes", "change"),
        (radius.added.len(), "is new", "are new"),
        (radius.removed.len(), "is gone", "are gone"),
        (radius.unknown.len(), "cannot be compared", "cannot be compared"),
    ];
    let mut told: Vec<String> = counts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, several)| format!("{count} {}", if count == 1 { one } else { several }))
        .collect();
    if broken > 0 {
        told.push(format!("{} in what cannot be rendered any more", counted(broken, "error")));
    }
    if told.is_empty() { "none changes".to_owned() } else { told.join(", ") }
}

/// What it was compared with.
pub fn compared_with(compared: &Compared) -> (String, String) {
    (compared.snapshot.revision.clone(), compared.snapshot.short().to_owned())
}

/// The first few of several places.
pub fn some(places: &[String], most: usize) -> String {
    // One more is no longer than `and 1 more`.
    let shown = if places.len() == most + 1 { most + 1 } else { most.min(places.len()) };
    let mut text = places.get(..shown).unwrap_or_default().join(", ");
    if places.len() > shown {
        text.push_str(&format!(" and {} more", places.len() - shown));
    }
    text
}

/// Releases that cannot be compared, by why.
pub fn unknown(radius: &Radius) -> BTreeMap<&str, Vec<String>> {
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (place, why) in &radius.unknown {
        found.entry(why).or_default().push(place.clone());
    }
    found
}

/// What all of it does, the worst first, each with how many releases it happens to.
pub fn effects(groups: &[Group]) -> Vec<(Effect, usize)> {
    let mut found: BTreeMap<Effect, BTreeSet<&str>> = BTreeMap::new();
    for group in groups {
        for (effect, _) in &group.effects {
            found.entry(*effect).or_default().extend(group.releases.iter().map(String::as_str));
        }
    }
    found.into_iter().rev().map(|(effect, releases)| (effect, releases.len())).collect()
}

/// What these releases ask for, where that changes.
pub fn totals((before, after): &(Totals, Totals)) -> Vec<Row> {
    let mut rows = amounts::rows(before, after);
    rows.retain(|row| !row.delta.is_empty());
    rows
}

/// A value in a line.
fn value(value: Option<&Json>) -> String {
    value.map_or_else(|| "—".to_owned(), |value| short(value, MOST))
}

/// The values of a field on both sides.
pub fn values(field: &FieldChange) -> (String, String) {
    (value(field.before.as_ref()), value(field.after.as_ref()))
}

/// The line that decides a leaf: the one of the side as it is; where that is no line of the project's own, the one that
/// is gone.
pub fn place(leaf: &Leaf) -> String {
    let of = |origin: &Option<Origin>| origin.as_ref().and_then(|origin| origin.place.clone());
    let (before, after) = (of(&leaf.before), of(&leaf.after));
    let own = |place: &String| !place.starts_with(crate::library::files::BUILT_IN_PREFIX);
    match (after.clone().filter(own), before.clone().filter(own)) {
        (Some(after), _) => after,
        (None, Some(before)) => format!("{before}, which is gone"),
        (None, None) => after.or(before).unwrap_or_default(),
    }
}

/// What a leaf says on both sides.
pub fn leaf_values(leaf: &Leaf) -> (String, String) {
    let of = |origin: &Option<Origin>| value(origin.as_ref().map(|origin| &origin.value));
    (of(&leaf.before), of(&leaf.after))
}
