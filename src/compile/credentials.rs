//! The Secrets that pods of a release read and that nothing in its bundle makes.

use super::Manifest;
use crate::layer::tree::{Node, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A Secret that must exist before the pods that read it can start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its name.
    pub secret: String,
    /// The keys that are read.
    pub keys: BTreeSet<String>,
    /// The first component that reads it.
    pub component: String,
}

/// Every Secret that an environment variable is taken from and that no manifest makes, in the order of
/// names. Mounted Secrets are certificates and the like, whose values nobody can invent; components
/// declare those as preconditions of their own.
pub fn missing(manifests: &[Manifest]) -> Vec<Credential> {
    let made: BTreeSet<&str> = manifests.iter().filter_map(makes).collect();
    let mut found: BTreeMap<&str, Credential> = BTreeMap::new();
    for manifest in manifests {
        each_reference(&manifest.object, &mut |name, key| {
            if made.contains(name) {
                return;
            }
            let credential = found.entry(name).or_insert_with(|| Credential {
                secret: name.to_owned(),
                keys: BTreeSet::new(),
                component: manifest.component.clone(),
            });
            credential.keys.insert(key.to_owned());
        });
    }
    found.into_values().collect()
}

/// Leaves out the ExternalSecrets whose Secret nothing in the release reads: environments list every
/// credential there is, and a release fetches those it needs.
pub fn drop_unused(manifests: &mut Vec<Manifest>) {
    let used = used(manifests);
    manifests.retain(|manifest| {
        manifest.id.kind != "ExternalSecret"
            || manifest.component != "secrets"
            || makes(manifest).is_some_and(|secret| used.contains(secret))
    });
}

/// The names of all Secrets that some object of the release reads: as variables, as files, to pull images.
pub fn used(manifests: &[Manifest]) -> BTreeSet<String> {
    fn walk(node: &Node, used: &mut BTreeSet<String>) {
        match &node.value {
            Value::Map(map) => {
                for (name, entry) in &map.entries {
                    let text = |node: Option<&Node>| node.and_then(Node::as_str).map(str::to_owned);
                    match name.as_str() {
                        "secretKeyRef" | "secretRef" => used.extend(text(entry.node.get("name"))),
                        "secret" => used.extend(
                            text(entry.node.get("secretName")).or_else(|| text(entry.node.get("name"))),
                        ),
                        _ => {}
                    }
                    walk(&entry.node, used);
                }
            }
            Value::List(items) => items.iter().for_each(|item| walk(item, used)),
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    manifests.iter().for_each(|manifest| walk(&manifest.object, &mut names));
    names
}

/// The Secret that a manifest is, or that an operator makes of it.
fn makes(manifest: &Manifest) -> Option<&str> {
    match manifest.id.kind.as_str() {
        "Secret" => Some(&manifest.id.name),
        "ExternalSecret" => {
            let target = manifest.object.get("spec").and_then(|spec| spec.get("target"));
            target.and_then(|target| target.get("name")).and_then(Node::as_str).or(Some(&manifest.id.name))
        }
        _ => None,
    }
}

fn each_reference<'a>(node: &'a Node, visit: &mut impl FnMut(&'a str, &'a str)) {
    match &node.value {
        Value::Map(map) => {
            for (name, entry) in &map.entries {
                let text = |key: &str| entry.node.get(key).and_then(Node::as_str);
                if name == "secretKeyRef"
                    && let (Some(secret), Some(key)) = (text("name"), text("key"))
                {
                    visit(secret, key);
                }
                each_reference(&entry.node, visit);
            }
        }
        Value::List(items) => items.iter().for_each(|item| each_reference(item, visit)),
        _ => {}
    }
}
