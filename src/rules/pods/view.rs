//! What several rules about pods ask: containers by name, what is mounted where, what may be written.

use crate::layer::tree::Node;
use crate::rules::set::{Pod, PodKind, Subject, below};

/// A container of a pod.
#[derive(Clone, Copy)]
pub struct Container<'a> {
    /// The pod.
    pub pod: Pod<'a>,
    /// The position of the pod among the subject's.
    pub at: usize,
    /// The container.
    pub node: &'a Node,
    /// Whether it runs first and ends.
    pub first: bool,
}

/// Every container of every pod.
pub fn containers<'a>(subject: &Subject<'a>) -> Vec<Container<'a>> {
    let mut all = Vec::new();
    for (at, pod) in subject.pods.iter().enumerate() {
        for node in pod.spec.list("initContainers") {
            let first = node.text("restartPolicy") != Some("Always");
            all.push(Container { pod: *pod, at, node, first });
        }
        for node in pod.spec.list("containers") {
            all.push(Container { pod: *pod, at, node, first: false });
        }
    }
    all
}

/// Whether Spark fills in its image, CPU and memory: the container of an executor's template.
pub fn is_spark_made(container: &Container<'_>) -> bool {
    let first = container.pod.spec.list("containers").first();
    container.pod.kind == PodKind::Executor && first.is_some_and(|first| std::ptr::eq(first, container.node))
}

/// Whether the pods run until somebody stops them.
pub fn is_server(pod: &Pod<'_>) -> bool {
    matches!(pod.owner.id.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
}

impl<'a> Container<'a> {
    /// As messages name it: `container server of StatefulSet/sales-spark-connect`.
    pub fn name(&self) -> String {
        format!("container `{}` of {}", self.node.text("name").unwrap_or_default(), self.pod.name())
    }

    /// A field of the container's security context, else of the pod's.
    pub fn security(&self, key: &str) -> Option<&'a Node> {
        let own = self.node.get("securityContext").and_then(|context| context.get(key));
        own.or_else(|| self.pod.spec.get("securityContext")?.get(key))
    }

    /// Whether its root file system cannot be written.
    pub fn is_read_only(&self) -> bool {
        let flag = self.node.below(&["securityContext", "readOnlyRootFilesystem"]);
        flag.and_then(Node::as_bool) == Some(true)
    }

    /// The plain value of a variable of its environment.
    pub fn env(&self, name: &str) -> Option<&'a Node> {
        self.node.list("env").iter().find(|entry| entry.text("name") == Some(name))?.get("value")
    }

    /// Whether its environment has a variable, from wherever.
    pub fn has_env(&self, name: &str) -> bool {
        self.node.list("env").iter().any(|entry| entry.text("name") == Some(name))
    }

    /// The words of its command line.
    pub fn words(&self) -> Vec<&'a Node> {
        self.node.list("command").iter().chain(self.node.list("args")).collect()
    }

    /// The name of its image: without registry and tag.
    pub fn image_name(&self) -> &'a str {
        let image = self.node.text("image").unwrap_or_default();
        let image = image.split('@').next().unwrap_or_default();
        let name = image.rsplit('/').next().unwrap_or_default();
        name.split(':').next().unwrap_or_default()
    }

    /// The mount that a path lies on, and the rest of the path.
    pub fn mount<'p>(&self, path: &'p str) -> Option<(&'a Node, &'p str)> {
        let path = path.trim_end_matches('/');
        let mounts = self.node.list("volumeMounts").iter().filter_map(|mount| {
            let rest = below(path, mount.text("mountPath")?)?;
            Some((mount, rest))
        });
        mounts.min_by_key(|(_, rest)| rest.len())
    }

    /// What kind of volume a mount shows: `emptyDir`, `configMap`, ...
    pub fn kind(&self, mount: &Node) -> Option<&'a str> {
        let name = mount.text("name")?;
        if let Some(volume) = self.pod.volume(name) {
            return volume.as_map()?.entries.keys().map(String::as_str).find(|key| *key != "name");
        }
        let claims = self.pod.owner.node.get("spec")?.list("volumeClaimTemplates").iter();
        let mut names = claims.filter_map(|claim| claim.get("metadata")?.text("name"));
        names.any(|claim| claim == name).then_some("persistentVolumeClaim")
    }

    /// Whether a path lies on a mount that takes no writes: its kind of volume.
    pub fn fixed(&self, path: &str) -> Option<&'a str> {
        let (mount, _) = self.mount(path)?;
        let kind = self.kind(mount)?;
        let read_only = mount.get("readOnly").and_then(Node::as_bool) == Some(true);
        (read_only || matches!(kind, "configMap" | "secret" | "projected" | "downwardAPI")).then_some(kind)
    }

    /// Whether a path can be written: on a mount that takes writes, or on a root file system that does.
    pub fn may_write(&self, path: &str) -> bool {
        match self.mount(path) {
            Some(_) => self.fixed(path).is_none(),
            None => !self.is_read_only(),
        }
    }

    /// The text of a ConfigMap that the container sees as a file.
    pub fn file(&self, subject: &Subject<'a>, path: &str) -> Option<&'a Node> {
        let (mount, rest) = self.mount(path)?;
        let rest = match (mount.text("subPath"), rest) {
            (Some(sub), "") => sub,
            (Some(_), _) => return None,
            (None, rest) => rest,
        };
        let map = self.pod.volume(mount.text("name")?)?.get("configMap")?;
        let items = map.list("items");
        let key = match items.iter().find(|item| item.text("path") == Some(rest)) {
            Some(item) => item.text("key")?,
            None => rest,
        };
        subject.find("ConfigMap", self.pod.namespace(), map.text("name")?)?.node.get("data")?.get(key)
    }
}
