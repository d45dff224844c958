//! Labels: what Services, budgets, monitors and workloads select. Policies are the `net` rules' affair.

use super::names::{Names, is_added, matches};
use super::ports::{behind, listens, says};
use crate::layer::tree::Node;
use crate::rules::set::selectors::takes;
use crate::rules::set::{Object, Pod, PodKind};
use crate::rules::{Place, Problem};

/// The label that tells releases apart.
const INSTANCE: &str = "app.kubernetes.io/instance";

/// Rules `ref/selector-without-pods`, `ref/selector-of-several-workloads`, `ref/selector-without-instance` and
/// `ref/monitor-without-target`.
pub fn check(names: &Names<'_>, problems: &mut Vec<Problem>) {
    for object in names.subject.objects() {
        let Some(spec) = object.node.get("spec") else { continue };
        match object.id.kind.as_str() {
            "Service" => service(names, object, spec, problems),
            "PodDisruptionBudget" => {
                if let Some(selector) = spec.get("selector") {
                    let pods = found(names, object, selector, problems);
                    several(names, object, selector, &pods, problems);
                }
            }
            "ServiceMonitor" => monitored(names, object, services(names, object).is_empty(), problems),
            "PodMonitor" => {
                let pods = spec.get("selector").map(|selector| names.selected(object.namespace(), selector));
                monitored(names, object, pods.is_some_and(|pods| pods.is_empty()), problems);
            }
            _ => {}
        }
    }
    for pod in &names.subject.pods {
        if pod.kind == PodKind::Workload {
            workload(names, pod, problems);
        }
        spread(names, pod, problems);
    }
}

/// The Services that a ServiceMonitor selects.
pub fn services<'s>(names: &Names<'s>, monitor: &Object<'_>) -> Vec<&'s Object<'s>> {
    let Some(spec) = monitor.node.get("spec") else { return Vec::new() };
    let Some(selector) = spec.get("selector") else { return Vec::new() };
    let elsewhere = spec.get("namespaceSelector");
    let any = elsewhere.and_then(|selector| selector.get("any")).and_then(Node::as_bool) == Some(true);
    let listed = elsewhere.map(|selector| selector.list("matchNames")).unwrap_or_default();
    let own = |namespace: &str| match (any, listed) {
        (true, _) => true,
        (false, []) => namespace == monitor.namespace() || namespace.is_empty(),
        (false, listed) => namespace.is_empty() || listed.iter().any(|name| name.as_str() == Some(namespace)),
    };
    let services = names.subject.objects().iter();
    services
        .filter(|object| object.id.kind == "Service" && own(object.namespace()))
        .filter(|object| bears(object.node, selector))
        .collect()
}

/// Whether an object's own labels are what a selector asks for.
fn bears(object: &Node, selector: &Node) -> bool {
    let labels = object.below(&["metadata", "labels"]);
    takes(selector, |key| labels.and_then(|labels| labels.text(key)))
}

/// Pods that nothing in the set makes: drivers and executors of jobs, what an operator runs.
fn made_elsewhere(selector: &Node) -> bool {
    let labels = selector.get("matchLabels").unwrap_or(selector).as_map();
    labels.is_some_and(|labels| labels.entries.keys().any(|key| is_added(key) || key.contains("operator")))
}

fn service(names: &Names<'_>, object: &Object<'_>, spec: &Node, problems: &mut Vec<Problem>) {
    let Some(selector) =
        spec.get("selector").filter(|node| node.as_map().is_some_and(|map| !map.entries.is_empty()))
    else {
        if names.is_own() && spec.text("type") != Some("ExternalName") {
            let at = names.subject.missing(object.node, &["spec", "selector"]);
            problems.push(without_pods(object, at));
        }
        return;
    };
    let pods = behind(names, object);
    if pods.is_empty() && (names.is_own() || !made_elsewhere(selector)) {
        problems.push(without_pods(object, names.subject.place(selector)));
    }
    instance(names, object, selector.get(INSTANCE), selector, problems);
    // Others may share a port between workloads, in turn or by weight: what not all serve is a mistake.
    let ports =
        spec.list("ports").iter().filter_map(|port| port.get("targetPort").or_else(|| port.get("port")));
    let shared = ports.into_iter().all(|port| {
        pods.iter().map(|at| &names.subject.pods[*at]).all(|pod| listens(pod, port) || !says(pod))
    });
    if names.is_own() || !shared {
        several(names, object, selector, &pods, problems);
    }
}

fn without_pods(object: &Object<'_>, at: Place) -> Problem {
    Problem::new(
        "ref/selector-without-pods",
        format!("no pod of the set has the labels that {} selects", object.id),
        at,
        "these labels",
    )
    .help("write the labels of the pod template that is meant")
}

/// The pods that a label selector finds; that there are some, and of this release alone.
fn found(names: &Names<'_>, object: &Object<'_>, selector: &Node, problems: &mut Vec<Problem>) -> Vec<usize> {
    let pods = names.selected(object.namespace(), selector);
    if pods.is_empty() && (names.is_own() || !made_elsewhere(selector)) {
        problems.push(without_pods(object, names.subject.place(selector)));
    }
    let labels = selector.get("matchLabels");
    instance(names, object, labels.and_then(|labels| labels.get(INSTANCE)), selector, problems);
    pods
}

/// N5: a second release in the namespace is left alone.
fn instance(
    names: &Names<'_>,
    object: &Object<'_>,
    value: Option<&Node>,
    selector: &Node,
    problems: &mut Vec<Problem>,
) {
    let Some(known) = names.known() else { return };
    if value.and_then(Node::as_str) != Some(known.compiled.release.name.as_str()) {
        problems.push(
            Problem::new(
                "ref/selector-without-instance",
                format!("{} selects pods of other releases too", object.id),
                names.subject.place(value.unwrap_or(selector)),
                "this selector",
            )
            .help(format!("add `{INSTANCE}: {}`", known.compiled.release.name)),
        );
    }
}

fn several(
    names: &Names<'_>,
    object: &Object<'_>,
    selector: &Node,
    pods: &[usize],
    problems: &mut Vec<Problem>,
) {
    let [first, others @ ..] = pods else { return };
    let pod = |at: &usize| &names.subject.pods[*at];
    if let Some(other) = others.iter().find(|at| !same(pod(at), pod(first))) {
        problems.push(
            Problem::new(
                "ref/selector-of-several-workloads",
                format!("{} selects {} and {}", object.id, pod(first).name(), pod(other).name()),
                names.subject.place(selector),
                "these labels",
            )
            .and(names.subject.missing(pod(first).template, &["metadata", "labels"]), "the one")
            .and(names.subject.missing(pod(other).template, &["metadata", "labels"]), "the other")
            .help("add the label that tells them apart, such as `app.kubernetes.io/component`"),
        );
    }
}

fn same(one: &Pod<'_>, other: &Pod<'_>) -> bool {
    one.object == other.object && one.file == other.file
}

fn monitored(names: &Names<'_>, object: &Object<'_>, nothing: bool, problems: &mut Vec<Problem>) {
    let Some(selector) = object.node.below(&["spec", "selector"]) else { return };
    let other = object.node.below(&["spec", "namespaceSelector"]).is_some();
    if nothing && (names.is_own() || !(other || made_elsewhere(selector))) {
        let what = if object.id.kind == "PodMonitor" { "pod" } else { "Service" };
        problems.push(
            Problem::new(
                "ref/monitor-without-target",
                format!("no {what} of the set has the labels that {} selects", object.id),
                names.subject.place(selector),
                "these labels",
            )
            .help(format!("write the labels of the {what} itself, its `metadata.labels`")),
        );
    }
    let labels = selector.get("matchLabels");
    instance(names, object, labels.and_then(|labels| labels.get(INSTANCE)), selector, problems);
}

/// N5, of the selectors of workloads; that they select their own pods is `k8s/selector-mismatch`.
fn workload(names: &Names<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let Some(selector) = pod.owner.node.below(&["spec", "selector"]) else { return };
    if matches!(pod.owner.id.kind.as_str(), "Job" | "CronJob") || !matches(pod, selector) {
        return;
    }
    let labels = selector.get("matchLabels");
    instance(names, &pod.owner, labels.and_then(|labels| labels.get(INSTANCE)), selector, problems);
}

/// Spreading counts pods of one kind; that they are the pod's own is `ops/not-spread`.
fn spread(names: &Names<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let terms = pod.spec.list("topologySpreadConstraints").iter();
    for selector in terms.filter_map(|term| term.get("labelSelector")) {
        let found = names.selected(pod.namespace(), selector);
        if found.iter().any(|at| same(&names.subject.pods[*at], pod)) {
            several(names, &pod.owner, selector, &found, problems);
            let labels = selector.get("matchLabels");
            instance(names, &pod.owner, labels.and_then(|labels| labels.get(INSTANCE)), selector, problems);
        }
    }
}
