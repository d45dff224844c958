//! What only the user can know: where the organisation's own services are.

use super::network::{Endpoint, Peer};
use super::secrets::SecretKey;
use super::types::{
    AzureAccount, Bucket, Cidr, DatabaseName, GoogleServiceAccount, Name, Quantity, RegistryPath, RoleArn,
    Uuid, WebAddress,
};
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
    /// The database of the Hive metastore.
    pub database: Database,
    /// The class of volumes; left out, the cluster's default class.
    pub storage_class: Option<Name>,
    /// Who signs certificates, where cert-manager makes them.
    pub issuer: Issuer,
    /// How web pages (JupyterLab, the History Server) are reached from outside the cluster.
    pub ingress: Ingress,
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
    /// The bucket that Spark writes event logs to; Azure calls it a container.
    pub log_bucket: Bucket,
    /// The bucket that tables lie in.
    pub warehouse_bucket: Bucket,
    /// Read where `type` is `s3`; its static credentials also where it is `bundled`.
    pub s3: S3,
    /// Read where `type` is `gcs`.
    pub gcs: Gcs,
    /// Read where `type` is `azure`.
    pub azure: Azure,
    /// Read where `type` is `bundled`.
    pub bundled: BundledStore,
}

/// A small S3 server in the release's own namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BundledStore {
    /// The size of its volume.
    pub storage: Quantity,
}

/// Which kind of object store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ObjectStoreKind {
    /// No object store.
    None,
    /// Anything that speaks S3.
    S3,
    /// Google Cloud Storage, with the rights of a Google service account (GKE Workload Identity).
    Gcs,
    /// Azure Data Lake Storage, with the rights of a managed identity (workload identity).
    Azure,
    /// A small S3 server in the release's own namespace. For development: it is one pod with one volume.
    Bundled,
}

impl ObjectStoreKind {
    /// Whether Spark reaches it through S3A.
    pub fn is_s3a(self) -> bool {
        matches!(self, ObjectStoreKind::S3 | ObjectStoreKind::Bundled)
    }
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
    /// With what Spark reads and writes.
    pub credentials: S3Credentials,
}

/// With what Spark reads from and writes to a store that speaks S3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct S3Credentials {
    /// Which kind of credentials.
    #[serde(rename = "type")]
    pub kind: S3CredentialsKind,
    /// Read where `type` is `static`.
    #[serde(rename = "static")]
    pub key_pair: KeyPair,
    /// Read where `type` is `irsa`.
    pub irsa: Irsa,
    /// Read where `type` is `podIdentity`.
    pub pod_identity: PodIdentity,
}

/// Which kind of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum S3CredentialsKind {
    /// A key pair from a Secret.
    Static,
    /// The rights of an IAM role that the service accounts may assume (IAM roles for service accounts).
    Irsa,
    /// The rights that EKS Pod Identity associates with the service accounts. Needs Spark 4.0 or newer.
    PodIdentity,
}

/// References to the two halves of an S3 key pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyPair {
    /// Where the access key stands.
    pub access_key: SecretKey,
    /// Where the secret key stands.
    pub secret_key: SecretKey,
}

/// An IAM role for service accounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Irsa {
    /// The role that the service accounts assume.
    pub role_arn: RoleArn,
    /// Where the role is assumed: the region's Security Token Service.
    pub sts: Endpoint,
}

/// EKS Pod Identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodIdentity {
    /// Where the agent on each node answers.
    pub agent: Endpoint,
}

/// Google Cloud Storage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Gcs {
    /// Where the store listens.
    pub endpoint: Endpoint,
    /// The Google service account whose rights the pods have.
    pub service_account: GoogleServiceAccount,
    /// Where pods ask for tokens: GKE's metadata server.
    pub metadata: BTreeMap<String, Endpoint>,
}

/// Azure Data Lake Storage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Azure {
    /// The storage account.
    pub account: AzureAccount,
    /// The addresses that its endpoint can have. Left out, network policies allow port 443 to every address but the metadata service's.
    pub cidrs: Option<Vec<Cidr>>,
    /// The client of the managed identity whose rights the pods have.
    pub client_id: Uuid,
    /// The tenant that the identity belongs to.
    pub tenant_id: Uuid,
    /// Where tokens are exchanged.
    pub login: Endpoint,
}

/// The database of the Hive metastore.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Database {
    /// Which kind of database.
    #[serde(rename = "type")]
    pub kind: DatabaseKind,
    /// The database's name.
    pub name: DatabaseName,
    /// The user that owns it.
    pub user: DatabaseName,
    /// Where the user's password stands.
    pub password: SecretKey,
    /// Read where `type` is `external`.
    pub external: ExternalDatabase,
    /// Read where `type` is `bundled`.
    pub bundled: BundledDatabase,
}

/// Which kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseKind {
    /// A PostgreSQL that somebody else keeps.
    External,
    /// A PostgreSQL in the release's own namespace. For development: it is one pod with one volume.
    Bundled,
}

/// A PostgreSQL that somebody else keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExternalDatabase {
    /// Where it listens.
    pub endpoint: Endpoint,
    /// How the connection is secured; PostgreSQL's words.
    pub ssl_mode: SslMode,
}

/// How a connection to PostgreSQL is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SslMode {
    /// Not at all.
    Disable,
    /// Encrypted; nobody asks who answers.
    Require,
    /// Encrypted, with a certificate for that host, signed by an authority that the image's Java trusts.
    VerifyFull,
}

/// A PostgreSQL in the release's own namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BundledDatabase {
    /// The size of its volume.
    pub storage: Quantity,
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

/// Who signs certificates: an issuer of cert-manager.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Issuer {
    /// Its name.
    pub name: Name,
    /// Whether it serves the whole cluster or one namespace.
    pub kind: IssuerKind,
}

/// The two kinds of issuer that cert-manager knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum IssuerKind {
    /// For the whole cluster.
    ClusterIssuer,
    /// For the release's own namespace.
    Issuer,
}

/// How web pages are reached from outside the cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ingress {
    /// The ingress class; left out, the cluster's default class.
    pub class: Option<Name>,
    /// Annotations that the controller wants to see.
    pub annotations: BTreeMap<String, String>,
    /// The controllers' pods, which connect to the pages in their users' stead, under names of your choice.
    pub controllers: BTreeMap<String, Peer>,
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
