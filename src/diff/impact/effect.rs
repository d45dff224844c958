//! The effects that a change can have, from the harmless to the worst.

use std::fmt;

/// What a change does when it is applied. Ordered: what is greater asks for more care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Nothing that runs notices it: labels, annotations, an object that nobody reads.
    Nothing,
    /// Something takes it up without a restart: the kubelet brings a changed ConfigMap or Secret into running pods
    /// within its sync period, but for `subPath` mounts and variables (Kubernetes, "ConfigMaps", "Mounted
    /// ConfigMaps are updated automatically"); operators act on their custom resources.
    Live,
    /// It counts when the pods that read it start the next time: a variable, a `subPath` mount, a file that a
    /// program reads once, a StatefulSet under `OnDelete`.
    AtRestart,
    /// Only pods that start from now on have it: executors (Spark reads the template for each one that it asks for,
    /// `KubernetesExecutorBuilder`), runs of a CronJob, defaults of a LimitRange (an admission plugin).
    NewPods,
    /// How many pods a drained node may take at once: the Eviction API asks disruption budgets, and nothing else does.
    Evictions,
    /// Something that was not there begins to run or to be known.
    Starts,
    /// There are more or fewer pods of the same kind.
    Scales,
    /// Somebody may do less: a Role, a binding, a pod's security context.
    Narrows,
    /// A connection that passed does not any more.
    ClosesPath,
    /// The object is no longer managed and stays: claims of a StatefulSet that goes, what is marked not to be
    /// pruned.
    LeavesBehind,
    /// Pods are replaced by new ones: the pod template changed, under `RollingUpdate` or `Recreate`.
    Restarts,
    /// Pods end, and no others take their place.
    Stops,
    /// Who comes in from outside, and by which name: Ingress, Route, Gateway, Services of type LoadBalancer and
    /// NodePort, certificates.
    Entry,
    /// A connection passes that did not.
    OpensPath,
    /// Somebody may do more: a Role, a binding, a pod's security context, a token.
    Widens,
    /// The quota is smaller than what all pods together ask for: the API server refuses those that go beyond it
    /// (the ResourceQuota admission plugin), and workloads and Spark ask again without an end.
    Quota,
    /// Sessions of clients end: a Connect server, a Thrift server, a notebook server, a standalone master or a
    /// driver keeps them in memory.
    EndsSessions,
    /// A volume is another one: what stood on the old one is not seen any more.
    ReplacesVolume,
    /// The API server refuses it for an object that exists: delete it and create it again.
    Recreates,
    /// Data is deleted with it.
    DeletesData,
}

impl Effect {
    /// Every effect, the worst first.
    pub const ALL: [Effect; 20] = [
        Effect::DeletesData,
        Effect::Recreates,
        Effect::ReplacesVolume,
        Effect::EndsSessions,
        Effect::Quota,
        Effect::Widens,
        Effect::OpensPath,
        Effect::Entry,
        Effect::Stops,
        Effect::Restarts,
        Effect::LeavesBehind,
        Effect::ClosesPath,
        Effect::Narrows,
        Effect::Scales,
        Effect::Starts,
        Effect::Evictions,
        Effect::NewPods,
        Effect::AtRestart,
        Effect::Live,
        Effect::Nothing,
    ];

    /// Its name, as JSON and SARIF have it.
    pub fn name(self) -> &'static str {
        self.names().0
    }

    /// One word for people.
    pub fn label(self) -> &'static str {
        self.names().1
    }

    /// What it is, in a few words.
    pub fn meaning(self) -> &'static str {
        self.names().2
    }

    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Effect::Nothing => ("nothing", "nothing", "nothing that runs notices it"),
            Effect::Live => ("live", "live", "taken up without a restart"),
            Effect::AtRestart => ("at-restart", "later", "counts when its pods start the next time"),
            Effect::NewPods => ("new-pods", "new", "counts for pods that start from now on"),
            Effect::Evictions => ("evictions", "evictions", "how many pods a drained node may take"),
            Effect::Starts => ("starts", "starts", "something begins to run"),
            Effect::Scales => ("scales", "scales", "more or fewer pods"),
            Effect::Narrows => ("narrows-permission", "narrows", "somebody may do less"),
            Effect::ClosesPath => ("closes-path", "closes", "a connection no longer passes"),
            Effect::LeavesBehind => ("leaves-behind", "leaves", "stays in the cluster, managed by nobody"),
            Effect::Restarts => ("restarts", "restarts", "pods are replaced by new ones"),
            Effect::Stops => ("stops", "stops", "pods end for good"),
            Effect::Entry => ("entry", "entry", "who comes in from outside changes"),
            Effect::OpensPath => ("opens-path", "opens", "a connection passes that did not"),
            Effect::Widens => ("widens-permission", "widens", "somebody may do more"),
            Effect::Quota => ("quota", "quota", "the quota is smaller than what is asked for"),
            Effect::EndsSessions => ("ends-sessions", "sessions", "clients lose their sessions"),
            Effect::ReplacesVolume => ("replaces-volume", "volume", "a volume is another one"),
            Effect::Recreates => ("recreates", "recreate", "must be deleted and created again"),
            Effect::DeletesData => ("deletes-data", "data", "data is deleted"),
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.label())
    }
}
