//! The `kustomization.yaml` of each folder, so that each can be taken alone.

use crate::compile::files::{KUSTOMIZATION, kustomization};
use std::collections::{BTreeMap, BTreeSet};

/// Adds to files by their path one `kustomization.yaml` for the root and for each folder below it that a
/// cluster may take: it lists the files in it, and the nearest folders below that have one.
pub fn complete(files: &mut BTreeMap<String, String>) {
    let mut listed: BTreeMap<String, BTreeSet<String>> = BTreeMap::from([(String::new(), BTreeSet::new())]);
    for path in files.keys() {
        let (mut folder, mut entry) = split(path);
        // `environments` holds nothing of its own: the root lists what is in it.
        loop {
            listed.entry(folder.to_owned()).or_default().insert(entry.to_owned());
            if folder.is_empty() {
                break;
            }
            (folder, entry) = match split(folder) {
                ("environments", _) => ("", folder),
                upper => upper,
            };
        }
    }
    for (folder, entries) in listed {
        // What is read before who reads it, files before folders; sorted within.
        let mut entries: Vec<String> = entries.into_iter().collect();
        entries.sort_by_key(|entry| {
            let read = entry == "source" || entry.starts_with("ocirepository-");
            (!read, !entry.ends_with(".yaml"))
        });
        let path =
            if folder.is_empty() { KUSTOMIZATION.to_owned() } else { format!("{folder}/{KUSTOMIZATION}") };
        files.insert(path, kustomization(&entries));
    }
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
