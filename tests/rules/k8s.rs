//! Rules `k8s/...`.

use crate::support::{Bundle, bundle, fires, foreign, quiet};
use serde_json::{Value as Json, json};

const CONNECT: &str = "StatefulSet/-spark-connect";
const CONTAINER: &str = "/spec/template/spec/containers/0";

fn prod() -> Bundle {
    bundle("prod/jupyter-connect +history +metastore", &[])
}

/// A change of the executors' template.
fn executor(bundle: &mut Bundle, from: &str, to: &str) -> Vec<sparkctl::rules::Problem> {
    bundle
        .edit("ConfigMap/-spark-connect", "/data/executor.yaml", |text| text.replacen(from, to, 1))
        .problems()
}

fn at(of: &str) -> String {
    format!("{CONTAINER}{of}")
}

/// N3: each document is held strictly against its type.
#[test]
fn unknown_fields() {
    let message = fires("k8s/unknown-field", prod().set(CONNECT, &at("/imagePulPolicy"), json!("Always")));
    assert_eq!(message, "a Container has no field `imagePulPolicy`");
    fires("k8s/unknown-field", prod().set("NetworkPolicy/-default-deny", "/spec/ports", json!([])));
    fires(
        "k8s/unknown-field",
        prod().set("ServiceMonitor/-spark-connect", "/spec/endpoints/0/intervall", json!("30s")),
    );
    fires("k8s/unknown-field", prod().set("Certificate/-spark-connect", "/spec/dnsName", json!([])));
    fires("k8s/unknown-field", executor(&mut prod(), "enableServiceLinks", "enableServiceLink"));
    fires("k8s/unknown-field", foreign("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, label: {}}\n"));
    // Free mappings have any key, and a field that came with a newer Kubernetes is nobody's slip.
    quiet("k8s/unknown-field", prod().set("ConfigMap/-spark-connect", "/data/imagePulPolicy", json!("x")));
    let newer = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  hostnameOverride: x\n  containers: [{name: a, image: a}]\n";
    quiet("k8s/unknown-field", foreign(newer));
    fires("k8s/unknown-field", prod().set(CONNECT, "/spec/template/spec/hostnameOverride", json!("x")));
    quiet(
        "k8s/unknown-field",
        foreign("apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: a}\nanything: 1\n"),
    );
}

#[test]
fn wrong_types() {
    for (pointer, value) in [
        ("/spec/replicas", json!("2")),
        ("/spec/template/spec/enableServiceLinks", json!("false")),
        ("/spec/template/spec/containers", json!({})),
        ("/spec/template/metadata/annotations/a", json!(1)),
        ("/spec/template/spec/containers/0/args/0", json!(true)),
        ("/spec/template/spec/securityContext", json!([])),
    ] {
        fires("k8s/wrong-type", prod().set(CONNECT, pointer, value));
    }
    fires("k8s/wrong-type", executor(&mut prod(), "value: /tmp", "value: 1"));
    // A port may be a number or a name, and an amount a number.
    quiet("k8s/wrong-type", prod().set(CONNECT, &at("/readinessProbe/tcpSocket/port"), json!(4040)));
    quiet("k8s/wrong-type", prod().set(CONNECT, &at("/resources/requests/cpu"), json!(2)));
    quiet(
        "k8s/wrong-type",
        foreign("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: ~}\ndata: ~\n"),
    );
}

#[test]
fn missing_fields() {
    for (id, pointer) in [
        (CONNECT, "/spec/selector"),
        (CONNECT, "/spec/template"),
        (CONNECT, "/spec/template/spec/containers/0/name"),
        (CONNECT, "/spec/template/spec/containers/0/image"),
        (CONNECT, "/spec/template/spec/containers/0/volumeMounts/0/mountPath"),
        ("Service/-spark-connect", "/spec/ports"),
        ("Service/-headless", "/spec/ports/0/name"),
        ("Service/-headless", "/spec/ports/0/port"),
        ("Role/-spark-connect", "/rules/0/verbs"),
        ("Role/-spark-connect", "/rules/0/apiGroups"),
        ("RoleBinding/-spark-connect", "/roleRef"),
        ("RoleBinding/-spark-connect", "/subjects/0/namespace"),
        ("ServiceMonitor/-spark-connect", "/spec/selector"),
        ("ExternalSecret/-object-store", "/spec/data/0/remoteRef/key"),
        ("Certificate/-spark-connect", "/spec/secretName"),
    ] {
        fires("k8s/missing-field", prod().set(id, pointer, Json::Null));
    }
    fires("k8s/missing-field", prod().set(CONNECT, "/spec/template/spec/containers", json!([])));
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec:\n  accessModes: [ReadWriteOnce]\n  resources: {requests: {SIZE}}\n";
    fires("k8s/missing-field", foreign(&claim.replace("SIZE", "cpu: 1")));
    quiet("k8s/missing-field", foreign(&claim.replace("SIZE", "storage: 1Gi")));
    // One port needs no name; Spark names the executors' image and, where needed, makes their container.
    quiet("k8s/missing-field", prod().set("Service/-jupyter", "/spec/ports/0/name", Json::Null));
    quiet("k8s/missing-field", executor(&mut prod(), "    env:", "    command: []\n    env:"));
}

#[test]
fn wrong_values() {
    for (id, pointer, value) in [
        (CONNECT, "/spec/template/spec/containers/0/imagePullPolicy", json!("always")),
        (CONNECT, "/spec/podManagementPolicy", json!("parallel")),
        (CONNECT, "/spec/replicas", json!(-1)),
        (CONNECT, "/spec/template/spec/containers/0/ports/0/containerPort", json!(70000)),
        (CONNECT, "/spec/template/spec/containers/0/ports/0/protocol", json!("tcp")),
        (CONNECT, "/spec/template/spec/containers/0/volumeMounts/0/mountPath", json!("opt/spark/conf")),
        (
            CONNECT,
            "/spec/template/spec/containers/0/env/0/valueFrom/fieldRef/fieldPath",
            json!("metadata.nam"),
        ),
        (CONNECT, "/spec/template/spec/securityContext/seccompProfile/type", json!("runtime/default")),
        (CONNECT, "/spec/template/spec/topologySpreadConstraints/0/whenUnsatisfiable", json!("Never")),
        ("Service/-spark-connect", "/spec/type", json!("Clusterip")),
        ("NetworkPolicy/-default-deny", "/spec/policyTypes/0", json!("ingress")),
        ("RoleBinding/-spark-connect", "/roleRef/kind", json!("role")),
        ("RoleBinding/-spark-connect", "/roleRef/apiGroup", json!("rbac")),
        ("PodDisruptionBudget/-spark-connect", "/spec/maxUnavailable", json!("1")),
        ("ExternalSecret/-object-store", "/spec/secretStoreRef/kind", json!("ClusterStore")),
        ("ExternalSecret/-object-store", "/spec/refreshInterval", json!("1d")),
        ("ServiceMonitor/-spark-connect", "/spec/endpoints/0/interval", json!("30")),
        ("Certificate/-spark-connect", "/spec/usages/0", json!("server-auth")),
    ] {
        fires("k8s/wrong-value", prod().set(id, pointer, value));
    }
    // 0444 that a reader of YAML 1.2 took for a decimal number.
    let volumes =
        prod().object(CONNECT).pointer("/spec/template/spec/volumes").unwrap().as_array().unwrap().len();
    let secret = json!({"name": "more", "secret": {"secretName": "a", "defaultMode": 1444}});
    let more = format!("/spec/template/spec/volumes/{}", volumes - 1);
    fires("k8s/wrong-value", prod().set(CONNECT, &more, secret));
    let cron = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec:\n  schedule: WHEN\n  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}\n";
    fires("k8s/wrong-value", foreign(&cron.replace("WHEN", "\"0 25 * * *\"")));
    quiet("k8s/wrong-value", foreign(&cron.replace("WHEN", "\"0 */6 * * mon-fri\"")));
    fires(
        "k8s/wrong-value",
        foreign("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {password: hunter2!}\n"),
    );
    quiet(
        "k8s/wrong-value",
        foreign("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: hunter2!}\n"),
    );
    quiet(
        "k8s/wrong-value",
        prod().set("PodDisruptionBudget/-spark-connect", "/spec/maxUnavailable", json!("50%")),
    );
}

#[test]
fn a_value_that_is_not_base64_is_not_shown() {
    let problems = foreign("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {password: hunter2!}\n");
    let problem = problems.iter().find(|problem| problem.rule == "k8s/wrong-value").unwrap();
    assert!(problem.secret && !format!("{problem:?}").contains("hunter2"));
}

#[test]
fn bad_quantities() {
    let limit = at("/resources/limits/memory");
    let message = fires("k8s/bad-quantity", prod().set(CONNECT, &limit, json!("8g")));
    assert_eq!(message, "`8g` in `limits` is no amount that Kubernetes reads");
    fires("k8s/bad-quantity", prod().set(CONNECT, &limit, json!("4 Gi")));
    fires("k8s/bad-quantity", executor(&mut prod(), "sizeLimit: 100Gi", "sizeLimit: 100GB"));
    fires("k8s/bad-quantity", prod().set("ResourceQuota/", "/spec/hard/requests.memory", json!("64gb")));
    for good in [json!("8G"), json!("1e9"), json!("1.5Gi"), json!(8_589_934_592_i64)] {
        quiet("k8s/bad-quantity", prod().set(CONNECT, &limit, good));
    }
}

/// N2: no name twice in a list of names.
#[test]
fn duplicate_entries() {
    let again = |pointer: &str| {
        let mut bundle = prod();
        let first = bundle.object(CONNECT).pointer(&format!("{pointer}/0")).unwrap().clone();
        bundle.set(CONNECT, &format!("{pointer}/-"), first);
        bundle
    };
    for list in ["/env", "/ports", "/volumeMounts"] {
        fires("k8s/duplicate-entry", &again(&at(list)));
    }
    fires("k8s/duplicate-entry", &again("/spec/template/spec/volumes"));
    fires("k8s/duplicate-entry", &again("/spec/template/spec/containers"));
    // One name for a sidecar and the server; one port that two containers listen on.
    fires(
        "k8s/duplicate-entry",
        prod().set(CONNECT, "/spec/template/spec/initContainers/1/name", json!("server")),
    );
    let sidecar = "/spec/template/spec/initContainers/1/ports/0";
    fires("k8s/duplicate-entry", prod().set(CONNECT, &format!("{sidecar}/containerPort"), json!(15002)));
    fires("k8s/duplicate-entry", prod().set(CONNECT, &format!("{sidecar}/name"), json!("grpc")));
    let service = prod().object("Service/-headless").pointer("/spec/ports/0/name").unwrap().clone();
    fires("k8s/duplicate-entry", prod().set("Service/-headless", "/spec/ports/1/name", service));
    fires("k8s/duplicate-entry", executor(&mut prod(), "mountPath: /tmp", "mountPath: /var/spark/local"));
    // One volume at two paths, and one number for two protocols, are two things.
    quiet(
        "k8s/duplicate-entry",
        prod().set(CONNECT, &at("/volumeMounts/-"), json!({"name": "tmp", "mountPath": "/var/tmp"})),
    );
    let udp = json!({"name": "udp", "containerPort": 15002, "protocol": "UDP"});
    quiet("k8s/duplicate-entry", prod().set(CONNECT, &at("/ports/-"), udp));
}

#[test]
fn choices() {
    let mut both = prod();
    both.set(CONNECT, &at("/env/0/value"), json!("x"));
    assert_eq!(fires("k8s/one-of", &both), "an EnvVar has `value` and `valueFrom`");
    fires(
        "k8s/one-of",
        prod().set(CONNECT, "/spec/template/spec/volumes/0/secret", json!({"secretName": "a"})),
    );
    fires("k8s/one-of", prod().set(CONNECT, "/spec/template/spec/volumes/0/configMap", Json::Null));
    fires("k8s/one-of", prod().set(CONNECT, &at("/readinessProbe/tcpSocket"), Json::Null));
    fires("k8s/one-of", prod().set(CONNECT, &at("/readinessProbe/httpGet"), json!({"port": "ui"})));
    fires("k8s/one-of", prod().set("PodDisruptionBudget/-spark-connect", "/spec/minAvailable", json!(1)));
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n    - PEER\n";
    fires("k8s/one-of", foreign(&policy.replace("PEER", "{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}")));
    quiet("k8s/one-of", foreign(&policy.replace("PEER", "{namespaceSelector: {}, podSelector: {}}")));
    // An empty value is none.
    quiet("k8s/one-of", prod().set(CONNECT, &at("/env/0/value"), json!("")));
}

/// N16: versions that are no longer served.
#[test]
fn versions_that_are_not_served() {
    for (id, version) in [
        ("ExternalSecret/-object-store", "external-secrets.io/v1beta1"),
        ("PodDisruptionBudget/-spark-connect", "policy/v1beta1"),
        (CONNECT, "apps/v1beta2"),
        (CONNECT, "app/v1"),
        ("Role/-spark-connect", "rbac.authorisation.k8s.io/v1"),
        ("ServiceMonitor/-spark-connect", "monitoring.coreos.co/v1"),
        ("Service/-spark-connect", "v1beta1"),
        ("ConfigMap/-spark-connect", "apps/v1"),
    ] {
        fires("k8s/api-version", prod().set(id, "/apiVersion", json!(version)));
    }
    for (version, kind) in [
        ("extensions/v1beta1", "Ingress"),
        ("batch/v1beta1", "CronJob"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler"),
        ("policy/v1beta1", "PodSecurityPolicy"),
        ("v1", "Pods"),
        ("monitoring.coreos.com/v1", "ServiceMonitr"),
        ("helm.toolkit.fluxcd.io/v2beta1", "HelmRelease"),
    ] {
        let problems = foreign(&format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n"));
        fires("k8s/api-version", problems);
    }
    for (version, kind) in [
        ("example.org/v1", "Service"),
        ("serving.knative.dev/v1", "Service"),
        ("snapshot.storage.k8s.io/v1", "VolumeSnapshot"),
        ("argoproj.io/v1alpha1", "Workflow"),
        ("app.k8s.io/v1beta1", "Application"),
        ("resource.k8s.io/v1", "DeviceClass"),
        ("cilium.io/v2", "CiliumNetworkPolicy"),
    ] {
        let problems = foreign(&format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n"));
        quiet("k8s/api-version", problems);
    }
    let since =
        json!({"apiVersion": "resource.k8s.io/v1", "kind": "DeviceClass", "metadata": {"name": "gpu"}});
    fires("k8s/api-version", prod().add(since));
}

/// ISSUE-030: names, after all prefixes.
#[test]
fn bad_names() {
    let long = "a".repeat(64);
    for (id, pointer, name) in [
        ("Service/-headless", "/metadata/name", long.as_str()),
        ("Service/-headless", "/metadata/name", "4-servers"),
        (CONNECT, "/metadata/name", &long[..53]),
        ("ConfigMap/-proxy", "/metadata/name", "Proxy_Config"),
        ("Service/-headless", "/metadata/namespace", "Spark"),
        (CONNECT, "/spec/template/spec/containers/0/name", "the server"),
        (CONNECT, "/spec/template/spec/containers/0/ports/0/name", "spark-connect-grpc"),
        (CONNECT, "/spec/template/spec/containers/0/env/0/name", "A=B"),
        (CONNECT, "/spec/template/spec/containers/0/readinessProbe/tcpSocket/port", "4040"),
        (CONNECT, "/spec/template/spec/volumes/0/name", "a.b"),
        (CONNECT, "/spec/template/spec/volumes/0/configMap/name", "A_B"),
        (CONNECT, "/spec/template/spec/serviceAccountName", "Spark"),
    ] {
        fires("k8s/bad-name", prod().set(id, pointer, json!(name)));
    }
    fires("k8s/bad-name", prod().set("ConfigMap/-proxy", "/data/a~1b", json!("x")));
    fires("k8s/bad-name", executor(&mut prod(), "name: block-manager", "name: executor-block-manager"));
    let cron = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: NAME}\n";
    fires("k8s/bad-name", foreign(&cron.replace("NAME", &long[..53])));
    quiet("k8s/bad-name", foreign(&cron.replace("NAME", &long[..52])));
    quiet("k8s/bad-name", prod().set(CONNECT, "/metadata/name", json!(&long[..52])));
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: 'system:a'}\nrules: []\n";
    quiet("k8s/bad-name", foreign(role));
}

/// ISSUE-030, T-label-validation: the label `N/A`.
#[test]
fn bad_labels() {
    let long = "a".repeat(64);
    for (id, pointer, value) in [
        (CONNECT, "/metadata/labels/cost-center", "N/A"),
        (CONNECT, "/spec/template/metadata/labels/team", long.as_str()),
        (CONNECT, "/spec/selector/matchLabels/team", "-a"),
        ("Service/-spark-connect", "/spec/selector/team", "a b"),
        (CONNECT, "/metadata/labels/a~1b~1c", "x"),
        (CONNECT, "/metadata/annotations/two words", "x"),
        ("NetworkPolicy/-default-deny", "/spec/podSelector/matchLabels/app", "N/A"),
        ("ServiceMonitor/-spark-connect", "/spec/selector/matchLabels/app", "N/A"),
    ] {
        fires("k8s/bad-label", prod().set(id, pointer, json!(value)));
    }
    fires("k8s/bad-label", executor(&mut prod(), "component: executor", "component: N/A"));
    quiet("k8s/bad-label", prod().set(CONNECT, "/metadata/labels/cost-center", json!("")));
    quiet(
        "k8s/bad-label",
        prod().set(CONNECT, "/metadata/annotations/Example.org~1contact", json!("a @ b / N/A")),
    );
}

#[test]
fn too_large() {
    let map = "ConfigMap/-proxy";
    fires("k8s/too-large", prod().set(map, "/data/jar", json!("x".repeat((1 << 20) + 1))));
    quiet("k8s/too-large", prod().set(map, "/data/jar", json!("x".repeat(1 << 19))));
    fires("k8s/too-large", prod().set(CONNECT, "/metadata/annotations/a", json!("x".repeat(256 << 10))));
    quiet("k8s/too-large", prod().set(CONNECT, "/metadata/annotations/a", json!("x".repeat(200 << 10))));
}

#[test]
fn scopes() {
    fires("k8s/wrong-scope", prod().set("Service/-headless", "/metadata/namespace", Json::Null));
    fires(
        "k8s/wrong-scope",
        prod().set("RoleBinding/-spark-connect", "/metadata/namespace", json!("default")),
    );
    fires("k8s/wrong-scope", prod().set("Namespace/", "/metadata/namespace", json!("spark-prod")));
    let thing = json!({"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"}});
    quiet("k8s/wrong-scope", prod().add(thing));
    quiet("k8s/wrong-scope", foreign("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"));
}

/// N5: a workload selects the pods that it makes.
#[test]
fn selectors_that_do_not_match() {
    let template = "/spec/template/metadata/labels/app.kubernetes.io~1name";
    fires("k8s/selector-mismatch", prod().set(CONNECT, template, json!("connect")));
    fires("k8s/selector-mismatch", prod().set(CONNECT, template, Json::Null));
    fires("k8s/selector-mismatch", prod().set(CONNECT, "/spec/selector/matchLabels", json!({})));
    let expression = json!([{"key": "team", "operator": "In", "values": ["sales"]}]);
    fires(
        "k8s/selector-mismatch",
        prod().set(CONNECT, "/spec/selector/matchExpressions", expression.clone()),
    );
    let mut bundle = prod();
    bundle.set(CONNECT, "/spec/selector/matchExpressions", expression);
    quiet(
        "k8s/selector-mismatch",
        bundle.set(CONNECT, "/spec/template/metadata/labels/team", json!("sales")),
    );
    // The pods may have more labels than are selected.
    quiet("k8s/selector-mismatch", prod().set(CONNECT, "/spec/template/metadata/labels/more", json!("x")));
}

/// N5: and nobody else's.
#[test]
fn selectors_that_overlap() {
    let wide = json!({"app.kubernetes.io/instance": "jupyter-connect"});
    fires(
        "k8s/overlapping-selectors",
        prod().set("Deployment/-history-server", "/spec/selector/matchLabels", wide.clone()),
    );
    let mut twice = prod();
    let mut copy = twice.object("Deployment/-history-server").clone();
    copy["metadata"]["name"] = json!("another");
    fires("k8s/overlapping-selectors", twice.add(copy.clone()));
    copy["metadata"]["namespace"] = json!("elsewhere");
    quiet("k8s/overlapping-selectors", prod().add(copy));
    // A Service or a policy may select the pods of several.
    quiet("k8s/overlapping-selectors", prod().set("Service/-headless", "/spec/selector", wide));
}

#[test]
fn volumes_that_are_not_there() {
    fires("k8s/unknown-volume", prod().set(CONNECT, &at("/volumeMounts/0/name"), json!("conf")));
    fires("k8s/unknown-volume", prod().set(CONNECT, "/spec/template/spec/volumes/0", Json::Null));
    fires(
        "k8s/unknown-volume",
        executor(&mut prod(), "- name: work\n      mountPath", "- name: wrok\n      mountPath"),
    );
    // A claim template makes a volume of its name, and so does a property of Spark.
    quiet("k8s/unknown-volume", &bundle("prod/jupyter-connect", &[]));
    let mut claimed = prod();
    claimed.set(CONNECT, &at("/volumeMounts/-"), json!({"name": "data", "mountPath": "/data"}));
    let claim = json!([{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]);
    quiet("k8s/unknown-volume", claimed.set(CONNECT, "/spec/volumeClaimTemplates", claim));
    let mut spark = prod();
    spark.conf("spark.kubernetes.executor.volumes.persistentVolumeClaim.data.mount.path", Some("/data"));
    quiet(
        "k8s/unknown-volume",
        executor(&mut spark, "- name: work\n      mountPath", "- name: data\n      mountPath"),
    );
}

#[test]
fn restart_policies() {
    fires(
        "k8s/bad-restart-policy",
        prod().set(CONNECT, "/spec/template/spec/restartPolicy", json!("OnFailure")),
    );
    fires("k8s/bad-restart-policy", prod().set(CONNECT, &at("/restartPolicy"), json!("Always")));
    fires(
        "k8s/bad-restart-policy",
        prod().set(CONNECT, "/spec/template/spec/initContainers/0/restartPolicy", json!("Never")),
    );
    fires("k8s/bad-restart-policy", foreign(&job("a-1b2c3", "")));
    quiet("k8s/bad-restart-policy", foreign(&job("a-1b2c3", "restartPolicy: Never, ")));
    quiet(
        "k8s/bad-restart-policy",
        prod().set(CONNECT, "/spec/template/spec/restartPolicy", json!("Always")),
    );
}

fn job(name: &str, pod: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec:\n  template: {{spec: {{{pod}containers: [{{name: a, image: 'a:1'}}]}}}}\n"
    )
}

#[test]
fn probes() {
    fires("k8s/bad-probe", prod().set(CONNECT, &at("/livenessProbe/successThreshold"), json!(2)));
    fires(
        "k8s/bad-probe",
        prod().set(CONNECT, &at("/readinessProbe/terminationGracePeriodSeconds"), json!(5)),
    );
    // Without its policy the sidecar is an init container that never ends.
    fires(
        "k8s/bad-probe",
        prod().set(CONNECT, "/spec/template/spec/initContainers/1/restartPolicy", Json::Null),
    );
    quiet("k8s/bad-probe", prod().set(CONNECT, &at("/readinessProbe/successThreshold"), json!(2)));
    quiet(
        "k8s/bad-probe",
        prod().set(CONNECT, &at("/livenessProbe/terminationGracePeriodSeconds"), json!(5)),
    );
}

#[test]
fn fields_that_do_not_go_together() {
    let strategy = |strategy: Json| {
        let mut bundle = prod();
        bundle.set("Deployment/-history-server", "/spec/strategy", strategy);
        bundle
    };
    fires("k8s/conflicting-fields", &strategy(json!({"type": "Recreate", "rollingUpdate": {"maxSurge": 1}})));
    fires(
        "k8s/conflicting-fields",
        &strategy(json!({"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}})),
    );
    quiet(
        "k8s/conflicting-fields",
        &strategy(json!({"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}})),
    );
    fires("k8s/conflicting-fields", prod().set("Service/-headless", "/spec/type", json!("NodePort")));
    fires(
        "k8s/conflicting-fields",
        prod().set("Service/-spark-connect", "/spec/ports/0/nodePort", json!(30000)),
    );
    fires(
        "k8s/conflicting-fields",
        prod().set("Service/-spark-connect", "/spec/externalTrafficPolicy", json!("Local")),
    );
    let toleration = |toleration: Json| {
        let mut bundle = prod();
        bundle.set(CONNECT, "/spec/template/spec/tolerations", json!([toleration]));
        bundle
    };
    fires("k8s/conflicting-fields", &toleration(json!({"key": "a", "operator": "Exists", "value": "b"})));
    fires("k8s/conflicting-fields", &toleration(json!({"value": "b", "effect": "NoSchedule"})));
    quiet("k8s/conflicting-fields", &toleration(json!({"operator": "Exists"})));
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec:\n  podSelector: {}\n  egress:\n  - ports: [PORT]\n    to:\n    - ipBlock: {cidr: 10.0.0.0/8, except: [EXCEPT]}\n";
    let policy = |port: &str, except: &str| foreign(&policy.replace("PORT", port).replace("EXCEPT", except));
    fires("net/invalid-rule", policy("{port: http, endPort: 9000}", "10.1.0.0/16"));
    fires("net/invalid-rule", policy("{port: 9000, endPort: 8000}", "10.1.0.0/16"));
    fires("net/invalid-rule", policy("{port: 80}", "192.168.0.0/16"));
    quiet("net/invalid-rule", policy("{port: 8000, endPort: 9000}", "10.1.0.0/16"));
    // Nothing but a finding comes of what is no range at all.
    fires("k8s/wrong-value", policy("{port: 80}", "10.0.0.0/200"));
    fires("k8s/wrong-value", policy("{port: 80}", "'::/0/0'"));
    let scaler = "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a}\nspec:\n  scaleTargetRef: {name: a}\n  minReplicaCount: 3\n  maxReplicaCount: 2\n  triggers: []\n";
    fires("k8s/conflicting-fields", foreign(scaler));
}

#[test]
fn one_object_twice() {
    let mut twice = prod();
    let copy = twice.object("Service/-headless").clone();
    fires("k8s/duplicate-object", twice.add(copy.clone()));
    let one = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: NS}\n";
    fires("k8s/duplicate-object", foreign(&format!("{one}---\n{one}")));
    quiet("k8s/duplicate-object", foreign(&format!("{one}---\n{}", one.replace("NS", "other"))));
}

/// N9: one owner for the name of a Secret.
#[test]
fn one_secret_of_two_owners() {
    let mut bundle = prod();
    let name = bundle.object("ExternalSecret/-object-store")["spec"]["target"]["name"].clone();
    let secret =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "spark-prod"}});
    fires("k8s/two-owners", bundle.add(secret));
    fires("k8s/two-owners", prod().set("ExternalSecret/-connect-token", "/spec/target/name", name.clone()));
    fires("k8s/two-owners", prod().set("Certificate/-spark-connect", "/spec/secretName", name.clone()));
    // What is merged into another's Secret, and a Secret of that name elsewhere, are no second owner.
    let mut merged = prod();
    merged.set("ExternalSecret/-connect-token", "/spec/target/name", name.clone());
    quiet(
        "k8s/two-owners",
        merged.set("ExternalSecret/-connect-token", "/spec/target/creationPolicy", json!("Merge")),
    );
    let other =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "elsewhere"}});
    quiet("k8s/two-owners", prod().add(other));
}

#[test]
fn selectors_that_change() {
    let mut versioned = prod();
    versioned.set(CONNECT, "/spec/selector/matchLabels/app.kubernetes.io~1version", json!("4.1.2"));
    fires("k8s/unstable-selector", &versioned);
    let mut hashed = prod();
    fires(
        "k8s/unstable-selector",
        hashed.set(CONNECT, "/spec/selector/matchLabels/config-hash", json!("abc")),
    );
    let claim = json!([{"metadata": {"name": "data", "labels": {"helm.sh/chart": "spark-1"}}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]);
    fires("k8s/unstable-selector", prod().set(CONNECT, "/spec/volumeClaimTemplates", claim));
    // The pods themselves may say their version.
    quiet(
        "k8s/unstable-selector",
        prod().set(CONNECT, "/spec/template/metadata/labels/app.kubernetes.io~1version", json!("4.1.2")),
    );
}

#[test]
fn jobs_that_cannot_change() {
    let never = "restartPolicy: Never, ";
    fires("k8s/immutable-job", foreign(&job("metastore-schema", never)));
    quiet("k8s/immutable-job", foreign(&job("metastore-schema-4d1c88e0", never)));
    quiet(
        "k8s/immutable-job",
        foreign(
            &job("metastore-schema", never).replace("spec:\n", "spec:\n  ttlSecondsAfterFinished: 600\n"),
        ),
    );
    let hook = job("metastore-schema", never)
        .replace("{name: metastore-schema}", "{name: a, annotations: {helm.sh/hook: pre-install}}");
    quiet("k8s/immutable-job", foreign(&hook));
}

#[test]
fn configuration_that_cannot_change() {
    fires("k8s/immutable-config", prod().set("ConfigMap/-proxy", "/immutable", json!(true)));
    quiet("k8s/immutable-config", prod().set("ConfigMap/-proxy", "/immutable", json!(false)));
    quiet(
        "k8s/immutable-config",
        foreign("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a-7f3a91c2}\nimmutable: true\n"),
    );
}

/// What others write well is not accused: the fields of modelled kinds that sparkctl does not render.
#[test]
fn good_manifests_of_others() {
    for text in GOOD.split("\n===\n") {
        let found: Vec<_> =
            foreign(text).into_iter().filter(|problem| problem.rule.starts_with("k8s/")).collect();
        assert!(found.is_empty(), "{text}\n{found:#?}");
    }
}

const GOOD: &str = include_str!("k8s-good.yaml");

/// Each problem of a type stands at the very node.
#[test]
fn places_are_exact() {
    use sparkctl::rules::Place;
    let place = |rule: &str, bundle: &Bundle| {
        let problems = bundle.problems();
        let problem = problems.into_iter().find(|problem| problem.rule == rule).unwrap();
        let Place::Field(_, field) = problem.at else { panic!("{:?}", problem.at) };
        (field.path.to_string(), field.line.map(|line| line.text))
    };
    let of = |path: &str| (path.to_owned(), None);
    let mut bundle = prod();
    bundle.set(CONNECT, &at("/imagePulPolicy"), json!("Always"));
    assert_eq!(place("k8s/unknown-field", &bundle), of("spec.template.spec.containers[0].imagePulPolicy"));
    let mut bundle = prod();
    bundle.set(CONNECT, &at("/ports/0/containerPort"), Json::Null);
    assert_eq!(
        place("k8s/missing-field", &bundle),
        of("spec.template.spec.containers[0].ports[0].containerPort")
    );
    let mut bundle = prod();
    bundle.edit("ConfigMap/-spark-connect", "/data/executor.yaml", |text| text.replace("drop:", "dropp:"));
    let (path, line) = place("k8s/unknown-field", &bundle);
    assert_eq!((path.as_str(), line.as_deref()), ("data[\"executor.yaml\"]", Some("- ALL")));
}
