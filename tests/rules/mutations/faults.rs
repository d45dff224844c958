//! The faults of objects: every one breaks exactly one thing.

use super::spark;
use serde_json::{Value as Json, json};
use sparkctl::compile::Compiled;
use sparkctl::spec::platform::Tier;

/// One fault.
pub struct Fault {
    /// Which kind of fault it is, for the tally.
    pub class: &'static str,
    /// What was done, for whoever reads that it was missed.
    pub what: String,
    /// The object that it is in; none where one is added.
    pub object: Option<usize>,
    /// The object as it is then; none where it is taken away.
    pub broken: Option<Json>,
}

/// Collects the faults of a release.
pub struct Faults<'a> {
    /// Its objects.
    pub objects: &'a [Json],
    /// Whether it is for production.
    pub production: bool,
    /// Spark's minor version.
    pub version: String,
    found: Vec<Fault>,
}

/// An object, or a pod template that stands in a text of it.
struct Document<'a> {
    at: usize,
    /// The pointer to the text, for a template in a ConfigMap.
    inside: Option<&'static str>,
    json: std::borrow::Cow<'a, Json>,
}

/// Every fault of a release.
pub fn all(objects: &[Json], compiled: &Compiled) -> Vec<Fault> {
    let production = compiled.spec.environment.tier == Tier::Production;
    let version = compiled.platform.version.version.clone();
    let mut faults = Faults { objects, production, version, found: Vec::new() };
    for (at, object) in objects.iter().enumerate() {
        let whole = Document { at, inside: None, json: std::borrow::Cow::Borrowed(object) };
        faults.of_object(&whole);
        faults.of_fields(&whole);
        if let Some(text) = object.pointer("/data/executor.yaml").and_then(Json::as_str) {
            let json = std::borrow::Cow::Owned(serde_yaml::from_str(text).unwrap());
            faults.of_fields(&Document { at, inside: Some("/data/executor.yaml"), json });
        }
        spark::faults(&mut faults, at, object);
    }
    faults.found
}

pub fn text<'a>(value: &'a Json, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

fn name(object: &Json) -> String {
    format!("{}/{}", text(object, "/kind"), text(object, "/metadata/name"))
}

impl Faults<'_> {
    /// A text at a pointer of an object replaced.
    pub fn text(&mut self, class: &'static str, at: usize, pointer: &str, new: String, what: &str) {
        let mut broken = self.objects[at].clone();
        *broken.pointer_mut(pointer).unwrap() = Json::String(new);
        let what = format!("{} {what}", name(&broken));
        self.found.push(Fault { class, what, object: Some(at), broken: Some(broken) });
    }

    /// A value at a pointer of a document set, or with `None` taken away.
    fn change(&mut self, class: &'static str, document: &Document<'_>, pointer: &str, new: Option<Json>) {
        let mut json = document.json.clone().into_owned();
        let what = match &new {
            Some(new) => format!("{pointer} = {new}"),
            None => format!("{pointer} is gone"),
        };
        let (above, key) = pointer.rsplit_once('/').unwrap();
        let key = key.replace("~1", "/").replace("~0", "~");
        match (json.pointer_mut(above).unwrap(), new) {
            (Json::Object(map), Some(new)) => {
                map.insert(key, new);
            }
            (Json::Object(map), None) => {
                map.shift_remove(&key);
            }
            (Json::Array(items), Some(new)) if key == "-" => items.push(new),
            (Json::Array(items), Some(new)) => items[key.parse::<usize>().unwrap()] = new,
            (Json::Array(items), None) => {
                items.remove(key.parse().unwrap());
            }
            _ => return,
        }
        if json == *document.json {
            return;
        }
        match document.inside {
            Some(inside) => {
                let text = serde_yaml::to_string(&json).unwrap();
                self.text(class, document.at, inside, text, &format!("{inside} {what}"));
            }
            None => {
                let what = format!("{} {what}", name(&document.json));
                self.found.push(Fault { class, what, object: Some(document.at), broken: Some(json) });
            }
        }
    }

    /// Faults of objects as a whole.
    fn of_object(&mut self, document: &Document<'_>) {
        let object = &*document.json;
        let (kind, at) = (text(object, "/kind"), document.at);
        self.found.push(Fault {
            class: "object twice",
            what: format!("{} twice", name(object)),
            object: None,
            broken: Some(object.clone()),
        });
        // What nothing else in the release needs may be left out; the rest is needed.
        let optional = ["Namespace", "LimitRange", "ResourceQuota", "Route", "Ingress"];
        let unread = kind == "ConfigMap" && !self.is_mounted(text(object, "/metadata/name"));
        let outside_production = kind == "PodDisruptionBudget" && !self.production;
        if !optional.contains(&kind) && !unread && !outside_production {
            self.found.push(Fault {
                class: "object missing",
                what: format!("{} is gone", name(object)),
                object: Some(at),
                broken: None,
            });
        }
        let version = text(object, "/apiVersion");
        let stale =
            version.rsplit_once('/').map_or("v1beta1".to_owned(), |(group, _)| format!("{group}/v1beta1"));
        self.change("API version", document, "/apiVersion", Some(json!(stale)));
        if object.pointer("/metadata/namespace").is_some() && !unread {
            self.change("namespace", document, "/metadata/namespace", Some(json!("somewhere-else")));
        }
        // Names of roles and bindings may have any character that a path may.
        if !kind.starts_with("Role") {
            self.change("bad name", document, "/metadata/name", Some(json!("Spark_Server")));
        }
        self.change("bad label", document, "/metadata/labels/team", Some(json!("data platform / N/A")));
        if object.get("spec").is_some_and(Json::is_object) {
            self.change("unknown field", document, "/spec/replcias", Some(json!(2)));
        }
    }

    fn is_mounted(&self, config_map: &str) -> bool {
        let quoted = format!("\"name\":\"{config_map}\"");
        self.objects.iter().any(|object| {
            let pods = object.pointer("/spec/template/spec");
            pods.is_some_and(|pods| pods.to_string().contains(&quoted))
        })
    }

    /// Faults of fields, wherever they stand.
    fn of_fields(&mut self, document: &Document<'_>) {
        let mut fields = Vec::new();
        walk(&document.json, &mut String::new(), &mut fields);
        for pointer in fields {
            let value = document.json.pointer(&pointer).unwrap().clone();
            let key = pointer.rsplit('/').next().unwrap_or_default();
            self.of_field(document, &pointer, key, &value);
        }
    }

    fn of_field(&mut self, document: &Document<'_>, pointer: &str, key: &str, value: &Json) {
        let kind = text(&document.json, "/kind").to_owned();
        let wrong = |value: &Json| Some(json!(format!("{}-x", value.as_str().unwrap_or_default())));
        let parent = |levels: usize| pointer.rsplit('/').nth(levels).unwrap_or_default().to_owned();
        let is_number = |key: &str| key.parse::<usize>().is_ok();
        match key {
            // Selectors
            "matchLabels" => {
                for label in value.as_object().unwrap().keys() {
                    let label = label.replace('/', "~1");
                    self.change("selector", document, &format!("{pointer}/{label}"), Some(json!("nobody")));
                }
            }
            "selector" if kind == "Service" => {
                for label in value.as_object().unwrap().keys() {
                    let label = label.replace('/', "~1");
                    self.change("selector", document, &format!("{pointer}/{label}"), Some(json!("nobody")));
                }
            }
            // References
            "name" | "key" if ["secretKeyRef", "configMapKeyRef"].contains(&parent(1).as_str()) => {
                self.change("reference", document, pointer, wrong(value));
            }
            "name" if ["roleRef", "issuerRef", "secretStoreRef", "target"].contains(&parent(1).as_str()) => {
                self.change("reference", document, pointer, wrong(value));
            }
            "name" if parent(1) == "configMap" => self.change("reference", document, pointer, wrong(value)),
            "secretName" | "serviceAccountName" | "serviceName" => {
                self.change("reference", document, pointer, wrong(value));
            }
            "key" if parent(2) == "items" && pointer.contains("/volumes/") => {
                self.change("reference", document, pointer, wrong(value));
            }
            "secretKey" => self.change("reference", document, pointer, wrong(value)),
            "name" | "namespace" if parent(2) == "subjects" => {
                self.change("reference", document, pointer, wrong(value));
            }
            // Rights
            "verbs" | "resources" if kind == "Role" => {
                for at in 0..value.as_array().unwrap().len() {
                    if value.as_array().unwrap().len() > 1 {
                        self.change("right missing", document, &format!("{pointer}/{at}"), None);
                    }
                }
                self.change("too many rights", document, pointer, Some(json!(["*"])));
            }
            // Ports
            "containerPort" => {
                let number = value.as_i64().unwrap();
                self.change("port", document, pointer, Some(json!(number + 1)));
                self.change("wrong type", document, pointer, Some(json!("http")));
            }
            "name" if parent(2) == "ports" && pointer.contains("/containers/") => {
                let labels =
                    document.json.pointer("/spec/template/metadata/labels").cloned().unwrap_or_default();
                let used = self.objects.iter().any(|object| {
                    let selector = object.pointer("/spec/selector").and_then(Json::as_object);
                    let selects = selector.is_some_and(|wanted| {
                        wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
                    });
                    selects && object.to_string().contains(&format!("\"targetPort\":{value}"))
                });
                if used {
                    self.change("port", document, pointer, Some(json!("renamed")));
                }
            }
            "targetPort" => self.change("port", document, pointer, Some(json!("nothing"))),
            "port" if ["tcpSocket", "httpGet"].contains(&parent(1).as_str()) => {
                self.change("port", document, pointer, Some(json!(9)));
            }
            "port" if parent(2) == "endpoints" => {
                self.change("port", document, pointer, Some(json!("nothing")))
            }
            "port" if kind == "NetworkPolicy" => {
                self.change("network policy", document, pointer, Some(json!(9)));
            }
            "path" if parent(2) == "endpoints" => {
                self.change("monitor's path", document, pointer, Some(json!("/metrics")));
            }
            // Network policies
            "ingress" | "egress" if kind == "NetworkPolicy" => {
                for at in 0..value.as_array().map_or(0, Vec::len) {
                    self.change("network policy", document, &format!("{pointer}/{at}"), None);
                }
                self.change("network policy", document, &format!("{pointer}/-"), Some(json!({})));
            }
            "ports" if kind == "NetworkPolicy" => self.change("network policy", document, pointer, None),
            "from" | "to" if kind == "NetworkPolicy" => {
                self.change("network policy", document, pointer, None)
            }
            "policyTypes" => {
                self.change("network policy", document, pointer, Some(json!(["Ingress"])));
                self.change("wrong enum", document, pointer, Some(json!(["In", "Out"])));
            }
            "except" => self.change("network policy", document, pointer, None),
            // Pod security
            "allowPrivilegeEscalation" | "readOnlyRootFilesystem" | "runAsNonRoot" => {
                self.change("pod security", document, pointer, None);
                self.change("pod security", document, pointer, Some(json!(!value.as_bool().unwrap())));
            }
            "capabilities" | "seccompProfile" => self.change("pod security", document, pointer, None),
            "runAsUser" => self.change("pod security", document, pointer, Some(json!(0))),
            "drop" => self.change("pod security", document, pointer, Some(json!(["NET_RAW"]))),
            "automountServiceAccountToken" if pointer.contains("/spec/") => {
                self.change("token", document, pointer, Some(json!(!value.as_bool().unwrap())));
            }
            "enableServiceLinks" => self.change("service links", document, pointer, None),
            "spec" if document.json.pointer(&format!("{pointer}/containers")).is_some() => {
                self.change("host access", document, &format!("{pointer}/hostNetwork"), Some(json!(true)));
            }
            // Containers
            _ if is_number(key) && ["containers", "initContainers"].contains(&parent(1).as_str()) => {
                self.of_container(document, pointer, value);
            }
            "initContainers" => {
                for at in 0..value.as_array().unwrap().len() {
                    self.change("init container missing", document, &format!("{pointer}/{at}"), None);
                }
            }
            "volumes" => {
                for at in 0..value.as_array().unwrap().len() {
                    self.change("volume missing", document, &format!("{pointer}/{at}"), None);
                }
            }
            "sizeLimit" => {
                self.change("bad quantity", document, pointer, Some(json!("10GB")));
                self.change("unbounded scratch space", document, pointer, None);
            }
            "sparkctl.dev~1config-hash" if document.json.to_string().contains("\"configMap\"") => {
                self.change("configuration without hash", document, pointer, None)
            }
            // Counts
            "replicas" if value.as_i64() > Some(1) && self.production => {
                self.change("too few replicas", document, pointer, Some(json!(1)));
            }
            "replicas" => self.change("wrong type", document, pointer, Some(json!("two"))),
            "minAvailable" => self.change("disruption budget", document, pointer, Some(json!("100%"))),
            "maxUnavailable" if kind == "PodDisruptionBudget" => {
                self.change("disruption budget", document, pointer, Some(json!(0)));
            }
            "topologySpreadConstraints" if self.production => {
                self.change("no spread", document, pointer, None)
            }
            "type" if kind == "Service" => {
                self.change("wrong enum", document, pointer, Some(json!("Cluster")));
            }
            "dnsNames" => self.change("certificate", document, pointer, Some(json!(["elsewhere.example"]))),
            _ => {}
        }
    }

    fn of_container(&mut self, document: &Document<'_>, pointer: &str, container: &Json) {
        let field = |name: &str| format!("{pointer}/{name}");
        let is_init = pointer.contains("/initContainers/") && text(container, "/restartPolicy") != "Always";
        let is_executor = document.inside.is_some();
        let list = |name: &str| container.get(name).and_then(Json::as_array).cloned().unwrap_or_default();
        self.change("unknown field", document, &field("imagePulPolicy"), Some(json!("Always")));
        if let Some(image) = container.get("image").and_then(Json::as_str) {
            let (repository, _) = image.rsplit_once(':').unwrap();
            self.change("image", document, &field("image"), Some(json!(format!("{repository}:latest"))));
            self.change("image", document, &field("image"), Some(json!(repository)));
            let short = image.rsplit('/').next().unwrap();
            self.change("image", document, &field("image"), Some(json!(short)));
            self.change("wrong enum", document, &field("imagePullPolicy"), Some(json!("Sometimes")));
        }
        if !is_executor {
            self.change("resources", document, &field("resources"), None);
            self.change("resources", document, &field("resources/limits/memory"), None);
            self.change("resources", document, &field("resources/requests/memory"), Some(json!("900Gi")));
            self.change("bad quantity", document, &field("resources/limits/memory"), Some(json!("4 GB")));
            // How much a script needs nobody knows; how much a heap does is written there.
            let heap = list("env").iter().any(|entry| text(entry, "/name") == "SPARK_DRIVER_MEMORY");
            if !is_init || heap {
                self.change(
                    "too little memory",
                    document,
                    &field("resources/limits/memory"),
                    Some(json!("128Mi")),
                );
            }
        }
        if !is_init && !is_executor {
            self.change("probe", document, &field("readinessProbe"), None);
        }
        for (at, mount) in list("volumeMounts").iter().enumerate() {
            self.change("mount missing", document, &field(&format!("volumeMounts/{at}")), None);
            self.change("twice in a list", document, &field("volumeMounts/-"), Some(mount.clone()));
            // Spark takes its local directories from wherever volumes of this name are mounted.
            if !text(mount, "/name").starts_with("spark-local-dir-") {
                let elsewhere = json!(format!("{}-x", text(mount, "/mountPath")));
                let pointer = field(&format!("volumeMounts/{at}/mountPath"));
                self.change("mount path", document, &pointer, Some(elsewhere));
            }
        }
        for (at, entry) in list("env").iter().enumerate() {
            self.change("twice in a list", document, &field("env/-"), Some(entry.clone()));
            if entry.pointer("/valueFrom/secretKeyRef").is_some() {
                let written = json!({"name": entry["name"], "value": "kX9vQ2mB7zLwT4rN"});
                self.change("credential", document, &field(&format!("env/{at}")), Some(written));
                self.change("variable missing", document, &field(&format!("env/{at}")), None);
            }
        }
        for port in list("ports") {
            self.change("twice in a list", document, &field("ports/-"), Some(port));
        }
        let literal = json!({"name": "DB_PASSWORD", "value": "hunter2-kX9vQ2mB7z"});
        if container.get("env").is_some() {
            self.change("credential", document, &field("env/-"), Some(literal));
        }
        let arguments = list("args");
        let class = arguments.iter().position(|word| word == "--class");
        if let Some(class) = class {
            let mut behind = arguments.clone();
            let option: Vec<Json> = behind.drain(class..class + 2).collect();
            behind.extend(option);
            self.change("command line", document, &field("args"), Some(json!(behind)));
            for at in (0..arguments.len()).filter(|at| arguments[*at] == "--conf") {
                let mut without = arguments.clone();
                without.drain(at..at + 2);
                self.change("command line", document, &field("args"), Some(json!(without)));
            }
            let mut broken = container.clone();
            broken["command"] = json!(["/opt/spark/sbin/start-connect-server.sh"]);
            broken["args"] = json!([]);
            self.change("daemon", document, pointer, Some(broken));
        }
    }
}

/// Every pointer into a document, but into texts.
fn walk(value: &Json, pointer: &mut String, found: &mut Vec<String>) {
    let length = pointer.len();
    let step = |pointer: &mut String, key: &str, value: &Json, found: &mut Vec<String>| {
        pointer.push('/');
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        found.push(pointer.clone());
        walk(value, pointer, found);
    };
    match value {
        Json::Object(map) => {
            for (key, value) in map {
                step(pointer, key, value, found);
                pointer.truncate(length);
            }
        }
        Json::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                step(pointer, &at.to_string(), value, found);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}
