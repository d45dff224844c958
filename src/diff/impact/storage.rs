//! Data that is deleted, volumes that become others, and what stays behind.

use super::sides::{Change, Context};
use super::workloads::replicas;
use super::{Effect, Found};
use crate::layer::tree::{Node, Value};
use crate::rules::set::asked::amount;

/// Objects whose deletion deletes data, by kind and group, with what goes.
const DATA: [(&str, &str, &str); 6] = [
    ("PersistentVolumeClaim", "", "its volume goes with it, unless the volume's reclaim policy is Retain"),
    ("Namespace", "", "everything in it goes with it, claims and secrets too"),
    (
        "CustomResourceDefinition",
        "apiextensions.k8s.io",
        "every object of its kind goes with it, in all namespaces",
    ),
    ("Cluster", "postgresql.cnpg.io", "the database's claims go with it"),
    ("Tenant", "minio.min.io", "the object store goes with it"),
    ("ObjectBucketClaim", "objectbucket.io", "the bucket goes with it, unless its class retains it"),
];

/// What a change does to data.
pub fn tell(context: &Context<'_>, change: &Change<'_>, found: &mut Found) {
    if let Some(object) = change.removed() {
        removed(change, object, found);
    } else if let Some((before, after)) = change.both() {
        if change.kind() == "PersistentVolumeClaim" {
            grows(change, before, after, found);
        }
        if change.kind() == "StatefulSet" {
            claims(change, before, after, found);
        }
        volumes(context, change, found);
    }
}

/// A claim may grow while it is used, where its class says `allowVolumeExpansion`.
fn grows(change: &Change<'_>, before: &Node, after: &Node, found: &mut Found) {
    let path = ["spec", "resources", "requests", "storage"];
    let size = |side: &Node| amount(side.below(&path));
    if matches!((size(before), size(after)), (Some(before), Some(after)) if after > before) {
        let text = format!("{} grows, if its StorageClass allows volumes to be expanded", change.name());
        found.say(change, Effect::Live, change.below(&path), text);
    }
}

fn removed(change: &Change<'_>, object: &Node, found: &mut Found) {
    let known = DATA.iter().find(|(kind, group, _)| *kind == change.kind() && *group == change.group());
    if let Some((_, _, what)) = known {
        match kept(object) {
            Some(who) => {
                let text = format!("{} is kept by {who}; whoever deletes it by hand: {what}", change.name());
                found.say(change, Effect::LeavesBehind, Vec::new(), text);
            }
            None => {
                found.say(change, Effect::DeletesData, Vec::new(), format!("{} goes: {what}", change.name()))
            }
        }
    }
    let templates = object.get("spec").map(|spec| spec.list("volumeClaimTemplates")).unwrap_or_default();
    if change.kind() == "StatefulSet" && !templates.is_empty() {
        let names = super::listed(&names(templates));
        match deletes(object, "whenDeleted") {
            true => found.say(
                change,
                Effect::DeletesData,
                Vec::new(),
                format!(
                    "{} goes, and deletes the claims of its pods ({names}): its retention policy says so",
                    change.name()
                ),
            ),
            false => found.say(
                change,
                Effect::LeavesBehind,
                Vec::new(),
                format!("the claims of {} stay with their data ({names})", change.name()),
            ),
        }
    }
}

/// Who leaves an object in the cluster that its manifests no longer hold.
fn kept(object: &Node) -> Option<&'static str> {
    let says = |key: &str, word: &str| {
        let value = object.below(&["metadata", "annotations", key]).and_then(Node::as_str);
        value.is_some_and(|value| value.split(',').any(|part| part.trim() == word))
    };
    let argo = says("argocd.argoproj.io/sync-options", "Prune=false");
    let flux = says("kustomize.toolkit.fluxcd.io/prune", "disabled");
    let helm = says("helm.sh/resource-policy", "keep");
    match (argo, flux, helm) {
        (true, true, _) => Some("Argo CD and Flux, which do not prune it"),
        (true, ..) => Some("Argo CD, which does not prune it"),
        (_, true, _) => Some("Flux, which does not prune it"),
        (.., true) => Some("Helm, whose resource policy says so"),
        _ => None,
    }
}

fn deletes(object: &Node, when: &str) -> bool {
    object.below(&["spec", "persistentVolumeClaimRetentionPolicy", when]).and_then(Node::as_str)
        == Some("Delete")
}

fn names(templates: &[Node]) -> Vec<String> {
    let name =
        |template: &Node| template.below(&["metadata", "name"]).and_then(Node::as_str).map(str::to_owned);
    templates.iter().filter_map(name).collect()
}

/// Claims that a StatefulSet makes, deletes, or makes anew (KEP-1847: `persistentVolumeClaimRetentionPolicy`).
fn claims(change: &Change<'_>, before: &Node, after: &Node, found: &mut Found) {
    let name = change.name();
    let templates = |side: &'_ Node| -> Vec<String> {
        names(side.get("spec").map(|spec| spec.list("volumeClaimTemplates")).unwrap_or_default())
    };
    let (old, new) = (templates(before), templates(after));
    let (from, to) = (replicas(before), replicas(after));
    if to < from && deletes(after, "whenScaled") && !old.is_empty() {
        let text = format!("scaling {name} down deletes the claims of pods that go: whenScaled is Delete");
        found.say(change, Effect::DeletesData, change.below(&["spec", "replicas"]), text);
    }
    for when in ["whenScaled", "whenDeleted"] {
        if deletes(after, when) && !deletes(before, when) && !old.is_empty() {
            let path = ["spec", "persistentVolumeClaimRetentionPolicy", when];
            let moment = if when == "whenScaled" { "scaled down" } else { "deleted" };
            let text = format!("from now on the claims of {name} are deleted when it is {moment}");
            found.say(change, Effect::DeletesData, change.below(&path), text);
        }
    }
    let gone: Vec<String> = old.iter().filter(|name| !new.contains(name)).cloned().collect();
    let fields = change.below(&["spec", "volumeClaimTemplates"]);
    if !gone.is_empty() && !fields.is_empty() {
        let text = format!(
            "pods of {name} no longer have the claim {}; claims that exist stay",
            super::listed(&gone)
        );
        found.say(change, Effect::ReplacesVolume, fields, text);
    }
}

/// Volumes of a pod template that are of another source under the name that they had.
fn volumes(context: &Context<'_>, change: &Change<'_>, found: &mut Found) {
    let (Some((old, _)), Some(_)) = (change.before, change.after) else { return };
    let pods = context.before.pods_of(old).iter().filter_map(|at| Some((*at, *context.pods.get(at)?)));
    for (before, after) in pods {
        let (before, after) = (&context.before.subject.pods[before], &context.after.subject.pods[after]);
        let fields = match before.file {
            Some(file) => change.below(&["data", file]),
            None => change.below(&["spec", "template", "spec", "volumes"]),
        };
        if fields.is_empty() {
            continue;
        }
        for volume in before.spec.list("volumes") {
            let Some(name) = volume.text("name") else { continue };
            let Some(other) = after.volume(name) else { continue };
            if let Some(what) = replaced(source(volume), source(other)) {
                let text = format!("volume {name} of {}: {what}", after.name());
                found.say(change, Effect::ReplacesVolume, fields.clone(), text);
            }
        }
    }
}

fn source(volume: &Node) -> (&str, Option<&Node>) {
    let entries = volume.as_map().into_iter().flat_map(|map| &map.entries);
    let found = entries.into_iter().find(|(key, _)| *key != "name");
    found.map_or(("emptyDir", None), |(key, entry)| (key.as_str(), Some(&entry.node)))
}

fn replaced(old: (&str, Option<&Node>), new: (&str, Option<&Node>)) -> Option<String> {
    /// What is put together anew at each start, from objects that are compared themselves.
    const MADE: [&str; 4] = ["configMap", "secret", "projected", "downwardAPI"];
    let text =
        |side: Option<&Node>, key: &str| side.and_then(|side| side.text(key)).unwrap_or_default().to_owned();
    if MADE.contains(&old.0) && MADE.contains(&new.0) {
        return None;
    }
    if old.0 != new.0 {
        return Some(format!("{} becomes {}; what stood on the old one is not seen any more", old.0, new.0));
    }
    match old.0 {
        "persistentVolumeClaim" => {
            let (from, to) = (text(old.1, "claimName"), text(new.1, "claimName"));
            (from != to)
                .then(|| format!("claim {from} becomes {to}; what stood on the old one is not seen any more"))
        }
        "emptyDir" => match (text(old.1, "medium").as_str(), text(new.1, "medium").as_str()) {
            (from, to) if from == to => None,
            (_, "Memory") => Some("it lies in memory now and counts against the memory limit".to_owned()),
            _ => Some("it lies on the node's disk now and no longer in memory".to_owned()),
        },
        "hostPath" | "nfs" => {
            let (from, to) = (text(old.1, "path"), text(new.1, "path"));
            (from != to).then(|| format!("path {from} becomes {to}"))
        }
        "csi" | "ephemeral" => {
            let same = match (old.1.map(|node| &node.value), new.1.map(|node| &node.value)) {
                (Some(Value::Map(_)), Some(Value::Map(_))) => super::fixed::alike(old.1, new.1),
                _ => true,
            };
            (!same).then(|| "it is made otherwise".to_owned())
        }
        _ => None,
    }
}
