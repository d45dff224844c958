//! Ports: of Services, probes, monitors and policies, down to the containers that listen.

use super::names::Names;
use crate::diagnostic::did_you_mean;
use crate::layer::tree::{Node, Value};
use crate::rules::Problem;
use crate::rules::set::{Object, Pod};
use std::collections::{BTreeMap, BTreeSet};

/// Rules `ref/unknown-target-port`, `ref/unknown-probe-port`, `ref/unknown-monitor-port` and
/// `ref/undeclared-port`.
pub fn check(names: &Names<'_>, problems: &mut Vec<Problem>) {
    for object in names.subject.objects() {
        match object.id.kind.as_str() {
            "Service" => targets(names, object, problems),
            "ServiceMonitor" => service_monitor(names, object, problems),
            "PodMonitor" => pod_monitor(names, object, problems),
            _ => {}
        }
    }
    for pod in &names.subject.pods {
        for container in pod.containers() {
            probes(names, container, problems);
        }
        declared(names, pod, problems);
    }
}

/// The pods that a Service selects, in its own namespace.
pub fn behind(names: &Names<'_>, service: &Object<'_>) -> Vec<usize> {
    let Some(selector) = service.node.below(&["spec", "selector"]).and_then(Node::as_map) else {
        return Vec::new();
    };
    if selector.entries.is_empty() {
        return Vec::new();
    }
    let wanted: Vec<(&str, Option<&str>)> =
        selector.entries.iter().map(|(key, entry)| (key.as_str(), entry.node.as_str())).collect();
    let pods = names.subject.pods.iter().enumerate();
    let pods = pods.filter(|(_, pod)| {
        let near = pod.namespace() == service.namespace() || pod.namespace().is_empty();
        near && wanted.iter().all(|(key, value)| super::names::has(pod, key, *value))
    });
    pods.map(|(at, _)| at).collect()
}

/// Whether a container of the pod that keeps running has this port, by name or number.
pub fn listens(pod: &Pod<'_>, port: &Node) -> bool {
    pod.running().any(|container| has_port(container, port))
}

fn has_port(container: &Node, port: &Node) -> bool {
    container.list("ports").iter().any(|found| match (&port.value, port.as_int()) {
        (_, Some(number)) => found.get("containerPort").and_then(Node::as_int) == Some(number),
        (Value::String(name), None) => found.text("name") == Some(name),
        _ => false,
    })
}

/// Whether any of the containers says on which ports it listens; it need not.
pub fn says(pod: &Pod<'_>) -> bool {
    pod.running().any(|container| !container.list("ports").is_empty())
}

/// A port as messages name it.
pub fn shown(port: &Node) -> String {
    port.as_str().map_or_else(|| port.to_json().to_string(), str::to_owned)
}

fn port_names<'n>(containers: impl Iterator<Item = &'n Node>) -> Vec<&'n str> {
    containers.flat_map(|container| container.list("ports")).filter_map(|port| port.text("name")).collect()
}

fn targets(names: &Names<'_>, service: &Object<'_>, problems: &mut Vec<Problem>) {
    let pods = behind(names, service);
    for port in service.node.get("spec").map(|spec| spec.list("ports")).unwrap_or_default() {
        let Some(target) = port.get("targetPort").or_else(|| port.get("port")) else { continue };
        let by_name = target.as_str().is_some();
        for pod in pods.iter().map(|at| &names.subject.pods[*at]) {
            if listens(pod, target) || (!by_name && !names.is_own() && !says(pod)) {
                continue;
            }
            problems.push(
                Problem::new(
                    "ref/unknown-target-port",
                    format!("no container of {} listens on the port `{}`", pod.name(), shown(target)),
                    names.subject.place(target),
                    "connections would be sent there",
                )
                .and(names.subject.missing(pod.spec, &["containers"]), "the containers")
                .help_if(did_you_mean(&shown(target), port_names(pod.running()).iter().copied())),
            );
        }
    }
}

fn probes(names: &Names<'_>, container: &Node, problems: &mut Vec<Problem>) {
    let hooks = container.get("lifecycle");
    let hooks = ["postStart", "preStop"].into_iter().filter_map(|hook| hooks?.get(hook));
    let asked = ["startupProbe", "readinessProbe", "livenessProbe"];
    for probe in asked.into_iter().filter_map(|probe| container.get(probe)).chain(hooks) {
        for kind in ["httpGet", "tcpSocket", "grpc"] {
            let Some(port) = probe.get(kind).and_then(|action| action.get("port")) else { continue };
            let elsewhere = probe.get(kind).is_some_and(|action| action.get("host").is_some());
            let silent = container.list("ports").is_empty() && port.as_int().is_some() && !names.is_own();
            if elsewhere || silent || has_port(container, port) {
                continue;
            }
            let name = container.text("name").unwrap_or_default();
            problems.push(
                Problem::new(
                    "ref/unknown-probe-port",
                    format!("the container `{name}` has no port `{}`", shown(port)),
                    names.subject.place(port),
                    "asked here",
                )
                .help_if(did_you_mean(&shown(port), port_names(std::iter::once(container)).iter().copied())),
            );
        }
    }
}

fn service_monitor(names: &Names<'_>, monitor: &Object<'_>, problems: &mut Vec<Problem>) {
    let Some(spec) = monitor.node.get("spec") else { return };
    let services: Vec<&Object<'_>> = super::selectors::services(names, monitor);
    if services.is_empty() {
        return;
    }
    for endpoint in spec.list("endpoints") {
        let by_name = endpoint.get("port");
        let Some(port) = by_name.or_else(|| endpoint.get("targetPort")) else { continue };
        let has = |service: &&&Object<'_>| {
            let ports = service.node.get("spec").map(|spec| spec.list("ports")).unwrap_or_default();
            match by_name {
                Some(_) => ports.iter().any(|found| found.text("name") == port.as_str()),
                None => behind(names, service).iter().any(|at| listens(&names.subject.pods[*at], port)),
            }
        };
        // Of others: one of the Services is enough, the operator leaves the rest out.
        let lacking = services.iter().find(|service| !has(service));
        let Some(lacking) =
            lacking.filter(|_| names.is_own() || !services.iter().any(|service| has(&service)))
        else {
            continue;
        };
        let ports = lacking.node.get("spec").map(|spec| spec.list("ports")).unwrap_or_default();
        let known: Vec<&str> = ports.iter().filter_map(|port| port.text("name")).collect();
        problems.push(
            Problem::new(
                "ref/unknown-monitor-port",
                format!("{} has no port `{}`", lacking.id, shown(port)),
                names.subject.place(port),
                "to be scraped",
            )
            .and(names.subject.missing(lacking.node, &["spec", "ports"]), "its ports")
            .help_if(did_you_mean(&shown(port), known.iter().copied())),
        );
    }
}

fn pod_monitor(names: &Names<'_>, monitor: &Object<'_>, problems: &mut Vec<Problem>) {
    let Some(selector) = monitor.node.below(&["spec", "selector"]) else { return };
    let pods = names.selected(monitor.namespace(), selector);
    for endpoint in monitor.node.get("spec").map(|spec| spec.list("podMetricsEndpoints")).unwrap_or_default()
    {
        let Some(port) = endpoint.get("port").or_else(|| endpoint.get("targetPort")) else { continue };
        let there = pods.iter().any(|at| listens(&names.subject.pods[*at], port));
        if !there && !pods.is_empty() {
            let all = pods.iter().flat_map(|at| names.subject.pods[*at].running());
            problems.push(
                Problem::new(
                    "ref/unknown-monitor-port",
                    format!("none of the pods has a port `{}`", shown(port)),
                    names.subject.place(port),
                    "to be scraped",
                )
                .help_if(did_you_mean(&shown(port), port_names(all).iter().copied())),
            );
        }
    }
}

/// The containers of a release's pods listen where the components' descriptors say: policies and Services
/// are made of those.
fn declared(names: &Names<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let Some(known) = names.known() else { return };
    let label = |key: &str| pod.label(key).unwrap_or_default();
    let (component, group) = (label("app.kubernetes.io/name"), label("app.kubernetes.io/component"));
    let mut groups = known.compiled.platform.graph.values();
    let Some(group) = groups.find(|pods| pods.component == component && pods.group == group) else { return };
    let wanted: BTreeMap<&str, i64> =
        group.ports.iter().map(|(name, ports)| (name.as_str(), i64::from(ports.first()))).collect();
    let mut open = BTreeSet::new();
    for port in pod.running().flat_map(|container| container.list("ports")) {
        let (Some(name), Some(number)) = (port.text("name"), port.get("containerPort")) else { continue };
        open.insert(name);
        if let Some(wanted) = wanted.get(name)
            && number.as_int() != Some(*wanted)
        {
            problems.push(
                Problem::new(
                    "ref/undeclared-port",
                    format!("the port `{name}` of {} is not {wanted}, as its component says", pod.name()),
                    names.subject.place(number),
                    "listens here",
                )
                .help("take the number from `pods.GROUP.ports` of the component: policies are made of it"),
            );
        }
    }
    for (name, number) in wanted.iter().filter(|(name, _)| !open.contains(*name)) {
        // Descriptors name ports that only some forms of a release open.
        let unused = !names
            .subject
            .objects()
            .iter()
            .any(|object| object.id.kind == "NetworkPolicy" && opens(object, &group.selector, *number));
        if !unused {
            problems.push(
                Problem::new(
                    "ref/undeclared-port",
                    format!("{} has no port `{name}`, on which others are let in", pod.name()),
                    names.subject.missing(pod.spec, &["containers"]),
                    "the containers",
                )
                .help(format!(
                    "give the container that listens there `name: {name}, containerPort: {number}`"
                )),
            );
        }
    }
}

fn opens(policy: &Object<'_>, selector: &BTreeMap<String, String>, number: i64) -> bool {
    let own = policy.node.below(&["spec", "podSelector", "matchLabels"]).and_then(Node::as_map);
    let own = own.is_some_and(|labels| {
        labels.entries.len() == selector.len()
            && labels
                .entries
                .iter()
                .all(|(key, entry)| selector.get(key).map(String::as_str) == entry.node.as_str())
    });
    let rules = policy.node.get("spec").map(|spec| spec.list("ingress")).unwrap_or_default();
    own && rules
        .iter()
        .flat_map(|rule| rule.list("ports"))
        .any(|port| port.get("port").and_then(Node::as_int) == Some(number) && port.get("endPort").is_none())
}
