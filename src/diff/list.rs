//! The items of a list on both sides, matched by what its type says of it: by names, as members of a set, or as a
//! sequence.

use super::align::{Aligned, align};
use super::digest::{digest, features};
use super::field::Step;
use super::knowledge::{Known, Order};
use super::likeness::{self, One};
use crate::layer::tree::{Node, Value};
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap};

/// What of the members of a set must be the same, in hundredths, for two to be one that changed.
const ALIKE: usize = 34;

/// An item, by its positions on the sides that have it, and how it is called.
#[derive(Debug)]
pub enum Matched {
    /// On both sides.
    Both(usize, usize, Step),
    /// Only on the first.
    Before(usize, Step),
    /// Only on the second.
    After(usize, Step),
}

/// What became of the items.
#[derive(Debug)]
pub struct Match {
    /// The items, in the order of the second side; those that only the first has come last.
    pub items: Vec<Matched>,
    /// The names of the items in both orders, where that changed and means something.
    pub order: Option<(Json, Json)>,
    /// Whether their order may mean something.
    pub is_ordered: bool,
}

/// An item's name: the fields that name it, with their values.
pub type Name = Vec<(String, String)>;

/// Matches the items of two lists at one place.
pub fn matched<'a>(before: &'a [Node], after: &'a [Node], known: Known<'a>) -> Match {
    let rule = known.list();
    for keys in &rule.keys {
        if let (Some(old), Some(new)) = (names(before, keys, known), names(after, keys, known)) {
            return by_name(before, after, &old, &new, rule.order);
        }
    }
    let items = if rule.set { members(before, after, known) } else { sequence(before, after, known) };
    Match { items, order: None, is_ordered: !rule.set }
}

/// The names of all items, if these fields name each of them and no two alike.
pub fn names(items: &[Node], keys: &[String], known: Known<'_>) -> Option<Vec<Name>> {
    let names: Vec<Name> = items.iter().map(|item| name(item, keys, known)).collect::<Option<_>>()?;
    let distinct: BTreeSet<&Name> = names.iter().collect();
    (distinct.len() == names.len()).then_some(names)
}

/// The name that fields give an item; none if it has none of them.
pub fn name(item: &Node, keys: &[String], known: Known<'_>) -> Option<Name> {
    let is_mapping = item.as_map().is_some();
    let mut is_named = false;
    let name: Option<Name> = keys
        .iter()
        .map(|key| {
            let value = key.split('.').try_fold(item, |node, step| node.get(step)).map(|node| &node.value);
            is_named |= value.is_some();
            let text = match value {
                None | Some(Value::Null) => known.item().default(key).unwrap_or_default().to_owned(),
                Some(Value::String(text)) => text.clone(),
                Some(Value::Int(number)) => number.to_string(),
                Some(Value::Bool(flag)) => flag.to_string(),
                Some(Value::Float(_) | Value::List(_) | Value::Map(_)) => return None,
            };
            Some((key.clone(), text))
        })
        .collect();
    name.filter(|_| is_mapping && is_named)
}

/// A name in a list of names.
pub fn short(name: &Name) -> String {
    let values: Vec<&str> =
        name.iter().map(|(_, value)| value.as_str()).filter(|value| !value.is_empty()).collect();
    values.join("/")
}

fn by_name(before: &[Node], after: &[Node], old: &[Name], new: &[Name], order: Order) -> Match {
    let places: HashMap<&Name, usize> = old.iter().enumerate().map(|(at, name)| (name, at)).collect();
    let partners: Vec<Option<usize>> = new.iter().map(|name| places.get(name).copied()).collect();
    let taken: BTreeSet<usize> = partners.iter().flatten().copied().collect();
    let step = |name: &Name| Step::Item(name.clone());
    let of_second = partners.iter().enumerate().map(|(at, partner)| match partner {
        Some(old) => Matched::Both(*old, at, step(&new[at])),
        None => Matched::After(at, step(&new[at])),
    });
    let of_first = (0..before.len()).filter(|at| !taken.contains(at));
    let items = of_second.chain(of_first.map(|at| Matched::Before(at, step(&old[at])))).collect();
    let is_moved = !partners.iter().flatten().is_sorted()
        && match order {
            Order::Nothing => false,
            Order::Counts => true,
            Order::References => references_move(before, after, &partners),
        };
    let all = |names: &[Name]| names.iter().map(|name| Json::from(short(name))).collect();
    Match { items, order: is_moved.then(|| (all(old), all(new))), is_ordered: order != Order::Nothing }
}

/// Whether an item's value refers to a variable.
pub fn has_references(item: &Node) -> bool {
    item.text("value").is_some_and(|value| value.contains("$("))
}

/// The variables that an item's value refers to.
fn references(item: &Node) -> impl Iterator<Item = &str> {
    let parts = item.text("value").unwrap_or_default().split("$(").skip(1);
    parts.filter_map(|part| Some(part.split_once(')')?.0))
}

/// Whether another order makes a reference mean another thing. Where one of the two is only on one side, that is
/// taken for granted.
fn references_move(before: &[Node], after: &[Node], partners: &[Option<usize>]) -> bool {
    let place = |items: &[Node]| -> HashMap<String, usize> {
        let names =
            items.iter().enumerate().filter_map(|(at, item)| Some((item.text("name")?.to_owned(), at)));
        names.collect()
    };
    let (old, new) = (place(before), place(after));
    before.iter().chain(after).any(|item| {
        let own = item.text("name").unwrap_or_default();
        references(item).any(|other| {
            if !old.contains_key(other) && !new.contains_key(other) {
                return false;
            }
            match (old.get(own), old.get(other), new.get(own), new.get(other)) {
                (Some(a), Some(b), Some(c), Some(d)) if partners.len() > *c => (a < b) != (c < d),
                _ => true,
            }
        })
    })
}

fn members<'a>(before: &'a [Node], after: &'a [Node], known: Known<'a>) -> Vec<Matched> {
    let mut waiting: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, item) in before.iter().enumerate().rev() {
        waiting.entry(digest(item, known.item())).or_default().push(at);
    }
    let mut items = Vec::new();
    let mut new: Vec<usize> = Vec::new();
    for (at, item) in after.iter().enumerate() {
        match waiting.get_mut(&digest(item, known.item())).and_then(Vec::pop) {
            Some(old) => items.push(Matched::Both(old, at, Step::At(old))),
            None => new.push(at),
        }
    }
    let mut old: Vec<usize> = waiting.into_values().flatten().collect();
    old.sort_unstable();
    let one = |item: &Node| One {
        features: if item.as_map().is_some() { features(item, known.item()) } else { Vec::new() },
        tie: digest(item, known.item()),
    };
    let (olds, news): (Vec<One>, Vec<One>) =
        (old.iter().map(|at| one(&before[*at])).collect(), new.iter().map(|at| one(&after[*at])).collect());
    let pairs = likeness::pairs(&olds, &news, ALIKE);
    items.extend(pairs.iter().map(|(a, b)| Matched::Both(old[*a], new[*b], Step::At(old[*a]))));
    let (left, right): (BTreeSet<usize>, BTreeSet<usize>) = pairs.into_iter().unzip();
    let member = |item: &Node| Step::Member(item.to_json().to_string());
    let alone = |at: &usize, taken: &BTreeSet<usize>| !taken.contains(at);
    items.extend(
        (0..new.len())
            .filter(|at| alone(at, &right))
            .map(|at| Matched::After(new[at], member(&after[new[at]]))),
    );
    items.extend(
        (0..old.len())
            .filter(|at| alone(at, &left))
            .map(|at| Matched::Before(old[at], member(&before[old[at]]))),
    );
    items
}

fn sequence<'a>(before: &'a [Node], after: &'a [Node], known: Known<'a>) -> Vec<Matched> {
    let numbers =
        |items: &'a [Node]| -> Vec<u64> { items.iter().map(|item| digest(item, known.item())).collect() };
    let aligned = align(&numbers(before), &numbers(after)).into_iter();
    aligned
        .map(|one| match one {
            Aligned::Both(a, b) => Matched::Both(a, b, Step::At(a)),
            Aligned::Before(at) => Matched::Before(at, Step::At(at)),
            Aligned::After(at) => Matched::After(at, Step::At(at)),
        })
        .collect()
}
