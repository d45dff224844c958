//! Clusters as those know them who sync to them.

use crate::spec::types::{Name, SecretKeyName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
