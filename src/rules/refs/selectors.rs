//! Labels: what Services, budgets, policies, monitors and workloads select.

use super::names::{Names, is_added, matches};
use super::ports::{behind, listens, says};
use crate::layer::tree::Node;
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
            "NetworkPolicy" => {
                // A release may run no pods at all, and keep the policy for when it does.
                let some = !names.subject.pods.is_empty();
                if let Some(selector) = spec.get("podSelector").filter(|node| some && !is_empty(node)) {
                    found(names, object, selector, problems);
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
    let label = |key: &str| labels.and_then(|labels| labels.text(key));
    let plain = selector.get("matchLabels").and_then(Node::as_map);
    plain.is_none_or(|plain| plain.entries.iter().all(|(key, entry)| label(key) == entry.node.as_str()))
        && selector.list("matchExpressions").iter().all(|expression| {
            let found = label(expression.text("key").unwrap_or_default());
            let listed = expression.list("values").iter().any(|value| value.as_str() == found);
            match expression.text("operator") {
                Some("In") => found.is_some() && listed,
                Some("NotIn") => !listed,
                Some("Exists") => found.is_some(),
                Some("DoesNotExist") => found.is_none(),
                _ => true,
            }
        })
}

fn is_empty(selector: &Node) -> bool {
    let labels = selector.get("matchLabels").and_then(Node::as_map);
    labels.is_none_or(|labels| labels.entries.is_empty()) && selector.list("matchExpressions").is_empty()
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

/// A workload's selector is made of its template's labels, or the API server refuses it.
fn workload(names: &Names<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let Some(selector) = pod.owner.node.below(&["spec", "selector"]) else { return };
    if matches!(pod.owner.id.kind.as_str(), "Job" | "CronJob") {
        return;
    }
    if is_empty(selector) || !matches(pod, selector) {
        problems.push(
            Problem::new(
                "ref/selector-without-pods",
                format!("{} does not select the pods of its own template", pod.owner.id),
                names.subject.place(selector),
                "these labels",
            )
            .and(names.subject.missing(pod.template, &["metadata", "labels"]), "the labels of its pods")
            .help("write the same labels in both"),
        );
    }
    let labels = selector.get("matchLabels");
    instance(names, &pod.owner, labels.and_then(|labels| labels.get(INSTANCE)), selector, problems);
}

/// Spreading and keeping apart are about a pod's own kind.
fn spread(names: &Names<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let spread = pod.spec.list("topologySpreadConstraints").iter();
    let apart = pod.spec.below(&["affinity", "podAntiAffinity"]);
    let required = apart.map(|apart| apart.list("requiredDuringSchedulingIgnoredDuringExecution"));
    let preferred = apart.map(|apart| apart.list("preferredDuringSchedulingIgnoredDuringExecution"));
    let preferred = preferred.unwrap_or_default().iter().filter_map(|term| term.get("podAffinityTerm"));
    let terms = required.unwrap_or_default().iter().chain(preferred);
    for selector in spread.clone().chain(terms).filter_map(|term| term.get("labelSelector")) {
        let found = names.selected(pod.namespace(), selector);
        let own = found.iter().any(|at| same(&names.subject.pods[*at], pod));
        let of_spread = spread
            .clone()
            .any(|term| term.get("labelSelector").is_some_and(|own| std::ptr::eq(own, selector)));
        if (found.is_empty() && names.is_own()) || (of_spread && !own) {
            problems.push(
                Problem::new(
                    "ref/selector-without-pods",
                    format!("{} is spread by labels that its pods do not have", pod.name()),
                    names.subject.place(selector),
                    "these labels",
                )
                .and(names.subject.missing(pod.template, &["metadata", "labels"]), "the labels of its pods")
                .help("write the labels of its own template"),
            );
        } else if of_spread {
            several(names, &pod.owner, selector, &found, problems);
            let labels = selector.get("matchLabels");
            instance(names, &pod.owner, labels.and_then(|labels| labels.get(INSTANCE)), selector, problems);
        }
    }
}
