//! The Spark Connect server: a driver that many clients share, and its executors.

use super::network::Peer;
use super::secrets::SecretKey;
use super::site::Toleration;
use super::types::{Count, Duration, Host, Name, Quantity, SparkMemory};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The Spark Connect server and its executors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Connect {
    /// Whether the release has one.
    pub enabled: bool,
    /// What runs the executors.
    pub backend: Backend,
    /// How many servers. Each has executors of its own; a session lives and dies with its server.
    pub replicas: Count<0, 50>,
    /// Who may connect, under names of your choice.
    pub clients: BTreeMap<String, Peer>,
    /// Whom the server lets in.
    pub authentication: Authentication,
    /// The certificate that the server shows to its clients.
    pub tls: Tls,
    /// How long a client keeps coming back to the same server.
    pub session_affinity_timeout: Duration,
    /// How long a server may take to start before it is restarted.
    pub start_timeout: Duration,
    /// How long a server may take to end what runs when it is stopped.
    pub termination_grace_period: Duration,
    /// The server itself.
    pub driver: Driver,
    /// The executors of each server.
    pub executor: Executor,
}

/// What runs the executors of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// Each executor is a pod, made and deleted by the server.
    Kubernetes,
    /// Spark's own master and workers: executors are processes inside the workers' pods.
    Standalone,
}

/// Whom a server lets in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Authentication {
    /// What clients have to show.
    #[serde(rename = "type")]
    pub kind: AuthenticationKind,
    /// Where the token stands. Read where `type` is `token`.
    pub token: SecretKey,
}

/// What clients have to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuthenticationKind {
    /// Nothing: whoever reaches the port may run code with the rights of the executors.
    None,
    /// A token that all clients share. Needs `connect.tls`, or it could be read on its way.
    Token,
}

/// The certificate that a server shows to its clients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tls {
    /// Where the certificate comes from.
    #[serde(rename = "type")]
    pub kind: TlsKind,
    /// A Secret with tls.crt, tls.key and ca.crt. Read where `type` is `secret`.
    pub secret: Name,
    /// Host names of your own that the certificate holds for, under names of your choice.
    pub hosts: BTreeMap<String, Host>,
}

/// Where a server's certificate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TlsKind {
    /// There is none: clients speak plain gRPC.
    None,
    /// cert-manager makes it, signed by the site's issuer.
    CertManager,
    /// Somebody else puts it into a Secret.
    Secret,
}

/// CPU for a pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cpu {
    /// What the scheduler sets aside.
    pub request: Quantity,
    /// Where the kernel begins to throttle; left out, nowhere.
    pub limit: Option<Quantity>,
}

/// The server: Spark's driver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Driver {
    /// Its CPU.
    pub cpu: Cpu,
    /// Its heap. The pod's memory is this and the overhead.
    pub memory: SparkMemory,
    /// Memory beside the heap; left out, a tenth of the heap and at least 384m.
    pub memory_overhead: Option<SparkMemory>,
    /// Room for shuffle and spill files, artifacts and temporary files.
    pub local_storage: Quantity,
    /// The PriorityClass of the server's pods; left out, the cluster's default.
    pub priority_class: Option<Name>,
    /// Labels that its node must have.
    pub node_selector: BTreeMap<String, String>,
    /// Taints that it puts up with, under names of your choice.
    pub tolerations: BTreeMap<String, Toleration>,
}

/// One executor, and how many there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Executor {
    /// How many tasks it runs at once.
    pub cores: Count<1, 256>,
    /// Its CPU.
    pub cpu: Cpu,
    /// Its heap. The pod's memory is this and the overhead.
    pub memory: SparkMemory,
    /// Memory beside the heap; left out, a tenth of the heap and at least 384m. Python UDFs live in it: a
    /// Connect server's executors get no more for them by themselves.
    pub memory_overhead: Option<SparkMemory>,
    /// Room for shuffle and spill files.
    pub local_storage: Quantity,
    /// How many executors each server has.
    pub instances: Instances,
    /// How long one may take to hand its shuffle data on when its node goes away.
    pub termination_grace_period: Duration,
    /// The PriorityClass of the executors' pods; left out, the cluster's default.
    pub priority_class: Option<Name>,
    /// Whether they run on the site's spot nodes.
    pub spot: bool,
    /// Labels that their nodes must have.
    pub node_selector: BTreeMap<String, String>,
    /// Taints that they put up with, under names of your choice.
    pub tolerations: BTreeMap<String, Toleration>,
}

/// How many executors each server has; Spark moves between the bounds as work comes and goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Instances {
    /// At least so many.
    pub min: Count<0, 5000>,
    /// So many at the start.
    pub initial: Count<0, 5000>,
    /// At most so many.
    pub max: Count<1, 5000>,
    /// One that has had nothing to do for so long is let go.
    pub idle_timeout: Duration,
    /// One that holds shuffle or cached data and has had nothing to do for so long is let go all the
    /// same; what it held is computed again when it is needed.
    pub data_timeout: Duration,
}
