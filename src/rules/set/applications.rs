//! Spark processes: which containers run one, and with which configuration.

use super::files::{ConfigFile, properties};
use super::pods::{Pod, PodKind};
use super::{Place, Set, Subject};
use crate::layer::tree::Node;

/// What a Spark process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A Spark Connect server: a driver.
    Connect,
    /// Another driver: what `spark-submit`, `spark-shell`, `spark-sql` or `pyspark` run.
    Driver,
    /// The History Server.
    History,
    /// A standalone master.
    Master,
    /// A standalone worker.
    Worker,
}

/// Where a property is set.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// On a line (from 1) of a file of a ConfigMap.
    Line(&'a Node, usize),
    /// As an argument on the command line.
    Argument(&'a Node),
}

/// A property of Spark, as it is written.
#[derive(Debug, Clone)]
pub struct Property<'a> {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Where it is set.
    pub source: Source<'a>,
}

impl Property<'_> {
    /// Where it is set.
    pub fn place(&self, subject: &Subject<'_>) -> Place {
        match self.source {
            Source::Line(text, line) => subject.line(text, line),
            Source::Argument(node) => subject.place(node),
        }
    }
}

/// A container that runs Spark, with its configuration.
#[derive(Debug, Clone)]
pub struct Application<'a> {
    /// What it is.
    pub role: Role,
    /// The position of its pod among the subject's.
    pub pod: usize,
    /// Its container.
    pub container: &'a Node,
    /// The words of its command line: `command`, then `args`.
    pub words: Vec<&'a Node>,
    /// The properties file that it reads, if one of the set is mounted where it looks.
    pub file: Option<ConfigFile<'a>>,
    /// Its properties in the order in which Spark takes them: those of the file, then those of the command line.
    pub properties: Vec<Property<'a>>,
    /// The position among the subject's pods of the template that its executors are made from.
    pub executor: Option<usize>,
}

impl<'a> Application<'a> {
    /// The property in effect: the last one of this key.
    pub fn property(&self, key: &str) -> Option<&Property<'_>> {
        self.properties.iter().rev().find(|property| property.key == key)
    }

    /// Those of its file.
    pub fn of_file(&self) -> &[Property<'a>] {
        let of_file = |property: &Property<'a>| matches!(property.source, Source::Line(..));
        let end = self.properties.iter().position(|property| !of_file(property));
        &self.properties[..end.unwrap_or(self.properties.len())]
    }

    /// The value in effect.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.property(key).map(|property| property.value.as_str())
    }

    /// Whether a flag is set to true.
    pub fn is_on(&self, key: &str) -> bool {
        self.get(key) == Some("true")
    }

    /// Whether it is a driver.
    pub fn is_driver(&self) -> bool {
        matches!(self.role, Role::Connect | Role::Driver)
    }

    /// Whether it is a driver whose executors are pods.
    pub fn is_on_kubernetes(&self) -> bool {
        self.is_driver() && self.get("spark.master").is_some_and(|master| master.starts_with("k8s://"))
    }
}

/// The properties of a file.
pub fn properties_of<'a>(file: &ConfigFile<'a>) -> Vec<Property<'a>> {
    let lines = properties(file.text).into_iter();
    let source = |line| Source::Line(file.node, line);
    lines.map(|(line, key, value)| Property { key, value, source: source(line) }).collect()
}

/// Where Spark's official image has its configuration.
const CONF_DIR: &str = "/opt/spark/conf";

/// Every container that runs Spark.
pub fn all<'a>(set: &'a Set<'a>, pods: &[Pod<'a>], files: &[ConfigFile<'a>]) -> Vec<Application<'a>> {
    let mut found = Vec::new();
    for (at, pod) in pods.iter().enumerate().filter(|(_, pod)| pod.kind != PodKind::Executor) {
        for container in pod.containers() {
            let words: Vec<&Node> = container.list("command").iter().chain(container.list("args")).collect();
            let Some(role) = role(&words) else { continue };
            let file = properties_file(set, pod, container, &words, files);
            let mut read: Vec<Property<'a>> = file.as_ref().map(properties_of).unwrap_or_default();
            for pair in words.windows(2).filter(|pair| matches!(pair[0].as_str(), Some("--conf" | "-c"))) {
                if let Some((key, value)) = pair[1].as_str().and_then(|text| text.split_once('=')) {
                    let source = Source::Argument(pair[1]);
                    read.push(Property { key: key.to_owned(), value: value.to_owned(), source });
                }
            }
            let mut application =
                Application { role, pod: at, container, words, file, properties: read, executor: None };
            application.executor = executor(set, pod, &application, pods);
            found.push(application);
        }
    }
    found
}

fn role(words: &[&Node]) -> Option<Role> {
    let has = |part: &str| words.iter().any(|word| word.as_str().is_some_and(|word| word.contains(part)));
    // All that follows has one of these in it; most containers run something else.
    if !["spark", "start-", "deploy."].into_iter().any(has) {
        return None;
    }
    let runs = |program: &str| {
        words.iter().any(|word| {
            word.as_str().is_some_and(|word| {
                word.split_whitespace().any(|part| {
                    part.strip_suffix(program).is_some_and(|path| path.is_empty() || path.ends_with('/'))
                })
            })
        })
    };
    Some(if has("spark.sql.connect.service.SparkConnectServer") || has("start-connect-server.sh") {
        Role::Connect
    } else if has("deploy.history.HistoryServer") || has("start-history-server.sh") {
        Role::History
    } else if has("deploy.master.Master") || has("start-master.sh") {
        Role::Master
    } else if has("deploy.worker.Worker") || has("start-worker.sh") {
        Role::Worker
    } else if ["spark-submit", "spark-shell", "spark-sql", "pyspark"].into_iter().any(runs) {
        Role::Driver
    } else {
        return None;
    })
}

/// The properties file that a container reads: `--properties-file`, else `spark-defaults.conf` where
/// `SPARK_CONF_DIR` says.
fn properties_file<'a>(
    set: &'a Set<'a>,
    pod: &Pod<'a>,
    container: &'a Node,
    words: &[&Node],
    files: &[ConfigFile<'a>],
) -> Option<ConfigFile<'a>> {
    let named = words.windows(2).find(|pair| pair[0].as_str() == Some("--properties-file"));
    let path = match named.and_then(|pair| pair[1].as_str()) {
        Some(path) => path.to_owned(),
        None => {
            let env = container.list("env").iter();
            let mut set_here = env.filter(|entry| entry.text("name") == Some("SPARK_CONF_DIR"));
            let folder = set_here.next().and_then(|entry| entry.text("value")).unwrap_or(CONF_DIR);
            format!("{}/spark-defaults.conf", folder.trim_end_matches('/'))
        }
    };
    let (object, key) = mounted(set, pod, container, &path)?;
    files.iter().copied().find(|file| file.object == object && file.key == key)
}

/// The template of the executors of a driver.
fn executor<'a>(
    set: &'a Set<'a>,
    pod: &Pod<'a>,
    application: &Application<'a>,
    pods: &[Pod<'a>],
) -> Option<usize> {
    let path = application.get("spark.kubernetes.executor.podTemplateFile")?;
    let (object, key) = mounted(set, pod, application.container, path)?;
    pods.iter().position(|pod| pod.object == object && pod.file == Some(key))
}

/// The ConfigMap of the set, and its key, that a container sees at a path.
pub fn mounted<'a>(
    set: &'a Set<'a>,
    pod: &Pod<'a>,
    container: &'a Node,
    path: &str,
) -> Option<(usize, &'a str)> {
    let mounts = container.list("volumeMounts").iter().filter_map(|mount| {
        let at = mount.text("mountPath")?.trim_end_matches('/');
        let rest = path.strip_prefix(at)?;
        (rest.is_empty() || rest.starts_with('/')).then_some((at.len(), rest.trim_start_matches('/'), mount))
    });
    let (_, rest, mount) = mounts.max_by_key(|(length, _, _)| *length)?;
    let rest = match (mount.text("subPath"), rest) {
        (Some(sub), "") => sub,
        (Some(_), _) => return None,
        (None, rest) => rest,
    };
    let map = pod.volume(mount.text("name")?)?.get("configMap")?;
    let (namespace, name) = (pod.namespace(), map.text("name")?);
    let object = set.objects.iter().position(|object| {
        object.id.kind == "ConfigMap" && object.namespace() == namespace && object.id.name == name
    })?;
    let items = map.list("items");
    let wanted = match items.iter().find(|item| item.text("path") == Some(rest)) {
        Some(item) => item.text("key")?,
        None if items.is_empty() => rest,
        None => return None,
    };
    let data = set.objects[object].node.get("data")?.as_map()?;
    data.entries.get_key_value(wanted).map(|(key, _)| (object, key.as_str()))
}
