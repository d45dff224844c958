//! A component without Rust: the project in `tests/fixtures/notebook-proxy`.

use crate::support::{manifest, release, report, told};
use serde_json::json;
use sparkctl::compile::{Compiled, cause, compile};
use sparkctl::failure::Failure;
use sparkctl::layer::path::SpecPath;
use sparkctl::library::Library;
use sparkctl::manifest::emit::emit;
use std::path::Path;

/// A project with a component of its own: a Deployment, a Service, a text, settings, flows.
fn notebook_proxy() -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/notebook-proxy");
    Library::load(Some(&root), "").unwrap()
}

fn compiled_with(library: &Library, set: &[&str]) -> Result<Compiled, Failure> {
    let mut release = release("dev");
    release.set = set.iter().map(|argument| (*argument).to_owned()).collect();
    compile(library, &release)
}

#[test]
fn a_component_made_of_files_is_rendered_where_it_is_on() {
    let library = notebook_proxy();
    let compiled = compiled_with(&library, &["notebookProxy.upstreams.b=3"]).unwrap();
    let own = compiled.manifests.iter().filter(|manifest| manifest.component == "notebook-proxy");
    assert_eq!(
        own.map(|manifest| manifest.id.to_string()).collect::<Vec<_>>(),
        [
            "ServiceAccount/connect-notebook-proxy",
            "ConfigMap/connect-notebook-proxy",
            "NetworkPolicy/connect-notebook-proxy",
            "Service/connect-notebook-proxy",
            "Deployment/connect-notebook-proxy",
            "PodDisruptionBudget/connect-notebook-proxy"
        ]
    );
    let config = manifest(&compiled, "ConfigMap", "connect-notebook-proxy").object.to_json();
    assert_eq!(
        config["data"]["proxy.conf"],
        "# What the proxy reads.\nlisten=8080\nidle.timeout=90s\nserver=connect-spark-connect\nupstream.b=3\nupstream.connect=10\n"
    );
    let preconditions: Vec<_> = compiled.preconditions.iter().map(|needed| needed.what.as_str()).collect();
    assert!(preconditions.contains(&"the image registry.corp.internal/proxy:1.2"), "{preconditions:?}");

    let without = compiled_with(&library, &["notebookProxy.enabled=false"]).unwrap();
    assert!(without.manifests.iter().all(|manifest| manifest.component != "notebook-proxy"));
}

#[test]
fn a_flow_to_another_component_stands_in_the_policies_of_both() {
    let library = notebook_proxy();
    let compiled = compiled_with(&library, &[]).unwrap();
    let labels = |component: &str, group: &str| json!({"app.kubernetes.io/name": component, "app.kubernetes.io/instance": "connect", "app.kubernetes.io/component": group});
    let (proxy, server) = (labels("notebook-proxy", "proxy"), labels("spark-connect", "server"));
    let port = json!([{"port": 15002, "protocol": "TCP"}]);
    let rules = |name: &str, direction: &str| {
        let policy = manifest(&compiled, "NetworkPolicy", name).object.to_json();
        policy["spec"][direction].as_array().unwrap().clone()
    };
    let egress = json!({"to": [{"podSelector": {"matchLabels": server}}], "ports": port});
    let ingress = json!({"from": [{"podSelector": {"matchLabels": proxy}}], "ports": port});
    assert!(rules("connect-notebook-proxy", "egress").contains(&egress));
    assert!(rules("connect-spark-connect-server", "ingress").contains(&ingress));
    let off = compiled_with(&library, &["notebookProxy.enabled=false"]).unwrap();
    let policy = manifest(&off, "NetworkPolicy", "connect-spark-connect-server").object.to_json();
    assert!(!policy["spec"]["ingress"].as_array().unwrap().contains(&ingress));
}

#[test]
fn a_flow_to_a_component_that_is_off_is_an_error_at_the_flow() {
    let library = notebook_proxy();
    let report = report(compiled_with(&library, &["connect.enabled=false"]));
    let flow = "graph/bad-flow at templates/notebook-proxy/component.yaml:34:30: there are no pods `spark-connect/server` (in the flow `connect`)";
    assert_eq!(told(&report), [flow]);
}

#[test]
fn settings_of_a_component_are_checked_as_all_others() {
    let library = notebook_proxy();
    for (argument, expected, help) in [
        (
            "notebookProxy.replica=2",
            "layer/unknown-key at --set:1:1: unknown key `notebookProxy.replica` (nothing reads this key)",
            "did you mean `replicas`?",
        ),
        (
            "notebookProx.replicas=2",
            "layer/unknown-key at --set:1:1: unknown key `notebookProx` (nothing reads this key)",
            "did you mean `notebookProxy`?",
        ),
        (
            "notebookProxy.replicas=0",
            "layer/wrong-type at --set:1:24: `notebookProxy.replicas` must be a whole number from 1 to 9 (this is a whole number)",
            "",
        ),
        (
            "notebookProxy.cpu=1Gi",
            "layer/wrong-value at --set:1:19: `notebookProxy.cpu` must be a Kubernetes quantity such as 500m or 4Gi (`1Gi` is not)",
            "",
        ),
        (
            "notebookProxy.idleTimeout=5min",
            "layer/wrong-value at --set:1:27: `notebookProxy.idleTimeout` must be a duration such as 30s, 5m or 7d (`5min` is no duration such as 30s, 5m, 1h or 7d)",
            "",
        ),
        (
            "notebookProxy.image=null",
            "layer/missing-key at --set:1:21: `notebookProxy.image` is not set (deleted here)",
            "set it to text",
        ),
    ] {
        let report = report(compiled_with(&library, &[argument]));
        assert_eq!(told(&report), [expected]);
        let found = report.findings[0].help.as_deref().unwrap_or_default();
        assert!(found.contains(help), "{argument}: {found}");
    }
}

#[test]
fn a_rendered_line_is_explained_back_to_the_defaults_and_to_an_override() {
    let library = notebook_proxy();
    let compiled = compiled_with(&library, &[]).unwrap();
    for (kind, wanted, template, leaf, origins) in [
        (
            "Deployment",
            "  replicas: 2",
            "templates/notebook-proxy/deployment.yaml.j2:8:3",
            "notebookProxy.replicas",
            &["templates/notebook-proxy/defaults.yaml:7:15"][..],
        ),
        (
            "ConfigMap",
            "    idle.timeout=90s",
            "templates/notebook-proxy/proxy.conf.j2:3:1",
            "notebookProxy.idleTimeout",
            &["sparkctl.yaml:13:24", "templates/notebook-proxy/defaults.yaml:10:18"],
        ),
    ] {
        let object = manifest(&compiled, kind, "connect-notebook-proxy");
        let written = emit(&object.object).unwrap();
        let line = written.lines().position(|line| line == wanted).unwrap_or_else(|| panic!("{written}")) + 1;
        let cause = cause::of(&library, &compiled, object, cause::field_at(object, line).unwrap());
        assert_eq!(compiled.report.sources.locate(cause.template.unwrap()), template);
        let named = |paths: &[SpecPath]| paths.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(named(&cause.leaves), [leaf]);
        // Turning the component off takes every line of it away.
        assert_eq!(named(&cause.presence), ["notebookProxy.enabled"]);
        let node = compiled.merged.root.at(&leaf.parse().unwrap()).unwrap();
        let chain = std::iter::once(node).chain(node.history());
        let places: Vec<_> = chain.map(|node| compiled.report.sources.locate(node.span)).collect();
        assert_eq!(places, origins);
    }
}
