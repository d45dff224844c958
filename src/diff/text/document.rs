//! JSON and YAML, by path; objects of Kubernetes among them, such as pod templates, as what they are.

use super::Entry;
use crate::diff::apply::rewrite;
use crate::diff::field::{FieldChange, FieldPath, FieldStep};
use crate::diff::knowledge::Known;
use crate::diff::walk::document_fields;
use crate::layer::parse::parse_manifests;
use crate::layer::path::SpecPath;
use crate::layer::tree::{Node, Value};
use crate::source::Sources;
use serde_json::Value as Json;

/// The entries that differ; nothing where a text is not one document that every reader takes the same way.
pub fn compare(before: &str, after: &str) -> Option<Vec<Entry>> {
    let (old, new) = (read(before)?, read(after)?);
    let (starts, others) = (starts(before), self::starts(after));
    let entry = |change: FieldChange| {
        let line = |node: &Node, path: Option<&SpecPath>, starts: &[usize]| {
            let span = path.and_then(|path| node.key_span(path)).unwrap_or(node.span);
            starts.partition_point(|start| *start <= span.start as usize)
        };
        let path = |at: &Option<crate::compile::cause::Field>| at.as_ref().map(|at| at.path.clone());
        let (old_path, new_path) = (path(&change.before_at), path(&change.after_at));
        let before = change.before.map(|value| (value, line(&old, old_path.as_ref(), &starts)));
        let after = change.after.map(|value| (value, line(&new, new_path.as_ref(), &others)));
        Entry { step: change.step, name: change.path.to_string(), before, after, is_secret: change.secret }
    };
    Some(document_fields(&old, &new).into_iter().map(entry).collect())
}

/// The document with entries changed, as JSON, which is YAML too.
pub fn apply(before: &str, changes: &[(&str, FieldStep, Option<&Json>)]) -> Option<String> {
    let mut node = read(before)?;
    let changes: Vec<FieldChange> = changes
        .iter()
        .map(|(name, step, value)| {
            let path = FieldPath::read(name)?;
            let after = value.cloned();
            Some(FieldChange {
                path,
                step: *step,
                before: None,
                after,
                before_at: None,
                after_at: None,
                secret: false,
            })
        })
        .collect::<Option<_>>()?;
    let all: Vec<_> = changes.iter().map(|change| (change.path.0.as_slice(), change)).collect();
    let known_of = node.clone();
    rewrite(&mut node, &all, Known::document(&known_of), None);
    Some(format!("{:#}\n", node.to_json()))
}

fn read(text: &str) -> Option<Node> {
    let (mut documents, findings) = parse_manifests(Sources::default().scratch(), text);
    let node = documents.pop().filter(|_| documents.is_empty() && findings.is_empty())?;
    // What cannot be written as JSON cannot be told.
    is_plain(&node).then_some(node)
}

fn is_plain(node: &Node) -> bool {
    match &node.value {
        Value::Float(number) => number.is_finite(),
        Value::List(items) => items.iter().all(is_plain),
        Value::Map(map) => map.entries.values().all(|entry| is_plain(&entry.node)),
        _ => true,
    }
}

/// Where the lines of a text begin.
fn starts(text: &str) -> Vec<usize> {
    let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(breaks).collect()
}
