//! Kubernetes objects: what they are called, in which order they are applied, how they are written.

pub mod emit;
pub mod order;
pub mod read;

use crate::diagnostic::Finding;
use crate::layer::tree::{Node, Value};
use crate::source::Span;
use std::fmt;

/// What tells one object from all others in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// Group and version: `apps/v1`.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The namespace; none for what belongs to the whole cluster.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl ObjectId {
    /// The API group; empty for the core.
    pub fn group(&self) -> &str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// All that tells it from others, whatever version of its API it is written in:
    /// `Deployment.apps/spark/thrift`, `Namespace/spark`.
    pub fn full(&self) -> String {
        let dot = if self.group().is_empty() { "" } else { "." };
        let namespace = self.namespace.as_ref().map(|name| format!("{name}/")).unwrap_or_default();
        format!("{}{dot}{}/{namespace}{}", self.kind, self.group(), self.name)
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// Reads an object's name from its tree.
///
/// # Errors
/// What is missing, to be pointed at by the caller.
pub fn identify(object: &Node) -> Result<ObjectId, String> {
    let text = |node: Option<&Node>, what: &str| match node.map(|node| &node.value) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(_) => Err(format!("{what} is not text")),
        None => Err(format!("{what} is missing")),
    };
    let metadata = object.get("metadata");
    let namespace = metadata.and_then(|metadata| metadata.get("namespace"));
    Ok(ObjectId {
        api_version: text(object.get("apiVersion"), "apiVersion")?,
        kind: text(object.get("kind"), "kind")?,
        namespace: namespace.map(|node| text(Some(node), "metadata.namespace")).transpose()?,
        name: text(metadata.and_then(|metadata| metadata.get("name")), "metadata.name")?,
    })
}

/// Leaves out every entry that is `null`: an optional field that was not set.
pub fn drop_nulls(node: &mut Node) {
    match &mut node.value {
        Value::Map(map) => {
            map.entries.retain(|_, entry| !matches!(entry.node.value, Value::Null));
            map.entries.values_mut().for_each(|entry| drop_nulls(&mut entry.node));
        }
        Value::List(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// A name that cannot become a file of the bundle.
pub fn check_file_name(id: &ObjectId, span: Span) -> Option<Finding> {
    let plain =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    let good = plain(&id.kind) && plain(&id.name) && id.name.len() <= 200 && !id.name.starts_with('.');
    (!good).then(|| {
        Finding::error("k8s/bad-name", format!("`{id}` is no name that Kubernetes takes"))
            .at(span, "this object")
            .help("use lower-case letters, digits, `-` and `.`")
    })
}
