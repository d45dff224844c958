//! How much a set of objects asks of a cluster, by the objects alone, whoever rendered them: replicas, what
//! their containers ask for, the most executors that may come, and storage.
//!
//! `graph::totals` says what a compiled release needs at most, by what its components declare; a test holds the
//! two against each other.

use super::Object;
use crate::graph::totals::{cores, mebibytes};
use crate::rules::set::asked::{self, Asked, amount};
use crate::rules::set::scripts::is_worker;
use crate::rules::set::{self, Application, PodKind, Set, Subject};
use crate::spark::{executors, memory};
use serde::Serialize;

/// What a set asks for. Pods that come and go (those of Jobs, CronJobs and DaemonSets) are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Pods of Deployments, StatefulSets, ReplicaSets, and those that stand alone; executors left out.
    pub replicas: u64,
    /// CPU that these ask for, in thousandths of a core.
    pub cpu: u64,
    /// Their limits of CPU, in thousandths of a core; a container without one counts as nothing.
    pub cpu_limit: u64,
    /// Memory that they ask for, in bytes.
    pub memory: u64,
    /// Their limits of memory, in bytes.
    pub memory_limit: u64,
    /// The most executors that all drivers together may have. A worker of a standalone cluster counts as one, which
    /// it has unless an application asks for smaller ones.
    pub executors: u64,
    /// Whether some driver has no bound, so that there may be more than that.
    pub unbounded: bool,
    /// CPU that so many executors ask for, in thousandths of a core; those inside standalone workers ask for
    /// nothing, since the workers do.
    pub executor_cpu: u64,
    /// Memory that so many executors ask for, in bytes.
    pub executor_memory: u64,
    /// Storage that claims ask for, those of claim templates once for each replica, in bytes.
    pub storage: u64,
}

/// Adds up a set.
///
/// ```
/// use sparkctl::diff::{foreign, totals};
/// use sparkctl::manifest::read::{Given, Manifests};
/// let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\n\
///              spec: {resources: {requests: {storage: 1Gi}}}\n";
/// let mut manifests = Manifests::default();
/// manifests.add("claim.yaml", claim, Given::ByName);
/// assert_eq!(totals::of(&foreign(&manifests)).storage, 1 << 30);
/// ```
pub fn of(objects: &[Object<'_>]) -> Totals {
    let set =
        Set::new(objects.iter().map(|Object { id, node, .. }| set::Object { id, node }).collect(), None);
    of_subject(&set.view())
}

/// The same of a set that has been read already.
pub fn of_subject(subject: &Subject<'_>) -> Totals {
    let mut totals = Totals { storage: storage(subject), ..Totals::default() };
    let steady = subject.pods.iter().filter(|pod| asked::is_steady(pod));
    let pods = steady.map(|pod| asked::pod(pod).times(i128::from(pod.replicas().unwrap_or(0).max(0))));
    let own = pods.fold(Asked::default(), Asked::plus);
    totals.replicas = whole(own.pods);
    (totals.cpu, totals.cpu_limit) = (whole(own.cpu), whole(own.cpu_limit));
    (totals.memory, totals.memory_limit) = (whole(own.memory / 1000), whole(own.memory_limit / 1000));
    let workers = subject.pods.iter().filter(|pod| asked::is_steady(pod) && is_worker(subject, pod));
    let workers = workers.map(|pod| i128::from(pod.replicas().unwrap_or(0).max(0)));
    let mut asked = Asked { pods: workers.sum(), ..Asked::default() };
    for application in &subject.applications {
        match executors_of(subject, application) {
            Some(own) => asked = asked.plus(own),
            None => totals.unbounded = true,
        }
    }
    totals.executors = whole(asked.pods);
    totals.executor_cpu = whole(asked.cpu);
    totals.executor_memory = whole(asked.memory / 1000);
    totals
}

/// What the executors of one process that are pods ask for when there are as many as there can be; nothing where
/// there is no bound.
pub fn executors_of(subject: &Subject<'_>, application: &Application<'_>) -> Option<Asked> {
    let Some(pod) = subject.pods.get(application.pod) else { return Some(Asked::default()) };
    let replicas = i128::from(pod.replicas().unwrap_or(0).max(0));
    if !application.is_on_kubernetes() {
        return Some(Asked::default());
    }
    let count = i128::from(executors::most(|key| application.get(key))?);
    Some(executor(subject, application).times(count.saturating_mul(replicas)))
}

/// What one executor of a driver on Kubernetes asks for; nothing of what cannot be read.
pub fn executor(subject: &Subject<'_>, application: &Application<'_>) -> Asked {
    let version = subject.spark_version().unwrap_or(NEWEST);
    let conf = |key: &str| application.get(key);
    let is_python = conf("spark.kubernetes.resource.type") == Some("python");
    let own = memory::executor(version, is_python, memory::FACTOR, conf);
    let memory = own.map_or(0, |own| i128::from(own.pod()) * (1000 << 20));
    let cpu = executors::cores(conf).unwrap_or(0);
    Asked { pods: 1, cpu, cpu_limit: 0, memory, memory_limit: memory }
}

/// The version whose arithmetic is taken where nothing says which runs: it differs little between them.
const NEWEST: &str = "4.3";

fn storage(subject: &Subject<'_>) -> u64 {
    let asks = |spec: &crate::layer::tree::Node| {
        amount(spec.below(&["spec", "resources", "requests", "storage"])).unwrap_or(0)
    };
    let claims: i128 = subject.of("PersistentVolumeClaim").map(|claim| asks(claim.node)).sum();
    let workloads = subject.pods.iter().filter(|pod| pod.kind == PodKind::Workload);
    let templates: i128 = workloads
        .map(|pod| {
            let templates = pod.owner.node.get("spec").map(|spec| spec.list("volumeClaimTemplates"));
            let one: i128 = templates.unwrap_or_default().iter().map(asks).sum();
            one.saturating_mul(i128::from(pod.replicas().unwrap_or(0).max(0)))
        })
        .sum();
    whole(claims.saturating_add(templates) / 1000)
}

fn whole(amount: i128) -> u64 {
    u64::try_from(amount).unwrap_or(if amount < 0 { 0 } else { u64::MAX })
}

/// As output has it: quantities as Kubernetes writes them, CPU in thousandths of a core, bytes in MiB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// Pods, executors left out.
    pub replicas: u64,
    /// CPU that is asked for.
    pub cpu: String,
    /// Limits of CPU.
    pub cpu_limit: String,
    /// Memory that is asked for.
    pub memory: String,
    /// Limits of memory.
    pub memory_limit: String,
    /// The most executors; none where there is no bound.
    pub executors: Option<u64>,
    /// CPU that these ask for.
    pub executor_cpu: String,
    /// Memory that these ask for.
    pub executor_memory: String,
    /// Storage that claims ask for.
    pub storage: String,
}

impl Totals {
    /// The amounts as people write them.
    pub fn shown(&self) -> Shown {
        let cores = |milli: u64| cores(i128::from(milli));
        let memory = |bytes: u64| mebibytes(i128::from(bytes) * 1000);
        Shown {
            replicas: self.replicas,
            cpu: cores(self.cpu),
            cpu_limit: cores(self.cpu_limit),
            memory: memory(self.memory),
            memory_limit: memory(self.memory_limit),
            executors: (!self.unbounded).then_some(self.executors),
            executor_cpu: cores(self.executor_cpu),
            executor_memory: memory(self.executor_memory),
            storage: memory(self.storage),
        }
    }
}
