//! Namespaces: everything of a release is in its own.

use super::names::Names;
use crate::rules::Problem;

/// Kinds that belong to no namespace.
const CLUSTER_WIDE: [&str; 10] = [
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
    "ClusterIssuer",
    "ClusterSecretStore",
    "RuntimeClass",
];

/// Rule `ref/wrong-namespace`.
pub fn check(names: &Names<'_>, problems: &mut Vec<Problem>) {
    let own = names.known().map(|known| known.compiled.release.namespace.to_string());
    if let Some(own) = &own {
        let brought = names.brought();
        for object in names.subject.objects() {
            // A component of the project may put a dashboard or a monitor where others live.
            if brought.contains(&(object.id.kind.as_str(), object.id.name.as_str())) {
                continue;
            }
            if CLUSTER_WIDE.contains(&object.id.kind.as_str()) {
                if object.id.kind == "Namespace" && object.id.name != *own {
                    let at = names.subject.missing(object.node, &["metadata", "name"]);
                    problems.push(wrong(&object.id.name, own, at));
                }
            } else if object.namespace() != own {
                let at = names.subject.missing(object.node, &["metadata", "namespace"]);
                problems.push(wrong(object.namespace(), own, at));
            }
            for subject in object.node.list("subjects") {
                if let Some(node) = subject.get("namespace")
                    && subject.text("kind") == Some("ServiceAccount")
                    && node.as_str() != Some(own)
                {
                    problems.push(wrong(node.as_str().unwrap_or_default(), own, names.subject.place(node)));
                }
            }
        }
    }
    drivers(names, problems);
}

/// ISSUE-001: executors are made where the driver's rights are.
fn drivers(names: &Names<'_>, problems: &mut Vec<Problem>) {
    for application in names.subject.applications.iter().filter(|application| application.is_on_kubernetes())
    {
        let namespace = names.subject.pods[application.pod].namespace();
        let Some(property) = application.property("spark.kubernetes.namespace") else { continue };
        if namespace.is_empty() || property.value == namespace {
            continue;
        }
        let granted = names.subject.objects().iter().any(|object| {
            object.id.kind == "ClusterRoleBinding"
                || (object.id.kind == "RoleBinding" && object.namespace() == property.value)
        });
        if granted && !names.is_own() {
            continue;
        }
        problems.push(
            wrong(&property.value, namespace, property.place(names.subject))
                .why("the driver would ask for executors where it has no rights, and be told 403 Forbidden"),
        );
    }
}

fn wrong(found: &str, own: &str, at: crate::rules::Place) -> Problem {
    let message = match found {
        "" => format!("no namespace is written, where everything else is in `{own}`"),
        _ => format!("`{found}` is not the namespace `{own}`"),
    };
    Problem::new("ref/wrong-namespace", message, at, "this namespace").help(format!("write `{own}`"))
}
