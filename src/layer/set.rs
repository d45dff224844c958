//! `--set PATH=VALUE` as a layer of its own, with an origin of its own.

use super::path::SpecPath;
use super::scalar::{self, Plain};
use super::tree::{Entry, Mapping, Node, Value};
use crate::diagnostic::Finding;
use crate::source::{SourceId, Span};

/// Which types the spec's schema allows at a path: what `--set` reads its text by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Text is allowed.
    pub text: bool,
    /// Numbers are allowed.
    pub number: bool,
    /// `true` and `false` are allowed.
    pub boolean: bool,
    /// Lists or mappings are allowed.
    pub collection: bool,
}

/// Reads one argument, which is the text behind `source`. `allowed` tells what the schema allows at a path.
///
/// # Errors
/// A finding that points into the argument.
pub fn read(
    source: SourceId,
    text: &str,
    allowed: impl Fn(&SpecPath) -> Allowed,
) -> Result<Node, Box<Finding>> {
    let span = |start: usize, end: usize| Span { source, start: start as u32, end: end as u32 };
    let bad = |at: usize, why: String| {
        Box::new(
            Finding::error("layer/bad-path", format!("`{text}` is not PATH=VALUE"))
                .at(span(at, text.len()), why)
                .help("write it as --set connect.executor.memory=8g; keys with dots as --set 'spark.conf[\"spark.sql.ansi.enabled\"]=true'"),
        )
    };
    let (path, rest) = SpecPath::read(text).map_err(|error| bad(error.at, error.reason))?;
    let at = text.len() - rest.len();
    let Some(written) = rest.strip_prefix('=') else {
        return Err(bad(at, "`=` and a value are missing here".to_owned()));
    };
    let place = span(at + 1, text.len());
    let value = value(written, place, allowed(&path))?;
    let mut node = Node::new(place, value);
    for segment in path.0.iter().rev() {
        let super::path::Segment::Key(key) = segment else {
            return Err(Box::new(
                Finding::error("layer/bad-path", format!("`{path}` goes into a list"))
                    .at(span(0, at), "this path")
                    .why("lists are replaced whole, so that a merge never depends on their order")
                    .help("set the whole list: --set 'path=[a, b]'"),
            ));
        };
        let mut map = Mapping::default();
        map.entries.insert(key.clone(), Entry { key: span(0, at), node });
        node = Node::new(span(0, text.len()), Value::Map(map));
    }
    Ok(node)
}

fn value(written: &str, place: Span, allowed: Allowed) -> Result<Value, Box<Finding>> {
    if written == "null" {
        return Ok(Value::Null);
    }
    if allowed.collection && written.starts_with(['[', '{']) {
        let (documents, findings) = super::parse::parse(place.source, written);
        if let Some(mut finding) = findings.into_iter().next() {
            finding.primary =
                Some(crate::diagnostic::Label { span: place, text: "in this value".to_owned() });
            return Err(Box::new(finding));
        }
        let mut node = documents.into_iter().next().unwrap_or(Node::new(place, Value::Null));
        super::parse::move_to(&mut node, place);
        return Ok(node.value);
    }
    let text_only = allowed.text && !allowed.number && !allowed.boolean;
    Ok(match scalar::resolve(written) {
        _ if text_only => Value::String(written.to_owned()),
        Plain::Agreed(agreed) => agreed.value(written),
        Plain::Ambiguous { .. } => Value::String(written.to_owned()),
    })
}
