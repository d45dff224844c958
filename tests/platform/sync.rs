//! How Argo CD and Flux get through a bundle: waves that wait for nothing later, and what is never removed.

use super::every;
use super::model::{list, map, text};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const WAVE: &str = "argocd.argoproj.io/sync-wave";
const OPTIONS: &str = "argocd.argoproj.io/sync-options";
const PRUNE: &str = "kustomize.toolkit.fluxcd.io/prune";
const SUBSTITUTE: &str = "kustomize.toolkit.fluxcd.io/substitute";

fn annotation(object: &Json, key: &str) -> Option<String> {
    map(object, "/metadata/annotations").remove(key)
}

fn wave(object: &Json) -> i64 {
    annotation(object, WAVE).map_or(0, |wave| wave.parse().unwrap())
}

fn shown(object: &Json) -> String {
    format!("{}/{}", text(object, "/kind"), text(object, "/metadata/name"))
}

/// What an object names that must be there for it to be healthy: kind and name.
fn needs(object: &Json) -> Vec<(&'static str, String)> {
    fn walk(node: &Json, found: &mut Vec<(&'static str, String)>) {
        match node {
            Json::Object(map) => {
                for (key, value) in map {
                    let named = |pointer| text(value, pointer).to_owned();
                    let need = match key.as_str() {
                        "serviceAccountName" => Some(("ServiceAccount", named(""))),
                        "secretKeyRef" | "secretRef" => Some(("Secret", named("/name"))),
                        "secretName" => Some(("Secret", named(""))),
                        "secret" => Some(("Secret", named("/name"))),
                        "configMapKeyRef" | "configMapRef" | "configMap" => {
                            Some(("ConfigMap", named("/name")))
                        }
                        "claimName" => Some(("PersistentVolumeClaim", named(""))),
                        "roleRef" => Some(("Role", named("/name"))),
                        "secretStoreRef" => Some(("SecretStore", named("/name"))),
                        "issuerRef" => Some(("Issuer", named("/name"))),
                        "service" => Some(("Service", named("/name"))),
                        "serviceName" => Some(("Service", named(""))),
                        _ => None,
                    };
                    found.extend(need.filter(|(_, name)| !name.is_empty()));
                    walk(value, found);
                }
            }
            Json::Array(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(object, &mut found);
    for subject in list(object, "/subjects").filter(|subject| text(subject, "/kind") == "ServiceAccount") {
        found.push(("ServiceAccount", text(subject, "/name").to_owned()));
    }
    for secret in list(object, "/spec/template/spec/imagePullSecrets") {
        found.push(("Secret", text(secret, "/name").to_owned()));
    }
    let namespace = text(object, "/metadata/namespace");
    found.push(("Namespace", namespace.to_owned()));
    found
}

/// What can be needed of an object, besides itself: the Secret that an operator makes of it.
fn gives(object: &Json) -> Vec<(&'static str, String)> {
    let name = || text(object, "/metadata/name").to_owned();
    match text(object, "/kind") {
        "ExternalSecret" => vec![("Secret", text(object, "/spec/target/name").to_owned())],
        "Certificate" => vec![("Secret", text(object, "/spec/secretName").to_owned())],
        "Secret" | "SealedSecret" => vec![("Secret", name())],
        "Namespace" => vec![("Namespace", name())],
        "ServiceAccount" => vec![("ServiceAccount", name())],
        "ConfigMap" => vec![("ConfigMap", name())],
        "PersistentVolumeClaim" => vec![("PersistentVolumeClaim", name())],
        "Role" => vec![("Role", name())],
        "SecretStore" => vec![("SecretStore", name())],
        "Issuer" => vec![("Issuer", name())],
        "Service" => vec![("Service", name())],
        _ => Vec::new(),
    }
}

/// Kinds in the order in which Argo CD applies them within a wave; others come after all of these
/// (gitops-engine, `sync_tasks.go`).
const KINDS: [&str; 18] = [
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "ConfigMap",
    "PersistentVolumeClaim",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Service",
    "Deployment",
    "StatefulSet",
    "Job",
    "CronJob",
];

/// When Argo CD applies an object: its wave, and its kind's turn in it.
fn turn(object: &Json) -> (i64, usize) {
    let kind = KINDS.iter().position(|kind| *kind == text(object, "/kind"));
    (wave(object), kind.unwrap_or(KINDS.len()))
}

/// How many needs were looked at, and which of them come too late.
fn too_late(objects: &[Json]) -> (usize, Vec<String>) {
    let mut makers: BTreeMap<(&str, String), &Json> = BTreeMap::new();
    objects.iter().for_each(|object| makers.extend(gives(object).into_iter().map(|given| (given, object))));
    let (mut count, mut late) = (0, Vec::new());
    for object in objects {
        for need in needs(object) {
            let Some(maker) = makers.get(&need) else { continue };
            count += 1;
            let runs = matches!(text(object, "/kind"), "Deployment" | "StatefulSet" | "Job" | "CronJob");
            // A custom resource comes last in its wave, and a workload that needs it is healthy only after.
            let wrong = if need.0 == "PersistentVolumeClaim" {
                // One that waits for its first pod is never healthy before that pod.
                wave(maker) != wave(object)
            } else if runs {
                turn(maker) >= turn(object)
            } else {
                turn(maker).0 > turn(object).0
            };
            if wrong {
                late.push(format!("{} needs {} {}, of {}", shown(object), need.0, need.1, shown(maker)));
            }
        }
    }
    (count, late)
}

/// Nothing in a wave needs what comes in a later one, and nothing is a hook.
#[test]
fn no_wave_waits_for_a_later_one() {
    let mut needed = 0;
    every(10_000, |case, asked| {
        let (count, late) = too_late(&case.objects);
        needed += count;
        asked.that(late.is_empty(), || late.join("; "));
        for object in &case.objects {
            let hook = annotation(object, "argocd.argoproj.io/hook");
            asked.that(hook.is_none(), || format!("{} is a hook", shown(object)));
        }
    });
    assert!(needed > 20_000, "only {needed} needs were looked at");
}

/// The law above can be broken, and says so.
#[test]
fn what_comes_too_late_is_seen() {
    let object = |kind: &str, wave: &str, spec: Json| {
        json!({
            "kind": kind,
            "metadata": {"name": "x", "namespace": "spark", "annotations": {WAVE: wave}},
            "spec": spec,
        })
    };
    let claimed = json!({"template": {"spec": {"volumes": [{"persistentVolumeClaim": {"claimName": "x"}}]}}});
    let secret = json!({"template": {"spec": {"volumes": [{"secret": {"secretName": "x"}}]}}});
    let fetched = json!({"target": {"name": "x"}});
    let late = |objects: &[Json]| !too_late(objects).1.is_empty();
    assert!(!late(&[
        object("PersistentVolumeClaim", "0", json!({})),
        object("StatefulSet", "0", claimed.clone())
    ]));
    assert!(late(&[object("PersistentVolumeClaim", "-1", json!({})), object("StatefulSet", "0", claimed)]));
    assert!(!late(&[
        object("ExternalSecret", "-1", fetched.clone()),
        object("Deployment", "0", secret.clone())
    ]));
    assert!(late(&[
        object("ExternalSecret", "0", fetched.clone()),
        object("Deployment", "0", secret.clone())
    ]));
    assert!(late(&[object("ExternalSecret", "1", fetched), object("Deployment", "0", secret)]));
}

/// What holds data, or others, is removed by nobody; everything else can be.
#[test]
fn what_holds_data_is_never_removed() {
    every(10_000, |case, asked| {
        for object in &case.objects {
            let kept = ["Namespace", "PersistentVolumeClaim"].contains(&text(object, "/kind"));
            let options = annotation(object, OPTIONS).unwrap_or_default();
            let argocd = options == "Prune=false,Delete=false";
            let flux = annotation(object, PRUNE).as_deref() == Some("disabled");
            asked.that((argocd, flux) == (kept, kept), || {
                format!("{}: {options:?}, Flux {flux}", shown(object))
            });
        }
        for set in case.of("StatefulSet") {
            // Claims of pods belong to nobody's inventory; they must not go with their StatefulSet either.
            let policy = map(set, "/spec/persistentVolumeClaimRetentionPolicy");
            asked.that(!policy.values().any(|value| value == "Delete"), || format!("{policy:?}"));
        }
    });
}

/// Flux's variables are kept out of every text that has shells' own, and of no other.
#[test]
fn texts_with_shell_variables_are_not_substituted() {
    let mut marked = 0;
    every(10_000, |case, asked| {
        for object in &case.objects {
            let said = object.to_string();
            let has = said.contains("${") || said.contains("$$");
            let is_marked = annotation(object, SUBSTITUTE).as_deref() == Some("disabled");
            marked += usize::from(is_marked);
            asked.that(has == is_marked, || format!("{}: {has}, marked {is_marked}", shown(object)));
        }
    });
    assert!(marked > 250, "only {marked} objects are marked");
}

/// Those who sync say nothing to pods: what they say must not restart any.
#[test]
fn pods_know_nothing_of_who_syncs() {
    every(1000, |case, asked| {
        for object in &case.objects {
            for part in ["spec", "data"].iter().filter_map(|part| object.get(part)) {
                let said = part.to_string();
                let clean = !said.contains("argoproj.io") && !said.contains("fluxcd.io");
                asked.that(clean, || format!("{}: somebody who syncs is named", shown(object)));
            }
        }
    });
}
