//! Who may talk to whom, by the policies as the cluster understands them: rules `net/...`.
//!
//! `world` takes a set apart into pods, policies and Services; `flows` and `inferred` say which
//! connections are needed; [`policies`](crate::graph::policies) says which pass.

mod blocked;
mod declared;
mod dns;
mod flows;
mod inferred;
mod invalid;
mod isolation;
mod open;
mod outside;
mod texts;
mod traps;
mod undeclared;
pub mod world;

use super::Problem;
use super::set::Subject;
use crate::graph::picture::Edge;
use world::World;

/// Every rule of the family.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    if let Some(known) = subject.known() {
        open::check(known, problems);
    }
    let world = World::of(subject);
    let groups = subject.known().map(|known| declared::groups(known, &world)).unwrap_or_default();
    let mut flows = subject.known().map(|known| flows::declared(known, &groups)).unwrap_or_default();
    // Where nothing is closed, everything passes.
    if !world.policies.all.is_empty() {
        flows.extend(inferred::flows(subject, &world));
        blocked::check(subject, &world, &flows, problems);
        outside::check(subject, &world, problems);
        dns::check(subject, &world, &groups, problems);
        traps::check(subject, &world, &groups, problems);
        invalid::check(subject, &world, problems);
        undeclared::metadata(subject, &world, &groups, problems);
    }
    if let Some(known) = subject.known() {
        undeclared::check(subject, &world, &groups, problems);
        isolation::closed(subject, &world, known, problems);
        isolation::neighbours(subject, &world, known, problems);
    }
}

/// The flows that the components of a release declare, each with what the policies say, in the order of
/// those who open the connections; of others' manifests none.
pub fn edges(subject: &Subject<'_>) -> Vec<Edge> {
    let Some(known) = subject.known() else { return Vec::new() };
    let world = World::of(subject);
    let flows = flows::declared(known, &declared::groups(known, &world));
    let mut edges: Vec<Edge> = flows.iter().map(|flow| flow.edge(&world)).collect();
    edges.sort_by(|a, b| (&a.from, &a.to, &a.flow).cmp(&(&b.from, &b.to, &b.flow)));
    edges
}
