//! An AppProject: what the Applications of an environment and a team may do.

use super::site::{Group, Site};
use crate::rules::is_cluster_wide;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// The object: one repository, the namespaces of the members, the kinds that their bundles hold. Roles give
/// people rights and are not sparkctl's to invent: there are none.
pub fn object(site: &Site<'_>, group: &Group<'_>) -> Json {
    let members = || group.members.iter().map(|(member, _)| *member);
    let places: BTreeSet<(Option<&str>, &str)> =
        members().map(|member| (member.cluster.as_deref(), member.namespace.as_str())).collect();
    let destinations = places.into_iter().map(|(cluster, namespace)| site.destination(cluster, namespace));
    // Two names of one cluster are one destination.
    let mut distinct: Vec<Json> = Vec::new();
    destinations.for_each(|found| {
        if !distinct.contains(&found) {
            distinct.push(found)
        }
    });
    let kinds: BTreeSet<(&str, &str)> = members()
        .flat_map(|member| member.kinds.iter())
        .map(|(group, kind)| (group.as_str(), kind.as_str()))
        .collect();
    let owned: BTreeSet<&str> =
        members().filter(|member| member.owns_namespace()).map(|member| member.namespace.as_str()).collect();
    let mut whole: Vec<Json> =
        owned.into_iter().map(|name| json!({"group": "", "kind": "Namespace", "name": name})).collect();
    let mut namespaced = Vec::new();
    for (group, kind) in kinds.into_iter().filter(|kind| *kind != ("", "Namespace")) {
        let whole_cluster = is_cluster_wide(group, kind);
        let entry = json!({"group": group, "kind": kind});
        // A kind that nobody knows is in both lists; in that of the other scope it allows nothing.
        if whole_cluster != Some(false) {
            whole.push(entry.clone());
        }
        if whole_cluster != Some(true) {
            namespaced.push(entry);
        }
    }
    let whose = group.team.map(|team| format!(", team {team}")).unwrap_or_default();
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {
            "name": group.project,
            "namespace": site.argocd.namespace(),
            "labels": {
                "app.kubernetes.io/managed-by": "sparkctl",
                "app.kubernetes.io/part-of": site.project,
            },
            // In an app of apps, before the Applications.
            "annotations": {"argocd.argoproj.io/sync-wave": "-2"},
        },
        "spec": {
            "description": format!("Spark releases of {} in {}{whose}", site.project, group.environment),
            "sourceRepos": [site.repository],
            "destinations": distinct,
            "clusterResourceWhitelist": whole,
            "namespaceResourceWhitelist": namespaced,
            // Objects that nobody syncs any more are shown. Secrets are made by operators or by hand.
            "orphanedResources": {"warn": true, "ignore": [{"group": "", "kind": "Secret"}]},
        },
    })
}
