//! Objects that are made here rather than rendered, as texts.

use crate::failure::Failure;
use crate::layer::tree::{Node, Value};
use crate::manifest::emit::emit;
use crate::source::{Sources, Span};
use serde_json::Value as Json;

/// One object as a YAML document, its keys in the order in which they were put.
///
/// # Errors
/// If a value cannot be written as YAML.
pub fn text(object: &Json) -> Result<String, Failure> {
    let source = Sources::default().add("gitops", "");
    let nowhere = Span { source, start: 0, end: 0 };
    emit(&Node::new(nowhere, Value::from_json(object, nowhere))).map_err(|error| {
        Failure::refused(error.to_string(), "this is a defect of sparkctl: please report it")
    })
}
