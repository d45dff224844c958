//! Fields of one mapping that Kubernetes does not take together, and fields that others make necessary: what
//! schemas do not say. By type, so that it holds wherever the type is used.
//!
//! Source: `k8s.io/kubernetes/pkg/apis/*/validation` of Kubernetes 1.33.

use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::Subject;

/// What is wrong in a mapping of a type.
pub fn check(subject: &Subject<'_>, of: &str, node: &Node, within: &str, problems: &mut Vec<Problem>) {
    let wrong = Wrong { subject, node, within };
    match of {
        "LabelSelectorRequirement" | "NodeSelectorRequirement" => requirement(&wrong, problems),
        "Toleration" => toleration(&wrong, problems),
        "VolumeMount" => mount(&wrong, problems),
        "DeploymentStrategy" | "StatefulSetUpdateStrategy" | "DaemonSetUpdateStrategy" => {
            strategy(&wrong, of, problems);
        }
        "RollingUpdateDeployment" => rolling(&wrong, problems),
        "DeploymentSpec" => deadline(&wrong, problems),
        "JobSpec" => job(&wrong, problems),
        "HorizontalPodAutoscalerSpec" => bounds(&wrong, ("minReplicas", "maxReplicas"), problems),
        "ScaledObjectSpec" => bounds(&wrong, ("minReplicaCount", "maxReplicaCount"), problems),
        "PersistentVolumeClaimSpec" => claim(&wrong, problems),
        "PolicyRule" => rule(&wrong, problems),
        "Subject" => subject_of_binding(&wrong, problems),
        "ObjectFieldSelector" => field_path(&wrong, problems),
        "IngressSpec" if node.get("rules").is_none() && node.get("defaultBackend").is_none() => {
            problems.push(wrong.missing("rules", "an Ingress needs `rules` or a `defaultBackend`"));
        }
        "ApplicationSpec" => sources(&wrong, problems),
        _ => {}
    }
}

/// Makes problems in one mapping.
struct Wrong<'a> {
    subject: &'a Subject<'a>,
    node: &'a Node,
    within: &'a str,
}

impl Wrong<'_> {
    fn conflict(&self, field: &str, message: impl Into<String>, help: &str) -> Problem {
        let place = self.subject.missing(self.node, &[field]);
        Problem::new("k8s/conflicting-fields", message, place, format!("in {}", self.within)).help(help)
    }

    fn missing(&self, field: &str, message: impl Into<String>) -> Problem {
        let place = self.subject.missing(self.node, &[field]);
        let label = format!("missing in {}", self.within);
        Problem::new("k8s/missing-field", message, place, label).help(format!("set `{field}`"))
    }
}

fn requirement(wrong: &Wrong<'_>, problems: &mut Vec<Problem>) {
    let values = wrong.node.list("values").len();
    match wrong.node.text("operator") {
        Some(operator @ ("In" | "NotIn")) if values == 0 => {
            problems.push(wrong.missing("values", format!("`{operator}` compares with nothing")));
        }
        Some(operator @ ("Exists" | "DoesNotExist")) if values > 0 => problems.push(wrong.conflict(
            "values",
            format!("`{operator}` takes no values"),
            "leave `values` out, or use `In`",
        )),
        Some(operator @ ("Gt" | "Lt")) if values != 1 => problems.push(wrong.conflict(
            "values",
            format!("`{operator}` takes one value"),
            "list one whole number in quotes",
        )),
        _ => {}
    }
}

fn toleration(wrong: &Wrong<'_>, problems: &mut Vec<Problem>) {
    let (operator, key) = (wrong.node.text("operator"), wrong.node.text("key").unwrap_or_default());
    let value = wrong.node.text("value").unwrap_or_default();
    if operator == Some("Exists") && !value.is_empty() {
        let message = "a toleration with `Exists` has a value".to_owned();
        problems.push(wrong.conflict("value", message, "leave `value` out, or use `Equal`"));
    }
    if operator != Some("Exists") && key.is_empty() {
        let message = "a toleration without a key tolerates nothing that `Equal` could compare";
        problems.push(wrong.conflict(
            "key",
            message,
            "set `key`, or `operator: Exists` to tolerate every taint",
        ));
    }
    let effect = wrong.node.text("effect").unwrap_or_default();
    if wrong.node.get("tolerationSeconds").is_some() && effect != "NoExecute" {
        let message = "`tolerationSeconds` goes with the effect `NoExecute` alone";
        problems.push(wrong.conflict(
            "tolerationSeconds",
            message,
            "set `effect: NoExecute`, or leave it out",
        ));
    }
}

fn mount(wrong: &Wrong<'_>, problems: &mut Vec<Problem>) {
    if wrong.node.get("subPath").is_some() && wrong.node.get("subPathExpr").is_some() {
        problems.push(wrong.conflict(
            "subPathExpr",
            "a mount has `subPath` and `subPathExpr`",
            "leave one out",
        ));
    }
}

fn strategy(wrong: &Wrong<'_>, of: &str, problems: &mut Vec<Problem>) {
    let kind = wrong.node.text("type").unwrap_or("RollingUpdate");
    if kind != "RollingUpdate" && wrong.node.get("rollingUpdate").is_some() {
        let message = format!("the strategy is `{kind}` and has `rollingUpdate`");
        problems.push(wrong.conflict("rollingUpdate", message, "leave `rollingUpdate` out"));
    }
    if of == "DaemonSetUpdateStrategy"
        && let Some(rolling) = wrong.node.get("rollingUpdate")
        && rolling.get("maxSurge").is_some_and(|surge| !is_zero(surge))
        && rolling.get("maxUnavailable").is_none_or(|unavailable| !is_zero(unavailable))
    {
        let message = "a DaemonSet has `maxSurge` and `maxUnavailable`";
        problems.push(wrong.conflict("rollingUpdate", message, "set one of them to 0"));
    }
}

fn is_zero(node: &Node) -> bool {
    node.as_int() == Some(0) || matches!(node.as_str(), Some("0" | "0%"))
}

fn rolling(wrong: &Wrong<'_>, problems: &mut Vec<Problem>) {
    let zero = |key: &str| wrong.node.get(key).is_some_and(is_zero);
    if zero("maxSurge") && zero("maxUnavailable") {
        let message = "no pod may be added and none taken away: the update cannot begin";
        problems.push(wrong.conflict(
            "maxUnavailable",
            message,
            "let `maxSurge` or `maxUnavailable` be 1 or more",
        ));
    }
}

fn deadline(wrong: &Wrong<'_>, problems: &mut Vec<Problem>) {
    let seconds = |key: &str, default: i64| wrong.node.get(key).and_then(Node::as_int).unwrap_or(default);
    let (ready, deadline) = (seconds("minReadySeconds", 0), seconds("progressDeadlineSeconds", 600));
    if deadline <= ready {
        let message =
            format!("the deadline for progress, {deadline} s, is not above `minReadySeconds`, {ready}");
        problems.push(wrong.conflict("minReadySeconds", message, "raise `progressDeadlineSeconds`"));
    }
}

fn job(wrong: &Wrong<'_>, problems: &mut Vec<Problem>) {
    if wrong.node.text("completionMode") == Some("Indexed") && wrong.node.get("completions").is_none() {
        problems.push(wrong.missing("completions", "an indexed Job needs `completions`"));
    }
    let manual = wrong.node.get("manualSelector").and_then(Node::as_bool) == Some(true);
    if wrong.node.get("selector").is_some() && !manual {
        let message = "a Job has a selector of its own";
        problems.push(wrong.conflict("selector", message, "leave `selector` out: Kubernetes makes one"));
    }
}

fn bounds(wrong: &Wrong<'_>, (least, most): (&str, &str), problems: &mut Vec<Problem>) {
    let number = |key: &str| wrong.node.get(key).and_then(Node::as_int);
    if let (Some(min), Some(max)) = (number(least), number(most))
        && min > max
    {
        let message = format!("`{least}` is {min} and `{most}` is {max}");
        problems.push(wrong.conflict(least, message, "let the first be no greater than the second"));
    }
}

fn claim(wrong: &Wrong<'_>, problems: &mut Vec<Problem>) {
    if let Some(requests) = wrong.node.below(&["resources", "requests"])
        && requests.get("storage").is_none()
    {
        let message = "a claim does not say how much storage it needs";
        problems.push(
            Problem::new(
                "k8s/missing-field",
                message,
                wrong.subject.missing(requests, &["storage"]),
                format!("missing in {}", wrong.within),
            )
            .help("set `resources.requests.storage`"),
        );
    }
}

fn rule(wrong: &Wrong<'_>, problems: &mut Vec<Problem>) {
    let has = |key: &str| !wrong.node.list(key).is_empty();
    if has("nonResourceURLs") {
        return;
    }
    for field in ["apiGroups", "resources"] {
        if !has(field) {
            problems.push(wrong.missing(field, format!("a rule of a role names no `{field}`")));
        }
    }
}

fn subject_of_binding(wrong: &Wrong<'_>, problems: &mut Vec<Problem>) {
    let group = wrong.node.text("apiGroup").unwrap_or_default();
    let asked = match wrong.node.text("kind") {
        Some("ServiceAccount") => {
            if wrong.node.text("namespace").is_none_or(str::is_empty) {
                problems.push(
                    wrong.missing("namespace", "a binding to a ServiceAccount does not say where it is"),
                );
            }
            ""
        }
        Some("User" | "Group") => "rbac.authorization.k8s.io",
        _ => return,
    };
    if !group.is_empty() && group != asked {
        let message = format!("the `apiGroup` of this subject cannot be `{group}`");
        problems.push(wrong.conflict("apiGroup", message, "leave it out"));
    }
}

/// Source: `validateObjectFieldSelector`, with the fields of environment variables and of downward API volumes.
fn field_path(wrong: &Wrong<'_>, problems: &mut Vec<Problem>) {
    const PATHS: [&str; 12] = [
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "metadata.labels",
        "metadata.annotations",
        "spec.nodeName",
        "spec.serviceAccountName",
        "spec.hostname",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    ];
    let Some(node) = wrong.node.get("fieldPath") else { return };
    let Some(path) = node.as_str() else { return };
    let subscript =
        ["metadata.labels['", "metadata.annotations['"].iter().any(|begin| path.starts_with(begin));
    let subscript = subscript && path.ends_with("']");
    if !PATHS.contains(&path) && !subscript {
        let message = format!("pods do not tell their containers `{path}`");
        let label = format!("in {}", wrong.within);
        problems.push(
            Problem::new("k8s/wrong-value", message, wrong.subject.place(node), label)
                .help_if(crate::diagnostic::did_you_mean(path, PATHS)),
        );
    }
}

fn sources(wrong: &Wrong<'_>, problems: &mut Vec<Problem>) {
    let has = |key: &str| wrong.node.get(key).is_some();
    if has("source") && has("sources") {
        problems.push(wrong.conflict(
            "sources",
            "an Application has `source` and `sources`",
            "leave one out",
        ));
    }
    if !has("source") && !has("sources") && !has("sourceHydrator") {
        problems.push(wrong.missing("source", "an Application has no source"));
    }
    if let Some(destination) = wrong.node.get("destination")
        && destination.get("name").is_some()
        && destination.get("server").is_some()
    {
        let message = "a destination has a `name` and a `server`";
        problems.push(wrong.conflict("destination", message, "leave one out"));
    }
}
