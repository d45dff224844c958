//! Rendered lines without the credentials in them. No rule lets one through, but a release that breaks the rules
//! is looked at too.

use crate::compile::cause::Field;
use crate::compile::{Compiled, Manifest};
use crate::layer::path::Segment;
use crate::layer::tree::{Node, Value};
use crate::rules::is_credential;
use crate::spec::redact::{self, HIDDEN};
use serde_json::Value as Json;

/// What must not be shown of one object.
pub struct Hidden<'a> {
    manifest: &'a Manifest,
    /// Values of the spec, the longest first: one may be part of another.
    values: Vec<String>,
}

impl<'a> Hidden<'a> {
    /// What the spec of a release holds that is not shown.
    pub fn of(compiled: &Compiled, manifest: &'a Manifest) -> Hidden<'a> {
        let mut values = Vec::new();
        compiled.merged.root.each_leaf(&mut |path, leaf| {
            for said in std::iter::once(leaf).chain(leaf.chain()) {
                gather(&said.to_json(), &redact::value(path, said), &mut values);
            }
        });
        values.retain(|value| !value.is_empty());
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.dedup();
        Hidden { manifest, values }
    }

    /// A line of the object for showing.
    pub fn take_out(&self, line: &str, field: &Field) -> String {
        let node = self.manifest.object.at(&field.path);
        let is_data =
            matches!(field.path.0.first(), Some(Segment::Key(key)) if key == "data" || key == "stringData");
        let is_secret = self.manifest.id.kind == "Secret" && is_data && field.path.0.len() > 1;
        let leaks = |text: &str| is_secret || is_credential(&field.path, text);
        match (&field.line, node.map(|node: &Node| &node.value)) {
            (Some(inside), _) if leaks(&inside.text) => line.replace(inside.text.as_str(), HIDDEN),
            (None, Some(Value::String(text))) if !text.contains('\n') && leaks(text) => {
                match line.split_once(": ") {
                    Some((key, _)) => format!("{key}: {HIDDEN}"),
                    None => HIDDEN.to_owned(),
                }
            }
            _ => self.values.iter().fold(line.to_owned(), |line, value| line.replace(value.as_str(), HIDDEN)),
        }
    }
}

/// The texts that a value has and the same value for showing has not.
fn gather(whole: &Json, shown: &Json, found: &mut Vec<String>) {
    match (whole, shown) {
        (Json::String(text), Json::String(shown)) if shown == HIDDEN => found.push(text.clone()),
        (Json::Array(whole), Json::Array(shown)) => {
            whole.iter().zip(shown).for_each(|(whole, shown)| gather(whole, shown, found));
        }
        (Json::Object(whole), Json::Object(shown)) => {
            for (key, whole) in whole {
                gather(whole, shown.get(key).unwrap_or(&Json::Null), found);
            }
        }
        _ => {}
    }
}
