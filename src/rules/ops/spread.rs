//! Where several pods of one kind run, how they end, and how their image is pulled.

use super::{kept, selects};
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Pod, PodKind, Subject};

/// Every workload.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for pod in kept(subject) {
        constraints(subject, pod, problems);
    }
    for pod in &subject.pods {
        grace(subject, pod, problems);
        pull(subject, pod, problems);
    }
}

/// Several pods on one node go down together; a constraint that counts others' pods spreads nothing.
fn constraints(subject: &Subject<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let list = pod.spec.get("topologySpreadConstraints");
    let mut spread = false;
    for constraint in list.into_iter().flat_map(Node::items) {
        let selector = constraint.get("labelSelector");
        if selects(selector, pod) {
            spread |= constraint.text("topologyKey") == Some("kubernetes.io/hostname");
            continue;
        }
        let message = format!("a constraint of {} counts other pods than its own", pod.owner.id);
        let at = selector.map_or_else(|| subject.place(constraint), |selector| subject.place(selector));
        problems.push(
            Problem::new("ops/not-spread", message, at, "does not select these pods")
                .help("write the labels of the pod template into `labelSelector`"),
        );
    }
    let anti = pod.spec.below(&["affinity", "podAntiAffinity"]);
    let required =
        anti.into_iter().flat_map(|anti| anti.list("requiredDuringSchedulingIgnoredDuringExecution"));
    let preferred =
        anti.into_iter().flat_map(|anti| anti.list("preferredDuringSchedulingIgnoredDuringExecution"));
    let mut terms = required.chain(preferred.filter_map(|term| term.get("podAffinityTerm")));
    spread |= terms.any(|term| selects(term.get("labelSelector"), pod));
    if !spread && subject.known().is_some() && pod.replicas().is_some_and(|replicas| replicas > 1) {
        let message = format!("all pods of {} may run on one node", pod.owner.id);
        let at = subject.missing(pod.spec, &["topologySpreadConstraints"]);
        problems.push(
            Problem::new("ops/not-spread", message, at, "nothing keeps them apart")
                .help("add a constraint with `topologyKey: kubernetes.io/hostname` and the pods' labels"),
        );
    }
}

/// A pod that gets no time to end loses what it has in memory: an event log stays `.inprogress`.
fn grace(subject: &Subject<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    const FIELD: &str = "terminationGracePeriodSeconds";
    let given = pod.spec.get(FIELD).and_then(Node::as_int);
    let data = pod.owner.id.kind == "StatefulSet";
    let spark = subject.applications.iter().any(|found| std::ptr::eq(subject.pods[found.pod].spec, pod.spec));
    let sleeps = pod.spec.list("containers").iter().filter_map(|container| {
        let command = container.below(&["lifecycle", "preStop", "exec"])?.list("command");
        let sleep = container.below(&["lifecycle", "preStop", "sleep", "seconds"]).and_then(Node::as_int);
        let words: Vec<&str> = command.iter().filter_map(Node::as_str).collect();
        sleep.or(match words.as_slice() {
            ["sleep", seconds] => seconds.parse().ok(),
            _ => None,
        })
    });
    let before = sleeps.max().unwrap_or(0);
    let given_or_default = given.unwrap_or(30);
    let least = if data || spark { 10 } else { 1 };
    let executor = pod.kind == PodKind::Executor;
    let scripted = subject.known().is_some()
        && !executor
        && pod
            .spec
            .list("containers")
            .iter()
            .any(|container| container.below(&["lifecycle", "preStop"]).is_some() && before == 0);
    let least = if scripted { 60 } else { least + before };
    if given_or_default < least && !(executor && given.is_none()) {
        let message = format!("{} is killed {given_or_default} seconds after it is told to end", pod.name());
        problems.push(
            Problem::new("ops/grace-period", message, subject.missing(pod.spec, &[FIELD]), "too short")
                .help(format!("set `{FIELD}` to {} or more", least.max(30))),
        );
    }
}

/// A pinned image is the same each time: asking the registry at every start only makes it a point of failure.
fn pull(subject: &Subject<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    if pod.kind == PodKind::Executor {
        return;
    }
    for container in pod.containers() {
        let image = container.text("image").unwrap_or_default();
        let name = image.rsplit('/').next().unwrap_or_default();
        let pinned = name.contains('@') || name.split_once(':').is_some_and(|(_, tag)| tag != "latest");
        let policy = container.get("imagePullPolicy").filter(|_| pinned);
        let message = match policy.and_then(Node::as_str) {
            Some("Always") => format!("`{image}` is asked for at every start, and never changes"),
            Some("Never") if subject.known().is_some() => format!("`{image}` is expected on every node"),
            _ => continue,
        };
        let at = subject.missing(container, &["imagePullPolicy"]);
        problems.push(
            Problem::new("ops/pull-policy", message, at, "a pinned image")
                .help("set `imagePullPolicy: IfNotPresent`"),
        );
    }
}
