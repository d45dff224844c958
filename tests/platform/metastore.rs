//! The Hive metastore and its database.

use super::every;
use super::model::{list, text};
use serde_json::Value as Json;

/// O-initialize-metastore: one step makes or upgrades the schema, before the metastore starts, and the driver
/// is told where the metastore is.
#[test]
fn the_schema_is_made_before_it_is_used() {
    every(200, |case, asked| {
        let name = case.full("hive-metastore");
        let conf = case.conf();
        let Some(metastore) = case.named("Deployment", &name) else {
            asked.that(!conf.contains_key("spark.hadoop.hive.metastore.uris"), || {
                "a metastore that is not there".to_owned()
            });
            return;
        };
        let steps = list(metastore, "/spec/template/spec/initContainers")
            .filter(|first| {
                let config = case.of("ConfigMap").map(Json::to_string).collect::<String>();
                let words = first.to_string();
                words.contains("-initOrUpgradeSchema")
                    || (words.contains("schema.sh") && config.contains("-initOrUpgradeSchema"))
            })
            .count();
        asked.that(steps == 1, || format!("{steps} steps make the schema"));
        let uri = format!("thrift://{name}.spark-{}.svc:9083", case.environment);
        asked.that(conf["spark.hadoop.hive.metastore.uris"] == uri, || uri.clone());
        asked.that(conf["spark.sql.catalogImplementation"] == "hive", || "catalog".to_owned());
    });
}

/// ISSUE-027 (b): PostgreSQL 14 and newer want SCRAM: the driver is one that knows it.
#[test]
fn the_database_driver_knows_scram() {
    every(50, |case, asked| {
        if case.named("Deployment", &case.full("hive-metastore")).is_none() {
            return;
        }
        let jdbc = &case.compiled.platform.version.artifacts["jdbc"];
        let holds = jdbc.iter().any(|artifact| {
            let version = artifact.coordinate.rsplit(':').next().unwrap_or_default();
            let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
            (parts.next(), parts.next()) >= (Some(42), Some(3))
        });
        asked.that(holds, || format!("{jdbc:?}"));
        let whole: String = case.objects.iter().map(Json::to_string).collect();
        asked.that(!whole.contains("password_encryption"), || "md5".to_owned());
    });
}

/// ISSUE-029: the address of the database is its Service, or one that the spec declares.
#[test]
fn the_database_is_where_it_is_looked_for() {
    every(100, |case, asked| {
        let Some(metastore) = case.named("Deployment", &case.full("hive-metastore")) else { return };
        let name = text(metastore, "/metadata/name");
        let config = case.named("ConfigMap", name).unwrap().to_string();
        let bundled = case.named("Service", &case.full("database")).is_some();
        let wanted = if bundled {
            format!("jdbc:postgresql://{}.spark-{}.svc:5432/", case.full("database"), case.environment)
        } else {
            "jdbc:postgresql://postgresql.example:5432/".to_owned()
        };
        asked.that(config.contains(&wanted), || wanted.clone());
        asked.that(bundled == (case.environment == "dev"), || "a bundled database".to_owned());
    });
}
