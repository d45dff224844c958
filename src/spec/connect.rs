//! The Spark Connect server: a driver that many clients share, and its executors.

use super::network::Peer;
use super::site::Toleration;
use super::types::{Count, Duration, Quantity, SparkMemory};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The Spark Connect server and its executors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Connect {
    /// Whether the release has one.
    pub enabled: bool,
    /// How many servers. Each has executors of its own; a session lives and dies with its server.
    pub replicas: Count<0, 50>,
    /// Who may connect, under names of your choice.
    pub clients: BTreeMap<String, Peer>,
    /// How long a client keeps coming back to the same server.
    pub session_affinity: Duration,
    /// How long a server may take to start before it is restarted.
    pub start_timeout: Duration,
    /// How long a server may take to end what runs when it is stopped.
    pub termination_grace_period: Duration,
    /// The server itself.
    pub driver: Driver,
    /// The executors of each server.
    pub executor: Executor,
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
}
