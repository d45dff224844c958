//! What goes well once: fields that can never be changed and hold what changes.

use super::selectors::pairs;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Object, Pod, PodKind, Subject};

/// `k8s/unstable-selector`: a version, hash or tag where Kubernetes never lets anything be changed.
pub fn selectors(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for pod in subject.pods.iter().filter(|pod| pod.kind == PodKind::Workload) {
        let spec = pod.owner.node.get("spec");
        let mut holders: Vec<(&Node, &str)> = Vec::new();
        if let Some(labels) = spec.and_then(|spec| spec.below(&["selector", "matchLabels"])) {
            holders.push((labels, "the selector"));
        }
        for claim in spec.map_or(&[][..], |spec| spec.list("volumeClaimTemplates")) {
            let metadata = claim.get("metadata");
            for key in ["labels", "annotations"] {
                let values = metadata.and_then(|metadata| metadata.get(key));
                holders.extend(values.map(|values| (values, "a claim template")));
            }
        }
        for (labels, where_) in holders {
            for (key, value) in pairs(Some(labels)).filter(|(key, value)| changes(pod, key, value)) {
                let message = format!("{where_} of {} has `{key}: {value}`, which changes", pod.owner.id);
                let place = subject.missing(labels, &[key]);
                problems.push(
                    Problem::new("k8s/unstable-selector", message, place, "can never be changed")
                        .help("leave this label out here; the labels of the pods may have it"),
                );
            }
        }
    }
}

/// Whether a label says what differs from one version or rendering to the next.
fn changes(pod: &Pod<'_>, key: &str, value: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key).to_ascii_lowercase();
    let words =
        ["version", "chart", "hash", "checksum", "commit", "sha", "revision", "tag", "image", "build"];
    let named = name.split(['-', '_', '.']).any(|word| words.contains(&word));
    let tag = |image: &str| {
        let last = image.rsplit('/').next().unwrap_or_default();
        last.split('@').next().and_then(|last| last.split_once(':')).is_some_and(|(_, tag)| tag == value)
    };
    let numbers = value.trim_start_matches('v').split('.');
    let version = numbers.clone().count() >= 2 && numbers.clone().all(|part| part.parse::<u32>().is_ok());
    named || version || pod.containers().filter_map(|container| container.text("image")).any(tag)
}

/// `k8s/immutable-job`: the template of a Job can never be changed, so its name must change with it.
pub fn jobs(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for job in subject.of("Job").filter(|job| job.group() == "batch") {
        let spec = job.node.get("spec");
        let goes = spec.is_some_and(|spec| spec.get("ttlSecondsAfterFinished").is_some());
        if goes || has_hash(&job.id.name) || is_hook(job) {
            continue;
        }
        let message = format!("{} keeps its name when its template changes", job.id);
        let place = subject.missing(job.node, &["metadata", "name"]);
        problems.push(
            Problem::new("k8s/immutable-job", message, place, "no hash in it")
                .help("end the name in a hash of the template, or set `ttlSecondsAfterFinished`"),
        );
    }
}

/// Whether a tool makes the object anew each time.
fn is_hook(object: &Object<'_>) -> bool {
    pairs(object.node.below(&["metadata", "annotations"])).any(|(key, value)| {
        matches!(key, "helm.sh/hook" | "argocd.argoproj.io/hook")
            || (key == "argocd.argoproj.io/sync-options"
                && (value.contains("Replace=true") || value.contains("Force=true")))
            || (key == "kustomize.toolkit.fluxcd.io/force" && value.eq_ignore_ascii_case("enabled"))
    })
}

/// `k8s/immutable-config`: a ConfigMap or Secret that cannot change under a name that does not.
pub fn configs(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for object in subject.of("ConfigMap").chain(subject.of("Secret")) {
        let Some(flag) = object.node.get("immutable").filter(|flag| flag.as_bool() == Some(true)) else {
            continue;
        };
        if !has_hash(&object.id.name) {
            let message = format!("{} is immutable and keeps its name when its content changes", object.id);
            problems.push(
                Problem::new("k8s/immutable-config", message, subject.place(flag), "can never be changed")
                    .help("end the name in a hash of the content, or leave `immutable` out"),
            );
        }
    }
}

/// Whether a name ends in what looks like a hash: at least five letters and digits with both among them.
fn has_hash(name: &str) -> bool {
    let last = name.rsplit(['-', '.']).next().unwrap_or_default();
    let digits = last.bytes().filter(u8::is_ascii_digit).count();
    last.len() >= 5
        && digits > 0
        && last.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}
