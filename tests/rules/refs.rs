//! Rules `ref/...`.

use super::support::{Bundle, bundle, findings, fires, foreign, quiet};
use serde_json::{Value as Json, json};
use std::sync::OnceLock;

const SERVER: &str = "StatefulSet/-spark-connect";
const POD: &str = "/spec/template/spec";
const CONNECT: &str = "ConfigMap/-spark-connect";
const CONF: &str = "/data/spark-defaults.conf";

/// Connect behind TLS with notebooks, History Server and metastore, in production.
fn prod() -> Bundle {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    BUNDLE.get_or_init(|| bundle("prod/jupyter-connect +history +metastore", &[])).clone()
}

/// A master and workers with a store and a database of their own, in development.
fn dev() -> Bundle {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    BUNDLE.get_or_init(|| bundle("dev/standalone +history +metastore", &[])).clone()
}

/// A field below the pods' spec.
fn pod(below: &str) -> String {
    format!("{POD}{below}")
}

#[test]
fn secrets_exist() {
    let name = pod("/containers/0/env/6/valueFrom/secretKeyRef/name");
    fires("ref/unknown-secret", prod().set(SERVER, &name, json!("jupyter-connect-object-stor")));
    fires(
        "ref/unknown-secret",
        dev().set(
            "Deployment/-worker",
            &pod("/containers/0/env/3/valueFrom/secretKeyRef/name"),
            json!("standalon"),
        ),
    );
    fires("ref/unknown-secret", prod().remove("ExternalSecret/-object-store"));
    fires("ref/unknown-secret", prod().remove("Certificate/-spark-connect"));
    let proxied = prod().object(SERVER)["spec"]["template"]["spec"]["volumes"].as_array().unwrap().len() - 2;
    let certificate = pod(&format!("/volumes/{proxied}/secret/secretName"));
    fires("ref/unknown-secret", prod().set(SERVER, &certificate, json!("connect-tls")));
    fires(
        "ref/unknown-secret",
        prod().set("ServiceAccount/-jupyter", "/imagePullSecrets", json!([{"name": "registry"}])),
    );
    let key = "spark.kubernetes.executor.secretKeyRef.AWS_ACCESS_KEY_ID";
    fires("ref/unknown-secret", prod().conf(key, Some("object-store:access-key")));
    fires("ref/unknown-secret", prod().conf("spark.kubernetes.executor.secrets.keys", Some("/etc/keys")));
    quiet("ref/unknown-secret", prod().conf(key, Some("jupyter-connect-connect-token:token")));
    quiet("ref/unknown-secret", &bundle("prod/connect", &["images.pullSecrets=[registry]"]));
    quiet(
        "ref/unknown-secret",
        prod().set(
            SERVER,
            &pod("/containers/0/env/6/valueFrom/secretKeyRef"),
            json!({"name": "other", "key": "a", "optional": true}),
        ),
    );
}

#[test]
fn keys_of_secrets_exist() {
    let key = pod("/containers/0/env/6/valueFrom/secretKeyRef/key");
    fires("ref/unknown-secret-key", prod().set(SERVER, &key, json!("accesskey")));
    fires(
        "ref/unknown-secret-key",
        dev().set(
            "Deployment/-worker",
            &pod("/containers/0/env/3/valueFrom/secretKeyRef/key"),
            json!("token"),
        ),
    );
    fires(
        "ref/unknown-secret-key",
        prod().set("ExternalSecret/-connect-token", "/spec/data/0/secretKey", json!("tokn")),
    );
    let conf = "spark.kubernetes.executor.secretKeyRef.AWS_ACCESS_KEY_ID";
    fires("ref/unknown-secret-key", prod().conf(conf, Some("jupyter-connect-object-store:access")));
    let item = pod("/volumes/1/secret/items/0/key");
    fires("ref/unknown-secret-key", prod().set("StatefulSet/-jupyter", &item, json!("ca.pem")));
    quiet("ref/unknown-secret-key", prod().set("StatefulSet/-jupyter", &item, json!("tls.crt")));
    quiet(
        "ref/unknown-secret-key",
        prod()
            .set("ExternalSecret/-connect-token", "/spec/dataFrom", json!([{"extract": {"key": "x"}}]))
            .set("ExternalSecret/-connect-token", "/spec/data", json!([])),
    );
}

#[test]
fn config_maps_exist() {
    fires("ref/unknown-config-map", prod().set(SERVER, &pod("/volumes/0/configMap/name"), json!("spark")));
    fires("ref/unknown-config-map", prod().remove("ConfigMap/-spark-connect-proxy"));
    fires("ref/unknown-config-map", prod().conf("spark.kubernetes.hadoop.configMapName", Some("hadoop")));
    quiet(
        "ref/unknown-config-map",
        prod().conf("spark.kubernetes.hadoop.configMapName", Some("jupyter-connect-spark-connect")),
    );
    let item = pod("/volumes/0/configMap/items/0/key");
    fires("ref/unknown-config-map-key", prod().set(SERVER, &item, json!("spark-default.conf")));
    fires("ref/unknown-config-map-key", prod().set(CONNECT, "/data/executor.yaml", Json::Null));
    quiet(
        "ref/unknown-config-map-key",
        prod().set(SERVER, &pod("/volumes/0/configMap/optional"), json!(true)).set(
            SERVER,
            &item,
            json!("none"),
        ),
    );
}

#[test]
fn service_accounts_and_roles_exist() {
    fires("ref/unknown-service-account", prod().set(SERVER, &pod("/serviceAccountName"), json!("spark")));
    fires("ref/unknown-service-account", prod().remove("ServiceAccount/-hive-metastore"));
    fires(
        "ref/unknown-service-account",
        prod().set("RoleBinding/-spark-connect", "/subjects/0/name", json!("spark")),
    );
    fires(
        "ref/unknown-service-account",
        prod().conf("spark.kubernetes.authenticate.executor.serviceAccountName", Some("spark")),
    );
    quiet("ref/unknown-service-account", prod().set(SERVER, &pod("/serviceAccountName"), json!("default")));
    quiet("ref/unknown-service-account", &bundle("prod/standalone +openshift", &[]));
    fires("ref/unknown-role", prod().set("RoleBinding/-spark-connect", "/roleRef/name", json!("spark")));
    fires("ref/unknown-role", prod().remove("Role/-spark-connect"));
    fires(
        "ref/unknown-role",
        bundle("prod/connect +openshift", &[]).set(
            "RoleBinding/-nonroot",
            "/roleRef/name",
            json!("system:openshift:scc:nonroot-v9"),
        ),
    );
    quiet(
        "ref/unknown-role",
        bundle("prod/connect +openshift", &[]).set(
            "RoleBinding/-nonroot",
            "/roleRef/name",
            json!("system:openshift:scc:restricted-v2"),
        ),
    );
}

#[test]
fn claims_classes_and_governing_services_exist() {
    let claim = json!({"name": "x", "persistentVolumeClaim": {"claimName": "lake"}});
    fires("ref/unknown-claim", prod().set(SERVER, &pod("/volumes/-"), claim));
    fires(
        "ref/unknown-claim",
        prod().conf(
            "spark.kubernetes.executor.volumes.persistentVolumeClaim.d.options.claimName",
            Some("lake"),
        ),
    );
    quiet(
        "ref/unknown-claim",
        prod().conf(
            "spark.kubernetes.executor.volumes.persistentVolumeClaim.d.options.claimName",
            Some("OnDemand"),
        ),
    );
    fires("ref/unknown-governing-service", prod().set(SERVER, "/spec/serviceName", json!("headless")));
    fires(
        "ref/unknown-governing-service",
        prod().set(SERVER, "/spec/serviceName", json!("jupyter-connect-jupyter")),
    );
    fires("ref/unknown-governing-service", prod().remove("Service/-spark-connect-headless"));
    quiet(
        "ref/unknown-governing-service",
        prod().set(SERVER, "/spec/serviceName", json!("jupyter-connect-spark-connect")),
    );
    fires("ref/undeclared-class", prod().set(SERVER, &pod("/priorityClassName"), json!("high")));
    fires(
        "ref/undeclared-class",
        prod().set(
            "StatefulSet/-jupyter",
            "/spec/volumeClaimTemplates/0/spec/storageClassName",
            json!("fast"),
        ),
    );
    quiet(
        "ref/undeclared-class",
        prod().set(SERVER, &pod("/priorityClassName"), json!("system-cluster-critical")),
    );
    quiet("ref/undeclared-class", &bundle("prod/connect", &["connect.driver.priorityClass=high"]));
}

#[test]
fn operators_are_asked_for_what_the_spec_names() {
    fires(
        "ref/undeclared-issuer",
        prod().set("Certificate/-spark-connect", "/spec/issuerRef/name", json!("platfrom")),
    );
    quiet("ref/undeclared-issuer", &bundle("prod/connect", &["site.issuer.name=other"]));
    let token = "ExternalSecret/-connect-token";
    fires("ref/undeclared-secret-store", prod().set(token, "/spec/secretStoreRef/name", json!("vault")));
    fires(
        "ref/undeclared-secret-store",
        prod().set(token, "/spec/secretStoreRef/kind", json!("SecretStore")),
    );
    quiet("ref/undeclared-secret-store", &bundle("prod/connect", &["site.secretStore.name=vault"]));
    fires(
        "ref/undeclared-entry",
        prod().set(token, "/spec/data/0/remoteRef/key", json!("spark/prd/connect")),
    );
    quiet(
        "ref/undeclared-entry",
        prod().set(token, "/spec/data/0/remoteRef/key", json!("spark/prod/jupyter")),
    );
    fires("ref/missing-operator", findings("prod/connect", &["cluster.installed=[]"]));
    quiet(
        "ref/missing-operator",
        findings(
            "prod/connect",
            &["cluster.installed=[cert-manager, external-secrets, prometheus-operator]"],
        ),
    );
}

#[test]
fn everything_is_in_the_releases_namespace() {
    fires("k8s/wrong-scope", prod().set("Service/-jupyter", "/metadata/namespace", json!("default")));
    fires("k8s/wrong-scope", prod().set("Namespace/", "/metadata/name", json!("default")));
    fires(
        "ref/wrong-namespace",
        prod().set("RoleBinding/-spark-connect", "/subjects/0/namespace", json!("default")),
    );
    quiet("ref/wrong-namespace", prod().conf("spark.kubernetes.namespace", Some("default")));
}

#[test]
fn ports_lead_to_who_listens() {
    let service = "Service/-spark-connect";
    fires("ref/unknown-target-port", prod().set(service, "/spec/ports/0/targetPort", json!("grcp")));
    fires("ref/unknown-target-port", prod().set(service, "/spec/ports/0/targetPort", json!(15003)));
    fires("ref/unknown-target-port", prod().set(SERVER, &pod("/containers/0/ports/1/name"), json!("drivr")));
    quiet("ref/unknown-target-port", prod().set(service, "/spec/ports/0/targetPort", json!(15443)));
    fires(
        "ref/unknown-probe-port",
        prod().set(
            "Deployment/-history-server",
            &pod("/containers/0/readinessProbe/httpGet/port"),
            json!("web"),
        ),
    );
    fires(
        "spark/connect-probe",
        prod().set(SERVER, &pod("/containers/0/startupProbe/tcpSocket/port"), json!(15003)),
    );
    quiet(
        "ref/unknown-probe-port",
        prod().set(SERVER, &pod("/containers/0/startupProbe/tcpSocket/port"), json!(15002)),
    );
    fires(
        "ref/undeclared-port",
        prod().set(SERVER, &pod("/containers/0/ports/1/containerPort"), json!(7080)),
    );
    fires("ref/undeclared-port", prod().set(SERVER, &pod("/containers/0/ports/2"), Json::Null));
    quiet(
        "ref/undeclared-port",
        prod().set(SERVER, &pod("/containers/0/ports/-"), json!({"name": "jmx", "containerPort": 9999})),
    );
    let monitor = "ServiceMonitor/-spark-connect";
    fires("ref/unknown-monitor-port", prod().set(monitor, "/spec/endpoints/0/port", json!("metrics")));
    fires(
        "ref/unknown-monitor-port",
        prod().set(monitor, "/spec/selector/matchLabels/sparkctl.dev~1service", Json::Null),
    );
    quiet("ref/unknown-monitor-port", prod().set(monitor, "/spec/endpoints/0/port", json!("driver")));
    let policy = "NetworkPolicy/-spark-connect-server";
    fires("net/unknown-port", prod().set(policy, "/spec/ingress/0/ports/0/port", json!("grcp")));
    quiet("net/unknown-port", prod().set(policy, "/spec/ingress/0/ports/0/port", json!("grpc-tls")));
}

#[test]
fn pages_lead_to_services() {
    let open = ["history.host=history.site.example"];
    let ingress = || bundle("prod/connect +history", &open);
    let route = || bundle("prod/connect +history +openshift", &open);
    let backend = "/spec/rules/0/http/paths/0/backend/service";
    fires(
        "ref/unknown-backend",
        ingress().set("Ingress/-history-server", &format!("{backend}/name"), json!("history")),
    );
    fires("ref/unknown-backend", route().set("Route/-history-server", "/spec/to/name", json!("history")));
    quiet("ref/unknown-backend", &route());
    fires(
        "ref/unknown-backend-port",
        ingress().set("Ingress/-history-server", &format!("{backend}/port/name"), json!("ui")),
    );
    fires(
        "ref/unknown-backend-port",
        route().set("Route/-history-server", "/spec/port/targetPort", json!("ui")),
    );
    quiet(
        "ref/unknown-backend-port",
        ingress().set("Ingress/-history-server", &format!("{backend}/port"), json!({"number": 18080})),
    );
}

#[test]
fn selectors_find_their_pods_alone() {
    let label = "/spec/selector/app.kubernetes.io~1component";
    fires("ref/selector-without-pods", prod().set("Service/-spark-connect", label, json!("servr")));
    let labels = "/spec/selector/matchLabels";
    fires(
        "ref/selector-without-pods",
        prod().set(
            "PodDisruptionBudget/-spark-connect",
            &format!("{labels}/app.kubernetes.io~1name"),
            json!("spark"),
        ),
    );
    fires(
        "net/policy-selects-nothing",
        prod().set(
            "NetworkPolicy/-jupyter-server",
            "/spec/podSelector/matchLabels/app.kubernetes.io~1name",
            json!("jupiter"),
        ),
    );
    fires(
        "k8s/selector-mismatch",
        prod().set(SERVER, &format!("{labels}/app.kubernetes.io~1name"), json!("spark")),
    );
    fires(
        "ops/not-spread",
        prod().set(
            SERVER,
            &pod("/topologySpreadConstraints/0/labelSelector/matchLabels/app.kubernetes.io~1name"),
            json!("spark"),
        ),
    );
    fires(
        "net/policy-selects-nothing",
        prod().edit(CONNECT, "/data/executor.yaml", |text| {
            text.replace("component: executor", "component: executr")
        }),
    );
    quiet(
        "net/policy-selects-nothing",
        prod().set("NetworkPolicy/-executor", "/spec/podSelector/matchLabels/spark-role", json!("executor")),
    );
    quiet(
        "ref/selector-without-pods",
        prod().set("Service/-jupyter", "/spec/selector/app.kubernetes.io~1managed-by", json!("sparkctl")),
    );
    fires("ref/selector-of-several-workloads", prod().set("Service/-spark-connect", label, Json::Null));
    fires(
        "ref/selector-of-several-workloads",
        prod().set(
            "PodDisruptionBudget/-spark-connect",
            &format!("{labels}/app.kubernetes.io~1name"),
            Json::Null,
        ),
    );
    quiet(
        "ref/selector-of-several-workloads",
        prod().set(
            "NetworkPolicy/-jupyter-server",
            "/spec/podSelector/matchLabels/app.kubernetes.io~1name",
            Json::Null,
        ),
    );
    fires(
        "ref/selector-without-instance",
        prod().set("Service/-jupyter", "/spec/selector/app.kubernetes.io~1instance", Json::Null),
    );
    quiet(
        "ref/selector-without-instance",
        prod().set("Service/-jupyter", "/spec/selector/app.kubernetes.io~1managed-by", json!("sparkctl")),
    );
    let monitor = "ServiceMonitor/-spark-connect";
    fires(
        "ref/monitor-without-target",
        prod().set(monitor, "/spec/selector/matchLabels/app.kubernetes.io~1name", json!("spark")),
    );
    fires(
        "ref/monitor-without-target",
        prod().set("Service/-spark-connect-headless", "/metadata/labels/sparkctl.dev~1service", Json::Null),
    );
    quiet(
        "ref/monitor-without-target",
        prod().set(monitor, "/spec/namespaceSelector", json!({"matchNames": ["spark-prod"]})),
    );
}

#[test]
fn addresses_lead_to_services_and_their_ports() {
    let host = "ref/unknown-host";
    // Where a rule knows what the address is for, that one says it.
    let metastore = "spark/metastore-address";
    fires(metastore, prod().conf("spark.hadoop.hive.metastore.uris", Some("thrift://metastore:9083")));
    fires(
        metastore,
        prod().conf(
            "spark.hadoop.hive.metastore.uris",
            Some("thrift://jupyter-connect-hive-metastore.spark.svc:9083"),
        ),
    );
    fires(
        "spark/driver-host",
        prod().edit(SERVER, &pod("/containers/0/args/2"), |text| text.replace("-headless", "")),
    );
    fires(
        "spark/worker-master",
        dev().edit("ConfigMap/-standalone", "/data/worker.sh", |text| {
            text.replace("standalone-master.", "master.")
        }),
    );
    fires(
        host,
        dev().edit("ConfigMap/-hive-metastore", "/data/schema.sh", |text| {
            text.replace("host=standalone-database", "host=postgres")
        }),
    );
    fires(host, dev().remove("Service/-database"));
    let remote = prod().object("StatefulSet/-jupyter")["spec"]["template"]["spec"]["containers"][0]["env"]
        .as_array()
        .unwrap()
        .len()
        - 1;
    let remote = pod(&format!("/containers/0/env/{remote}/value"));
    fires(
        "spark/client-address",
        prod().edit("StatefulSet/-jupyter", &remote, |text| text.replace("spark-connect.", "spark-conect.")),
    );
    quiet(
        host,
        prod().edit("StatefulSet/-jupyter", &remote, |text| text.replace(".svc:", ".svc.cluster.local:")),
    );
    fires(
        host,
        prod().edit("StatefulSet/-jupyter", &remote, |text| text.replace(".svc:", ".svc.cluster.locl:")),
    );
    fires(
        host,
        prod().set("Certificate/-spark-connect", "/spec/dnsNames/2", json!("spark-connect.spark-prod.svc")),
    );
    fires(
        host,
        bundle("prod/airflow-connect", &[]).edit(
            "ConfigMap/-airflow",
            "/data/AIRFLOW_CONN_SPARK_CONNECT",
            |text| text.replace("spark-prod", "spark"),
        ),
    );
    let port = "ref/unknown-host-port";
    fires(
        "spark/client-address",
        prod().edit("StatefulSet/-jupyter", &remote, |text| text.replace(":15002", ":15003")),
    );
    fires(
        "spark/client-address",
        bundle("prod/airflow-connect", &[]).edit(
            "ConfigMap/-airflow",
            "/data/AIRFLOW_CONN_SPARK_CONNECT",
            |text| text.replace("15002", "15003"),
        ),
    );
    fires(
        port,
        dev().conf("spark.hadoop.fs.s3a.endpoint", Some("http://standalone-object-store.spark-dev.svc:9000")),
    );
    fires(port, prod().conf("spark.hadoop.fs.s3a.endpoint", Some("https://s3.storage.example:9000")));
    fires(
        port,
        dev().edit("ConfigMap/-hive-metastore", "/data/schema.sh", |text| {
            text.replace("port=5432", "port=5433")
        }),
    );
    quiet(port, dev().conf("spark.driver.x.endpoint", Some("standalone-spark-connect-headless:7078")));
    fires(
        "ref/undeclared-host",
        prod().conf("spark.hadoop.fs.s3a.endpoint", Some("https://s3.storag.example:443")),
    );
    quiet(
        "ref/undeclared-host",
        prod().conf("spark.hadoop.fs.s3a.endpoint", Some("https://S3.storage.example")),
    );
}

#[test]
fn files_are_where_they_are_sought() {
    let template = "spark.kubernetes.executor.podTemplateFile";
    fires("ref/unknown-file", prod().conf(template, Some("/opt/spark/pod-template/pod.yaml")));
    fires(
        "ref/unknown-file",
        prod().edit("ConfigMap/-proxy", "/data/nginx.conf", |text| text.replace("tls.crt", "tls.pem")),
    );
    fires(
        "ref/unknown-file",
        prod().set(SERVER, &pod("/initContainers/1/command/1"), json!("/etc/proxy/run.sh")),
    );
    quiet("ref/unknown-file", prod().conf("spark.driver.extraClassPath", Some("/opt/spark/jars/none.jar")));
    fires("ref/unmounted-path", prod().conf(template, Some("/etc/templates/executor.yaml")));
    fires("ref/unmounted-path", prod().set(SERVER, &pod("/initContainers/1/volumeMounts/0"), Json::Null));
    fires("ref/unmounted-path", prod().set(SERVER, &pod("/containers/0/volumeMounts/0"), Json::Null));
    quiet("ref/unmounted-path", prod().conf("spark.local.dir", Some("/tmp/spark")));
    fires(
        "ref/unread-mount",
        prod().set(SERVER, &pod("/containers/0/volumeMounts/1/mountPath"), json!("/opt/spark/pod")),
    );
    fires(
        "ref/unmounted-path",
        dev().set(
            "Deployment/-worker",
            &pod("/containers/0/volumeMounts/0/mountPath"),
            json!("/opt/spark/config"),
        ),
    );
    quiet(
        "ref/unread-mount",
        prod().set(SERVER, &pod("/containers/0/volumeMounts/3/mountPath"), json!("/tmp/")),
    );
    fires("pod/unused-volume", prod().set(SERVER, &pod("/containers/0/volumeMounts/1"), Json::Null));
    quiet("pod/unused-volume", prod().set(SERVER, &pod("/initContainers/0/volumeMounts/0"), Json::Null));
}

#[test]
fn variables_are_defined() {
    fires("ref/unknown-variable", prod().set(SERVER, &pod("/containers/0/env/1"), Json::Null));
    fires(
        "ref/unknown-variable",
        prod().set("Deployment/-hive-metastore", &pod("/initContainers/0/env/6/name"), json!("PASSWORD")),
    );
    let old = || bundle("prod/connect", &["spark.version=3.5"]);
    fires("ref/unknown-variable", old().set(SERVER, &pod("/initContainers/1/env"), json!([])));
    quiet(
        "ref/unknown-variable",
        prod().set(SERVER, &pod("/containers/0/args/-"), json!("$$(POD_NAM) $(hostname)")),
    );
    fires("ref/unexpanded-variable", prod().conf("spark.driver.host", Some("$(POD_IP)")));
    quiet("ref/unexpanded-variable", prod().edit(CONNECT, CONF, |text| format!("# $(POD_IP)\n{text}")));
}

#[test]
fn changes_reach_running_pods() {
    fires(
        "ref/missing-config-hash",
        prod().set(SERVER, "/spec/template/metadata/annotations/sparkctl.dev~1config-hash", Json::Null),
    );
    quiet("ref/missing-config-hash", &dev());
    let reload = "/metadata/annotations/secret.reloader.stakater.com~1reload";
    fires(
        "ref/reload-without-reader",
        prod().edit(SERVER, reload, |text| text.replace("object-store", "object-stor")),
    );
    quiet("ref/reload-without-reader", prod().edit(SERVER, reload, |text| text.replace(',', ", ")));
    fires("ref/secret-not-reloaded", prod().set(SERVER, reload, Json::Null));
    quiet(
        "ref/secret-not-reloaded",
        &bundle("prod/connect", &["cluster.installed=[cert-manager, external-secrets, prometheus-operator]"]),
    );
}

#[test]
fn combinations_are_refused() {
    fires(
        "ref/refused-combination",
        findings("dev/connect", &["site.objectStore.type=none", "spark.eventLog.enabled=true"]),
    );
    quiet(
        "ref/refused-combination",
        findings("dev/connect", &["site.objectStore.type=none", "spark.eventLog.enabled=false"]),
    );
}

/// Manifests that somebody else rendered: what is absent may be elsewhere, what contradicts the set may not.
#[test]
fn others_manifests() {
    const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: x
        ports: [{name: http, containerPort: 8080}]
        env:
        - {name: SPARK_REMOTE, value: 'sc://connect:15002'}
        - {name: A, valueFrom: {secretKeyRef: {name: s3-credentials, key: a}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
";
    let found = foreign(DEPLOYMENT);
    fires("ref/outside-the-set", found.clone());
    // Another set may have it, where its name is like none of this one.
    quiet("ref/unknown-host", found.clone());
    fires("ref/unknown-host", foreign(&DEPLOYMENT.replace("sc://connect:", "sc://webb:")));
    quiet("ref/unknown-target-port", found);
    let made = format!(
        "{DEPLOYMENT}---\napiVersion: v1\nkind: Secret\nmetadata: {{name: s3-credentials}}\nstringData: {{a: b}}\n"
    );
    quiet("ref/outside-the-set", foreign(&made.replace("sc://connect:15002", "http://web/")));
    fires("ref/unknown-secret-key", foreign(&made.replace("{a: b}", "{b: c}")));
    fires("ref/unknown-target-port", foreign(&DEPLOYMENT.replace("targetPort: http", "targetPort: web")));
    quiet("ref/unknown-host", foreign(&DEPLOYMENT.replace("sc://connect:", "sc://connect.example.org:")));
    fires("ref/unknown-host-port", foreign(&DEPLOYMENT.replace("sc://connect:15002", "sc://web:15002")));
    quiet("ref/unknown-host-port", foreign(&DEPLOYMENT.replace("sc://connect:15002", "http://web/")));
    let scaled = |kind: &str| {
        foreign(&format!(
            "{DEPLOYMENT}---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: web}}\nspec: {{maxReplicas: 2, scaleTargetRef: {{apiVersion: apps/v1, kind: {kind}, name: web}}}}\n"
        ))
    };
    fires("ref/unknown-scale-target", scaled("StatefulSet"));
    quiet("ref/unknown-scale-target", scaled("Deployment"));
}
