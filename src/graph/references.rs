//! Who refers to whom: the names that objects mention, and the pods that they select.

use super::policies::Selector;
use crate::layer::tree::{Node, Value};
use crate::rules::set::{PodKind, Subject};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// An object with those that it refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Referring {
    /// `KIND/NAME`.
    pub object: String,
    /// Its component.
    pub component: String,
    /// The others, each once: what it names, selects or makes, whether or not the release has it.
    pub refers: Vec<String>,
}

/// Every object of a set, in its order; `component` says which component each is of.
pub fn all<'c>(subject: &Subject<'_>, component: impl Fn(usize) -> &'c str) -> Vec<Referring> {
    let mut referring = Vec::new();
    let mut templates: BTreeMap<usize, Vec<&Node>> = BTreeMap::new();
    for pod in subject.pods.iter().filter(|pod| pod.kind == PodKind::Executor) {
        templates.entry(pod.object).or_default().push(pod.template);
    }
    for (at, object) in subject.objects().iter().enumerate() {
        let mut refers = BTreeSet::new();
        names(object.node, &mut refers);
        for template in templates.get(&at).into_iter().flatten() {
            names(template, &mut refers);
        }
        let spec = |key: &str| object.node.below(&["spec", key]);
        let selector = match object.id.kind.as_str() {
            "Service" => spec("selector").map(equal),
            "PodDisruptionBudget" => spec("selector").map(Selector::read),
            "NetworkPolicy" => spec("podSelector").map(Selector::read),
            _ => None,
        };
        if let Some(selector) = selector {
            for pod in subject.pods.iter().filter(|pod| pod.namespace() == object.namespace()) {
                let labels = pod.template.below(&["metadata", "labels"]).and_then(Node::as_map);
                let labels = labels.into_iter().flat_map(|labels| &labels.entries);
                let labels =
                    labels.filter_map(|(key, entry)| Some((key.clone(), entry.node.as_str()?.to_owned())));
                if selector.takes(&labels.collect()) {
                    refers.insert(pod.name());
                }
            }
        }
        if object.id.kind == "ServiceMonitor"
            && let Some(selector) = spec("selector").map(Selector::read)
        {
            for service in subject.of("Service").filter(|service| service.namespace() == object.namespace()) {
                let labels =
                    service.node.below(&["metadata", "labels"]).map(Node::to_json).unwrap_or_default();
                if selector.takes(&serde_json::from_value(labels).unwrap_or_default()) {
                    refers.insert(service.id.to_string());
                }
            }
        }
        let own = object.id.to_string();
        refers.remove(&own);
        let refers = refers.into_iter().collect();
        referring.push(Referring { object: own, component: component(at).to_owned(), refers });
    }
    referring
}

/// The selector of a Service, which is plain labels.
fn equal(labels: &Node) -> Selector {
    let entries = labels.as_map().into_iter().flat_map(|map| &map.entries);
    let one = |(key, entry): (&String, &crate::layer::tree::Entry)| {
        Some(Selector::one(key, entry.node.as_str().unwrap_or_default()))
    };
    entries.filter_map(one).fold(Selector::default(), Selector::and)
}

/// Names under the keys by which Kubernetes' objects refer to others.
fn names(node: &Node, found: &mut BTreeSet<String>) {
    match &node.value {
        Value::Map(map) => {
            for (key, entry) in &map.entries {
                let value = &entry.node;
                let named = match key.as_str() {
                    "configMap" | "configMapKeyRef" | "configMapRef" => {
                        value.text("name").map(|name| ("ConfigMap", name))
                    }
                    "secretKeyRef" | "secretRef" => value.text("name").map(|name| ("Secret", name)),
                    "secret" => value.text("secretName").or(value.text("name")).map(|name| ("Secret", name)),
                    "secretName" => value.as_str().map(|name| ("Secret", name)),
                    "serviceAccountName" => value.as_str().map(|name| ("ServiceAccount", name)),
                    "persistentVolumeClaim" => {
                        value.text("claimName").map(|name| ("PersistentVolumeClaim", name))
                    }
                    "service" => value.text("name").map(|name| ("Service", name)),
                    "serviceName" => value.as_str().map(|name| ("Service", name)),
                    "target" if value.text("creationPolicy").is_some() => {
                        value.text("name").map(|name| ("Secret", name))
                    }
                    "roleRef" | "scaleTargetRef" | "targetRef" | "to" => {
                        value.text("kind").zip(value.text("name"))
                    }
                    _ => None,
                };
                found.extend(named.map(|(kind, name)| format!("{kind}/{name}")));
                if key == "subjects" || key == "imagePullSecrets" {
                    let listed = value.items().iter().filter_map(|item| {
                        let kind = if key == "subjects" { item.text("kind")? } else { "Secret" };
                        Some(format!("{kind}/{}", item.text("name")?))
                    });
                    found.extend(listed);
                }
                names(value, found);
            }
        }
        Value::List(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}
