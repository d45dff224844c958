//! Fields that cannot change, and what no other file knows: custom resources, metadata.

use super::sides::Change;
use super::{Effect, Found, fixed as table, listed};

/// Says which fields the API server refuses to change.
pub fn fixed(change: &Change<'_>, found: &mut Found) {
    let Some((before, after)) = change.both() else { return };
    let mut fields: Vec<usize> = Vec::new();
    let mut paths: Vec<String> = Vec::new();
    for path in table::refused(before, after) {
        // What the difference takes for the same is the same: amounts, and names that correspond.
        let touched = change.any_below(&[&path]);
        if !touched.is_empty() {
            fields.extend(touched);
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return;
    }
    fields.sort_unstable();
    fields.dedup();
    let hint = match change.kind() {
        "StatefulSet" => {
            "; `kubectl delete --cascade=orphan` keeps its pods meanwhile, claims stay as they are"
        }
        "PersistentVolumeClaim" => "; deleting the claim deletes its data",
        _ => "",
    };
    let text =
        format!("{} cannot change {}: delete it and create it again{hint}", change.name(), listed(&paths));
    found.say(change, Effect::Recreates, fields, text);
}

/// Kinds that only somebody who looks at the cluster reads, with whom.
const WATCHED: [(&str, &str); 4] = [
    ("ServiceMonitor", "Prometheus scrapes accordingly"),
    ("PodMonitor", "Prometheus scrapes accordingly"),
    ("PrometheusRule", "Prometheus takes the rules up"),
    ("AlertmanagerConfig", "Alertmanager takes it up"),
];

/// Gives every change that nothing was said of its impact.
pub fn rest(change: &Change<'_>, found: &mut Found) {
    if found.told.contains(&change.at) {
        return;
    }
    let name = change.name();
    let all: Vec<usize> = (0..change.change.fields.len()).collect();
    let is_metadata = change.both().is_some() && {
        let metadata = change.below(&["metadata"]);
        all.iter().all(|field| metadata.contains(field))
    };
    let what = match (change.added().is_some(), change.removed().is_some()) {
        (true, _) => "is new",
        (_, true) => "goes",
        _ => "changes",
    };
    if is_metadata {
        let text = format!("only metadata of {name}: nothing that runs changes");
        return found.say(change, Effect::Nothing, all, text);
    }
    if let Some((_, who)) = WATCHED.iter().find(|(kind, _)| *kind == change.kind()) {
        return found.say(change, Effect::Live, all, format!("{name} {what}: {who}"));
    }
    if matches!(change.kind(), "SparkApplication" | "ScheduledSparkApplication" | "SparkConnect") {
        let effect = if change.added().is_some() { Effect::Starts } else { Effect::EndsSessions };
        let text = format!("{name} {what}: its operator ends what runs and submits it again");
        return found.say(change, effect, all, text);
    }
    let is_custom = change.group().contains('.') && !change.group().ends_with(".k8s.io");
    let (effect, text) = match (is_custom, change.kind()) {
        (true, _) => (Effect::Live, format!("{name} {what}: its controller acts on it")),
        (_, "NetworkPolicy") => {
            (Effect::Nothing, format!("{name} {what}: the same connections pass between the same pods"))
        }
        (_, "Namespace") => (Effect::Nothing, format!("{name} {what}")),
        (_, "ConfigMap" | "Secret") => {
            (Effect::Nothing, format!("{name} {what}: no pod of the set reads it"))
        }
        _ => (Effect::Nothing, format!("{name} {what}: nothing that runs in the set notices it")),
    };
    found.say(change, effect, all, text);
}
