use super::{Addresses, Direction, End, NamedPort, PodEnd, Policies, Port, Protocol, Selector, Side};
use crate::layer::parse::{parse, parse_one};
use crate::layer::tree::Node;
use crate::source::Sources;

/// Three pods in the namespace `a`, one in `b`, which has a label of its own.
fn pod(name: &str) -> PodEnd {
    let (namespace, labels, port, host_network) = match name {
        "web" => ("a", vec![("app", "web"), ("tier", "front")], ("http", 8080), false),
        "db" => ("a", vec![("app", "db"), ("tier", "back")], ("sql", 5432), false),
        "node" => ("a", vec![("app", "web")], ("http", 8080), true),
        "far" => ("b", vec![("app", "web")], ("http", 8080), false),
        other => panic!("there is no pod {other}"),
    };
    PodEnd {
        namespace: namespace.to_owned(),
        labels: labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        ports: vec![NamedPort { name: port.0.to_owned(), protocol: Protocol::Tcp, number: port.1 }],
        host_network,
    }
}

/// `web -> db 5432`, `web -> 10.0.0.1/32 UDP 53`, `web -> db 7000-7010`.
fn says(policies: &Policies<'_>, connection: &str) -> String {
    let words: Vec<&str> = connection.split_whitespace().collect();
    let (protocol, number) = match words.as_slice() {
        [_, _, _, protocol, number] => (Protocol::read(protocol), number),
        [_, _, _, number] => (Protocol::Tcp, number),
        _ => panic!("{connection}"),
    };
    let (from, to) = number.split_once('-').unwrap_or((number, number));
    let port = Port { protocol, from: from.parse().unwrap(), to: to.parse().unwrap() };
    let side = |pod_name: &str, direction, other: &str| {
        let one = pod(pod_name);
        match Addresses::block(other) {
            Some(block) => policies.side(&one, direction, End::Addresses(&block), port),
            None => policies.side(&one, direction, End::Pod(&pod(other)), port),
        }
    };
    let is_pod = |name: &str| Addresses::block(name).is_none();
    let out = if is_pod(words[0]) { side(words[0], Direction::Egress, words[2]) } else { Side::Open };
    let into = if is_pod(words[2]) { side(words[2], Direction::Ingress, words[0]) } else { Side::Open };
    let word = |side| match side {
        Side::Open | Side::Allowed => "yes",
        Side::ByAddress => "maybe",
        Side::Blocked => "no",
    };
    match (word(out), word(into)) {
        ("yes", "yes") => "yes".to_owned(),
        ("yes", into) => format!("{into}: ingress"),
        (out, "yes") => format!("{out}: egress"),
        (out, into) => format!("{out}: egress, {into}: ingress"),
    }
}

/// Policies of the namespace `a`, given as their specs.
fn holds(what: &str, specs: &[&str], expected: &[(&str, &str)]) {
    let mut text =
        String::from("apiVersion: v1\nkind: Namespace\nmetadata: {name: b, labels: {team: data}}\n");
    for (at, spec) in specs.iter().enumerate() {
        text.push_str(&format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p{at}, namespace: a}}\nspec: {spec}\n"
        ));
    }
    let mut sources = Sources::default();
    let source = sources.add("policies.yaml", text.as_str());
    let (documents, wrong) = parse(source, &text);
    assert_eq!(wrong, [], "{what}");
    let policies = Policies::read(&documents);
    for (connection, expected) in expected {
        assert_eq!(says(&policies, connection), *expected, "{what}: {connection}");
    }
}

const WEB: &str = "{matchLabels: {app: web}}";

#[test]
fn types_of_policies_have_defaults() {
    holds("nothing selects a pod", &[], &[("web -> db 1", "yes"), ("web -> 192.0.2.1/32 1", "yes")]);
    holds(
        "no types, no rules",
        &["{podSelector: {}}"],
        &[("web -> db 1", "no: ingress"), ("web -> 192.0.2.1/32 1", "yes")],
    );
    holds(
        "no types, egress rules: closes ingress too",
        &["{podSelector: {}, egress: [{}]}"],
        &[("web -> 192.0.2.1/32 1", "yes"), ("far -> web 8080", "no: ingress")],
    );
    holds(
        "no types, an empty list of egress rules: egress stays open",
        &["{podSelector: {}, ingress: [{}], egress: []}"],
        &[("web -> db 1", "yes")],
    );
    holds(
        "egress alone",
        &["{podSelector: {}, policyTypes: [Egress]}"],
        &[("web -> db 1", "no: egress"), ("far -> web 1", "yes")],
    );
    holds(
        "rules of a type that is not named count for nothing",
        &["{podSelector: {}, policyTypes: [Ingress], ingress: [{}], egress: [{ports: [{port: 1}]}]}"],
        &[("web -> db 2", "yes")],
    );
}

#[test]
fn policies_add_up_and_rules_too() {
    let deny = "{podSelector: {}, policyTypes: [Ingress, Egress]}";
    holds("denied", &[deny], &[("web -> db 5432", "no: egress, no: ingress")]);
    let out = "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}]}";
    let into = "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]}";
    holds("one end", &[deny, out], &[("web -> db 5432", "no: ingress")]);
    holds("the other end", &[deny, into], &[("web -> db 5432", "no: egress")]);
    holds(
        "both ends",
        &[deny, out, into],
        &[("web -> db 5432", "yes"), ("web -> db 5433", "no: egress, no: ingress")],
    );
    holds(
        "the way back is open, the other way is not",
        &[deny, out, into],
        &[("db -> web 5432", "no: egress, no: ingress")],
    );
}

#[test]
fn peers_are_joined_by_and_or_by_or() {
    let rule =
        |peers: &str| format!("{{podSelector: {{matchLabels: {{app: db}}}}, ingress: [{{from: {peers}}}]}}");
    let cases = [
        ("own namespace only", "[{podSelector: {matchLabels: {app: web}}}]", "yes", "no: ingress"),
        ("all pods of the own namespace", "[{podSelector: {}}]", "yes", "no: ingress"),
        (
            "a namespace by its name",
            "[{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: b}}}]",
            "no: ingress",
            "yes",
        ),
        (
            "a namespace by its object's label",
            "[{namespaceSelector: {matchLabels: {team: data}}}]",
            "no: ingress",
            "yes",
        ),
        (
            "a label that no namespace has",
            "[{namespaceSelector: {matchLabels: {name: b}}}]",
            "no: ingress",
            "no: ingress",
        ),
        ("all namespaces", "[{namespaceSelector: {}}]", "yes", "yes"),
        (
            "both in one peer: and",
            "[{namespaceSelector: {matchLabels: {team: data}}, podSelector: {matchLabels: {app: db}}}]",
            "no: ingress",
            "no: ingress",
        ),
        (
            "two peers: or",
            "[{namespaceSelector: {matchLabels: {team: data}}}, {podSelector: {matchLabels: {app: web}}}]",
            "yes",
            "yes",
        ),
        ("nobody named", "[]", "yes", "yes"),
        (
            "addresses are not pods' for sure",
            "[{ipBlock: {cidr: 10.0.0.0/8}}]",
            "maybe: ingress",
            "maybe: ingress",
        ),
        ("addresses that no pod has", "[{ipBlock: {cidr: 192.0.2.0/24}}]", "no: ingress", "no: ingress"),
    ];
    for (what, peers, near, far) in cases {
        holds(what, &[&rule(peers)], &[("web -> db 5432", near), ("far -> db 5432", far)]);
    }
    holds("no rule at all", &["{podSelector: {}, ingress: []}"], &[("web -> db 1", "no: ingress")]);
    holds("a rule that says nothing", &["{podSelector: {}, ingress: [{}]}"], &[("web -> db 1", "yes")]);
}

#[test]
fn expressions_select_too() {
    let cases = [
        ("{key: tier, operator: In, values: [front, back]}", "no: ingress"),
        ("{key: tier, operator: NotIn, values: [front]}", "yes"),
        ("{key: absent, operator: NotIn, values: [front]}", "no: ingress"),
        ("{key: tier, operator: Exists}", "no: ingress"),
        ("{key: tier, operator: DoesNotExist}", "yes"),
        ("{key: tier, operator: Sometimes}", "yes"),
    ];
    for (expression, expected) in cases {
        let spec =
            format!("{{podSelector: {{matchLabels: {{app: web}}, matchExpressions: [{expression}]}}}}");
        holds(expression, &[&spec], &[("db -> web 8080", expected)]);
    }
}

#[test]
fn ports_have_defaults_names_and_ends() {
    let rule = |ports: &str| format!("{{podSelector: {WEB}, ingress: [{{ports: {ports}}}]}}");
    let cases = [
        ("[]", "db -> web UDP 9", "yes"),
        ("[{port: 53}]", "db -> web 53", "yes"),
        ("[{port: 53}]", "db -> web UDP 53", "no: ingress"),
        ("[{port: 53, protocol: UDP}]", "db -> web 53", "no: ingress"),
        ("[{protocol: UDP}]", "db -> web UDP 9", "yes"),
        ("[{port: 7000, endPort: 7010}]", "db -> web 7010", "yes"),
        ("[{port: 7000, endPort: 7010}]", "db -> web 7005-7011", "no: ingress"),
        ("[{port: 7000, endPort: 7005}, {port: 7006, endPort: 7010}]", "db -> web 7000-7010", "yes"),
        ("[{port: http}]", "db -> web 8080", "yes"),
        ("[{port: http}]", "db -> web 80", "no: ingress"),
        ("[{port: sql}]", "db -> web 8080", "no: ingress"),
    ];
    for (ports, connection, expected) in cases {
        holds(ports, &[&rule(ports)], &[(connection, expected)]);
    }
    let out =
        |ports: &str| format!("{{podSelector: {WEB}, policyTypes: [Egress], egress: [{{ports: {ports}}}]}}");
    holds("a name is the answering pod's", &[&out("[{port: sql}]")], &[("web -> db 5432", "yes")]);
    holds("and nobody's outside", &[&out("[{port: sql}]")], &[("web -> 192.0.2.1/32 5432", "no: egress")]);
}

#[test]
fn addresses_are_counted() {
    let to = |peers: &str| {
        format!(
            "{{podSelector: {WEB}, policyTypes: [Egress], egress: [{{to: {peers}, ports: [{{port: 443}}]}}]}}"
        )
    };
    let open = to("[{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]");
    holds(
        "all but one",
        &[&open],
        &[
            ("web -> 192.0.2.0/24 443", "yes"),
            ("web -> 169.254.169.254/32 443", "no: egress"),
            ("web -> 169.254.0.0/16 443", "no: egress"),
            ("web -> 192.0.2.0/24 80", "no: egress"),
            ("web -> 2001:db8::1/128 443", "no: egress"),
        ],
    );
    let halves = to("[{ipBlock: {cidr: 192.0.2.0/25}}, {ipBlock: {cidr: 192.0.2.128/25}}]");
    holds("two halves", &[&halves], &[("web -> 192.0.2.0/24 443", "yes")]);
    holds(
        "pods are no addresses",
        &[&to("[{namespaceSelector: {}}]")],
        &[("web -> 192.0.2.1/32 443", "no: egress")],
    );
    let apart = "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 192.0.2.0/25}}]}, {to: [{ipBlock: {cidr: 192.0.2.128/25}}], ports: [{port: 443}]}]}";
    holds(
        "halves with ports of their own",
        &[apart],
        &[("web -> 192.0.2.0/24 443", "yes"), ("web -> 192.0.2.0/24 80", "no: egress")],
    );
}

#[test]
fn pods_on_the_nodes_network_are_not_selected() {
    let deny = "{podSelector: {}, policyTypes: [Ingress, Egress]}";
    holds("it is open itself", &[deny], &[("node -> 192.0.2.1/32 1", "yes")]);
    let from = "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}";
    holds("nobody knows it by labels", &[from], &[("web -> db 1", "yes"), ("node -> db 1", "no: ingress")]);
}

#[test]
fn a_selector_is_within_another_when_it_takes_no_more() {
    let selector = |text: &str| {
        let mut sources = Sources::default();
        let source = sources.add("selector.yaml", text);
        let node: Node = parse_one(source, text).0.unwrap();
        Selector::read(&node)
    };
    let cases = [
        ("{matchLabels: {a: x, b: y}}", "{matchLabels: {a: x}}", true),
        ("{matchLabels: {a: x}}", "{matchLabels: {a: x, b: y}}", false),
        ("{matchLabels: {a: x}}", "{}", true),
        ("{}", "{matchLabels: {a: x}}", false),
        ("{matchLabels: {a: x}}", "{matchLabels: {a: z}}", false),
        ("{matchLabels: {a: x}}", "{matchExpressions: [{key: a, operator: In, values: [x, y]}]}", true),
        ("{matchExpressions: [{key: a, operator: In, values: [x, y]}]}", "{matchLabels: {a: x}}", false),
        ("{matchLabels: {a: x}}", "{matchExpressions: [{key: a, operator: NotIn, values: [y]}]}", true),
        ("{matchLabels: {a: x}}", "{matchExpressions: [{key: a, operator: Exists}]}", true),
        (
            "{matchExpressions: [{key: a, operator: DoesNotExist}]}",
            "{matchExpressions: [{key: a, operator: NotIn, values: [y]}]}",
            true,
        ),
    ];
    for (one, other, expected) in cases {
        assert_eq!(selector(one).within(&selector(other)), expected, "{one} in {other}");
    }
    assert_eq!(
        selector("{matchLabels: {a: x}, matchExpressions: [{key: b, operator: Exists}]}").to_string(),
        "a=x,b"
    );
}
