//! The order in which objects are applied: what others need comes first.

use super::ObjectId;
use std::cmp::Ordering;

/// Kinds in the order in which a cluster must get them; unknown ones come after these, workloads last
/// but for what watches them. After Helm's install order, with custom resources put in their places.
const ORDER: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "LimitRange",
    "ServiceAccount",
    "ExternalSecret",
    "Secret",
    "ConfigMap",
    "PersistentVolumeClaim",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "NetworkPolicy",
    "Service",
    "Deployment",
    "StatefulSet",
    "Job",
    "CronJob",
    "PodDisruptionBudget",
    "ServiceMonitor",
    "PodMonitor",
    "PrometheusRule",
];

/// Which of two objects is applied first; each with its component.
pub fn compare(a: (&ObjectId, &str), b: (&ObjectId, &str)) -> Ordering {
    (rank(&a.0.kind), a.1, a.0).cmp(&(rank(&b.0.kind), b.1, b.0))
}

fn rank(kind: &str) -> usize {
    ORDER.iter().position(|known| *known == kind).unwrap_or(ORDER.len())
}

/// The order of keys in an object and its metadata that Kubernetes' documentation uses; others keep
/// the order of the template.
pub fn key_rank(depth: usize, key: &str) -> usize {
    let order: &[&str] = match depth {
        0 => &["apiVersion", "kind", "metadata"],
        _ => &["name", "namespace", "labels", "annotations"],
    };
    order.iter().position(|known| *known == key).unwrap_or(order.len())
}
