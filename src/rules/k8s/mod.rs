//! Objects, each against its type and all against each other: rules `k8s/...`.
//!
//! What `kubectl apply` would refuse, and what a second apply would; nothing that only fails when it runs.

mod duplicates;
mod forms;
mod names;
mod owners;
mod pods;
mod second_apply;
mod selectors;
mod sense;
mod services;
mod sizes;
pub mod types;
mod typing;
mod versions;

use super::Problem;
use super::set::Subject;

/// Whether objects of a kind belong to the whole cluster rather than to a namespace, whatever their version;
/// none where the tables do not know the kind.
pub fn is_cluster_wide(group: &str, kind: &str) -> Option<bool> {
    let known = types::kinds().iter().find(|known| known.kind == kind && known.group() == group)?;
    Some(known.is_cluster_wide)
}

/// Every rule of the family.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for rule in [
        versions::check,
        typing::check,
        names::check,
        names::scope,
        sizes::check,
        pods::check,
        services::check,
        selectors::mismatch,
        selectors::overlapping,
        owners::duplicates,
        owners::secrets,
        second_apply::selectors,
        second_apply::jobs,
        second_apply::configs,
    ] {
        rule(subject, problems);
    }
}
