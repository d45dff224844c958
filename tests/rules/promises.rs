//! What releases of ours promise, and single faults take away: authentication, whole key pairs, filled
//! volumes, servers that are found.

use crate::support::{bundle, fires, foreign, quiet};
use serde_json::json;

#[test]
fn drivers_and_executors_prove_who_they_are() {
    let mut server = bundle("prod/connect", &[]);
    fires("spark/no-authentication", server.conf("spark.authenticate", None));
    fires("spark/no-authentication", server.conf("spark.authenticate", Some("false")));
    quiet("spark/no-authentication", server.conf("spark.authenticate", Some("true")));
}

#[test]
fn whoever_uses_the_store_knows_where_it_is() {
    let mut server = bundle("prod/connect", &[]);
    fires("spark/store-endpoint", server.conf("spark.hadoop.fs.s3a.endpoint", None));
    quiet("spark/store-endpoint", &bundle("dev/connect", &[]));
}

#[test]
fn key_pairs_are_whole() {
    let containers = "/spec/template/spec/initContainers/0/env";
    let mut server = bundle("prod/connect", &[]);
    let env = server.object("StatefulSet/-spark-connect").pointer(containers).unwrap().clone();
    let without = |name: &str| -> Vec<_> {
        env.as_array().unwrap().iter().filter(|entry| entry["name"] != name).cloned().collect()
    };
    for half in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        let mut broken = server.clone();
        fires(
            "spark/half-key-pair",
            broken.set("StatefulSet/-spark-connect", containers, json!(without(half))),
        );
    }
    quiet(
        "spark/half-key-pair",
        foreign(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: x}]}\n",
        ),
    );
}

#[test]
fn what_is_read_was_written() {
    let mut fetching = bundle("dev/jupyter-connect", &[]);
    let init = "/spec/template/spec/initContainers/0";
    fires("ref/unfilled-volume", fetching.set("Deployment/-hive-metastore", init, json!(null)));
    let mut read = bundle("dev/jupyter-connect", &[]);
    let mounts = "/spec/template/spec/initContainers/0/volumeMounts/1/readOnly";
    quiet("ref/unfilled-volume", read.set("Deployment/-hive-metastore", mounts, json!(false)));
}

#[test]
fn servers_stand_behind_services() {
    let mut history = bundle("prod/connect +history", &[]);
    fires("ref/no-service", history.clone().remove("Service/-history-server"));
    let pointer = "/spec/selector/app.kubernetes.io~1component";
    quiet("ref/no-service", history.set("Service/-history-server", pointer, json!(null)));
}

#[test]
fn openshift_admits_every_pod() {
    let mut release = bundle("prod/connect +openshift", &[]);
    let mut one = release.clone();
    fires("pod/no-openshift-constraint", one.set("RoleBinding/-nonroot", "/subjects", json!([])));
    quiet("pod/no-openshift-constraint", release.set("RoleBinding/-nonroot", "/metadata/labels", json!({})));
}
