//! One owner for each namespace: of several releases in one, only the owner's bundle holds the Namespace
//! and what else is namespace-wide.

use super::plan::Planned;
use crate::diagnostic::Finding;
use crate::library::project::Project;
use crate::release::Release;
use crate::source::Span;
use std::collections::BTreeMap;

/// Tells each release of a plan who owns its namespace, and each owner who else lives there. The owner is the
/// release whose entry says `namespace.owned: true`, else the first of the file that does not say `false`.
///
/// Returns where two releases want to own one namespace.
pub(super) fn settle(project: &Project, releases: &mut [Planned]) -> Vec<Finding> {
    let mut namespaces: BTreeMap<(String, Option<String>, String), Vec<usize>> = BTreeMap::new();
    for (index, Planned { release, .. }) in releases.iter().enumerate() {
        let namespace = (release.environment.clone(), release.cluster.clone(), release.namespace.to_string());
        namespaces.entry(namespace).or_default().push(index);
    }
    let mut findings = Vec::new();
    for ((_, _, namespace), mates) in namespaces.iter().filter(|(_, mates)| mates.len() > 1) {
        let said: Vec<(usize, Option<(bool, Span)>)> =
            mates.iter().map(|index| (*index, says(project, &releases[*index].release))).collect();
        let claims: Vec<(usize, Span)> = said
            .iter()
            .filter_map(|(index, said)| said.filter(|(owned, _)| *owned).map(|(_, at)| (*index, at)))
            .collect();
        if let [(_, first), (_, second), ..] = claims.as_slice() {
            findings.push(two_owners(namespace, *first, *second));
            continue;
        }
        let claimed = claims.first().map(|(index, _)| *index);
        let first = || said.iter().find(|(_, said)| said.is_none()).map(|(index, _)| *index);
        // Where all say that somebody else owns it, somebody else does.
        let Some(owner) = claimed.or_else(first) else { continue };
        let name = releases[owner].release.name.clone();
        let guests: Vec<usize> = mates.iter().copied().filter(|index| *index != owner).collect();
        for guest in &guests {
            releases[*guest].release.sharing.owner = Some(name.clone());
        }
        releases[owner].release.sharing.guests =
            guests.iter().map(|guest| releases[*guest].release.clone()).collect();
    }
    findings
}

/// What a release's entry says of owning its namespace, and where.
fn says(project: &Project, release: &Release) -> Option<(bool, Span)> {
    let owned = project.overrides(release.entry())?.below(&["namespace", "owned"])?;
    Some((owned.as_bool()?, owned.span))
}

fn two_owners(namespace: &str, first: Span, second: Span) -> Finding {
    Finding::error("library/bad-release", format!("two releases own the namespace `{namespace}`"))
        .at(second, "owned here")
        .and(first, "and here")
        .why("each sync would put its own Namespace and quota in the place of the other's")
        .help("leave `namespace.owned` to one of them")
}
