//! Values that are not shown: what stands in a free mapping under a name that sounds like a credential, and
//! what the rules `secret/...` take for one.

use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::Node;
use crate::rules::is_credential;
use serde_json::Value as Json;

/// What is shown in the place of a credential.
pub const HIDDEN: &str = "<hidden>";

/// A value for showing.
pub fn value(path: &SpecPath, node: &Node) -> Json {
    let free = matches!(path.0.first(), Some(Segment::Key(key)) if key == "spark")
        && matches!(path.0.get(1), Some(Segment::Key(key)) if key == "conf");
    let sounds = match path.0.last() {
        Some(Segment::Key(key)) => {
            let key = key.to_lowercase();
            ["password", "passwd", "secret", "token", "credential", "access.key", "apikey", "api.key"]
                .iter()
                .any(|word| key.contains(word))
        }
        _ => false,
    };
    if free && sounds { Json::from(HIDDEN) } else { shown(path, node.to_json()) }
}

/// The texts in a document of any kind that are not shown, wherever in it a part of the spec stands.
pub fn texts(document: &Node) -> Vec<String> {
    let mut found = Vec::new();
    document.each_leaf(&mut |path, leaf| {
        let Some(text) = leaf.as_str() else { return };
        let from = |start: usize| SpecPath(path.0[start..].to_vec());
        if (0..path.0.len()).any(|start| value(&from(start), leaf) == HIDDEN) {
            found.extend(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
        }
    });
    found
}

/// A value without the credentials in it.
fn shown(path: &SpecPath, value: Json) -> Json {
    match value {
        Json::String(text) if is_credential(path, &text) => Json::from(HIDDEN),
        Json::Array(items) => items.into_iter().map(|item| shown(path, item)).collect(),
        Json::Object(map) => {
            map.into_iter().map(|(key, item)| (key.clone(), shown(&path.key(key), item))).collect()
        }
        other => other,
    }
}
