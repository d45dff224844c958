//! What several rules about the platform ask of applications, pods and Services.

use crate::layer::tree::Node;
use crate::rules::Place;
use crate::rules::set::{Application, ConfigFile, Pod, Subject};
use crate::spec::types::SparkMemory;

/// A name that programs connect to, taken apart: `POD.SERVICE.NAMESPACE.svc`.
pub struct Host<'t> {
    /// The name of the pod, where one stands before the Service's.
    pub pod: Option<&'t str>,
    /// The name of the Service.
    pub service: &'t str,
    /// Its namespace, where it is written.
    pub namespace: Option<&'t str>,
    /// Whether it ends in `.svc`, with or without the cluster's domain.
    pub qualified: bool,
}

/// Takes a name apart; none for an address of numbers and for names outside of a cluster.
pub fn host(text: &str) -> Option<Host<'_>> {
    let labels: Vec<&str> = text.trim_end_matches('.').split('.').collect();
    let numbers = labels.iter().all(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    if numbers || text.contains(':') || labels.iter().any(|label| label.is_empty()) {
        return None;
    }
    let svc = labels.iter().position(|label| *label == "svc");
    Some(match (svc, labels.as_slice()) {
        (Some(2), [service, namespace, ..]) => {
            Host { pod: None, service, namespace: Some(namespace), qualified: true }
        }
        (Some(3), [pod, service, namespace, ..]) => {
            Host { pod: Some(pod), service, namespace: Some(namespace), qualified: true }
        }
        (None, [service]) => Host { pod: None, service, namespace: None, qualified: false },
        (None, [service, namespace]) => {
            Host { pod: None, service, namespace: Some(namespace), qualified: false }
        }
        _ => return None,
    })
}

/// Scheme, host and port of an address such as `thrift://host:9083` or `https://host/path`.
pub fn address(url: &str) -> Option<(&str, &str, Option<u16>)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', ';', ',']).next()?;
    match authority.rsplit_once(':') {
        Some((host, port)) => Some((scheme, host, port.parse().ok())),
        None => Some((scheme, authority, None)),
    }
}

/// The pod of an application.
pub fn pod<'a, 's>(subject: &'s Subject<'a>, application: &Application<'a>) -> &'s Pod<'a> {
    &subject.pods[application.pod]
}

/// The template of its executors.
pub fn executor<'a, 's>(subject: &'s Subject<'a>, application: &Application<'a>) -> Option<&'s Pod<'a>> {
    subject.pods.get(application.executor?)
}

/// The container that Spark runs an executor in: the one that is named, else the first.
pub fn executor_container<'a>(application: &Application<'a>, pod: &Pod<'a>) -> Option<&'a Node> {
    let containers = pod.spec.list("containers");
    let name = application.get("spark.kubernetes.executor.podTemplateContainerName");
    let named = containers.iter().find(|container| name.is_some() && container.text("name") == name);
    named.or(containers.first())
}

/// Whether all of its properties can be seen: those of our own releases, and those of a file in the set.
pub fn is_visible(subject: &Subject<'_>, application: &Application<'_>) -> bool {
    subject.known().is_some() || application.file.is_some()
}

/// The master that a driver is told: `--master`, else `spark.master`.
pub fn master<'s>(application: &'s Application<'_>) -> Option<&'s str> {
    option(application, "--master").or(application.get("spark.master"))
}

/// What follows an option on the command line.
pub fn option<'a>(application: &Application<'a>, name: &str) -> Option<&'a str> {
    application.words.windows(2).find(|pair| pair[0].as_str() == Some(name)).and_then(|pair| pair[1].as_str())
}

/// Whether it is a driver that runs where its container runs.
pub fn is_client(application: &Application<'_>) -> bool {
    let mode = option(application, "--deploy-mode").or(application.get("spark.submit.deployMode"));
    application.is_driver() && mode != Some("cluster")
}

/// Whether it is a driver in its own pod whose executors are pods.
pub fn makes_pods(application: &Application<'_>) -> bool {
    is_client(application) && master(application).is_some_and(|master| master.starts_with("k8s://"))
}

/// Whether it is a driver in its own pod whose executors run elsewhere.
pub fn has_executors(application: &Application<'_>) -> bool {
    let remote = |master: &str| master.starts_with("k8s://") || master.starts_with("spark://");
    is_client(application) && master(application).is_some_and(remote)
}

/// Where a property is set; where it is not, the file or the container that could set it.
pub fn at(subject: &Subject<'_>, application: &Application<'_>, key: &str) -> Place {
    match (application.property(key), &application.file) {
        (Some(property), _) => property.place(subject),
        (None, Some(file)) => subject.place(file.node),
        (None, None) => subject.place(application.container),
    }
}

/// An entry of a container's environment.
pub fn env<'a>(container: &'a Node, name: &str) -> Option<&'a Node> {
    container.list("env").iter().rfind(|entry| entry.text("name") == Some(name))
}

/// The field of the pod that a text of a container is, `$(POD_IP)` being `status.podIP`.
pub fn field<'a>(container: &'a Node, text: &str) -> Option<&'a str> {
    let by_kubernetes = text.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'));
    // Spark resolves this itself, in every property that it knows (ConfigReader).
    let name = by_kubernetes.or_else(|| text.strip_prefix("${env:")?.strip_suffix('}'))?;
    env(container, name)?.below(&["valueFrom", "fieldRef", "fieldPath"])?.as_str()
}

/// The ports that a container opens.
pub fn ports(container: &Node) -> impl Iterator<Item = i64> + '_ {
    container.list("ports").iter().filter_map(|port| port.get("containerPort")?.as_int())
}

/// The number of a port that may be named, among the ports of some containers.
pub fn number<'a>(mut containers: impl Iterator<Item = &'a Node>, port: &Node) -> Option<i64> {
    if let Some(number) = port.as_int() {
        return Some(number);
    }
    let name = port.as_str()?;
    containers.find_map(|container| {
        let named = container.list("ports").iter().find(|port| port.text("name") == Some(name));
        named?.get("containerPort")?.as_int()
    })
}

/// Whether a Service is headless.
pub fn is_headless(service: &Node) -> bool {
    service.below(&["spec", "clusterIP"]).and_then(Node::as_str) == Some("None")
}

/// Whether a selector of labels, as Services have it, selects a pod.
pub fn selects(selector: Option<&Node>, pod: &Pod<'_>) -> bool {
    selector.is_some_and(|selector| pod.has_labels(selector))
}

/// The number of the pod's port that a port of a Service leads to.
pub fn target(port: &Node, pod: &Pod<'_>) -> Option<i64> {
    match port.get("targetPort") {
        Some(target) => number(pod.running(), target),
        None => port.get("port")?.as_int(),
    }
}

/// The file of a ConfigMap that a container sees at a path.
pub fn mounted<'a>(
    subject: &Subject<'a>,
    pod: &Pod<'a>,
    container: &Node,
    path: &str,
) -> Option<ConfigFile<'a>> {
    let mounts = container.list("volumeMounts").iter().filter_map(|mount| {
        let at = mount.text("mountPath")?.trim_end_matches('/');
        let rest = path.strip_prefix(at)?;
        (rest.is_empty() || rest.starts_with('/')).then_some((at.len(), rest.trim_start_matches('/'), mount))
    });
    let (_, rest, mount) = mounts.max_by_key(|(length, _, _)| *length)?;
    let rest = mount.text("subPath").filter(|_| rest.is_empty()).unwrap_or(rest);
    let map = pod.volume(mount.text("name")?)?.get("configMap")?;
    let items = map.list("items");
    let item = items.iter().find(|item| item.text("path") == Some(rest));
    let key = item.map_or(Some(rest), |item| item.text("key"))?;
    let object = subject.find("ConfigMap", pod.namespace(), map.text("name")?)?;
    subject
        .files
        .iter()
        .find(|file| file.key == key && std::ptr::eq(subject.objects()[file.object].node, object.node))
        .copied()
}

/// What a container runs: its words, and the scripts among them that stand in a ConfigMap of the set.
pub fn texts<'a>(subject: &Subject<'a>, pod: &Pod<'a>, container: &'a Node) -> Vec<(&'a Node, &'a str)> {
    let words = container.list("command").iter().chain(container.list("args"));
    words
        .filter_map(|word| Some((word, word.as_str()?)))
        .flat_map(|(node, word)| {
            let script = word.starts_with('/').then(|| mounted(subject, pod, container, word)).flatten();
            std::iter::once((node, word)).chain(script.map(|file| (file.node, file.text)))
        })
        .collect()
}

/// An amount of memory as Spark reads it, in MiB; a bare number is that many.
pub fn mebibytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    text.parse().ok().or_else(|| text.parse::<SparkMemory>().ok().map(|memory| memory.mebibytes()))
}

/// A version as two numbers: `4.1` or `4.1.2`.
pub fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Whether the version that runs is known and at least this one.
pub fn since(subject: &Subject<'_>, major: u32, minor: u32) -> bool {
    subject.spark_version().and_then(version).is_some_and(|found| found >= (major, minor))
}

/// Whether the version that runs is known and older than this one.
pub fn before(subject: &Subject<'_>, major: u32, minor: u32) -> bool {
    subject.spark_version().and_then(version).is_some_and(|found| found < (major, minor))
}
