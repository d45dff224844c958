//! The checked set: what is known about Kubernetes, Spark and operations, held against all objects of a
//! release at once.
//!
//! A rule is data (its texts in [`catalogue`]) and a small function over a [`set::Subject`]; the functions of
//! one family stand in one folder. A function returns nothing: it reports [`Problem`]s. Where the line that
//! caused a problem stands is found afterwards, by [`locate`].
//!
//! [`Subject::known`](set::Subject::known) is what only a release that sparkctl compiled has: layers,
//! declared flows, facts of its version. Rules that can do without work on anybody's manifests.

pub mod catalogue;
mod foreign;
mod k8s;
pub mod layers;
pub mod locate;
pub mod net;
mod ops;
mod overlaps;
mod pods;
mod problem;
mod refs;
mod secrets;
pub mod set;
pub mod severity;
pub mod silence;
mod spark;
#[cfg(test)]
mod tests;

pub use catalogue::{Rule, all, families, find};
pub use foreign::foreign;
pub use k8s::{is_cluster_wide, types};
pub use problem::{Place, Problem};
pub use refs::CONFIG_HASH;
pub use secrets::{credential_lines, is_credential, is_secret};

use set::Subject;

/// What every rule finds in a set of objects, in the order of the families.
pub fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for family in [layers::check, k8s::check, refs::check, net::check, pods::check, secrets::check] {
        family(subject, &mut problems);
    }
    spark::check(subject, &mut problems);
    ops::check(subject, &mut problems);
    overlaps::settle(&mut problems);
    secrets::hide(subject, &mut problems);
    problems
}
