//! Services: what the API server checks beyond their type. Source: `ValidateService` of Kubernetes 1.33.

use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Object, Subject};
use std::collections::BTreeMap;

/// Every rule about one Service at a time.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for object in subject.of("Service").filter(|object| object.group().is_empty()) {
        if let Some(spec) = object.node.get("spec") {
            ports(subject, object, spec, problems);
            kinds(subject, object, spec, problems);
        }
    }
}

fn ports(subject: &Subject<'_>, object: &Object<'_>, spec: &Node, problems: &mut Vec<Problem>) {
    let ports = spec.list("ports");
    let mut names: BTreeMap<&str, &Node> = BTreeMap::new();
    for port in ports {
        match port.get("name").and_then(|node| Some((node, node.as_str()?))) {
            Some((node, name)) => {
                if let Some(first) = names.insert(name, node) {
                    let message = format!("two ports of {} are named `{name}`", object.id);
                    problems.push(
                        Problem::new("k8s/duplicate-entry", message, subject.place(node), "and again")
                            .and(subject.place(first), "first here")
                            .help("name them differently"),
                    );
                }
            }
            None if ports.len() > 1 => {
                let message = format!("a port of {} has no name, and there are {}", object.id, ports.len());
                let place = subject.missing(port, &["name"]);
                let problem = Problem::new("k8s/missing-field", message, place, "no name");
                problems.push(problem.help("name each port where there is more than one"));
            }
            None => {}
        }
    }
}

fn kinds(subject: &Subject<'_>, object: &Object<'_>, spec: &Node, problems: &mut Vec<Problem>) {
    let kind = spec.text("type").unwrap_or("ClusterIP");
    let headless = spec.text("clusterIP") == Some("None");
    let outside = matches!(kind, "NodePort" | "LoadBalancer");
    let mut conflict = |node: &Node, message: String, help: &str| {
        let label = format!("in {}", object.id);
        problems.push(Problem::new("k8s/conflicting-fields", message, subject.place(node), label).help(help));
    };
    if let Some(node) = spec.get("clusterIP").filter(|_| headless && outside) {
        conflict(node, format!("a Service of type `{kind}` cannot be headless"), "leave `clusterIP` out");
    }
    for node in spec.list("ports").iter().filter_map(|port| port.get("nodePort")) {
        if !outside && node.as_int() != Some(0) {
            conflict(node, format!("a Service of type `{kind}` has no `nodePort`"), "leave `nodePort` out");
        }
    }
    for field in ["externalTrafficPolicy", "loadBalancerClass", "loadBalancerSourceRanges"] {
        let allowed = if field == "externalTrafficPolicy" { outside } else { kind == "LoadBalancer" };
        if let Some(node) = spec.get(field).filter(|_| !allowed) {
            conflict(node, format!("a Service of type `{kind}` has no `{field}`"), "leave it out");
        }
    }
    if let Some(node) = spec.get("sessionAffinityConfig")
        && spec.text("sessionAffinity") != Some("ClientIP")
    {
        conflict(node, "`sessionAffinityConfig` goes with `ClientIP` alone".to_owned(), "leave it out");
    }
    let needs = match kind {
        "ExternalName" if spec.get("externalName").is_none() => "externalName",
        "ExternalName" => return,
        _ if spec.list("ports").is_empty() && !headless => "ports",
        _ => return,
    };
    let message = format!("{} needs `{needs}`", object.id);
    let place = subject.missing(spec, &[needs]);
    let problem = Problem::new("k8s/missing-field", message, place, format!("missing in {}", object.id));
    problems.push(problem.help(format!("set `{needs}`")));
}
