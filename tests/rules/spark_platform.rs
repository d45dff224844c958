//! Rules `spark/...` about drivers, executors and what surrounds them.

use crate::support::{Bundle, bundle, findings, fires, foreign, quiet};
use serde_json::json;
use std::sync::OnceLock;

const SERVER: &str = "StatefulSet/-spark-connect";
const CONF: &str = "ConfigMap/-spark-connect";
const HEADLESS: &str = "Service/-spark-connect-headless";
const POD: &str = "/spec/template/spec";
const CONTAINER: &str = "/spec/template/spec/containers/0";

fn made(cell: &'static OnceLock<Bundle>, words: &str, set: &[&str]) -> Bundle {
    cell.get_or_init(|| bundle(words, set)).clone()
}

/// Production with everything beside.
fn prod() -> Bundle {
    static CELL: OnceLock<Bundle> = OnceLock::new();
    made(&CELL, "prod/jupyter-connect +history +metastore", &[])
}

/// Development: with a store and a database of its own, and packages that are fetched.
fn dev() -> Bundle {
    static CELL: OnceLock<Bundle> = OnceLock::new();
    made(&CELL, "dev/jupyter-connect +history +metastore", &[])
}

fn standalone() -> Bundle {
    static CELL: OnceLock<Bundle> = OnceLock::new();
    made(&CELL, "prod/standalone", &[])
}

fn spark_3_5() -> Bundle {
    static CELL: OnceLock<Bundle> = OnceLock::new();
    made(&CELL, "prod/connect", &["spark.version=3.5"])
}

fn spark_4_3() -> Bundle {
    static CELL: OnceLock<Bundle> = OnceLock::new();
    made(&CELL, "prod/connect", &["spark.version=4.3"])
}

/// The template of the executors, changed as text.
fn template(bundle: &mut Bundle, from: &str, to: &str) -> Bundle {
    bundle.edit(CONF, "/data/executor.yaml", |text| text.replacen(from, to, 1)).clone()
}

/// The argument of the command line that sets a property, changed.
fn argument<'b>(bundle: &'b mut Bundle, key: &str, to: &str) -> &'b mut Bundle {
    let arguments = bundle.object(SERVER).pointer_mut(&format!("{CONTAINER}/args")).unwrap();
    let own = arguments.as_array_mut().unwrap().iter_mut();
    let mut own = own.filter(|word| word.as_str().unwrap().starts_with(&format!("{key}=")));
    *own.next().unwrap() = json!(format!("{key}={to}"));
    bundle
}

/// A Connect server of somebody else, with these lines of spark-defaults.conf.
fn server(kind: &str, conf: &str) -> String {
    let conf: String = conf.lines().map(|line| format!("    {}\n", line.trim())).collect();
    format!(
        "apiVersion: apps/v1
kind: {kind}
metadata: {{name: spark, namespace: lab}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: spark}}}}
  template:
    metadata: {{labels: {{app: spark}}}}
    spec:
      containers:
      - name: spark
        image: docker.io/apache/spark:4.1.2
        command: [/opt/spark/bin/spark-submit, --class, org.apache.spark.sql.connect.service.SparkConnectServer, spark-internal]
        env:
        - {{name: POD_IP, valueFrom: {{fieldRef: {{fieldPath: status.podIP}}}}}}
        ports: [{{name: grpc, containerPort: 15002}}]
        volumeMounts: [{{name: conf, mountPath: /opt/spark/conf}}]
      volumes: [{{name: conf, configMap: {{name: spark}}}}]
---
apiVersion: v1
kind: Service
metadata: {{name: spark, namespace: lab}}
spec:
  selector: {{app: spark}}
  ports: [{{name: grpc, port: 15002}}, {{name: driver, port: 7078}}, {{name: blocks, port: 7079}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: spark, namespace: lab}}
data:
  spark-defaults.conf: |
{conf}"
    )
}

const K8S: &str = "spark.master=k8s://https://kubernetes.default.svc
    spark.kubernetes.namespace=lab
    spark.kubernetes.container.image=docker.io/apache/spark:4.1.2
    spark.kubernetes.driver.pod.name=$(POD_NAME)
    spark.driver.bindAddress=0.0.0.0
    spark.driver.port=7078
    spark.driver.blockManager.port=7079";

#[test]
fn executors_find_their_driver() {
    fires("spark/driver-host", argument(&mut prod(), "spark.driver.host", "$(POD_NAME)"));
    fires(
        "spark/driver-host",
        argument(&mut prod(), "spark.driver.host", "jupyter-connect-spark-connect-headless"),
    );
    fires(
        "spark/driver-host",
        argument(&mut prod(), "spark.driver.host", "$(POD_NAME).other.spark-prod.svc"),
    );
    fires(
        "spark/driver-host",
        argument(&mut prod(), "spark.driver.host", "$(SPARK_CONNECT_AUTHENTICATE_TOKEN)"),
    );
    fires("spark/driver-host", prod().remove(HEADLESS));
    fires("spark/driver-host", prod().set(HEADLESS, "/spec/clusterIP", json!(null)));
    fires("spark/driver-host", prod().set(SERVER, "/spec/serviceName", json!("other")));
    fires(
        "spark/driver-host",
        prod().set(HEADLESS, "/spec/selector/app.kubernetes.io~1name", json!("other")),
    );
    let text = fires("spark/driver-host", foreign(&server("Deployment", K8S)));
    assert!(text.contains("does not say"), "{text}");
    fires(
        "spark/driver-host",
        foreign(&server("Deployment", &format!("{K8S}\nspark.driver.host=nobody.lab.svc"))),
    );
    // Moved by kustomize, which does not look into configuration.
    let moved = "spark.driver.host=spark-0.spark.elsewhere.svc";
    let text = fires("spark/driver-host", foreign(&server("StatefulSet", &format!("{K8S}\n    {moved}"))));
    assert!(text.contains("and this one lives in `lab`"), "{text}");

    quiet("spark/driver-host", argument(&mut prod(), "spark.driver.host", "$(POD_IP)"));
    let domain = "$(POD_NAME).jupyter-connect-spark-connect-headless.spark-prod.svc.cluster.local";
    quiet("spark/driver-host", argument(&mut prod(), "spark.driver.host", domain));
    quiet(
        "spark/driver-host",
        foreign(&server("Deployment", &format!("{K8S}\nspark.driver.host=spark.lab.svc"))),
    );
    quiet(
        "spark/driver-host",
        foreign(&server("Deployment", &format!("{K8S}\nspark.driver.host=$(POD_IP)"))),
    );
}

#[test]
fn each_driver_has_a_name_of_its_own() {
    let shared = "jupyter-connect-spark-connect-headless.spark-prod.svc";
    fires("spark/driver-behind-load-balancer", argument(&mut prod(), "spark.driver.host", shared));
    let first = format!("jupyter-connect-spark-connect-0.{shared}");
    fires("spark/driver-behind-load-balancer", argument(&mut prod(), "spark.driver.host", &first));
    quiet(
        "spark/driver-behind-load-balancer",
        argument(&mut prod(), "spark.driver.host", &first).set(SERVER, "/spec/replicas", json!(1)),
    );
    let one = server("Deployment", &format!("{K8S}\nspark.driver.host=spark.lab.svc"));
    quiet("spark/driver-behind-load-balancer", foreign(&one));
    fires("spark/driver-behind-load-balancer", foreign(&one.replace("replicas: 1", "replicas: 3")));
}

#[test]
fn a_driver_is_found_before_it_is_ready() {
    fires("spark/driver-hidden", prod().set(HEADLESS, "/spec/publishNotReadyAddresses", json!(null)));
    quiet(
        "spark/driver-hidden",
        argument(
            prod().set(HEADLESS, "/spec/publishNotReadyAddresses", json!(false)),
            "spark.driver.host",
            "$(POD_IP)",
        ),
    );
}

#[test]
fn a_driver_listens_where_executors_connect() {
    fires("spark/bind-address", argument(&mut spark_4_3(), "spark.driver.bindAddress", "0.0.0.0"));
    fires("spark/bind-address", argument(&mut prod(), "spark.driver.bindAddress", "127.0.0.1"));
    fires("spark/bind-address", argument(&mut prod(), "spark.driver.bindAddress", "$(POD_NAME)"));
    // Up to 4.2 executors connect to the driver's host whatever it binds to.
    quiet("spark/bind-address", argument(&mut prod(), "spark.driver.bindAddress", "0.0.0.0"));
    let flag = "spark.kubernetes.executor.useDriverPodIP";
    quiet(
        "spark/bind-address",
        argument(spark_4_3().conf(flag, Some("false")), "spark.driver.bindAddress", "0.0.0.0"),
    );
}

#[test]
fn executors_belong_to_their_driver() {
    fires(
        "spark/driver-pod-name",
        argument(&mut prod(), "spark.kubernetes.driver.pod.name", "spark-connect"),
    );
    fires("spark/driver-pod-name", prod().set(SERVER, &format!("{CONTAINER}/args/6"), json!("spark.x=y")));
    let one = "jupyter-connect-spark-connect-0";
    let mut single = prod();
    argument(&mut single, "spark.kubernetes.driver.pod.name", one).set(SERVER, "/spec/replicas", json!(1));
    quiet("spark/driver-pod-name", &single);
    fires(
        "spark/fixed-executor-names",
        prod().conf("spark.kubernetes.executor.podNamePrefix", Some("sales")),
    );
    quiet("spark/fixed-executor-names", prod().conf("spark.app.name", Some("sales")));
}

#[test]
fn ports_are_the_same_everywhere() {
    fires("spark/driver-port", prod().conf("spark.driver.port", Some("7070")));
    fires("spark/driver-port", prod().conf("spark.driver.port", None));
    fires("spark/driver-port", prod().conf("spark.driver.port", Some("7079")));
    fires("spark/driver-port", prod().conf("spark.driver.blockManager.port", Some("0")));
    fires("spark/driver-port", prod().conf("spark.ui.port", Some("4041")));
    fires(
        "spark/driver-port",
        prod().set(SERVER, &format!("{CONTAINER}/ports/1/containerPort"), json!(7000)),
    );
    fires("spark/driver-port", prod().set(HEADLESS, "/spec/ports/0", json!(null)));
    fires("spark/driver-port", prod().set(HEADLESS, "/spec/ports/0/targetPort", json!("ui")));
    // A headless Service without ports is a name and nothing else.
    quiet("spark/driver-port", prod().set(HEADLESS, "/spec/ports", json!(null)));
    quiet("spark/driver-port", prod().set(HEADLESS, "/spec/ports/0/targetPort", json!(7078)));
    fires("spark/executor-port", prod().conf("spark.blockManager.port", Some("7078")));
    fires("spark/executor-port", prod().conf("spark.blockManager.port", None));
    fires("spark/executor-port", &template(&mut prod(), "containerPort: 7079", "containerPort: 7080"));
    quiet(
        "spark/executor-port",
        &template(
            prod().conf("spark.blockManager.port", Some("7080")),
            "containerPort: 7079",
            "containerPort: 7080",
        ),
    );
}

#[test]
fn clients_reach_the_connect_server() {
    let address = "spark.connect.grpc.binding.address";
    fires("spark/connect-address", prod().conf(address, Some("localhost")));
    fires("spark/connect-address", prod().conf(address, None));
    quiet("spark/connect-address", prod().conf(address, Some("::")));
    let port = "spark.connect.grpc.binding.port";
    fires("spark/connect-port", prod().conf(port, Some("15003")));
    fires(
        "spark/connect-port",
        prod().set("Service/-spark-connect", "/spec/ports/0/targetPort", json!("ui")),
    );
    fires("spark/connect-port", dev().set("Service/-spark-connect", "/spec/ports/0/targetPort", json!("ui")));
    // 15002 is what Spark takes by itself.
    quiet("spark/connect-port", prod().conf(port, None));
    fires(
        "spark/connect-proxy",
        prod().edit("ConfigMap/-proxy", "/data/nginx.conf", |text| {
            text.replace("127.0.0.1:15002", "127.0.0.1:15003")
        }),
    );
    fires(
        "spark/connect-proxy",
        prod().edit("ConfigMap/-proxy", "/data/nginx.conf", |text| {
            text.replace("127.0.0.1:15002", "elsewhere:15002")
        }),
    );
    quiet(
        "spark/connect-proxy",
        prod().edit("ConfigMap/-proxy", "/data/nginx.conf", |text| {
            text.replace("127.0.0.1:15002", "localhost:15002")
        }),
    );
    fires(
        "spark/connect-probe",
        prod().set(SERVER, &format!("{CONTAINER}/startupProbe/tcpSocket/port"), json!("ui")),
    );
    fires(
        "spark/connect-probe",
        prod().set(SERVER, &format!("{CONTAINER}/livenessProbe/tcpSocket/port"), json!(8080)),
    );
    quiet(
        "spark/connect-probe",
        prod().set(SERVER, &format!("{CONTAINER}/livenessProbe/tcpSocket/port"), json!("grpc")),
    );
    fires(
        "spark/connect-sessions",
        prod().set("Service/-spark-connect", "/spec/sessionAffinity", json!("None")),
    );
    let one = server("Deployment", &format!("{K8S}\nspark.driver.host=$(POD_IP)"));
    quiet("spark/connect-sessions", foreign(&one));
    fires("spark/connect-sessions", foreign(&one.replace("replicas: 1", "replicas: 2")));
}

#[test]
fn a_connect_server_has_time_to_start() {
    fires(
        "spark/connect-startup",
        prod().set(SERVER, &format!("{CONTAINER}/startupProbe/failureThreshold"), json!(10)),
    );
    fires("pod/no-startup-probe", prod().set(SERVER, &format!("{CONTAINER}/startupProbe"), json!(null)));
    quiet(
        "spark/connect-startup",
        prod().set(SERVER, &format!("{CONTAINER}/startupProbe/failureThreshold"), json!(24)),
    );
}

#[test]
fn the_master_is_the_backends() {
    fires("spark/master", prod().conf("spark.master", Some("local[*]")));
    fires("spark/no-master", prod().conf("spark.master", None));
    quiet("spark/master", prod().conf("spark.master", None));
    fires(
        "spark/master",
        standalone().conf("spark.master", Some("k8s://https://kubernetes.default.svc:443")),
    );
    fires("spark/master", prod().conf("spark.master", Some("k8s://https://kubernetes.defaul.svc:443")));
    fires("spark/master", prod().conf("spark.master", Some("k8s://http://kubernetes.default.svc:443")));
    fires(
        "spark/master",
        foreign(&server("Deployment", &K8S.replace("k8s://https://kubernetes.default.svc", "local[4]"))),
    );
    quiet("spark/master", prod().conf("spark.master", Some("k8s://https://kubernetes.default.svc")));
    quiet("spark/master", foreign(&server("Deployment", "spark.master=local[4]")));
    fires("spark/deploy-mode", prod().conf("spark.submit.deployMode", Some("cluster")));
    quiet("spark/deploy-mode", prod().conf("spark.submit.deployMode", None));
}

#[test]
fn a_driver_has_a_token_and_its_own_namespace() {
    fires(
        "pod/no-api-token",
        prod().set(SERVER, &format!("{POD}/automountServiceAccountToken"), json!(false)),
    );
    fires(
        "pod/no-api-token",
        prod().set(SERVER, &format!("{POD}/automountServiceAccountToken"), json!(null)),
    );
    quiet(
        "pod/no-api-token",
        standalone().set(SERVER, &format!("{POD}/automountServiceAccountToken"), json!(false)),
    );
    let key = "spark.kubernetes.namespace";
    fires("spark/executor-namespace", prod().conf(key, None));
    fires("spark/executor-namespace", prod().conf(key, Some("default")));
    quiet("spark/executor-namespace", prod().conf(key, Some("spark-prod")).conf("spark.x", Some("y")));
}

#[test]
fn executors_run_their_drivers_image() {
    let key = "spark.kubernetes.container.image";
    fires("spark/executor-image", prod().conf(key, None));
    fires("pod/mixed-images", prod().conf(key, Some("docker.io/apache/spark:3.5.1")));
    let own = format!("{K8S}\nspark.driver.host=$(POD_IP)");
    fires("pod/image-tag", foreign(&server("Deployment", &own.replace("spark:4.1.2", "spark:latest"))));
    fires("pod/mixed-images", foreign(&server("Deployment", &own.replace("spark:4.1.2", "spark:4.0.1"))));
    quiet("spark/executor-image", prod().conf(key, Some("docker.io/apache/spark:3.5.1")));
    quiet(
        "pod/mixed-images",
        foreign(&server("Deployment", &own.replace("spark:4.1.2", "spark:4.1.2-java21"))),
    );
}

#[test]
fn a_driver_has_the_rights_that_it_uses() {
    let role = "Role/-spark-connect";
    for rule in 0..4 {
        for verb in 0..2 {
            if rule == 3 && verb == 1 {
                continue;
            }
            let text = fires(
                "spark/missing-right",
                prod().set(role, &format!("/rules/{rule}/verbs/{verb}"), json!(null)),
            );
            assert!(text.contains("may not"), "{text}");
        }
        fires("spark/missing-right", prod().set(role, &format!("/rules/{rule}"), json!(null)));
    }
    fires("spark/missing-right", prod().remove("RoleBinding/-spark-connect"));
    fires("spark/missing-right", prod().remove(role));
    fires("spark/missing-right", prod().set(role, "/rules/0/apiGroups/0", json!("apps")));
    fires(
        "spark/missing-right",
        prod().set("RoleBinding/-spark-connect", "/subjects/0/name", json!("default")),
    );
    let all = json!([{"apiGroups": [""], "verbs": ["*"],
        "resources": ["pods", "configmaps", "persistentvolumeclaims", "services"]}]);
    quiet("spark/missing-right", prod().set(role, "/rules", all.clone()));
    fires("spark/excess-rights", prod().set(role, "/rules", all));
    fires("spark/excess-rights", prod().set(role, "/rules/0/resources/-", json!("secrets")));
    fires("spark/excess-rights", prod().set(role, "/rules/1/verbs/-", json!("get")));
    let account = |binding: &str| {
        format!(
            "{}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {binding}
metadata: {{name: spark, namespace: lab}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: spark}}
subjects: [{{kind: ServiceAccount, name: default, namespace: lab}}]
",
            server("Deployment", &format!("{K8S}\nspark.driver.host=$(POD_IP)"))
        )
    };
    fires(
        "spark/excess-rights",
        foreign(&account("ClusterRoleBinding").replace(
            "ClusterRoleBinding\nmetadata: {name: spark, namespace: lab}",
            "ClusterRoleBinding\nmetadata: {name: spark}",
        )),
    );
    quiet("spark/excess-rights", foreign(&account("RoleBinding")));
    // A role that is not in the set may well grant everything.
    quiet("spark/missing-right", foreign(&account("RoleBinding")));
}

#[test]
fn executors_have_no_rights() {
    let key = "spark.kubernetes.authenticate.executor.serviceAccountName";
    fires("spark/executor-account", prod().conf(key, None));
    fires("spark/executor-account", prod().conf(key, Some("jupyter-connect-spark-connect")));
    quiet(
        "spark/executor-account",
        &template(
            prod().conf(key, None),
            "spec:\n",
            "spec:\n  serviceAccountName: jupyter-connect-spark-connect-executor\n",
        ),
    );
    fires(
        "spark/executor-rights",
        &template(&mut prod(), "automountServiceAccountToken: false", "automountServiceAccountToken: true"),
    );
    fires("spark/executor-rights", prod().set("RoleBinding/-spark-connect", "/subjects/-", json!({"kind": "ServiceAccount", "name": "jupyter-connect-spark-connect-executor", "namespace": "spark-prod"})));
    quiet(
        "spark/executor-rights",
        prod().set(
            "RoleBinding/-spark-connect",
            "/subjects/-",
            json!({"kind": "ServiceAccount", "name": "jupyter-connect-jupyter", "namespace": "spark-prod"}),
        ),
    );
}

#[test]
fn logs_are_written_where_they_are_read() {
    const HISTORY: &str = "ConfigMap/-history-server";
    let file = "/data/spark-defaults.conf";
    fires("spark/event-log", prod().conf("spark.eventLog.enabled", Some("false")));
    fires("spark/event-log", prod().conf("spark.eventLog.dir", None));
    fires("spark/event-log", prod().conf("spark.eventLog.dir", Some("s3a://spark-logs-prod/other")));
    fires(
        "spark/event-log",
        prod().edit(HISTORY, file, |text| text.replace("spark-logs-prod/events", "spark-logs-prod/history")),
    );
    quiet("spark/event-log", prod().conf("spark.eventLog.dir", Some("s3a://spark-logs-prod/events/")));
    fires(
        "spark/history-directory",
        prod().edit(HISTORY, file, |text| {
            text.replace("spark.history.fs.logDirectory", "spark.history.logDirectory")
        }),
    );
    quiet("spark/history-directory", prod().conf("spark.eventLog.dir", None));
    fires("spark/log-directory", prod().conf("spark.eventLog.dir", Some("s3://spark-logs-prod/events")));
    fires("spark/log-directory", prod().conf("spark.eventLog.dir", Some("/tmp/events")));
    quiet(
        "spark/log-directory",
        prod().conf("spark.eventLog.dir", Some("abfss://logs@lake.dfs.core.windows.net/events")),
    );
    fires("spark/event-log-prefix", prod().set(SERVER, &format!("{POD}/initContainers/0"), json!(null)));
    fires(
        "spark/event-log-prefix",
        prod().set(
            "Deployment/-history-server",
            &format!("{POD}/initContainers/0/args/24"),
            json!("s3a://spark-logs-prod/event"),
        ),
    );
    quiet(
        "spark/event-log-prefix",
        prod().set(SERVER, &format!("{POD}/initContainers/0/name"), json!("prefix")),
    );
}

#[test]
fn event_logs_appear_while_the_server_runs() {
    let size = "spark.eventLog.rolling.maxFileSize";
    fires("spark/event-log-rolling", prod().conf(size, Some("128m")));
    fires("spark/event-log-rolling", prod().conf(size, None));
    fires("spark/event-log-rolling", prod().conf("spark.eventLog.rolling.enabled", Some("false")));
    fires("spark/event-log-rolling", spark_3_5().conf("spark.eventLog.rolling.enabled", None));
    quiet("spark/event-log-rolling", prod().conf("spark.eventLog.rolling.enabled", None));
    quiet("spark/event-log-rolling", prod().conf(size, Some("32m")));
    fires("spark/compression-codec", prod().conf("spark.eventLog.compression.codec", Some("gzip")));
    quiet("spark/compression-codec", prod().conf("spark.eventLog.compression.codec", Some("lz4")));
}

#[test]
fn everybody_looks_at_the_same_store() {
    let key = |name: &str| format!("spark.hadoop.fs.s3a.{name}");
    let history = |from: &'static str, to: &'static str| {
        prod()
            .edit("ConfigMap/-history-server", "/data/spark-defaults.conf", |text| text.replace(from, to))
            .clone()
    };
    fires("spark/store-tls", prod().conf(&key("connection.ssl.enabled"), Some("false")));
    fires("spark/store-tls", findings("prod/connect", &["site.objectStore.s3.tls=false"]));
    fires("spark/store-tls", dev().conf(&key("connection.ssl.enabled"), Some("true")));
    quiet("spark/store-tls", prod().conf(&key("connection.ssl.enabled"), None));
    fires("spark/store-path-style", dev().conf(&key("path.style.access"), Some("false")));
    fires("spark/store-path-style", prod().conf(&key("path.style.access"), None));
    let aws = format!(
        "{K8S}\nspark.driver.host=$(POD_IP)\nspark.hadoop.fs.s3a.endpoint=https://s3.eu-central-1.amazonaws.com"
    );
    quiet("spark/store-path-style", foreign(&server("Deployment", &aws)));
    fires("spark/store-agreement", &history("https://s3.storage.example", "https://s4.storage.example"));
    fires("spark/store-agreement", &history("s3a.path.style.access=true", "s3a.path.style.access=false"));
    fires(
        "spark/store-agreement",
        prod().edit("ConfigMap/-hive-metastore", "/data/core-site.xml", |text| {
            text.replace("https://s3.", "https://s4.")
        }),
    );
    quiet("spark/store-agreement", &history("fs.s3a.multipart.size=64M", "fs.s3a.multipart.size=128M"));
    let provider = key("aws.credentials.provider");
    fires(
        "spark/store-provider",
        prod().conf(&provider, Some("com.amazonaws.auth.WebIdentityTokenCredentialsProvider")),
    );
    fires(
        "spark/store-provider",
        prod().conf(
            &provider,
            Some("software.amazon.awssdk.auth.credentials.EnvironmentVariablesCredentialsProvider"),
        ),
    );
    fires(
        "spark/store-provider",
        spark_3_5().conf(
            &provider,
            Some("software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider"),
        ),
    );
    quiet(
        "spark/store-provider",
        prod().conf(&provider, Some("org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider")),
    );
    let env = |at: usize| format!("{CONTAINER}/env/{at}");
    fires("spark/store-credentials", prod().set(SERVER, &env(6), json!(null)));
    fires("spark/store-credentials", prod().set("Deployment/-history-server", &env(4), json!(null)));
    let secret = "spark.kubernetes.executor.secretKeyRef.AWS_SECRET_ACCESS_KEY";
    fires("spark/store-credentials", prod().conf(secret, None));
    fires("spark/store-credentials", prod().conf(secret, Some("jupyter-connect-object-store:access-key")));
    quiet(
        "spark/store-credentials",
        &template(
            prod().conf(secret, None),
            "    env:\n",
            "    env:\n    - {name: AWS_SECRET_ACCESS_KEY, valueFrom: {secretKeyRef: {name: jupyter-connect-object-store, key: secret-key}}}\n",
        ),
    );
}

#[test]
fn jobs_write_to_the_store_without_renames() {
    fires("spark/store-committer", prod().conf("spark.hadoop.fs.s3a.committer.name", Some("file")));
    fires("spark/store-committer", prod().conf("spark.hadoop.fs.s3a.committer.magic.enabled", Some("false")));
    quiet("spark/store-committer", prod().conf("spark.hadoop.fs.s3a.committer.magic.enabled", None));
    fires("spark/store-throughput", prod().conf("spark.hadoop.fs.s3a.connection.maximum", Some("4")));
    fires("spark/store-throughput", prod().conf("spark.hadoop.fs.s3a.multipart.size", Some("5M")));
    quiet("spark/store-throughput", prod().conf("spark.hadoop.fs.s3a.multipart.size", Some("134217728")));
}

#[test]
fn buckets_are_made_and_are_no_paths() {
    const STORE: &str = "StatefulSet/-object-store";
    fires("spark/missing-bucket", dev().set(STORE, &format!("{CONTAINER}/env/0/value"), json!("spark-logs")));
    fires("spark/missing-bucket", dev().conf("spark.sql.warehouse.dir", Some("s3a://warehouse/tables")));
    quiet(
        "spark/missing-bucket",
        dev().conf("spark.sql.warehouse.dir", Some("s3a://spark-warehouse/tables")),
    );
    fires(
        "spark/bucket-path",
        dev().set(STORE, &format!("{CONTAINER}/env/0/value"), json!("spark-logs/events,spark-warehouse")),
    );
    let job = "apiVersion: batch/v1
kind: Job
metadata: {name: buckets}
spec: {template: {spec: {containers: [{name: mc, image: 'minio/mc:1', command: [sh, -c, 'mc mb --ignore-existing store/spark-logs/events']}]}}}
";
    fires("spark/bucket-path", foreign(job));
    quiet("spark/bucket-path", foreign(&job.replace("spark-logs/events", "spark-logs/")));
}

#[test]
fn executors_keep_shuffle_data_and_hand_it_on() {
    let tracking = "spark.dynamicAllocation.shuffleTracking.enabled";
    fires("spark/shuffle-tracking", prod().conf(tracking, Some("false")));
    let celeborn = "org.apache.spark.shuffle.celeborn.SparkShuffleManager";
    quiet(
        "spark/shuffle-tracking",
        prod().conf(tracking, Some("false")).conf("spark.shuffle.manager", Some(celeborn)),
    );
    fires("spark/shuffle-service", prod().conf("spark.shuffle.service.enabled", Some("true")));
    quiet("spark/shuffle-service", standalone().conf("spark.shuffle.service.enabled", Some("true")));
    fires("spark/executor-limit", prod().conf("spark.dynamicAllocation.maxExecutors", None));
    fires("spark/executor-limit", prod().conf("spark.dynamicAllocation.cachedExecutorIdleTimeout", None));
    quiet(
        "spark/executor-limit",
        prod()
            .conf("spark.dynamicAllocation.enabled", Some("false"))
            .conf("spark.dynamicAllocation.maxExecutors", None),
    );
    fires("spark/decommission", prod().conf("spark.storage.decommission.enabled", None));
    fires("spark/decommission", prod().conf("spark.decommission.enabled", Some("false")));
    fires(
        "spark/decommission",
        prod().conf("spark.storage.decommission.shuffleBlocks.enabled", Some("false")),
    );
    quiet("spark/decommission", prod().conf("spark.storage.decommission.shuffleBlocks.enabled", None));
}

#[test]
fn executors_get_time_to_go() {
    let key = "spark.kubernetes.executor.terminationGracePeriodSeconds";
    fires("spark/executor-grace", prod().conf(key, None));
    fires("spark/executor-grace", prod().conf(key, Some("5s")));
    fires(
        "spark/executor-grace",
        &template(&mut spark_3_5(), "terminationGracePeriodSeconds: 120", "terminationGracePeriodSeconds: 5"),
    );
    quiet("spark/executor-grace", prod().conf(key, Some("60s")));
    fires(
        "spark/template-ignored",
        &template(&mut prod(), "requests:\n", "requests:\n        memory: 8Gi\n"),
    );
    fires(
        "spark/template-ignored",
        &template(&mut prod(), "mountPath: /opt/spark/work-dir", "mountPath: /opt/spark/conf"),
    );
    quiet(
        "spark/template-ignored",
        &template(&mut prod(), "ephemeral-storage: 100Gi", "ephemeral-storage: 90Gi"),
    );
    fires(
        "spark/template-container",
        prod().conf("spark.kubernetes.executor.podTemplateContainerName", Some("spark")),
    );
    quiet(
        "spark/template-container",
        prod().conf("spark.kubernetes.executor.podTemplateContainerName", None),
    );
}

#[test]
fn drivers_stay_off_spot_nodes() {
    let spot = json!({"karpenter.sh/capacity-type": "spot"});
    fires("spark/driver-on-spot", prod().set(SERVER, &format!("{POD}/nodeSelector"), spot));
    let tolerations = json!([{"key": "kubernetes.azure.com/scalesetpriority", "operator": "Exists"}]);
    fires("spark/driver-on-spot", prod().set(SERVER, &format!("{POD}/tolerations"), tolerations));
    let affinity = json!({"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1,
        "preference": {"matchExpressions": [{"key": "cloud.google.com/gke-spot", "operator": "In", "values": ["true"]}]}}]}});
    fires("spark/driver-on-spot", prod().set(SERVER, &format!("{POD}/affinity"), affinity));
    let on_demand = json!({"karpenter.sh/capacity-type": "on-demand"});
    quiet("spark/driver-on-spot", prod().set(SERVER, &format!("{POD}/nodeSelector"), on_demand));
    quiet("spark/driver-on-spot", bundle("prod/connect +spot", &[]).set(SERVER, "/spec/replicas", json!(3)));
}

#[test]
fn gpus_belong_to_executors() {
    fires(
        "spark/gpu-on-driver",
        prod().set(SERVER, &format!("{CONTAINER}/resources/limits/nvidia.com~1gpu"), json!(1)),
    );
    let with = |bundle: &mut Bundle| {
        bundle
            .conf("spark.executor.resource.gpu.amount", Some("1"))
            .conf("spark.executor.resource.gpu.vendor", Some("nvidia.com"))
            .conf("spark.executor.resource.gpu.discoveryScript", Some("/opt/spark/getGpus.sh"))
            .conf("spark.task.resource.gpu.amount", Some("0.25"));
        template(bundle, "enableServiceLinks", "nodeSelector: {gpu: a100}\n  enableServiceLinks")
    };
    quiet("spark/gpu", &with(&mut prod()));
    quiet("spark/gpu-on-driver", &with(&mut prod()));
    fires("spark/gpu", with(&mut prod()).conf("spark.executor.resource.gpu.vendor", None));
    fires("spark/gpu", with(&mut prod()).conf("spark.executor.resource.gpu.discoveryScript", None));
    fires("spark/gpu", with(&mut prod()).conf("spark.task.resource.gpu.amount", Some("1")));
    fires("spark/gpu", &template(&mut with(&mut prod()), "nodeSelector: {gpu: a100}\n", ""));
    fires("spark/gpu", &template(&mut prod(), "limits:\n", "limits:\n        nvidia.com/gpu: 1\n"));
}

#[test]
fn shuffle_files_lie_on_a_volume_with_a_bound() {
    fires("spark/local-directory", prod().set(SERVER, &format!("{CONTAINER}/volumeMounts/2"), json!(null)));
    fires("spark/local-directory", prod().set(SERVER, &format!("{CONTAINER}/env/3/value"), json!("/data")));
    fires(
        "spark/local-directory",
        &template(
            &mut prod(),
            "- name: spark-local-dir-1\n    emptyDir:\n      sizeLimit: 100Gi",
            "- name: spark-local-dir-1\n    emptyDir: {}",
        ),
    );
    fires(
        "spark/local-directory",
        prod().edit(CONF, "/data/executor.yaml", |text| text.replace("spark-local-dir-1", "scratch")),
    );
    quiet(
        "spark/local-directory",
        prod()
            .edit(CONF, "/data/executor.yaml", |text| text.replace("spark-local-dir-1", "spark-local-dir-a")),
    );
}

#[test]
fn classes_come_with_jars_of_this_spark() {
    let listener = "io.openlineage.spark.agent.OpenLineageSparkListener";
    fires("spark/class-without-jar", prod().conf("spark.extraListeners", Some(listener)));
    fires(
        "spark/class-without-jar",
        prod().conf("spark.sql.catalog.lake", Some("org.apache.iceberg.spark.SparkCatalog")),
    );
    fires("spark/class-without-jar", prod().conf("spark.plugins", Some("com.example.Plugin")));
    let jar = "io.openlineage:openlineage-spark_2.13:1.52.0";
    quiet(
        "spark/class-without-jar",
        prod().conf("spark.extraListeners", Some(listener)).conf("spark.jars.packages", Some(jar)),
    );
    quiet(
        "spark/class-without-jar",
        prod().conf("spark.extraListeners", Some("org.apache.spark.scheduler.StatsReportListener")),
    );
    quiet("spark/class-without-jar", bundle("prod/connect +iceberg", &[]).conf("spark.x", Some("y")));
    let own = format!("{K8S}\nspark.driver.host=$(POD_IP)\nspark.plugins=com.nvidia.spark.SQLPlugin");
    fires("spark/class-without-jar", foreign(&server("Deployment", &own)));
    quiet(
        "spark/class-without-jar",
        foreign(&server("Deployment", &own).replace("apache/spark", "registry.example/rapids")),
    );
    let packages = "spark.jars.packages";
    fires("spark/jar-version", prod().conf(packages, Some("io.openlineage:openlineage-spark_2.12:1.52.0")));
    fires(
        "spark/jar-version",
        prod().conf(packages, Some("org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.11.0")),
    );
    fires("spark/jar-version", prod().conf(packages, Some("org.apache.spark:spark-avro_2.13:4.0.1")));
    fires("spark/jar-version", prod().conf(packages, Some("io.delta:delta-spark_4.0_2.13:4.1.0")));
    quiet("spark/jar-version", prod().conf(packages, Some("io.delta:delta-spark_2.13:4.1.0")));
    quiet(
        "spark/jar-version",
        prod()
            .conf(packages, Some("org.apache.spark:spark-avro_2.13:4.1.0,org.postgresql:postgresql:42.7.3")),
    );
}

#[test]
fn drivers_use_the_metastore() {
    const META: &str = "Deployment/-hive-metastore";
    let uris = "spark.hadoop.hive.metastore.uris";
    fires("spark/metastore-address", prod().conf(uris, None));
    fires(
        "spark/metastore-address",
        prod().conf(uris, Some("thrift://jupyter-connect-hive-metastore.spark-prod.svc:9084")),
    );
    fires("spark/metastore-address", prod().conf(uris, Some("thrift://metastore.spark-prod.svc:9083")));
    fires("spark/metastore-address", prod().conf("spark.sql.catalogImplementation", Some("in-memory")));
    fires(
        "spark/metastore-address",
        prod().set("Service/-hive-metastore", "/spec/ports/0/port", json!(9084)),
    );
    quiet(
        "spark/metastore-address",
        prod().conf(uris, Some("thrift://jupyter-connect-hive-metastore.spark-prod.svc.cluster.local:9083")),
    );
    fires("spark/metastore-schema", prod().set(META, &format!("{POD}/initContainers/0"), json!(null)));
    let step = prod().object(META).pointer(&format!("{POD}/initContainers/0")).unwrap().clone();
    fires("spark/metastore-schema", prod().set(META, &format!("{POD}/initContainers/-"), step));
    quiet(
        "spark/metastore-schema",
        prod().set(META, &format!("{POD}/initContainers/0/name"), json!("tables")),
    );
    let site = |from: &'static str, to: &'static str| {
        prod().edit("ConfigMap/-hive-metastore", "/data/hive-site.xml", |text| text.replace(from, to)).clone()
    };
    fires("spark/metastore-configuration", &site("env.METASTORE_DATABASE_PASSWORD", "env.PASSWORD"));
    fires("spark/metastore-configuration", &site("//postgresql.example:5432", "//other.example:5432"));
    fires("spark/metastore-configuration", &site("<value>9083<", "<value>9084<"));
    fires("spark/metastore-configuration", &site("org.postgresql.Driver", "com.mysql.cj.jdbc.Driver"));
    fires(
        "spark/metastore-configuration",
        prod().set(META, &format!("{CONTAINER}/volumeMounts/0/mountPath"), json!("/etc/hive")),
    );
    quiet("spark/metastore-configuration", &site("<value>500<", "<value>400<"));
    let version = "spark.sql.hive.metastore.version";
    fires("spark/metastore-client", prod().conf(version, Some("3.1.3")));
    fires(
        "spark/metastore-client",
        prod().conf(version, Some("1.2.1")).conf("spark.sql.hive.metastore.jars", Some("maven")),
    );
    quiet("spark/metastore-client", prod().conf(version, Some("2.3.10")));
    let database = "StatefulSet/-database";
    fires(
        "spark/weak-passwords",
        dev().set(database, &format!("{CONTAINER}/args"), json!(["-c", "password_encryption=md5"])),
    );
    quiet(
        "spark/weak-passwords",
        dev().set(database, &format!("{CONTAINER}/args"), json!(["-c", "password_encryption=scram-sha-256"])),
    );
}

#[test]
fn executors_fit_into_workers() {
    const SCRIPTS: &str = "ConfigMap/standalone-standalone";
    let script = |from: &'static str, to: &'static str| {
        standalone().edit(SCRIPTS, "/data/worker.sh", |text| text.replace(from, to)).clone()
    };
    fires("spark/worker-size", standalone().conf("spark.executor.memory", Some("64g")));
    fires("spark/worker-size", standalone().conf("spark.executor.cores", Some("32")));
    fires("spark/worker-size", &script("--memory 49152m", "--memory 65536m"));
    fires(
        "spark/worker-size",
        standalone().set(
            "Deployment/-standalone-worker",
            &format!("{CONTAINER}/resources/limits/memory"),
            json!("32Gi"),
        ),
    );
    quiet("spark/worker-size", standalone().conf("spark.executor.memory", Some("10g")));
    fires("spark/worker-master", &script("svc:7077", "svc:7078"));
    fires("spark/worker-master", &script("-master.spark-prod", "-maste.spark-prod"));
    fires(
        "spark/worker-master",
        standalone().conf("spark.master", Some("spark://standalone-standalone-worker.spark-prod.svc:7077")),
    );
    fires(
        "spark/worker-master",
        standalone().edit(SCRIPTS, "/data/master.sh", |text| text.replace("--port 7077", "--port 7070")),
    );
    quiet("spark/worker-master", &script("svc:7077", "svc.cluster.local:7077"));
    let others = "apiVersion: apps/v1
kind: Deployment
metadata: {name: worker, namespace: lab}
spec:
  template:
    metadata: {labels: {app: worker}}
    spec:
      containers:
      - name: worker
        image: apache/spark:4.1.2
        command: [/opt/spark/bin/spark-class, org.apache.spark.deploy.worker.Worker, 'spark://master:7077']
        env: [{name: SPARK_WORKER_MEMORY, value: 4g}]
        resources: {limits: {memory: 4Gi}}
";
    fires("spark/worker-size", foreign(others));
    fires("spark/worker-master", foreign(others));
    quiet("spark/worker-size", foreign(&others.replace("memory: 4Gi", "memory: 5Gi")));
}

#[test]
fn clients_have_the_address_and_the_packages() {
    const JUPYTER: &str = "StatefulSet/-jupyter";
    let address = |value: &str| {
        let mut bundle = prod();
        let env =
            bundle.object(JUPYTER).pointer_mut(&format!("{CONTAINER}/env")).unwrap().as_array_mut().unwrap();
        env.iter_mut().find(|entry| entry["name"] == "SPARK_REMOTE").unwrap()["value"] = json!(value);
        bundle
    };
    fires(
        "spark/client-address",
        &address("sc://jupyter-connect-spark-connect.spark-prod.svc:15003/;use_ssl=true"),
    );
    fires("spark/client-address", &address("sc://jupyter-connect-spark-connect.spark-prod.svc:15002"));
    fires("spark/client-address", &address("sc://spark-connect.spark-prod.svc:15002/;use_ssl=true"));
    quiet(
        "spark/client-address",
        &address("sc://jupyter-connect-spark-connect.spark-prod.svc.cluster.local:15002/;use_ssl=true"),
    );
    let mut airflow = bundle("prod/airflow-connect", &[]);
    fires(
        "spark/client-address",
        airflow.edit("ConfigMap/-airflow", "/data/AIRFLOW_CONN_SPARK_CONNECT", |text| {
            text.replace("15002", "15003")
        }),
    );
    let list = |from: &'static str, to: &'static str| {
        dev().edit("ConfigMap/-jupyter", "/data/requirements.txt", |text| text.replace(from, to)).clone()
    };
    fires("spark/client-packages", &list("\ngrpcio==", "\ngrpcio-tools=="));
    fires("spark/client-packages", &list("zstandard==", "zstd=="));
    quiet("spark/client-packages", &list("grpcio==1.", "grpcio==2."));
    fires("spark/client-version", &list("pandas==", "pyspark==4.0.1\npandas=="));
    quiet("spark/client-version", &list("pandas==", "pyspark==4.1.1\npandas=="));
    let hook = json!({"postStart": {"exec": {"command": ["sh", "-c", "pip install grpcio"]}}});
    fires("pod/fetches-at-start", prod().set(JUPYTER, &format!("{CONTAINER}/lifecycle"), hook));
    let hook = json!({"postStart": {"exec": {"command": ["sh", "-c", "pip list"]}}});
    quiet("pod/fetches-at-start", prod().set(JUPYTER, &format!("{CONTAINER}/lifecycle"), hook));
}

#[test]
fn prometheus_gets_an_answer() {
    const MONITOR: &str = "ServiceMonitor/-spark-connect";
    fires("spark/metrics-path", prod().set(MONITOR, "/spec/endpoints/0/path", json!("/metrics/prometheus")));
    fires("spark/metrics-path", prod().set(MONITOR, "/spec/endpoints/1/path", json!("/metrics/executors")));
    fires("spark/metrics-path", prod().set(MONITOR, "/spec/endpoints/0/path", json!(null)));
    fires(
        "spark/metrics-path",
        prod().conf("spark.metrics.conf.*.sink.prometheusServlet.path", Some("/metrics/other")),
    );
    fires(
        "spark/metrics-path",
        standalone().set(
            "ServiceMonitor/-standalone-master",
            "/spec/endpoints/0/path",
            json!("/metrics/prometheus/"),
        ),
    );
    quiet("spark/metrics-path", prod().set(MONITOR, "/spec/endpoints/1", json!(null)));
    fires("spark/metrics-off", prod().conf("spark.ui.prometheus.enabled", Some("false")));
    fires("spark/metrics-off", spark_3_5().conf("spark.ui.prometheus.enabled", None));
    fires("spark/metrics-off", prod().conf("spark.metrics.conf.*.sink.prometheusServlet.class", None));
    fires("spark/metrics-off", prod().conf("spark.metrics.namespace", None));
    quiet("spark/metrics-off", prod().conf("spark.ui.prometheus.enabled", None));
    fires("spark/scrape-timeout", prod().set(MONITOR, "/spec/endpoints/1/scrapeTimeout", json!("10s")));
    fires("spark/scrape-timeout", prod().set(MONITOR, "/spec/endpoints/1/interval", json!("15s")));
    quiet("spark/scrape-timeout", prod().set(MONITOR, "/spec/endpoints/1/scrapeTimeout", json!("60s")));
    let monitor = json!({"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor",
        "metadata": {"name": "history", "namespace": "spark-prod"},
        "spec": {"selector": {"matchLabels": {"app.kubernetes.io/name": "history-server"}},
            "endpoints": [{"port": "http", "path": "/metrics/prometheus/"}]}});
    fires("spark/history-monitor", prod().add(monitor.clone()));
    let mut exporter = prod();
    exporter.add(monitor).set("ServiceMonitor/history", "/spec/endpoints/0", json!({"targetPort": 9404}));
    quiet("spark/history-monitor", &exporter);
}

#[test]
fn logs_are_lines_of_json() {
    let log = |mut bundle: Bundle, from: &'static str, to: &'static str| {
        bundle.edit(CONF, "/data/log4j2.properties", |text| text.replace(from, to)).clone()
    };
    fires("spark/log-layout", &log(spark_3_5(), "JsonLayout", "JsonTemplateLayout"));
    fires("spark/log-layout", &log(spark_3_5(), "layout.compact=true", "layout.compact=false"));
    fires("spark/log-layout", &log(prod(), "SparkLayout.json", "Layout.json"));
    fires("spark/log-layout", &log(prod(), "stdout.ref=console", "stdout.ref=consol"));
    fires("spark/log-layout", &log(prod(), "JsonTemplateLayout", "JsonLayout"));
    quiet(
        "spark/log-layout",
        &log(prod(), "classpath:org/apache/spark/SparkLayout.json", "classpath:EcsLayout.json"),
    );
}
