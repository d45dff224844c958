//! What production demands beyond running: rules `ops/...`.

mod budgets;
mod data;
mod production;
mod scaling;
mod spread;

use super::Problem;
use super::set::{Pod, PodKind, Subject};
use crate::layer::tree::Node;
use crate::spec::platform::Tier;

/// Every rule of the family.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for topic in [budgets::check, spread::check, scaling::check, production::check, data::check] {
        topic(subject, problems);
    }
}

/// Whether it is a release of ours for production.
fn is_production(subject: &Subject<'_>) -> bool {
    subject.known().is_some_and(|known| known.compiled.spec.environment.tier == Tier::Production)
}

/// The pods that a Deployment or a StatefulSet keeps.
fn kept<'a, 's>(subject: &'s Subject<'a>) -> impl Iterator<Item = &'s Pod<'a>> {
    subject.pods.iter().filter(|pod| {
        pod.kind == PodKind::Workload && ["Deployment", "StatefulSet"].contains(&pod.owner.id.kind.as_str())
    })
}

/// Whether a selector, with labels and expressions, selects a pod.
fn selects(selector: Option<&Node>, pod: &Pod<'_>) -> bool {
    let Some(selector) = selector else { return false };
    let labels = selector.get("matchLabels").and_then(Node::as_map);
    let expressions = selector.list("matchExpressions");
    let some = labels.is_some_and(|labels| !labels.entries.is_empty()) || !expressions.is_empty();
    let labelled = labels
        .is_none_or(|labels| labels.entries.iter().all(|(key, entry)| pod.label(key) == entry.node.as_str()));
    let expressed = expressions.iter().all(|expression| {
        let value = pod.label(expression.text("key").unwrap_or_default());
        let listed =
            || expression.list("values").iter().any(|item| item.as_str() == value && value.is_some());
        match expression.text("operator") {
            Some("In") => listed(),
            Some("NotIn") => !listed(),
            Some("Exists") => value.is_some(),
            Some("DoesNotExist") => value.is_none(),
            _ => false,
        }
    });
    some && labelled && expressed
}
