//! Names of objects, by what Kubernetes makes of them; and to whom an object belongs: a namespace or the
//! whole cluster.

use super::{forms, types};
use crate::rules::Problem;
use crate::rules::set::{Object, Subject};

/// `k8s/bad-name`: a name that the kind cannot have. Source: `ValidateName` functions of
/// `k8s.io/kubernetes/pkg/apis` 1.33.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for object in subject.objects() {
        let Some(wrong) = wrong(object) else { continue };
        let place = subject.missing(object.node, &["metadata", "name"]);
        let message = format!("`{}` cannot be the name of a {}", object.id.name, object.id.kind);
        problems.push(Problem::new("k8s/bad-name", message, place, "this name").help(wrong));
    }
}

fn wrong(object: &Object<'_>) -> Option<String> {
    let (name, kind) = (object.id.name.as_str(), object.id.kind.as_str());
    let at_most = |most: usize, because: &str| {
        (name.len() > most).then(|| format!("it has {} characters; {most} are allowed{because}", name.len()))
    };
    let built_in = types::kind(&object.id.api_version, kind).is_some_and(|kind| kind.is_built_in);
    match kind {
        // Names that are parts of paths: `system:auth-delegator`.
        "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding" if built_in => {
            (name.contains(['/', '%']) || matches!(name, "." | ".."))
                .then(|| "`/` and `%` are not allowed".to_owned())
        }
        "Service" if built_in => forms::label(name).or_else(|| {
            name.starts_with(|c: char| c.is_ascii_digit()).then(|| "it begins with a letter".to_owned())
        }),
        "Namespace" if built_in => forms::label(name),
        "CronJob" if built_in => {
            forms::subdomain(name).or_else(|| at_most(52, ": its Jobs are named by it and a time"))
        }
        "Job" if built_in => forms::subdomain(name).or_else(|| at_most(63, ": its pods carry it as a label")),
        // The label controller-revision-hash is the name and a hash of up to ten characters.
        "StatefulSet" if built_in => {
            forms::subdomain(name).or_else(|| at_most(52, ": its pods carry it with a hash as a label"))
        }
        _ if name.contains(':') => None,
        _ => forms::subdomain(name),
    }
}

/// `k8s/wrong-scope`: in our own bundles every object says where it belongs, and only there.
pub fn scope(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let Some(known) = subject.known() else { return };
    let own = known.compiled.release.namespace.as_str();
    for object in subject.objects() {
        if object.id.kind == "Namespace" && object.id.name != own {
            let message = format!("{} is not the namespace of the release, `{own}`", object.id);
            let place = subject.missing(object.node, &["metadata", "name"]);
            problems.push(
                Problem::new("k8s/wrong-scope", message, place, "another namespace")
                    .help(format!("write `{own}`: everything else is in it")),
            );
        }
        let Some(kind) = types::kind(&object.id.api_version, &object.id.kind) else { continue };
        let (id, namespace) = (object.id, object.namespace());
        let (message, label, help) = match (kind.is_cluster_wide, namespace) {
            (true, "") => continue,
            (true, _) => (
                format!("{id} has a namespace, and a {} belongs to the whole cluster", id.kind),
                "not in a namespace",
                "leave out `metadata.namespace`".to_owned(),
            ),
            (false, "") => (
                format!("{id} has no namespace"),
                "missing",
                format!("set `metadata.namespace` to `{own}`: without it, it goes wherever kubectl points"),
            ),
            (false, other) if other != own => (
                format!("{id} is in the namespace `{other}`, and the release in `{own}`"),
                "another namespace",
                format!("set `metadata.namespace` to `{own}`"),
            ),
            (false, _) => continue,
        };
        let place = subject.missing(object.node, &["metadata", "namespace"]);
        problems.push(Problem::new("k8s/wrong-scope", message, place, label).help(help));
    }
}
