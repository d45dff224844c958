//! The laws, held against sets drawn at random: from few names and values, so that both sides have much in common.

use super::laws::{between, manifests, told};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value as Json, json};
use sparkctl::diff::{Correspondence, compare, foreign};

fn amount() -> impl Strategy<Value = Json> {
    select(vec![
        json!("1Gi"),
        json!("1024Mi"),
        json!("2Gi"),
        json!("500m"),
        json!("0.5"),
        json!(1),
        json!("1000m"),
    ])
}

fn env() -> impl Strategy<Value = Json> {
    let value = select(vec!["1", "2", "$(A)/x", "$(B)", "${C}", "hunter2", "a\nb\n", "a\nc\n"]);
    let one = (select(vec!["A", "B", "C", "PASSWORD"]), value)
        .prop_map(|(name, value)| json!({"name": name, "value": value}));
    vec(one, 0..5).prop_map(Json::from)
}

fn ports() -> impl Strategy<Value = Json> {
    let one = (select(vec![80, 443, 8080]), select(vec!["", "http", "ui"]), select(vec!["", "TCP", "UDP"]));
    vec(one, 0..4).prop_map(|all| {
        let port = |(number, name, protocol): (i32, &str, &str)| {
            let mut port = json!({"containerPort": number});
            for (key, value) in [("name", name), ("protocol", protocol)] {
                if !value.is_empty() {
                    port[key] = json!(value);
                }
            }
            port
        };
        all.into_iter().map(port).collect()
    })
}

fn container() -> impl Strategy<Value = Json> {
    let args = vec(select(vec!["--port", "80", "-v", "--token", "abc123def"]), 0..5);
    (select(vec!["a", "b", "c", "d"]), env(), ports(), args, amount(), any::<bool>()).prop_map(
        |(name, env, ports, args, memory, limits)| {
            let resources = if limits { json!({"limits": {"memory": memory}}) } else { json!({}) };
            json!({"name": name, "image": "x", "env": env, "ports": ports, "args": args, "resources": resources})
        },
    )
}

fn pod() -> impl Strategy<Value = Json> {
    let toleration = (select(vec!["spot", "gpu"]), select(vec!["Exists", "Equal"]), select(vec!["a", "b"]));
    let toleration = toleration
        .prop_map(|(key, operator, value)| json!({"key": key, "operator": operator, "value": value}));
    (vec(container(), 1..4), vec(container(), 0..4), vec(toleration, 0..4)).prop_map(
        |(containers, first, tolerations)| {
            object("v1", "Pod", json!({"spec": {"containers": containers, "initContainers": first, "tolerations": tolerations}}))
        },
    )
}

fn words(all: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(all.to_vec(), 0..=all.len()).prop_shuffle()
}

fn role() -> impl Strategy<Value = Json> {
    let rule = (
        words(&["", "apps"]),
        words(&["pods", "services", "jobs"]),
        words(&["get", "list", "watch", "delete"]),
    )
        .prop_map(
            |(groups, resources, verbs)| json!({"apiGroups": groups, "resources": resources, "verbs": verbs}),
        );
    vec(rule, 0..4).prop_map(|rules| object("rbac.authorization.k8s.io/v1", "Role", json!({"rules": rules})))
}

fn policy() -> impl Strategy<Value = Json> {
    let port = (select(vec![80, 443, 9090]), any::<bool>()).prop_map(|(port, told)| match told {
        true => json!({"port": port, "protocol": "TCP"}),
        false => json!({"port": port}),
    });
    let peer = select(vec![
        json!({"podSelector": {}}),
        json!({"namespaceSelector": {}}),
        json!({"podSelector": {"matchLabels": {"a": "b"}}}),
        json!({"podSelector": {"matchLabels": {"a": "c", "d": "e"}}}),
        json!({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.2.0.0/16"]}}),
        json!({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.2.0.0/16", "10.1.0.0/16"]}}),
    ]);
    let rule =
        (vec(port, 0..3), vec(peer, 0..3)).prop_map(|(ports, from)| json!({"ports": ports, "from": from}));
    vec(rule, 0..4).prop_map(|rules| {
        object(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            json!({"spec": {"podSelector": {}, "ingress": rules}}),
        )
    })
}

fn anything() -> impl Strategy<Value = Json> {
    let leaf =
        select(vec![json!(1), json!("a"), json!("b"), json!(true), json!(null), json!(1.5), json!("a\nb")]);
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = select(vec!["a", "b", "c.d", "name", "env", "requests"]).prop_map(str::to_owned);
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            vec((key, inner), 0..4).prop_map(|all| Json::from(all.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn custom() -> impl Strategy<Value = Json> {
    anything().prop_map(|spec| object("example.com/v1", "Thing", json!({"spec": spec})))
}

fn text() -> impl Strategy<Value = Json> {
    let key = select(vec![
        "spark.executor.memory",
        "spark.a",
        "spark.network.timeout",
        "b c",
        "x=y",
        "comments",
        "1",
    ]);
    let value = select(vec!["4g", "4096m", "120s", "2min", "", " x", "a\\b", "true", "ж"]);
    let lines = vec((key, value), 0..6).prop_map(|all| {
        let line = |(key, value): (&str, &str)| {
            let key = key.replace(' ', "\\ ").replace('=', "\\=");
            format!("{key}={}\n", value.replace('\\', "\\\\"))
        };
        all.into_iter().map(line).collect::<String>()
    });
    let remark = select(vec!["", "# one\n", "! two\n\n", "# one\n#three\n"]);
    let script = vec(select(vec!["a", "b", "", "exit 1", "  c"]), 0..8).prop_map(|lines| lines.join("\n"));
    let property =
        (select(vec!["hive.a", "hive.b", "fs.c"]), select(vec!["1", "2 &amp; 3", ""]), any::<bool>());
    let xml = vec(property, 0..4).prop_map(|all| {
        let property = |(name, value, last): (&str, &str, bool)| {
            let last = if last { "<final>true</final>" } else { "" };
            format!(
                "<property>\n<name>{name}</name><value>{value}</value>{last}</property>\n<!-- {name} -->\n"
            )
        };
        format!("<configuration>{}</configuration>", all.into_iter().map(property).collect::<String>())
    });
    let json = (anything(), any::<bool>())
        .prop_map(|(value, wide)| if wide { format!("{value:#}\n") } else { value.to_string() });
    let template = pod().prop_map(|pod| format!("{pod:#}"));
    (remark, lines, script, xml, json, template).prop_map(|(remark, lines, script, xml, json, template)| {
        let data = json!({
            "spark-defaults.conf": format!("{remark}{lines}"),
            "run.sh": script,
            "core-site.xml": xml,
            "a.json": json,
            "executor.yaml": template,
        });
        object("v1", "ConfigMap", json!({"data": data}))
    })
}

fn object(api_version: &str, kind: &str, body: Json) -> Json {
    let mut object = json!({"apiVersion": api_version, "kind": kind});
    object.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    object
}

/// A set: objects with names, no two alike.
fn set() -> impl Strategy<Value = Vec<Json>> {
    let one = prop_oneof![pod(), role(), policy(), custom(), text()];
    let named = (one, select(vec!["one", "two", "three", "four"]), select(vec!["spark", "other"]));
    vec(named, 0..6).prop_map(|all| {
        let mut seen = std::collections::BTreeSet::new();
        let mut set = Vec::new();
        for (mut object, name, namespace) in all {
            if seen.insert((object["kind"].to_string(), name, namespace)) {
                object["metadata"] = json!({"name": name, "namespace": namespace});
                set.push(object);
            }
        }
        set
    })
}

/// The same in other words: sets and named lists in another order, amounts in other units, keys turned round.
fn reworded(value: &Json, name: &str) -> Json {
    match value {
        Json::Object(map) => {
            map.iter().rev().map(|(key, value)| (key.clone(), reworded(value, key))).collect()
        }
        Json::Array(items) => {
            let text = value.to_string();
            let turn = match name {
                "verbs" | "resources" | "apiGroups" | "rules" | "tolerations" | "ingress" | "from"
                | "except" => true,
                // Names that stand twice leave a sequence.
                "containers" | "env" => {
                    let names: Vec<&Json> = items.iter().map(|item| &item["name"]).collect();
                    let distinct = (0..names.len()).all(|at| !names[..at].contains(&names[at]));
                    let named = names.iter().all(|name| name.is_string());
                    distinct && named && (name == "containers" || !text.contains("$("))
                }
                _ => false,
            };
            let items = items.iter().map(|item| reworded(item, ""));
            if turn { items.rev().collect() } else { items.collect() }
        }
        Json::String(text) if name == "memory" => match text.as_str() {
            "1Gi" => json!("1048576Ki"),
            "500m" => json!("5e-1"),
            "1000m" => json!("1"),
            other => json!(other),
        },
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 4_000, rng_seed: RngSeed::Fixed(4), ..ProptestConfig::default() })]

    #[test]
    fn any_two_sets_differ_lawfully(before in set(), after in set()) {
        between(&manifests(&before), &manifests(&after), &Correspondence::default());
    }

    #[test]
    fn other_words_are_no_difference(set in set()) {
        let other: Vec<Json> = set
            .iter()
            .rev()
            .map(|object| match object["kind"].as_str() {
                Some("Thing" | "ConfigMap") => object.clone(),
                _ => reworded(object, ""),
            })
            .collect();
        let (before, after) = (manifests(&set), manifests(&other));
        let found = compare(&foreign(&before), &foreign(&after), &Correspondence::default());
        prop_assert_eq!(told(&found), "");
    }
}

/// Thousands of one kind, each under another name, take no time that grows with their square.
#[test]
fn many_that_were_renamed_are_recognised() {
    let one = |prefix: &str, at: usize| {
        let data =
            json!({"a": format!("{at}"), "b": format!("x{}", at / 3), "same": "same", "other": "other"});
        let mut object = object("v1", "ConfigMap", json!({"data": data}));
        object["metadata"] = json!({"name": format!("{prefix}-{at}")});
        object
    };
    let set = |prefix: &str| -> Vec<Json> { (0..2_000).map(|at| one(prefix, at)).collect() };
    let (before, after) = (manifests(&set("old")), manifests(&set("new")));
    let found = compare(&foreign(&before), &foreign(&after), &Correspondence::default());
    assert_eq!(found.changes.len(), 2_000);
    for change in &found.changes {
        let name = |id: &Option<sparkctl::manifest::ObjectId>| id.as_ref().unwrap().name.clone();
        assert_eq!(name(&change.before).replace("old", "new"), name(&change.after));
    }
}
