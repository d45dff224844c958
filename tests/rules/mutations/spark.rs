//! The faults of configuration files.

use super::faults::{Faults, text};
use serde_json::Value as Json;

/// Properties without which something breaks, where they are there at all.
const NEEDED: [&str; 27] = [
    "spark.master",
    "spark.driver.memory",
    "spark.driver.port",
    "spark.blockManager.port",
    "spark.connect.grpc.binding.address",
    "spark.kubernetes.namespace",
    "spark.kubernetes.container.image",
    "spark.kubernetes.authenticate.executor.serviceAccountName",
    "spark.kubernetes.executor.podTemplateFile",
    "spark.kubernetes.executor.secretKeyRef.AWS_ACCESS_KEY_ID",
    "spark.executor.cores",
    "spark.executor.memory",
    "spark.executor.memoryOverhead",
    "spark.dynamicAllocation.shuffleTracking.enabled",
    "spark.dynamicAllocation.maxExecutors",
    "spark.authenticate",
    "spark.hadoop.fs.s3a.endpoint",
    "spark.hadoop.fs.s3a.aws.credentials.provider",
    "spark.hadoop.fs.s3a.path.style.access",
    "spark.hadoop.hive.metastore.uris",
    "spark.sql.catalogImplementation",
    "spark.eventLog.enabled",
    "spark.eventLog.dir",
    "spark.eventLog.rolling.enabled",
    "spark.history.fs.logDirectory",
    "spark.decommission.enabled",
    "spark.storage.decommission.enabled",
];

/// Properties with a value that breaks something.
const WRONG: [(&str, &str); 30] = [
    ("spark.master", "local[*]"),
    ("spark.submit.deployMode", "cluster"),
    ("spark.driver.memory", "64g"),
    ("spark.driver.memory", "8Gi"),
    ("spark.driver.port", "0"),
    ("spark.driver.port", "7177"),
    ("spark.driver.blockManager.port", "7178"),
    ("spark.blockManager.port", "7179"),
    ("spark.connect.grpc.binding.address", "127.0.0.1"),
    ("spark.connect.grpc.binding.port", "15003"),
    ("spark.kubernetes.namespace", "default"),
    ("spark.kubernetes.container.image", "apache/spark:latest"),
    ("spark.kubernetes.authenticate.executor.serviceAccountName", "nobody"),
    ("spark.kubernetes.executor.podTemplateFile", "/opt/spark/templates/pod.yaml"),
    ("spark.kubernetes.executor.podTemplateContainerName", "nobody"),
    ("spark.kubernetes.executor.secretKeyRef.AWS_ACCESS_KEY_ID", "nothing:key"),
    ("spark.executor.memory", "900g"),
    ("spark.executor.memory", "12Gi"),
    ("spark.executor.memoryOverhead", "a lot"),
    ("spark.dynamicAllocation.shuffleTracking.enabled", "false"),
    ("spark.dynamicAllocation.maxExecutors", "1"),
    ("spark.dynamicAllocation.enabled", "yes"),
    ("spark.hadoop.fs.s3a.endpoint", "http://nosuchstore:9000"),
    ("spark.hadoop.hive.metastore.uris", "thrift://nosuchmetastore:9083"),
    ("spark.hadoop.hive.metastore.uris", "http://nosuchmetastore:9083"),
    ("spark.eventLog.enabled", "on"),
    ("spark.eventLog.dir", "s3a://some-other-bucket/logs"),
    ("spark.history.fs.logDirectory", "s3a://some-other-bucket/logs"),
    ("spark.eventLog.compression.codec", "middle-out"),
    ("spark.ui.port", "4141"),
];

/// Properties that nobody should add.
const ADDED: [&str; 12] = [
    "spark.hadoop.fs.s3a.secret.key=kX9vQ2mB7zLwT4rNkX9vQ2mB7zLwT4rN",
    "spark.hadoop.javax.jdo.option.ConnectionPassword=hive123",
    "spark.driver.extraJavaOptions=-Xmx4g",
    "spark.executor.extraJavaOptions=-XX:+PrintGCDetails -XX:+UseConcMarkSweepGC",
    "spark.extraListeners=com.acme.lineage.Listener",
    "spark.plugins=com.acme.Plugin",
    "spark.kubernetes.executor.request.memory=4g",
    "spark.shuffle.service.enabled=true",
    "spark.storage.blockManagerSlaveTimeout=10s",
    "spark.sql.shuffle.partitions=many",
    "spark.sql.adaptive.enabled \"true\"",
    "spark.jars.packages=org.apache.iceberg:iceberg-spark-runtime-3.3_2.12:1.4.0",
];

/// The faults of the files of a ConfigMap.
pub fn faults(faults: &mut Faults<'_>, at: usize, object: &Json) {
    if text(object, "/kind") != "ConfigMap" {
        return;
    }
    let files: Vec<(String, String)> = object["data"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    for (name, written) in files {
        let pointer = format!("/data/{}", name.replace('~', "~0").replace('/', "~1"));
        if name == "spark-defaults.conf" {
            properties(faults, at, &pointer, &written);
        }
        hosts(faults, at, &pointer, &written);
    }
}

fn properties(faults: &mut Faults<'_>, at: usize, pointer: &str, written: &str) {
    let lines: Vec<&str> = written.lines().collect();
    let with = |number: usize, new: Option<String>| -> String {
        let mut out = String::new();
        for (at, line) in lines.iter().enumerate() {
            match (at == number, &new) {
                (true, Some(new)) => out.push_str(&format!("{new}\n")),
                (true, None) => {}
                (false, _) => out.push_str(&format!("{line}\n")),
            }
        }
        out
    };
    let is_connect = written.contains("spark.connect.grpc");
    let is_standalone = written.contains("spark.master=spark://");
    for (number, line) in lines.iter().enumerate() {
        let Some((key, value)) = line.split_once('=').filter(|(key, _)| key.starts_with("spark.")) else {
            continue;
        };
        if !is_free(key) {
            let (front, last) = key.rsplit_once('.').unwrap();
            let misspelt = format!("{front}.{}", last.chars().skip(1).collect::<String>());
            let new = with(number, Some(format!("{misspelt}={value}")));
            faults.text("misspelt property", at, pointer, new, &format!("{key} as {misspelt}"));
            let wrong = match value {
                // Spark's registry knows no type of this one.
                _ if key == "spark.port.maxRetries" => None,
                "true" | "false" => Some("yes".to_owned()),
                _ if value.ends_with('s') && value[..value.len() - 1].parse::<u64>().is_ok() => {
                    Some("soon".to_owned())
                }
                _ if value.parse::<u64>().is_ok() => Some("many".to_owned()),
                _ => None,
            };
            if let Some(wrong) = wrong {
                let new = with(number, Some(format!("{key}={wrong}")));
                faults.text("property's type", at, pointer, new, &format!("{key}={wrong}"));
            }
        }
        let unused = is_standalone && key == "spark.blockManager.port";
        if NEEDED.contains(&key) && !is_default(key, faults) && !unused {
            faults.text("property missing", at, pointer, with(number, None), &format!("{key} is gone"));
        }
        for (_, wrong) in WRONG.iter().filter(|(known, wrong)| *known == key && *wrong != value) {
            // Newer versions read this unit; a standalone master's executors open no port of their own.
            let read = *wrong == "12Gi" && ["4.2", "4.3"].contains(&faults.version.as_str());
            if read || unused {
                continue;
            }
            let new = with(number, Some(format!("{key}={wrong}")));
            faults.text("property's value", at, pointer, new, &format!("{key}={wrong}"));
        }
        if number % 9 == 0 {
            let new = format!("{written}{key}=other\n");
            faults.text("property twice", at, pointer, new, &format!("{key} twice"));
        }
    }
    if is_connect {
        for line in ADDED.into_iter().filter(|line| !(is_standalone && line.contains("shuffle.service"))) {
            faults.text("property added", at, pointer, format!("{written}{line}\n"), line);
        }
    }
}

/// Whether leaving a property out changes nothing.
fn is_default(key: &str, faults: &Faults<'_>) -> bool {
    key == "spark.eventLog.rolling.enabled" && faults.version != "3.5"
}

/// Keys of which every one is allowed.
fn is_free(key: &str) -> bool {
    let families = [
        "spark.hadoop.",
        "spark.metrics.conf.",
        "spark.sql.catalog.",
        "spark.kubernetes.executor.secretKeyRef.",
    ];
    families.iter().any(|family| key.starts_with(family)) || key.matches('.').count() < 2
}

/// Hosts inside the cluster, and their ports, in any text.
fn hosts(faults: &mut Faults<'_>, at: usize, pointer: &str, written: &str) {
    let Some(found) = written.find(".svc") else { return };
    let start = written[..found].rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.')));
    let start = start.map_or(0, |at| at + 1);
    let host = &written[start..found];
    if host.starts_with("kubernetes.") || host.contains('$') || host.is_empty() {
        return;
    }
    let other = written.replacen(host, &format!("x-{host}"), 1);
    faults.text("host", at, pointer, other, &format!("x-{host}.svc"));
    let rest = &written[found + 4..];
    let port: String =
        rest.strip_prefix(':').unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
    if !port.is_empty() {
        let other = format!("{}.svc:9{}", &written[..found], &rest[1 + port.len()..]);
        faults.text("host", at, pointer, other, &format!("{host}.svc:9"));
    }
}
