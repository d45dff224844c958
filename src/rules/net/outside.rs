//! `net/flow-blocked` for those who are not in the set: Prometheus, an ingress controller, the API server.
//! Their labels and addresses are not known; that nobody like them may pass is.

use super::blocked::place;
use super::flows::named;
use super::world::World;
use crate::graph::policies::{Direction, Port, Protocol, Who};
use crate::layer::tree::Node;
use crate::rules::set::{Object, Subject};
use crate::rules::{Place, Problem};

/// Holds monitors and Ingresses against the ingress of the pods that they lead to, and drivers against the
/// API server.
pub fn check(subject: &Subject<'_>, world: &World<'_>, problems: &mut Vec<Problem>) {
    for object in subject.objects() {
        let answering = match object.id.kind.as_str() {
            "ServiceMonitor" => service_monitor(world, object),
            "PodMonitor" => pod_monitor(subject, world, object),
            "Ingress" => ingress(world, object),
            "Route" => route(world, object),
            _ => continue,
        };
        let who = if object.id.kind.ends_with("Monitor") { "Prometheus" } else { "the ingress controller" };
        for (at, port, node) in answering {
            if may_come_in(world, at, port) {
                continue;
            }
            let (Some(pod), Some(end)) = (subject.pods.get(at), world.ends.get(at)) else { continue };
            let target = named(pod);
            let (at, label) =
                place(subject, world, end, Direction::Ingress).unwrap_or((Place::Whole, String::new()));
            let message = format!(
                "{who} cannot reach {target} on port {port}: the ingress of {target} allows it to pods of the set alone"
            );
            problems.push(
                Problem::new("net/flow-blocked", message, at, label)
                    .and(subject.place(node), "asked for here")
                    .why(format!("`{}` needs it", object.id))
                    .help(format!("allow port {port} in the ingress of a policy that selects {target}, from the namespace of {who}")),
            );
        }
    }
    if subject.known().is_none() {
        api_server(subject, world, problems);
    }
}

type Answering<'a> = Vec<(usize, Port, &'a Node)>;

fn service_monitor<'a>(world: &World<'a>, object: &Object<'a>) -> Answering<'a> {
    let spec = object.node.get("spec");
    let selector = spec.and_then(|spec| spec.get("selector")).map(crate::graph::policies::Selector::read);
    let Some(selector) = selector else { return Vec::new() };
    let named = spec.and_then(|spec| spec.get("namespaceSelector"));
    let names: Vec<&str> = named
        .map(|named| named.list("matchNames").iter().filter_map(Node::as_str).collect())
        .unwrap_or_default();
    let any = named.and_then(|named| named.get("any")).and_then(Node::as_bool) == Some(true);
    let mut found = Vec::new();
    for service in world.services() {
        let here = any
            || names.contains(&service.object.namespace())
            || names.is_empty() && service.object.namespace() == object.namespace();
        let labels = super::world::labels(service.object.node.below(&["metadata", "labels"]));
        if !here || !selector.takes(&labels) {
            continue;
        }
        for endpoint in spec.map(|spec| spec.list("endpoints")).unwrap_or_default() {
            let Some(port) = endpoint.text("port") else { continue };
            found.extend(
                world.answers_named(service, port).into_iter().map(|(at, port)| (at, port, endpoint)),
            );
        }
    }
    found
}

fn pod_monitor<'a>(subject: &Subject<'a>, world: &World<'a>, object: &Object<'a>) -> Answering<'a> {
    let Some(spec) = object.node.get("spec") else { return Vec::new() };
    let Some(selector) = spec.get("selector").map(crate::graph::policies::Selector::read) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (at, end, _) in super::blocked::each(subject, world) {
        if end.namespace != object.namespace() || !selector.takes(&end.labels) {
            continue;
        }
        for endpoint in spec.list("podMetricsEndpoints") {
            let port = end.ports.iter().find(|port| Some(port.name.as_str()) == endpoint.text("port"));
            found.extend(port.map(|port| (at, Port::tcp(port.number), endpoint)));
        }
    }
    found
}

fn ingress<'a>(world: &World<'a>, object: &Object<'a>) -> Answering<'a> {
    let spec = object.node.get("spec");
    let paths = spec.map(|spec| spec.list("rules")).unwrap_or_default().iter();
    let paths = paths.flat_map(|rule| rule.get("http").map(|http| http.list("paths")).unwrap_or_default());
    let backends =
        paths.filter_map(|path| path.get("backend")).chain(spec.and_then(|spec| spec.get("defaultBackend")));
    let mut found = Vec::new();
    for backend in backends {
        let Some(named) = backend.get("service") else { continue };
        let Some(service) = named.text("name").and_then(|name| world.service(object.namespace(), name))
        else {
            continue;
        };
        let port = named.get("port");
        let answers = match (
            port.and_then(|port| port.text("name")),
            super::world::number(port.and_then(|port| port.get("number"))),
        ) {
            (Some(name), _) => world.answers_named(service, name),
            (None, Some(number)) => world.answers(service, number),
            (None, None) => Vec::new(),
        };
        found.extend(answers.into_iter().map(|(at, port)| (at, port, backend)));
    }
    found
}

/// OpenShift's Route names the port of the pods, or of the Service, that it leads to.
fn route<'a>(world: &World<'a>, object: &Object<'a>) -> Answering<'a> {
    let Some(to) = object.node.below(&["spec", "to"]) else { return Vec::new() };
    let Some(service) = to.text("name").and_then(|name| world.service(object.namespace(), name)) else {
        return Vec::new();
    };
    let port = object.node.below(&["spec", "port", "targetPort"]);
    let answers = match (port.and_then(Node::as_str), super::world::number(port)) {
        (Some(name), _) => world.answers_named(service, name),
        (None, Some(number)) => world.answers(service, number),
        (None, None) => Vec::new(),
    };
    answers.into_iter().map(|(at, port)| (at, port, to)).collect()
}

/// Whether anybody who is not of the pod's own namespace may connect.
fn may_come_in(world: &World<'_>, at: usize, port: Port) -> bool {
    let Some(end) = world.ends.get(at) else { return true };
    let mut closed = false;
    for (policy, rules) in world.policies.closing(end, Direction::Ingress) {
        closed = true;
        let own = world.policies.labels_of(policy.namespace);
        for rule in rules {
            let through = rule.ports.as_ref().is_none_or(|ports| {
                ports.iter().filter_map(|listed| listed.numbers(Some(end))).any(|listed| {
                    listed.protocol == port.protocol && (listed.from..=listed.to).contains(&port.from)
                })
            });
            let outsider = rule.peers.as_ref().is_none_or(|peers| {
                peers.iter().any(|peer| match &peer.who {
                    Who::Addresses(_) => true,
                    // Prometheus and controllers may be neighbours.
                    Who::Pods { namespaces, pods } => {
                        let neighbours =
                            namespaces.takes(&own) && world.ends.iter().all(|end| !pods.takes(&end.labels));
                        pods.is_empty() || neighbours || !namespaces.takes(&own)
                    }
                })
            });
            if through && outsider {
                return true;
            }
        }
    }
    !closed
}

/// A driver that makes pods asks the API server for them. No selector takes that: its policy needs addresses.
fn api_server(subject: &Subject<'_>, world: &World<'_>, problems: &mut Vec<Problem>) {
    for application in subject.applications.iter().filter(|application| application.is_on_kubernetes()) {
        let Some(end) = world.ends.get(application.pod) else { continue };
        let mut closed = world.policies.closing(end, Direction::Egress).peekable();
        if closed.peek().is_none() {
            continue;
        }
        let master = application.get("spark.master").unwrap_or_default();
        let named = super::texts::endpoint(master.trim_start_matches("k8s://"), 443)
            .map_or(443, |address| address.port);
        let passes = closed.flat_map(|(_, rules)| rules).any(|rule| {
            let addressed = rule.peers.as_ref().is_none_or(|peers| {
                peers.iter().any(|peer| matches!(&peer.who, Who::Addresses(block) if !block.is_empty()))
            });
            addressed
                && rule.ports.as_ref().is_none_or(|ports| {
                    let numbers = ports.iter().filter_map(|port| port.numbers(None));
                    let tcp = numbers.into_iter().filter(|port| port.protocol == Protocol::Tcp);
                    tcp.into_iter().any(|port| {
                        [443, 6443, named].iter().any(|wanted| (port.from..=port.to).contains(wanted))
                    })
                })
        });
        if passes {
            continue;
        }
        let driver = subject.pods.get(application.pod).map(super::flows::named).unwrap_or_default();
        let (at, label) =
            place(subject, world, end, Direction::Egress).unwrap_or((Place::Whole, String::new()));
        let message = format!(
            "{driver} cannot reach the API server on port 443 or 6443: the egress of {driver} does not allow it"
        );
        problems.push(
            Problem::new("net/flow-blocked", message, at, label)
                .and_if(application.property("spark.master").map(|property| property.place(subject)), "asked for here")
                .why("the driver makes its executors through the API server, and no pod selector matches that")
                .help("allow ports 443 and 6443 to an `ipBlock` with the API server's addresses (kubectl get endpointslices)"),
        );
    }
}
