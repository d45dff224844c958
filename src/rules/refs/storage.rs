//! Claims, the Services that name the pods of StatefulSets, and classes.

use super::names::Names;
use crate::layer::tree::Node;
use crate::rules::set::PodKind;
use crate::rules::{Place, Problem};

/// Rules `ref/unknown-claim`, `ref/unknown-governing-service` and `ref/undeclared-class`.
pub fn check(names: &Names<'_>, problems: &mut Vec<Problem>) {
    claims(names, problems);
    governing(names, problems);
    classes(names, problems);
}

/// A volume's claim exists: in the set, or of a Spark property in the cluster already.
fn claims(names: &Names<'_>, problems: &mut Vec<Problem>) {
    let mut named = |namespace: &str, name: &str, at: &dyn Fn() -> Place| {
        if names.find("PersistentVolumeClaim", namespace, name).is_none() {
            let known: Vec<&str> = names.all("PersistentVolumeClaim").into_iter().collect();
            problems.push(names.absent("ref/unknown-claim", "PersistentVolumeClaim", name, at(), &known));
        }
    };
    for pod in &names.subject.pods {
        for volume in pod.spec.list("volumes") {
            if let Some(claim) = volume.below(&["persistentVolumeClaim", "claimName"])
                && let Some(name) = claim.as_str()
            {
                named(pod.namespace(), name, &|| names.subject.place(claim));
            }
        }
    }
    for application in &names.subject.applications {
        let namespace = names.subject.pods[application.pod].namespace();
        for property in &application.properties {
            let claim = property.key.contains(".volumes.persistentVolumeClaim.")
                && property.key.ends_with(".options.claimName");
            // Spark makes a claim for each executor (Spark 4.1.4, MountVolumesFeatureStep).
            let made = property.value == "OnDemand" || property.value.contains("SPARK_EXECUTOR_ID");
            if claim && !made {
                named(namespace, &property.value, &|| property.place(names.subject));
            }
        }
    }
}

/// The Service that a StatefulSet's pods get their names from exists and selects them.
fn governing(names: &Names<'_>, problems: &mut Vec<Problem>) {
    for pod in names.subject.pods.iter().filter(|pod| pod.owner.id.kind == "StatefulSet") {
        let Some(node) = pod.owner.node.below(&["spec", "serviceName"]) else { continue };
        let Some(name) = node.as_str().filter(|name| !name.is_empty()) else { continue };
        let rule = "ref/unknown-governing-service";
        match names.find("Service", pod.namespace(), name) {
            None => {
                let known: Vec<&str> = names.all("Service").into_iter().collect();
                let mut problem = names.absent(rule, "Service", name, names.subject.place(node), &known);
                problem.rule = rule;
                problems.push(problem);
            }
            Some(service) => {
                let labels = service.node.below(&["spec", "selector"]).and_then(Node::as_map);
                let selects = labels.is_some_and(|labels| {
                    labels.entries.iter().all(|(key, entry)| {
                        super::names::is_added(key) || pod.label(key) == entry.node.as_str()
                    })
                });
                if !selects {
                    problems.push(
                        Problem::new(
                            rule,
                            format!("the Service `{name}` does not select the pods of {}", pod.name()),
                            names.subject.place(node),
                            "their names are to come from it",
                        )
                        .and(
                            names.subject.missing(service.node, &["spec", "selector"]),
                            "this is what it selects",
                        )
                        .help("name the Service whose selector is the labels of the pod template"),
                    );
                }
            }
        }
    }
}

/// Classes of a release are those that its spec names. Others' clusters have classes of their own.
fn classes(names: &Names<'_>, problems: &mut Vec<Problem>) {
    let Some(declared) = &names.declared else { return };
    let mut asked = |kind: &'static str, object: &str, node: Option<&Node>| {
        let Some(node) = node else { return };
        let Some(name) = node.as_str() else { return };
        let built_in = kind == "priorityClass" && name.starts_with("system-");
        let known = declared.classes.contains(&(kind, name.to_owned()));
        if built_in || known || names.find(object, "", name).is_some() {
            return;
        }
        let field = match kind {
            "storageClass" => "site.storageClass",
            "ingressClass" => "site.ingress.class",
            "priorityClass" => "connect.driver.priorityClass or connect.executor.priorityClass",
            _ => "the spec",
        };
        problems.push(
            Problem::new(
                "ref/undeclared-class",
                format!("the {object} `{name}` is not one that the spec names"),
                names.subject.place(node),
                "named here",
            )
            .help(format!("set it in {field}, so that it is among the preconditions")),
        );
    };
    for pod in &names.subject.pods {
        asked("priorityClass", "PriorityClass", pod.spec.get("priorityClassName"));
        asked("runtimeClass", "RuntimeClass", pod.spec.get("runtimeClassName"));
        for claim in
            pod.owner.node.get("spec").map(|spec| spec.list("volumeClaimTemplates")).unwrap_or_default()
        {
            if pod.kind == PodKind::Workload {
                asked("storageClass", "StorageClass", claim.below(&["spec", "storageClassName"]));
            }
        }
    }
    for object in names.subject.objects() {
        let spec = object.node.get("spec");
        match object.id.kind.as_str() {
            "Ingress" => {
                asked("ingressClass", "IngressClass", spec.and_then(|spec| spec.get("ingressClassName")));
            }
            "PersistentVolumeClaim" => {
                asked("storageClass", "StorageClass", spec.and_then(|spec| spec.get("storageClassName")));
            }
            _ => {}
        }
    }
}
