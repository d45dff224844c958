//! What is checked over the whole set.

use super::Platform;
use crate::compile::Manifest;
use crate::diagnostic::Finding;
use crate::layer::path::SpecPath;
use crate::layer::stack::Merged;
use crate::layer::tree::{Node, Value};
use crate::library::Library;
use crate::release::Release;
use crate::source::Span;
use crate::spec::Spec;
use crate::spec::platform::Tier;
use crate::spec::types::{Cidr, is_example_host};
use std::collections::BTreeMap;

/// Every finding over the whole set.
pub fn all(
    library: &Library,
    release: &Release,
    spec: &Spec,
    merged: &Merged,
    platform: &Platform,
    manifests: &[Manifest],
    to_set: &[(SpecPath, Span)],
) -> Vec<Finding> {
    let mut findings = duplicates(library, manifests);
    findings.extend(computed_conf(library, merged, platform));
    findings.extend(super::refusals::all(library, release, merged, platform));
    findings.extend(super::sense::all(spec, merged));
    if library.project.is_some() && spec.environment.tier != Tier::Development {
        findings.extend(to_set.iter().map(|(path, span)| {
            Finding::error("layer/example-value", format!("`{path}` still has an example value"))
                .at(*span, "nobody owns this address")
                .why(format!("environment {} would be deployed against it", release.environment))
                .help(format!("set `{path}` in environments/{}.yaml of your project", release.environment))
        }));
    }
    findings
}

/// Two manifests with one identity, or one file name.
fn duplicates(library: &Library, manifests: &[Manifest]) -> Vec<Finding> {
    let mut seen: BTreeMap<(String, String, Option<String>, String), &Manifest> = BTreeMap::new();
    let mut written: BTreeMap<String, &Manifest> = BTreeMap::new();
    let mut findings = Vec::new();
    let place = |manifest: &Manifest| {
        let source = library.templates.source(&manifest.template)?;
        Some(Span { source, start: 0, end: 0 })
    };
    for manifest in manifests {
        let id = &manifest.id;
        let group = id.api_version.rsplit_once('/').map_or("", |(group, _)| group).to_owned();
        let key = (group, id.kind.clone(), id.namespace.clone(), id.name.clone());
        let (same_id, same_file) = (seen.insert(key, manifest), written.insert(manifest.path(), manifest));
        let (first, message, why) = match (same_id, same_file) {
            (Some(first), _) => {
                (first, format!("two templates make {id}"), "the second apply undoes the first, for ever")
            }
            (None, Some(first)) => (
                first,
                format!("two objects would be written to one file, {}", manifest.path()),
                "one of them would be lost: files are named by kind and name alone",
            ),
            (None, None) => continue,
        };
        if let (Some(at), Some(other)) = (place(manifest), place(first)) {
            findings.push(
                Finding::error("k8s/duplicate-object", message)
                    .at(at, "this one")
                    .and(other, "and this one")
                    .why(why)
                    .help("give one of them another name"),
            );
        }
    }
    findings
}

/// Properties under `spark.conf` that sparkctl computes from other fields.
fn computed_conf(library: &Library, merged: &Merged, platform: &Platform) -> Vec<Finding> {
    let conf = merged.root.at(&SpecPath::root().key("spark").key("conf")).and_then(Node::as_map);
    let Some(conf) = conf else { return Vec::new() };
    let computed: BTreeMap<&String, &String> =
        platform.active(library).flat_map(|component| &component.descriptor.computed_conf).collect();
    conf.entries
        .iter()
        .filter_map(|(key, entry)| {
            let instead = computed.get(key)?;
            Some(
                Finding::error("spark/computed-key", format!("`{key}` is computed by sparkctl"))
                    .at(entry.key, "set here by hand")
                    .why(
                        "two values for one property: which one Spark takes depends on where each is written",
                    )
                    .help(match instead.strip_prefix("never ") {
                        Some(reason) => reason.to_owned(),
                        None => format!("set `{instead}` instead"),
                    }),
            )
        })
        .collect()
}

/// Example values (RFC 2606 hosts, RFC 5737 addresses) that some manifest was made from.
pub fn example_values(merged: &Merged, platform: &Platform, manifests: &[Manifest]) -> Vec<(SpecPath, Span)> {
    let mut found = Vec::new();
    let used = |path: &SpecPath| {
        platform.reads.contains(path)
            || manifests.iter().any(|manifest| manifest.rendering.reads.contains(path))
    };
    merged.root.each_leaf(&mut |path, leaf| {
        if is_example(leaf) && used(path) {
            found.push((path.clone(), leaf.span));
        }
    });
    found
}

fn is_example(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => {
            let host = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
            let host = host.split(['/', ':']).next().unwrap_or_default();
            let nobody = ["iam::000000000000:", "@example-project.", "00000000-0000-0000-0000-000000000000"];
            let identity = nobody.iter().any(|part| text.contains(part));
            identity || is_example_host(host) || text.parse::<Cidr>().is_ok_and(|cidr| cidr.is_example())
        }
        Value::List(items) => items.iter().any(is_example),
        _ => false,
    }
}
