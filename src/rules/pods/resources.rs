//! CPU, memory and disk: what containers ask for, what they are limited to, and what the namespace allows.

use super::view::{Container, containers, is_spark_made};
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::Subject;
use crate::spec::types::Quantity;
use std::collections::BTreeMap;

/// Every rule about resources.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let mut ranges: BTreeMap<&str, Vec<&Node>> = BTreeMap::new();
    for range in subject.of("LimitRange") {
        let limits = range.node.get("spec").into_iter().flat_map(|spec| spec.list("limits"));
        let own = limits.filter(|limit| limit.text("type") == Some("Container"));
        ranges.entry(range.namespace()).or_default().extend(own);
    }
    for container in containers(subject) {
        if !is_spark_made(&container) {
            missing(subject, &container, problems);
            for range in ranges.get(container.pod.namespace()).into_iter().flatten() {
                out_of_range(subject, &container, range, problems);
            }
        }
        above_limit(subject, &container, problems);
    }
}

fn amount(node: Option<&Node>) -> Option<Quantity> {
    let node = node?;
    match node.as_str() {
        Some(text) => text.parse().ok(),
        None => node.as_int()?.to_string().parse().ok(),
    }
}

fn resource<'a>(container: &Container<'a>, which: &str, what: &str) -> Option<&'a Node> {
    container.node.below(&["resources", which, what])
}

/// Requests for CPU and memory and a limit of memory, of init containers too: N17.
fn missing(subject: &Subject<'_>, container: &Container<'_>, problems: &mut Vec<Problem>) {
    // A request that is missing is set to the limit.
    let asks = |what: &str| {
        resource(container, "requests", what).or_else(|| resource(container, "limits", what)).is_some()
    };
    let lacks = [
        (!asks("cpu"), "requests", "cpu", "a request for CPU"),
        (!asks("memory"), "requests", "memory", "a request for memory"),
        (resource(container, "limits", "memory").is_none(), "limits", "memory", "a limit of memory"),
    ];
    let lacking: Vec<&str> = lacks.iter().filter(|lack| lack.0).map(|lack| lack.3).collect();
    if let Some((_, which, what, _)) = lacks.iter().find(|lack| lack.0) {
        let message = format!(
            "{} has no {}",
            container.name(),
            lacking.join(", no ").replace("no a ", "no ").trim_start_matches("a ")
        );
        let place = subject.missing(container.node, &["resources", which, what]);
        problems.push(
            Problem::new("pod/missing-resources", message, place, "`resources` says less than that")
                .help("set `resources.requests` for cpu and memory and `resources.limits.memory`"),
        );
    }
}

fn above_limit(subject: &Subject<'_>, container: &Container<'_>, problems: &mut Vec<Problem>) {
    let requests = container.node.below(&["resources", "requests"]).and_then(Node::as_map);
    for (what, entry) in requests.into_iter().flat_map(|requests| &requests.entries) {
        let limit = resource(container, "limits", what);
        if let (Some(request), Some(most)) = (amount(Some(&entry.node)), amount(limit))
            && request > most
        {
            let message =
                format!("{} asks for {request} of {what} and is limited to {most}", container.name());
            problems.push(
                Problem::new("pod/request-above-limit", message, subject.place(&entry.node), "this is more")
                    .and_if(limit.map(|limit| subject.place(limit)), "than this")
                    .why("Kubernetes refuses a pod whose request is above its limit")
                    .help("raise the limit, or lower the request"),
            );
        }
    }
}

/// What the namespace's LimitRange refuses, or makes refuse by the defaults that it fills in.
///
/// Source: Kubernetes `plugin/pkg/admission/limitranger/admission.go`.
fn out_of_range(subject: &Subject<'_>, container: &Container<'_>, range: &Node, problems: &mut Vec<Problem>) {
    for what in ["cpu", "memory", "ephemeral-storage"] {
        let of_range = |key: &str| amount(range.below(&[key, what]));
        let own = |which: &str| amount(resource(container, which, what));
        let limit = own("limits").or_else(|| of_range("default")).or_else(|| of_range("max"));
        let request = own("requests").or_else(|| own("limits")).or_else(|| of_range("defaultRequest"));
        let wrong = match (&request, &limit, of_range("min"), of_range("max")) {
            (Some(request), Some(limit), _, _) if request > limit && own("limits").is_none() => {
                Some(format!("asks for {request} of {what}, and the default limit is {limit}"))
            }
            (_, Some(limit), _, Some(most)) if *limit > most => {
                Some(format!("is limited to {limit} of {what}, more than the {most} that are allowed"))
            }
            (Some(request), _, Some(least), _) if *request < least => {
                Some(format!("asks for {request} of {what}, less than the {least} that are allowed"))
            }
            _ => None,
        };
        if let Some(wrong) = wrong {
            let place = subject.missing(container.node, &["resources"]);
            problems.push(
                Problem::new("pod/limit-range", format!("{} {wrong}", container.name()), place, "")
                    .and(subject.place(range), "the namespace's LimitRange")
                    .why("Kubernetes refuses the pod when it is created, not the workload when it is applied")
                    .help("change the container's resources, or the LimitRange"),
            );
        }
    }
}
