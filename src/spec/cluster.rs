//! What the target cluster has.

use super::network::Peer;
use super::types::{Cidr, Host, KubernetesVersion, Port, non_empty};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the target cluster has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cluster {
    /// The oldest Kubernetes minor version that the manifests must suit; Pod Security is pinned to it.
    pub kubernetes: KubernetesVersion,
    /// Which Kubernetes it is.
    pub distribution: Distribution,
    /// Operators that it has: their custom resources may be rendered, their annotations have an effect.
    pub installed: Vec<Operator>,
    /// Who answers DNS questions.
    pub dns: Dns,
    /// Where the API server listens.
    pub api_server: ApiServer,
}

/// Which Kubernetes a cluster is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Distribution {
    /// Kubernetes as its project releases it, or as a cloud runs it.
    Kubernetes,
    /// Red Hat OpenShift, with its security context constraints and routes.
    Openshift,
}

/// An operator that adds custom resources to a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// ExternalSecret: credentials from a store.
    ExternalSecrets,
    /// ServiceMonitor and its kin.
    PrometheusOperator,
    /// Certificate: certificates that renew themselves.
    CertManager,
    /// Stakater Reloader: restarts pods when a Secret that they read changes.
    Reloader,
}

/// Who answers DNS questions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Dns {
    /// The domain that the cluster's names end in.
    pub domain: Host,
    /// The port the DNS pods listen on: 53, or 5353 on OpenShift.
    pub port: Port,
    /// The servers, under names of your choice.
    pub servers: BTreeMap<String, Peer>,
}

/// Where the API server listens, seen from a pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiServer {
    /// Its ports before and after translation: 443, and often 6443.
    #[serde(deserialize_with = "non_empty")]
    #[schemars(length(min = 1))]
    pub ports: Vec<Port>,
    /// Its addresses. Left out, network policies allow its ports to every address.
    pub cidrs: Option<Vec<Cidr>>,
}
