//! Pods: the templates of workloads, bare ones, and those that Spark makes executors from.

use super::{Object, Set};
use crate::layer::tree::Node;

/// What makes pods of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodKind {
    /// A Deployment, StatefulSet, DaemonSet, Job, CronJob or ReplicaSet.
    Workload,
    /// Nobody: it is a pod.
    Bare,
    /// A Spark driver, from a file of a ConfigMap.
    Executor,
}

/// A template of pods.
#[derive(Debug, Clone, Copy)]
pub struct Pod<'a> {
    /// What makes pods of it.
    pub kind: PodKind,
    /// The position in the set of the object that holds it.
    pub object: usize,
    /// That object.
    pub owner: Object<'a>,
    /// The file of the ConfigMap that it stands in; for executors only.
    pub file: Option<&'a str>,
    /// The template: `metadata` and `spec`.
    pub template: &'a Node,
    /// The pod's spec.
    pub spec: &'a Node,
}

impl<'a> Pod<'a> {
    /// As messages name it: `StatefulSet/sales-spark-connect`, `the executors of ConfigMap/...`.
    pub fn name(&self) -> String {
        match self.kind {
            PodKind::Executor => format!("the executors of {}", self.owner.id),
            _ => self.owner.id.to_string(),
        }
    }

    /// Its namespace; empty where none is written.
    pub fn namespace(&self) -> &'a str {
        self.owner.id.namespace.as_deref().unwrap_or_default()
    }

    /// One of its labels. Spark gives its executors `spark-role: executor` besides.
    pub fn label(&self, key: &str) -> Option<&'a str> {
        let own = self.template.below(&["metadata", "labels"]).and_then(|labels| labels.get(key)?.as_str());
        own.or((self.kind == PodKind::Executor && key == "spark-role").then_some("executor"))
    }

    /// Its containers, those that run first included, in that order.
    pub fn containers(&self) -> impl Iterator<Item = &'a Node> + use<'a> {
        self.spec.list("initContainers").iter().chain(self.spec.list("containers"))
    }

    /// Containers that run beside one another: all but init containers that end.
    pub fn running(&self) -> impl Iterator<Item = &'a Node> + use<'a> {
        let sidecars = self.spec.list("initContainers").iter();
        let sidecars = sidecars.filter(|container| container.text("restartPolicy") == Some("Always"));
        sidecars.chain(self.spec.list("containers"))
    }

    /// The volume of a name.
    pub fn volume(&self, name: &str) -> Option<&'a Node> {
        self.spec.list("volumes").iter().find(|volume| volume.text("name") == Some(name))
    }

    /// How many of them there are; 1 where the object does not say, none for executors.
    pub fn replicas(&self) -> Option<i64> {
        match self.kind {
            PodKind::Executor => None,
            PodKind::Bare => Some(1),
            PodKind::Workload => {
                Some(self.owner.node.below(&["spec", "replicas"]).and_then(Node::as_int).unwrap_or(1))
            }
        }
    }
}

/// Every pod template of a set.
pub fn all<'a>(set: &'a Set<'a>) -> Vec<Pod<'a>> {
    let mut pods = Vec::new();
    for (at, object) in set.objects.iter().enumerate() {
        let (kind, template) = match object.id.kind.as_str() {
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" => {
                (PodKind::Workload, object.node.below(&["spec", "template"]))
            }
            "CronJob" => (PodKind::Workload, object.node.below(&["spec", "jobTemplate", "spec", "template"])),
            "Pod" => (PodKind::Bare, Some(object.node)),
            _ => continue,
        };
        if let Some(template) = template
            && let Some(spec) = template.get("spec")
        {
            pods.push(Pod { kind, object: at, owner: *object, file: None, template, spec });
        }
    }
    for nested in &set.nested {
        if let Some(spec) = nested.node.get("spec") {
            pods.push(Pod {
                kind: PodKind::Executor,
                object: nested.object,
                owner: set.objects[nested.object],
                file: Some(&nested.key),
                template: &nested.node,
                spec,
            });
        }
    }
    pods
}
