//! What is checked over the whole set.

use super::Platform;
use crate::diagnostic::Finding;
use crate::layer::path::SpecPath;
use crate::layer::stack::Merged;
use crate::layer::tree::Node;
use crate::library::Library;
use crate::release::Release;
use crate::spec::Spec;
use std::collections::{BTreeMap, BTreeSet};

/// Every finding over the whole set.
pub fn all(
    library: &Library,
    release: &Release,
    spec: &Spec,
    merged: &Merged,
    platform: &Platform,
) -> Vec<Finding> {
    let mut findings = missing_operators(library, spec, merged, platform);
    findings.extend(super::refusals::all(library, release, merged, platform));
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
