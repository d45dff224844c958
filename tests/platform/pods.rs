//! Pods: Pod Security `restricted`, a read-only root, places to write, probes, resources, images.

use super::every;
use super::model::{env, list, text};
use serde_json::Value as Json;
use sparkctl::spec::types::Quantity;
use std::collections::BTreeSet;

/// ISSUE-009, N10: every container passes `restricted`, executors' and those that run first included.
#[test]
fn every_container_passes_pod_security_restricted() {
    every(3000, |case, asked| {
        for pod in case.pods() {
            let of_pod = pod.spec.get("securityContext").cloned().unwrap_or_default();
            for container in pod.containers() {
                let own = container.get("securityContext").cloned().unwrap_or_default();
                let either = |key: &str| own.get(key).or(of_pod.get(key)).cloned().unwrap_or_default();
                let user = either("runAsUser").as_u64().unwrap_or(0);
                let holds = either("runAsNonRoot") == true
                    && user > 0
                    && text(&either("seccompProfile"), "/type") == "RuntimeDefault"
                    && own.get("allowPrivilegeEscalation") == Some(&Json::from(false))
                    && own.get("readOnlyRootFilesystem") == Some(&Json::from(true))
                    && list(&own, "/capabilities/drop").any(|drop| drop == "ALL")
                    && own.pointer("/capabilities/add").is_none()
                    && own.get("privileged").is_none();
                asked.that(holds, || format!("{} {} is not restricted", pod.owner, text(container, "/name")));
            }
            let host = ["hostNetwork", "hostPID", "hostIPC"].iter().any(|key| pod.spec.get(*key).is_some());
            let kinds = ["configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"];
            let volumes = list(&pod.spec, "/volumes")
                .all(|volume| kinds.iter().any(|kind| volume.get(*kind).is_some()));
            asked.that(!host && volumes, || format!("{} has a volume or namespace of the host", pod.owner));
        }
    });
}

/// ISSUE-008: homes and scratch directories lie where one may write.
#[test]
fn homes_and_scratch_directories_can_be_written() {
    const PLACES: [&str; 9] = [
        "HOME",
        "SPARK_LOCAL_DIRS",
        "SPARK_WORKER_DIR",
        "SPARK_LOG_DIR",
        "JUPYTER_RUNTIME_DIR",
        "JUPYTER_DATA_DIR",
        "IPYTHONDIR",
        "MPLCONFIGDIR",
        "XDG_CACHE_HOME",
    ];
    every(2000, |case, asked| {
        for pod in case.pods() {
            for container in pod.containers() {
                let name = text(container, "/name");
                for (variable, path) in env(container) {
                    if PLACES.contains(&variable) {
                        asked.that(pod.may_write(container, path), || {
                            format!("{} {name}: {variable}={path} cannot be written", pod.owner)
                        });
                    }
                }
                // Java, Python and nginx put what they need into /tmp.
                let tools = ["fetch", "home"].contains(&name);
                asked.that(tools || pod.may_write(container, "/tmp"), || {
                    format!("{} {name} has no /tmp", pod.owner)
                });
                let spark = text(container, "/image").contains("spark:") && !tools;
                let first = list(&pod.spec, "/initContainers").any(|other| text(other, "/name") == name);
                asked.that(!spark || first || env(container).contains_key("HOME"), || {
                    format!("{} {name}: user 185 has no home", pod.owner)
                });
            }
        }
        let ivy = case.conf()["spark.jars.ivy"].clone();
        asked.that(ivy.starts_with("/tmp/"), || format!("ivy in {ivy}"));
    });
}

/// N17: every pod that serves says when it is ready, and every container what it needs.
#[test]
fn every_container_has_resources_and_every_server_probes() {
    every(3000, |case, asked| {
        for pod in case.pods() {
            for container in pod.containers() {
                let name = text(container, "/name");
                if pod.owner == "executor" && name == "executor" {
                    continue; // Spark writes its CPU and memory.
                }
                let at = |path: &str| text(container, path).parse::<Quantity>().ok();
                let (request, limit) = (at("/resources/requests/memory"), at("/resources/limits/memory"));
                let holds = at("/resources/requests/cpu").is_some() && request.is_some() && request <= limit;
                asked.that(holds, || format!("{} {name}: resources", pod.owner));
            }
            for container in list(&pod.spec, "/containers") {
                let ready = container.get("readinessProbe").is_some() || pod.owner == "executor";
                asked.that(ready, || format!("{} has no readiness probe", pod.owner));
                for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
                    let Some(probe) = container.get(probe) else { continue };
                    for kind in ["tcpSocket", "httpGet"] {
                        let Some(port) = probe.pointer(&format!("/{kind}/port")) else { continue };
                        let known = list(container, "/ports").any(|known| {
                            known.get("name") == Some(port) || known.get("containerPort") == Some(port)
                        });
                        asked.that(known, || format!("{}: no port {port} to probe", pod.owner));
                    }
                }
            }
        }
    });
}

/// T-driver-not-starting: a Connect server has at least two minutes to start, and no probe kills it sooner.
#[test]
fn a_connect_server_has_minutes_to_start() {
    every(400, |case, asked| {
        let server = case.named("StatefulSet", &case.full("spark-connect")).unwrap();
        let probe = |key: &str| {
            let at = format!("/spec/template/spec/containers/0/startupProbe/{key}");
            server.pointer(&at).and_then(Json::as_u64).unwrap_or(0)
        };
        let budget = probe("periodSeconds") * probe("failureThreshold");
        asked.that(budget >= 120, || format!("{budget} s to start"));
    });
}

/// N15, ISSUE-001 (c): images name their registry and a full tag; Spark's bears the version rendered for,
/// and executors have the driver's.
#[test]
fn images_are_pinned_and_of_the_right_version() {
    every(3000, |case, asked| {
        let version = &case.compiled.platform.version;
        for pod in case.pods() {
            for container in pod.containers() {
                let image = text(container, "/image");
                if pod.owner == "executor" && image.is_empty() {
                    continue; // Spark writes it; asked below.
                }
                let (repository, tag) = image.rsplit_once(':').unwrap_or((image, ""));
                let registry = repository.split('/').next().unwrap_or_default();
                asked.that(
                    registry.contains('.') && !tag.is_empty() && tag != "latest" && tag.contains('.'),
                    || format!("{}: {image}", pod.owner),
                );
                if repository.ends_with("/spark") {
                    asked.that(tag.starts_with(&version.image.patch), || format!("{}: {image}", pod.owner));
                }
            }
        }
        if let Some(image) = case.conf().get("spark.kubernetes.container.image") {
            let server = case.named("StatefulSet", &case.full("spark-connect")).unwrap();
            let own = text(server, "/spec/template/spec/containers/0/image");
            asked.that(image == own, || format!("executors have {image}, the driver {own}"));
        }
    });
}

/// N2: no name twice in any list that Kubernetes takes for a mapping.
#[test]
fn no_name_stands_twice_in_a_list() {
    fn twice<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
        let mut seen = BTreeSet::new();
        names.filter(|name| !name.is_empty()).find(|name| !seen.insert(*name)).map(str::to_owned)
    }
    every(1000, |case, asked| {
        for pod in case.pods() {
            let mut wrong = twice(list(&pod.spec, "/volumes").map(|volume| text(volume, "/name")))
                .or_else(|| twice(pod.containers().into_iter().map(|container| text(container, "/name"))));
            for container in pod.containers() {
                let names = |path: &'static str, key: &'static str| {
                    twice(list(container, path).map(move |item| text(item, key)))
                };
                wrong = wrong
                    .or_else(|| names("/env", "/name"))
                    .or_else(|| names("/ports", "/name"))
                    .or_else(|| names("/volumeMounts", "/mountPath"));
            }
            asked.that(wrong.is_none(), || {
                format!("{}: {} twice", pod.owner, wrong.clone().unwrap_or_default())
            });
        }
    });
}
