//! The Kustomization of one bundle.

use super::source::Origin;
use crate::failure::Failure;
use crate::gitops::{GitOps, Member};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// One bundle's Kustomization; `names` has the name of each by its place.
///
/// # Errors
/// As [`Origin::reference`].
pub fn of(
    member: &Member,
    all: &[&Member],
    names: &BTreeMap<String, String>,
    settings: &GitOps,
    origin: &Origin<'_>,
) -> Result<Json, Failure> {
    let flux = &settings.flux;
    let cluster = member.cluster.as_ref().and_then(|name| settings.clusters.get(name));
    let account = member.team.as_ref().and_then(|team| flux.service_accounts.get(team));
    let fields = [
        ("dependsOn", depends_on(member, all, names)),
        ("sourceRef", Some(origin.reference(member, names)?)),
        ("path", Some(json!(origin.path(member)))),
        ("interval", Some(json!(flux.interval()))),
        ("retryInterval", Some(json!(flux.retry_interval()))),
        ("timeout", Some(json!(flux.timeout()))),
        ("prune", Some(json!(flux.prune.unwrap_or(true)))),
        // What is immutable stays: an object is never deleted to be made anew.
        ("force", Some(json!(false))),
        ("deletionPolicy", flux.orphan.contains(&member.environment).then(|| json!("Orphan"))),
        ("serviceAccountName", account.or(flux.service_account.as_ref()).map(|name| json!(name))),
        (
            "kubeConfig",
            cluster.and_then(|cluster| cluster.kube_config.as_ref()).map(|kube_config| {
                let mut reference = json!({ "name": kube_config.secret });
                if let Some(key) = &kube_config.key {
                    reference["key"] = json!(key);
                }
                json!({ "secretRef": reference })
            }),
        ),
        ("healthChecks", health_checks(member)),
    ];
    let spec: Map<String, Json> =
        fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
    Ok(json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {
            "name": names.get(&member.place),
            "namespace": flux.namespace(),
            "labels": labels(member),
        },
        "spec": spec,
    }))
}

/// What lets an operator select: `kubectl get kustomizations -l sparkctl.dev/environment=prod`.
pub fn labels(member: &Member) -> Json {
    let said = [
        ("app.kubernetes.io/managed-by", Some("sparkctl")),
        ("sparkctl.dev/release", Some(member.name.as_str())),
        ("sparkctl.dev/environment", Some(member.environment.as_str())),
        ("sparkctl.dev/cluster", member.cluster.as_deref()),
        ("sparkctl.dev/team", member.team.as_deref()),
    ];
    said.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?)))).collect()
}

/// Those in the same cluster that hold the namespace which this one only lives in.
fn depends_on(member: &Member, all: &[&Member], names: &BTreeMap<String, String>) -> Option<Json> {
    if member.owns_namespace() {
        return None;
    }
    let owners = all.iter().filter(|other| {
        other.owns_namespace() && other.namespace == member.namespace && same_cluster(member, other)
    });
    let names: Vec<Json> =
        owners.filter_map(|owner| names.get(&owner.place)).map(|name| json!({ "name": name })).collect();
    (!names.is_empty()).then(|| json!(names))
}

/// Where no cluster is named, each environment is taken to have one of its own.
fn same_cluster(one: &Member, other: &Member) -> bool {
    match (&one.cluster, &other.cluster) {
        (Some(one), Some(other)) => one == other,
        (None, None) => one.environment == other.environment,
        _ => false,
    }
}

/// What runs, named one by one. `wait` would ask for everything: a claim that nobody has mounted yet, or an
/// object whose controller is missing, would hold up what works. What a workload needs it waits for itself.
fn health_checks(member: &Member) -> Option<Json> {
    let checks = member.workloads.iter().map(|workload| {
        json!({
            "apiVersion": workload.api_version,
            "kind": workload.kind,
            "name": workload.name,
            "namespace": member.namespace,
        })
    });
    let checks: Vec<Json> = checks.collect();
    (!checks.is_empty()).then(|| json!(checks))
}
