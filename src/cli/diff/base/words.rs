//! What text and Markdown say in the same words.

use super::Compared;
use crate::diff::causes::{Leaf, Origin};
use crate::diff::impact::Effect;
use crate::diff::totals::Totals;
use crate::diff::{FieldChange, FieldStep};
use crate::fleet::radius::{Group, Radius};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// The longest value that is shown whole.
const LONGEST: usize = 80;

/// `1 release`, `2 releases`.
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// How many releases do what: `12 change, 1 is new`.
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
    if told.is_empty() { "no release changes".to_owned() } else { told.join(", ") }
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

/// What these releases ask for, where that changes: a name, before and after.
pub fn totals((before, after): &(Totals, Totals)) -> Vec<(&'static str, String, String)> {
    let (before, after) = (before.shown(), after.shown());
    let most = |count: Option<u64>| count.map_or("no bound".to_owned(), |count| count.to_string());
    let rows = [
        ("replicas", before.replicas.to_string(), after.replicas.to_string()),
        ("CPU", before.cpu, after.cpu),
        ("memory", before.memory, after.memory),
        ("executors at most", most(before.executors), most(after.executors)),
        ("their CPU", before.executor_cpu, after.executor_cpu),
        ("their memory", before.executor_memory, after.executor_memory),
        ("storage", before.storage, after.storage),
    ];
    rows.into_iter().filter(|(_, before, after)| before != after).collect()
}

/// A value in a line.
pub fn value(value: Option<&Json>) -> String {
    let text = match value {
        None => return "nothing".to_owned(),
        Some(Json::String(text)) if is_plain(text) => text.clone(),
        Some(other) => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_control) && text.trim() == text
}

/// The values of a field on both sides.
pub fn values(field: &FieldChange) -> (String, String) {
    match field.step {
        FieldStep::Added => ("—".to_owned(), value(field.after.as_ref())),
        FieldStep::Removed => (value(field.before.as_ref()), "—".to_owned()),
        FieldStep::Changed | FieldStep::Reordered => {
            (value(field.before.as_ref()), value(field.after.as_ref()))
        }
    }
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
