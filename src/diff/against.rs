//! Why others' manifests differ from what sparkctl would render: of the first side nothing is known, so that each
//! field that differs names the layer line which decides what it would be.

use super::causes::{Cause, CauseKind, Causes, Leaf, Origin};
use super::{Correspondence, Difference, FieldChange, FieldStep, Step};
use crate::compile::{Compiled, Manifest, cause};
use crate::layer::path::SpecPath;
use crate::library::Library;
use crate::manifest::ObjectId;
use crate::rules::CONFIG_HASH;
use crate::spec::redact;
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::collections::HashMap;

/// In how many objects the lines are looked for: each takes some hundredths of a second. No clock, so that the same
/// input gives the same output.
const TRACED: usize = 48;

/// What no cause was looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Untraced {
    /// Fields in objects beyond those that are looked at.
    pub fields: usize,
    /// These objects.
    pub objects: usize,
}

/// What a cause is, to put together what has the same one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Leaf(SpecPath),
    Template(String),
}

/// The causes of what the second side has: the leaf of the layer that spoke last; where no leaf decides, the template.
/// What only the first side has, has none.
///
/// A field that differs only in a namespace which `same` says is one is caused by what the namespace is called.
pub fn causes(
    after: (&Library, &Compiled),
    difference: &Difference,
    same: &Correspondence,
) -> (Causes, Untraced) {
    let (library, compiled) = after;
    let manifests: HashMap<&ObjectId, &Manifest> =
        compiled.manifests.iter().map(|manifest| (&manifest.id, manifest)).collect();
    let (mut found, mut untraced, mut traced) = (IndexMap::new(), Untraced::default(), 0);
    let (mut derived, mut named) = (Vec::new(), Vec::new());
    for (at, change) in difference.changes.iter().enumerate() {
        let Some(manifest) = change.after.as_ref().and_then(|id| manifests.get(id)) else { continue };
        let ours = change.fields.iter().enumerate().filter(|(_, field)| field.step != FieldStep::Removed);
        let is_digest =
            |field: &FieldChange| matches!(field.path.0.last(), Some(Step::Key(key)) if key == CONFIG_HASH);
        let (digests, ours): (Vec<_>, Vec<_>) = ours.partition(|(_, field)| is_digest(field));
        derived.extend(digests.into_iter().map(|(number, _)| (at, number)));
        let (by_name, ours): (Vec<_>, Vec<_>) =
            ours.into_iter().partition(|(_, field)| is_of_namespace(field, same));
        named.extend(by_name.into_iter().map(|(number, _)| (at, number)));
        let (numbers, fields): (Vec<usize>, Vec<cause::Field>) =
            ours.into_iter().filter_map(|(number, field)| Some((number, field.after_at.clone()?))).unzip();
        if fields.is_empty() {
            continue;
        }
        if traced == TRACED {
            untraced.fields += fields.len();
            untraced.objects += 1;
            continue;
        }
        traced += 1;
        let causes = cause::responsible(library, compiled, manifest, fields);
        for (number, cause) in numbers.into_iter().zip(causes) {
            let key = match cause.leaves.into_iter().next() {
                Some(leaf) => Key::Leaf(leaf),
                None => Key::Template(manifest.template.clone()),
            };
            found.entry(key).or_insert_with(Vec::new).push((at, number));
        }
    }
    let (leaves, templates): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(key, _)| matches!(key, Key::Leaf(_)));
    let cause = |(key, fields)| {
        let kind = match key {
            Key::Leaf(path) => CauseKind::Leaves(vec![leaf(compiled, path)]),
            Key::Template(template) => CauseKind::Templates(vec![format!("templates/{template}")]),
        };
        Cause { kind, fields, objects: Vec::new() }
    };
    let mut causes: Vec<Cause> = leaves.into_iter().chain(templates).map(cause).collect();
    if let (Some((before, after)), false) = (same.namespaces.first_key_value(), named.is_empty()) {
        let kind = CauseKind::Identity { what: "namespace", before: before.clone(), after: after.clone() };
        causes.push(Cause { kind, fields: named, objects: Vec::new() });
    }
    (Causes { causes, derived }, untraced)
}

/// Whether a field is the same on both sides but for the namespace in it.
fn is_of_namespace(field: &FieldChange, same: &Correspondence) -> bool {
    let text = |value: &Option<Json>| value.as_ref().and_then(Json::as_str).map(str::to_owned);
    let (Some(before), Some(after)) = (text(&field.before), text(&field.after)) else { return false };
    same.namespaces
        .iter()
        .any(|(old, new)| before.contains(old.as_str()) && before.replace(old, new) == after)
}

fn leaf(compiled: &Compiled, path: SpecPath) -> Leaf {
    let sources = &compiled.report.sources;
    let after = compiled.merged.root.at(&path).map(|node| Origin {
        value: redact::value(&path, node),
        layer: compiled.merged.layer_of(node.span).to_owned(),
        span: Some(node.span),
        place: Some(sources.locate(node.span)),
    });
    Leaf { path, before: None, after }
}
