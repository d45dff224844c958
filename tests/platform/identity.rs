//! Object stores other than S3 with a key pair: the rights of the pods' own service accounts.

use super::matrix::library;
use super::model::{list, text};
use serde_json::Value as Json;
use sparkctl::compile::{Compiled, compile, files};
use sparkctl::failure::Failure;
use sparkctl::library::versions;
use sparkctl::release::{Release, Values};

fn release(version: &str, store: &str) -> Release {
    let mut release = Release::of("prod", "connect").unwrap();
    release.features.insert("history".to_owned());
    let text = format!("spark: {{version: \"{version}\"}}\nsite: {{objectStore: {store}}}\n");
    release.values = Some(Values { name: "values".to_owned(), text });
    release
}

/// What was compiled, or the rules that refused it.
fn compiled(version: &str, store: &str) -> Result<Compiled, Vec<&'static str>> {
    match compile(library(), &release(version, store)) {
        Ok(compiled) => Ok(compiled),
        Err(Failure::Findings(report)) => Err(report.findings.iter().map(|finding| finding.rule).collect()),
        Err(other) => panic!("{other}"),
    }
}

fn objects(compiled: &Compiled) -> Vec<Json> {
    let files = files::files(compiled).unwrap();
    let manifests = compiled.manifests.iter();
    manifests.map(|manifest| serde_yaml::from_str(&files[&manifest.path()]).unwrap()).collect()
}

/// The store's property in the driver's and in the History Server's configuration.
fn property(objects: &[Json], key: &str) -> Vec<String> {
    let maps = objects.iter().filter(|object| text(object, "/kind") == "ConfigMap");
    let files = maps.filter_map(|map| map.pointer("/data/spark-defaults.conf").and_then(Json::as_str));
    let lines =
        files.flat_map(str::lines).filter_map(|line| line.strip_prefix(&format!("spark.hadoop.{key}=")));
    lines.map(str::to_owned).collect()
}

fn annotated(objects: &[Json], key: &str) -> usize {
    let accounts = objects.iter().filter(|object| text(object, "/kind") == "ServiceAccount");
    accounts.filter(|account| account["metadata"]["annotations"].get(key).is_some()).count()
}

/// Ports that some policy of the release lets pods go out to an address on.
fn goes_to(objects: &[Json], port: u64, cidr: &str) -> bool {
    objects.iter().filter(|object| text(object, "/kind") == "NetworkPolicy").any(|policy| {
        list(policy, "/spec/egress").any(|rule| {
            list(rule, "/to").any(|peer| text(peer, "/ipBlock/cidr") == cidr)
                && list(rule, "/ports").any(|found| found["port"].as_u64() == Some(port))
        })
    })
}

fn has_key_pair(objects: &[Json]) -> bool {
    objects.iter().any(|object| object.to_string().contains("AWS_SECRET_ACCESS_KEY"))
}

#[test]
fn s3_with_a_role_of_the_service_accounts() {
    for version in versions::all(library()).unwrap() {
        let objects = objects(&compiled(&version.version, "{s3: {credentials: {type: irsa}}}").unwrap());
        let providers = property(&objects, "fs.s3a.aws.credentials.provider");
        assert_eq!(providers, [version.s3a.web_identity.as_str(); 2], "{}", version.version);
        assert!(providers[0].contains("WebIdentityToken"));
        // The server's, its executors' and the History Server's.
        assert_eq!(annotated(&objects, "eks.amazonaws.com/role-arn"), 3);
        assert!(!has_key_pair(&objects) && goes_to(&objects, 443, "0.0.0.0/0"));
    }
}

#[test]
fn s3_with_pod_identity_from_spark_4_on() {
    for version in versions::all(library()).unwrap() {
        let found = compiled(&version.version, "{s3: {credentials: {type: podIdentity}}}");
        if version.version == "3.5" {
            assert_eq!(found.err(), Some(vec!["ref/refused-combination"]));
            continue;
        }
        let objects = objects(&found.unwrap());
        let providers = property(&objects, "fs.s3a.aws.credentials.provider");
        assert_eq!(providers.len(), 2);
        assert!(
            providers.iter().all(|class| class.ends_with("ContainerCredentialsProvider")),
            "{providers:?}"
        );
        assert!(!has_key_pair(&objects) && goes_to(&objects, 80, "169.254.170.23/32"));
    }
}

#[test]
fn google_cloud_storage() {
    for version in versions::all(library()).unwrap() {
        let objects = objects(&compiled(&version.version, "{type: gcs}").unwrap());
        assert_eq!(property(&objects, "fs.gs.auth.type"), ["COMPUTE_ENGINE"; 2]);
        assert_eq!(annotated(&objects, "iam.gke.io/gcp-service-account"), 3);
        assert!(goes_to(&objects, 80, "169.254.169.254/32") && goes_to(&objects, 988, "169.254.169.252/32"));
        let whole: String = objects.iter().map(Json::to_string).collect();
        assert!(whole.contains("spark.eventLog.dir=gs://spark-logs-prod/events") && !has_key_pair(&objects));
    }
}

#[test]
fn azure_storage_from_spark_4_on() {
    for version in versions::all(library()).unwrap() {
        let found = compiled(&version.version, "{type: azure, azure: {account: datalake}}");
        if version.version == "3.5" {
            assert!(found.err().unwrap().contains(&"ref/refused-combination"));
            continue;
        }
        let objects = objects(&found.unwrap());
        assert_eq!(property(&objects, "fs.azure.account.auth.type"), ["OAuth"; 2]);
        assert_eq!(annotated(&objects, "azure.workload.identity/client-id"), 3);
        let whole: String = objects.iter().map(Json::to_string).collect();
        assert!(whole.contains("abfss://spark-logs-prod@datalake.dfs.core.windows.net/events"));
        // Server and History Server; executors' label stands in their template.
        assert!(whole.matches("azure.workload.identity/use").count() >= 3 && !has_key_pair(&objects));
    }
}
