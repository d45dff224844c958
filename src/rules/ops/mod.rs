//! What production demands beyond running: rules `ops/...`.

mod budgets;
mod data;
mod production;
mod scaling;
mod spread;

use super::Problem;
use super::set::selectors::asks;
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

/// Whether a selector, with labels and expressions, selects a pod; an empty one is a slip here.
fn selects(selector: Option<&Node>, pod: &Pod<'_>) -> bool {
    selector.is_some_and(|selector| asks(selector) && pod.is_taken_by(selector))
}
