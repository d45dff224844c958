//! One object on both sides, field by field.

use super::Object;
use super::field::{FieldChange, FieldPath, FieldStep, Step};
use super::knowledge::Known;
use super::list::{Matched, matched};
use super::meaning;
use super::secret;
use super::text::{self, Entry, Format};
use crate::compile::cause::{Field, TextLine};
use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::{Mapping, Node, Value};
use serde_json::Value as Json;

/// The fields that differ between two objects, which are one.
pub fn fields(before: &Object<'_>, after: &Object<'_>) -> Vec<FieldChange> {
    let mut walk = Walk {
        kind: &after.id.kind,
        namespaces: (before.id.namespace.as_deref(), after.id.namespace.as_deref()),
        is_document: false,
        trail: Vec::new(),
        flag: None,
        found: Vec::new(),
    };
    walk.node(before.node, after.node, Known::object(after.id));
    walk.found
}

/// The fields that differ between two documents that stand in texts. Their paths have keys, names and positions
/// alone, so that they can be read back from what they are displayed as.
pub fn document_fields(before: &Node, after: &Node) -> Vec<FieldChange> {
    let known = Known::document(after);
    let kind = if known.is_object() { after.text("kind").unwrap_or_default() } else { "" };
    let mut walk = Walk {
        kind,
        namespaces: (None, None),
        is_document: true,
        trail: Vec::new(),
        flag: None,
        found: Vec::new(),
    };
    walk.node(before, after, known);
    walk.found
}

/// One step into both objects.
struct Level<'a> {
    name: Name<'a>,
    before: usize,
    after: usize,
}

enum Name<'a> {
    Key(&'a str),
    Item(Step),
}

struct Walk<'a> {
    kind: &'a str,
    /// What the sides call the namespace: some objects leave it to whoever applies them.
    namespaces: (Option<&'a str>, Option<&'a str>),
    /// Whether this is a document in a text, whose own texts are values.
    is_document: bool,
    trail: Vec<Level<'a>>,
    /// The flag that the words of a command line stand behind here.
    flag: Option<&'a str>,
    found: Vec<FieldChange>,
}

impl<'a> Walk<'a> {
    fn node(&mut self, before: &'a Node, after: &'a Node, known: Known<'a>) {
        match (&before.value, &after.value) {
            (Value::Map(old), Value::Map(new)) => self.mapping(old, new, known),
            (Value::List(old), Value::List(new)) => self.list(old, new, known),
            (Value::String(old), Value::String(new)) if old == new => {}
            (Value::String(old), Value::String(new)) => {
                match self.format(old, new) {
                    Some(format) => self.text(text::compare(format, old, new), old, new),
                    None if known.is_spark() && meaning::spark::same(known.name(), old, new) => {}
                    None if meaning::of(before, known.reading()) == meaning::of(after, known.reading()) => {}
                    None => self.found(FieldStep::Changed, Some(before), Some(after)),
                };
            }
            _ => {
                let (old, new) = (meaning::of(before, known.reading()), meaning::of(after, known.reading()));
                if old.is_none() || old != new {
                    self.found(FieldStep::Changed, Some(before), Some(after));
                }
            }
        }
    }

    fn mapping(&mut self, before: &'a Mapping, after: &'a Mapping, known: Known<'a>) {
        let of_first = before.entries.keys().filter(|key| !after.entries.contains_key(key.as_str()));
        for key in after.entries.keys().chain(of_first) {
            let inner = known.key(key);
            let side = |map: &'a Mapping| {
                map.entries.get(key).map(|entry| &entry.node).filter(|node| !inner.is_nothing(node))
            };
            self.trail.push(Level { name: Name::Key(key), before: 0, after: 0 });
            match (side(before), side(after)) {
                (Some(before), Some(after)) => self.node(before, after, inner),
                (None, None) => {}
                (Some(one), None) | (None, Some(one)) if known.is_default(key, one) => {}
                (before, after) if self.is_namespace(before, after) => {}
                (before, None) => self.found(FieldStep::Removed, before, None),
                (_, after) => self.found(FieldStep::Added, None, after),
            }
            self.trail.pop();
        }
    }

    /// Whether this is the namespace, which one side leaves out and means nevertheless.
    fn is_namespace(&self, before: Option<&Node>, after: Option<&Node>) -> bool {
        let [Level { name: Name::Key("metadata"), .. }, Level { name: Name::Key("namespace"), .. }] =
            self.trail.as_slice()
        else {
            return false;
        };
        let old = before.and_then(Node::as_str).or(self.namespaces.0);
        let new = after.and_then(Node::as_str).or(self.namespaces.1);
        old == new
    }

    fn list(&mut self, before: &'a [Node], after: &'a [Node], known: Known<'a>) {
        let found = matched(before, after, known);
        let is_command = matches!(known.name(), "command" | "args");
        for item in found.items {
            let (old, new, mut step, what) = match item {
                Matched::Both(old, new, step) => (old, new, step, None),
                Matched::Before(old, step) => (old, 0, step, Some(FieldStep::Removed)),
                Matched::After(new, step) => (0, new, step, Some(FieldStep::Added)),
            };
            let is_new = what == Some(FieldStep::Added);
            if self.is_document && (!step.is_readable() || (is_new && found.is_ordered)) {
                step = Step::At(if is_new { new } else { old });
            }
            let flag =
                |items: &'a [Node], at: usize| items.get(at.checked_sub(1)?)?.as_str()?.strip_prefix("--");
            let outer = self.flag;
            self.flag = is_command.then(|| flag(before, old).or_else(|| flag(after, new))).flatten();
            self.trail.push(Level { name: Name::Item(step), before: old, after: new });
            match what {
                None => self.node(&before[old], &after[new], known.item()),
                Some(FieldStep::Removed) => self.found(FieldStep::Removed, Some(&before[old]), None),
                Some(step) => self.found(step, None, Some(&after[new])),
            }
            self.trail.pop();
            self.flag = outer;
        }
        if let Some((before, after)) = found.order {
            self.push(FieldStep::Reordered, Some(before), Some(after));
        }
    }

    /// What a text here is, if it is more than a value.
    fn format(&self, before: &str, after: &str) -> Option<Format> {
        let by_name = match (self.kind, self.trail.as_slice()) {
            ("ConfigMap", [Level { name: Name::Key("data"), .. }, Level { name: Name::Key(file), .. }]) => {
                text::format(file)
            }
            _ => None,
        };
        // A Secret's texts are shown to nobody, and have no lines.
        let is_long =
            !self.is_document && self.kind != "Secret" && (before.contains('\n') || after.contains('\n'));
        by_name.or(is_long.then_some(Format::Lines))
    }

    fn text(&mut self, entries: Vec<Entry>, before: &str, after: &str) {
        let path = self.path();
        let (old, new) = (self.spec_path(true), self.spec_path(false));
        let lines = (Lines::of(before), Lines::of(after));
        for entry in entries {
            let mut path = path.clone();
            path.0.push(Step::Entry(entry.name));
            let before_at = lines.0.field(&old, entry.before.as_ref().map(|(_, line)| *line));
            let after_at = lines.1.field(&new, entry.after.as_ref().map(|(_, line)| *line));
            let (before, after) = (entry.before.map(|(value, _)| value), entry.after.map(|(value, _)| value));
            let secret = entry.is_secret
                || self.is_secret(&path, before.as_ref())
                || self.is_secret(&path, after.as_ref());
            let (before_at, after_at) = (Some(before_at), Some(after_at));
            self.found.push(FieldChange {
                path,
                step: entry.step,
                before,
                after,
                before_at,
                after_at,
                secret,
            });
        }
    }

    fn found(&mut self, step: FieldStep, before: Option<&Node>, after: Option<&Node>) {
        self.push(step, before.map(Node::to_json), after.map(Node::to_json));
    }

    fn push(&mut self, step: FieldStep, before: Option<Json>, after: Option<Json>) {
        let path = self.path();
        let at = |side: bool, is_there: bool| {
            let path = self.spec_path(side);
            let path = if is_there { path } else { path.parent().unwrap_or(path) };
            Some(Field { path, line: None })
        };
        let (before_at, after_at) = (at(true, before.is_some()), at(false, after.is_some()));
        let secret = self.is_secret(&path, before.as_ref()) || self.is_secret(&path, after.as_ref());
        self.found.push(FieldChange { path, step, before, after, before_at, after_at, secret });
    }

    fn is_secret(&self, path: &FieldPath, value: Option<&Json>) -> bool {
        value.is_some_and(|value| {
            let by_flag = value.as_str().is_some_and(|text| secret::is_hidden(self.flag, text));
            (self.flag.is_some() && by_flag) || secret::hidden(self.kind, path, value) != *value
        })
    }

    fn path(&self) -> FieldPath {
        let step = |level: &Level<'_>| match &level.name {
            Name::Key(key) => Step::Key((*key).to_owned()),
            Name::Item(step) => step.clone(),
        };
        FieldPath(self.trail.iter().map(step).collect())
    }

    fn spec_path(&self, is_before: bool) -> SpecPath {
        let segment = |level: &Level<'_>| match &level.name {
            Name::Key(key) => Segment::Key((*key).to_owned()),
            Name::Item(_) => Segment::Index(if is_before { level.before } else { level.after }),
        };
        SpecPath(self.trail.iter().map(segment).collect())
    }
}

/// The lines of a text of several.
struct Lines<'t>(Vec<&'t str>);

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Lines<'t> {
        Lines(if text.contains('\n') { text.lines().collect() } else { Vec::new() })
    }

    fn field(&self, path: &SpecPath, number: Option<usize>) -> Field {
        let line = number.and_then(|number| {
            let text = self.0.get(number.checked_sub(1)?)?.trim_start().to_owned();
            Some(TextLine { number, text })
        });
        Field { path: path.clone(), line }
    }
}
