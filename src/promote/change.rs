//! Which leaves of one merged spec have to change so that it says the same at a path as another one.

use super::refused;
use crate::diagnostic::Finding;
use crate::layer::path::SpecPath;
use crate::layer::tree::{Node, Value};
use crate::rules::layers::is_example;
use crate::spec::redact::{self, HIDDEN};
use serde_json::Value as Json;

/// One leaf that has to change.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its path.
    pub path: SpecPath,
    /// What it is in the target; none where nothing is set there.
    pub before: Option<Node>,
    /// What it is in the source; none where the target's has to go.
    pub after: Option<Node>,
}

/// The changes that make what stands at `path` of `to` the same as in `from`; none where it is.
pub fn changes(path: &SpecPath, from: &Node, to: &Node) -> Vec<Change> {
    let mut found = Vec::new();
    compare(path, from.at(path), to.at(path), &mut found);
    found
}

fn compare(path: &SpecPath, from: Option<&Node>, to: Option<&Node>, found: &mut Vec<Change>) {
    let mut change = |from: Option<&Node>, to: Option<&Node>| {
        found.push(Change { path: path.clone(), before: to.cloned(), after: from.cloned() });
    };
    let (Some(from), Some(to)) = (from, to) else {
        return match (from, to) {
            (None, None) => {}
            (Some(Node { value: Value::Map(map), .. }), None) if !map.entries.is_empty() => {
                for (key, entry) in &map.entries {
                    compare(&path.key(key.as_str()), Some(&entry.node), None, found);
                }
            }
            (from, to) => change(from, to),
        };
    };
    match (from.as_map(), to.as_map()) {
        (Some(ours), Some(theirs)) => {
            for (key, entry) in &ours.entries {
                compare(&path.key(key.as_str()), Some(&entry.node), to.get(key), found);
            }
            for (key, entry) in theirs.entries.iter().filter(|(key, _)| !ours.entries.contains_key(*key)) {
                compare(&path.key(key.as_str()), None, Some(&entry.node), found);
            }
        }
        (Some(ours), None) if !ours.entries.is_empty() => {
            for (key, entry) in &ours.entries {
                compare(&path.key(key.as_str()), Some(&entry.node), None, found);
            }
        }
        _ if from.same_value(to) => {}
        _ => change(Some(from), Some(to)),
    }
}

impl Change {
    /// Why its value is none to promote, if it is none: a credential, or a value that nobody can own.
    pub fn refusal(&self, environment: &str) -> Option<Finding> {
        let after = self.after.as_ref()?;
        let path = &self.path;
        if is_hidden(&redact::value(path, after)) {
            let finding = refused(format!("`{path}` holds a credential, which is not promoted"));
            return Some(
                finding
                    .at(after.span, format!("its value in {environment}"))
                    .why("a credential of one environment opens what belongs to it; no layer may hold one")
                    .help("keep it in a Secret, and name that here: {secret: NAME, key: KEY}")
                    .secret(),
            );
        }
        is_example(after).then(|| {
            refused(format!("`{path}` has an example value in {environment}"))
                .at(after.span, "nobody owns this address")
                .why("what stands for an address that is still to be set is no better in another environment")
                .help(format!("set it in {environment} first, or name the paths beside it"))
        })
    }
}

fn is_hidden(value: &Json) -> bool {
    match value {
        Json::String(text) => text == HIDDEN,
        Json::Array(items) => items.iter().any(is_hidden),
        Json::Object(map) => map.values().any(is_hidden),
        _ => false,
    }
}
