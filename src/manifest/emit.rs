//! The one YAML emitter. What it writes, Go's and Python's YAML readers read back as the same value.
//!
//! The work is serde-saphyr's; this file chooses its options and which texts become literal blocks.
//! It is the only file that knows the crate, so that another can take its place.

use super::order::key_rank;
use crate::layer::scalar::{self, Agreed, Plain};
use crate::layer::tree::{Mapping, Node, Value};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_saphyr::{DoubleQuoted, LitStr, SerializerOptions};

/// Why a value could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write YAML: {0}")]
pub struct EmitError(String);

/// Writes one object as a YAML document.
///
/// # Errors
/// If the emitter refuses a value; none that a parsed tree can hold is known to be refused.
pub fn emit(object: &Node) -> Result<String, EmitError> {
    let mut options = SerializerOptions::default();
    options.prefer_block_scalars = false;
    options.min_fold_chars = 0;
    serde_saphyr::to_string_with_options(&Emitted { node: object, depth: Some(0) }, options)
        .map_err(|error| EmitError(error.to_string()))
}

struct Emitted<'a> {
    node: &'a Node,
    /// 0 for the object, 1 for its metadata, none elsewhere.
    depth: Option<usize>,
}

impl Serialize for Emitted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.node.value {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::Int(number) => serializer.serialize_i64(*number),
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::String(text) if is_block(text) => LitStr(text).serialize(serializer),
            // What our own reader takes for something else is in quotes, whatever the emitter thinks.
            Value::String(text) if scalar::resolve(text) != Plain::Agreed(Agreed::Text) => {
                DoubleQuoted(text).serialize(serializer)
            }
            Value::String(text) => serializer.serialize_str(text),
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for node in items {
                    list.serialize_element(&Emitted { node, depth: None })?;
                }
                list.end()
            }
            Value::Map(map) => {
                let mut written = serializer.serialize_map(Some(map.entries.len()))?;
                for (key, node, depth) in self.ordered(map) {
                    written.serialize_entry(key, &Emitted { node, depth })?;
                }
                written.end()
            }
        }
    }
}

impl Emitted<'_> {
    fn ordered<'a>(&self, map: &'a Mapping) -> Vec<(&'a str, &'a Node, Option<usize>)> {
        let below = |key: &str| (self.depth == Some(0) && key == "metadata").then_some(1);
        let mut entries: Vec<_> =
            map.entries.iter().map(|(key, entry)| (key.as_str(), &entry.node, below(key))).collect();
        if let Some(depth) = self.depth {
            entries.sort_by_key(|(key, _, _)| key_rank(depth, key));
        }
        entries
    }
}

/// Whether a text is written as a literal block: several lines, none of which a reader could misread.
fn is_block(text: &str) -> bool {
    let odd = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    text.contains('\n')
        && !text.starts_with(['\n', ' '])
        && !text.contains(odd)
        && text.split('\n').all(|line| !line.starts_with('\t') && !line.ends_with([' ', '\t']))
}
