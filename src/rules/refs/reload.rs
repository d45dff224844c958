//! Changes that reach running pods: hashes of configuration, and Secrets that Reloader watches.

use super::names::Names;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Pod, PodKind};
use crate::spec::cluster::Operator;
use std::collections::BTreeSet;

/// The annotation of a release's pod templates that changes with what they mount.
pub const CONFIG_HASH: &str = "sparkctl.dev/config-hash";

/// Rules `ref/reload-without-reader`, `ref/secret-not-reloaded` and `ref/missing-config-hash`.
pub fn check(names: &Names<'_>, problems: &mut Vec<Problem>) {
    for pod in names.subject.pods.iter().filter(|pod| pod.kind == PodKind::Workload) {
        reloaded(names, pod, problems);
        if names.is_own() {
            hashed(names, pod, problems);
        }
    }
}

fn reloaded(names: &Names<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let annotations = pod.owner.node.below(&["metadata", "annotations"]);
    let mut told = BTreeSet::new();
    for (kind, what) in [("secret", "Secret"), ("configmap", "ConfigMap")] {
        let key = format!("{kind}.reloader.stakater.com/reload");
        let Some(node) = annotations.and_then(|annotations| annotations.get(&key)) else { continue };
        let read = if kind == "secret" { secrets(pod, true) } else { config_maps(pod) };
        for name in node.as_str().into_iter().flat_map(|list| list.split(',')).map(str::trim) {
            if kind == "secret" {
                told.insert(name);
            }
            if !read.contains(name) {
                problems.push(
                    Problem::new(
                        "ref/reload-without-reader",
                        format!("{} does not read the {what} `{name}`", pod.name()),
                        names.subject.place(node),
                        "watched for it",
                    )
                    .help(format!("name the {what}s that its containers read")),
                );
            }
        }
    }
    let Some(known) = names.known() else { return };
    let watched = known.compiled.spec.cluster.installed.contains(&Operator::Reloader);
    for name in secrets(pod, false).into_iter().filter(|name| watched && !told.contains(name)) {
        problems.push(
            Problem::new(
                "ref/secret-not-reloaded",
                format!("{} keeps the old value when the Secret `{name}` changes", pod.name()),
                names.subject.missing(
                    pod.owner.node,
                    &["metadata", "annotations", "secret.reloader.stakater.com/reload"],
                ),
                "Reloader is told here",
            )
            .help(format!("name `{name}` in the annotation `secret.reloader.stakater.com/reload`")),
        );
    }
}

/// The Secrets that a pod reads; from its environment, and as files where asked for.
fn secrets<'p>(pod: &Pod<'p>, and_files: bool) -> BTreeSet<&'p str> {
    let mut found = BTreeSet::new();
    for container in pod.containers() {
        let env = container.list("env").iter();
        found.extend(env.filter_map(|entry| entry.below(&["valueFrom", "secretKeyRef"])?.text("name")));
        let all = container.list("envFrom").iter();
        found.extend(all.filter_map(|source| source.get("secretRef")?.text("name")));
    }
    if and_files {
        found.extend(volumes(pod, "secret", "secretName"));
    }
    found
}

fn config_maps<'p>(pod: &Pod<'p>) -> BTreeSet<&'p str> {
    let mut found: BTreeSet<&str> = volumes(pod, "configMap", "name").collect();
    for container in pod.containers() {
        let env = container.list("env").iter();
        found.extend(env.filter_map(|entry| entry.below(&["valueFrom", "configMapKeyRef"])?.text("name")));
        let all = container.list("envFrom").iter();
        found.extend(all.filter_map(|source| source.get("configMapRef")?.text("name")));
    }
    found
}

fn volumes<'p>(pod: &Pod<'p>, kind: &'static str, field: &'static str) -> impl Iterator<Item = &'p str> {
    let spec: &'p Node = pod.spec;
    spec.list("volumes").iter().flat_map(move |volume| {
        let own = volume.get(kind).and_then(|found| found.text(field));
        let sources = volume.get("projected").map(|projected| projected.list("sources")).unwrap_or_default();
        own.into_iter().chain(sources.iter().filter_map(move |source| source.get(kind)?.text("name")))
    })
}

fn hashed(names: &Names<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let mounts = config_maps(pod).into_iter().any(|name| names.config_map(pod.namespace(), name).is_some());
    let hash = pod.template.below(&["metadata", "annotations", CONFIG_HASH]).and_then(Node::as_str);
    if mounts && hash.is_none_or(str::is_empty) {
        problems.push(
            Problem::new(
                "ref/missing-config-hash",
                format!("{} goes on with old configuration when it changes", pod.name()),
                names.subject.missing(pod.template, &["metadata", "annotations", CONFIG_HASH]),
                "the hash of what it mounts belongs here",
            )
            .help(format!("add `{CONFIG_HASH}` with `hash(...)` of the files that it mounts")),
        );
    }
}
