//! Which line made a rendered field: the template line, and the leaves of the spec that decide it.
//!
//! The template line comes from the map that was kept while rendering. The deciding leaves are found
//! by trying: each leaf that the template read is changed, that template alone is rendered again, and
//! where the field comes out different the leaf decides it. No analysis of the template can be wrong,
//! because none is made.

use super::Manifest;
use super::platform::Platform;
use super::{Compiled, render};
use crate::layer::parse::parse;
use crate::layer::path::{Segment, SpecPath};
use crate::layer::stack::Merged;
use crate::layer::tree::{Node, Value};
use crate::library::Library;
use crate::manifest::{ObjectId, emit::emit};
use crate::source::{Sources, Span, line_of};
use crate::spec::vary;

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
    let written = emit(&manifest.object).ok()?;
    let (documents, _) = parse(Sources::default().scratch(), &written);
    let root = documents.first()?;
    let text_line = written.lines().nth(line.checked_sub(1)?)?;
    let mut found: Option<(SpecPath, usize)> = None;
    visit(root, &SpecPath::root(), &mut |path, start| {
        let at = line_of(&written, start);
        // The last field that begins at or above the line holds it.
        if at <= line && found.as_ref().is_none_or(|(_, best)| at >= *best) {
            found = Some((path.clone(), at));
        }
    });
    let (path, at) = found?;
    let is_block = matches!(&root.at(&path)?.value, Value::String(text) if text.contains('\n')) && at < line;
    let line = is_block.then(|| TextLine { number: line - at, text: text_line.trim_start().to_owned() });
    Some(Field { path, line })
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

/// What made a field of a manifest what it is.
pub fn of(library: &Library, compiled: &Compiled, manifest: &Manifest, field: Field) -> Cause {
    let template = template_line(library, compiled, manifest, &field);
    let now = Outcome::of(&manifest.object, &field);
    let (mut leaves, mut presence) = (Vec::new(), Vec::new());
    // What decides the flows and which components there are decides what their templates are given.
    for path in manifest.rendering.reads.clone().and(&compiled.platform.reads).iter() {
        match effect(library, compiled, manifest, &field, &now, path) {
            Effect::Field => leaves.push(path.clone()),
            Effect::Object => presence.push(path.clone()),
            Effect::None => {}
        }
    }
    Cause { field, template, leaves: innermost(leaves), presence: innermost(presence) }
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
    let outcomes: Vec<Outcome> = fields.iter().map(|field| Outcome::of(&manifest.object, field)).collect();
    let mut found: Vec<Vec<SpecPath>> = vec![Vec::new(); fields.len()];
    let rank =
        |path: &SpecPath| compiled.merged.root.at(path).map_or(0, |leaf| compiled.merged.rank(leaf.span));
    let reads = manifest.rendering.reads.clone().and(&compiled.platform.reads);
    let said = |path: &SpecPath| {
        compiled.merged.root.at(path).map_or("base", |leaf| compiled.merged.layer_of(leaf.span))
    };
    let (own, base): (Vec<&SpecPath>, Vec<&SpecPath>) =
        reads.iter().partition(|path| !said(path).starts_with("base"));
    for (candidates, tries) in [(own, TRIES), (base, 2)] {
        let open: Vec<usize> = (0..fields.len()).filter(|at| found[*at].is_empty()).collect();
        if open.is_empty() {
            break;
        }
        for path in candidates {
            for changed in others(library, compiled, path).into_iter().take(tries) {
                let Some(Some(object)) = again(library, compiled, &changed, manifest) else { continue };
                for at in &open {
                    let known = found[*at].last() == Some(path);
                    if !known && differs(&manifest.object, &object, &fields[*at], &outcomes[*at]) {
                        found[*at].push(path.clone());
                    }
                }
            }
        }
    }
    let causes = fields.into_iter().zip(found).map(|(field, leaves)| {
        let mut leaves = innermost(leaves);
        leaves.sort_by_key(|path| std::cmp::Reverse(rank(path)));
        let template = template_line(library, compiled, manifest, &field);
        Cause { field, template, leaves, presence: Vec::new() }
    });
    causes.collect()
}

/// The merged spec with one leaf as it would be otherwise: first with what it overrode.
fn others(library: &Library, compiled: &Compiled, path: &SpecPath) -> Vec<Merged> {
    let Some(schema) = library.schemas.at(path) else { return Vec::new() };
    let leaf = compiled.merged.root.at(path);
    let overrode = leaf.and_then(|leaf| leaf.overrode.as_deref()).map(|old| Some(old.value.clone()));
    let span = compiled.merged.root.span;
    let varied = vary::others(schema, leaf.map(Node::to_json).as_ref());
    let varied = varied.into_iter().map(|other| Some(Value::from_json(&other, span)));
    overrode.into_iter().chain(varied).map(|other| compiled.merged.with(path, other)).collect()
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

/// A field as it came out, for comparing: absent, a value, or whether a text has a line. Of a mapping or
/// list only that it is there: what stands below has lines of its own.
#[derive(Debug, PartialEq)]
enum Outcome {
    Absent,
    Present,
    Value(serde_json::Value),
    Line(bool),
}

impl Outcome {
    fn of(object: &Node, field: &Field) -> Outcome {
        match (object.at(&field.path), &field.line) {
            (None, _) => Outcome::Absent,
            (Some(node), Some(line)) => {
                let is_there = |text: &str| text.lines().any(|found| found.trim_start() == line.text);
                Outcome::Line(node.as_str().is_some_and(is_there))
            }
            (Some(node), None) => match &node.value {
                Value::Map(_) | Value::List(_) => Outcome::Present,
                _ => Outcome::Value(node.to_json()),
            },
        }
    }
}

/// Whether a field came out different. One item more or less in a list shifts the others: an item is
/// looked for by its name, then by being the same, and by its position only after that.
fn differs<'a>(before: &'a Node, after: &'a Node, field: &Field, now: &Outcome) -> bool {
    let (mut old, mut new, mut path) = (before, after, SpecPath::root());
    for segment in &field.path.0 {
        let mut found = segment.clone();
        if let (Segment::Index(at), Value::List(items), Value::List(others)) =
            (segment, &old.value, &new.value)
        {
            let item = items.get(*at);
            let name = item.and_then(|item| item.get("name"));
            let same_name = |other: &Node| name.zip(other.get("name")).is_some_and(|(a, b)| a.same_value(b));
            if let Some(position) = others.iter().position(same_name) {
                found = Segment::Index(position);
            } else if item.is_some_and(|item| others.iter().any(|other| other.same_value(item))) {
                return false;
            }
        }
        path.0.push(found);
        let below = |node: &'a Node, segment: &Segment| node.at(&SpecPath(vec![segment.clone()]));
        match (below(old, segment), path.0.last().and_then(|found| below(new, found))) {
            (Some(before), Some(after)) => (old, new) = (before, after),
            _ => break,
        }
    }
    path.0.extend_from_slice(&field.path.0[path.0.len()..]);
    Outcome::of(after, &Field { path, line: field.line.clone() }) != *now
}

/// What changing a leaf changes.
enum Effect {
    Field,
    Object,
    None,
}

fn effect(
    library: &Library,
    compiled: &Compiled,
    manifest: &Manifest,
    field: &Field,
    now: &Outcome,
    path: &SpecPath,
) -> Effect {
    let Some(schema) = library.schemas.at(path) else { return Effect::None };
    let current = compiled.merged.root.at(path).map(Node::to_json);
    let span = compiled.merged.root.span;
    let mut vanishes = false;
    for other in vary::others(schema, current.as_ref()).iter().take(TRIES) {
        let changed = compiled.merged.with(path, Some(Value::from_json(other, span)));
        match again(library, compiled, &changed, manifest) {
            Some(Some(object)) if differs(&manifest.object, &object, field, now) => return Effect::Field,
            Some(None) => vanishes = true,
            _ => {}
        }
    }
    if vanishes { Effect::Object } else { Effect::None }
}

/// The same object made from another spec: none where the spec cannot be rendered at all, `Some(None)`
/// where there is no such object any more.
fn again(
    library: &Library,
    compiled: &Compiled,
    merged: &Merged,
    manifest: &Manifest,
) -> Option<Option<Node>> {
    let release = &compiled.release;
    let mut sources = compiled.report.sources.clone();
    let platform = Platform::resolve(library, release, merged).ok()?;
    if !platform.components.contains(&manifest.component) {
        return Some(None);
    }
    let context = platform.context(release, &manifest.component);
    let made =
        render::one(library, &platform, &manifest.component, &manifest.template, &context, &mut sources)
            .ok()?;
    let same = |id: &ObjectId| id.kind == manifest.id.kind && id.name == manifest.id.name;
    Some(made.into_iter().find(|made| same(&made.id)).map(|made| made.object))
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
