//! Where several pods of one kind run.

use super::selects;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Pod, Subject};

/// Every workload.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for pod in &subject.pods {
        constraints(subject, pod, problems);
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
        let message = format!("a constraint of {} counts other pods than its own", pod.name());
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
    for term in required.chain(preferred.filter_map(|term| term.get("podAffinityTerm"))) {
        let selector = term.get("labelSelector");
        spread |= selects(selector, pod);
        // Keeping away from others is fine; of a release they are there.
        let nobody = !subject.pods.iter().any(|other| selects(selector, other));
        if let (true, true, Some(selector)) = (nobody, subject.known().is_some(), selector) {
            let message = format!("{} is kept apart from pods that do not exist", pod.name());
            problems.push(
                Problem::new("ops/not-spread", message, subject.place(selector), "selects no pod of the set")
                    .help("write the labels of the pod template into `labelSelector`"),
            );
        }
    }
    if !spread && subject.known().is_some() && pod.replicas().is_some_and(|replicas| replicas > 1) {
        let message = format!("all pods of {} may run on one node", pod.owner.id);
        let at = subject.missing(pod.spec, &["topologySpreadConstraints"]);
        problems.push(
            Problem::new("ops/not-spread", message, at, "nothing keeps them apart")
                .help("add a constraint with `topologyKey: kubernetes.io/hostname` and the pods' labels"),
        );
    }
}
