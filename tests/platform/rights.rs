//! What the pods may ask of Kubernetes.

use super::every;
use super::model::{list, text};
use serde_json::{Value as Json, json};

/// ISSUE-021, ISSUE-032, ISSUE-033, T-rbac-configmap, ISSUE-001 (f): the verbs that Spark was seen to use, in
/// the namespace that its pods are made in, and nothing for the whole cluster.
#[test]
fn the_driver_may_do_what_it_does_and_no_more() {
    let rules = json!([
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch", "create", "delete", "deletecollection"]},
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "deletecollection"]},
        {"apiGroups": [""], "resources": ["persistentvolumeclaims"], "verbs": ["list", "deletecollection"]},
        {"apiGroups": [""], "resources": ["services"], "verbs": ["deletecollection"]},
    ]);
    every(1000, |case, asked| {
        let name = case.full("spark-connect");
        let roles: Vec<&Json> = case.of("Role").collect();
        let conf = case.conf();
        if case.preset == "standalone" {
            asked.that(roles.is_empty(), || "a Role that nobody needs".to_owned());
        } else {
            let role = case.named("Role", &name).unwrap();
            asked.that(role["rules"] == rules && roles.len() == 1, || role["rules"].to_string());
            let binding = case.named("RoleBinding", &name).unwrap();
            asked.that(text(binding, "/subjects/0/name") == name, || binding.to_string());
            let own = conf["spark.kubernetes.namespace"].as_str();
            asked.that(text(role, "/metadata/namespace") == own, || format!("pods in {own}"));
            let account = &conf["spark.kubernetes.authenticate.executor.serviceAccountName"];
            asked.that(case.named("ServiceAccount", account).is_some(), || account.clone());
        }
        for kind in ["ClusterRole", "ClusterRoleBinding"] {
            asked.that(case.of(kind).next().is_none(), || format!("a {kind}"));
        }
        let openshift = case.features.iter().any(|feature| feature == "openshift");
        for binding in
            case.of("RoleBinding").filter(|binding| text(binding, "/roleRef/kind") == "ClusterRole")
        {
            asked.that(openshift, || binding.to_string());
        }
    });
}

/// Only a driver that makes pods has a token of the API server.
#[test]
fn only_the_driver_has_a_token() {
    every(1000, |case, asked| {
        for pod in case.pods() {
            let token = pod.spec.get("automountServiceAccountToken") == Some(&Json::from(true));
            let needs = pod.owner.ends_with("-spark-connect") && case.preset != "standalone";
            asked.that(token == needs, || format!("{}: token {token}", pod.owner));
            let account = text(&pod.spec, "/serviceAccountName");
            if pod.owner != "executor" {
                let found = case.named("ServiceAccount", account);
                asked.that(found.is_some(), || format!("{}: account {account:?}", pod.owner));
            }
        }
    });
}

/// On OpenShift every service account may keep the user that its image was made for.
#[test]
fn openshift_lets_each_account_keep_its_user() {
    every(100, |case, asked| {
        if !case.features.iter().any(|feature| feature == "openshift") {
            return;
        }
        let binding = case.named("RoleBinding", &format!("{}-nonroot", case.full("openshift"))).unwrap();
        let bound: Vec<&str> = list(binding, "/subjects").map(|subject| text(subject, "/name")).collect();
        for account in case.of("ServiceAccount").map(|account| text(account, "/metadata/name")) {
            asked.that(bound.contains(&account), || format!("{account} is not among {bound:?}"));
        }
    });
}
