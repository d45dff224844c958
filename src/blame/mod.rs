//! From lines of a rendered file to the template lines that wrote them and the layer lines that decided them, each
//! with everything that it overrode. This is data; `sparkctl blame` and `sparkctl explain FILE:LINE` print it.

mod hidden;
mod place;
pub mod text;

pub use place::{Aligned, Inspected, inspect, project_above};

use crate::compile::cause::{self, Field};
use crate::compile::{Compiled, Manifest};
use crate::gitops::care;
use crate::layer::path::SpecPath;
use crate::layer::tree::{Node, Value};
use crate::library::Library;
use crate::manifest::emit::emit;
use crate::source::Span;
use crate::spec::redact;
use hidden::Hidden;
use serde_json::Value as Json;

/// What made lines of one rendered object.
#[derive(Debug)]
pub struct Blame {
    /// The lines that were asked about.
    pub lines: Vec<Line>,
    /// The leaves that decide whether the object is there at all.
    pub presence: Vec<Leaf>,
}

/// One line of a rendered file.
#[derive(Debug)]
pub struct Line {
    /// Its number in the object as sparkctl renders it, from 1.
    pub number: usize,
    /// What it says, without credentials.
    pub text: String,
    /// The field that stands there, and the line of it where it is a text.
    pub field: Field,
    /// The template line that wrote it.
    pub template: Option<Span>,
    /// Whether sparkctl puts it on all such objects for whoever syncs them.
    pub is_care: bool,
    /// The leaves of the spec that decide it, those first that it quotes, then those that spoke last.
    pub leaves: Vec<Leaf>,
}

/// A leaf of the spec and its story.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// Its path.
    pub path: SpecPath,
    /// What was said of it, from the base up; the last one is in force. Nothing where no layer sets it.
    pub said: Vec<Said>,
}

/// What one layer says of a path.
#[derive(Debug, Clone)]
pub struct Said {
    /// The value, without credentials; `null` where the layer deletes what stands below.
    pub value: Json,
    /// The layer, as messages name it.
    pub layer: String,
    /// Where.
    pub at: Span,
}

/// What made lines `wanted` (from 1) of an object as it is written in a bundle; all where none is given.
pub fn blame(library: &Library, compiled: &Compiled, manifest: &Manifest, wanted: &[usize]) -> Blame {
    let written = emit(&manifest.object).unwrap_or_default();
    let hidden = Hidden::of(compiled, manifest);
    let fields = cause::fields(manifest).into_iter().zip(written.lines()).enumerate();
    let chosen = fields.filter(|(at, _)| wanted.is_empty() || wanted.contains(&(at + 1)));
    let chosen: Vec<(usize, &str, Field)> =
        chosen.filter_map(|(at, (field, text))| Some((at + 1, text, field?))).collect();
    let asked = chosen.iter().map(|(_, _, field)| field.clone()).collect();
    let causes = cause::of_all(library, compiled, manifest, asked);
    let presence = causes.iter().map(|cause| &cause.presence).min_by_key(|paths| paths.len());
    let presence = presence.into_iter().flatten().map(|path| leaf(compiled, path)).collect();
    let lines = chosen.into_iter().zip(causes).map(|((number, text, _), cause)| {
        let is_care = |span: Span| compiled.report.sources.get(span.source).name.ends_with(care::TABLE);
        let mut leaves: Vec<Leaf> = cause.leaves.iter().map(|path| leaf(compiled, path)).collect();
        leaves.sort_by_key(|leaf| {
            (std::cmp::Reverse(quotes(text, leaf)), std::cmp::Reverse(rank(compiled, leaf)))
        });
        Line {
            number,
            text: hidden.take_out(text, &cause.field),
            is_care: cause.template.is_some_and(is_care),
            field: cause.field,
            template: cause.template,
            leaves,
        }
    });
    Blame { lines: lines.collect(), presence }
}

/// How much of what a line says is the value of a leaf: 2 all of it, 1 a part, 0 nothing.
fn quotes(line: &str, leaf: &Leaf) -> u8 {
    let value = match leaf.said.last().map(|said| &said.value) {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Number(number)) => number.to_string(),
        _ => return 0,
    };
    // What stands behind the key: of YAML or of a property.
    let ends = [": ", "="].into_iter().filter_map(|mark| Some(line.find(mark)? + mark.len())).min();
    let said = ends.map_or(line, |at| &line[at..]).trim_matches([' ', '"', '-']);
    match said.contains(&value) {
        _ if value.is_empty() => 0,
        true if said == value => 2,
        contained => u8::from(contained),
    }
}

/// The place of the layer that spoke last in the order of layers.
fn rank(compiled: &Compiled, leaf: &Leaf) -> usize {
    leaf.said.last().map_or(0, |said| compiled.merged.rank(said.at))
}

/// A leaf with everything that was said of it.
fn leaf(compiled: &Compiled, path: &SpecPath) -> Leaf {
    let root = &compiled.merged.root;
    let removed = || {
        let (last, above) = path.0.split_last()?;
        let crate::layer::path::Segment::Key(key) = last else { return None };
        Some(&root.at(&SpecPath(above.to_vec()))?.as_map()?.removed.get(key)?.node)
    };
    let Some(node) = root.at(path).or_else(removed) else {
        return Leaf { path: path.clone(), said: Vec::new() };
    };
    let said = |node: &Node| Said {
        value: if matches!(node.value, Value::Null) { Json::Null } else { redact::value(path, node) },
        layer: compiled.merged.layer_of(node.span).to_owned(),
        at: node.span,
    };
    let mut story: Vec<Said> = std::iter::once(node).chain(node.history()).map(said).collect();
    story.reverse();
    Leaf { path: path.clone(), said: story }
}
