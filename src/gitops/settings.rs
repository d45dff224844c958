//! `spec.gitops` in `sparkctl.yaml`: where the project lies, and who syncs it.

use super::Member;
use super::argocd::ArgoCd;
use super::clusters::Cluster;
use super::flux::Flux;
use crate::diagnostic::{Finding, did_you_mean};
use crate::failure::Failure;
use crate::fleet::placeholder;
use crate::layer::tree::{Node, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How bundles reach clusters.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GitOps {
    /// The Git repository that holds the project, as those clone it who sync it:
    /// `https://git.example.com/data/platform.git`.
    pub repository: Option<String>,
    /// The branch, tag or commit that is synced; left out, `main`. `{environment}`, `{cluster}` and `{team}`
    /// stand for a release's own: `env/{environment}`.
    pub revision: Option<String>,
    /// Where the project lies in its repository, `/` between the parts; left out, at its root.
    pub path: Option<String>,
    /// How the clusters that releases name are known to those who sync, by the name in `clusters/`.
    #[serde(default)]
    pub clusters: BTreeMap<String, Cluster>,
    /// How Argo CD syncs the bundles.
    #[serde(default)]
    pub argocd: ArgoCd,
    /// How Flux syncs them.
    #[serde(default)]
    pub flux: Flux,
}

/// What `revision` may hold placeholders for.
const PLACEHOLDERS: [&str; 3] = ["environment", "cluster", "team"];

impl GitOps {
    /// What is synced of a release: `revision` with the release's own names in it.
    ///
    /// # Errors
    /// If it has a placeholder for something that the release does not name.
    pub fn revision(&self, member: &Member) -> Result<String, Failure> {
        let pattern = self.revision.as_deref().unwrap_or("main");
        let value = |name: &str| match name {
            "environment" => Some(member.environment.as_str()),
            "cluster" => member.cluster.as_deref(),
            "team" => member.team.as_deref(),
            _ => None,
        };
        match placeholder::names(pattern).find(|name| value(name).is_none()) {
            Some(name) => Err(Failure::refused(
                format!(
                    "`spec.gitops.revision` is `{pattern}`, and `{}` names no {name} to put there",
                    member.place
                ),
                format!("give that release a {name}, or write the revision without {{{name}}}"),
            )),
            None => Ok(placeholder::filled(pattern, value)),
        }
    }

    /// The directory that bundles are written to, as it lies in the repository: its parts, where `output` is the
    /// directory as it lies in the project.
    pub fn directory<'a>(&'a self, output: &'a str) -> Vec<&'a str> {
        let parts = self.path.as_deref().unwrap_or_default().split('/').chain(output.split('/'));
        parts.filter(|part| !matches!(*part, "" | ".")).collect()
    }
}

/// What is wrong with `spec.gitops` of a project, besides what its schema says.
pub fn check(settings: Option<&Node>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let revision = settings.and_then(|settings| settings.get("revision"));
    if let Some((node, text)) = revision.and_then(|node| Some((node, node.as_str()?))) {
        let unknown = placeholder::names(text).filter(|name| !PLACEHOLDERS.contains(name));
        findings.extend(unknown.map(|name| {
            let message = format!("`{{{name}}}` stands for nothing");
            let finding = Finding::error("layer/wrong-value", message).at(node.span, "in this revision");
            finding
                .help("use {environment}, {cluster} and {team}, as far as all releases have them")
                .help_if(did_you_mean(name, PLACEHOLDERS))
        }));
    }
    let clusters = settings.and_then(|settings| settings.get("clusters")).and_then(Node::as_map);
    for (name, entry) in clusters.into_iter().flat_map(|map| &map.entries) {
        let says = |key: &str| entry.node.get(key).is_some_and(|node| !matches!(node.value, Value::Null));
        let (name_or_server, wrong) = match (says("name"), says("server"), says("kubeConfig")) {
            (true, true, _) => ("leave out `name` or `server`", "says twice how Argo CD knows the cluster"),
            (false, false, false) => (
                "write `name` or `server` for Argo CD, `kubeConfig` for Flux, or take the entry out",
                "says nothing of the cluster",
            ),
            _ => continue,
        };
        let finding = Finding::error("layer/wrong-value", format!("`spec.gitops.clusters.{name}` {wrong}"));
        findings.push(finding.at(entry.key, "this cluster").help(name_or_server));
    }
    findings
}
