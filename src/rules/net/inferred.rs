//! Connections that the objects themselves tell of: a driver has executors, a property names a metastore.
//! They are known of anybody's manifests.

use super::flows::{Connection, Flow, Party, named};
use super::texts::{Address, addresses, endpoint, waits};
use super::world::{EXECUTOR_LABEL, World};
use crate::graph::policies::{Labels, PodEnd, Port};
use crate::layer::tree::Node;
use crate::rules::Place;
use crate::rules::set::{Application, PodKind, Property, Subject};
use std::collections::BTreeMap;

/// Every connection that the objects tell of.
pub fn flows(subject: &Subject<'_>, world: &World<'_>) -> Vec<Flow> {
    let mut flows = Vec::new();
    for application in subject.applications.iter().filter(|application| application.is_on_kubernetes()) {
        flows.extend(executors(subject, world, application));
    }
    let mut addressed = Addressed { subject, world, flows: Vec::new() };
    for application in &subject.applications {
        addressed.properties(application);
    }
    addressed.files();
    addressed.containers();
    flows.extend(addressed.flows);
    flows
}

/// The executors of a driver as policies see them: by the template of the set, else by what Spark labels
/// them with.
fn executor(world: &World<'_>, application: &Application<'_>) -> Party {
    if let Some(at) = application.executor {
        return Party::Pod(at);
    }
    let own = world.ends.get(application.pod).map(|end| end.namespace.clone()).unwrap_or_default();
    let namespace = application.get("spark.kubernetes.namespace").map_or(own, str::to_owned);
    let given = application.properties.iter();
    let mut labels: Labels = given
        .filter_map(|property| {
            Some((property.key.strip_prefix(EXECUTOR_LABEL)?.to_owned(), property.value.clone()))
        })
        .collect();
    labels.insert("spark-role".to_owned(), "executor".to_owned());
    Party::Stranger(PodEnd { namespace, labels, ..PodEnd::default() })
}

/// Executors register with the driver and fetch blocks from it and from one another; the driver fetches
/// results from them. A port that is not fixed may be any.
fn executors(subject: &Subject<'_>, world: &World<'_>, application: &Application<'_>) -> Vec<Flow> {
    let port = |keys: &[&str]| {
        let property = keys.iter().find_map(|key| application.property(key));
        let number =
            property.and_then(|property| property.value.parse::<u16>().ok()).filter(|number| *number > 0);
        let range = Port { from: 1024, to: u16::MAX, ..Port::tcp(0) };
        (number.map_or(range, Port::tcp), property)
    };
    let place = |property: Option<&Property<'_>>| property.map(|property| property.place(subject));
    let (rpc, of_rpc) = port(&["spark.driver.port"]);
    let (blocks, of_blocks) = port(&["spark.driver.blockManager.port", "spark.blockManager.port"]);
    let (own, of_own) = port(&["spark.blockManager.port"]);
    let (driver, executor) = (Party::Pod(application.pod), executor(world, application));
    let (of_driver, of_executor) = (
        subject.pods.get(application.pod).map(named),
        match &executor {
            Party::Pod(at) => subject.pods.get(*at).map(named),
            _ => None,
        },
    );
    let of_driver = of_driver.unwrap_or_default();
    let of_executor = of_executor.unwrap_or_else(|| format!("the executors of {of_driver}"));
    let flow = |from: (&Party, &str), to: (&Party, &str), port: Port, cause| Flow {
        name: "driver and executors".to_owned(),
        from: from.1.to_owned(),
        to: to.1.to_owned(),
        connections: vec![Connection { from: from.0.clone(), to: to.0.clone(), ports: vec![port] }],
        cause,
    };
    let (driver, executor) = ((&driver, of_driver.as_str()), (&executor, of_executor.as_str()));
    vec![
        flow(executor, driver, rpc, place(of_rpc)),
        flow(executor, driver, blocks, place(of_blocks)),
        flow(driver, executor, own, place(of_own)),
        flow(executor, executor, own, place(of_own)),
    ]
}

/// Connections to hosts that are Services of the set.
struct Addressed<'s, 'a> {
    subject: &'s Subject<'a>,
    world: &'s World<'a>,
    flows: Vec<Flow>,
}

impl<'a> Addressed<'_, 'a> {
    fn add(&mut self, from: Party, label: String, address: &Address<'_>, cause: impl FnOnce() -> Place) {
        let own = self.world.pod(&from).map(|pod| pod.namespace.clone()).unwrap_or_default();
        let Some(service) = self.world.host(address.host, &own) else { return };
        let mut answers = self.world.answers(service, address.port);
        answers.retain(|(at, _)| from != Party::Pod(*at));
        if answers.is_empty() {
            return;
        }
        let connections = answers.into_iter().map(|(at, port)| Connection {
            from: from.clone(),
            to: Party::Pod(at),
            ports: vec![port],
        });
        self.flows.push(Flow {
            name: format!("`{}`", address.host),
            from: label,
            to: format!("`{}`", service.object.id),
            connections: connections.collect(),
            cause: Some(cause()),
        });
    }

    fn add_pod(&mut self, at: usize, address: &Address<'_>, cause: impl FnOnce() -> Place) {
        let label = self.subject.pods.get(at).map(named).unwrap_or_default();
        self.add(Party::Pod(at), label, address, cause);
    }

    /// Endpoints in the properties of Spark. Its executors go to the object store themselves.
    fn properties(&mut self, application: &Application<'_>) {
        let tls = application.get("spark.hadoop.fs.s3a.connection.ssl.enabled") != Some("false");
        for property in &application.properties {
            let store = property.key.ends_with("fs.s3a.endpoint");
            let catalog = property.key.starts_with("spark.sql.catalog.") && property.key.ends_with(".uri");
            let found: Vec<Address<'_>> = if store {
                endpoint(&property.value, if tls { 443 } else { 80 }).into_iter().collect()
            } else {
                let mut found = addresses(&property.value);
                found.retain(|address| catalog || !address.scheme.starts_with("http"));
                found
            };
            for address in &found {
                self.add_pod(application.pod, address, || property.place(self.subject));
                if store && application.is_on_kubernetes() {
                    let label = self.subject.pods.get(application.pod).map(named).unwrap_or_default();
                    let executor = executor(self.world, application);
                    let label = match &executor {
                        Party::Pod(at) => self.subject.pods.get(*at).map(named).unwrap_or_default(),
                        _ => format!("the executors of {label}"),
                    };
                    self.add(executor, label, address, || property.place(self.subject));
                }
            }
        }
    }

    /// Addresses in files that pods mount. Files that Spark reads were read above, templates of executors
    /// are pods themselves.
    fn files(&mut self) {
        let subject = self.subject;
        let mut mounting: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (at, pod) in subject.pods.iter().enumerate() {
            for volume in pod.spec.list("volumes") {
                let parts =
                    volume.get("projected").map(|projected| projected.list("sources")).unwrap_or_default();
                for holder in std::iter::once(volume).chain(parts) {
                    if let Some(name) = holder.get("configMap").and_then(|map| map.text("name")) {
                        mounting.entry((pod.namespace(), name)).or_default().push(at);
                    }
                }
            }
        }
        for file in &subject.files {
            let object = &subject.objects()[file.object];
            let Some(pods) = mounting.get(&(object.namespace(), object.id.name.as_str())) else { continue };
            let read = subject.applications.iter().filter_map(|application| application.file);
            let is_read = read.into_iter().any(|other| std::ptr::eq(other.node, file.node));
            let is_template = subject.pods.iter().any(|pod| {
                pod.kind == PodKind::Executor && pod.object == file.object && pod.file == Some(file.key)
            });
            if is_read || is_template {
                continue;
            }
            let mut found = addresses(file.text);
            found.retain(|address| !address.scheme.starts_with("http"));
            found.extend(waits(file.text));
            for address in &found {
                for at in pods {
                    self.add_pod(*at, address, || subject.line(file.node, address.line));
                }
            }
        }
    }

    /// Addresses in the environment and on the command lines of containers.
    fn containers(&mut self) {
        let subject = self.subject;
        for (at, pod) in subject.pods.iter().enumerate() {
            for container in pod.containers() {
                for entry in container.list("env") {
                    let name = entry.text("name").unwrap_or_default();
                    let Some(node) = entry.get("value") else { continue };
                    let store = name.starts_with("AWS_ENDPOINT_URL") || name.ends_with("S3_ENDPOINT");
                    self.text(at, node, store);
                }
                for word in container.list("command").iter().chain(container.list("args")) {
                    let store = word.as_str().is_some_and(|word| word.contains("fs.s3a.endpoint="));
                    self.text(at, word, store);
                }
            }
        }
    }

    fn text(&mut self, at: usize, node: &'a Node, store: bool) {
        let Some(text) = node.as_str() else { return };
        let mut found = addresses(text);
        found.retain(|address| store || !address.scheme.starts_with("http"));
        found.extend(waits(text));
        for address in &found {
            self.add_pod(at, address, || self.subject.line(node, address.line));
        }
    }
}
