//! Objects, each against its type and all against each other: rules `k8s/...`.
//!
//! What `kubectl apply` would refuse, and what a second apply would; nothing that only fails when it runs.

mod duplicates;
mod forms;
mod types;
mod typing;

use super::Problem;
use super::set::Subject;

/// Every rule of the family.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for rule in [typing::check] {
        rule(subject, problems);
    }
}
