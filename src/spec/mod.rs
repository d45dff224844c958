//! The typed spec: the complete description of one release's platform.
//!
//! Every field without `Option` must be set by some layer: Rust has no defaults, `presets/base.yaml`
//! has them all. What only one component's templates read is not here; it is described by a JSON
//! Schema in the component's descriptor.

pub mod cluster;
pub mod connect;
pub mod network;
pub mod platform;
pub mod redact;
pub mod schema;
pub mod secrets;
pub mod site;
pub mod spark;
pub mod types;
pub mod vary;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The complete description of one release's platform, components' own settings aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spec {
    /// What kind of environment this is.
    pub environment: platform::Environment,
    /// The organisation's own services: what only you can know.
    pub site: site::Site,
    /// What the target cluster has.
    pub cluster: cluster::Cluster,
    /// Services outside the cluster that driver and executors may connect to, under names of your choice.
    pub external: BTreeMap<String, network::Endpoint>,
    /// Secrets that External Secrets keeps up to date, by name; in the cluster each is called RELEASE-NAME.
    pub secrets: BTreeMap<String, secrets::ManagedSecret>,
    /// The namespace that the release lives in.
    pub namespace: platform::Namespace,
    /// What is enforced.
    pub security: platform::Security,
    /// The container images.
    pub images: platform::Images,
    /// How the platform is watched.
    pub monitoring: platform::Monitoring,
    /// What every Spark component shares.
    pub spark: spark::Spark,
    /// The Spark Connect server and its executors.
    pub connect: connect::Connect,
}
