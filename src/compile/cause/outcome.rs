//! Fields as they came out, and whether one came out different.

use super::Field;
use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::{Node, Value};

/// A field as it came out, for comparing: absent, a value, or whether a text has a line. Of a mapping or
/// list only that it is there: what stands below has lines of its own.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// There is no such field.
    Absent,
    /// A mapping or list.
    Present,
    /// A scalar.
    Value(serde_json::Value),
    /// Whether the text has the line.
    Line(bool),
}

impl Outcome {
    /// The field as it is in an object.
    pub fn of(object: &Node, field: &Field) -> Outcome {
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
pub fn differs<'a>(before: &'a Node, after: &'a Node, field: &Field, now: &Outcome) -> bool {
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
