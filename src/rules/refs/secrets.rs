//! Secrets and their keys.

use super::declared::CERTIFICATE;
use super::names::{Keys, Names, keys_of};
use crate::diagnostic::did_you_mean;
use crate::layer::tree::{Node, Value};
use crate::rules::set::{Object, Property};
use crate::rules::{Place, Problem};
use std::collections::BTreeSet;

/// One use of a Secret.
struct Use<'u> {
    namespace: &'u str,
    name: &'u str,
    /// The key that is read of it, if one is.
    key: Option<&'u str>,
    /// Where the name stands, and where the key does.
    at: (Site<'u>, Site<'u>),
}

/// A node of an object, or a property of Spark.
#[derive(Clone, Copy)]
enum Site<'u> {
    Node(&'u Node),
    Property(&'u Property<'u>),
}

/// Rules `ref/unknown-secret` and `ref/unknown-secret-key`.
pub fn check(names: &Names<'_>, problems: &mut Vec<Problem>) {
    for pod in &names.subject.pods {
        let namespace = pod.namespace();
        for container in pod.containers() {
            for entry in container.list("env") {
                if let Some(reference) = entry.below(&["valueFrom", "secretKeyRef"]) {
                    reference_to(names, namespace, reference, problems);
                }
            }
            for source in container.list("envFrom") {
                if let Some(reference) = source.get("secretRef") {
                    reference_to(names, namespace, reference, problems);
                }
            }
        }
        for volume in pod.spec.list("volumes") {
            if let Some(secret) = volume.get("secret") {
                files_of(names, namespace, secret, "secretName", problems);
            }
            for source in
                volume.get("projected").map(|projected| projected.list("sources")).unwrap_or_default()
            {
                if let Some(secret) = source.get("secret") {
                    files_of(names, namespace, secret, "name", problems);
                }
            }
        }
        pulled(names, namespace, pod.spec, problems);
    }
    for object in names.subject.objects() {
        match object.id.kind.as_str() {
            "ServiceAccount" => pulled(names, object.namespace(), object.node, problems),
            "Ingress" => {
                let hosts = object.node.get("spec").map(|spec| spec.list("tls")).unwrap_or_default();
                for secret in hosts.iter().filter_map(|host| host.get("secretName")) {
                    named(names, object.namespace(), secret, problems);
                }
            }
            "ServiceMonitor" | "PodMonitor" => {
                monitored(names, object.namespace(), "", object.node, problems);
            }
            _ => {}
        }
    }
    properties(names, problems);
}

/// `{name, key, optional}`, as containers and monitors write it.
fn reference_to(names: &Names<'_>, namespace: &str, reference: &Node, problems: &mut Vec<Problem>) {
    let optional = reference.get("optional").and_then(Node::as_bool) == Some(true);
    let Some(name) = reference.get("name").filter(|_| !optional) else { return };
    let Some(text) = name.as_str().filter(|text| !text.is_empty()) else { return };
    let key = reference.get("key");
    let at = (Site::Node(name), Site::Node(key.unwrap_or(name)));
    used(names, &Use { namespace, name: text, key: key.and_then(Node::as_str), at }, problems);
}

/// A name alone.
fn named(names: &Names<'_>, namespace: &str, name: &Node, problems: &mut Vec<Problem>) {
    if let Some(text) = name.as_str() {
        used(
            names,
            &Use { namespace, name: text, key: None, at: (Site::Node(name), Site::Node(name)) },
            problems,
        );
    }
}

/// A volume's Secret with its items.
fn files_of(names: &Names<'_>, namespace: &str, secret: &Node, field: &str, problems: &mut Vec<Problem>) {
    if secret.get("optional").and_then(Node::as_bool) == Some(true) {
        return;
    }
    let Some(name) = secret.get(field) else { return };
    let Some(text) = name.as_str() else { return };
    let before = problems.len();
    named(names, namespace, name, problems);
    if problems.len() > before {
        return;
    }
    for key in secret.list("items").iter().filter_map(|item| item.get("key")) {
        let at = (Site::Node(name), Site::Node(key));
        used(names, &Use { namespace, name: text, key: key.as_str(), at }, problems);
    }
}

fn pulled(names: &Names<'_>, namespace: &str, holder: &Node, problems: &mut Vec<Problem>) {
    for name in holder.list("imagePullSecrets").iter().filter_map(|secret| secret.get("name")) {
        named(names, namespace, name, problems);
    }
}

/// Credentials of scrapes: every `{name, key}` that is not a ConfigMap's.
fn monitored(names: &Names<'_>, namespace: &str, above: &str, node: &Node, problems: &mut Vec<Problem>) {
    match &node.value {
        Value::Map(map) => {
            if above != "configMap" && node.text("key").is_some_and(|key| !key.is_empty()) {
                reference_to(names, namespace, node, problems);
            }
            for (key, entry) in &map.entries {
                monitored(names, namespace, key, &entry.node, problems);
            }
        }
        Value::List(items) => {
            items.iter().for_each(|item| monitored(names, namespace, above, item, problems));
        }
        _ => {}
    }
}

/// Secrets that Spark gives to the pods it makes.
fn properties(names: &Names<'_>, problems: &mut Vec<Problem>) {
    for application in &names.subject.applications {
        let namespace = names.subject.pods[application.pod].namespace();
        for property in &application.properties {
            let Some(rest) = property.key.strip_prefix("spark.kubernetes.") else { continue };
            let at = (Site::Property(property), Site::Property(property));
            if rest == "container.image.pullSecrets" {
                for name in property.value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                    used(names, &Use { namespace, name, key: None, at }, problems);
                }
                continue;
            }
            let Some(rest) = rest.strip_prefix("executor.").or_else(|| rest.strip_prefix("driver.")) else {
                continue;
            };
            if let Some(name) = rest.strip_prefix("secrets.") {
                used(names, &Use { namespace, name, key: None, at }, problems);
            } else if rest.starts_with("secretKeyRef.") {
                // Spark splits at the colon and fails where there is none.
                let (name, key) = property.value.split_once(':').unwrap_or((&property.value, ""));
                used(names, &Use { namespace, name, key: Some(key), at }, problems);
            }
        }
    }
}

fn used(names: &Names<'_>, wanted: &Use<'_>, problems: &mut Vec<Problem>) {
    let place = |site: Site<'_>| -> Place {
        match site {
            Site::Node(node) => names.subject.place(node),
            Site::Property(property) => property.place(names.subject),
        }
    };
    let made = names.secret(wanted.namespace, wanted.name);
    let declared = names.declared.as_ref().and_then(|declared| declared.secrets.get(wanted.name));
    let Some(keys) = made.or(declared) else {
        let known: Vec<&str> = names.secret_names().into_iter().collect();
        let mut problem =
            names.absent("ref/unknown-secret", "Secret", wanted.name, place(wanted.at.0), &known);
        if let (Site::Property(property), Some(declared)) = (wanted.at.0, &names.declared)
            && declared.conf.contains(&property.key)
        {
            problem.rule = "ref/outside-the-set";
        }
        problems.push(problem);
        return;
    };
    let (Some(key), Keys::These(keys)) = (wanted.key, keys) else { return };
    if !keys.contains(key) {
        problems.push(
            Problem::new(
                "ref/unknown-secret-key",
                format!("the Secret `{}` has no key `{key}`", wanted.name),
                place(wanted.at.1),
                "this key",
            )
            .help_if(did_you_mean(key, keys.iter().map(String::as_str))),
        );
    }
}

/// The Secrets that an object is, or that an operator makes of it, with their keys.
pub fn made<'a>(object: &Object<'a>) -> Vec<(&'a str, Keys)> {
    let id = object.id;
    let name = id.name.as_str();
    let spec = object.node.get("spec");
    let text = |path: &[&str]| spec.and_then(|spec| spec.below(path)).and_then(Node::as_str);
    match id.kind.as_str() {
        "Secret" => {
            let mut keys = keys_of(object.node.get("data"));
            keys.extend(keys_of(object.node.get("stringData")));
            // Kubernetes fills in the token of a service account.
            let filled = object.node.text("type") == Some("kubernetes.io/service-account-token");
            vec![(name, if filled { Keys::Any } else { Keys::These(keys) })]
        }
        "SealedSecret" => {
            let mut keys = keys_of(spec.and_then(|spec| spec.get("encryptedData")));
            keys.extend(keys_of(spec.and_then(|spec| spec.below(&["template", "data"]))));
            vec![(text(&["template", "metadata", "name"]).unwrap_or(name), Keys::These(keys))]
        }
        "ExternalSecret" => vec![(text(&["target", "name"]).unwrap_or(name), fetched(spec))],
        "Certificate" => {
            let keys: BTreeSet<String> = CERTIFICATE.iter().map(|key| (*key).to_owned()).collect();
            let open = ["keystores", "additionalOutputFormats"];
            let more = spec.is_some_and(|spec| open.iter().any(|field| spec.get(field).is_some()));
            let keys = if more { Keys::Any } else { Keys::These(keys) };
            text(&["secretName"]).map(|secret| (secret, keys)).into_iter().collect()
        }
        "Ingress" => {
            let annotations = object.node.below(&["metadata", "annotations"]).and_then(Node::as_map);
            let certified = annotations.is_some_and(|annotations| {
                annotations.entries.keys().any(|key| {
                    matches!(key.as_str(), "cert-manager.io/issuer" | "cert-manager.io/cluster-issuer")
                })
            });
            let tls = spec.map(|spec| spec.list("tls")).unwrap_or_default().iter();
            let secrets = tls.filter_map(|tls| tls.text("secretName")).filter(|_| certified);
            secrets.map(|secret| (secret, Keys::Any)).collect()
        }
        _ => Vec::new(),
    }
}

/// The keys that External Secrets writes: of a template, where there is one, those alone.
fn fetched(spec: Option<&Node>) -> Keys {
    let Some(spec) = spec else { return Keys::Any };
    let template = spec.below(&["target", "template"]);
    let open = template.is_some_and(|template| template.get("templateFrom").is_some());
    let templated = template.and_then(|template| template.get("data"));
    let replaces = template.and_then(|template| template.text("mergePolicy")) != Some("Merge");
    match templated {
        Some(data) if replaces && !open => return Keys::These(keys_of(Some(data))),
        _ if open || !spec.list("dataFrom").is_empty() => return Keys::Any,
        _ => {}
    }
    let mut keys = keys_of(templated);
    keys.extend(spec.list("data").iter().filter_map(|data| data.text("secretKey")).map(str::to_owned));
    Keys::These(keys)
}
