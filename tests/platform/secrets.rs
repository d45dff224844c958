//! Credentials: who makes each Secret, and that none is written out.

use super::every;
use super::model::{list, text};

use std::collections::BTreeSet;

/// ISSUE-007, ISSUE-031, T-s3-secret, N8, N9: every Secret that a pod reads is made by an operator, with that
/// key, by one owner, or is a precondition.
#[test]
fn every_secret_has_one_maker() {
    every(1000, |case, asked| {
        let fetched = |name: &str| -> Option<BTreeSet<String>> {
            let found = case.of("ExternalSecret").find(|found| text(found, "/spec/target/name") == name)?;
            Some(list(found, "/spec/data").map(|data| text(data, "/secretKey").to_owned()).collect())
        };
        let certified =
            |name: &str| case.of("Certificate").any(|found| text(found, "/spec/secretName") == name);
        let declared = |name: &str| {
            case.compiled.preconditions.iter().any(|known| known.what.contains(&format!(" {name} ")))
        };
        for pod in case.pods() {
            for container in pod.containers() {
                for entry in list(container, "/env") {
                    let Some(reference) = entry.pointer("/valueFrom/secretKeyRef") else { continue };
                    let (name, key) = (text(reference, "/name"), text(reference, "/key"));
                    let made = fetched(name).map(|keys| keys.contains(key));
                    asked.that(made.unwrap_or_else(|| declared(name)), || {
                        format!("{}: nobody makes {name}/{key}", pod.owner)
                    });
                }
            }
            for volume in list(&pod.spec, "/volumes") {
                let names = volume.get("secret").map(|secret| text(secret, "/secretName"));
                let projected = list(volume, "/projected/sources").map(|source| text(source, "/secret/name"));
                for name in names.into_iter().chain(projected).filter(|name| !name.is_empty()) {
                    let made = fetched(name).is_some() || certified(name) || declared(name);
                    asked.that(made, || format!("{}: nobody makes {name}", pod.owner));
                }
            }
            for name in list(&pod.spec, "/imagePullSecrets").map(|secret| text(secret, "/name")) {
                asked.that(declared(name), || format!("{}: nobody makes {name}", pod.owner));
            }
        }
        asked.that(case.of("Secret").next().is_none(), || "a Secret in the bundle".to_owned());
        for found in case.of("ExternalSecret") {
            asked.that(case.environment != "dev", || "an ExternalSecret without an operator".to_owned());
            asked.that(!text(found, "/spec/refreshInterval").is_empty(), || "never refreshed".to_owned());
        }
    });
}

/// N8: no credential is written out anywhere.
#[test]
fn no_credential_is_written_out() {
    const KNOWN: [&str; 6] =
        ["minioadmin", "hive123", "changeme", "password123", "AKIA", "BEGIN PRIVATE KEY"];
    every(3000, |case, asked| {
        for object in &case.objects {
            let whole = object.to_string();
            asked.that(!KNOWN.iter().any(|known| whole.contains(known)), || {
                text(object, "/metadata/name").to_owned()
            });
        }
        for pod in case.pods() {
            for container in pod.containers() {
                for entry in list(container, "/env") {
                    let name = text(entry, "/name");
                    let secret = ["PASSWORD", "SECRET", "TOKEN", "ACCESS_KEY", "CREDENTIAL"]
                        .iter()
                        .any(|word| name.contains(word));
                    let path = text(entry, "/value").starts_with('/');
                    let reference = entry.pointer("/valueFrom/secretKeyRef").is_some();
                    asked.that(!secret || path || reference, || format!("{} {name}", pod.owner));
                }
            }
        }
    });
}

/// A Secret that changes restarts the pods that read it, where Reloader runs.
#[test]
fn rotated_secrets_restart_their_readers() {
    every(500, |case, asked| {
        for kind in ["StatefulSet", "Deployment"] {
            for object in case.of(kind) {
                let mut read = BTreeSet::new();
                for group in ["initContainers", "containers"] {
                    for container in list(object, &format!("/spec/template/spec/{group}")) {
                        for entry in list(container, "/env") {
                            let name = text(entry, "/valueFrom/secretKeyRef/name");
                            read.extend((!name.is_empty()).then(|| name.to_owned()));
                        }
                    }
                }
                let annotation = text(object, "/metadata/annotations/secret.reloader.stakater.com~1reload");
                let told: BTreeSet<String> =
                    annotation.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
                let wanted = if case.environment == "dev" { BTreeSet::new() } else { read };
                asked.that(told == wanted, || {
                    format!("{}: {told:?}, not {wanted:?}", text(object, "/metadata/name"))
                });
            }
        }
    });
}

/// T-s3-connection: a pod that configures a store reads its key pair, and nothing else does.
#[test]
fn key_pairs_go_where_the_store_is_used() {
    every(300, |case, asked| {
        for pod in case.pods() {
            for container in pod.containers() {
                let has =
                    list(container, "/env").any(|entry| text(entry, "/name") == "AWS_SECRET_ACCESS_KEY");
                let name = text(container, "/name");
                let outsider =
                    ["fetch", "proxy", "packages"].contains(&name) || pod.owner.ends_with("-jupyter");
                asked.that(!(has && outsider), || format!("{} {name} has the store's keys", pod.owner));
            }
        }
        let conf = case.conf();
        let store = conf.contains_key("spark.hadoop.fs.s3a.endpoint");
        let handed = conf.get("spark.kubernetes.executor.secretKeyRef.AWS_SECRET_ACCESS_KEY");
        asked.that(handed.is_some() == (store && case.preset != "standalone"), || {
            "executors' keys".to_owned()
        });
        asked.that(handed.is_none_or(|reference| reference.contains(':')), || format!("{handed:?}"));
    });
}
