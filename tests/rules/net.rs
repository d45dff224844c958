//! Network policies: what must pass does, and nothing else.

use crate::support::{Bundle, bundle, findings, fires, foreign, quiet};
use serde_json::{Value as Json, json};
use sparkctl::rules::Problem;
use std::sync::OnceLock;

/// prod with everything that talks to something.
fn prod() -> Bundle {
    static PROD: OnceLock<Bundle> = OnceLock::new();
    PROD.get_or_init(|| bundle("prod/jupyter-connect +history +metastore", &[])).clone()
}

/// dev, where store and database are pods too.
fn dev() -> Bundle {
    static DEV: OnceLock<Bundle> = OnceLock::new();
    DEV.get_or_init(|| bundle("dev/jupyter-connect +history +metastore", &[])).clone()
}

fn standalone() -> Bundle {
    static STANDALONE: OnceLock<Bundle> = OnceLock::new();
    STANDALONE.get_or_init(|| bundle("prod/standalone", &[])).clone()
}

const SERVER: &str = "NetworkPolicy/-spark-connect-server";
const EXECUTOR: &str = "NetworkPolicy/-spark-connect-executor";
const METASTORE: &str = "NetworkPolicy/-hive-metastore-server";

/// The rules of a policy that have a port, or do not.
fn rules<'b>(bundle: &'b mut Bundle, policy: &str, direction: &str) -> &'b mut Vec<Json> {
    bundle.object(policy)["spec"][direction].as_array_mut().unwrap()
}

fn has_port(rule: &Json, port: u64) -> bool {
    rule["ports"].as_array().unwrap().iter().any(|found| found["port"] == port)
}

fn drop_port<'b>(bundle: &'b mut Bundle, policy: &str, direction: &str, port: u64) -> &'b mut Bundle {
    let rules = rules(bundle, policy, direction);
    let before = rules.len();
    rules.retain(|rule| !has_port(rule, port));
    assert!(rules.len() < before, "{policy} has no rule for {port}");
    bundle
}

#[track_caller]
fn says(message: &str, words: &[&str]) {
    for word in words {
        assert!(message.contains(word), "{message}: {word}");
    }
}

#[test]
fn bundles_as_they_are_have_nothing_wrong() {
    for bundle in [prod(), dev(), standalone()] {
        let net: Vec<Problem> =
            bundle.problems().into_iter().filter(|found| found.rule.starts_with("net/")).collect();
        assert!(net.is_empty(), "{net:#?}");
    }
}

/// N4: each end of each connection is needed by itself.
#[test]
fn a_rule_that_is_missing_at_one_end_blocks_the_connection() {
    let cases = [
        (SERVER, "ingress", 7078, "the ingress of `StatefulSet/jupyter-connect-spark-connect`"),
        (
            SERVER,
            "ingress",
            4040,
            "monitoring.scrapers cannot reach `StatefulSet/jupyter-connect-spark-connect` on port 4040",
        ),
        (SERVER, "egress", 9083, "`Deployment/jupyter-connect-hive-metastore` on port 9083"),
        (SERVER, "egress", 7079, "the executors of `ConfigMap/jupyter-connect-spark-connect` on port 7079"),
        (SERVER, "egress", 6443, "cannot reach api-server on port 6443"),
        (EXECUTOR, "egress", 443, "cannot reach object-store on port 443"),
        (EXECUTOR, "egress", 53, "cannot reach dns on port 53 and UDP 53"),
        (EXECUTOR, "egress", 7078, "on port 7078 and 7079: the egress of the executors"),
        (EXECUTOR, "ingress", 7079, "the ingress of the executors"),
        (
            METASTORE,
            "ingress",
            9083,
            "`StatefulSet/jupyter-connect-spark-connect` cannot reach `Deployment/jupyter-connect-hive-metastore` on port 9083",
        ),
        (METASTORE, "egress", 5432, "cannot reach database on port 5432"),
        ("NetworkPolicy/-history-server-server", "egress", 443, "cannot reach object-store"),
        (
            "NetworkPolicy/-jupyter-server",
            "egress",
            15443,
            "`StatefulSet/jupyter-connect-jupyter` cannot reach",
        ),
    ];
    for (policy, direction, port, words) in cases {
        let mut bundle = prod();
        let problems = drop_port(&mut bundle, policy, direction, port).problems();
        let messages: Vec<&str> = problems
            .iter()
            .filter(|problem| problem.rule == "net/flow-blocked")
            .map(|problem| problem.message.as_str())
            .collect();
        assert!(
            messages.iter().any(|message| message.contains(words)),
            "{policy} {direction} {port}: {messages:#?}"
        );
    }
}

/// N4: executors without a policy of their own.
#[test]
fn a_policy_that_is_missing_blocks_all_connections_of_its_pods() {
    for policy in
        [SERVER, EXECUTOR, METASTORE, "NetworkPolicy/-history-server-server", "NetworkPolicy/-jupyter-server"]
    {
        fires("net/flow-blocked", prod().remove(policy));
    }
    for policy in ["NetworkPolicy/-worker", "NetworkPolicy/-master"] {
        fires("net/flow-blocked", standalone().remove(policy));
    }
    let blocked = fires("net/flow-blocked", prod().remove(EXECUTOR));
    says(&blocked, &["the executors of `ConfigMap/jupyter-connect-spark-connect`"]);
    fires("net/not-isolated", prod().remove("NetworkPolicy/-default-deny"));
    quiet("net/flow-blocked", prod().remove("NetworkPolicy/-default-deny"));
}

#[test]
fn a_blocked_flow_names_who_and_which_side_and_points_there() {
    let mut bundle = dev();
    let problems = drop_port(&mut bundle, "NetworkPolicy/-object-store-server", "ingress", 8333).problems();
    let found: Vec<_> = problems.iter().filter(|problem| problem.rule == "net/flow-blocked").collect();
    // The server, its executors, the History Server and the metastore.
    assert_eq!(found.len(), 4, "{found:#?}");
    let problem = found[0];
    says(
        &problem.message,
        &["cannot reach `StatefulSet/jupyter-connect-object-store` on port 8333: the ingress of"],
    );
    says(problem.help.as_ref().unwrap(), &["allow port 8333 in the ingress of a policy that selects"]);
    says(problem.why.as_ref().unwrap(), &["the flow `"]);
    says(&problem.label, &["`NetworkPolicy/jupyter-connect-object-store-server` closes its ingress"]);
    // Both sides closed: one finding with two places.
    drop_port(&mut bundle, "NetworkPolicy/-history-server-server", "egress", 8333);
    let problems = bundle.problems();
    let both = problems.iter().find(|problem| problem.message.contains("neither the egress")).unwrap();
    assert_eq!(both.related.len(), 1);
    says(&both.related[0].1, &["closes its ingress"]);
}

/// ISSUE-010: ports that Spark's configuration names are those that policies open.
#[test]
fn ports_of_the_configuration_are_those_of_the_policies() {
    let message = fires("net/flow-blocked", prod().conf("spark.driver.port", Some("7070")));
    says(&message, &["the executors of", "on port 7070"]);
    fires("net/flow-blocked", prod().conf("spark.blockManager.port", Some("7080")));
    // A port that is not fixed may be any.
    says(&fires("net/flow-blocked", prod().conf("spark.driver.port", None)), &["1024-65535"]);
    fires(
        "net/flow-blocked",
        standalone().edit(
            "NetworkPolicy/-worker",
            "/spec/podSelector/matchLabels/app.kubernetes.io~1component",
            |_| "x".to_owned(),
        ),
    );
    quiet("net/flow-blocked", prod().conf("spark.driver.maxResultSize", Some("2g")));
}

#[test]
fn ranges_of_ports_are_opened_whole() {
    let index = |bundle: &mut Bundle| {
        rules(bundle, "NetworkPolicy/-worker", "ingress")
            .iter()
            .position(|rule| has_port(rule, 7079))
            .unwrap()
    };
    let mut bundle = standalone();
    let at = index(&mut bundle);
    bundle.set("NetworkPolicy/-worker", &format!("/spec/ingress/{at}/ports/0/endPort"), json!(7100));
    says(&fires("net/flow-blocked", &bundle), &["7079-7206"]);
    bundle.set("NetworkPolicy/-worker", &format!("/spec/ingress/{at}/ports/0/endPort"), json!(7300));
    quiet("net/flow-blocked", &bundle);
    says(&fires("net/undeclared-flow", &bundle), &["7079-7300"]);
}

/// N4: DNS is two protocols and four kinds of servers.
#[test]
fn names_are_resolved_over_both_protocols_at_every_server() {
    let dns = |bundle: &mut Bundle| {
        rules(bundle, EXECUTOR, "egress").iter().position(|rule| has_port(rule, 53)).unwrap()
    };
    for (protocol, words) in [(0, "port UDP 53"), (1, "port 53")] {
        let mut bundle = prod();
        let at = dns(&mut bundle);
        bundle.set(EXECUTOR, &format!("/spec/egress/{at}/ports/{protocol}"), Json::Null);
        says(&fires("net/flow-blocked", &bundle), &["the executors of", "cannot reach dns", words]);
        quiet("net/no-dns", &bundle);
    }
    for peer in 0..3 {
        let mut bundle = prod();
        let at = dns(&mut bundle);
        bundle.set(EXECUTOR, &format!("/spec/egress/{at}/to/{peer}"), Json::Null);
        says(&fires("net/flow-blocked", &bundle), &["all of dns on port 53 and UDP 53"]);
        // One kind of server is left.
        quiet("net/no-dns", &bundle);
    }
    quiet("net/no-dns", &bundle("prod/connect +openshift", &[]));
}

/// N4: the label of the DNS pods as one of their namespace.
#[test]
fn labels_of_pods_are_none_of_namespaces() {
    let policy = |peer: &str| {
        foreign(&format!(
            "{CONNECT}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: spark}}\n\
             spec:\n  podSelector: {{matchLabels: {{app: connect}}}}\n  policyTypes: [Egress]\n  egress:\n  \
             - to: [{peer}]\n    ports: [{{port: 53, protocol: UDP}}, {{port: 53}}]\n"
        ))
    };
    let wrong = policy("{namespaceSelector: {matchLabels: {k8s-app: kube-dns}}}");
    says(&fires("net/namespace-label", wrong.clone()), &["`k8s-app`"]);
    says(&fires("net/no-dns", wrong), &["over UDP and TCP"]);
    let own = policy("{podSelector: {matchLabels: {k8s-app: kube-dns}}}");
    fires("net/no-dns", own);
    let right = policy(
        "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}",
    );
    quiet("net/namespace-label", right.clone());
    quiet("net/no-dns", right);
    // A Namespace of the set may give the label.
    let named = "apiVersion: v1\nkind: Namespace\nmetadata: {name: dns, labels: {role: dns}}\n---\n";
    let text = format!("{named}{CONNECT}---\n{}", POLICY.replace("EGRESS", "[{to: [{namespaceSelector: {matchLabels: {role: dns}}}], ports: [{port: 53, protocol: UDP}, {port: 53}]}]"));
    quiet("net/namespace-label", foreign(&text));
}

/// ISSUE-029: what lies outside is reached at its addresses.
#[test]
fn addresses_of_the_spec_are_those_of_the_policies() {
    let mut bundle = prod();
    let at = rules(&mut bundle, METASTORE, "egress").iter().position(|rule| has_port(rule, 5432)).unwrap();
    bundle.set(METASTORE, &format!("/spec/egress/{at}/to/0/ipBlock/cidr"), json!("192.0.2.0/25"));
    says(&fires("net/flow-blocked", &bundle), &["cannot reach database on port 5432"]);
    quiet("net/undeclared-flow", &bundle);
    bundle.set(METASTORE, &format!("/spec/egress/{at}/to/0/ipBlock/cidr"), json!("192.0.0.0/16"));
    quiet("net/flow-blocked", &bundle);
    says(&fires("net/undeclared-flow", &bundle), &["`192.0.0.0/16` on port 5432"]);
}

/// N4: nothing passes that no flow asks for.
#[test]
fn nothing_undeclared_passes() {
    let cases: [(&str, &str, Json, &str); 9] = [
        (
            SERVER,
            "/spec/ingress/-",
            json!({}),
            "`StatefulSet/jupyter-connect-spark-connect` may be reached by everybody",
        ),
        (SERVER, "/spec/egress/-", json!({}), "may connect to everything"),
        (
            SERVER,
            "/spec/ingress/1/from/-",
            json!({"namespaceSelector": {}}),
            "all pods of all namespaces on port 15443",
        ),
        (SERVER, "/spec/ingress/0/ports/-", json!({"port": 15002}), "on port 15002"),
        (SERVER, "/spec/ingress/0/ports", json!([]), "on any port"),
        (EXECUTOR, "/spec/egress/0/to/0/podSelector", json!({}), "all pods of the namespace on port 7079"),
        (
            METASTORE,
            "/spec/ingress/0/from",
            json!([]),
            "`Deployment/jupyter-connect-hive-metastore` may be reached by everybody",
        ),
        (
            METASTORE,
            "/spec/egress/-",
            json!({"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}], "ports": [{"port": 443}]}),
            "`0.0.0.0/0` but `169.254.169.254/32` on port 443",
        ),
        (
            "NetworkPolicy/-default-deny",
            "/spec/ingress",
            json!([{"from": [{"podSelector": {}}]}]),
            "all pods of the namespace on any port",
        ),
    ];
    for (policy, pointer, value, words) in cases {
        let message = fires("net/undeclared-flow", prod().set(policy, pointer, value));
        says(&message, &[words, "no flow says so"]);
    }
    // Less than declared is not more.
    quiet(
        "net/undeclared-flow",
        prod().set(
            SERVER,
            "/spec/ingress/-",
            json!({
                "from": [{"podSelector": {"matchLabels": {"app": "client"}}}],
                "ports": [{"port": 15443}],
            }),
        ),
    );
    quiet("net/undeclared-flow", &bundle("dev/airflow-connect", &["site.objectStore.type=gcs"]));
}

/// N4: the metadata service of a cloud hands out credentials.
#[test]
fn the_metadata_service_is_left_out() {
    let open = json!({"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 443}]});
    says(&fires("net/metadata-service", prod().set(EXECUTOR, "/spec/egress/-", open)), &["169.254.169.254"]);
    let six = json!({"to": [{"ipBlock": {"cidr": "::/0"}}], "ports": [{"port": 443}]});
    says(&fires("net/metadata-service", prod().set(EXECUTOR, "/spec/egress/-", six)), &["fd00:ec2::254"]);
    // GKE's DNS answers there, and credentials come from there where the spec says so.
    quiet("net/metadata-service", &prod());
    quiet("net/metadata-service", &bundle("dev/connect", &["site.objectStore.type=gcs"]));
    let wide = json!({"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}], "ports": [{"port": 443}]});
    quiet("net/metadata-service", prod().set(EXECUTOR, "/spec/egress/-", wide));
    // Of others' manifests only what reaches its port.
    let egress = |rule: &str| foreign(&format!("{CONNECT}---\n{}", POLICY.replace("EGRESS", rule)));
    fires("net/metadata-service", egress("[{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]"));
    quiet("net/metadata-service", egress("[{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443}]}]"));
}

/// N4, N5: every pod of the release is closed, and none of its neighbours.
#[test]
fn every_pod_of_the_release_is_closed_and_no_other() {
    let label = "/spec/template/metadata/labels/app.kubernetes.io~1instance";
    says(
        &fires("net/not-isolated", prod().set("Deployment/-history-server", label, json!("other"))),
        &["`Deployment/jupyter-connect-history-server` may be reached by everybody and may reach everything"],
    );
    let executor = |text: &str| {
        text.replace("app.kubernetes.io/instance: jupyter-connect", "app.kubernetes.io/instance: other")
    };
    says(
        &fires("net/not-isolated", prod().edit("ConfigMap/-spark-connect", "/data/executor.yaml", executor)),
        &["the executors of"],
    );
    fires(
        "net/not-isolated",
        prod().set("Deployment/-history-server", "/spec/template/spec/hostNetwork", json!(true)),
    );
    let deny = "NetworkPolicy/-default-deny";
    fires("net/not-isolated", prod().set(deny, "/spec/policyTypes", json!(["Ingress"])));
    quiet(
        "net/not-isolated",
        prod().set("Deployment/-history-server", "/spec/template/metadata/labels/more", json!("x")),
    );
    quiet("net/not-isolated", prod().remove(METASTORE));
    let instance = "/spec/podSelector/matchLabels/app.kubernetes.io~1instance";
    fires("net/selects-neighbours", prod().set(SERVER, instance, Json::Null));
    let alone = || bundle("prod/connect", &["namespace.owned=false"]);
    fires("net/selects-neighbours", alone().set(deny, instance, Json::Null));
    // Whose namespace it is may close all of it.
    quiet("net/selects-neighbours", prod().set(deny, instance, Json::Null));
}

#[test]
fn policies_select_pods_of_the_set() {
    let component = "/spec/podSelector/matchLabels/app.kubernetes.io~1component";
    let mut bundle = prod();
    bundle.set(EXECUTOR, component, json!("executors"));
    says(
        &fires("net/policy-selects-nothing", &bundle),
        &["`NetworkPolicy/jupyter-connect-spark-connect-executor`"],
    );
    let problem =
        bundle.problems().into_iter().find(|found| found.rule == "net/policy-selects-nothing").unwrap();
    says(
        problem.help.as_ref().unwrap(),
        &[
            "the executors of `ConfigMap/jupyter-connect-spark-connect` has `app.kubernetes.io/component: executor`",
        ],
    );
    quiet("net/policy-selects-nothing", prod().set(EXECUTOR, component, Json::Null));
    let policy = |labels: &str| {
        foreign(&format!("{CONNECT}---\n{}", POLICY.replace("EGRESS", "[]").replace("app: connect", labels)))
    };
    fires("net/policy-selects-nothing", policy("app: conect"));
    // Executors come later, and other namespaces are not in the set.
    quiet("net/policy-selects-nothing", policy("spark-role: executor"));
    let elsewhere = POLICY.replace("EGRESS", "[]").replace("namespace: spark", "namespace: other");
    quiet("net/policy-selects-nothing", foreign(&format!("{CONNECT}---\n{elsewhere}")));
}

#[test]
fn peers_are_pods_of_the_release_or_named_in_the_spec() {
    let name = "/spec/ingress/0/from/0/podSelector/matchLabels/app.kubernetes.io~1name";
    // Another rule lets JupyterLab in all the same.
    let mut bundle = prod();
    bundle.set(SERVER, name, json!("jupiter"));
    quiet("net/flow-blocked", &bundle);
    says(
        &fires("net/peer-selects-nothing", &bundle),
        &["`NetworkPolicy/jupyter-connect-spark-connect-server`"],
    );
    quiet(
        "net/peer-selects-nothing",
        &crate::support::bundle("prod/connect", &["connect.clients={etl: {podLabels: {app: etl}}}"]),
    );
}

#[test]
fn policies_are_what_the_api_server_takes() {
    let cases = [
        ("/spec/ingress/0/from/0", json!({}), "a peer says nothing"),
        ("/spec/ingress/0/from/0/ipBlock", json!({"cidr": "192.0.2.0/24"}), "an `ipBlock` and a selector"),
        ("/spec/ingress/0/ports/0/endPort", json!(15000), "15443 to 15000"),
        ("/spec/egress/0/to/0/ipBlock/cidr", json!("192.0.2.1"), "`192.0.2.1` is no block"),
        ("/spec/egress/0/to/0/ipBlock/except", json!(["10.0.0.0/8"]), "`10.0.0.0/8` is not a part of"),
    ];
    for (pointer, value, words) in cases {
        says(&fires("net/invalid-rule", prod().set(SERVER, pointer, value)), &[words]);
    }
    quiet("net/invalid-rule", prod().set(SERVER, "/spec/ingress/0/ports/0/endPort", json!(15443)));
    quiet("net/invalid-rule", prod().set(SERVER, "/spec/ingress/0/from/0", json!({"namespaceSelector": {}})));
}

#[test]
fn types_of_policies_are_those_of_their_rules() {
    let policy = |spec: &str| {
        foreign(&format!(
            "{CONNECT}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: spark}}\n\
             spec: {{podSelector: {{}}, {spec}}}\n"
        ))
    };
    says(&fires("net/policy-types", policy("egress: [{ports: [{port: 443}]}]")), &["closes ingress too"]);
    says(&fires("net/policy-types", policy("ingress: [], egress: []")), &["leaves egress open"]);
    says(
        &fires("net/policy-types", policy("policyTypes: [Ingress], egress: [{}]")),
        &["egress rules", "no effect"],
    );
    quiet("net/policy-types", policy("policyTypes: [Egress], egress: [{ports: [{port: 443}]}]"));
    quiet("net/policy-types", policy("ingress: [{}]"));
    quiet("net/policy-types", policy("ingress: [{}], egress: [{}]"));
    fires("net/policy-types", prod().set(EXECUTOR, "/spec/policyTypes", json!(["Ingress"])));
}

/// ISSUE-010: policies see the ports of pods, Services have their own.
#[test]
fn ports_of_policies_are_those_of_pods() {
    let pods = CONNECT.replace("port: 15002, targetPort: 15002", "port: 443, targetPort: grpc");
    let policy = |port: &str| {
        foreign(&format!(
            "{pods}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: spark}}\n\
             spec: {{podSelector: {{matchLabels: {{app: connect}}}}, ingress: [{{ports: [{{port: {port}}}]}}]}}\n"
        ))
    };
    says(
        &fires("net/service-port-in-policy", policy("443")),
        &["443 is the port of `Service/connect`, whose pods answer on 15002"],
    );
    quiet("net/service-port-in-policy", policy("15002"));
    quiet("net/service-port-in-policy", policy("15003"));
    says(&fires("net/unknown-port", policy("connect")), &["`connect`"]);
    quiet("net/unknown-port", policy("grpc"));
}

/// ISSUE-029, T-s3-connection: hosts that are Services of the set lead to pods, whose policies let the asker in.
#[test]
fn hosts_of_others_manifests_are_reached() {
    let client = |env: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: client, namespace: spark, labels: {{app: client}}}}\n\
             spec: {{containers: [{{name: c, image: x, env: [{{name: TARGET, value: \"{env}\"}}]}}]}}\n---\n"
        )
    };
    let ingress = |from: &str, port: &str| {
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: spark}}\n\
             spec: {{podSelector: {{matchLabels: {{app: connect}}}}, ingress: [{{from: [{from}], ports: [{{port: {port}}}]}}]}}\n"
        )
    };
    let set = |env: &str, from: &str, port: &str| {
        foreign(&format!("{}{CONNECT}{}", client(env), ingress(from, port)))
    };
    let own = "{podSelector: {matchLabels: {app: client}}}";
    let message = fires(
        "net/flow-blocked",
        set("sc://connect.spark.svc:15002/;x=y", "{podSelector: {matchLabels: {app: other}}}", "15002"),
    );
    says(
        &message,
        &[
            "`Pod/client` cannot reach `Deployment/connect` on port 15002: the ingress of `Deployment/connect`",
        ],
    );
    fires("net/flow-blocked", set("sc://connect", own, "15003"));
    quiet("net/flow-blocked", set("sc://connect:15002", own, "15002"));
    // Somebody else's host, another namespace's, and none at all.
    quiet(
        "net/flow-blocked",
        set("sc://connect.other.svc:15002", "{podSelector: {matchLabels: {app: other}}}", "15002"),
    );
    quiet(
        "net/flow-blocked",
        set("sc://spark.example:15002", "{podSelector: {matchLabels: {app: other}}}", "15002"),
    );
    says(
        &fires("net/pods-by-address", set("sc://connect:15002", "{ipBlock: {cidr: 10.0.0.0/8}}", "15002")),
        &["only by an `ipBlock`"],
    );
    quiet("net/pods-by-address", set("sc://connect:15002", own, "15002"));
    fires("net/flow-blocked", set("sc://connect:15002", "{ipBlock: {cidr: 192.0.2.0/24}}", "15002"));
}

/// N4: a driver of anybody's, its executors and the API server.
#[test]
fn drivers_of_others_manifests_reach_their_executors_and_the_api_server() {
    let conf = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf, namespace: spark}\ndata:\n  spark-defaults.conf: |\n    \
                spark.master=k8s://https://kubernetes.default.svc\n    spark.driver.port=7078\n    \
                spark.driver.blockManager.port=7079\n    spark.blockManager.port=7079\n    spark.kubernetes.namespace=spark\n---\n";
    let driver = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: driver, namespace: spark}\nspec:\n  template:\n    \
                  metadata: {labels: {app: driver}}\n    spec:\n      containers:\n      - name: c\n        image: spark:4.1.2\n        \
                  command: [/opt/spark/bin/spark-submit]\n        volumeMounts: [{name: conf, mountPath: /opt/spark/conf}]\n      \
                  volumes: [{name: conf, configMap: {name: conf}}]\n---\n";
    let policy = |ingress: &str, egress: &str| {
        foreign(&format!(
            "{conf}{driver}apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: spark}}\n\
             spec:\n  podSelector: {{matchLabels: {{app: driver}}}}\n  policyTypes: [Ingress, Egress]\n  ingress: {ingress}\n  egress: {egress}\n"
        ))
    };
    let executors = "{podSelector: {matchLabels: {spark-role: executor}}}";
    let good = format!("[{{from: [{executors}], ports: [{{port: 7078}}, {{port: 7079}}]}}]");
    let out = format!(
        "[{{to: [{executors}], ports: [{{port: 7079}}]}}, {{ports: [{{port: 53, protocol: UDP}}, {{port: 53}}]}}, {{to: [{{ipBlock: {{cidr: 192.0.2.1/32}}}}], ports: [{{port: 6443}}]}}]"
    );
    quiet("net/flow-blocked", policy(&good, &out));
    says(
        &fires("net/flow-blocked", policy("[]", &out)),
        &["the executors of `Deployment/driver` cannot reach `Deployment/driver` on port 7078"],
    );
    says(
        &fires("net/flow-blocked", policy(&good, &out.replace("6443", "8443"))),
        &["cannot reach the API server"],
    );
    let selected = out.replace(
        "ipBlock: {cidr: 192.0.2.1/32}",
        "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: default}}",
    );
    says(&fires("net/flow-blocked", policy(&good, &selected)), &["cannot reach the API server"]);
    says(
        &fires("net/flow-blocked", policy(&good, &out.replace("port: 7079", "port: 7000"))),
        &["cannot reach the executors"],
    );
}

/// T-slow-jobs: monitors and Ingresses lead to pods that let their senders in.
#[test]
fn prometheus_and_ingress_controllers_are_let_in() {
    let monitor = "---\napiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: m, namespace: spark}\n\
                   spec: {selector: {matchLabels: {app: connect}}, endpoints: [{port: grpc}]}\n";
    let ingress = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: spark}\n\
                   spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: connect, port: {number: 15002}}}}]}}]}\n";
    let policy = |from: &str| {
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: spark}}\n\
             spec: {{podSelector: {{matchLabels: {{app: connect}}}}, ingress: [{{from: [{from}], ports: [{{port: 15002}}]}}]}}\n"
        )
    };
    for (object, who) in [(monitor, "Prometheus"), (ingress, "the ingress controller")] {
        let own = policy("{podSelector: {matchLabels: {app: connect}}}");
        says(
            &fires("net/flow-blocked", foreign(&format!("{CONNECT}{object}{own}"))),
            &[who, "`Deployment/connect` on port 15002"],
        );
        let far = policy("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}");
        quiet("net/flow-blocked", foreign(&format!("{CONNECT}{object}{far}")));
        quiet("net/flow-blocked", foreign(&format!("{CONNECT}{object}")));
    }
}

#[test]
fn peers_of_the_spec_without_addresses_are_told() {
    let open = findings(
        "prod/connect",
        &["external.warehouse.host=db.corp.example", "external.warehouse.port=5432"],
    );
    says(&fires("net/open-egress", open), &["`external.warehouse` has no addresses"]);
    fires("net/open-egress", findings("prod/connect", &["site.objectStore.type=gcs"]));
    let closed = [
        "external.warehouse.host=db.corp.example",
        "external.warehouse.port=5432",
        "external.warehouse.cidrs=[192.0.2.10/32]",
    ];
    quiet("net/open-egress", findings("prod/connect", &closed));
}

/// Somebody else's Connect server with its Service.
const CONNECT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: connect, namespace: spark}
spec:
  template:
    metadata: {labels: {app: connect}}
    spec:
      containers: [{name: c, image: x, ports: [{name: grpc, containerPort: 15002}]}]
---
apiVersion: v1
kind: Service
metadata: {name: connect, namespace: spark, labels: {app: connect}}
spec: {selector: {app: connect}, ports: [{name: grpc, port: 15002, targetPort: 15002}]}
";

/// A policy for its egress.
const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: spark}
spec: {podSelector: {matchLabels: {app: connect}}, policyTypes: [Egress], egress: EGRESS}
";
