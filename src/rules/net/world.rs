//! What connections are made of in a set: its pods as policies see them, its policies and its Services.

use crate::graph::policies::{Labels, NamedPort, PodEnd, Policies, Port, Protocol};
use crate::layer::tree::{Node, Value};
use crate::rules::set::{Object, Pod, PodKind, Subject};
use std::collections::BTreeMap;

/// A set as a network.
pub struct World<'a> {
    /// Its policies.
    pub policies: Policies<'a>,
    /// Its pods, at the positions that they have in the subject.
    pub ends: Vec<PodEnd>,
    services: BTreeMap<&'a str, BTreeMap<&'a str, Service<'a>>>,
}

/// A Service that leads to pods.
pub struct Service<'a> {
    /// The object.
    pub object: Object<'a>,
    /// The pods of the set that it leads to.
    pub pods: Vec<usize>,
    /// Whether names lead to the pods themselves, so that ports are not translated.
    headless: bool,
}

impl<'a> World<'a> {
    /// Takes it out of a set.
    pub fn of(subject: &Subject<'a>) -> World<'a> {
        let policies = Policies::read(subject.objects().iter().map(|object| object.node));
        let mut ends: Vec<PodEnd> = subject.pods.iter().map(end).collect();
        for application in &subject.applications {
            let Some(executor) = application.executor.and_then(|at| ends.get_mut(at)) else { continue };
            let given = application.properties.iter();
            executor.labels.extend(given.filter_map(|property| {
                let key = property.key.strip_prefix(EXECUTOR_LABEL)?;
                Some((key.to_owned(), property.value.clone()))
            }));
        }
        let mut services: BTreeMap<&str, BTreeMap<&str, Service<'a>>> = BTreeMap::new();
        for object in subject.of("Service") {
            let wanted = labels(object.node.below(&["spec", "selector"]));
            let takes = |end: &PodEnd| {
                end.namespace == object.namespace()
                    && !wanted.is_empty()
                    && wanted.iter().all(|(key, value)| end.labels.get(key) == Some(value))
            };
            let pods = ends.iter().enumerate().filter(|(_, end)| takes(end)).map(|(at, _)| at).collect();
            let address = object.node.below(&["spec", "clusterIP"]).and_then(Node::as_str);
            let service = Service { object: *object, pods, headless: address == Some("None") };
            let namespace = object.id.namespace.as_deref().unwrap_or_default();
            services.entry(namespace).or_default().insert(object.id.name.as_str(), service);
        }
        World { policies, ends, services }
    }

    /// The Services.
    pub fn services(&self) -> impl Iterator<Item = &Service<'a>> {
        self.services.values().flat_map(BTreeMap::values)
    }

    /// The Service of a name in a namespace.
    pub fn service(&self, namespace: &str, name: &str) -> Option<&Service<'a>> {
        self.services.get(namespace)?.get(name)
    }

    /// The Service that a host's name leads to, asked for from a namespace: `db`, `db.data`,
    /// `db.data.svc.cluster.local`, and a pod's own name in front of a headless one's.
    pub fn host(&self, host: &str, from: &str) -> Option<&Service<'a>> {
        let parts: Vec<&str> = host.split('.').collect();
        match parts.as_slice() {
            [name] => self.service(from, name),
            [name, namespace] | [name, namespace, "svc", ..] => self.service(namespace, name),
            [_, name, namespace, "svc", ..] => self.service(namespace, name),
            _ => None,
        }
    }

    /// The pods that answer behind a Service's port, each with the port of its own.
    pub fn answers(&self, service: &Service<'a>, port: u16) -> Vec<(usize, Port)> {
        let listed = service.object.node.below(&["spec", "ports"]).map(Node::items).unwrap_or_default();
        let found = listed.iter().find(|listed| number(listed.get("port")) == Some(port));
        found.map(|listed| self.behind(service, listed)).unwrap_or_default()
    }

    /// The same for the port of a name.
    pub fn answers_named(&self, service: &Service<'a>, name: &str) -> Vec<(usize, Port)> {
        let listed = service.object.node.below(&["spec", "ports"]).map(Node::items).unwrap_or_default();
        let found = listed.iter().find(|listed| listed.text("name") == Some(name));
        found.map(|listed| self.behind(service, listed)).unwrap_or_default()
    }

    /// The pods behind one port of a Service, written in its `spec.ports`.
    pub fn behind(&self, service: &Service<'a>, listed: &Node) -> Vec<(usize, Port)> {
        let protocol = listed.text("protocol").map_or(Protocol::Tcp, Protocol::read);
        let own = number(listed.get("port"));
        let target = listed.get("targetPort").filter(|_| !service.headless);
        let of = |at: usize| match target.map(|target| &target.value) {
            Some(Value::String(name)) => {
                let named = self.ends.get(at)?.ports.iter();
                named
                    .into_iter()
                    .find(|port| port.name == *name && port.protocol == protocol)
                    .map(|port| port.number)
            }
            Some(_) => number(target),
            None => own,
        };
        let port = |at| of(at).map(|number| (at, Port { protocol, from: number, to: number }));
        service.pods.iter().filter_map(|at| port(*at)).collect()
    }
}

/// What stands before the key of a label that Spark gives its executors.
pub const EXECUTOR_LABEL: &str = "spark.kubernetes.executor.label.";

/// A port's number.
pub fn number(node: Option<&Node>) -> Option<u16> {
    u16::try_from(node?.as_int()?).ok()
}

/// Labels as they are written.
pub fn labels(node: Option<&Node>) -> Labels {
    let entries = node.and_then(Node::as_map).into_iter().flat_map(|map| &map.entries);
    entries.filter_map(|(key, entry)| Some((key.clone(), entry.node.as_str()?.to_owned()))).collect()
}

fn end(pod: &Pod<'_>) -> PodEnd {
    let mut labels = labels(pod.template.below(&["metadata", "labels"]));
    if pod.kind == PodKind::Executor {
        labels.insert("spark-role".to_owned(), "executor".to_owned());
    }
    let listed = pod.containers().flat_map(|container| container.list("ports"));
    let ports = listed.filter_map(|port| {
        Some(NamedPort {
            name: port.text("name").unwrap_or_default().to_owned(),
            protocol: port.text("protocol").map_or(Protocol::Tcp, Protocol::read),
            number: number(port.get("containerPort"))?,
        })
    });
    PodEnd {
        namespace: pod.namespace().to_owned(),
        labels,
        ports: ports.collect(),
        host_network: pod.spec.get("hostNetwork").and_then(Node::as_bool) == Some(true),
    }
}
