//! Event logs, object stores, claims.

use super::every;
use super::model::{list, properties, text};
use serde_json::Value as Json;

/// ISSUE-003, ISSUE-006, ISSUE-013, ISSUE-022, T-history-empty: the driver writes where the History Server
/// reads, with the same store and credentials, and both make the prefix before they need it.
#[test]
fn logs_are_written_where_they_are_read() {
    every(300, |case, asked| {
        let conf = case.conf();
        let Some(folder) = conf.get("spark.eventLog.dir") else {
            asked.that(case.named("Deployment", &case.full("history-server")).is_none(), || {
                "a History Server without logs".to_owned()
            });
            return;
        };
        for pod in case.pods() {
            let reads = pod.owner.ends_with("-spark-connect") || pod.owner.ends_with("-history-server");
            if reads {
                let made = list(&pod.spec, "/initContainers").any(|first| {
                    let arguments: Vec<&str> = list(first, "/args").filter_map(Json::as_str).collect();
                    arguments.ends_with(&["-mkdir", "-p", folder])
                });
                asked.that(made, || format!("{}: nobody makes {folder}", pod.owner));
            }
        }
        let name = case.full("history-server");
        let Some(file) = case.file(&name, "spark-defaults.conf") else { return };
        let history = properties(file);
        asked.that(history["spark.history.fs.logDirectory"] == *folder, || {
            format!("{folder} is written, {} is read", history["spark.history.fs.logDirectory"])
        });
        for (key, value) in conf.iter().filter(|(key, _)| key.starts_with("spark.hadoop.fs.")) {
            asked.that(history.get(key) == Some(value), || format!("{key} differs"));
        }
        let secrets = |kind: &str, name: &str| -> Vec<String> {
            let object = case.named(kind, name).unwrap();
            list(object, "/spec/template/spec/containers/0/env")
                .filter(|entry| text(entry, "/name").starts_with("AWS_"))
                .map(Json::to_string)
                .collect()
        };
        let same = secrets("StatefulSet", &case.full("spark-connect")) == secrets("Deployment", &name);
        asked.that(same, || "credentials differ".to_owned());
    });
}

/// T-history-long-running, T-compression: a server that never stops rolls its log, in small files and with
/// a codec that every version has.
#[test]
fn event_logs_roll() {
    every(300, |case, asked| {
        let conf = case.conf();
        if !conf.contains_key("spark.eventLog.dir") {
            return;
        }
        asked.that(conf["spark.eventLog.rolling.enabled"] == "true", || "not rolling".to_owned());
        let size: u64 = conf["spark.eventLog.rolling.maxFileSize"].trim_end_matches('m').parse().unwrap();
        asked.that((10..=32).contains(&size), || format!("files of {size}m"));
        asked.that(conf["spark.eventLog.compression.codec"] == "zstd", || "codec".to_owned());
    });
}

/// T-s3-connection, T-s3-write-slow: scheme and TLS agree, the provider is named, jobs commit without rename.
#[test]
fn s3a_is_told_everything() {
    every(300, |case, asked| {
        let conf = case.conf();
        let Some(endpoint) = conf.get("spark.hadoop.fs.s3a.endpoint") else { return };
        let tls = conf["spark.hadoop.fs.s3a.connection.ssl.enabled"] == "true";
        asked.that(endpoint.starts_with(if tls { "https://" } else { "http://" }), || endpoint.clone());
        for (key, wanted) in [
            ("path.style.access", "true"),
            (
                "committer.name",
                if case.compiled.platform.version.artifacts["committers"].is_empty() {
                    "file"
                } else {
                    "magic"
                },
            ),
            ("multipart.size", "64M"),
            ("connection.maximum", "200"),
        ] {
            let found = &conf[&format!("spark.hadoop.fs.s3a.{key}")];
            asked.that(found == wanted, || format!("{key}={found}"));
        }
        let version = &case.compiled.platform.version;
        let provider = &conf["spark.hadoop.fs.s3a.aws.credentials.provider"];
        asked.that(*provider == version.s3a.environment, || provider.clone());
        asked.that(!conf["spark.hadoop.fs.s3a.endpoint.region"].is_empty(), || "region".to_owned());
    });
}

/// ISSUE-003: the bundled store has its buckets before it is ready, and no bucket is a path.
#[test]
fn the_bundled_store_makes_its_buckets() {
    every(60, |case, asked| {
        let Some(store) = case.named("StatefulSet", &case.full("object-store")) else { return };
        let buckets = list(store, "/spec/template/spec/containers/0/env")
            .find(|entry| text(entry, "/name") == "S3_BUCKET")
            .map(|entry| text(entry, "/value"))
            .unwrap_or_default();
        let conf = case.conf();
        for url in conf.values().filter_map(|value| value.strip_prefix("s3a://")) {
            let bucket = url.split('/').next().unwrap();
            asked.that(buckets.split(',').any(|known| known == bucket), || {
                format!("{bucket} not in {buckets}")
            });
        }
        asked.that(!buckets.contains('/'), || buckets.to_owned());
        asked.that(case.environment == "dev", || "a bundled store".to_owned());
    });
}

/// issue-001 (minikube): claims ask for what every class gives.
#[test]
fn claims_ask_for_what_every_class_gives() {
    every(100, |case, asked| {
        let own = case.of("PersistentVolumeClaim").map(|claim| &claim["spec"]);
        let made = case.of("StatefulSet").flat_map(|set| list(set, "/spec/volumeClaimTemplates"));
        for spec in own.chain(made.map(|claim| &claim["spec"])) {
            asked.that(spec["accessModes"] == serde_json::json!(["ReadWriteOnce"]), || spec.to_string());
            asked.that(spec.pointer("/resources/requests/storage").is_some(), || spec.to_string());
        }
    });
}
