//! What a pod runs: the words of its command lines, and the scripts of ConfigMaps that these name.

use super::{Pod, Subject};
use crate::layer::tree::Node;

/// The texts that tell what a pod's containers run while it lives: the words of their command lines, and each script
/// of a ConfigMap of the set that a word names and the pod mounts, which is looked for by the file's name alone.
pub fn texts<'a>(subject: &Subject<'a>, pod: &Pod<'a>) -> Vec<&'a str> {
    let words =
        pod.running().flat_map(|container| container.list("command").iter().chain(container.list("args")));
    let words: Vec<&str> = words.filter_map(Node::as_str).collect();
    let maps: Vec<&Node> = maps(subject, pod).collect();
    let files = words.iter().filter_map(|word| word.strip_prefix('/')?.rsplit('/').next());
    let scripts: Vec<&str> =
        files.flat_map(|file| maps.iter().filter_map(move |map| map.text(file))).collect();
    words.into_iter().chain(scripts).collect()
}

/// The texts of every ConfigMap of the set that a pod mounts.
pub fn mounted<'a>(subject: &Subject<'a>, pod: &Pod<'a>) -> impl Iterator<Item = &'a str> {
    let entries = maps(subject, pod).filter_map(Node::as_map).flat_map(|map| map.entries.values());
    entries.filter_map(|entry| entry.node.as_str())
}

fn maps<'a>(subject: &Subject<'a>, pod: &Pod<'a>) -> impl Iterator<Item = &'a Node> {
    let named = pod.spec.list("volumes").iter().filter_map(|volume| volume.get("configMap")?.text("name"));
    named.filter_map(|name| subject.find("ConfigMap", pod.namespace(), name)?.node.get("data"))
}

/// Whether a pod runs a worker of a standalone cluster.
pub fn is_worker(subject: &Subject<'_>, pod: &Pod<'_>) -> bool {
    texts(subject, pod)
        .iter()
        .any(|text| text.contains("deploy.worker.Worker") || text.contains("start-worker.sh"))
}
