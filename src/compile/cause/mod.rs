//! Which line made a rendered field: the template line, and the leaves of the spec that decide it.
//!
//! The template line comes from the map that was kept while rendering. The deciding leaves are found
//! by trying: each leaf that the template read is changed, that template alone is rendered again, and
//! where the field comes out different the leaf decides it. No analysis of the template can be wrong,
//! because none is made.

mod outcome;
mod search;
mod sees;
pub(crate) mod trials;

use super::Manifest;
use super::{Compiled, render};
use crate::layer::parse::parse;
use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::{Node, Value};
use crate::library::Library;
use crate::manifest::emit::emit;
use crate::source::{Sources, Span, line_of};
use search::{Search, Wanted};

/// Tries of other values for one leaf.
const TRIES: usize = 4;

/// A place in a rendered object: a field, and where the field is a text of several lines, one of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// The field's path in the object.
    pub path: SpecPath,
    /// A line of the text.
    pub line: Option<TextLine>,
}

/// One line of a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextLine {
    /// Its number in the text, from 1: the same words may stand there twice.
    pub number: usize,
    /// What it says, without indentation and line break.
    pub text: String,
}

/// What made a field what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The field.
    pub field: Field,
    /// The template line that made it.
    pub template: Option<Span>,
    /// The leaves of the spec that decide what it is, by path.
    pub leaves: Vec<SpecPath>,
    /// The leaves that decide only whether the object is there at all.
    pub presence: Vec<SpecPath>,
}

/// The field that stands on line `line` (from 1) of an object as it is written in a bundle.
pub fn field_at(manifest: &Manifest, line: usize) -> Option<Field> {
    fields(manifest).into_iter().nth(line.checked_sub(1)?)?
}

/// The field that stands on each line of an object as it is written in a bundle.
pub fn fields(manifest: &Manifest) -> Vec<Option<Field>> {
    let Ok(written) = emit(&manifest.object) else { return Vec::new() };
    let (documents, _) = parse(Sources::default().scratch(), &written);
    let Some(root) = documents.first() else { return Vec::new() };
    let mut begins = vec![0];
    begins.extend(written.match_indices('\n').map(|(at, _)| at + 1));
    let mut starts: Vec<(usize, SpecPath)> = Vec::new();
    visit(root, &SpecPath::root(), &mut |path, start| {
        starts.push((begins.partition_point(|begin| *begin <= start), path.clone()));
    });
    // Of several that begin on one line the last one counts: it is the innermost.
    starts.sort_by_key(|(line, _)| *line);
    let field = |(line, text): (usize, &str)| {
        let last = starts.partition_point(|(start, _)| *start <= line).checked_sub(1)?;
        let (at, path) = starts.get(last)?;
        let is_text = matches!(&root.at(path)?.value, Value::String(text) if text.contains('\n'));
        let inside = (is_text && *at < line)
            .then(|| TextLine { number: line - at, text: text.trim_start().to_owned() });
        Some(Field { path: path.clone(), line: inside })
    };
    written.lines().enumerate().map(|(at, text)| field((at + 1, text))).collect()
}

/// Calls `each` for every key and list item with where it begins, parents before children.
fn visit(node: &Node, path: &SpecPath, each: &mut impl FnMut(&SpecPath, usize)) {
    match &node.value {
        Value::Map(map) => {
            for (key, entry) in &map.entries {
                let path = path.key(key.as_str());
                each(&path, entry.key.start as usize);
                visit(&entry.node, &path, each);
            }
        }
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                let path = path.index(at);
                each(&path, item.span.start as usize);
                visit(item, &path, each);
            }
        }
        _ => {}
    }
}

/// What made a field of a manifest what it is: every leaf that decides it.
pub fn of(library: &Library, compiled: &Compiled, manifest: &Manifest, field: Field) -> Cause {
    let template = template_line(library, compiled, manifest, &field);
    let nothing = Cause { field: field.clone(), template, leaves: Vec::new(), presence: Vec::new() };
    of_all(library, compiled, manifest, vec![field]).pop().unwrap_or(nothing)
}

/// What made several fields of a manifest what they are, in their order: every leaf is tried once for all.
pub fn of_all(library: &Library, compiled: &Compiled, manifest: &Manifest, fields: Vec<Field>) -> Vec<Cause> {
    let search = Search::new(library, compiled, manifest);
    let mut wanted: Vec<Wanted> = fields.iter().map(|field| Wanted::new(manifest, field)).collect();
    let reads = search.reads();
    let vanishing = search.decide(reads.iter(), TRIES, &mut wanted);
    let causes = fields.into_iter().zip(wanted).map(|(field, wanted)| {
        let presence = vanishing.iter().filter(|path| !wanted.leaves.contains(path)).cloned().collect();
        let template = template_line(library, compiled, manifest, &field);
        Cause { field, template, leaves: innermost(wanted.leaves), presence: innermost(presence) }
    });
    causes.collect()
}

/// Of several fields of a manifest the leaves of the spec that are responsible, those of the layer that
/// spoke last first. What a later layer overrode is asked before what the base says, and the base only where
/// nothing above it decides: somebody's own line is the cause before a default is.
pub fn responsible(
    library: &Library,
    compiled: &Compiled,
    manifest: &Manifest,
    fields: Vec<Field>,
) -> Vec<Cause> {
    let search = Search::new(library, compiled, manifest);
    let mut found: Vec<Wanted> = fields.iter().map(|field| Wanted::new(manifest, field)).collect();
    let leaf = |path: &SpecPath| compiled.merged.root.at(path);
    let rank = |path: &SpecPath| leaf(path).map_or(0, |leaf| compiled.merged.rank(leaf.span));
    let is_base = |path: &&SpecPath| {
        leaf(path).is_none_or(|leaf| compiled.merged.layer_of(leaf.span).starts_with("base"))
    };
    let reads = search.reads();
    let (base, own): (Vec<&SpecPath>, Vec<&SpecPath>) = reads.iter().partition(is_base);
    search.decide(own.into_iter(), TRIES, &mut found);
    let mut open: Vec<&mut Wanted> = found.iter_mut().filter(|wanted| wanted.leaves.is_empty()).collect();
    if !open.is_empty() {
        search.decide(base.into_iter(), 2, &mut open);
    }
    let causes = fields.into_iter().zip(found).map(|(field, wanted)| {
        let mut leaves = innermost(wanted.leaves);
        leaves.sort_by_key(|path| std::cmp::Reverse(rank(path)));
        let template = template_line(library, compiled, manifest, &field);
        Cause { field, template, leaves, presence: Vec::new() }
    });
    causes.collect()
}

/// The template line that made a field.
pub fn template_line(
    library: &Library,
    compiled: &Compiled,
    manifest: &Manifest,
    field: &Field,
) -> Option<Span> {
    let sources = &compiled.report.sources;
    let rendering = &manifest.rendering;
    if let Some(line) = library.care.behind(&manifest.id, &manifest.object, &field.path) {
        return Some(line);
    }
    if let (Some(line), Some(Value::String(text))) =
        (&field.line, manifest.object.at(&field.path).map(|node| &node.value))
    {
        let found = library.templates.line_behind(&rendering.texts.lines_of(text)?, line.number)?;
        return Some(render::content_of_line(sources, found.source, found.line));
    }
    // Of what is not there, the line of what would hold it.
    let there = SpecPath(field.path.0[..manifest.object.nearest(&field.path).1].to_vec());
    let at = manifest.object.key_span(&there).or_else(|| Some(manifest.object.at(&there)?.span))?;
    render::template_span(library, rendering, at, sources)
}

/// In order and each once, without the mappings that hold a deciding leaf: the leaf says more.
fn innermost(mut paths: Vec<SpecPath>) -> Vec<SpecPath> {
    paths.sort();
    paths.dedup();
    let all = paths.clone();
    paths.retain(|outer| !all.iter().any(|inner| inner != outer && outer.covers(inner)));
    paths
}

/// The number (from 1) of the line that a `PATH` of an object begins on in its written form.
pub fn line_of_field(manifest: &Manifest, path: &SpecPath) -> Option<usize> {
    let written = emit(&manifest.object).ok()?;
    let (documents, _) = parse(Sources::default().scratch(), &written);
    let root = documents.first()?;
    let at = match path.0.last()? {
        Segment::Key(_) => root.key_span(path)?,
        Segment::Index(_) => root.at(path)?.span,
    };
    Some(line_of(&written, at.start as usize))
}
