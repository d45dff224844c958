//! What the API server checks of pods beyond their types: volumes that are mounted, names and ports that
//! containers share, policies of restart, probes.

use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Application, Pod, PodKind, Subject};
use std::collections::{BTreeMap, BTreeSet};

/// Every rule about one pod at a time.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for (at, pod) in subject.pods.iter().enumerate() {
        volumes(subject, at, pod, problems);
        shared(subject, pod, problems);
        restart(subject, pod, problems);
        for container in pod.containers() {
            probes(subject, pod, container, problems);
            // Spark fills in the image of the first container of an executor's template.
            let first = pod.spec.list("containers").first().is_some_and(|one| std::ptr::eq(one, container));
            if container.get("image").is_none() && !(first && pod.kind == PodKind::Executor) {
                let message = format!("the container `{}` has no image", name(container));
                let place = subject.missing(container, &["image"]);
                problems.push(
                    Problem::new("k8s/missing-field", message, place, format!("missing in {}", pod.name()))
                        .help("set `image`"),
                );
            }
        }
    }
}

fn name(container: &Node) -> &str {
    container.text("name").unwrap_or("?")
}

/// `k8s/unknown-volume`: a container mounts what the pod does not have.
fn volumes(subject: &Subject<'_>, at: usize, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let claims = pod.owner.node.below(&["spec", "volumeClaimTemplates"]).map_or(&[][..], Node::items);
    let claims = claims.iter().filter_map(|claim| claim.get("metadata")?.text("name"));
    let mut known: BTreeSet<&str> =
        pod.spec.list("volumes").iter().filter_map(|volume| volume.text("name")).chain(claims).collect();
    for application in subject.applications.iter().filter(|application| application.executor == Some(at)) {
        known.extend(spark_volumes(application));
    }
    for container in pod.containers() {
        let mounts = container.list("volumeMounts").iter().chain(container.list("volumeDevices"));
        for node in mounts.filter_map(|mount| mount.get("name")) {
            let Some(mounted) = node.as_str().filter(|mounted| !known.contains(mounted)) else { continue };
            // Spark adds these itself (LocalDirsFeatureStep, BasicExecutorFeatureStep).
            let sparks = mounted.starts_with("spark-local-dir-") || mounted.starts_with("spark-conf-volume");
            if pod.kind == PodKind::Executor && sparks {
                continue;
            }
            let message =
                format!("the container `{}` mounts `{mounted}`, which is no volume", name(container));
            let help = crate::diagnostic::did_you_mean(mounted, known.iter().copied());
            problems.push(
                Problem::new(
                    "k8s/unknown-volume",
                    message,
                    subject.place(node),
                    format!("in {}", pod.name()),
                )
                .help_if(help),
            );
        }
    }
}

/// Volumes that Spark adds to executors: `spark.kubernetes.executor.volumes.TYPE.NAME.mount.path`.
fn spark_volumes<'a>(application: &'a Application<'_>) -> impl Iterator<Item = &'a str> {
    application.properties.iter().filter_map(|property| {
        let rest = property.key.strip_prefix("spark.kubernetes.executor.volumes.")?;
        rest.split('.').nth(1)
    })
}

/// What the containers of one pod cannot both have: a name, a port that both listen on.
fn shared(subject: &Subject<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let twice = |problems: &mut Vec<Problem>, message: String, first: &Node, again: &Node| {
        problems.push(
            Problem::new("k8s/duplicate-entry", message, subject.place(again), "and again")
                .and(subject.place(first), "first here")
                .help("give one of them another name or number"),
        );
    };
    // Within one of the lists, names are held apart by the list's type.
    for container in pod.spec.list("initContainers") {
        let same =
            |other: &&Node| other.text("name").is_some() && other.text("name") == container.text("name");
        if let Some(other) = pod.spec.list("containers").iter().find(same) {
            let message = format!("two containers of {} are named `{}`", pod.name(), name(other));
            twice(
                problems,
                message,
                container.get("name").unwrap_or(container),
                other.get("name").unwrap_or(other),
            );
        }
    }
    let mut names: BTreeMap<&str, &Node> = BTreeMap::new();
    let mut numbers: BTreeMap<(i64, &str), (usize, &Node)> = BTreeMap::new();
    for (at, container) in pod.running().enumerate() {
        for port in container.list("ports") {
            if let Some(node) = port.get("name")
                && let Some(text) = node.as_str()
                && let Some(first) = names.insert(text, node)
            {
                let message = format!("two ports of {} are named `{text}`", pod.name());
                twice(problems, message, first, node);
            }
            let protocol = port.text("protocol").unwrap_or("TCP");
            if let Some(node) = port.get("containerPort")
                && let Some(number) = node.as_int()
                && let Some((other, first)) = numbers.insert((number, protocol), (at, node))
                && other != at
            {
                let message = format!("two containers of {} listen on port {number}", pod.name());
                twice(problems, message, first, node);
            }
        }
    }
}

/// `k8s/bad-restart-policy`: what a workload restarts.
fn restart(subject: &Subject<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let written = pod.spec.text("restartPolicy");
    let kind = pod.owner.id.kind.as_str();
    let (good, help) = match kind {
        "Job" | "CronJob" => {
            (matches!(written, Some("OnFailure" | "Never")), "set `restartPolicy` to `OnFailure` or `Never`")
        }
        _ if pod.kind == PodKind::Workload => {
            (matches!(written, None | Some("Always")), "leave `restartPolicy` out: the pods run for ever")
        }
        _ => (true, ""),
    };
    if !good {
        let written = written.unwrap_or("Always");
        let message = format!("the pods of a {kind} cannot have `restartPolicy: {written}`");
        let place = subject.missing(pod.spec, &["restartPolicy"]);
        let label = format!("in {}", pod.name());
        problems.push(Problem::new("k8s/bad-restart-policy", message, place, label).help(help));
    }
    for container in pod.spec.list("containers") {
        if let Some(policy) = container.get("restartPolicy") {
            let message = format!("the container `{}` has a `restartPolicy`", name(container));
            problems.push(
                Problem::new(
                    "k8s/bad-restart-policy",
                    message,
                    subject.place(policy),
                    format!("in {}", pod.name()),
                )
                .help("only init containers have one, which makes sidecars of them"),
            );
        }
    }
    for container in pod.spec.list("initContainers") {
        if let Some(policy) =
            container.get("restartPolicy").filter(|policy| policy.as_str() != Some("Always"))
        {
            let message =
                format!("the init container `{}` can only have `restartPolicy: Always`", name(container));
            problems.push(
                Problem::new(
                    "k8s/bad-restart-policy",
                    message,
                    subject.place(policy),
                    format!("in {}", pod.name()),
                )
                .help("`Always` makes a sidecar of it; leave it out for one that ends"),
            );
        }
    }
}

/// `k8s/bad-probe`: what the API server refuses of probes.
fn probes(subject: &Subject<'_>, pod: &Pod<'_>, container: &Node, problems: &mut Vec<Problem>) {
    let init = pod.spec.list("initContainers").iter().any(|other| std::ptr::eq(other, container));
    let ends = init && container.text("restartPolicy") != Some("Always");
    for which in ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] {
        let Some(probe) = container.get(which) else { continue };
        let (node, message, help) = if ends {
            let message = format!("the init container `{}` has a `{which}` and ends", name(container));
            (probe, message, "leave it out, or make a sidecar of the container with `restartPolicy: Always`")
        } else if let Some(threshold) = probe.get("successThreshold")
            && matches!(which, "livenessProbe" | "startupProbe")
            && threshold.as_int() != Some(1)
        {
            (threshold, format!("the `successThreshold` of a `{which}` can only be 1"), "leave it out")
        } else if let Some(grace) = probe.get("terminationGracePeriodSeconds")
            && which == "readinessProbe"
        {
            (grace, "a readiness probe ends nothing and has no grace period".to_owned(), "leave it out")
        } else {
            continue;
        };
        let label = format!("in {}", pod.name());
        problems.push(Problem::new("k8s/bad-probe", message, subject.place(node), label).help(help));
    }
}
