//! What is read must come from somewhere: volumes that nobody fills, servers that nobody finds.

use super::names::Names;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Pod, PodKind};

/// Rules `ref/unfilled-volume` and `ref/no-service`.
pub fn check(names: &Names<'_>, problems: &mut Vec<Problem>) {
    for pod in &names.subject.pods {
        for volume in pod.spec.list("volumes").iter().filter(|volume| volume.get("emptyDir").is_some()) {
            unfilled(names, pod, volume, problems);
        }
        without_service(names, pod, problems);
    }
}

/// An empty directory that every container only reads: what should fill it, usually an init container, is gone.
fn unfilled(names: &Names<'_>, pod: &Pod<'_>, volume: &Node, problems: &mut Vec<Problem>) {
    let Some(name) = volume.text("name") else { return };
    let mounts = pod.containers().flat_map(|container| container.list("volumeMounts"));
    let mounts: Vec<&Node> = mounts.filter(|mount| mount.text("name") == Some(name)).collect();
    let read_only = |mount: &&Node| mount.get("readOnly").and_then(Node::as_bool) == Some(true);
    if let Some(first) = mounts.first()
        && mounts.iter().all(read_only)
    {
        let message = format!("nobody writes into the volume `{name}` of {}", pod.name());
        let at = names.subject.place(first);
        problems.push(
            Problem::new("ref/unfilled-volume", message, at, "mounted to be read")
                .and(names.subject.place(volume), "empty when the pod starts")
                .help("bring back the init container that fills it, or take `readOnly` away where it is written"),
        );
    }
}

/// In releases of ours: pods that something connects to, by a declared flow, stand behind a Service. Prometheus
/// asks pods directly, and executors' addresses are told by Spark itself.
fn without_service(names: &Names<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let Some(known) = names.known().filter(|_| pod.kind == PodKind::Workload) else { return };
    let group = known
        .compiled
        .platform
        .graph
        .values()
        .find(|group| group.selector.iter().all(|(key, value)| pod.label(key) == Some(value.as_str())));
    let Some(group) = group else { return };
    let by_address =
        |flow: &str| flow.ends_with("/scrape") || flow.contains("executor") || flow.contains("worker");
    if !group.ingress.iter().any(|rule| !by_address(&rule.flow)) {
        return;
    }
    let served = names.subject.of("Service").any(|service| {
        let selector = service.node.below(&["spec", "selector"]);
        service.namespace() == pod.namespace() && selector.is_some_and(|selector| pod.has_labels(selector))
    });
    if !served {
        let at = names.subject.missing(pod.owner.node, &["spec", "template", "metadata", "labels"]);
        problems.push(
            Problem::new(
                "ref/no-service",
                format!("no Service leads to {}", pod.name()),
                at,
                "selected by none",
            )
            .help("add a Service with these labels as its selector"),
        );
    }
}
