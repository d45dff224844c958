//! Rules `spark/...` about keys, values and memory.

use crate::support::{Bundle, bundle, findings, fires, foreign, quiet};
use serde_json::json;
use sparkctl::rules::Place;

const SERVER: &str = "StatefulSet/-spark-connect";
const HISTORY: &str = "Deployment/-history-server";
const CONTAINER: &str = "/spec/template/spec/containers/0";
const ARGS: &str = "/spec/template/spec/containers/0/args";

/// A release with a History Server.
fn prod() -> Bundle {
    bundle("prod/connect +history", &[])
}

/// A release for a version, with a property of its own.
fn conf(version: &str, key: &str, value: &str) -> Vec<sparkctl::diagnostic::Finding> {
    let version = format!("spark.version={version}");
    findings("prod/connect", &[&version, &format!("spark.conf[\"{key}\"]={value}")])
}

/// Somebody else's driver: properties, arguments and environment.
fn driver(properties: &str, args: &str, env: &str) -> Vec<sparkctl::rules::Problem> {
    let indented: String = properties.lines().map(|line| format!("    {line}\n")).collect();
    foreign(&format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: conf, namespace: a}}\ndata:\n  spark-defaults.conf: |\n{indented}\
---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: driver, namespace: a}}\nspec:\n  template:\n    spec:\n      \
containers:\n      - name: spark\n        image: apache/spark:4.1.2\n        args: {args}\n        env: {env}\n        \
resources: {{limits: {{memory: 3Gi}}}}\n        volumeMounts: [{{name: conf, mountPath: /opt/spark/conf}}]\n      \
volumes: [{{name: conf, configMap: {{name: conf}}}}]\n"
    ))
}

const SUBMIT: &str = "[/opt/spark/bin/spark-submit, --class, a.Main, app.jar]";
const SIZES: &str = "spark.master=k8s://https://kubernetes.default.svc\nspark.driver.memory=2g\n\
spark.executor.memory=2g\nspark.executor.cores=2\nspark.executor.instances=2\n";

/// N18, T-oom-and-spill.
#[test]
fn keys_exist_in_the_version() {
    for key in [
        "spark.kubernetes.executor.request.memory",
        "spark.sql.adaptive.enabeld",
        "spark.kubernetes.authenticate.executor.serviceAccountNmae",
        "spark.hadoop.fs.s3a.endpiont",
        "spark.metrics.conf.*.snk.prometheusServlet.class",
        "executor.memory",
        "spark.memory.offHeap.enable",
    ] {
        fires("spark/unknown-key", prod().conf(key, Some("1")));
    }
    let message = fires("spark/unknown-key", conf("4.1", "spark.sql.shuffle.partition", "400"));
    assert_eq!(message, "Spark 4.1 has no property `spark.sql.shuffle.partition`");
    fires(
        "spark/unknown-key",
        prod().edit(SERVER, &format!("{ARGS}/2"), |_| "spark.driver.hsot=a".to_owned()),
    );
    fires(
        "spark/unknown-key",
        bundle("prod/connect +iceberg", &[]).edit(
            "ConfigMap/-spark-connect",
            "/data/spark-defaults.conf",
            |text| text.replace(".warehouse=", ".warehuose="),
        ),
    );
}

/// N18.
#[test]
fn keys_of_others_are_let_be() {
    for key in [
        "spark.celeborn.client.push.replicate.enabled",
        "spark.rapids.sql.enabled",
        "spark.openlineage.namespace",
        "spark.hadoop.fs.s3a.bucket.logs.endpoint",
        "spark.hadoop.my.own.key",
        "spark.sql.catalog.lake.default-namespace",
        "spark.kubernetes.executor.label.team",
        "spark.executorEnv.HADOOP_USER_NAME",
        "spark.ssl.historyServer.enabled",
        "spark.executor.resource.gpu.vendor",
        "spark.metrics.conf.driver.sink.graphite.host",
        "spark.port.maxRetries",
        "spark.hive.exec.dynamic.partition",
    ] {
        quiet("spark/unknown-key", prod().conf(key, Some("1")));
    }
    let foreign = driver(&format!("{SIZES}spark.sql.legacy.some=1\n"), SUBMIT, "[]");
    fires("spark/unknown-key", foreign);
    quiet("spark/unknown-key", driver(SIZES, SUBMIT, "[]"));
}

/// N18.
#[test]
fn keys_come_and_go_with_versions() {
    let message = fires("spark/removed-key", conf("4.1", "spark.blacklist.enabled", "true"));
    assert_eq!(message, "Spark 4.1 reads `spark.blacklist.enabled` no more");
    fires("spark/removed-key", conf("4.0", "spark.mesos.coarse", "true"));
    quiet("spark/removed-key", conf("3.5", "spark.mesos.coarse", "true"));
    quiet("spark/removed-key", conf("4.1", "spark.excludeOnFailure.enabled", "true"));
    fires("spark/deprecated-key", conf("3.5", "spark.storage.blockManagerSlaveTimeoutMs", "120s"));
    fires("spark/deprecated-key", conf("3.5", "spark.blacklist.enabled", "true"));
    quiet("spark/deprecated-key", conf("4.1", "spark.storage.blockManagerHeartbeatTimeoutMs", "120s"));
    let key = "spark.sql.execution.arrow.compression.codec";
    let message = fires("spark/key-too-new", conf("3.5", key, "zstd"));
    assert_eq!(message, format!("`{key}` came with Spark 4.1; this is 3.5"));
    quiet("spark/key-too-new", conf("4.1", key, "zstd"));
}

/// T-oom-and-spill, T-compression.
#[test]
fn values_are_of_their_kind() {
    for (key, value) in [
        ("spark.executor.memory", "8Gi"),
        ("spark.executor.memory", "8.5g"),
        ("spark.driver.memory", "8gb"),
        ("spark.driver.memory", "8192"),
        ("spark.dynamicAllocation.enabled", "yes"),
        ("spark.dynamicAllocation.executorIdleTimeout", "5 minutes"),
        ("spark.dynamicAllocation.maxExecutors", "many"),
        ("spark.eventLog.compression.codec", "zip"),
        ("spark.sql.shuffle.partitions", "0"),
        ("spark.sql.catalogImplementation", "hivee"),
        ("spark.hadoop.fs.s3a.path.style.access", "yes"),
        ("spark.hadoop.fs.s3a.multipart.size", "64MiB"),
        ("spark.master", "kubernetes://api"),
        ("spark.submit.deployMode", "clinet"),
        ("spark.driver.port", "78000"),
        ("spark.memory.fraction", "60%"),
    ] {
        fires("spark/wrong-value", prod().conf(key, Some(value)));
    }
    for (key, value) in [
        ("spark.executor.memory", "12288M"),
        ("spark.dynamicAllocation.executorIdleTimeout", "300"),
        ("spark.dynamicAllocation.enabled", "TRUE"),
        ("spark.memory.fraction", "0.6"),
        ("spark.eventLog.compression.codec", "org.example.Codec"),
        ("spark.hadoop.fs.s3a.multipart.size", "67108864"),
    ] {
        quiet("spark/wrong-value", prod().conf(key, Some(value)));
    }
    fires("spark/wrong-value", conf("4.1", "spark.executor.heartbeatInterval", "120s"));
    quiet("spark/wrong-value", conf("4.1", "spark.executor.heartbeatInterval", "119s"));
    fires("spark/wrong-value", conf("4.1", "spark.sql.shuffle.partitions", "200.5"));
    quiet("spark/wrong-value", conf("4.1", "spark.sql.shuffle.partitions", "200"));
    fires(
        "spark/wrong-value",
        prod().edit(HISTORY, &format!("{CONTAINER}/env/2/value"), |_| "4Gi".to_owned()),
    );
}

#[test]
fn what_the_spec_says_is_shown_in_the_spec() {
    let found = conf("4.1", "spark.sql.shuffle.partitions", "many");
    let own = found.iter().find(|finding| finding.rule == "spark/wrong-value").unwrap();
    assert!(own.message.contains("`many`") && own.primary.is_some());
    let mut bundle = prod();
    let problems = bundle.conf("spark.sql.ansi.enabled", Some("on")).problems();
    let own = problems.iter().find(|problem| problem.rule == "spark/wrong-value").unwrap();
    assert!(matches!(own.at, Place::Field(..)), "not in the spec: in the file");
}

/// ISSUE-019, ISSUE-027a, T-properties-syntax.
#[test]
fn properties_are_plain() {
    for (key, value) in [
        ("spark.app.name", ""),
        ("spark.app.name", "\"reports\""),
        ("spark.app.name", "'reports'"),
        ("spark.executor.cores", "4   # each"),
        ("spark.app.name", "map[a:b]"),
        ("spark.jars.packages", "[a, b]"),
        ("spark.app.name", "{'a': 1}"),
        ("spark.app.name", "$(POD_NAME)"),
        ("spark.app.name", "${POD_NAME}"),
        ("spark.app.name", "{{ .Values.name }}"),
        ("spark.app.name", "None"),
    ] {
        fires("spark/malformed-property", prod().conf(key, Some(value)));
    }
    for (key, value) in [
        ("spark.executor.extraJavaOptions", "-Dname={{APP_ID}} -Dapp=\"a b\""),
        ("spark.hadoop.fs.s3a.buffer.dir", "${hadoop.tmp.dir}/s3a"),
        ("spark.app.name", "${env:NAME}"),
        ("spark.app.name", "a#b"),
    ] {
        quiet("spark/malformed-property", prod().conf(key, Some(value)));
    }
    let file = |change: fn(&str) -> String| {
        let mut bundle = prod();
        bundle.edit("ConfigMap/-spark-connect", "/data/spark-defaults.conf", change);
        bundle
    };
    fires("spark/malformed-property", &file(|text| format!("{text}spark.executor.cores=2\n")));
    fires("spark/malformed-property", &file(|text| text.replace("spark.master=", "\"spark.master\"=")));
    // What Java reads as well as `=`, Spark's own template among others.
    quiet("spark/malformed-property", &file(|text| text.replace("spark.master=", "spark.master   ")));
    fires(
        "spark/malformed-property",
        prod().edit(SERVER, &format!("{ARGS}/2"), |_| "spark.driver.host=$(POD_NMAE).a.svc".to_owned()),
    );
}

/// ISSUE-019, ISSUE-020.
#[test]
fn a_property_has_one_value() {
    let add = |value: &str| {
        let mut bundle = prod();
        bundle.set(SERVER, &format!("{ARGS}/1"), json!("--conf"));
        bundle.edit(SERVER, &format!("{ARGS}/2"), |_| format!("spark.executor.cores={value}"));
        bundle
    };
    fires("spark/set-twice", &add("2"));
    quiet("spark/set-twice", &add("4"));
}

/// ISSUE-012, ISSUE-020.
#[test]
fn a_driver_knows_its_master() {
    fires("spark/no-master", prod().conf("spark.master", None));
    fires("spark/no-master", driver("spark.app.name=a\n", SUBMIT, "[]"));
    let given = "[/opt/spark/bin/spark-submit, --master, \"k8s://https://a:443\", --class, a.Main, app.jar]";
    quiet("spark/no-master", driver("spark.app.name=a\n", given, "[]"));
}

/// ISSUE-017, ISSUE-018.
#[test]
fn command_lines_are_in_order() {
    let broken = |change: fn(&mut Vec<serde_json::Value>)| {
        let mut bundle = prod();
        let args = bundle.object(SERVER).pointer_mut(ARGS).unwrap().as_array_mut().unwrap();
        change(args);
        bundle
    };
    fires("spark/command-line", &broken(|args| args.extend([json!("--properties-file"), json!("/a.conf")])));
    fires(
        "spark/command-line",
        &broken(|args| {
            let conf = args.remove(1);
            args.push(conf);
        }),
    );
    fires(
        "spark/command-line",
        &broken(|args| {
            args.pop();
        }),
    );
    fires("spark/command-line", &broken(|args| args[1] = json!("--confg")));
    fires("spark/command-line", &broken(|args| args[2] = json!("spark.driver.host")));
    fires("spark/command-line", &broken(|args| args[0] = json!("/opt/spark/bin/spark-class")));
    quiet("spark/command-line", &broken(|args| args.push(json!("an-argument-of-its-own"))));
    quiet("spark/command-line", &broken(|args| args.insert(1, json!("--verbose"))));
    let application = "[/opt/spark/bin/spark-submit, --class, a.Main, app.jar, --name, mine]";
    quiet("spark/command-line", driver(SIZES, application, "[]"));
    let class = "[/opt/spark/bin/spark-class, org.apache.spark.deploy.history.HistoryServer, --properties-file, /a.conf]";
    quiet("spark/command-line", driver(SIZES, class, "[]"));
    fires(
        "spark/command-line",
        driver(
            SIZES,
            "[sh, -c, 'exec spark-submit --class a.Main app.jar --conf spark.executor.memory=4g']",
            "[]",
        ),
    );
}

/// ISSUE-016.
#[test]
fn processes_stay_in_the_foreground() {
    let with = |args: serde_json::Value| {
        let mut bundle = prod();
        bundle.set(SERVER, ARGS, args);
        bundle
    };
    fires("spark/daemonizing", &with(json!(["/opt/spark/sbin/start-connect-server.sh"])));
    fires(
        "spark/daemonizing",
        &with(json!(["sh", "-c", "/opt/spark/bin/spark-submit --class a.B spark-internal &"])),
    );
    fires("spark/daemonizing", &with(json!(["sh", "-c", "nohup /opt/spark/bin/spark-submit --class a.B c"])));
    quiet(
        "spark/daemonizing",
        &with(json!(["sh", "-c", "true && exec /opt/spark/bin/spark-submit --class a.B c"])),
    );
    let mut kept = with(json!(["/opt/spark/sbin/start-connect-server.sh"]));
    quiet(
        "spark/daemonizing",
        kept.set(SERVER, &format!("{CONTAINER}/env/-"), json!({"name": "SPARK_NO_DAEMONIZE", "value": "1"})),
    );
    let mut standalone = bundle("prod/standalone", &[]);
    fires(
        "spark/daemonizing",
        standalone.edit("ConfigMap/-standalone", "/data/master.sh", |text| {
            text.replace(
                "exec /opt/spark/bin/spark-class org.apache.spark.deploy.master.Master",
                "/opt/spark/sbin/start-master.sh",
            )
        }),
    );
}

/// T-gc-pressure.
#[test]
fn java_options_are_known_to_java() {
    let options = "spark.executor.extraJavaOptions";
    for wrong in [
        "-Xmx8g",
        "-Xms1g",
        "-XX:+UseG1GC -XX:+PrintGCDateStamps",
        "-XX:+UseConcMarkSweepGC",
        "-XX:CMSInitiatingOccupancyFraction=70",
        "-XX:+PrintGCDetails",
        "-XX:PrintFLSStatistics=1",
        "-Dspark.executor.memory=4g",
    ] {
        fires("spark/java-options", prod().conf(options, Some(wrong)));
    }
    for fine in [
        "-XX:+UseG1GC -Xlog:gc*",
        "-Xss4m -Dmy.option=a",
        "-XX:+IgnoreUnrecognizedVMOptions -XX:+UseParNewGC",
    ] {
        quiet("spark/java-options", prod().conf(options, Some(fine)));
    }
    let daemon = format!("{CONTAINER}/env/3/value");
    fires("spark/java-options", prod().edit(HISTORY, &daemon, |_| "-Xmx4g".to_owned()));
    quiet("spark/java-options", prod().edit(HISTORY, &daemon, |_| "-XX:+UseZGC".to_owned()));
    fires("spark/java-options", conf("4.1", "spark.driver.extraJavaOptions", "-Xmx4g"));
}

/// T-driver-not-starting.
#[test]
fn variables_are_read() {
    let with = |id: &str, name: &str| {
        let mut bundle = bundle("prod/jupyter-connect +history", &[]);
        bundle.set(id, &format!("{CONTAINER}/env/-"), json!({"name": name, "value": "a"}));
        bundle
    };
    fires("spark/unread-variable", &with(SERVER, "SPARK_DRIVER_HOST"));
    fires("spark/unread-variable", &with(SERVER, "SPARK_SPARK_EXECUTOR_CORES"));
    fires("spark/unread-variable", &with(HISTORY, "SPARK_HISTORY_OPT"));
    fires("spark/unread-variable", &with("StatefulSet/-jupyter", "SPARK_REMTOE"));
    quiet("spark/unread-variable", &with(SERVER, "SPARK_PUBLIC_DNS"));
    quiet("spark/unread-variable", &with("StatefulSet/-jupyter", "SPARK_NOTEBOOK_THEME"));
    let shell = "[sh, -c, 'exec /opt/spark/bin/spark-submit --conf spark.app.name=$SPARK_JOB --class a.Main app.jar']";
    quiet("spark/unread-variable", driver(SIZES, shell, "[{name: SPARK_JOB, value: a}]"));
}

/// T-oom-and-spill.
#[test]
fn containers_hold_their_heaps() {
    let limit = format!("{CONTAINER}/resources/limits/memory");
    let request = format!("{CONTAINER}/resources/requests/memory");
    // One MiB less than heap and overhead.
    fires("spark/memory-exceeds-limit", prod().set(SERVER, &limit, json!("10239Mi")));
    fires("spark/memory-exceeds-limit", prod().set(SERVER, &request, json!("10239Mi")));
    quiet("spark/memory-exceeds-limit", prod().set(SERVER, &limit, json!("11Gi")));
    fires("spark/memory-exceeds-limit", prod().set(HISTORY, &limit, json!("4500Mi")));
    quiet("spark/memory-exceeds-limit", prod().set(HISTORY, &limit, json!("4505Mi")));
    fires(
        "spark/memory-exceeds-limit",
        prod().edit(HISTORY, &format!("{CONTAINER}/env/2/value"), |_| "5g".to_owned()),
    );
    let tool = "/spec/template/spec/initContainers/0";
    fires(
        "spark/memory-exceeds-limit",
        prod().edit(SERVER, &format!("{tool}/env/2/value"), |_| "512m".to_owned()),
    );
    fires("spark/memory-exceeds-limit", prod().conf("spark.executor.memoryOverhead", None));
    fires("spark/memory-exceeds-limit", prod().conf("spark.executor.memory", Some("4g")));
    fires("spark/memory-exceeds-limit", prod().conf("spark.driver.memory", Some("16g")));
    let off_heap = "spark.memory.offHeap.enabled=true\nspark.memory.offHeap.size=1g\n";
    fires("spark/memory-exceeds-limit", driver(&format!("{SIZES}{off_heap}"), SUBMIT, "[]"));
    quiet(
        "spark/memory-exceeds-limit",
        driver(&format!("{SIZES}{}", off_heap.replace("true", "false")), SUBMIT, "[]"),
    );
    quiet("spark/memory-exceeds-limit", driver(SIZES, SUBMIT, "[]"));
    let option = "[/opt/spark/bin/spark-submit, --driver-memory, 4g, --class, a.Main, app.jar]";
    fires("spark/memory-exceeds-limit", driver(SIZES, option, "[]"));
}

/// ISSUE-001 (e).
#[test]
fn workers_hold_their_executors() {
    let limit = format!("{CONTAINER}/resources/limits/memory");
    let mut broken = bundle("prod/standalone", &[]);
    fires("spark/memory-exceeds-limit", broken.set("Deployment/-worker", &limit, json!("66943Mi")));
    let mut fine = bundle("prod/standalone", &[]);
    quiet("spark/memory-exceeds-limit", fine.set("Deployment/-worker", &limit, json!("66945Mi")));
}

/// T-oom-and-spill.
#[test]
fn sizes_are_chosen() {
    for key in ["spark.driver.memory", "spark.executor.memory", "spark.executor.cores"] {
        fires("spark/unset-size", prod().conf(key, None));
    }
    quiet("spark/unset-size", prod().conf("spark.dynamicAllocation.minExecutors", None));
    // That is `spark/executor-limit`, and nothing else.
    quiet("spark/unset-size", prod().conf("spark.dynamicAllocation.maxExecutors", None));
    quiet("spark/executor-bounds", prod().conf("spark.dynamicAllocation.maxExecutors", None));
    quiet("spark/unset-size", driver(SIZES, SUBMIT, "[]"));
    quiet("spark/unset-size", driver("spark.master=local[2]\n", SUBMIT, "[]"));
    fires("spark/python-overhead", prod().conf("spark.executor.memoryOverhead", None));
    quiet(
        "spark/python-overhead",
        prod()
            .conf("spark.executor.memoryOverhead", None)
            .conf("spark.executor.memoryOverheadFactor", Some("0.4")),
    );
}

#[test]
fn heaps_are_large_enough_for_spark() {
    fires("spark/heap-too-small", findings("dev/connect", &["connect.executor.memory=449m"]));
    quiet("spark/heap-too-small", findings("dev/connect", &["connect.executor.memory=450m"]));
    fires("spark/heap-too-small", prod().conf("spark.executor.memory", Some("256m")));
    fires(
        "spark/heap-too-small",
        driver(&SIZES.replace("driver.memory=2g", "driver.memory=300m"), SUBMIT, "[]"),
    );
}

/// T-resource-wait.
#[test]
fn bounds_can_be() {
    fires("spark/executor-bounds", findings("dev/connect", &["connect.executor.instances.min=9"]));
    fires("spark/executor-bounds", prod().conf("spark.dynamicAllocation.minExecutors", Some("90")));
    fires("spark/executor-bounds", prod().conf("spark.dynamicAllocation.maxExecutors", Some("21")));
    quiet("spark/executor-bounds", prod().conf("spark.dynamicAllocation.executorIdleTimeout", Some("90")));
    let dynamic = "spark.dynamicAllocation.enabled=true\nspark.dynamicAllocation.maxExecutors=4\n";
    fires(
        "spark/executor-bounds",
        driver(&format!("{SIZES}{dynamic}spark.dynamicAllocation.minExecutors=5\n"), SUBMIT, "[]"),
    );
    quiet(
        "spark/executor-bounds",
        driver(&format!("{SIZES}{dynamic}spark.dynamicAllocation.minExecutors=4\n"), SUBMIT, "[]"),
    );
    fires("pod/request-above-limit", prod().conf("spark.kubernetes.executor.limit.cores", Some("1")));
    quiet("pod/request-above-limit", prod().conf("spark.kubernetes.executor.limit.cores", Some("4")));
    fires("pod/request-above-limit", findings("dev/connect", &["connect.driver.cpu.limit=100m"]));
}

/// T-resource-wait.
#[test]
fn namespaces_hold_all_executors() {
    let hard = "/spec/hard";
    fires(
        "spark/quota-too-small",
        prod().set("ResourceQuota/", &format!("{hard}/requests.memory"), json!("600Gi")),
    );
    fires("spark/quota-too-small", prod().set("ResourceQuota/", &format!("{hard}/pods"), json!(20)));
    quiet(
        "spark/quota-too-small",
        prod().set("ResourceQuota/", &format!("{hard}/requests.memory"), json!("900Gi")),
    );
    let range = "/spec/limits/0/max";
    fires("spark/quota-too-small", prod().set("LimitRange/", range, json!({"memory": "16383Mi"})));
    quiet("spark/quota-too-small", prod().set("LimitRange/", range, json!({"memory": "16Gi"})));
}

/// T-data-skew.
#[test]
fn adaptive_execution_stays_on() {
    fires("spark/adaptive-off", conf("4.1", "spark.sql.adaptive.skewJoin.enabled", "false"));
    quiet("spark/adaptive-off", conf("4.1", "spark.sql.adaptive.localShuffleReader.enabled", "false"));
}

/// N7, T-driver-host.
#[test]
fn the_spec_and_the_server_agree() {
    fires("spark/computed-key", conf("4.1", "spark.driver.host", "localhost"));
    quiet("spark/computed-key", conf("4.1", "spark.driver.maxResultSize", "4g"));
    fires("spark/lost-property", prod().conf("spark.sql.adaptive.enabled", None));
    fires("spark/lost-property", prod().conf("spark.sql.adaptive.enabled", Some("false")));
    quiet("spark/lost-property", prod().conf("spark.sql.ansi.enabled", Some("true")));
    fires("spark/unknown-version", findings_of_an_unknown_version());
    quiet("spark/unknown-version", prod().conf("spark.app.name", Some("a")));
}

/// An unknown version stops the compiler before there is anything to render.
fn findings_of_an_unknown_version() -> Vec<sparkctl::diagnostic::Finding> {
    findings("prod/connect", &["spark.version=2.4"])
}
