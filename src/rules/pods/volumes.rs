//! Volumes and claims: bounded, used, and of a kind that the cluster can provide.

use super::view::containers;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Pod, PodKind, Subject};
use crate::spec::types::Quantity;
use std::collections::BTreeSet;

/// Every rule about volumes.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for pod in &subject.pods {
        for volume in pod.spec.list("volumes") {
            if let Some(scratch) = volume.get("emptyDir") {
                scratch_space(subject, pod, volume, scratch, problems);
            }
        }
        unused(subject, pod, problems);
        groups(subject, pod, problems);
    }
    claims(subject, problems);
}

fn scratch_space(
    subject: &Subject<'_>,
    pod: &Pod<'_>,
    volume: &Node,
    scratch: &Node,
    problems: &mut Vec<Problem>,
) {
    let name = volume.text("name").unwrap_or_default();
    let limit = scratch.get("sizeLimit");
    if limit.is_none() {
        let message = format!("volume `{name}` of {} may fill the node's disk", pod.name());
        let place = subject.missing(volume, &["emptyDir", "sizeLimit"]);
        let problem = Problem::new("pod/unbounded-scratch", message, place, "`sizeLimit` is missing");
        problems.push(problem.help("set `emptyDir: {sizeLimit: ...}` to what the pod needs at most"));
    }
    if let Some(medium) = scratch.get("medium").filter(|medium| medium.as_str() == Some("Memory")) {
        let message = format!("volume `{name}` of {} lies in memory", pod.name());
        let problem =
            Problem::new("pod/memory-scratch", message, subject.place(medium), "counts as the pod's memory");
        problems
            .push(problem.help("leave `medium` out, or raise the limit of memory by the size of the volume"));
    }
    // Of a pod whose containers all say how much disk they may use, that is the bound.
    let limits: Option<Vec<Quantity>> = pod
        .running()
        .filter(|one| mounts(one, name))
        .map(|one| one.below(&["resources", "limits", "ephemeral-storage"])?.as_str()?.parse().ok())
        .collect();
    let most = limits.and_then(|limits| limits.into_iter().max_by_key(Quantity::milli));
    if let (Some(node), Some(most)) = (limit, most)
        && let Some(size) = node.as_str().and_then(|text| text.parse::<Quantity>().ok())
        && size > most
    {
        let message =
            format!("volume `{name}` of {} may grow to {size}, the container to {most}", pod.name());
        let problem = Problem::new("pod/scratch-above-limit", message, subject.place(node), "never reached");
        problems.push(
            problem
                .why("the kubelet evicts the pod when all that it writes exceeds its limit of ephemeral storage")
                .help("raise `limits.ephemeral-storage`, or lower the `sizeLimit`"),
        );
    }
}

fn mounts(container: &Node, name: &str) -> bool {
    container.list("volumeMounts").iter().any(|mount| mount.text("name") == Some(name))
}

/// Volumes that no container mounts: what was meant to be there is not.
fn unused(subject: &Subject<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let used: BTreeSet<&str> = pod
        .containers()
        .flat_map(|container| container.list("volumeMounts").iter().chain(container.list("volumeDevices")))
        .filter_map(|mount| mount.text("name"))
        .collect();
    let claims = pod.owner.node.get("spec").map(|spec| spec.list("volumeClaimTemplates")).unwrap_or_default();
    let claims = claims.iter().filter(|_| pod.kind == PodKind::Workload);
    let claims = claims.filter_map(|claim| Some((claim, claim.get("metadata")?.text("name")?)));
    let volumes = pod.spec.list("volumes").iter();
    let volumes = volumes.map(|volume| (volume, volume.text("name").unwrap_or_default()));
    for (volume, name) in volumes.chain(claims) {
        let is_sparks = pod.kind == PodKind::Executor && name.starts_with("spark-local-dir-");
        if !used.contains(name) && is_sparks {
            // Spark makes its own volume of that name where the container mounts none (LocalDirsFeatureStep).
            let message = format!("{} would have two volumes called `{name}`", pod.name());
            let problem =
                Problem::new("spark/local-directory", message, subject.place(volume), "not mounted");
            problems.push(
                problem
                    .why("where no container mounts it Spark adds its own of that name, and Kubernetes refuses the pod: no executor ever comes")
                    .help(format!("mount `{name}` in the executors' container")),
            );
        } else if !used.contains(name) {
            let message = format!("no container of {} mounts the volume `{name}`", pod.name());
            let problem = Problem::new("pod/unused-volume", message, subject.place(volume), "nobody sees it");
            problems.push(problem.help("mount it where it is needed, or leave it out"));
        } else if volume.get("emptyDir").is_some() && !pod.running().any(|one| mounts(one, name)) {
            let fillers = pod.spec.list("initContainers").iter().filter(|one| mounts(one, name)).count();
            if fillers == 1 && name != "tmp" {
                let message =
                    format!("what is put into the volume `{name}` of {} is read by nobody", pod.name());
                let problem = Problem::new(
                    "pod/unused-volume",
                    message,
                    subject.place(volume),
                    "only an init container mounts it",
                );
                problems.push(problem.help("mount it in the container that needs what is in it"));
            }
        }
    }
}

/// The groups of processes and volumes, which our own pods say.
fn groups(subject: &Subject<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    if subject.known().is_none() {
        return;
    }
    let of_pod = |key: &str| pod.spec.below(&["securityContext", key]);
    for (key, why) in [
        ("runAsGroup", "processes run in the group that the image says, root's for most"),
        ("fsGroup", "volumes belong to root, and the user cannot write to fresh ones"),
        (
            "fsGroupChangePolicy",
            "each start changes the group of every file on the volumes, which takes minutes on large ones",
        ),
    ] {
        let own = |container: &Node| container.below(&["securityContext", key]).is_some();
        let zero = of_pod(key).is_some_and(|node| node.as_int() == Some(0));
        if (of_pod(key).is_none() || zero) && !pod.containers().all(own) {
            let message = format!("{} leaves `{key}` open", pod.name());
            let place = subject.missing(pod.spec, &["securityContext", key]);
            let problem = Problem::new("pod/group", message, place, "");
            problems.push(problem.why(why).help(format!("set `{key}` in the pod's securityContext")));
        }
    }
}

/// Claims, by themselves and of StatefulSets.
fn claims(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let mut all: Vec<(String, &Node)> = Vec::new();
    for object in subject.of("PersistentVolumeClaim") {
        all.extend(object.node.get("spec").map(|spec| (object.id.to_string(), spec)));
    }
    for object in subject.of("StatefulSet") {
        let templates =
            object.node.get("spec").into_iter().flat_map(|spec| spec.list("volumeClaimTemplates"));
        all.extend(templates.filter_map(|claim| {
            let name = claim.get("metadata")?.text("name")?;
            Some((format!("claim `{name}` of {}", object.id), claim.get("spec")?))
        }));
    }
    for container in containers(subject) {
        for volume in container.pod.spec.list("volumes") {
            if let Some(spec) = volume.below(&["ephemeral", "volumeClaimTemplate", "spec"])
                && container
                    .pod
                    .spec
                    .list("containers")
                    .first()
                    .is_some_and(|one| std::ptr::eq(one, container.node))
            {
                let name = volume.text("name").unwrap_or_default();
                all.push((format!("volume `{name}` of {}", container.pod.name()), spec));
            }
        }
    }
    for (name, spec) in all {
        shared(subject, &name, spec, problems);
        class(subject, &name, spec, problems);
    }
}

/// Parts of names of storage classes that several nodes can write to at once.
const SHARED: [&str; 12] = [
    "nfs", "efs", "file", "rwx", "cephfs", "gluster", "juice", "longhorn", "portworx", "shared", "lustre",
    "netapp",
];

fn shared(subject: &Subject<'_>, name: &str, spec: &Node, problems: &mut Vec<Problem>) {
    let modes = spec.list("accessModes");
    let Some(mode) = modes.iter().find(|mode| mode.as_str() == Some("ReadWriteMany")) else { return };
    let class = spec.text("storageClassName").unwrap_or_default().to_ascii_lowercase();
    if !SHARED.iter().any(|part| class.contains(part)) && spec.get("volumeName").is_none() {
        let message = format!("{name} wants to be written from several nodes");
        problems.push(
            Problem::new("pod/shared-claim", message, subject.place(mode), "few classes can do that")
                .why("with a class of block storage the claim stays Pending, and the pod with it")
                .help("use ReadWriteOnce, or name a class of shared files in `storageClassName`"),
        );
    }
}

fn class(subject: &Subject<'_>, name: &str, spec: &Node, problems: &mut Vec<Problem>) {
    let written = spec.get("storageClassName");
    let class = written.and_then(Node::as_str);
    let wanted = subject.known().and_then(|known| known.compiled.spec.site.storage_class.as_ref());
    let wanted = wanted.map(|name| name.as_str());
    let place =
        written.map_or_else(|| subject.missing(spec, &["storageClassName"]), |node| subject.place(node));
    if class == Some("") && spec.get("volumeName").is_none() && spec.get("selector").is_none() {
        let message = format!("{name} has an empty storage class");
        problems.push(
            Problem::new("pod/storage-class", message, place, "no class provides it")
                .why("an empty class is not the default one: the claim waits for a volume made by hand")
                .help("leave `storageClassName` out for the cluster's default class, or name one"),
        );
    } else if subject.known().is_some() && class != wanted {
        let message = match wanted {
            Some(wanted) => format!("{name} is not of the class `{wanted}`"),
            None => format!("{name} has a class that the spec does not name"),
        };
        let problem = Problem::new("pod/storage-class", message, place, "");
        problems
            .push(problem.help("set `site.storageClass`; without it the cluster's default class is used"));
    }
}
