//! An Application: one bundle, synced to one namespace.

use super::settings::Decided;
use super::site::{Set, Site};
use crate::gitops::Member;
use serde_json::{Value as Json, json};

/// What a member's Application does not share with its neighbours': values, or an ApplicationSet's
/// placeholders for them.
pub struct Fields {
    /// The Application's name.
    pub name: String,
    /// The bundle's place in the repository.
    pub path: String,
    /// The namespace.
    pub namespace: String,
    /// The wave in which an app of apps syncs it.
    pub wave: String,
}

impl Fields {
    /// A member's own.
    pub fn of(site: &Site<'_>, member: &Member, name: &str) -> Fields {
        Fields {
            name: name.to_owned(),
            path: site.path(member),
            namespace: member.namespace.to_string(),
            // The one that brings a namespace comes before those that only live in it.
            wave: if member.owns_namespace() { "-1" } else { "0" }.to_owned(),
        }
    }
}

/// How every Application is synced.
///
/// `ServerSideApply` because that is how Kubernetes merges what operators add; `FailOnSharedResource` because
/// an object that two bundles hold is a mistake; `PruneLast` so that what is new runs before the old goes;
/// namespaces are the bundles' own, never made on the side.
const OPTIONS: [&str; 6] = [
    "CreateNamespace=false",
    "ServerSideApply=true",
    "ApplyOutOfSyncOnly=true",
    "PruneLast=true",
    "RespectIgnoreDifferences=true",
    "FailOnSharedResource=true",
];

/// The object, without what it ignores.
pub fn object(site: &Site<'_>, set: &Set<'_>, fields: &Fields) -> Json {
    let mut labels = json!({
        "app.kubernetes.io/managed-by": "sparkctl",
        "app.kubernetes.io/part-of": site.project,
        "sparkctl.dev/environment": set.environment,
    });
    for (key, value) in [("sparkctl.dev/cluster", set.cluster), ("sparkctl.dev/team", set.team)] {
        if let Some(value) = value {
            labels[key] = json!(value);
        }
    }
    let mut metadata = json!({
        "name": fields.name,
        "namespace": site.argocd.namespace(),
        "labels": labels,
        "annotations": {
            "argocd.argoproj.io/sync-wave": fields.wave,
            // The API server itself says what would change, its defaults and those of custom resources
            // included. Stable since Argo CD 3.1; what it replaces is discontinued.
            "argocd.argoproj.io/compare-options": "ServerSideDiff=true",
        },
    });
    let Decided { automated, prune, self_heal, cascade } = set.sync;
    if cascade {
        metadata["finalizers"] = json!(["resources-finalizer.argocd.argoproj.io"]);
    }
    let mut policy = json!({});
    if automated {
        policy["automated"] = json!({"prune": prune, "selfHeal": self_heal});
    }
    policy["syncOptions"] = json!(OPTIONS);
    policy["retry"] = site.argocd.retry.policy();
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": metadata,
        "spec": {
            "project": set.project,
            "source": {"repoURL": site.repository, "targetRevision": set.revision, "path": fields.path},
            "destination": site.destination(set.cluster, &fields.namespace),
            "syncPolicy": policy,
        },
    })
}

/// What is done without being asked, in words.
pub fn heading(sync: &Decided) -> String {
    let synced = match sync {
        Decided { automated: false, .. } => "Synced by a person: `argocd app sync`.".to_owned(),
        Decided { prune, self_heal, .. } => {
            let also = match (prune, self_heal) {
                (true, true) => "; what Git holds no longer is removed, what was changed by hand put back",
                (true, false) => "; what Git holds no longer is removed",
                (false, true) => "; what was changed by hand is put back, and nothing is removed",
                (false, false) => "; nothing is removed or put back",
            };
            format!("Synced as soon as Git changes{also}.")
        }
    };
    let deleted = if sync.cascade {
        "Deleting it deletes what it synced, but for the namespace and claims."
    } else {
        "Deleting it leaves in the cluster what it synced."
    };
    format!("{synced}\n{deleted}")
}
