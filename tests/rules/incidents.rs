//! What went wrong elsewhere, broken again as it was. `docs/en/incidents.md` cites these tests, and those beside them
//! in which an incident is one of a rule's cases.

use crate::layers::Project;
use crate::support::{Bundle, bundle, findings, fires, foreign, quiet};
use serde_json::{Value as Json, json};
use sparkctl::compile::compile_all;
use sparkctl::failure::Failure;
use sparkctl::manifest::read::{Given, Manifests};
use sparkctl::rules::{self, Problem, layers};
use std::sync::OnceLock;

const SERVER: &str = "StatefulSet/-spark-connect";
const JUPYTER: &str = "StatefulSet/-jupyter";
const HISTORY: &str = "Deployment/-history-server";
const CONTAINER: &str = "/spec/template/spec/containers/0";

fn prod() -> Bundle {
    static CELL: OnceLock<Bundle> = OnceLock::new();
    CELL.get_or_init(|| bundle("prod/jupyter-connect +history +metastore", &[])).clone()
}

fn dev() -> Bundle {
    static CELL: OnceLock<Bundle> = OnceLock::new();
    CELL.get_or_init(|| bundle("dev/jupyter-connect +history +metastore", &[])).clone()
}

/// A field of an environment variable of an object's first container.
fn variable<'b>(bundle: &'b mut Bundle, id: &str, name: &str) -> &'b mut Json {
    let list = bundle.object(id).pointer_mut(&format!("{CONTAINER}/env")).unwrap().as_array_mut().unwrap();
    list.iter_mut().find(|entry| entry["name"] == name).unwrap()
}

/// Somebody else's Deployment, from the fields of its container.
fn container(fields: &str, volumes: &str) -> Vec<Problem> {
    foreign(&format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a, namespace: apps}}\nspec:\n  template:\n    \
         spec:\n      containers:\n      - {{name: a, {fields}}}\n      volumes: [{volumes}]\n"
    ))
}

/// ISSUE-001 (d): Airflow writes its configuration into its home, on a root that may not be written to.
#[test]
fn airflow_cannot_write_its_configuration() {
    let airflow = |mount: &str, volume: &str| {
        container(
            &format!(
                "image: 'docker.io/apache/airflow:3.1.0', args: [scheduler], \
                 securityContext: {{readOnlyRootFilesystem: true}}, \
                 env: [{{name: AIRFLOW_HOME, value: /opt/airflow}}], volumeMounts: [{mount}]"
            ),
            volume,
        )
    };
    let tmp = "{name: tmp, mountPath: /tmp}";
    let empty = "{name: tmp, emptyDir: {}}";
    fires("pod/unwritable-path", airflow(tmp, empty));
    quiet("pod/unwritable-path", airflow(&format!("{tmp}, {{name: tmp, mountPath: /opt/airflow}}"), empty));
}

/// ISSUE-002: a preset that breaks one environment is found by compiling each release in each environment.
#[test]
fn a_preset_that_breaks_one_environment_is_found() {
    let project = |replicas: &str| {
        Project::new(&[
            (
                "sparkctl.yaml",
                "spec: {releases: {main: {preset: connect, features: [small], namespaces: {dev: a, prod: b}}}}\n",
            ),
            ("presets/small.yaml", &format!("overlays: {{prod: {{connect: {{replicas: {replicas}}}}}}}\n")),
        ])
    };
    let found = |project: &Project, environment: &str| match compile_all(
        &project.library,
        &project.release(environment, "main"),
    ) {
        Ok(compiled) => compiled.report.findings,
        Err(Failure::Findings(report)) => report.findings,
        Err(other) => panic!("{environment}: {other}"),
    };
    let broken = project("1");
    quiet("layer/constraint", found(&broken, "dev"));
    fires("layer/constraint", found(&broken, "prod"));
    quiet("layer/constraint", found(&project("3"), "prod"));
    // `check --layers`, where nobody names the environment.
    let Err(Failure::Findings(report)) = layers::project::check(&broken.library, None) else {
        panic!("nobody looked at production");
    };
    fires("layer/constraint", report.findings);
}

/// ISSUE-004: a script fills in Spark's configuration where a ConfigMap is mounted.
#[test]
fn spark_configuration_is_filled_in_where_a_config_map_is_mounted() {
    let script = |path: &str| {
        container(
            &format!(
                "image: 'docker.io/apache/spark:4.1.2', command: [sh, -c, 'envsubst < /tpl/a > $SPARK_CONF_DIR/spark-defaults.conf && exec /opt/entrypoint.sh'], \
                 env: [{{name: SPARK_CONF_DIR, value: {path}}}], volumeMounts: [{{name: c, mountPath: /opt/spark/conf}}, {{name: e, mountPath: /conf}}]"
            ),
            "{name: c, configMap: {name: c}}, {name: e, emptyDir: {}}",
        )
    };
    fires("pod/writes-into-config", script("/opt/spark/conf"));
    quiet("pod/writes-into-config", script("/conf"));
}

/// ISSUE-008: a home that does not exist.
#[test]
fn notebooks_have_no_home() {
    let mut broken = prod();
    variable(&mut broken, JUPYTER, "HOME")["value"] = json!("/nonexistent");
    fires("pod/unwritable-path", &broken);
    let mut moved = prod();
    variable(&mut moved, JUPYTER, "HOME")["value"] = json!("/home/jupyter/me");
    quiet("pod/unwritable-path", &moved);
}

/// ISSUE-012: a backend that nobody knows.
#[test]
fn an_unknown_backend_is_no_local_mode() {
    fires("layer/wrong-value", findings("dev/connect", &["connect.backend=local"]));
    quiet("layer/wrong-value", findings("dev/connect", &["connect.backend=kubernetes"]));
}

/// ISSUE-020: the file with the master lies where Spark does not look.
#[test]
fn the_file_with_the_master_is_not_loaded() {
    let path = format!("{CONTAINER}/volumeMounts/0/mountPath");
    fires("ref/unmounted-path", prod().set(SERVER, &path, json!("/etc/spark")));
    fires("ref/unmounted-path", prod().set(SERVER, &path, json!("/opt/spark/config")));
    quiet("spark/no-master", prod().set(SERVER, &path, json!("/opt/spark/conf/")));
}

/// ISSUE-021, ISSUE-032, ISSUE-033, T-rbac-configmap: the rights that were missing, one by one.
#[test]
fn each_right_of_a_driver_is_missed() {
    let without = |resource: &str, verb: &str| {
        let mut bundle = prod();
        let rules = bundle.object("Role/-spark-connect")["rules"].as_array_mut().unwrap();
        let mut taken = 0;
        for rule in rules {
            if rule["resources"].as_array().unwrap().contains(&json!(resource)) {
                let verbs = rule["verbs"].as_array_mut().unwrap();
                let before = verbs.len();
                verbs.retain(|word| word != verb);
                taken += before - verbs.len();
            }
        }
        assert!(taken > 0, "the Role has no {verb} of {resource}");
        bundle
    };
    for (resource, verb) in [
        ("configmaps", "create"),
        ("configmaps", "deletecollection"),
        ("services", "deletecollection"),
        ("persistentvolumeclaims", "deletecollection"),
        ("pods", "deletecollection"),
        ("pods", "watch"),
    ] {
        let message = fires("spark/missing-right", &without(resource, verb));
        assert!(message.contains(verb) || message.contains(resource), "{message}");
    }
}

/// ISSUE-007, ISSUE-029 (draft), ISSUE-031, T-s3-secret: a Secret by a name that nobody makes.
#[test]
fn a_secret_by_a_default_name_is_made_by_nobody() {
    let mut broken = prod();
    variable(&mut broken, SERVER, "AWS_ACCESS_KEY_ID")["valueFrom"]["secretKeyRef"]["name"] =
        json!("s3-credentials");
    fires("ref/unknown-secret", &broken);
    // The bundled store's own.
    let mut store = dev();
    let own = variable(&mut store, "StatefulSet/-object-store", "AWS_ACCESS_KEY_ID");
    own["valueFrom"]["secretKeyRef"]["name"] = json!("minio");
    fires("ref/unknown-secret", &store);
}

/// T-history-empty: each of its three causes.
#[test]
fn the_history_server_shows_nothing() {
    fires("spark/event-log", prod().conf("spark.eventLog.enabled", Some("false")));
    fires("spark/event-log", prod().conf("spark.eventLog.dir", Some("s3a://spark-logs-prod/4.1/events")));
    let mut keyless = prod();
    let list =
        keyless.object(HISTORY).pointer_mut(&format!("{CONTAINER}/env")).unwrap().as_array_mut().unwrap();
    list.retain(|entry| entry["name"] != "AWS_SECRET_ACCESS_KEY");
    fires("spark/store-credentials", &keyless);
}

/// N2: a key twice in one mapping, which most readers drop without a word.
#[test]
fn a_key_stands_twice() {
    let read = |text: &str| {
        let mut manifests = Manifests::default();
        manifests.add("manifests.yaml", text, Given::ByName);
        rules::foreign(manifests, None).findings
    };
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  mode: a\n  more: b\n";
    fires("layer/duplicate-key", read(&text.replace("more", "mode")));
    quiet("layer/duplicate-key", read(text));
}

/// N7: settings with a slip in their name, and of what is off, changed nothing.
#[test]
fn a_setting_that_nothing_reads() {
    fires("layer/unknown-key", findings("dev/connect", &["conect.replicas=2"]));
    fires("layer/unknown-key", findings("dev/connect", &["podDisruptionBudget.enabled=true"]));
    fires("layer/unused-setting", findings("dev/connect", &["metastore.replicas=3"]));
    quiet("layer/unknown-key", findings("dev/connect", &["connect.replicas=2"]));
}

/// N8: what production demands, a preset or a command line cannot lower.
#[test]
fn productions_floor_cannot_be_lowered() {
    fires("layer/locked", findings("prod/connect", &["security.podSecurity=baseline"]));
    fires("layer/constraint", findings("prod/connect", &["connect.replicas=1"]));
    quiet("layer/constraint", findings("prod/connect", &["connect.replicas=3"]));
    quiet("layer/locked", findings("prod/connect", &["connect.replicas=3"]));
}

/// N14: KEDA scales a Deployment that is not there.
#[test]
fn an_autoscaler_of_keda_scales_nothing() {
    let scaler = |name: &str| {
        foreign(&format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: connect, namespace: a}}\nspec: {{selector: {{matchLabels: {{a: b}}}}, template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: a, image: x}}]}}}}}}\n---\n\
             apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {{name: s, namespace: a}}\nspec: {{scaleTargetRef: {{name: {name}}}, triggers: []}}\n"
        ))
    };
    fires("ref/unknown-scale-target", scaler("spark-connect"));
    quiet("ref/unknown-scale-target", scaler("connect"));
}

/// N18: the very property.
#[test]
fn a_property_that_was_renamed_years_ago() {
    fires("spark/unknown-key", prod().conf("spark.storage.blockManagerSlaveTimeout", Some("120s")));
    fires("spark/deprecated-key", prod().conf("spark.storage.blockManagerSlaveTimeoutMs", Some("120s")));
    quiet("spark/deprecated-key", prod().conf("spark.storage.blockManagerHeartbeatTimeoutMs", Some("120s")));
}
