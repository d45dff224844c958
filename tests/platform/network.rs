//! NetworkPolicies: who may talk to whom, with the labels and ports that pods really have.

use super::every;
use super::matrix::Case;
use super::model::{Pod, list, map, text};
use serde_json::Value as Json;

/// Whether a policy's selector takes a pod.
fn takes(selector: &Json, pod: &Pod<'_>) -> bool {
    map(selector, "/matchLabels").iter().all(|(key, value)| pod.labels.get(key) == Some(value))
}

/// The policies that select a pod.
fn policies<'a>(case: &'a Case, pod: &'a Pod<'a>) -> impl Iterator<Item = &'a Json> {
    case.of("NetworkPolicy").filter(move |policy| takes(&policy["spec"]["podSelector"], pod))
}

/// Whether some rule of one direction lets a pod of this release through, on a port.
fn lets(case: &Case, pod: &Pod<'_>, direction: &str, other: &Pod<'_>, port: u64) -> bool {
    let side = if direction == "ingress" { "/from" } else { "/to" };
    policies(case, pod).flat_map(|policy| list(&policy["spec"], &format!("/{direction}"))).any(|rule| {
        let named = list(rule, side).any(|peer| {
            peer.get("namespaceSelector").is_none()
                && peer.get("podSelector").is_some_and(|selector| takes(selector, other))
        });
        named
            && list(rule, "/ports").any(|found| {
                let from = found["port"].as_u64().unwrap_or(0);
                let to = found.get("endPort").and_then(Json::as_u64).unwrap_or(from);
                (from..=to).contains(&port)
            })
    })
}

fn pod<'a, 'b>(pods: &'a [Pod<'b>], owner: &str) -> Option<&'a Pod<'b>> {
    pods.iter().find(|pod| pod.owner == owner)
}

/// N4: nothing passes but what a flow asks for, in both directions, for every pod of the release.
#[test]
fn every_pod_is_closed_both_ways() {
    every(1000, |case, asked| {
        for pod in case.pods() {
            let found: Vec<&Json> = policies(case, &pod).collect();
            let denied = found.iter().any(|policy| {
                text(policy, "/metadata/name").ends_with("-default-deny")
                    && policy["spec"]["policyTypes"] == serde_json::json!(["Ingress", "Egress"])
            });
            asked.that(denied, || format!("{} is open", pod.owner));
            asked.that(found.len() >= 2, || format!("{} may do nothing at all", pod.owner));
            for policy in &found {
                let types = list(&policy["spec"], "/policyTypes").count();
                asked.that(types == 2, || "one direction is forgotten".to_owned());
                let instance = text(policy, "/spec/podSelector/matchLabels/app.kubernetes.io~1instance");
                asked.that(instance == case.preset, || "it selects neighbours".to_owned());
            }
        }
    });
}

/// N4: names are resolved over UDP and TCP, at servers whose namespace is known by the label that every
/// namespace has.
#[test]
fn every_pod_resolves_names() {
    every(1000, |case, asked| {
        for pod in case.pods() {
            // Databases and stores answer, they ask nobody.
            if pod.owner.ends_with("-database") || pod.owner.ends_with("-object-store") {
                continue;
            }
            let number = if case.features.iter().any(|feature| feature == "openshift") { 5353 } else { 53 };
            let found =
                policies(case, &pod).flat_map(|policy| list(&policy["spec"], "/egress")).any(|rule| {
                    let protocols: Vec<&str> = list(rule, "/ports")
                        .filter(|port| port["port"].as_u64() == Some(number))
                        .map(|port| text(port, "/protocol"))
                        .collect();
                    let namespaced = list(rule, "/to").any(|peer| {
                        map(peer, "/namespaceSelector/matchLabels")
                            .contains_key("kubernetes.io/metadata.name")
                    });
                    protocols.contains(&"UDP") && protocols.contains(&"TCP") && namespaced
                });
            asked.that(found, || format!("{} cannot resolve names", pod.owner));
        }
    });
}

/// N4: driver and executors reach one another, the History Server, the metastore and the store are reached by
/// those that need them: policies on both ends.
#[test]
fn both_ends_of_every_connection_agree() {
    every(1000, |case, asked| {
        let pods = case.pods();
        let server = format!("StatefulSet/{}", case.full("spark-connect"));
        let metastore = format!("Deployment/{}", case.full("hive-metastore"));
        let store = format!("StatefulSet/{}", case.full("object-store"));
        let history = format!("Deployment/{}", case.full("history-server"));
        let database = format!("StatefulSet/{}", case.full("database"));
        let jupyter = pods.iter().find(|pod| pod.owner.ends_with("-jupyter")).map(|pod| pod.owner.clone());
        let grpc = if case.environment == "dev" { 15002 } else { 15443 };
        let mut edges = vec![
            ("executor", server.as_str(), 7078),
            ("executor", server.as_str(), 7079),
            (server.as_str(), "executor", 7079),
            ("executor", "executor", 7079),
            (server.as_str(), metastore.as_str(), 9083),
            (server.as_str(), store.as_str(), 8333),
            ("executor", store.as_str(), 8333),
            (history.as_str(), store.as_str(), 8333),
            (metastore.as_str(), store.as_str(), 8333),
            (metastore.as_str(), database.as_str(), 5432),
        ];
        if let Some(jupyter) = &jupyter {
            edges.push((jupyter.as_str(), server.as_str(), grpc));
        }
        for (from, to, port) in edges {
            let (Some(one), Some(other)) = (pod(&pods, from), pod(&pods, to)) else { continue };
            asked
                .that(lets(case, one, "egress", other, port), || format!("{from} may not go to {to}:{port}"));
            asked.that(lets(case, other, "ingress", one, port), || {
                format!("{to} does not let {from} in on {port}")
            });
        }
    });
}

/// N4, ISSUE-029: what lies outside the release is allowed by its port: API server, store, database.
#[test]
fn what_lies_outside_is_allowed() {
    every(400, |case, asked| {
        let pods = case.pods();
        let goes = |pod: &Pod<'_>, port: u64| {
            policies(case, pod).flat_map(|policy| list(&policy["spec"], "/egress")).any(|rule| {
                list(rule, "/to").any(|peer| peer.get("ipBlock").is_some())
                    && list(rule, "/ports").any(|found| found["port"].as_u64() == Some(port))
            })
        };
        let server = pod(&pods, &format!("StatefulSet/{}", case.full("spark-connect"))).unwrap();
        let api = case.preset != "standalone";
        asked.that(goes(server, 6443) == api, || "the API server".to_owned());
        if case.environment != "dev" {
            asked.that(goes(server, 443), || "the object store".to_owned());
            if let Some(metastore) = pod(&pods, &format!("Deployment/{}", case.full("hive-metastore"))) {
                asked.that(goes(metastore, 5432), || "the database".to_owned());
            }
        }
    });
}

/// N4: the metadata service of a cloud hands out credentials: nothing that may go everywhere may go there.
#[test]
fn the_metadata_service_is_left_out() {
    every(1, |case, asked| {
        for policy in case.of("NetworkPolicy") {
            for rule in list(&policy["spec"], "/egress") {
                for block in list(rule, "/to").filter_map(|peer| peer.get("ipBlock")) {
                    let open = text(block, "/cidr").ends_with("/0");
                    asked.that(!open || list(block, "/except").count() > 0, || {
                        text(policy, "/metadata/name").to_owned()
                    });
                }
            }
        }
    });
}

/// N5: every Service, budget and monitor selects pods of this release, and of one workload.
#[test]
fn selectors_select_one_workload() {
    every(1000, |case, asked| {
        let pods = case.pods();
        for object in &case.objects {
            let selector = match text(object, "/kind") {
                "Service" => &object["spec"]["selector"],
                "PodDisruptionBudget" => &object["spec"]["selector"]["matchLabels"],
                _ => continue,
            };
            let wanted = map(selector, "");
            let taken: Vec<&str> = pods
                .iter()
                .filter(|pod| wanted.iter().all(|(key, value)| pod.labels.get(key) == Some(value)))
                .map(|pod| pod.owner.as_str())
                .collect();
            let holds = taken.len() == 1 && wanted.contains_key("app.kubernetes.io/instance");
            asked.that(holds, || format!("{} selects {taken:?}", text(object, "/metadata/name")));
        }
        for object in ["StatefulSet", "Deployment"].iter().flat_map(|kind| case.of(kind)) {
            let own = map(object, "/spec/selector/matchLabels");
            let labels = map(object, "/spec/template/metadata/labels");
            let holds = own.iter().all(|(key, value)| labels.get(key) == Some(value));
            asked.that(holds, || text(object, "/metadata/name").to_owned());
        }
    });
}

/// T-slow-jobs: monitors select a Service by labels that it has, and a port that it names and a pod opens.
#[test]
fn monitors_find_what_they_scrape() {
    every(300, |case, asked| {
        let monitors: Vec<&Json> = case.of("ServiceMonitor").collect();
        asked.that(monitors.is_empty() == (case.environment == "dev"), || "monitors".to_owned());
        for monitor in monitors {
            let wanted = map(monitor, "/spec/selector/matchLabels");
            let services: Vec<&Json> = case
                .of("Service")
                .filter(|service| {
                    let labels = map(service, "/metadata/labels");
                    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
                })
                .collect();
            asked.that(services.len() == 1, || format!("{} services", services.len()));
            for endpoint in list(monitor, "/spec/endpoints") {
                let named = services
                    .iter()
                    .any(|service| list(service, "/spec/ports").any(|port| port["name"] == endpoint["port"]));
                asked.that(named, || endpoint.to_string());
                let path = text(endpoint, "/path");
                asked
                    .that(!["/metrics", "/metrics/executors", "/metrics/prometheus"].contains(&path), || {
                        format!("{path} answers with a redirect or not at all")
                    });
            }
            let history = text(monitor, "/metadata/name").ends_with("history-server");
            asked.that(!history, || "a History Server has no metrics".to_owned());
        }
    });
}
