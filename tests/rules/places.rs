//! Where a finding points: to the line of the layer that caused it, whatever rule found it.
//!
//! The problems are made by hand, so that this holds for every rule there is and will be.

use crate::support::library;
use sparkctl::compile::cause::{Field, TextLine};
use sparkctl::compile::{Compiled, compile_all};
use sparkctl::diagnostic::text::{self, Limit};
use sparkctl::diagnostic::{Finding, Label, Report};
use sparkctl::layer::tree::Node;
use sparkctl::library::Library;
use sparkctl::release::{Release, Values};
use sparkctl::rules::set::Set;
use sparkctl::rules::{Place, Problem, locate};
use std::fs;

/// A release of `connect`, and what is done to it before it is compiled.
fn connect(library: &Library, environment: &str, change: impl Fn(&mut Release)) -> Compiled {
    let mut release = Release::of(environment, "connect").unwrap();
    change(&mut release);
    compile_all(library, &release).unwrap()
}

fn set(compiled: &mut Release, words: &[&str]) {
    compiled.set = words.iter().map(|word| (*word).to_owned()).collect();
}

fn object(compiled: &Compiled, kind: &str, end: &str) -> usize {
    let found =
        |manifest: &sparkctl::compile::Manifest| manifest.id.kind == kind && manifest.id.name.ends_with(end);
    compiled.manifests.iter().position(found).unwrap_or_else(|| panic!("there is no {kind}/...{end}"))
}

/// A field of the Connect server's StatefulSet.
fn field(compiled: &Compiled, path: &str) -> Place {
    let at = object(compiled, "StatefulSet", "-spark-connect");
    Place::Field(at, Field { path: path.parse().unwrap(), line: None })
}

/// A line of a file of the Connect server's ConfigMap.
fn line(compiled: &Compiled, file: &str, words: &str) -> Place {
    let at = object(compiled, "ConfigMap", "-spark-connect");
    let path: sparkctl::layer::path::SpecPath = format!("data[\"{file}\"]").parse().unwrap();
    let text = compiled.manifests[at].object.at(&path).and_then(Node::as_str).unwrap();
    let number = text.lines().position(|line| line.trim_start() == words);
    let number = number.unwrap_or_else(|| panic!("{file} has no line {words:?}:\n{text}")) + 1;
    Place::Field(at, Field { path, line: Some(TextLine { number, text: words.to_owned() }) })
}

/// What a finding of a problem at a place points to.
fn finding(library: &Library, compiled: &Compiled, at: Place) -> Finding {
    let problem = Problem::new("spark/heap-too-small", "wrong", at, "here");
    locate::compiled(library, compiled, vec![problem]).remove(0).finding
}

/// The places of a finding: `FILE:LINE: TEXT (LABEL)`, the text cut at the end of its first line.
fn places(compiled: &Compiled, finding: &Finding) -> Vec<String> {
    let sources = &compiled.report.sources;
    let shown = |label: &Label| {
        let place = sources.locate(label.span);
        let (place, _column) = place.rsplit_once(':').unwrap();
        let text = sources.slice(label.span).lines().next().unwrap_or_default();
        format!("{place}: {text} ({})", label.text)
    };
    finding.labels().map(shown).collect()
}

fn told(library: &Library, compiled: &Compiled, at: Place) -> Vec<String> {
    places(compiled, &finding(library, compiled, at))
}

const MEMORY: &str = "spec.template.spec.containers[0].resources.limits.memory";

#[test]
fn an_argument_is_the_place_of_what_it_caused() {
    let compiled = connect(library(), "prod", |release| {
        set(release, &["connect.replicas=3", "spark.logLevel=info", "connect.driver.memory=9g"]);
    });
    let found = told(library(), &compiled, field(&compiled, MEMORY));
    assert_eq!(found[0], "--set:1: 9g (here)");
    assert_eq!(found[1], "built-in:environments/prod.yaml:67: 2g (together with this)");
    assert!(found[2].starts_with("built-in:templates/spark-connect/statefulset.yaml.j2:"), "{found:?}");
    assert!(found[2].ends_with(": memory: {{ memory }} (rendered here)"), "{found:?}");
    assert_eq!(found.len(), 3, "{found:?}");
    let found = told(library(), &compiled, field(&compiled, "spec.replicas"));
    assert_eq!(found[0], "--set:1: 3 (here)");
}

#[test]
fn a_values_file_is_the_place_of_what_it_caused() {
    let compiled = connect(library(), "prod", |release| {
        let text = "connect:\n  replicas: 4\n  executor:\n    localStorage: 70Gi\n".to_owned();
        release.values = Some(Values { name: "nightly.yaml".to_owned(), text });
    });
    let found = told(library(), &compiled, field(&compiled, "spec.replicas"));
    assert_eq!(found[0], "nightly.yaml:2: 4 (here)");
}

#[test]
fn an_environment_and_the_overlay_of_a_preset_are_places_of_what_they_caused() {
    let compiled = connect(library(), "prod", |_| {});
    let found = told(library(), &compiled, field(&compiled, "spec.replicas"));
    assert!(found[0].starts_with("built-in:environments/prod.yaml:"), "{found:?}");
    let event_log = line(&compiled, "spark-defaults.conf", "spark.eventLog.enabled=true");
    let found = told(library(), &compiled, event_log);
    assert!(found[0].starts_with("built-in:presets/connect.yaml:"), "{found:?}");
    assert!(found[0].ends_with(": true (here)"), "{found:?}");
}

#[test]
fn a_feature_is_the_place_of_what_it_caused() {
    let compiled = connect(library(), "prod", |release| release.features.extend(["iceberg".to_owned()]));
    let at = object(&compiled, "ConfigMap", "-spark-connect");
    let defaults = compiled.manifests[at].object.below(&["data", "spark-defaults.conf"]).unwrap();
    let words = defaults.as_str().unwrap().lines().find(|line| line.starts_with("spark.sql.extensions="));
    let found = told(library(), &compiled, line(&compiled, "spark-defaults.conf", words.unwrap()));
    assert!(found[0].starts_with("built-in:presets/iceberg.yaml:"), "{found:?}");
}

#[test]
fn layers_of_a_project_are_places_of_what_they_caused() {
    let place = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = place.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "sparkctl.yaml",
        "apiVersion: sparkctl/v1alpha1\nkind: Project\nmetadata: {name: sales}\nspec: {releases: {}}\n",
    );
    write(
        "environments/prod.yaml",
        "apiVersion: sparkctl/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  connect:\n    \
         replicas: 5\n",
    );
    write(
        "presets/connect.yaml",
        "apiVersion: sparkctl/v1alpha1\nkind: Preset\nmetadata: {name: connect}\nspec:\n  spark:\n    conf:\n      \
         spark.sql.shuffle.partitions: 7\n",
    );
    let library = Library::load(Some(place.path()), "").unwrap();
    let compiled = connect(&library, "prod", |_| {});
    let found = told(&library, &compiled, field(&compiled, "spec.replicas"));
    assert_eq!(found[0], "environments/prod.yaml:6: 5 (here)");
    let partitions = line(&compiled, "spark-defaults.conf", "spark.sql.shuffle.partitions=7");
    let found = told(&library, &compiled, partitions);
    assert_eq!(found[0], "presets/connect.yaml:7: 7 (here)");
}

#[test]
fn a_line_of_a_configuration_file_has_the_property_that_caused_it() {
    let compiled = connect(library(), "prod", |release| {
        set(release, &["spark.conf[\"spark.sql.shuffle.partitions\"]=400"]);
    });
    let at = line(&compiled, "spark-defaults.conf", "spark.sql.shuffle.partitions=400");
    let found = told(library(), &compiled, at);
    assert_eq!(found[0], "--set:1: 400 (here)");
    assert!(found.last().unwrap().contains("spark-defaults.conf.j2:"), "{found:?}");
}

#[test]
fn a_field_of_the_executors_template_has_the_leaf_that_caused_it() {
    let compiled = connect(library(), "prod", |release| {
        let text = "connect:\n  executor:\n    localStorage: 70Gi\n".to_owned();
        release.values = Some(Values { name: "nightly.yaml".to_owned(), text });
    });
    let set = Set::of(library(), &compiled);
    let subject = set.view();
    let pod = subject.pods.iter().find(|pod| pod.file.is_some()).unwrap();
    let volumes = pod.spec.list("volumes").iter();
    let limit = volumes.filter_map(|volume| volume.below(&["emptyDir", "sizeLimit"]));
    let limit = limit.into_iter().find(|limit| limit.as_str() == Some("70Gi")).unwrap();
    let found = told(library(), &compiled, subject.place(limit));
    assert_eq!(found[0], "nightly.yaml:3: 70Gi (here)");
    assert!(found.last().unwrap().contains("_executor.yaml.j2:"), "{found:?}");
}

#[test]
fn what_no_layer_decides_is_at_its_template_line() {
    let compiled = connect(library(), "prod", |_| {});
    let found = told(library(), &compiled, field(&compiled, "spec.podManagementPolicy"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("built-in:templates/spark-connect/statefulset.yaml.j2:"), "{found:?}");
    assert!(found[0].ends_with(": podManagementPolicy: Parallel (here)"), "{found:?}");
}

#[test]
fn what_is_missing_because_nobody_set_it_is_where_it_would_be_set() {
    let compiled = connect(library(), "prod", |_| {});
    let limit = "spec.template.spec.containers[0].resources.limits.cpu";
    let found = told(library(), &compiled, field(&compiled, limit));
    let cpu = compiled.merged.root.at(&"connect.driver.cpu".parse().unwrap()).unwrap();
    let sources = &compiled.report.sources;
    let expected = sources.locate(cpu.span);
    let (expected, _) = expected.rsplit_once(':').unwrap();
    assert!(found[0].starts_with(expected), "{found:?} and not {expected}");
}

#[test]
fn what_a_layer_took_away_is_where_it_did() {
    let compiled = connect(library(), "prod", |release| set(release, &["spark.eventLog.enabled=false"]));
    let missing = line_that_is_missing(&compiled, "spark.eventLog.dir=s3a://spark-logs-prod/events");
    let found = told(library(), &compiled, missing);
    assert_eq!(found[0], "--set:1: false (here)");
}

/// A line that would stand in spark-defaults.conf if somebody had not taken it away.
fn line_that_is_missing(compiled: &Compiled, words: &str) -> Place {
    let whole = connect(library(), "prod", |_| {});
    let text = |compiled: &Compiled| {
        let at = object(compiled, "ConfigMap", "-spark-connect");
        let defaults = compiled.manifests[at].object.below(&["data", "spark-defaults.conf"]).unwrap();
        defaults.as_str().unwrap().to_owned()
    };
    let key = words.split('=').next().unwrap();
    let full = text(&whole).lines().find(|line| line.starts_with(key)).unwrap().to_owned();
    assert!(!text(compiled).contains(&full), "{full}");
    let at = object(compiled, "ConfigMap", "-spark-connect");
    let path = "data[\"spark-defaults.conf\"]".parse().unwrap();
    Place::Field(at, Field { path, line: Some(TextLine { number: 1, text: full }) })
}

#[test]
fn a_finding_says_what_it_is_about_in_words_that_outlive_its_line() {
    let compiled = connect(library(), "prod", |_| {});
    let about = finding(library(), &compiled, field(&compiled, MEMORY)).about.unwrap();
    assert_eq!(about.object, "StatefulSet.apps/spark-prod/connect-spark-connect");
    assert_eq!(about.field, MEMORY);
    let path = "connect.replicas".parse().unwrap();
    let about = finding(library(), &compiled, Place::Spec(path)).about.unwrap();
    assert_eq!((about.object.as_str(), about.field.as_str()), ("spec", "connect.replicas"));
}

#[test]
fn a_reader_sees_the_line_to_change_first() {
    let compiled = connect(library(), "prod", |release| {
        let text = "connect:\n  driver:\n    memory: 9g\n".to_owned();
        release.values = Some(Values { name: "nightly.yaml".to_owned(), text });
    });
    let problem = Problem::new(
        "spark/heap-too-small",
        "the driver's memory does not fit",
        field(&compiled, MEMORY),
        "this heap",
    )
    .why("the pod is killed with exit code 137")
    .help("lower `connect.driver.memory`");
    let missing = Problem::new(
        "spark/heap-too-small",
        "the pods start in no order",
        field(&compiled, "spec.podManagementPolicy"),
        "decided here",
    );
    let located = locate::compiled(library(), &compiled, vec![problem, missing]);
    let findings = located.into_iter().map(|located| located.finding).collect();
    let report = Report::new(findings, compiled.report.sources.clone());
    insta::assert_snapshot!(text::render(&report, false, Limit::None));
}
