//! A release's objects as an operator thinks of them: pods, their containers, their configuration.

use super::matrix::Case;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A template of pods.
pub struct Pod<'a> {
    /// `StatefulSet/name`, or `executor`.
    pub owner: String,
    /// How many there are; none for executors.
    pub replicas: Option<u64>,
    /// How many more there may be for a moment.
    pub surge: u64,
    /// The labels of the pods.
    pub labels: BTreeMap<String, String>,
    /// The pod's spec.
    pub spec: std::borrow::Cow<'a, Json>,
    /// Claims that the workload makes for each pod.
    pub claims: Vec<&'a str>,
}

/// The text at a pointer, empty where there is none.
pub fn text<'a>(value: &'a Json, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

/// The items of a list at a pointer.
pub fn list<'a>(value: &'a Json, pointer: &str) -> impl Iterator<Item = &'a Json> + use<'a> {
    value.pointer(pointer).and_then(Json::as_array).into_iter().flatten()
}

/// A mapping of texts at a pointer.
pub fn map(value: &Json, pointer: &str) -> BTreeMap<String, String> {
    let found = value.pointer(pointer).and_then(Json::as_object);
    found.into_iter().flatten().map(|(key, value)| (key.clone(), word(value))).collect()
}

/// A scalar as text.
pub fn word(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Case {
    /// The objects of one kind.
    pub fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Json> + 'a {
        self.objects.iter().filter(move |object| text(object, "/kind") == kind)
    }

    /// The object of this kind and name.
    pub fn named(&self, kind: &str, name: &str) -> Option<&Json> {
        self.objects
            .iter()
            .find(|object| text(object, "/kind") == kind && text(object, "/metadata/name") == name)
    }

    /// `RELEASE-component`.
    pub fn full(&self, component: &str) -> String {
        format!("{}-{component}", self.preset)
    }

    /// A file of a ConfigMap.
    pub fn file(&self, config_map: &str, key: &str) -> Option<&str> {
        self.named("ConfigMap", config_map)?.get("data")?.get(key)?.as_str()
    }

    /// Every template of pods, the executors' too.
    pub fn pods(&self) -> Vec<Pod<'_>> {
        let mut pods = Vec::new();
        for object in &self.objects {
            let kind = text(object, "/kind");
            if let Some(spec) = object.pointer("/spec/template/spec") {
                pods.push(Pod {
                    owner: format!("{kind}/{}", text(object, "/metadata/name")),
                    replicas: object.pointer("/spec/replicas").and_then(Json::as_u64),
                    surge: object
                        .pointer("/spec/strategy/rollingUpdate/maxSurge")
                        .and_then(Json::as_u64)
                        .filter(|_| object.pointer("/spec/replicas") != Some(&Json::from(0)))
                        .unwrap_or(0),
                    labels: map(object, "/spec/template/metadata/labels"),
                    spec: std::borrow::Cow::Borrowed(spec),
                    claims: list(object, "/spec/volumeClaimTemplates")
                        .map(|claim| text(claim, "/metadata/name"))
                        .collect(),
                });
            }
            if let Some(template) = object.pointer("/data/executor.yaml").and_then(Json::as_str) {
                let template: Json = serde_yaml::from_str(template).unwrap();
                pods.push(Pod {
                    owner: "executor".to_owned(),
                    replicas: None,
                    surge: 0,
                    labels: map(&template, "/metadata/labels"),
                    spec: std::borrow::Cow::Owned(template["spec"].clone()),
                    claims: Vec::new(),
                });
            }
        }
        pods
    }

    /// The configuration of the driver: spark-defaults.conf, and what the command line says over it.
    pub fn conf(&self) -> BTreeMap<String, String> {
        let name = self.full("spark-connect");
        let mut conf = properties(self.file(&name, "spark-defaults.conf").unwrap());
        let server = self.named("StatefulSet", &name).unwrap();
        let arguments: Vec<&str> =
            list(server, "/spec/template/spec/containers/0/args").filter_map(Json::as_str).collect();
        for pair in arguments.windows(2).filter(|pair| pair[0] == "--conf") {
            let (key, value) = pair[1].split_once('=').unwrap();
            conf.insert(key.to_owned(), value.to_owned());
        }
        conf
    }
}

/// The properties of a file, as Spark's reader takes them apart.
pub fn properties(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            (key.replace("\\:", ":"), value.replace("\\\\", "\\"))
        })
        .collect()
}

impl Pod<'_> {
    /// Its containers, those that run first included.
    pub fn containers(&self) -> Vec<&Json> {
        list(&self.spec, "/initContainers").chain(list(&self.spec, "/containers")).collect()
    }

    /// Where a container may write: its mounts of volumes that take writes.
    pub fn writable<'b>(&'b self, container: &'b Json) -> Vec<&'b str> {
        list(container, "/volumeMounts")
            .filter(|mount| mount.get("readOnly").and_then(Json::as_bool) != Some(true))
            .filter(|mount| {
                let name = text(mount, "/name");
                let volume = list(&self.spec, "/volumes").find(|volume| text(volume, "/name") == name);
                volume.is_some_and(|volume| {
                    volume.get("emptyDir").is_some() || volume.get("persistentVolumeClaim").is_some()
                }) || self.claims.contains(&name)
            })
            .map(|mount| text(mount, "/mountPath"))
            .collect()
    }

    /// Whether a container may write below a path.
    pub fn may_write(&self, container: &Json, path: &str) -> bool {
        self.writable(container)
            .iter()
            .any(|mount| path == *mount || path.strip_prefix(mount).is_some_and(|rest| rest.starts_with('/')))
    }
}

/// The plain values of a container's environment.
pub fn env(container: &Json) -> BTreeMap<&str, &str> {
    list(container, "/env").map(|entry| (text(entry, "/name"), text(entry, "/value"))).collect()
}
