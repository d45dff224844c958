//! What an operator relies on: budgets, quotas, floors, placement.

use super::every;
use super::model::{list, map, text};
use serde_json::Value as Json;
use sparkctl::spec::types::Quantity;

/// N6, N14: several servers have a budget that lets a drain go on, one has none; no autoscaler touches them.
#[test]
fn budgets_let_drains_go_on() {
    every(500, |case, asked| {
        for object in ["StatefulSet", "Deployment"].iter().flat_map(|kind| case.of(kind)) {
            let replicas = object.pointer("/spec/replicas").and_then(Json::as_u64).unwrap_or(1);
            let labels = map(object, "/spec/template/metadata/labels");
            let budget = case.of("PodDisruptionBudget").find(|budget| {
                map(budget, "/spec/selector/matchLabels")
                    .iter()
                    .all(|(key, value)| labels.get(key) == Some(value))
            });
            let name = text(object, "/metadata/name");
            asked.that(budget.is_some() == (replicas > 1), || format!("{name}: {replicas} replicas"));
            let one = budget.is_none_or(|budget| budget["spec"]["maxUnavailable"] == 1);
            asked.that(one, || format!("{name}: its budget"));
        }
        for kind in ["HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler"] {
            asked.that(case.of(kind).next().is_none(), || kind.to_owned());
        }
    });
}

/// N12: executors may go to spot nodes, the driver never; what goes away hands its blocks on.
#[test]
fn the_driver_never_runs_on_spot_nodes() {
    every(400, |case, asked| {
        let spot = case.features.iter().any(|feature| feature == "spot");
        let on_spot = |spec: &Json| {
            let key = "karpenter.sh/capacity-type";
            spec.pointer("/nodeSelector").is_some_and(|selector| selector.get(key).is_some())
                && list(spec, "/tolerations").any(|toleration| text(toleration, "/key") == key)
        };
        for pod in case.pods() {
            let holds_executors = pod.owner == "executor" || pod.owner.ends_with("-worker");
            asked.that(on_spot(&pod.spec) == (spot && holds_executors), || format!("{} on spot", pod.owner));
        }
    });
}

/// N8: production cannot be made less than it is: several servers, tokens, certificates, monitoring, policies.
#[test]
fn production_has_its_floor() {
    every(100, |case, asked| {
        if case.environment != "prod" {
            return;
        }
        let name = case.full("spark-connect");
        let server = case.named("StatefulSet", &name).unwrap();
        asked.that(server["spec"]["replicas"].as_u64() >= Some(2), || "one server".to_owned());
        asked.that(case.of("ServiceMonitor").next().is_some(), || "nobody watches".to_owned());
        asked.that(case.of("Certificate").next().is_some(), || "no certificate".to_owned());
        let token = case.version == "3.5"
            || list(server, "/spec/template/spec/containers/0/env")
                .any(|entry| text(entry, "/name") == "SPARK_CONNECT_AUTHENTICATE_TOKEN");
        let asks =
            case.file(&format!("{name}-proxy"), "nginx.conf").is_some_and(|conf| conf.contains("return 401"));
        asked.that(token && (case.version != "3.5" || asks), || "no token".to_owned());
        let namespace = case.named("Namespace", "spark-prod").unwrap();
        let level = text(namespace, "/metadata/labels/pod-security.kubernetes.io~1enforce");
        asked.that(level == "restricted", || level.to_owned());
    });
}

/// A standby runs no server, reads production's logs and deletes none of them.
#[test]
fn a_standby_sleeps() {
    every(100, |case, asked| {
        if case.environment != "standby" {
            return;
        }
        let server = case.named("StatefulSet", &case.full("spark-connect")).unwrap();
        asked.that(server["spec"]["replicas"] == 0, || server["spec"]["replicas"].to_string());
        let folder = case.conf()["spark.eventLog.dir"].clone();
        asked.that(folder == "s3a://spark-logs-prod/events", || folder.clone());
        if let Some(history) = case.file(&case.full("history-server"), "spark-defaults.conf") {
            asked.that(history.contains("spark.history.fs.cleaner.enabled=false"), || "it cleans".to_owned());
        }
    });
}

/// T-resource-wait: the quota holds every pod that the release can have, each server's executors counted.
#[test]
fn the_quota_holds_the_whole_release() {
    every(300, |case, asked| {
        let Some(quota) = case.named("ResourceQuota", &case.preset) else {
            asked.that(case.environment == "dev", || "no quota".to_owned());
            return;
        };
        let conf = case.conf();
        let amount = |text: &str| text.parse::<Quantity>().unwrap().milli();
        let servers = case.named("StatefulSet", &case.full("spark-connect")).unwrap();
        let servers = i128::from(servers["spec"]["replicas"].as_u64().unwrap());
        let (mut cpu, mut memory, mut pods) = (0, 0, 0);
        for pod in case.pods() {
            let count = match pod.replicas {
                // While a Deployment rolls there may be one more.
                Some(replicas) => i128::from(replicas + pod.surge),
                None => servers * conf["spark.dynamicAllocation.maxExecutors"].parse::<i128>().unwrap(),
            };
            pods += count;
            let runs_along = |container: &&Json| text(container, "/restartPolicy") == "Always";
            let containers =
                list(&pod.spec, "/containers").chain(list(&pod.spec, "/initContainers").filter(runs_along));
            for container in containers {
                let of = |what: &str, own: &str| {
                    let found = text(container, &format!("/resources/requests/{what}"));
                    amount(if found.is_empty() { own } else { found })
                };
                if pod.owner == "executor" {
                    let mebibytes = |key: &str| {
                        conf[key].parse::<sparkctl::spec::types::SparkMemory>().unwrap().mebibytes()
                    };
                    let all = mebibytes("spark.executor.memory") + mebibytes("spark.executor.memoryOverhead");
                    cpu += count * amount(&conf["spark.kubernetes.executor.request.cores"]);
                    memory += count * amount(&format!("{all}Mi"));
                } else {
                    cpu += count * of("cpu", "0");
                    memory += count * of("memory", "0");
                }
            }
        }
        let hard = |key: &str| amount(&super::model::word(&quota["spec"]["hard"][key]));
        let headroom = &case.compiled.spec.namespace.quota.headroom;
        asked.that(hard("requests.cpu") - headroom.cpu.milli() == cpu, || {
            format!("cpu {} for {cpu}", hard("requests.cpu"))
        });
        asked.that(
            (hard("requests.memory") - headroom.memory.milli() - memory).abs() <= 64 * 1000 * 1024 * 1024,
            || format!("memory {} for {memory}", hard("requests.memory")),
        );
        asked.that(hard("pods") / 1000 == pods + i128::from(headroom.pods.get()), || format!("{pods} pods"));
    });
}

/// ISSUE-030, T-label-validation: labels, names and their lengths.
#[test]
fn labels_and_names_are_what_kubernetes_takes() {
    fn value(text: &str) -> bool {
        let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let edge = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
        text.len() <= 63
            && text.chars().all(inner)
            && edge(text.chars().next())
            && edge(text.chars().next_back())
    }
    every(3000, |case, asked| {
        for object in &case.objects {
            let name = text(object, "/metadata/name");
            let role = ["Role", "RoleBinding"].contains(&text(object, "/kind"));
            asked.that(name.len() <= 63 && (role || value(name)), || name.to_owned());
            for (key, label) in map(object, "/metadata/labels") {
                asked.that(value(&label), || format!("{name}: {key}={label}"));
            }
        }
    });
}

/// N16: custom resources in versions that their operators still serve.
#[test]
fn custom_resources_have_served_versions() {
    const SERVED: [(&str, &str); 5] = [
        ("ExternalSecret", "external-secrets.io/v1"),
        ("ServiceMonitor", "monitoring.coreos.com/v1"),
        ("Certificate", "cert-manager.io/v1"),
        ("Route", "route.openshift.io/v1"),
        ("Ingress", "networking.k8s.io/v1"),
    ];
    every(300, |case, asked| {
        for (kind, version) in SERVED {
            for object in case.of(kind) {
                asked.that(text(object, "/apiVersion") == version, || object["apiVersion"].to_string());
            }
        }
    });
}

/// ISSUE-030: the longest name that a release may have leaves room for what Kubernetes adds to it.
#[test]
fn the_longest_name_of_a_release_fits() {
    let library = super::matrix::library();
    for preset in library.presets(sparkctl::layer::document::PresetRole::Scenario) {
        let mut release = sparkctl::release::Release::of("prod", preset).unwrap();
        release.name = "n".repeat(sparkctl::release::MAX_NAME).parse().unwrap();
        release.features = library
            .presets(sparkctl::layer::document::PresetRole::Feature)
            .into_iter()
            .map(str::to_owned)
            .collect();
        for manifest in sparkctl::compile::compile(library, &release).unwrap().manifests {
            // A StatefulSet's pods bear its name and a hash in a label.
            let most = if manifest.id.kind == "StatefulSet" { 52 } else { 63 };
            assert!(manifest.id.name.len() <= most, "{}", manifest.id);
        }
    }
}
