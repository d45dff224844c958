//! From what a rule found to a [`Finding`] that points at lines: of the layer that caused it, where one
//! did, else of the template that wrote it; in others' manifests, of the file itself.

use super::set::Object;
use super::{Place, Problem, catalogue};
use crate::compile::cause::{self, Cause, Field};
use crate::compile::{Compiled, Manifest};
use crate::diagnostic::{About, Finding};
use crate::layer::path::{Segment, SpecPath};
use crate::layer::stack::Merged;
use crate::layer::tree::Node;
use crate::library::Library;
use crate::manifest::ObjectId;
use crate::source::{Sources, Span};
use std::collections::BTreeMap;

/// A finding with what it is about, for silencing it and for telling it from others.
#[derive(Debug, Clone)]
pub struct Located {
    /// The finding.
    pub finding: Finding,
    /// The object it is in, as `KIND/NAME`.
    pub object: Option<String>,
    /// The leaf of the spec that caused it.
    pub path: Option<SpecPath>,
}

impl Located {
    /// A finding that is about no object and no value of the spec.
    pub fn of(finding: Finding) -> Located {
        Located { finding, object: None, path: None }
    }
}

/// Findings of an earlier check over a whole release: each is about the value of the spec that it points at.
pub fn found(merged: &Merged, findings: Vec<Finding>) -> Vec<Located> {
    let mut located: Vec<Located> = findings.into_iter().map(Located::of).collect();
    if located.is_empty() {
        return located;
    }
    let mut places = BTreeMap::new();
    spans(&merged.root, &SpecPath::root(), &mut places);
    for located in &mut located {
        let span = located.finding.primary.as_ref().map(|label| label.span);
        located.path = span.and_then(|span| places.get(&span).cloned());
    }
    located
}

/// Where each key and each value below a node was written.
fn spans(node: &Node, path: &SpecPath, found: &mut BTreeMap<Span, SpecPath>) {
    let entries = node.as_map().into_iter().flat_map(|map| &map.entries);
    for (key, entry) in entries {
        let path = path.key(key.as_str());
        found.insert(entry.node.span, path.clone());
        found.insert(entry.key, path.clone());
        spans(&entry.node, &path, found);
    }
}

/// Places of one compiled release.
struct Places<'a> {
    library: &'a Library,
    compiled: &'a Compiled,
    causes: BTreeMap<(usize, Field), Cause>,
}

/// The problems of a compiled release.
pub fn compiled(library: &Library, compiled: &Compiled, problems: Vec<Problem>) -> Vec<Located> {
    let mut fields: BTreeMap<usize, Vec<Field>> = BTreeMap::new();
    for problem in &problems {
        if let Place::Field(object, field) = &problem.at {
            let wanted = fields.entry(*object).or_default();
            if !wanted.contains(field) {
                wanted.push(field.clone());
            }
        }
    }
    let mut places = Places { library, compiled, causes: BTreeMap::new() };
    for (object, fields) in fields {
        let Some(manifest) = compiled.manifests.get(object) else { continue };
        for cause in cause::responsible(library, compiled, manifest, fields) {
            places.causes.insert((object, cause.field.clone()), cause);
        }
    }
    problems.into_iter().map(|problem| places.locate(problem)).collect()
}

impl Places<'_> {
    fn locate(&self, problem: Problem) -> Located {
        let severity = catalogue::severity(problem.rule);
        let object = self.object(&problem.at).map(|manifest| manifest.id.to_string());
        let mut finding = Finding { severity, ..Finding::error(problem.rule, problem.message) };
        let mut path = None;
        match &problem.at {
            Place::Field(at, field) => {
                let cause = self.causes.get(&(*at, field.clone()));
                let template = cause.and_then(|cause| cause.template);
                let leaves = cause.map(|cause| cause.leaves.as_slice()).unwrap_or_default();
                match leaves.split_first() {
                    Some((leaf, others)) => {
                        path = Some(leaf.clone());
                        finding = finding.at(self.spec(leaf), problem.label);
                        for other in others.iter().take(2) {
                            finding = finding.and(self.spec(other), "together with this");
                        }
                        if let Some(template) = template {
                            finding = finding.and(template, "rendered here");
                        }
                    }
                    None => {
                        if let Some(template) = template {
                            finding = finding.at(template, problem.label);
                        }
                    }
                }
            }
            Place::Spec(leaf) => {
                path = Some(leaf.clone());
                finding = finding.at(self.spec(leaf), problem.label);
            }
            Place::Span(span) => {
                path = self.path(*span);
                finding = finding.at(*span, problem.label);
            }
            Place::Whole => finding = finding.at(self.compiled.merged.root.span, problem.label),
        }
        for (place, label) in problem.related {
            if let Some(span) = self.span(&place) {
                finding = finding.and(span, label);
            }
        }
        finding.why = problem.why;
        finding.help = problem.help;
        finding.secret = problem.secret;
        finding.about = about(&problem.at, |at| self.compiled.manifests.get(at).map(|found| &found.id));
        Located { finding, object, path }
    }

    fn object(&self, place: &Place) -> Option<&Manifest> {
        match place {
            Place::Field(at, _) => self.compiled.manifests.get(*at),
            _ => None,
        }
    }

    /// The path of the spec that something in a layer is said about.
    fn path(&self, span: Span) -> Option<SpecPath> {
        let mut found = None;
        self.compiled.merged.root.each_leaf(&mut |path, leaf| {
            if found.is_none() && std::iter::once(leaf).chain(leaf.chain()).any(|node| node.span == span) {
                found = Some(path.clone());
            }
        });
        found
    }

    /// Where a value of the spec was written, or taken away, or the mapping that would hold it.
    fn spec(&self, path: &SpecPath) -> Span {
        let (nearest, steps) = self.compiled.merged.root.nearest(path);
        let removed = match path.0.get(steps) {
            Some(Segment::Key(key)) => nearest.as_map().and_then(|map| map.removed.get(key)),
            _ => None,
        };
        removed.map_or(nearest.span, |removed| removed.node.span)
    }

    /// A related place: of a field its template's line, which costs nothing to know.
    fn span(&self, place: &Place) -> Option<Span> {
        match place {
            Place::Field(at, field) => {
                let manifest = self.compiled.manifests.get(*at)?;
                cause::template_line(self.library, self.compiled, manifest, field)
            }
            Place::Spec(path) => Some(self.spec(path)),
            Place::Span(span) => Some(*span),
            Place::Whole => None,
        }
    }
}

/// Problems of manifests that somebody else rendered: their objects' places lie in `sources`.
pub fn foreign(objects: &[Object<'_>], sources: &Sources, problems: Vec<Problem>) -> Vec<Located> {
    let place = |place: &Place, secret: bool| match place {
        Place::Field(at, field) => Some(in_source(objects.get(*at)?.node, field, secret, sources)),
        Place::Span(span) => Some(*span),
        Place::Spec(_) | Place::Whole => None,
    };
    let located = problems.into_iter().map(|problem| {
        let object = match &problem.at {
            Place::Field(at, _) => objects.get(*at).map(|object| object.id.to_string()),
            _ => None,
        };
        let severity = catalogue::severity(problem.rule);
        let mut finding = Finding { severity, ..Finding::error(problem.rule, problem.message) };
        if let Some(span) = place(&problem.at, problem.secret) {
            finding = finding.at(span, problem.label);
        }
        for (related, label) in problem.related {
            if let Some(span) = place(&related, problem.secret) {
                finding = finding.and(span, label);
            }
        }
        finding.why = problem.why;
        finding.help = problem.help;
        finding.secret = problem.secret;
        finding.about = about(&problem.at, |at| objects.get(at).map(|object| object.id));
        Located { finding, object, path: None }
    });
    located.collect()
}

/// What a problem is about, whatever line that stands on.
fn about<'a>(place: &Place, object: impl Fn(usize) -> Option<&'a ObjectId>) -> Option<About> {
    match place {
        Place::Field(at, field) => Some(About { object: object(*at)?.full(), field: field.path.to_string() }),
        Place::Spec(path) => Some(About { object: "spec".to_owned(), field: path.to_string() }),
        Place::Span(_) | Place::Whole => None,
    }
}

/// A field in the file it was read from; of a block of text the line that is meant. What is secret is the value,
/// and what is marked is what is not shown.
fn in_source(object: &Node, field: &Field, secret: bool, sources: &Sources) -> Span {
    let (nearest, steps) = object.nearest(&field.path);
    let whole = if steps == field.path.0.len() { object.at(&field.path) } else { None };
    match (&field.line, whole) {
        (Some(line), Some(text)) => {
            let source = sources.get(text.span.source);
            // A block's span begins with its first line that is not empty; a text in quotes may stand in one.
            let first = crate::source::line_of(&source.text, text.span.start as usize);
            let empty =
                text.as_str().map_or(0, |text| text.lines().take_while(|line| line.is_empty()).count());
            let range = source.line_range((first + line.number).saturating_sub(empty + 1));
            let written = &source.text[range.clone()];
            let (start, end) = (written.trim_start(), written.trim_end());
            if start.trim_end() == line.text.trim_end() {
                let indent = written.len() - start.len();
                let (start, end) = (range.start + indent, range.start + end.len());
                Span { source: text.span.source, start: start as u32, end: end as u32 }
            } else {
                text.span
            }
        }
        (_, Some(value)) if secret => value.span,
        (_, Some(_)) => object.key_span(&field.path).unwrap_or(nearest.span),
        (_, None) => nearest.span,
    }
}
