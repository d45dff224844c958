//! The other side of a difference: what [`compare`](super::compare) said, done to the first side. That the outcome
//! means what the second side means is what shows that a difference leaves nothing out.

use super::field::{FieldChange, FieldStep, Step};
use super::knowledge::Known;
use super::list;
use super::text::{self, Format};
use super::{Difference, Object};
use crate::layer::path::Segment;
use crate::layer::tree::{Entry, Mapping, Node, Value};
use crate::manifest::ObjectId;
use crate::source::{Sources, Span};
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::collections::HashMap;

/// A change, with what of its path is still to be gone.
pub type Change<'c> = (&'c [Step], &'c FieldChange);

/// The objects of the second side, up to what means nothing: layouts, orders, ways to write an amount. What does not
/// fit to the objects is left out.
pub fn apply(before: &[Object<'_>], difference: &Difference) -> Vec<(ObjectId, Node)> {
    let mut changed: Vec<Option<usize>> = vec![None; before.len()];
    let mut found: Vec<(ObjectId, Node)> = Vec::new();
    let mut places: HashMap<&ObjectId, Vec<usize>> = HashMap::new();
    for (at, object) in before.iter().enumerate().rev() {
        places.entry(object.id).or_default().push(at);
    }
    for (index, change) in difference.changes.iter().enumerate() {
        match (&change.before, &change.after, &change.object) {
            (Some(id), ..) => {
                if let Some(at) = places.get_mut(id).and_then(Vec::pop) {
                    changed[at] = Some(index);
                }
            }
            (None, Some(id), Some(object)) => {
                let span = nowhere();
                found.push((id.clone(), Node::new(span, Value::from_json(object, span))));
            }
            _ => {}
        }
    }
    for (object, change) in before.iter().zip(changed) {
        let Some(change) = change.map(|index| &difference.changes[index]) else {
            found.push((object.id.clone(), object.node.clone()));
            continue;
        };
        if let Some(id) = &change.after {
            let mut node = object.node.clone();
            let all: Vec<Change<'_>> =
                change.fields.iter().map(|field| (field.path.0.as_slice(), field)).collect();
            rewrite(&mut node, &all, Known::object(id), Some(&id.kind));
            found.push((id.clone(), node));
        }
    }
    found
}

/// Where a value stands that nobody wrote.
fn nowhere() -> Span {
    Span { source: Sources::default().scratch(), start: 0, end: 0 }
}

/// Does changes to a value; `kind` is that of the object, none in documents.
pub fn rewrite<'a>(node: &mut Node, changes: &[Change<'a>], known: Known<'a>, kind: Option<&str>) {
    let span = node.span;
    let whole = changes.iter().find(|(path, change)| path.is_empty() && change.step != FieldStep::Reordered);
    if let Some((_, change)) = whole {
        node.value = Value::from_json(change.after.as_ref().unwrap_or(&Json::Null), span);
        return;
    }
    match &mut node.value {
        Value::Map(map) => mapping(map, span, changes, known, kind),
        Value::List(items) => items_of(items, span, changes, known, kind),
        Value::String(text) => {
            let format = match (kind, known.parent(), known.name()) {
                (Some("ConfigMap"), "data", file) => text::format(file),
                _ => None,
            };
            let entries: Vec<(&str, FieldStep, Option<&Json>)> = changes
                .iter()
                .filter_map(|(path, change)| match path {
                    [Step::Entry(name)] => Some((name.as_str(), change.step, change.after.as_ref())),
                    _ => None,
                })
                .collect();
            if let Some(new) = text::apply(format.unwrap_or(Format::Lines), text, &entries) {
                *text = new;
            }
        }
        _ => {}
    }
}

fn mapping<'a>(map: &mut Mapping, span: Span, changes: &[Change<'a>], known: Known<'a>, kind: Option<&str>) {
    let mut by_key: IndexMap<&'a str, Vec<Change<'a>>> = IndexMap::new();
    for (path, change) in changes {
        if let [Step::Key(key), rest @ ..] = path {
            by_key.entry(key).or_default().push((rest, change));
        }
    }
    for (key, changes) in by_key {
        let whole = changes.iter().find(|(path, _)| path.is_empty()).map(|(_, change)| change);
        match whole.map(|change| (change.step, &change.after)) {
            Some((FieldStep::Removed, _)) => drop(map.entries.shift_remove(key)),
            Some((FieldStep::Added | FieldStep::Changed, Some(value))) => {
                let node = Node::new(span, Value::from_json(value, span));
                map.entries.insert(key.to_owned(), Entry { key: span, node });
            }
            _ => {
                if let Some(entry) = map.entries.get_mut(key) {
                    rewrite(&mut entry.node, &changes, known.key(key), kind);
                }
            }
        }
    }
}

fn items_of<'a>(
    items: &mut Vec<Node>,
    span: Span,
    changes: &[Change<'a>],
    known: Known<'a>,
    kind: Option<&str>,
) {
    let mut below: Vec<Vec<Change<'a>>> = vec![Vec::new(); items.len()];
    let mut gone = vec![false; items.len()];
    let mut new: Vec<(usize, Node)> = Vec::new();
    for (path, change) in changes {
        let [step, rest @ ..] = path else { continue };
        if rest.is_empty() && change.step == FieldStep::Added {
            let value = Value::from_json(change.after.as_ref().unwrap_or(&Json::Null), span);
            new.push((place(step, change), Node::new(span, value)));
        } else if let Some(at) = find(items, step, known, &gone) {
            match rest.is_empty() && change.step == FieldStep::Removed {
                true => gone[at] = true,
                false => below[at].push((rest, change)),
            }
        }
    }
    for (item, changes) in items.iter_mut().zip(&below) {
        if !changes.is_empty() {
            rewrite(item, changes, known.item(), kind);
        }
    }
    let mut gone = gone.into_iter();
    items.retain(|_| !gone.next().unwrap_or(false));
    new.sort_by_key(|(at, _)| *at);
    for (at, node) in new {
        items.insert(at.min(items.len()), node);
    }
    let order = changes.iter().find(|(path, change)| path.is_empty() && change.step == FieldStep::Reordered);
    if let Some(Json::Array(names)) = order.and_then(|(_, change)| change.after.as_ref()) {
        reorder(items, names, known);
    }
}

/// Where the second side has a new item.
fn place(step: &Step, change: &FieldChange) -> usize {
    let last = change.after_at.as_ref().and_then(|at| at.path.0.last());
    match (step, last) {
        (Step::At(at), _) | (_, Some(Segment::Index(at))) => *at,
        _ => usize::MAX,
    }
}

fn find(items: &[Node], step: &Step, known: Known<'_>, gone: &[bool]) -> Option<usize> {
    match step {
        Step::At(at) => (*at < items.len()).then_some(*at),
        Step::Item(names) => {
            let keys: Vec<String> = names.iter().map(|(key, _)| key.clone()).collect();
            items.iter().position(|item| list::name(item, &keys, known).as_ref() == Some(names))
        }
        Step::Member(json) => {
            let is_it = |at: usize| !gone[at] && items[at].to_json().to_string() == *json;
            (0..items.len()).find(|at| is_it(*at))
        }
        Step::Key(_) | Step::Entry(_) => None,
    }
}

fn reorder(items: &mut [Node], names: &[Json], known: Known<'_>) {
    for keys in &known.list().keys {
        let Some(own) = list::names(items, keys, known) else { continue };
        let rank = |name: &list::Name| {
            let short = list::short(name);
            names.iter().position(|name| name.as_str() == Some(short.as_str()))
        };
        if own.iter().all(|name| rank(name).is_some()) {
            items.sort_by_key(|item| list::name(item, keys, known).and_then(|name| rank(&name)));
            return;
        }
    }
}
