//! Clusters as those know them who sync to them.

use crate::spec::types::{Name, SecretKeyName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a cluster that releases name is known to those who sync. Argo CD knows it by `name` or `server`, one that
/// is not listed by the name that releases give it. Flux reaches it with `kubeConfig`; where that is not said,
/// from within.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cluster {
    /// The name that it was given when it was added to Argo CD: `argocd cluster list` tells.
    pub name: Option<String>,
    /// The address of its API server, such as `https://kubernetes.default.svc`, for Argo CD.
    pub server: Option<String>,
    /// The Secret with the kubeconfig that Flux reaches it with.
    pub kube_config: Option<KubeConfig>,
}

/// A kubeconfig in a Secret, in the namespace in which Flux' objects live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KubeConfig {
    /// The Secret's name.
    pub secret: Name,
    /// The key in it; left out, Flux looks for `value`, then for `value.yaml`.
    pub key: Option<SecretKeyName>,
}
