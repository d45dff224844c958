//! `spec.gitops` in `sparkctl.yaml`: where the project lies, and who syncs it.

use super::argocd::ArgoCd;
use super::clusters::Cluster;
use super::flux::Flux;
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
    /// The branch, tag or commit that is synced; left out, `main`.
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

impl GitOps {
    /// The directory that bundles are written to, as it lies in the repository: its parts, where `output` is the
    /// directory as it lies in the project.
    pub fn directory<'a>(&'a self, output: &'a str) -> Vec<&'a str> {
        let parts = self.path.as_deref().unwrap_or_default().split('/').chain(output.split('/'));
        parts.filter(|part| !matches!(*part, "" | ".")).collect()
    }
}
