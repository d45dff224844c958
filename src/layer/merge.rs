//! The one merge rule. It holds everywhere, for every path, without exception:
//!
//! 1. two mappings merge, key by key;
//! 2. anything else replaces what stands below: scalars, lists, and a mapping over a scalar;
//! 3. `null` deletes what stands below; where there is nothing to delete it does nothing.
//!
//! What was replaced or deleted is kept beside the winner, so that `explain` can tell the whole story.

use super::tree::{Mapping, Node, Value};

/// Puts `upper` over `lower`; keys keep the order in which they first appeared.
pub fn merge(lower: Node, upper: Node) -> Node {
    match (lower.value, upper.value) {
        (Value::Map(below), Value::Map(above)) => {
            // A mapping has no single origin; where it was first opened is the most useful answer.
            Node { span: lower.span, value: Value::Map(merge_maps(below, above)), overrode: lower.overrode }
        }
        (below, above) => {
            let mut winner = without_nulls(Node { span: upper.span, value: above, overrode: None });
            winner.overrode =
                Some(Box::new(Node { span: lower.span, value: below, overrode: lower.overrode }));
            winner
        }
    }
}

fn merge_maps(mut below: Mapping, above: Mapping) -> Mapping {
    for (key, mut entry) in above.entries {
        let deleted = matches!(entry.node.value, Value::Null);
        match below.entries.get_mut(&key) {
            Some(standing) if deleted => {
                entry.node.overrode = Some(Box::new(standing.node.clone()));
                below.entries.shift_remove(&key);
                below.removed.insert(key, entry);
            }
            Some(standing) => {
                let lower = std::mem::replace(&mut standing.node, Node::new(entry.key, Value::Null));
                let both_maps = matches!((&lower.value, &entry.node.value), (Value::Map(_), Value::Map(_)));
                standing.node = merge(lower, entry.node);
                if !both_maps {
                    standing.key = entry.key;
                }
            }
            // Nothing stands here, so nothing is deleted; that somebody wanted it gone is kept, since
            // another feature may set it.
            None if deleted => {
                entry.node.overrode = below.removed.shift_remove(&key).map(|removed| Box::new(removed.node));
                below.removed.insert(key, entry);
            }
            None => {
                entry.node = without_nulls(entry.node);
                entry.node.overrode = below.removed.shift_remove(&key).map(|removed| Box::new(removed.node));
                below.entries.insert(key, entry);
            }
        }
    }
    below
}

/// A subtree that lands where nothing stood: its nulls have nothing to delete.
fn without_nulls(mut node: Node) -> Node {
    if let Value::Map(map) = &mut node.value {
        map.entries.retain(|_, entry| !matches!(entry.node.value, Value::Null));
        for entry in map.entries.values_mut() {
            let span = entry.node.span;
            let inner = std::mem::replace(&mut entry.node, Node::new(span, Value::Null));
            entry.node = without_nulls(inner);
        }
    }
    node
}
