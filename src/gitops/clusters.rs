//! Clusters as those know them who sync to them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a cluster that releases name is known to Argo CD. One of the two; where a cluster is not listed, its
/// own name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cluster {
    /// The name that it was given when it was added: `argocd cluster list` tells.
    pub name: Option<String>,
    /// The address of its API server, such as `https://kubernetes.default.svc`.
    pub server: Option<String>,
}
