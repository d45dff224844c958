//! Selectors of workloads: a workload must select the pods it makes, and nobody else's.

use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::selectors::{asks, holds};
use crate::rules::set::{Pod, PodKind, Subject};
use std::collections::BTreeMap;

const SELECTING: [&str; 4] = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];

/// `k8s/selector-mismatch`: the API server refuses a workload whose selector does not match its template.
pub fn mismatch(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for pod in subject.pods.iter().filter(|pod| SELECTING.contains(&pod.owner.id.kind.as_str())) {
        let Some(selector) = pod.owner.node.below(&["spec", "selector"]) else { continue };
        let kind = &pod.owner.id.kind;
        let labels = selector.get("matchLabels").and_then(Node::as_map);
        let wanted = labels.into_iter().flat_map(|labels| &labels.entries);
        if !asks(selector) {
            problems.push(
                Problem::new(
                    "k8s/selector-mismatch",
                    format!("the selector of {} is empty", pod.owner.id),
                    subject.place(selector),
                    "selects every pod",
                )
                .help("select the labels that tell its pods from others'"),
            );
        }
        for (key, entry) in wanted {
            let (asked, has) = (entry.node.as_str(), pod.label(key));
            if asked.is_some() && asked != has {
                let has = has.map_or("have no such label".to_owned(), |has| format!("have `{has}`"));
                let template =
                    pod.template.below(&["metadata", "labels", key]).map(|label| subject.place(label));
                let message =
                    format!("the {kind} selects `{key}: {}`, and its pods {has}", asked.unwrap_or_default());
                problems.push(
                    Problem::new(
                        "k8s/selector-mismatch",
                        message,
                        subject.place(&entry.node),
                        "selected here",
                    )
                    .and_if(template, "its pods")
                    .help(format!("give the selector and the template of {} the same labels", pod.owner.id)),
                );
            }
        }
        for expression in
            selector.list("matchExpressions").iter().filter(|one| !holds(one, |key| pod.label(key)))
        {
            let message =
                format!("an expression of the selector of {} does not hold for its pods", pod.owner.id);
            let place = subject.place(expression);
            problems.push(
                Problem::new("k8s/selector-mismatch", message, place, "does not match")
                    .help("give the template labels for which it holds"),
            );
        }
    }
}

/// `k8s/overlapping-selectors`: two workloads that take each other's pods for their own.
pub fn overlapping(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let workloads: Vec<&Pod<'_>> =
        subject.pods.iter().filter(|pod| SELECTING.contains(&pod.owner.id.kind.as_str())).collect();
    // Who carries a label: the rarest one of a selector tells whom it can select.
    let mut carriers: BTreeMap<(&str, &str, &str), Vec<usize>> = BTreeMap::new();
    for (at, pod) in workloads.iter().enumerate().filter(|(_, pod)| pod.kind == PodKind::Workload) {
        for (key, value) in pairs(pod.template.below(&["metadata", "labels"])) {
            carriers.entry((pod.namespace(), key, value)).or_default().push(at);
        }
    }
    for (at, pod) in workloads.iter().enumerate() {
        let Some(selector) = pod.owner.node.below(&["spec", "selector"]) else { continue };
        let wanted: Vec<(&str, &str)> = pairs(selector.get("matchLabels")).collect();
        let who = wanted.iter().map(|(key, value)| carriers.get(&(pod.namespace(), key, value)));
        let Some(who) = who.map(|who| who.map_or(&[][..], Vec::as_slice)).min_by_key(|who| who.len()) else {
            continue;
        };
        for other in who.iter().filter(|other| **other != at).map(|other| workloads[*other]) {
            let all = wanted.iter().all(|(key, value)| other.label(key) == Some(value));
            if all && selector.list("matchExpressions").iter().all(|one| holds(one, |key| other.label(key))) {
                let message = format!("{} selects the pods of {} too", pod.owner.id, other.owner.id);
                let labels =
                    other.template.below(&["metadata", "labels"]).map(|labels| subject.place(labels));
                problems.push(
                    Problem::new(
                        "k8s/overlapping-selectors",
                        message,
                        subject.place(selector),
                        "this selector",
                    )
                    .and_if(labels, "matches these pods")
                    .help("add a label to both that tells them apart, such as `app.kubernetes.io/component`"),
                );
            }
        }
    }
}

/// The entries of a mapping of texts.
pub fn pairs(labels: Option<&Node>) -> impl Iterator<Item = (&str, &str)> {
    let entries = labels.and_then(Node::as_map).into_iter().flat_map(|labels| &labels.entries);
    entries.filter_map(|(key, entry)| Some((key.as_str(), entry.node.as_str()?)))
}
