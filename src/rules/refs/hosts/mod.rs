//! Hosts: every address in variables, commands and files leads to a Service of the set and one of its ports,
//! or to what is declared to be outside.

mod find;

use super::names::Names;
use super::ports::behind;
use super::texts::Reader;
use crate::diagnostic::did_you_mean;
use crate::layer::tree::Node;
use crate::rules::set::Object;
use crate::rules::{Place, Problem};
use find::{Address, Marks, addresses, ends_with, hosts, is_host_key};
use std::collections::BTreeSet;

/// Rules `ref/unknown-host`, `ref/unknown-host-port` and `ref/undeclared-host`.
pub fn check(names: &Names<'_>, readers: &[Vec<Reader<'_, '_>>], problems: &mut Vec<Problem>) {
    let mut search = Search::new(names);
    for (pod, readers) in names.subject.pods.iter().zip(readers) {
        for reader in readers {
            for node in &reader.told {
                let text = node.as_str().unwrap_or_default();
                let marks = Marks::of(text);
                for (number, line) in text.lines().enumerate().filter(|_| marks.any()) {
                    search.line(pod.namespace(), node, number + 1, (line, marks), problems);
                }
            }
            search.variables(pod.namespace(), reader.container, problems);
        }
    }
    let templates: BTreeSet<(usize, &str)> =
        names.subject.pods.iter().filter_map(|pod| Some((pod.object, pod.file?))).collect();
    for file in names.subject.files.iter().filter(|file| !templates.contains(&(file.object, file.key))) {
        let namespace = names.subject.objects()[file.object].namespace();
        if file.text.trim_start().starts_with('{') {
            search.json(namespace, file.node, file.text, problems);
        }
        let mut before: Option<(&str, &str)> = None;
        let marks = Marks::of(file.text);
        for (number, line) in super::mounts::lines(file.text).filter(|_| marks.any()) {
            search.line(namespace, file.node, number, (line, marks), problems);
            before = search.pair(namespace, file.node, number, line, before, problems);
        }
    }
    if names.is_own() {
        for object in names.subject.of("Certificate") {
            for name in object.node.get("spec").map(|spec| spec.list("dnsNames")).unwrap_or_default() {
                search.certified(object.namespace(), name, problems);
            }
        }
    }
}

/// What is looked for, and what was complained about.
struct Search<'n, 's> {
    names: &'n Names<'s>,
    namespaces: BTreeSet<&'s str>,
    domain: Option<String>,
    said: BTreeSet<(*const Node, usize, String)>,
}

/// What is wrong with an address.
enum Wrong<'s> {
    Nobody { elsewhere: bool },
    Port(&'s Object<'s>, BTreeSet<u16>),
    DeclaredPort(BTreeSet<u16>),
    Undeclared,
    NotHeadless(&'s Object<'s>),
}

impl<'n, 's> Search<'n, 's> {
    fn new(names: &'n Names<'s>) -> Self {
        let namespaced = names.subject.objects().iter().filter(|object| object.id.kind != "Namespace");
        let mut namespaces: BTreeSet<&str> = namespaced.map(Object::namespace).collect();
        namespaces.remove("");
        let domain = names.known().map(|known| known.compiled.spec.cluster.dns.domain.to_string());
        Search { names, namespaces, domain, said: BTreeSet::new() }
    }

    /// One line of a text that has these marks.
    fn line(
        &mut self,
        namespace: &str,
        node: &Node,
        number: usize,
        (line, marks): (&str, Marks),
        problems: &mut Vec<Problem>,
    ) {
        let marks = marks.in_line(line);
        // Links for people's browsers, and names of XML schemas.
        if !marks.any() || line.contains("xmlns") || line.trim_start().starts_with("spark.ui.") {
            return;
        }
        for address in addresses(line, marks) {
            self.held(namespace, &address, node, number, problems);
        }
    }

    /// `host=...` and `port=...` on lines of their own, as scripts set them.
    fn pair<'t>(
        &mut self,
        namespace: &str,
        node: &Node,
        number: usize,
        line: &'t str,
        before: Option<(&'t str, &'t str)>,
        problems: &mut Vec<Problem>,
    ) -> Option<(&'t str, &'t str)> {
        let line = line.trim().trim_start_matches("export ");
        let Some((key, value)) = line.split_once('=') else { return before };
        if ends_with(key, "host") && !key.contains([' ', '.']) {
            return Some((key, value));
        }
        let (host_key, host) = before?;
        let stem = host_key.len() - 4;
        let is_port = key.len() == host_key.len() && ends_with(key, "port");
        if is_port && key.get(..stem) == host_key.get(..stem) {
            let port = value.trim_matches(['"', '\'']).parse().ok();
            for address in hosts(host) {
                self.held(namespace, &Address { port, ..address }, node, number, problems);
            }
            return None;
        }
        before
    }

    /// `NAME_HOST` and `NAME_PORT` of a container.
    fn variables(&mut self, namespace: &str, container: &Node, problems: &mut Vec<Problem>) {
        let env = container.list("env");
        for entry in env {
            let (Some(name), Some(node)) = (entry.text("name"), entry.get("value")) else { continue };
            if !is_host_key(name) || name.contains("BIND") {
                continue;
            }
            let stem = name.trim_end_matches("HOSTNAME").trim_end_matches("HOST");
            let port = env.iter().find(|other| {
                other.text("name").is_some_and(|other| other.strip_prefix(stem) == Some("PORT"))
            });
            let port = port.and_then(|port| port.text("value")).and_then(|port| port.parse().ok());
            for address in node.as_str().into_iter().flat_map(hosts) {
                let address = Address { port: address.port.or(port), ..address };
                self.held(namespace, &address, node, 1, problems);
            }
        }
    }

    /// `{"host": ..., "port": ...}`, anywhere in a document.
    fn json(&mut self, namespace: &str, node: &Node, text: &str, problems: &mut Vec<Problem>) {
        if !text.contains("\"host\"") {
            return;
        }
        let Ok(document) = serde_json::from_str::<serde_json::Value>(text) else { return };
        let mut open = vec![&document];
        while let Some(value) = open.pop() {
            if let Some(list) = value.as_array() {
                open.extend(list);
            }
            let Some(map) = value.as_object() else { continue };
            open.extend(map.values());
            let Some(host) = map.get("host").and_then(serde_json::Value::as_str) else { continue };
            let port = map.get("port").and_then(serde_json::Value::as_u64);
            let port = port.and_then(|port| u16::try_from(port).ok());
            let at = text.lines().position(|line| line.contains(host)).map_or(1, |at| at + 1);
            for address in hosts(host) {
                self.held(namespace, &Address { port: address.port.or(port), ..address }, node, at, problems);
            }
        }
    }

    /// A name in a certificate of a release: a Service's, or one that the spec adds.
    fn certified(&mut self, namespace: &str, node: &Node, problems: &mut Vec<Problem>) {
        for address in node.as_str().into_iter().flat_map(|name| {
            let of_pod = name.starts_with("*.");
            hosts(name.trim_start_matches("*.")).map(move |address| Address { of_pod, ..address })
        }) {
            // Names in any form of the Service's, `NAME.NAMESPACE` included.
            self.held(namespace, &address, node, 1, problems);
        }
    }

    fn held(
        &mut self,
        namespace: &str,
        address: &Address<'_>,
        node: &Node,
        number: usize,
        problems: &mut Vec<Problem>,
    ) {
        let Some(wrong) = self.wrong(namespace, address) else { return };
        if !self.said.insert((std::ptr::from_ref(node), number, address.host.to_owned())) {
            return;
        }
        problems.push(self.told(address, wrong, self.names.subject.line(node, number)));
    }

    fn wrong(&self, namespace: &str, address: &Address<'_>) -> Option<Wrong<'s>> {
        let host = address.host.trim_end_matches('.').to_ascii_lowercase();
        let numeric = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if numeric || host == "localhost" || host.ends_with(".localhost") || host.contains('_') {
            return None;
        }
        if let Some(ports) = self.names.declared.as_ref().and_then(|declared| declared.hosts.get(&host)) {
            let fits = ports.is_empty() || address.port.is_none_or(|port| ports.contains(&port));
            return (!fits).then(|| Wrong::DeclaredPort(ports.clone()));
        }
        let labels: Vec<&str> = host.split('.').collect();
        let (service, of, pod) = match labels.iter().position(|label| *label == "svc") {
            Some(at) if at >= 2 => {
                let rest = labels[at + 1..].join(".");
                if !rest.is_empty() && self.domain.as_ref().is_some_and(|domain| *domain != rest) {
                    return Some(Wrong::Nobody { elsewhere: false });
                }
                (labels[at - 2], labels[at - 1], at > 2)
            }
            Some(_) => return Some(Wrong::Nobody { elsewhere: false }),
            None => match labels.as_slice() {
                [service] => (*service, namespace, false),
                [service, of] if self.namespaces.contains(of) => (*service, *of, false),
                [pod, service, of] if self.namespaces.contains(of) && !pod.is_empty() => {
                    (*service, *of, true)
                }
                _ => return self.names.is_own().then_some(Wrong::Undeclared),
            },
        };
        if service == "kubernetes" && (of == "default" || labels.len() == 1) {
            let open = address.port.is_none_or(|port| matches!(port, 443 | 6443));
            return (!open).then(|| Wrong::DeclaredPort(BTreeSet::from([443])));
        }
        let Some(found) = self
            .names
            .find("Service", of, service)
            .filter(|found| found.namespace() == of || found.namespace().is_empty() || of.is_empty())
        else {
            // Others may have installed it beside this set: only a name that is nearly one of the set's is
            // plainly wrong.
            let near = || crate::diagnostic::nearest(service, self.names.all("Service")).is_some();
            let beside = labels.len() == 1 || self.namespaces.contains(of);
            if !self.names.is_own() && !beside {
                return None;
            }
            let elsewhere = !self.names.is_own() && !near();
            return Some(Wrong::Nobody { elsewhere });
        };
        let pod = pod || address.of_pod;
        let headless = found.node.below(&["spec", "clusterIP"]).and_then(Node::as_str) == Some("None");
        if pod && !headless {
            return Some(Wrong::NotHeadless(found));
        }
        let port = address.port?;
        let ports = self.ports(found, headless);
        (!ports.is_empty() && !ports.contains(&port)).then_some(Wrong::Port(found, ports))
    }

    /// The ports at which a Service answers: its own; of a headless one, those of its pods.
    fn ports(&self, service: &Object<'_>, headless: bool) -> BTreeSet<u16> {
        let number =
            |node: Option<&Node>| node.and_then(Node::as_int).and_then(|port| u16::try_from(port).ok());
        let listed = service.node.get("spec").map(|spec| spec.list("ports")).unwrap_or_default();
        let own = listed.iter().filter_map(|port| number(port.get("port")));
        if !headless {
            return own.collect();
        }
        let pods = behind(self.names, service);
        let open = pods.iter().flat_map(|at| self.names.subject.pods[*at].running());
        let open: BTreeSet<u16> = open
            .flat_map(|container| container.list("ports"))
            .filter_map(|port| number(port.get("containerPort")))
            .collect();
        if open.is_empty() { own.collect() } else { open }
    }

    fn told(&self, address: &Address<'_>, wrong: Wrong<'_>, at: Place) -> Problem {
        let host = address.host;
        let shown = |ports: &BTreeSet<u16>| {
            ports.iter().map(|port| format!("`{port}`")).collect::<Vec<_>>().join(", ")
        };
        let port = address.port.map(|port| port.to_string()).unwrap_or_default();
        match wrong {
            Wrong::Nobody { elsewhere } => {
                let known: Vec<&str> = self.names.all("Service").into_iter().collect();
                let service = host.split('.').next().unwrap_or(host);
                let rule = if elsewhere { "ref/outside-the-set" } else { "ref/unknown-host" };
                Problem::new(rule, format!("no Service of the set is called `{host}`"), at, "connects there")
                    .help_if(did_you_mean(service, known.iter().copied()))
            }
            Wrong::Port(service, ports) => Problem::new(
                "ref/unknown-host-port",
                format!("`{host}` does not answer on port {port}"),
                at,
                "connects there",
            )
            .and(self.names.subject.missing(service.node, &["spec", "ports"]), "its ports")
            .help(format!("it answers on {}", shown(&ports))),
            Wrong::DeclaredPort(ports) => Problem::new(
                "ref/unknown-host-port",
                format!("`{host}` does not answer on port {port}"),
                at,
                "connects there",
            )
            .help(format!("it is declared to answer on {}", shown(&ports))),
            Wrong::Undeclared => Problem::new(
                "ref/undeclared-host",
                format!("nothing in the spec says that the release connects to `{host}`"),
                at,
                "connects there",
            )
            .help(format!("declare it: `external: {{NAME: {{host: {host}, port: ...}}}}`")),
            Wrong::NotHeadless(service) => Problem::new(
                "ref/unknown-host",
                format!("pods have no names of their own behind the Service `{}`", service.id.name),
                at,
                "connects to one of its pods",
            )
            .and(
                self.names.subject.missing(service.node, &["spec", "clusterIP"]),
                "it has an address of its own",
            )
            .help("give the Service `clusterIP: None`, or name the Service itself"),
        }
    }
}
