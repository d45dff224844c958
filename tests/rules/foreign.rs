//! Manifests that others rendered: what is said of the texts themselves, and where findings in them point.

use crate::support::{fires, quiet};
use sparkctl::compile::cause::{Field, TextLine};
use sparkctl::diagnostic::Finding;
use sparkctl::manifest::read::{Given, Manifests, disk};
use sparkctl::rules::set::Object;
use sparkctl::rules::{self, Place, Problem, locate};
use std::path::Path;

fn findings(text: &str) -> Vec<Finding> {
    let mut manifests = Manifests::default();
    manifests.add("manifests.yaml", text, Given::ByName);
    rules::foreign(manifests, None).findings
}

#[test]
fn a_document_that_is_no_object_is_found() {
    let whole = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: spark}\ndata: {mode: cluster}\n";
    fires("k8s/not-an-object", findings(&whole.replace("metadata: {name: spark}\n", "")));
    fires("k8s/not-an-object", findings("replicaCount: 2\n"));
    quiet("k8s/not-an-object", findings(whole));
    quiet("k8s/not-an-object", findings("---\n# nothing\n---\n"));
}

#[test]
fn where_a_text_ends_early_nothing_else_is_said() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: spark}\n---\na: [\n";
    let rules: Vec<&str> = findings(text).iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["layer/syntax"]);
}

const CONFIG: &str = "apiVersion: v1
kind: ConfigMap
metadata:
  name: spark
data:
  spark-defaults.conf: |
    # The driver.
    spark.driver.memory  4Gi

    spark.executor.memory  8g
  one-line: spark.ui.port 4040
  after-nothing: |2

    spark.ui.port 4040
";

/// The place of a field of `CONFIG`, as `LINE:COLUMN TEXT`.
fn place(path: &str, line: Option<TextLine>) -> String {
    let mut manifests = Manifests::default();
    manifests.add("spark.yaml", CONFIG, Given::ByName);
    let objects: Vec<Object<'_>> =
        manifests.objects.iter().map(|object| Object { id: &object.id, node: &object.node }).collect();
    let at = Place::Field(0, Field { path: path.parse().unwrap(), line });
    let problem = Problem::new("spark/heap-too-small", "wrong", at, "here");
    let located = locate::foreign(&objects, &manifests.sources, vec![problem]).remove(0);
    let span = located.finding.primary.unwrap().span;
    let position = manifests.sources.position(span);
    let text = manifests.sources.slice(span).lines().next().unwrap_or_default();
    format!("{}:{} {text}", position.line, position.column)
}

#[test]
fn findings_point_into_the_file() {
    assert_eq!(place("metadata.name", None), "4:3 name");
    assert_eq!(place("metadata.labels.app", None), "4:3 name: spark");
    let line = |number: usize, text: &str| Some(TextLine { number, text: text.to_owned() });
    let file = "data[\"spark-defaults.conf\"]";
    assert_eq!(place(file, line(2, "spark.driver.memory  4Gi")), "8:5 spark.driver.memory  4Gi");
    assert_eq!(place(file, line(4, "spark.executor.memory  8g")), "10:5 spark.executor.memory  8g");
    assert_eq!(place("data.one-line", None), "11:3 one-line");
    assert_eq!(place("data.after-nothing", line(2, "spark.ui.port 4040")), "14:5 spark.ui.port 4040");
}

/// Manifests as they are found in the wild.
fn fixture(name: &str) -> Manifests {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/foreign");
    disk::read(folder.join(name).to_str().unwrap()).unwrap()
}

/// What is said of a fixture.
fn said(name: &str) -> (Vec<Finding>, String) {
    let report = rules::foreign(fixture(name), None);
    let text = sparkctl::diagnostic::text::render(&report, false, sparkctl::diagnostic::text::Limit::None);
    (report.findings, text.replace(env!("CARGO_MANIFEST_DIR"), ""))
}

#[test]
fn manifests_of_the_wild_are_read_whole() {
    for (name, objects) in [
        ("connect-by-hand.yaml", 8),
        ("history-from-helm.yaml", 4),
        ("thrift-by-hand.yaml", 5),
        ("good/connect-well-made.yaml", 8),
        ("good/history-and-airflow-from-helm.yaml", 9),
        ("good/spark-operator-application.yaml", 6),
        ("good/web-application.yaml", 14),
    ] {
        let manifests = fixture(name);
        assert_eq!((manifests.objects.len(), manifests.findings.len()), (objects, 0), "{name}");
    }
}

#[test]
fn what_is_made_well_has_no_finding() {
    for name in ["connect-well-made", "spark-operator-application", "web-application"] {
        let (findings, text) = said(&format!("good/{name}.yaml"));
        assert!(findings.is_empty(), "{name}:\n{text}");
    }
}

/// Secrets that another set brings, and scratch space without a bound: worth a word, and no fault.
#[test]
fn what_charts_make_has_no_error() {
    let (findings, text) = said("good/history-and-airflow-from-helm.yaml");
    let odd = findings
        .iter()
        .find(|finding| !matches!(finding.rule, "ref/outside-the-set" | "pod/unbounded-scratch"));
    assert!(odd.is_none(), "{text}");
}

#[test]
fn what_is_said_of_the_wild() {
    for name in ["connect-by-hand", "history-from-helm", "thrift-by-hand"] {
        insta::assert_snapshot!(name, said(&format!("{name}.yaml")).1);
    }
}

#[test]
fn scratch_space_of_executors_is_mounted() {
    let text = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/foreign/good/connect-well-made.yaml"),
    )
    .unwrap();
    let without = text.replace("        - {name: spark-local-dir-1, mountPath: /var/data/spark}\n", "");
    assert_ne!(text, without);
    // Spark would add a second volume of that name.
    fires("spark/local-directory", findings(&without));
    quiet("pod/unused-volume", findings(&without));
    quiet("spark/local-directory", findings(&text));
    // Spark resolves variables of its own notation too, whatever they hold.
    quiet("spark/driver-pod-name", findings(&text));
    fires("spark/driver-pod-name", findings(&text.replace("metadata.name}", "metadata.namespace}")));
    // Ivy writes into the home directory.
    let packages = text.replace("spark.ui.port=4040", "spark.ui.port=4040\n    spark.jars.packages=a:b:1");
    fires("pod/no-home", findings(&packages));
}

/// A short credential may be a word that the rules use themselves: a gap in their sentences would tell it.
#[test]
fn a_word_that_is_a_password_leaves_no_gap() {
    let text = "apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: a
    image: docker.io/a/again:1.0.0
    env: [{name: DB_PASSWORD, value: refuses}, {name: DB_PASSWORD, value: refuses}]
    livenessProbe: {tcpSocket: {port: web}}
";
    let found = findings(text);
    let said: Vec<String> =
        found.iter().flat_map(|finding| finding.why.iter().chain(Some(&finding.message))).cloned().collect();
    assert!(said.iter().any(|text| text.contains("refuses the pod")), "{said:?}");
}
