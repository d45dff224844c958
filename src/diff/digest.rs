//! What a value means as a number: equal for values that mean the same, so that equal items of lists are found
//! without comparing each with each. Nothing is taken for equal because its number is: what was found is compared.

use super::knowledge::{Known, ListRule, Order};
use super::list;
use super::meaning;
use crate::layer::tree::{Node, Value};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The number of anything; the same on every machine.
pub fn number(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// The number of a value.
pub fn digest<'a>(node: &'a Node, known: Known<'a>) -> u64 {
    match &node.value {
        Value::Map(map) => {
            let sum = entries(node, known).fold(0_u64, |sum, (key, value, known)| {
                sum.wrapping_add(number((key, digest(value, known))))
            });
            number(("map", map.entries.is_empty(), sum))
        }
        Value::List(items) => {
            let mut numbers: Vec<u64> = items.iter().map(|item| digest(item, known.item())).collect();
            if is_unordered(items, &known.list(), known) {
                numbers.sort_unstable();
            }
            number(("list", numbers))
        }
        _ => number(("scalar", meaning::of(node, known.reading()))),
    }
}

/// The entries of a mapping that mean something, with what is known of each.
fn entries<'a>(node: &'a Node, known: Known<'a>) -> impl Iterator<Item = (&'a str, &'a Node, Known<'a>)> {
    let all = node.as_map().into_iter().flat_map(|map| &map.entries);
    all.map(move |(key, entry)| (key.as_str(), &entry.node, known.key(key)))
        .filter(move |(key, value, inner)| !inner.is_nothing(value) && !known.is_default(key, value))
}

/// Whether the order of these items means nothing.
fn is_unordered(items: &[Node], rule: &ListRule, known: Known<'_>) -> bool {
    let free = match rule.order {
        Order::Nothing => true,
        Order::Counts => false,
        Order::References => !items.iter().any(list::has_references),
    };
    free && (rule.set || rule.keys.iter().any(|keys| list::names(items, keys, known).is_some()))
}

/// What a value is made of: a number for each of its scalars with the keys that lead to it, in order. Items of lists
/// have no place of their own in these.
pub fn features<'a>(node: &'a Node, known: Known<'a>) -> Vec<u64> {
    let mut found = Vec::new();
    walk(node, known, 0, &mut found);
    found.sort_unstable();
    found
}

fn walk<'a>(node: &'a Node, known: Known<'a>, above: u64, found: &mut Vec<u64>) {
    match &node.value {
        Value::Map(map) if !map.entries.is_empty() => {
            for (key, value, known) in entries(node, known) {
                walk(value, known, number((above, key)), found);
            }
        }
        Value::List(items) => items.iter().for_each(|item| walk(item, known.item(), above, found)),
        Value::String(text) if text.contains('\n') => {
            found.extend(text.lines().map(|line| number((above, line.trim()))));
        }
        Value::Map(_) => found.push(number((above, "empty"))),
        _ => found.push(number((above, meaning::of(node, known.reading())))),
    }
}
