//! Who is out there: peers that flows lead to or come from.

use super::types::{Cidr, Host, Name, Port};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A service outside the release that pods connect to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Endpoint {
    /// Its host.
    pub host: Host,
    /// Its port.
    pub port: Port,
    /// The addresses it can have. Left out, network policies allow its port to every address but the metadata service's.
    pub cidrs: Option<Vec<Cidr>>,
}

/// Pods or addresses on the other side of a flow. Without `namespace`, pods of the release's own namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Peer {
    /// The namespace that the pods run in.
    pub namespace: Option<Name>,
    /// Labels that the pods have; left out, all pods there.
    pub pod_labels: Option<BTreeMap<String, String>>,
    /// Addresses, for what is no pod; excludes the other two.
    pub cidrs: Option<Vec<Cidr>>,
}
