//! Kubernetes objects: what they are called, in which order they are applied, how they are written.

pub mod emit;
pub mod order;

use crate::diagnostic::Finding;
use crate::layer::tree::{Node, Value};
use crate::source::Span;
use crate::template::context::Reads;
use crate::template::lines::LineMap;
use std::fmt;
use std::sync::Arc;

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

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// One rendered object, with all that is known about where it came from.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// What it is called.
    pub id: ObjectId,
    /// The object; its places lie in the rendered text.
    pub object: Node,
    /// Its component.
    pub component: String,
    /// Its template, by its name under `templates/`.
    pub template: String,
    /// What was rendered: shared by all objects of one template.
    pub rendering: Arc<Rendering>,
}

/// What one template made, for tracing back.
#[derive(Debug)]
pub struct Rendering {
    /// The rendered text.
    pub text: String,
    /// Which template line made each of its lines.
    pub lines: LineMap,
    /// The texts that became values, with the maps of their lines.
    pub texts: Arc<crate::template::functions::Texts>,
    /// The paths of the spec that the template read.
    pub reads: Reads,
}

impl Manifest {
    /// Where the object is written inside the bundle: `spark-connect/service-name.yaml`.
    pub fn path(&self) -> String {
        format!("{}/{}-{}.yaml", self.component, self.id.kind.to_lowercase(), self.id.name)
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
