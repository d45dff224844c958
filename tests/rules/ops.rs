//! Rules `ops/...`.

use crate::support::{Bundle, bundle, fires, quiet};
use serde_json::json;
use std::sync::OnceLock;

const SERVER: &str = "StatefulSet/-spark-connect";
const POD: &str = "/spec/template/spec";
const CONTAINER: &str = "/spec/template/spec/containers/0";

fn prod() -> Bundle {
    static CELL: OnceLock<Bundle> = OnceLock::new();
    CELL.get_or_init(|| bundle("prod/jupyter-connect +history +metastore", &[])).clone()
}

fn dev() -> Bundle {
    static CELL: OnceLock<Bundle> = OnceLock::new();
    CELL.get_or_init(|| bundle("dev/jupyter-connect +metastore", &[])).clone()
}

#[test]
fn budgets_let_drains_go_on() {
    const BUDGET: &str = "PodDisruptionBudget/-spark-connect";
    fires("ops/no-budget", prod().remove(BUDGET));
    fires("ops/no-budget", prod().set(BUDGET, "/spec/maxUnavailable", json!(2)));
    fires(
        "ops/no-budget",
        prod().set(BUDGET, "/spec/selector/matchLabels/app.kubernetes.io~1name", json!("other")),
    );
    fires("ops/no-budget", dev().set(SERVER, "/spec/replicas", json!(2)));
    quiet("ops/no-budget", prod().remove(BUDGET).set(SERVER, "/spec/replicas", json!(1)));
    quiet("ops/no-budget", prod().set(BUDGET, "/spec/maxUnavailable", json!("50%")));
    fires("ops/budget-blocks", prod().set(BUDGET, "/spec/maxUnavailable", json!(0)));
    fires("ops/budget-blocks", prod().set(BUDGET, "/spec/maxUnavailable", json!(null)));
    let least = |count: serde_json::Value| {
        prod().set(BUDGET, "/spec", json!({"minAvailable": count,
        "selector": {"matchLabels": {"app.kubernetes.io/name": "spark-connect", "app.kubernetes.io/component": "server"}}})).clone()
    };
    fires("ops/budget-blocks", &least(json!(2)));
    fires("ops/budget-blocks", &least(json!("100%")));
    quiet("ops/budget-blocks", &least(json!(1)));
    // A standby has no pods that could block anything.
    quiet("ops/budget-blocks", least(json!(1)).set(SERVER, "/spec/replicas", json!(0)));
}

#[test]
fn several_pods_run_on_several_nodes() {
    let list = format!("{POD}/topologySpreadConstraints");
    fires("ops/not-spread", prod().set(SERVER, &list, json!(null)));
    fires("ops/not-spread", prod().set(SERVER, &format!("{list}/0"), json!(null)));
    fires(
        "ops/not-spread",
        prod().set(
            SERVER,
            &format!("{list}/1/labelSelector/matchLabels/app.kubernetes.io~1name"),
            json!("other"),
        ),
    );
    let apart = json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "spark-connect"}}}]}});
    quiet(
        "ops/not-spread",
        prod().set(SERVER, &list, json!(null)).set(SERVER, &format!("{POD}/affinity"), apart),
    );
    quiet("ops/not-spread", prod().set(SERVER, &list, json!(null)).set(SERVER, "/spec/replicas", json!(1)));
}

#[test]
fn no_autoscaler_touches_a_driver() {
    let scaler = |kind: &str, name: &str| {
        json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "scaler", "namespace": "spark-prod"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": kind, "name": name}, "maxReplicas": 3}})
    };
    fires("ops/autoscaled-driver", prod().add(scaler("StatefulSet", "jupyter-connect-spark-connect")));
    quiet("ops/autoscaled-driver", prod().add(scaler("Deployment", "jupyter-connect-hive-metastore")));
    fires("ref/unknown-scale-target", prod().add(scaler("Deployment", "jupyter-connect-spark-connect")));
    quiet("ref/unknown-scale-target", prod().add(scaler("Deployment", "jupyter-connect-hive-metastore")));
}

#[test]
fn production_has_its_floor() {
    fires("ops/single-server", prod().set(SERVER, "/spec/replicas", json!(1)));
    fires("ops/single-server", prod().set("Deployment/-hive-metastore", "/spec/replicas", json!(1)));
    // None is a standby; and the History Server may be one.
    quiet("ops/single-server", prod().set(SERVER, "/spec/replicas", json!(0)));
    quiet(
        "ops/single-server",
        dev().set(SERVER, "/spec/replicas", json!(1)).set(
            SERVER,
            "/spec/podManagementPolicy",
            json!("OrderedReady"),
        ),
    );
    let token = prod()
        .object(SERVER)
        .pointer(&format!("{CONTAINER}/env"))
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .position(|entry| entry["name"] == "SPARK_CONNECT_AUTHENTICATE_TOKEN")
        .unwrap();
    fires("ops/open-server", prod().set(SERVER, &format!("{CONTAINER}/env/{token}"), json!(null)));
    fires(
        "ops/open-server",
        prod().edit("ConfigMap/-proxy", "/data/nginx.conf", |text| {
            text.replace("ssl_certificate", "certificate")
        }),
    );
    fires("ops/open-server", prod().conf("spark.authenticate", Some("false")));
    quiet("ops/open-server", dev().conf("spark.authenticate", Some("false")));
    fires("ops/unwatched", prod().remove("ServiceMonitor/-spark-connect"));
    fires(
        "ops/unwatched",
        prod().set(
            "ServiceMonitor/-spark-connect",
            "/spec/selector/matchLabels/app.kubernetes.io~1name",
            json!("other"),
        ),
    );
    quiet("ops/unwatched", prod().set("ServiceMonitor/-spark-connect", "/spec/endpoints/0", json!(null)));
}

#[test]
fn data_outlives_its_pod() {
    const DATABASE: &str = "StatefulSet/-database";
    let claims = "/spec/volumeClaimTemplates";
    fires("ops/data-in-pod", dev().set(DATABASE, claims, json!(null)));
    let claim = json!({"name": "data", "persistentVolumeClaim": {"claimName": "data"}});
    quiet(
        "ops/data-in-pod",
        dev().set(DATABASE, claims, json!(null)).set(DATABASE, &format!("{POD}/volumes/-"), claim),
    );
    fires("ops/bundled-data", dev().set(DATABASE, "/spec/replicas", json!(2)));
    let mut database = dev().object(DATABASE).clone();
    database["metadata"]["namespace"] = json!("spark-prod");
    fires("ops/bundled-data", prod().add(database.clone()));
    let backup = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "database-backup", "namespace": "spark-prod"}, "spec": {}});
    quiet("ops/bundled-data", prod().add(database).add(backup));
}

#[test]
fn pods_end_in_peace_and_start_without_the_registry() {
    let grace = format!("{POD}/terminationGracePeriodSeconds");
    fires("pod/grace-period", prod().set(SERVER, &grace, json!(29)));
    fires("pod/grace-period", prod().set("Deployment/-hive-metastore", &grace, json!(4)));
    fires("pod/grace-period", prod().set(SERVER, &grace, json!(null)));
    fires("pod/pull-policy", prod().set(SERVER, &format!("{CONTAINER}/imagePullPolicy"), json!("Always")));
}
