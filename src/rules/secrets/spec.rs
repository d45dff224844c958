//! Credentials in layers: in what is in effect, in what was overridden, and beside the values, in comments.

use super::hints;
use super::values::{self, Leak};
use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::{Node, Value};
use crate::library::files::BUILT_IN_PREFIX;
use crate::rules::Place;
use crate::rules::set::Known;
use crate::source::{SourceId, Span};
use std::collections::BTreeSet;

/// A credential in a layer.
pub struct Found<'a> {
    /// Where.
    pub place: Place,
    /// Its path, where it stands in a value.
    pub path: Option<SpecPath>,
    /// What it is.
    pub leak: Leak<'a>,
}

/// Mappings of the spec whose keys are the user's.
const FREE: [&str; 5] = ["conf", "labels", "annotations", "env", "options"];

/// Whether a value under a path of the spec is a credential.
///
/// ```
/// use sparkctl::rules::is_credential;
/// let path = r#"spark.conf["spark.hadoop.fs.s3a.secret.key"]"#.parse().unwrap();
/// assert!(is_credential(&path, "hunter2"));
/// assert!(!is_credential(&path, "${env.SECRET_KEY}"));
/// ```
pub fn is_credential(path: &SpecPath, value: &str) -> bool {
    judge(path, value).is_some()
}

fn judge<'t>(path: &SpecPath, value: &'t str) -> Option<Leak<'t>> {
    let name = path.0.iter().rev().find_map(|step| match step {
        Segment::Key(key) => Some(key.as_str()),
        Segment::Index(_) => None,
    });
    let free = path.0.iter().any(|step| matches!(step, Segment::Key(key) if FREE.contains(&key.as_str())));
    values::judge(name.filter(|_| free), value)
}

/// Every credential in the layers of a release.
pub fn leaks<'a>(known: &Known<'a>) -> Vec<Found<'a>> {
    let mut walk = Walk { path: Vec::new(), found: Vec::new(), spans: Vec::new(), sources: BTreeSet::new() };
    walk.node(&known.compiled.merged.root, true);
    let Walk { mut found, spans, sources, .. } = walk;
    for id in sources {
        let source = known.compiled.report.sources.get(id);
        if !source.name.starts_with(BUILT_IN_PREFIX) {
            beside(id, &source.text, &spans, &mut found);
        }
    }
    found
}

/// Credentials of known forms in lines that no value accounts for.
fn beside<'a>(source: SourceId, text: &'a str, spans: &[Span], found: &mut Vec<Found<'a>>) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = Span { source, start: start as u32, end: (start + line.len()) as u32 };
        start += line.len();
        let told = |other: &Span| other.source == source && other.start < span.end && span.start < other.end;
        if let Some(leak) = values::by_form(line)
            && !spans.iter().any(told)
        {
            found.push(Found { place: Place::Span(span), path: None, leak });
        }
    }
}

/// A step of a path as it is walked: most of the tree is only passed through.
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

struct Walk<'a> {
    path: Vec<Step<'a>>,
    found: Vec<Found<'a>>,
    spans: Vec<Span>,
    sources: BTreeSet<SourceId>,
}

impl<'a> Walk<'a> {
    fn node(&mut self, node: &'a Node, effective: bool) {
        self.sources.insert(node.span.source);
        match &node.value {
            Value::String(text) => self.text(node, text, effective),
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.path.push(Step::Index(at));
                    self.node(item, effective);
                    self.path.pop();
                }
            }
            Value::Map(map) => {
                for (key, entry) in map.entries.iter().chain(&map.removed) {
                    self.path.push(Step::Key(key));
                    self.node(&entry.node, effective);
                    self.path.pop();
                }
            }
            _ => {}
        }
        if let Some(old) = node.overrode.as_deref() {
            self.node(old, false);
        }
    }

    fn text(&mut self, node: &'a Node, text: &'a str, effective: bool) {
        let name = self.path.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(*key),
            Step::Index(_) => None,
        });
        if !hints::any(text) && !name.is_some_and(hints::any) {
            return;
        }
        let steps = self.path.iter().map(|step| match *step {
            Step::Key(key) => Segment::Key(key.to_owned()),
            Step::Index(at) => Segment::Index(at),
        });
        let path = SpecPath(steps.collect());
        let Some(leak) = judge(&path, text) else { return };
        self.spans.push(node.span);
        let place = if effective { Place::Spec(path.clone()) } else { Place::Span(node.span) };
        self.found.push(Found { place, path: Some(path), leak });
    }
}
