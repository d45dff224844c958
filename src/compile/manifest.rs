//! A rendered object with what is needed to trace it back: its template, and what that template read.

use crate::layer::tree::Node;
use crate::manifest::ObjectId;
use crate::template::context::Reads;
use crate::template::functions::Texts;
use crate::template::shape::Shape;
use std::sync::Arc;

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
    /// The text that the objects' places lie in, with the template line behind each of its lines.
    pub shape: Arc<Shape>,
    /// The texts that became values, with the maps of their lines.
    pub texts: Arc<Texts>,
    /// The paths of the spec that the template read.
    pub reads: Reads,
}

impl Manifest {
    /// Where the object is written inside the bundle: `spark-connect/service-name.yaml`.
    pub fn path(&self) -> String {
        format!("{}/{}-{}.yaml", self.component, self.id.kind.to_lowercase(), self.id.name)
    }
}
