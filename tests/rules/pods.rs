//! Rules `pod/...`.

use super::support::{Bundle, bundle, fires, foreign, quiet};
use serde_json::{Value as Json, json};
use sparkctl::rules::Problem;
use std::sync::OnceLock;

const SERVER: &str = "StatefulSet/-spark-connect";
const CONF: &str = "ConfigMap/-spark-connect";
const HISTORY: &str = "Deployment/-history-server";
const SPEC: &str = "/spec/template/spec";
const MAIN: &str = "/spec/template/spec/containers/0";

fn prod() -> Bundle {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    BUNDLE.get_or_init(|| bundle("prod/jupyter-connect +history", &[])).clone()
}

fn dev() -> Bundle {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    BUNDLE.get_or_init(|| bundle("dev/standalone +history", &[])).clone()
}

/// The bundle with one value of an object set, or with `null` taken away.
fn with(id: &str, pointer: &str, value: Json) -> Bundle {
    let mut bundle = prod();
    bundle.set(id, pointer, value);
    bundle
}

/// The server's pod with a field of it set.
fn spec(pointer: &str, value: Json) -> Bundle {
    with(SERVER, &format!("{SPEC}/{pointer}"), value)
}

/// The server's container with a field of it set.
fn main(pointer: &str, value: Json) -> Bundle {
    with(SERVER, &format!("{MAIN}/{pointer}"), value)
}

/// The executors' template with a text replaced.
fn executor(from: &str, to: &str) -> Bundle {
    let mut bundle = prod();
    bundle.edit(CONF, "/data/executor.yaml", |text| text.replace(from, to));
    bundle
}

/// Somebody else's Deployment, from the fields of its pod.
fn deployment(fields: &str) -> Vec<Problem> {
    let indented: String = fields.lines().map(|line| format!("      {line}\n")).collect();
    foreign(&format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a, namespace: apps}}\nspec:\n  template:\n    spec:\n{indented}"
    ))
}

/// Somebody else's container with a script.
fn script(script: &str) -> Vec<Problem> {
    deployment(&format!(
        "containers:\n- name: a\n  image: docker.io/a/b:1.0\n  command: [/bin/bash, -c, {}]\n",
        json!(script)
    ))
}

/// Somebody else's init container with a script.
fn init(script: &str) -> Vec<Problem> {
    deployment(&format!(
        "initContainers:\n- name: a\n  image: docker.io/a/b:1.0\n  command: [/bin/bash, -c, {}]\n",
        json!(script)
    ))
}

/// ISSUE-009, N10: user and rights, of executors and init containers too.
#[test]
fn pods_run_without_roots_rights() {
    fires("pod/runs-as-root", &spec("securityContext/runAsNonRoot", Json::Null));
    fires("pod/runs-as-root", &spec("securityContext/runAsUser", Json::Null));
    fires("pod/runs-as-root", &spec("securityContext/runAsUser", json!(0)));
    fires("pod/runs-as-root", &spec("initContainers/0/securityContext/runAsNonRoot", json!(false)));
    fires("pod/runs-as-root", &executor("    runAsNonRoot: true\n", ""));
    quiet("pod/runs-as-root", &spec("securityContext/runAsUser", json!(1000)));
    quiet("pod/runs-as-root", deployment("securityContext: {runAsNonRoot: true}\ncontainers: [{name: a}]\n"));
    fires("pod/privilege-escalation", &main("securityContext/allowPrivilegeEscalation", Json::Null));
    fires("pod/privilege-escalation", &executor("      allowPrivilegeEscalation: false\n", ""));
    quiet("pod/privilege-escalation", &main("securityContext/runAsUser", json!(1)));
    fires("pod/privileged", &main("securityContext/privileged", json!(true)));
    quiet("pod/privileged", &main("securityContext/privileged", json!(false)));
    fires("pod/capabilities", &main("securityContext/capabilities", Json::Null));
    fires("pod/capabilities", &main("securityContext/capabilities/add", json!(["SYS_PTRACE"])));
    quiet("pod/capabilities", &main("securityContext/capabilities/add", json!(["NET_BIND_SERVICE"])));
    fires("pod/seccomp", &spec("securityContext/seccompProfile", Json::Null));
    fires("pod/seccomp", &spec("securityContext/seccompProfile/type", json!("Unconfined")));
    quiet(
        "pod/seccomp",
        &spec("securityContext/seccompProfile", json!({"type": "Localhost", "localhostProfile": "a"})),
    );
    fires("pod/proc-mount", &main("securityContext/procMount", json!("Unmasked")));
    quiet("pod/proc-mount", &main("securityContext/procMount", json!("Default")));
    fires("pod/writable-root", &main("securityContext/readOnlyRootFilesystem", json!(false)));
    fires("pod/writable-root", &executor("      readOnlyRootFilesystem: true\n", ""));
    quiet("pod/writable-root", &main("securityContext/runAsGroup", json!(1)));
}

/// N10: what a pod has of its node.
#[test]
fn pods_keep_away_from_their_node() {
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
        fires("pod/host-access", &spec(key, json!(true)));
        quiet("pod/host-access", &spec(key, json!(false)));
    }
    fires("pod/host-access", &main("ports/0/hostPort", json!(15002)));
    fires("pod/host-access", &main("readinessProbe/tcpSocket/host", json!("10.0.0.1")));
    fires("pod/host-access", &spec("volumes/-", json!({"name": "x", "hostPath": {"path": "/"}})));
    fires("pod/host-access", &spec("securityContext/windowsOptions", json!({"hostProcess": true})));
    fires("pod/volume-type", &spec("volumes/-", json!({"name": "x", "nfs": {"server": "a", "path": "/"}})));
    quiet("pod/volume-type", &spec("volumes/-", json!({"name": "x", "csi": {"driver": "a"}})));
    fires(
        "pod/sysctl",
        &spec("securityContext/sysctls", json!([{"name": "net.core.somaxconn", "value": "1"}])),
    );
    quiet(
        "pod/sysctl",
        &spec("securityContext/sysctls", json!([{"name": "net.ipv4.tcp_keepalive_time", "value": "1"}])),
    );
    fires("pod/kernel-profile", &spec("securityContext/appArmorProfile", json!({"type": "Unconfined"})));
    fires("pod/kernel-profile", &spec("securityContext/seLinuxOptions", json!({"type": "spc_t"})));
    quiet(
        "pod/kernel-profile",
        &spec("securityContext/seLinuxOptions", json!({"type": "container_t", "level": "s0"})),
    );
}

/// ISSUE-001 (d), ISSUE-008: what is written lies on a volume.
#[test]
fn what_is_written_lies_on_a_volume() {
    let unmount = |id: &str, path: &str| {
        let mut bundle = if id.contains("standalone") { dev() } else { prod() };
        for list in ["initContainers", "containers"] {
            let Some(containers) = bundle.object(id).pointer_mut(&format!("{SPEC}/{list}")) else { continue };
            for container in containers.as_array_mut().unwrap() {
                if let Some(mounts) = container.get_mut("volumeMounts").and_then(Json::as_array_mut) {
                    mounts.retain(|mount| mount["mountPath"] != path);
                }
            }
        }
        bundle
    };
    for (id, path) in [
        (SERVER, "/tmp"),
        (SERVER, "/opt/spark/work-dir"),
        (HISTORY, "/var/spark/history"),
        (HISTORY, "/tmp"),
        ("StatefulSet/-jupyter", "/home/jupyter"),
        ("Deployment/-standalone-worker", "/opt/spark/work-dir"),
        ("StatefulSet/-standalone-master", "/var/spark/recovery"),
    ] {
        fires("pod/unwritable-path", &unmount(id, path));
    }
    fires("pod/unwritable-path", &executor("    - name: tmp\n      mountPath: /tmp\n", ""));
    // Of its local directories Spark's own rule speaks.
    fires("spark/local-directory", &unmount(SERVER, "/var/spark/local"));
    fires("spark/local-directory", &main("env/3/value", json!("/var/elsewhere")));
    quiet("pod/unwritable-path", &main("env/3/value", json!("/tmp/local")));
    fires("pod/no-home", &main("env/4", Json::Null));
    fires(
        "pod/no-home",
        &executor("    - name: HOME\n      value: /tmp\n", "    - name: X\n      value: a\n"),
    );
    quiet("pod/no-home", &main("env/4/value", json!("/tmp/home")));
    fires(
        "ref/unmounted-path",
        &unmount("StatefulSet/-jupyter", "/opt/none")
            .set(SERVER, &format!("{MAIN}/env/2/value"), json!("/opt/spark/config"))
            .clone(),
    );
    let mut bundle = dev();
    bundle.edit(CONF, "/data/spark-defaults.conf", |text| format!("{text}spark.a=/opt/spark/jars/b.jar\n"));
    quiet("ref/unmounted-path", &bundle);
    let worker = "Deployment/-standalone-worker";
    let mounts =
        dev().object(worker).pointer(&format!("{MAIN}/volumeMounts")).unwrap().as_array().unwrap().len();
    let mut bundle = dev();
    bundle.set(worker, &format!("{MAIN}/volumeMounts/{}", mounts - 1), Json::Null);
    fires("pod/unused-volume", &bundle);
}

/// ISSUE-004, ISSUE-005: nothing is written into mounted configuration.
#[test]
fn scripts_do_not_write_into_configuration() {
    let pod = |path: &str, target: &str| {
        deployment(&format!(
            "containers:\n- name: a\n  command: [sh, -c, 'envsubst < /tpl/a > \"$HIVE_CONF_DIR/hive-site.xml\"; exec hive']\n  env: [{{name: HIVE_CONF_DIR, value: {target}}}]\n  volumeMounts: [{{name: c, mountPath: {path}}}]\nvolumes: [{{name: c, configMap: {{name: c}}}}]\n"
        ))
    };
    fires("pod/writes-into-config", pod("/opt/hive/conf", "/opt/hive/conf"));
    quiet("pod/writes-into-config", pod("/opt/hive/conf", "/opt/hive/conf2"));
}

#[test]
fn volumes_are_bounded_and_used() {
    fires("pod/unbounded-scratch", &spec("volumes/2", json!({"name": "local", "emptyDir": {}})));
    quiet(
        "pod/unbounded-scratch",
        &spec("volumes/2", json!({"name": "local", "emptyDir": {"sizeLimit": "1Gi"}})),
    );
    fires(
        "pod/memory-scratch",
        &spec("volumes/2", json!({"name": "local", "emptyDir": {"sizeLimit": "1Gi", "medium": "Memory"}})),
    );
    quiet(
        "pod/memory-scratch",
        &spec("volumes/2", json!({"name": "local", "emptyDir": {"sizeLimit": "1Gi", "medium": ""}})),
    );
    fires("pod/scratch-above-limit", &spec("volumes/2/emptyDir/sizeLimit", json!("100Gi")));
    quiet("pod/scratch-above-limit", &spec("volumes/2/emptyDir/sizeLimit", json!("1Gi")));
    fires("pod/unused-volume", &spec("volumes/-", json!({"name": "x", "emptyDir": {"sizeLimit": "1Gi"}})));
    quiet(
        "pod/unused-volume",
        deployment(
            "containers: [{name: a, volumeMounts: [{name: x, mountPath: /x}]}]\nvolumes: [{name: x, emptyDir: {}}]\n",
        ),
    );
    for key in ["runAsGroup", "fsGroup", "fsGroupChangePolicy"] {
        fires("pod/group", &spec(&format!("securityContext/{key}"), Json::Null));
    }
    quiet("pod/group", &spec("securityContext/fsGroup", json!(1000)));
}

/// issue-001 (minikube): claims that the cluster can provide.
#[test]
fn claims_can_be_provided() {
    let claim = "StatefulSet/-jupyter";
    let at = "/spec/volumeClaimTemplates/0/spec";
    fires("pod/shared-claim", &with(claim, &format!("{at}/accessModes"), json!(["ReadWriteMany"])));
    quiet("pod/shared-claim", &with(claim, &format!("{at}/accessModes"), json!(["ReadWriteOncePod"])));
    fires("pod/storage-class", &with(claim, &format!("{at}/storageClassName"), json!("gp3")));
    fires(
        "pod/storage-class",
        foreign(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {storageClassName: ''}\n",
        ),
    );
    quiet(
        "pod/storage-class",
        foreign(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {storageClassName: '', volumeName: pv}\n",
        ),
    );
}

/// N17, T-resource-wait: what containers ask for.
#[test]
fn containers_say_what_they_need() {
    fires("pod/missing-resources", &main("resources", Json::Null));
    fires("pod/missing-resources", &main("resources/limits/memory", Json::Null));
    fires("pod/missing-resources", &spec("initContainers/0/resources/requests/cpu", Json::Null));
    quiet("pod/missing-resources", &main("resources/limits/ephemeral-storage", Json::Null));
    fires("pod/request-above-limit", &main("resources/limits/memory", json!("1Gi")));
    quiet("pod/request-above-limit", &main("resources/limits/memory", json!("20Gi")));
    let range = |limits: Json| {
        let mut bundle = prod();
        bundle.add(json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "x", "namespace": "spark-prod"}, "spec": {"limits": [limits]}}));
        bundle
    };
    fires("pod/limit-range", &range(json!({"type": "Container", "max": {"memory": "1Gi"}})));
    fires("pod/limit-range", &range(json!({"type": "Container", "min": {"cpu": "4"}})));
    fires("pod/limit-range", &range(json!({"type": "Container", "default": {"cpu": "1"}})));
    quiet("pod/limit-range", &range(json!({"type": "Container", "max": {"memory": "64Gi"}})));
}

/// N17, T-driver-not-starting.
#[test]
fn servers_are_probed() {
    fires("pod/no-readiness-probe", &main("readinessProbe", Json::Null));
    fires("pod/no-readiness-probe", deployment("containers: [{name: a, ports: [{containerPort: 80}]}]\n"));
    quiet("pod/no-readiness-probe", deployment("containers: [{name: a}]\n"));
    fires("pod/no-liveness-probe", &main("livenessProbe", Json::Null));
    quiet("pod/no-liveness-probe", deployment("containers: [{name: a, ports: [{containerPort: 80}]}]\n"));
    fires("pod/no-startup-probe", &main("startupProbe", Json::Null));
    quiet("pod/no-startup-probe", deployment("containers: [{name: a, ports: [{containerPort: 80}]}]\n"));
    fires("ref/unknown-probe-port", &main("ports/3/name", json!("web")));
    quiet("ref/unknown-probe-port", &main("readinessProbe/tcpSocket/port", json!(4040)));
    fires("spark/connect-startup", &main("startupProbe/failureThreshold", json!(3)));
    fires("pod/impatient-probe", &with(HISTORY, &format!("{MAIN}/startupProbe/failureThreshold"), json!(1)));
    fires(
        "pod/impatient-probe",
        &main("livenessProbe", json!({"tcpSocket": {"port": "ui"}, "periodSeconds": 1})),
    );
    quiet("pod/impatient-probe", &main("startupProbe/failureThreshold", json!(30)));
    fires("k8s/bad-probe", &spec("initContainers/0/livenessProbe", json!({"tcpSocket": {"port": 1}})));
    let job = "apiVersion: batch/v1
kind: Job
metadata: {name: load}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, livenessProbe: {exec: {command: [ls]}}}]}}}
";
    fires("pod/needless-probe", foreign(job));
    quiet(
        "pod/needless-probe",
        &spec("initContainers/0/restartPolicy", json!("Always"))
            .set(SERVER, &format!("{SPEC}/initContainers/0/livenessProbe"), json!({"tcpSocket": {"port": 1}}))
            .clone(),
    );
}

/// N15, ISSUE-001 (c).
#[test]
fn images_are_named_in_full() {
    fires("pod/image-registry", &main("image", json!("apache/spark:4.1.2")));
    quiet("pod/image-registry", &main("image", json!("localhost:5000/apache/spark:4.1.2")));
    fires("pod/image-tag", &main("image", json!("docker.io/apache/spark:latest")));
    fires("pod/image-tag", &main("image", json!("docker.io/apache/spark")));
    fires("k8s/missing-field", &main("image", Json::Null));
    quiet(
        "pod/image-tag",
        &main(
            "image",
            json!(
                "registry.example/spark@sha256:672d7d872f434cb7fe1c90f7edcd19b1e8c67a335a578288426fbd4db5096915"
            ),
        ),
    );
    fires("pod/image-version", &main("image", json!("docker.io/apache/spark:4.0.2")));
    quiet("pod/image-version", &main("image", json!("docker.io/apache/spark:4.1.3")));
    fires(
        "pod/mixed-images",
        prod().conf("spark.kubernetes.container.image", Some("docker.io/apache/spark:4.1.1")),
    );
    quiet("pod/mixed-images", prod().conf("spark.app.name", Some("docker.io/apache/spark:4.1.1")));
    fires("pod/pull-policy", &main("imagePullPolicy", json!("Never")));
    fires("pod/pull-policy", &main("imagePullPolicy", json!("Always")));
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'a/b:1', imagePullPolicy: Always}]}\n";
    fires("pod/pull-policy", foreign(pod));
    quiet("pod/pull-policy", foreign(&pod.replace("b:1", "b:latest")));
}

#[test]
fn tokens_go_where_they_are_needed() {
    fires("pod/no-api-token", &spec("automountServiceAccountToken", json!(false)));
    quiet("pod/no-api-token", &with(HISTORY, &format!("{SPEC}/terminationGracePeriodSeconds"), json!(31)));
    // The account's own field says false.
    fires("pod/no-api-token", &spec("automountServiceAccountToken", Json::Null));
    fires("pod/api-token", &with(HISTORY, &format!("{SPEC}/automountServiceAccountToken"), Json::Null));
    fires("pod/api-token", &with(HISTORY, &format!("{SPEC}/automountServiceAccountToken"), json!(true)));
    fires(
        "pod/api-token",
        &executor("automountServiceAccountToken: false", "automountServiceAccountToken: true"),
    );
    quiet("pod/api-token", deployment("containers: [{name: a}]\n"));
    fires("pod/default-service-account", &spec("serviceAccountName", Json::Null));
    fires("pod/default-service-account", &spec("serviceAccountName", json!("default")));
    quiet("pod/default-service-account", deployment("containers: [{name: a}]\n"));
    fires("pod/service-links", &spec("enableServiceLinks", Json::Null));
    fires("pod/service-links", &executor("enableServiceLinks: false", "enableServiceLinks: true"));
    quiet("pod/service-links", deployment("containers: [{name: a}]\n"));
    fires("pod/host-aliases", &spec("hostAliases", json!([{"ip": "192.0.2.1", "hostnames": ["a"]}])));
    quiet("pod/host-aliases", &spec("hostname", json!("a")));
    fires("pod/grace-period", &spec("terminationGracePeriodSeconds", json!(0)));
    fires("pod/grace-period", &main("lifecycle", json!({"preStop": {"exec": {"command": ["sleep", "60"]}}})));
    quiet("pod/grace-period", &main("lifecycle", json!({"preStop": {"exec": {"command": ["sleep", "10"]}}})));
    let foreign_pod = |seconds: &str| {
        deployment(&format!("terminationGracePeriodSeconds: {seconds}\ncontainers: [{{name: a}}]\n"))
    };
    fires("pod/grace-period", foreign_pod("4"));
    quiet("pod/grace-period", foreign_pod("5"));
}

/// bash as the first process; nginx that leaves the foreground.
#[test]
fn the_first_process_is_the_server() {
    fires("pod/shell-without-exec", script("mkdir -p /tmp/a; java -jar a.jar"));
    quiet("pod/shell-without-exec", script("mkdir -p /tmp/a; exec java -jar a.jar"));
    quiet("pod/shell-without-exec", script("java -jar a.jar"));
    let mut bundle = dev();
    bundle.edit("ConfigMap/-standalone", "/data/master.sh", |text| text.replace("exec ", ""));
    fires("pod/shell-without-exec", &bundle);
    fires("pod/background-process", script("java -jar a.jar &\nsleep infinity"));
    quiet("pod/background-process", script("(sleep 1) &\nexec java -jar a.jar"));
    let mut bundle = prod();
    bundle.edit("ConfigMap/-proxy", "/data/start.sh", |text| text.replace(" -g 'daemon off;'", ""));
    fires("pod/background-process", &bundle);
}

/// ISSUE-014, ISSUE-028 (b), ISSUE-034.
#[test]
fn nothing_is_fetched_at_start() {
    for command in [
        "pip install pyspark && exec jupyter lab",
        "apk add --no-cache gettext; exec sh /run.sh",
        "apt-get update && apt-get install -y curl && exec java",
        "curl -fsSL https://get.corp.example/a.jar -o /tmp/a.jar && exec java",
        "python3 -m pip install x; exec java",
    ] {
        fires("pod/fetches-at-start", script(command));
    }
    quiet("pod/fetches-at-start", script("curl -s http://127.0.0.1:8080/ && exec java"));
    quiet("pod/fetches-at-start", script("curl -s http://minio.storage.svc:9000/health && exec java"));
    fires(
        "pod/fetches-at-start",
        &main("lifecycle", json!({"postStart": {"exec": {"command": ["pip", "install", "x"]}}})),
    );
    let mut bundle = dev();
    bundle.edit(CONF, "/data/fetch.sh", |text| text.replace("| sha256sum --check --quiet", "> /dev/null"));
    fires("pod/fetches-at-start", &bundle);
}

/// ISSUE-003, ISSUE-013, ISSUE-029, ISSUE-035.
#[test]
fn scripts_end_and_tell_of_errors() {
    fires("pod/script-goes-on", init("cp /a /b\ncp /c /d"));
    quiet("pod/script-goes-on", init("set -euo pipefail\ncp /a /b\ncp /c /d"));
    quiet("pod/script-goes-on", init("cp /a /b && cp /c /d"));
    let mut bundle = prod();
    bundle.edit("ConfigMap/-jupyter", "/data/home.sh", |text| text.replace("set -eu\n", ""));
    fires("pod/script-goes-on", &bundle);
    fires("pod/script-arithmetic", init("set -e\nn=0\n((n++))"));
    quiet("pod/script-arithmetic", init("set -e\nn=0\nn=$((n + 1))"));
    fires("pod/masked-error", init("mc cp /a store/b || true"));
    quiet("pod/masked-error", init("grep a /b || true"));
    fires("pod/endless-wait", init("until nc -z db 5432; do echo waiting; sleep 2; done"));
    fires("pod/endless-wait", init("while ! nc -z db 5432; do\n  sleep 2\ndone"));
    quiet("pod/endless-wait", init("for i in 1 2 3; do nc -z db 5432 && exit 0; sleep 2; done; exit 1"));
    quiet(
        "pod/endless-wait",
        init("until nc -z db 5432; do [ \"$SECONDS\" -ge 60 ] && exit 1; sleep 2; done"),
    );
    quiet("pod/endless-wait", init("timeout 60 sh -c 'until nc -z db 5432; do sleep 2; done'"));
    fires("spark/bucket-path", init("mc mb store/logs/events"));
    fires("spark/bucket-path", init("aws s3 mb s3://logs/events"));
    quiet("spark/bucket-path", init("mc mb --ignore-existing store/logs"));
    quiet("spark/bucket-path", init("aws s3 mb s3://logs/"));
    let words = "containers: [{name: a, command: [mc, mb, store/logs/events]}]\n";
    fires("spark/bucket-path", deployment(words));
    quiet("spark/bucket-path", deployment(&words.replace("logs/events", "logs")));
}

const AIRFLOW: &str = "image: docker.io/apache/airflow:3.1.0";

/// ISSUE-001 (b).
#[test]
fn dags_are_no_config_map() {
    let pod = |kind: &str| {
        deployment(&format!(
            "containers:\n- name: a\n  {AIRFLOW}\n  volumeMounts: [{{name: d, mountPath: /opt/airflow/dags}}]\nvolumes: [{{name: d, {kind}: {{name: d}}}}]\n"
        ))
    };
    fires("pod/dags-from-config-map", pod("configMap"));
    quiet("pod/dags-from-config-map", pod("emptyDir"));
}

/// ISSUE-001 (a).
#[test]
fn airflow_has_one_key() {
    let two = |other: &str| {
        let one = |name: &str, secret: &str| {
            format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  template:\n    spec:\n      containers:\n      - name: a\n        {AIRFLOW}\n        env: [{{name: AIRFLOW__CORE__FERNET_KEY, valueFrom: {{secretKeyRef: {{name: {secret}, key: k}}}}}}]\n"
            )
        };
        foreign(&format!("{}---\n{}", one("scheduler", "fernet"), one("worker", other)))
    };
    fires("pod/airflow-keys", two("other"));
    quiet("pod/airflow-keys", two("fernet"));
}

/// ISSUE-001 (c).
#[test]
fn workers_of_airflow_run_airflow() {
    let both = |image: &str| {
        foreign(&format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: scheduler}}\nspec:\n  template:\n    metadata: {{labels: {{component: scheduler}}}}\n    spec:\n      containers: [{{name: s, {AIRFLOW}}}]\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  pod_template_file.yaml: |\n    apiVersion: v1\n    kind: Pod\n    metadata: {{name: w}}\n    spec:\n      containers: [{{name: base, image: {image}}}]\n"
        ))
    };
    fires("pod/airflow-image", both("docker.io/apache/spark:4.1.2"));
    quiet("pod/airflow-image", both("docker.io/apache/airflow:3.1.1"));
}
