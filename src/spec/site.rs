//! What only the user can know: where the organisation's own services are.

use super::network::Endpoint;
use super::secrets::SecretKey;
use super::types::{Bucket, Name, RegistryPath, WebAddress};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The organisation's own services.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Site {
    /// Registry and path that hold your own images, without a trailing slash. Left out, the official images are used.
    pub registry: Option<RegistryPath>,
    /// The Maven repository that jars come from, when images are built and when pods start without one.
    pub maven_repository: WebAddress,
    /// The Python package index that Python packages come from, likewise.
    pub python_index: WebAddress,
    /// Where event logs and data lie.
    pub object_store: ObjectStore,
    /// The store that External Secrets reads credentials from.
    pub secret_store: SecretStore,
    /// Nodes that may be taken away at any time; the `spot` feature puts executors on them.
    pub spot_nodes: NodePlacement,
}

/// Where event logs and data lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectStore {
    /// Which kind of store; `none` turns everything off that needs one.
    #[serde(rename = "type")]
    pub kind: ObjectStoreKind,
    /// Read where `type` is `s3`.
    pub s3: S3,
}

/// Which kind of object store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ObjectStoreKind {
    /// No object store.
    None,
    /// Anything that speaks S3.
    S3,
}

/// A store that speaks S3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct S3 {
    /// Where the store listens.
    pub endpoint: Endpoint,
    /// The store's region. Set it for every store: S3A guesses it from the host otherwise.
    pub region: String,
    /// Whether buckets are named in the path rather than in the host; true for nearly everything but AWS.
    pub path_style: bool,
    /// Whether the endpoint speaks TLS.
    pub tls: bool,
    /// The bucket that Spark writes event logs to.
    pub log_bucket: Bucket,
    /// The key pair that Spark reads and writes with.
    pub credentials: S3Credentials,
}

/// References to the two halves of an S3 key pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct S3Credentials {
    /// Where the access key stands.
    pub access_key: SecretKey,
    /// Where the secret key stands.
    pub secret_key: SecretKey,
}

/// The store that External Secrets reads credentials from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretStore {
    /// Its name.
    pub name: Name,
    /// Whether it serves the whole cluster or one namespace.
    pub kind: SecretStoreKind,
}

/// The two kinds of secret store that External Secrets knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SecretStoreKind {
    /// For the whole cluster.
    ClusterSecretStore,
    /// For the release's own namespace.
    SecretStore,
}

/// Which nodes pods may run on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodePlacement {
    /// Labels that a node must have.
    pub node_selector: BTreeMap<String, String>,
    /// Taints that the pods put up with, under names of your choice.
    pub tolerations: BTreeMap<String, Toleration>,
}

/// A taint that pods put up with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Toleration {
    /// The taint's key.
    pub key: String,
    /// The taint's value; left out, any value is put up with.
    pub value: Option<String>,
    /// The taint's effect; left out, every effect.
    pub effect: Option<TaintEffect>,
}

/// What a taint does to pods that do not put up with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TaintEffect {
    /// They are not placed there.
    NoSchedule,
    /// They are placed there only where nothing else is left.
    PreferNoSchedule,
    /// They are not placed there, and running ones are evicted.
    NoExecute,
}
