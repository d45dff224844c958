//! `spec.gitops` in `sparkctl.yaml`: where the project lies, and who syncs it.

use super::flux::Flux;
use crate::spec::types::{Name, SecretKeyName};
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
    /// How clusters are reached, by the names that releases give them. One that is not here is reached
    /// from within.
    #[serde(default)]
    pub clusters: BTreeMap<String, Cluster>,
    /// How Flux syncs.
    #[serde(default)]
    pub flux: Flux,
}

/// How a cluster is reached from another one.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cluster {
    /// The Secret with the kubeconfig that Flux reaches it with.
    pub kube_config: Option<KubeConfig>,
}

/// A kubeconfig in a Secret, in the namespace in which Flux' objects live.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KubeConfig {
    /// The Secret's name.
    pub secret: Name,
    /// The key in it; left out, Flux looks for `value`, then for `value.yaml`.
    pub key: Option<SecretKeyName>,
}
