//! ConfigMaps and their keys.

use super::names::{Keys, Names};
use crate::diagnostic::did_you_mean;
use crate::layer::tree::Node;
use crate::rules::{Place, Problem};

/// ConfigMaps that Kubernetes and OpenShift put into every namespace.
const EVERYWHERE: [&str; 2] = ["kube-root-ca.crt", "openshift-service-ca.crt"];

/// Properties of Spark whose value is the name of a ConfigMap.
const PROPERTIES: [&str; 2] =
    ["spark.kubernetes.hadoop.configMapName", "spark.kubernetes.kerberos.krb5.configMapName"];

/// Rules `ref/unknown-config-map` and `ref/unknown-config-map-key`.
pub fn check(names: &Names<'_>, problems: &mut Vec<Problem>) {
    for pod in &names.subject.pods {
        let namespace = pod.namespace();
        for container in pod.containers() {
            let one =
                container.list("env").iter().filter_map(|env| env.below(&["valueFrom", "configMapKeyRef"]));
            let all = container.list("envFrom").iter().filter_map(|source| source.get("configMapRef"));
            for reference in one.chain(all) {
                used(names, namespace, reference, reference.get("key").into_iter(), problems);
            }
        }
        for volume in pod.spec.list("volumes") {
            let sources =
                volume.get("projected").map(|projected| projected.list("sources")).unwrap_or_default();
            let maps = sources.iter().filter_map(|source| source.get("configMap"));
            for map in volume.get("configMap").into_iter().chain(maps) {
                used(
                    names,
                    namespace,
                    map,
                    map.list("items").iter().filter_map(|item| item.get("key")),
                    problems,
                );
            }
        }
    }
    for application in &names.subject.applications {
        let namespace = names.subject.pods[application.pod].namespace();
        let named =
            application.properties.iter().filter(|property| PROPERTIES.contains(&property.key.as_str()));
        for property in named {
            if names.config_map(namespace, &property.value).is_none() {
                problems.push(unknown(names, &property.value, property.place(names.subject)));
            }
        }
    }
}

fn used<'n>(
    names: &Names<'_>,
    namespace: &str,
    reference: &'n Node,
    keys: impl Iterator<Item = &'n Node>,
    problems: &mut Vec<Problem>,
) {
    if reference.get("optional").and_then(Node::as_bool) == Some(true) {
        return;
    }
    let Some(name) = reference.get("name") else { return };
    let Some(text) = name.as_str().filter(|text| !EVERYWHERE.contains(text)) else { return };
    let Some(known) = names.config_map(namespace, text) else {
        problems.push(unknown(names, text, names.subject.place(name)));
        return;
    };
    let Keys::These(known) = known else { return };
    for node in keys {
        let Some(key) = node.as_str().filter(|key| !known.contains(*key)) else { continue };
        problems.push(
            Problem::new(
                "ref/unknown-config-map-key",
                format!("the ConfigMap `{text}` has no key `{key}`"),
                names.subject.place(node),
                "this key",
            )
            .help_if(did_you_mean(key, known.iter().map(String::as_str))),
        );
    }
}

fn unknown(names: &Names<'_>, name: &str, at: Place) -> Problem {
    let known: Vec<&str> = names.all("ConfigMap").into_iter().collect();
    names.absent("ref/unknown-config-map", "ConfigMap", name, at, &known)
}
