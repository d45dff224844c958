//! What templates make: objects that are told apart, files that are not lost.

use crate::support::{Project, manifest, release, report, told};
use serde_json::json;

/// The smallest object.
const THING: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: thing\n  namespace: spark\n";

#[test]
fn two_templates_that_make_one_object_are_an_error() {
    let project = Project::with_thing([
        ("templates/thing/a.yaml.j2", THING),
        ("templates/thing/b.yaml.j2", THING),
        // Another group is another object; another version of one group is the same.
        ("templates/thing/c.yaml.j2", "apiVersion: one.example/v1\nkind: Deployment\nmetadata: {name: d}\n"),
        ("templates/thing/d.yaml.j2", "apiVersion: one.example/v2\nkind: Deployment\nmetadata: {name: d}\n"),
        ("templates/thing/e.yaml.j2", "apiVersion: two.example/v2\nkind: Deployment\nmetadata: {name: e}\n"),
    ]);
    let report = report(project.compile(&release("dev")));
    assert_eq!(
        told(&report),
        [
            "k8s/duplicate-object at templates/thing/b.yaml.j2:1:1: two templates make ConfigMap/thing (this one)",
            "k8s/duplicate-object at templates/thing/d.yaml.j2:1:1: two templates make Deployment/d (this one)",
        ]
    );
    assert_eq!(report.sources.locate(report.findings[0].related[0].span), "templates/thing/a.yaml.j2:1:1");
}

#[test]
fn two_objects_of_one_file_name_are_an_error() {
    let project = Project::with_thing([
        ("templates/thing/a.yaml.j2", "apiVersion: one.example/v1\nkind: Thing\nmetadata: {name: a}\n"),
        ("templates/thing/b.yaml.j2", "apiVersion: two.example/v1\nkind: Thing\nmetadata: {name: a}\n"),
        (
            "templates/thing/c.yaml.j2",
            "apiVersion: one.example/v1\nkind: Vault\nmetadata: {name: s, namespace: one}\n",
        ),
        (
            "templates/thing/d.yaml.j2",
            "apiVersion: one.example/v1\nkind: Vault\nmetadata: {name: s, namespace: two}\n",
        ),
    ]);
    let report = report(project.compile(&release("dev")));
    assert_eq!(
        told(&report),
        [
            "k8s/duplicate-object at templates/thing/b.yaml.j2:1:1: two objects would be written to one file, thing/thing-a.yaml (this one)",
            "k8s/duplicate-object at templates/thing/d.yaml.j2:1:1: two objects would be written to one file, thing/vault-s.yaml (this one)",
        ]
    );
}

#[test]
fn a_template_may_make_nothing_or_several_objects_and_nulls_are_left_out() {
    let project = Project::with_thing([
        ("templates/thing/nothing.yaml.j2", "{% if false %}\na: b\n{% endif %}\n"),
        ("templates/thing/comment.yaml.j2", "# only a comment\n"),
        (
            "templates/thing/two.yaml.j2",
            "apiVersion: example.org/v1\nkind: Thing\nmetadata:\n  name: a\n  labels: {{ none }}\ndata:\n  kept: x\n  dropped: ~\n  list: [{a: ~, b: 1}]\n---\napiVersion: example.org/v1\nkind: Thing\nmetadata:\n  name: b\n",
        ),
    ]);
    let compiled = project.compile(&release("dev")).unwrap();
    let own: Vec<_> = compiled.manifests.iter().filter(|manifest| manifest.component == "thing").collect();
    assert_eq!(
        own.iter().map(|manifest| manifest.path()).collect::<Vec<_>>(),
        ["thing/thing-a.yaml", "thing/thing-b.yaml"]
    );
    assert_eq!(
        own[0].object.to_json(),
        json!({"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"}, "data": {"kept": "x", "list": [{"b": 1}]}})
    );
}

#[test]
fn a_template_of_the_project_replaces_the_built_in_one_whole() {
    let project = Project::of([(
        "templates/namespace/namespace.yaml.j2",
        "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {{ release.namespace }}\n",
    )]);
    let compiled = project.compile(&release("dev")).unwrap();
    let mut namespace = manifest(&compiled, "Namespace", "spark").object.to_json();
    // What sparkctl says to those who sync it belongs to no template.
    let care = namespace["metadata"].as_object_mut().unwrap().remove("annotations").unwrap();
    assert_eq!(care["argocd.argoproj.io/sync-options"], "Prune=false,Delete=false");
    assert_eq!(namespace, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "spark"}}));
}
