//! Label selectors, as the API server reads them.

use super::Pod;
use crate::layer::tree::Node;

/// Whether a label selector asks for anything at all.
pub fn asks(selector: &Node) -> bool {
    selector.get("matchLabels").and_then(Node::as_map).is_some_and(|labels| !labels.entries.is_empty())
        || !selector.list("matchExpressions").is_empty()
}

/// Whether labels are what a label selector asks for; an empty one takes everything.
pub fn takes<'l>(selector: &Node, label: impl Fn(&str) -> Option<&'l str>) -> bool {
    let labels = selector.get("matchLabels").and_then(Node::as_map);
    labels.is_none_or(|labels| labels.entries.iter().all(|(key, entry)| label(key) == entry.node.as_str()))
        && selector.list("matchExpressions").iter().all(|one| holds(one, |key| label(key)))
}

/// Whether an expression of a label selector holds; one that is not understood does.
pub fn holds<'l>(expression: &Node, label: impl Fn(&str) -> Option<&'l str>) -> bool {
    let found = expression.text("key").and_then(label);
    let listed = found
        .is_some_and(|found| expression.list("values").iter().any(|value| value.as_str() == Some(found)));
    match expression.text("operator") {
        Some("In") => listed,
        Some("NotIn") => !listed,
        Some("Exists") => found.is_some(),
        Some("DoesNotExist") => found.is_none(),
        _ => true,
    }
}

impl Pod<'_> {
    /// Whether it has the labels that a label selector asks for.
    pub fn is_taken_by(&self, selector: &Node) -> bool {
        takes(selector, |key| self.label(key))
    }

    /// Whether it has the labels of a plain mapping, as Services select by; an empty one takes nothing.
    pub fn has_labels(&self, labels: &Node) -> bool {
        labels.as_map().is_some_and(|wanted| {
            !wanted.entries.is_empty()
                && wanted.entries.iter().all(|(key, entry)| self.label(key) == entry.node.as_str())
        })
    }
}
