//! Data in the release itself: one pod, one disk.

use super::{is_production, kept};
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Pod, Subject};

/// Images that keep data for others.
const STORES: [(&str, &str); 9] = [
    ("postgres", "database"),
    ("mysql", "database"),
    ("mariadb", "database"),
    ("minio", "object store"),
    ("seaweedfs", "object store"),
    ("garage", "object store"),
    ("rustfs", "object store"),
    ("versitygw", "object store"),
    ("redis", "database"),
];

/// Databases and object stores in production.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for pod in kept(subject) {
        let Some((image, what)) = pod.spec.list("containers").iter().find_map(|container| {
            let image = container.get("image")?;
            let name = image.as_str()?.rsplit('/').next()?.split([':', '@']).next()?;
            Some((image, STORES.iter().find(|(known, _)| *known == name)?.1))
        }) else {
            continue;
        };
        if is_production(subject) && !has_backup(subject, pod) {
            let message = format!("{} keeps production's {what} on one disk, without a backup", pod.owner.id);
            problems.push(
                Problem::new("ops/bundled-data", message, subject.place(image), "part of this release")
                    .help("use one that somebody operates: `site.objectStore.type: s3`, `site.database.type: external`"),
            );
        }
        let several = pod.replicas().is_some_and(|replicas| replicas > 1);
        if several && subject.known().is_some() {
            let message = format!("the pods of {} know nothing of one another", pod.owner.id);
            let at = subject.missing(pod.owner.node, &["spec", "replicas"]);
            problems.push(
                Problem::new("ops/bundled-data", message, at, "several, each with data of its own")
                    .help("run one: the bundled store is for development"),
            );
        }
        lost(subject, pod, what, problems);
    }
}

/// A CronJob for backups, or an operator's annotation.
fn has_backup(subject: &Subject<'_>, pod: &Pod<'_>) -> bool {
    let annotations = pod.template.below(&["metadata", "annotations"]).and_then(Node::as_map);
    let annotated =
        annotations.is_some_and(|map| map.entries.keys().any(|key| key.starts_with("backup.velero.io/")));
    annotated
        || subject.of("CronJob").any(|job| job.id.name.contains("backup"))
        || subject.of("Schedule").next().is_some()
}

/// Where its data lies on no volume that outlives the pod.
fn lost(subject: &Subject<'_>, pod: &Pod<'_>, what: &str, problems: &mut Vec<Problem>) {
    let claimed = !pod.owner.node.get("spec").is_none_or(|spec| spec.list("volumeClaimTemplates").is_empty())
        || pod.spec.list("volumes").iter().any(|volume| {
            ["persistentVolumeClaim", "hostPath", "csi", "nfs", "ephemeral"]
                .iter()
                .any(|kind| volume.get(kind).is_some())
        });
    if !claimed {
        let message = format!("{} loses its data with its pod", pod.owner.id);
        problems.push(
            Problem::new(
                "ops/data-in-pod",
                message,
                subject.missing(pod.spec, &["volumes"]),
                "no claim among these",
            )
            .help(format!(
                "give the {what} a `volumeClaimTemplates` entry, and mount it where it keeps its data"
            )),
        );
    }
}
