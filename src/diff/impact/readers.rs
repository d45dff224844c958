//! Which pods read which ConfigMaps and Secrets, and how.

use crate::layer::tree::Node;
use crate::rules::set::Subject;
use std::collections::HashMap;

/// How a pod reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// As a variable, which never changes in a container that runs.
    Variable,
    /// Mounted with `subPath`: the kubelet never brings in what is new.
    SubPath,
    /// Mounted as files that the kubelet keeps up to date.
    Files,
}

/// One pod that reads it.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The pod, by its position.
    pub pod: usize,
    /// How it reads it.
    pub how: How,
    /// The keys that it takes; none where it takes all.
    pub keys: Option<Vec<String>>,
    /// Whether it starts without it.
    pub is_optional: bool,
}

/// Readers by kind (`ConfigMap`, `Secret`), namespace and name.
#[derive(Debug, Default)]
pub struct Readers<'a>(HashMap<(&'static str, &'a str, String), Vec<Reader>>);

impl<'a> Readers<'a> {
    /// Finds them all.
    pub fn of(subject: &Subject<'a>) -> Readers<'a> {
        let mut readers = Readers::default();
        for (at, pod) in subject.pods.iter().enumerate() {
            let namespace = pod.namespace();
            for volume in pod.spec.list("volumes") {
                let name = volume.text("name").unwrap_or_default();
                let mounts = pod.containers().flat_map(|container| container.list("volumeMounts"));
                let mut own = mounts.filter(|mount| mount.text("name") == Some(name)).peekable();
                if own.peek().is_none() {
                    continue;
                }
                let how = match own
                    .all(|mount| mount.get("subPath").is_some() || mount.get("subPathExpr").is_some())
                {
                    true => How::SubPath,
                    false => How::Files,
                };
                let parts = volume.get("projected").map(|all| all.list("sources")).unwrap_or_default();
                for holder in std::iter::once(volume).chain(parts) {
                    readers.source(namespace, at, how, ("ConfigMap", holder.get("configMap"), "name"));
                    let key = if std::ptr::eq(holder, volume) { "secretName" } else { "name" };
                    readers.source(namespace, at, how, ("Secret", holder.get("secret"), key));
                }
            }
            for container in pod.containers() {
                for entry in container.list("env") {
                    let from = entry.get("valueFrom");
                    for (kind, field) in [("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")] {
                        let source = from.and_then(|from| from.get(field));
                        readers.source(namespace, at, How::Variable, (kind, source, "name"));
                    }
                }
                for entry in container.list("envFrom") {
                    for (kind, field) in [("ConfigMap", "configMapRef"), ("Secret", "secretRef")] {
                        readers.source(namespace, at, How::Variable, (kind, entry.get(field), "name"));
                    }
                }
            }
        }
        readers.spark(subject);
        readers
    }

    fn source(
        &mut self,
        namespace: &'a str,
        pod: usize,
        how: How,
        what: (&'static str, Option<&Node>, &str),
    ) {
        let (kind, source, key) = what;
        let Some((source, name)) = source.and_then(|source| Some((source, source.text(key)?))) else {
            return;
        };
        let items = source.list("items").iter().filter_map(|item| item.text("key")).map(str::to_owned);
        let items: Vec<String> = items.chain(source.text("key").map(str::to_owned)).collect();
        let keys = (!items.is_empty()).then_some(items);
        let is_optional = source.get("optional").and_then(Node::as_bool) == Some(true);
        let readers = self.0.entry((kind, namespace, name.to_owned())).or_default();
        readers.push(Reader { pod, how, keys, is_optional });
    }

    /// Secrets that Spark gives its executors as variables: `spark.kubernetes.executor.secretKeyRef.NAME=SECRET:KEY`.
    fn spark(&mut self, subject: &Subject<'a>) {
        for application in &subject.applications {
            let Some(executor) = application.executor else { continue };
            let Some(pod) = subject.pods.get(executor) else { continue };
            for property in &application.properties {
                if property.key.starts_with("spark.kubernetes.executor.secretKeyRef.")
                    && let Some((name, key)) = property.value.split_once(':')
                {
                    let keys = Some(vec![key.to_owned()]);
                    let reader = Reader { pod: executor, how: How::Variable, keys, is_optional: false };
                    self.0.entry(("Secret", pod.namespace(), name.to_owned())).or_default().push(reader);
                }
            }
        }
    }

    /// The readers of one.
    pub fn find(&self, kind: &'static str, namespace: &'a str, name: &str) -> &[Reader] {
        self.0.get(&(kind, namespace, name.to_owned())).map_or(&[], Vec::as_slice)
    }
}
