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
use std::collections::{BTreeMap, BTreeSet};

/// Every finding over the whole set.
pub fn all(
    library: &Library,
    release: &Release,
    spec: &Spec,
    merged: &Merged,
    platform: &Platform,
    to_set: &[(SpecPath, Span)],
) -> Vec<Finding> {
    let mut findings = missing_operators(library, spec, merged, platform);
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

/// Custom resources that need an operator which the cluster is not said to have.
fn missing_operators(library: &Library, spec: &Spec, merged: &Merged, platform: &Platform) -> Vec<Finding> {
    let installed: BTreeSet<_> = spec.cluster.installed.iter().copied().collect();
    let mut findings = Vec::new();
    let at = merged.root.at(&SpecPath::root().key("cluster").key("installed")).unwrap_or(&merged.root).span;
    for component in platform.active(library) {
        for (operator, requirement) in &component.descriptor.requires {
            let name = serde_json::to_value(operator).ok().and_then(|name| Some(name.as_str()?.to_owned()));
            let name = name.unwrap_or_default();
            let needed = match &requirement.when {
                Some(when) => library.templates.evaluate(when, platform.globals()),
                None => Ok(true.into()),
            };
            match needed {
                Ok(needed) if !needed.is_true() || installed.contains(operator) => continue,
                Ok(_) => {}
                Err(reason) => {
                    let path = SpecPath::root().key("requires").key(name).key("when");
                    let when = component.tree.at(&path).unwrap_or(&component.tree).span;
                    let message = "the condition of a requirement cannot be evaluated";
                    findings.push(Finding::error("library/bad-descriptor", message).at(when, reason));
                    continue;
                }
            }
            let message = format!(
                "{} needs the operator `{name}`, which the cluster does not have",
                requirement.because
            );
            findings.push(
                Finding::error("ref/missing-operator", message).at(at, "this is what the cluster has").help(
                    format!(
                        "install it ({}) and add it to `cluster.installed`, or {}",
                        requirement.install, requirement.otherwise
                    ),
                ),
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
