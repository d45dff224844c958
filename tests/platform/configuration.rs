//! Spark's configuration: what it says, that it is read, and that the version knows it.

use super::every;
use super::matrix::Case;
use super::model::{list, properties, text};
use serde_json::Value as Json;
use sparkctl::spec::types::SparkMemory;

fn arguments(case: &Case) -> Vec<&str> {
    let server = case.named("StatefulSet", &case.full("spark-connect")).unwrap();
    list(server, "/spec/template/spec/containers/0/args").filter_map(Json::as_str).collect()
}

/// Every properties file of Spark in a release.
fn files(case: &Case) -> Vec<(String, &str)> {
    let mut files = Vec::new();
    for object in case.of("ConfigMap") {
        for (name, value) in object.get("data").and_then(Json::as_object).into_iter().flatten() {
            if name == "spark-defaults.conf" {
                files.push((text(object, "/metadata/name").to_owned(), value.as_str().unwrap()));
            }
        }
    }
    files
}

/// ISSUE-019, T-properties-syntax: `key=value`, no quotes, no duplicates, nothing empty, nothing that is a
/// mapping printed by accident.
#[test]
fn properties_are_well_formed() {
    every(10_000, |case, asked| {
        for (name, file) in files(case) {
            let mut seen = std::collections::BTreeSet::new();
            for line in file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                let (key, value) = line.split_once('=').unwrap_or((line, ""));
                let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-*".contains(&byte));
                let holds = plain
                    && key.starts_with("spark.")
                    && !value.trim().is_empty()
                    && !value.starts_with(['"', '\'', '{', '['])
                    && !value.contains(" #")
                    && !value.contains("{{")
                    && !value.contains("$(")
                    && seen.insert(key);
                asked.that(holds, || format!("{name}: {line}"));
            }
        }
    });
}

/// N18: every property is one that the version rendered for reads.
#[test]
fn every_property_exists_in_the_version() {
    every(10_000, |case, asked| {
        let mut all: Vec<String> =
            files(case).iter().flat_map(|(_, file)| properties(file).into_keys()).collect();
        all.extend(case.conf().into_keys());
        for key in all {
            let known = sparkctl::spark::conf_keys::known(&case.version, &key);
            asked.that(known.is_some(), || format!("{key} does not exist in {}", case.version));
        }
    });
}

/// ISSUE-012, ISSUE-020: one master, of the backend's kind, in the file that spark-submit reads.
#[test]
fn the_master_is_the_backends() {
    every(400, |case, asked| {
        let conf = case.conf();
        let master = conf["spark.master"].as_str();
        let wanted = if case.preset == "standalone" { "spark://" } else { "k8s://" };
        asked.that(master.starts_with(wanted), || master.to_owned());
        asked.that(conf["spark.submit.deployMode"] == "client", || "deploy mode".to_owned());
        let server = case.named("StatefulSet", &case.full("spark-connect")).unwrap();
        let mounted = list(server, "/spec/template/spec/containers/0/volumeMounts")
            .any(|mount| text(mount, "/mountPath") == "/opt/spark/conf");
        let told = list(server, "/spec/template/spec/containers/0/env").any(|entry| {
            text(entry, "/name") == "SPARK_CONF_DIR" && text(entry, "/value") == "/opt/spark/conf"
        });
        asked.that(mounted && told, || "the configuration is not where Spark looks".to_owned());
    });
}

/// ISSUE-016, ISSUE-017, ISSUE-018: spark-submit in the foreground, options before the class, nothing after
/// the application.
#[test]
fn the_command_line_is_in_order() {
    every(400, |case, asked| {
        let found = arguments(case);
        let class = found.iter().position(|argument| *argument == "--class");
        let (first, last) = (found.first(), found.last());
        let options = class.map(|class| &found[1..class]).unwrap_or_default();
        let holds = first == Some(&"/opt/spark/bin/spark-submit")
            && last == Some(&"spark-internal")
            && class == Some(found.len() - 3)
            && options.chunks(2).all(|pair| pair.len() == 2 && pair[0] == "--conf");
        asked.that(holds, || found.join(" "));
        for pod in case.pods() {
            for container in pod.containers() {
                let words = list(container, "/command").chain(list(container, "/args"));
                let words: Vec<&str> = words.filter_map(Json::as_str).collect();
                let daemon = words.iter().any(|word| word.contains("/sbin/start-") || *word == "&");
                let properties = words.contains(&"--properties-file")
                    && !words.iter().any(|word| word.ends_with("spark-submit"));
                asked.that(!daemon && !properties, || format!("{}: {}", pod.owner, words.join(" ")));
            }
        }
    });
}

/// ISSUE-010, ISSUE-024, ISSUE-025, ISSUE-026, N13: executors reach each driver by a name of its own, on
/// ports that its pod opens and its headless Service lists.
#[test]
fn each_driver_has_an_address_of_its_own() {
    every(400, |case, asked| {
        let conf = case.conf();
        let name = case.full("spark-connect");
        let namespace = format!("spark-{}", case.environment);
        let host = format!("$(POD_NAME).{name}-headless.{namespace}.svc");
        asked.that(conf["spark.driver.host"] == host, || conf["spark.driver.host"].clone());
        asked.that(conf["spark.driver.bindAddress"] == "$(POD_IP)", || "bind address".to_owned());
        let own = conf.get("spark.kubernetes.driver.pod.name").map(String::as_str);
        asked.that(case.preset == "standalone" || own == Some("$(POD_NAME)"), || "pod name".to_owned());
        asked.that(!conf.contains_key("spark.kubernetes.executor.podNamePrefix"), || "prefix".to_owned());
        let server = case.named("StatefulSet", &name).unwrap();
        let service = case.named("Service", &format!("{name}-headless")).unwrap();
        asked
            .that(text(server, "/spec/serviceName") == text(service, "/metadata/name"), || "name".to_owned());
        let headless = text(service, "/spec/clusterIP") == "None"
            && service.pointer("/spec/publishNotReadyAddresses") == Some(&Json::from(true));
        asked.that(headless, || "the Service is not headless, or hides drivers that start".to_owned());
        for key in ["spark.driver.port", "spark.driver.blockManager.port", "spark.ui.port"] {
            let number: u64 = conf[key].parse().unwrap_or(0);
            let opened = list(server, "/spec/template/spec/containers/0/ports")
                .any(|port| port["containerPort"].as_u64() == Some(number));
            let listed = list(service, "/spec/ports").any(|port| port["port"].as_u64() == Some(number));
            asked.that(number > 0 && opened && listed, || format!("{key}={number}"));
        }
    });
}

/// ISSUE-027 (a), ISSUE-028 (b): the server listens everywhere, and Service, container and probe agree.
#[test]
fn clients_find_the_server() {
    every(400, |case, asked| {
        let conf = case.conf();
        let name = case.full("spark-connect");
        let bound = conf.get("spark.connect.grpc.binding.address").map(String::as_str);
        asked.that(bound == Some("0.0.0.0") || case.version == "3.5", || format!("{bound:?}"));
        let server = case.named("StatefulSet", &name).unwrap();
        let grpc = list(server, "/spec/template/spec/containers/0/ports")
            .find(|port| text(port, "/name") == "grpc")
            .map(|port| port["containerPort"].to_string());
        asked.that(grpc.as_ref() == conf.get("spark.connect.grpc.binding.port"), || format!("{grpc:?}"));
        let service = case.named("Service", &name).unwrap();
        let target = text(service, "/spec/ports/0/targetPort");
        let proxied = case.environment != "dev";
        asked.that(target == if proxied { "grpc-tls" } else { "grpc" }, || target.to_owned());
        asked.that(text(service, "/spec/sessionAffinity") == "ClientIP", || "sessions wander".to_owned());
    });
}

/// ISSUE-015: every path that the configuration names is mounted, or written by a step before.
#[test]
fn files_that_the_configuration_names_are_there() {
    every(300, |case, asked| {
        let conf = case.conf();
        let name = case.full("spark-connect");
        if let Some(path) = conf.get("spark.kubernetes.executor.podTemplateFile") {
            let server = case.named("StatefulSet", &name).unwrap();
            let mounted = list(server, "/spec/template/spec/containers/0/volumeMounts")
                .find(|mount| path.starts_with(text(mount, "/mountPath")));
            let volume = mounted.map(|mount| text(mount, "/name")).unwrap_or_default();
            let key = path.rsplit('/').next().unwrap();
            let there = list(server, "/spec/template/spec/volumes").any(|found| {
                text(found, "/name") == volume
                    && list(found, "/configMap/items").any(|item| text(item, "/path") == key)
            });
            asked.that(there && case.file(&name, key).is_some(), || path.clone());
        }
        for key in ["spark.driver.extraClassPath", "spark.executor.extraClassPath"] {
            let Some(path) = conf.get(key) else { continue };
            let folder = path.trim_end_matches("/*");
            let owner = if key.starts_with("spark.driver") { "StatefulSet" } else { "executor" };
            for pod in case.pods().iter().filter(|pod| pod.owner.starts_with(owner)) {
                let containers = pod.containers();
                let server = containers.iter().find(|c| ["server", "executor"].contains(&text(c, "/name")));
                let Some(server) = server.filter(|_| pod.owner == "executor" || pod.owner.ends_with(&name))
                else {
                    continue;
                };
                let mounted = list(server, "/volumeMounts").any(|mount| text(mount, "/mountPath") == folder);
                let filled = containers.iter().any(|container| text(container, "/name") == "fetch");
                asked.that(mounted && filled, || format!("{}: {key}={path}", pod.owner));
            }
        }
        let layout = case.file(&name, "log4j2.properties").unwrap();
        let template = layout.contains("JsonTemplateLayout");
        asked.that(template == (case.version != "3.5"), || "log layout".to_owned());
        asked.that(template || layout.contains("layout.compact=true"), || "lines of JSON".to_owned());
    });
}

/// T-oom-and-spill: memory is set where Spark reads it, in its own units, and the driver's limit holds heap
/// and what lives beside it.
#[test]
fn memory_is_arithmetic() {
    every(400, |case, asked| {
        let conf = case.conf();
        let memory = |key: &str| conf[key].parse::<SparkMemory>().map(|memory| memory.mebibytes());
        asked.that(!conf.contains_key("spark.kubernetes.executor.request.memory"), || {
            "no such key".to_owned()
        });
        asked.that(conf.contains_key("spark.executor.cores"), || "cores".to_owned());
        let overhead = memory("spark.executor.memoryOverhead");
        asked.that(memory("spark.executor.memory").is_ok() && overhead.is_ok_and(|more| more >= 384), || {
            "executors' memory".to_owned()
        });
        let server = case.named("StatefulSet", &case.full("spark-connect")).unwrap();
        let limit = text(server, "/spec/template/spec/containers/0/resources/limits/memory");
        let limit: u64 = limit.trim_end_matches("Mi").parse().unwrap();
        let heap = memory("spark.driver.memory").unwrap();
        asked.that(limit >= heap + (heap / 10).max(384), || format!("{heap} of {limit}"));
    });
}

/// T-gc-pressure: no heap among the Java options, no flag that newer Javas refuse.
#[test]
fn java_options_hold_no_heap_and_no_dead_flags() {
    const DEAD: [&str; 6] =
        ["-Xmx", "-Xms", "PrintGCDetails", "PrintGCTimeStamps", "UseConcMarkSweepGC", "PrintFLSStatistics"];
    every(10_000, |case, asked| {
        for (key, value) in case.conf() {
            let java = key.ends_with("JavaOptions");
            asked.that(!java || !DEAD.iter().any(|flag| value.contains(flag)), || format!("{key}={value}"));
        }
    });
}

/// T-data-skew, T-shuffle-bottleneck: adaptive execution is on; no external shuffle service, tracking instead.
#[test]
fn shuffle_fits_kubernetes() {
    every(1200, |case, asked| {
        let conf = case.conf();
        for key in [
            "spark.sql.adaptive.enabled",
            "spark.sql.adaptive.skewJoin.enabled",
            "spark.sql.adaptive.coalescePartitions.enabled",
            "spark.dynamicAllocation.shuffleTracking.enabled",
            "spark.decommission.enabled",
            "spark.storage.decommission.shuffleBlocks.enabled",
        ] {
            asked.that(conf[key] == "true", || format!("{key}={}", conf[key]));
        }
        let service = conf.get("spark.shuffle.service.enabled").map(String::as_str);
        asked.that(service != Some("true"), || "there is no shuffle service".to_owned());
    });
}

/// T-resource-wait: bounds in order.
#[test]
fn bounds_of_executors_are_in_order() {
    every(400, |case, asked| {
        let conf = case.conf();
        let number = |key: &str| conf[&format!("spark.dynamicAllocation.{key}")].parse::<u64>().unwrap();
        let (min, first, max) = (number("minExecutors"), number("initialExecutors"), number("maxExecutors"));
        asked.that(min <= first && first <= max && max > 0, || format!("{min} {first} {max}"));
    });
}

/// T-otel-class, N18: classes that the configuration names come with Spark, or with what the image provides.
#[test]
fn classes_come_with_what_the_image_provides() {
    every(400, |case, asked| {
        let conf = case.conf();
        let iceberg = conf.values().any(|value| value.contains("org.apache.iceberg"));
        let wanted = case.features.iter().any(|feature| feature == "iceberg");
        asked.that(iceberg == wanted, || "Iceberg's classes and the feature disagree".to_owned());
        asked.that(!iceberg || !case.compiled.platform.version.artifacts["iceberg"].is_empty(), || {
            "no runtime".to_owned()
        });
        let committers = conf.values().any(|value| value.contains("org.apache.spark.internal.io.cloud"));
        let jars = !case.compiled.platform.version.artifacts["committers"].is_empty();
        let asked_for = !case.compiled.platform.version.names_committers;
        let wanted = jars && asked_for && conf.contains_key("spark.hadoop.fs.s3a.endpoint");
        asked.that(committers == wanted, || "committers".to_owned());
        asked.that(!conf.contains_key("spark.extraListeners") && !conf.contains_key("spark.plugins"), || {
            "listeners".to_owned()
        });
    });
}

/// ISSUE-011: who connects to a Service of the release finds it, with that port.
#[test]
fn addresses_inside_the_release_exist() {
    let service = |case: &Case, host: &str, port: &str| {
        let name = host.split('.').next().unwrap_or_default();
        let found = case.named("Service", name)?;
        list(found, "/spec/ports").any(|known| known["port"].as_u64() == port.parse().ok()).then_some(())
    };
    every(300, |case, asked| {
        let suffix = format!(".spark-{}.svc:", case.environment);
        for object in &case.objects {
            if text(object, "/kind") == "Certificate" {
                continue;
            }
            let whole = object.to_string();
            for (at, _) in whole.match_indices(&suffix) {
                let host = whole[..at].rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '.'));
                let host = host.into_iter().next().unwrap_or_default();
                let port: String =
                    whole[at + suffix.len()..].chars().take_while(char::is_ascii_digit).collect();
                if host.is_empty() || port.is_empty() {
                    continue;
                }
                let name = host.rsplit('.').next().unwrap_or(host);
                asked.that(service(case, name, &port).is_some(), || {
                    format!("{}: {host}{suffix}{port}", text(object, "/metadata/name"))
                });
            }
        }
    });
}
