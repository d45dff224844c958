//! All causes applied give the other side; all but one of them do not.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value as Json, json};
use sparkctl::diff::causes::apply::applied;
use sparkctl::diff::causes::{Cause, CauseKind};
use sparkctl::layer::document::PresetRole;
use sparkctl::layer::path::{Segment, SpecPath};
use sparkctl::release::Values;
use sparkctl::spec::vary;
use std::sync::LazyLock;

/// Holds a pair of releases to the laws.
fn hold(library: &Library, before: &Release, after: &Release) {
    let label = format!("{} -> {} {:?}", before.place(), after.place(), after.features);
    let (old, new, difference, causes) = why(library, before, after);
    let sides = ((library, &old), (library, &new));
    let explained: usize = causes.causes.iter().map(|cause| cause.fields.len() + cause.objects.len()).sum();
    assert!(explained > 0 || difference.changes.is_empty(), "{label}: nothing is explained");
    for cause in &causes.causes {
        assert!(!matches!(cause.kind, CauseKind::Program | CauseKind::Templates(_)), "{label}: {cause:?}");
    }
    let all: Vec<&Cause> = causes.causes.iter().collect();
    let made = applied(sides.0, sides.1, &all).unwrap_or_else(|failure| panic!("{label}: {failure}"));
    let same = Correspondence::default();
    let left = compare(&objects(&made), &compiled(&new), &same);
    assert!(left.changes.is_empty(), "{label}: {:#?}", left.changes);
    for (at, cause) in causes.causes.iter().enumerate() {
        let CauseKind::Leaves(leaves) = &cause.kind else { continue };
        let [leaf] = leaves.as_slice() else { continue };
        let mentions = |other: &Cause| match &other.kind {
            CauseKind::Leaves(others) => others.contains(leaf),
            _ => false,
        };
        let rest = causes.causes.iter().enumerate().filter(|(other, one)| *other != at && !mentions(one));
        let rest: Vec<&Cause> = rest.map(|(_, cause)| cause).collect();
        let Ok(made) = applied(sides.0, sides.1, &rest) else { continue };
        let left = compare(&objects(&made), &compiled(&new), &same);
        assert!(!left.changes.is_empty(), "{label}: nothing needs {}", leaf.path);
    }
}

const PAIRS: [(&str, &str); 3] = [("staging", "prod"), ("dev", "prod"), ("dev", "staging")];

#[test]
fn all_causes_give_the_other_side_and_fewer_do_not() {
    let library = Library::load(None, "").unwrap();
    for (from, to) in PAIRS {
        for preset in library.presets(PresetRole::Scenario) {
            hold(&library, &release(from, preset, &[], &[]), &release(to, preset, &[], &[]));
        }
    }
}

#[test]
fn with_features_and_arguments_too() {
    let library = Library::load(None, "").unwrap();
    let pairs: [(Release, Release); 4] = [
        (
            release("staging", "jupyter-connect", &["iceberg"], &[]),
            release("prod", "jupyter-connect", &["iceberg", "spot"], &["spark.logLevel=debug"]),
        ),
        (
            release("dev", "connect", &[], &["spark.version=3.5", "connect.executor.cores=1"]),
            release("staging", "connect", &["openshift"], &["spark.version=4.1"]),
        ),
        (
            release(
                "prod",
                "connect",
                &[],
                &["connect.executor.tolerations.a={\"key\":\"a\",\"effect\":\"NoSchedule\"}"],
            ),
            release("prod", "standalone", &[], &[]),
        ),
        (release("dev", "connect", &[], &[]), release("dev", "airflow-connect", &[], &[])),
    ];
    for (before, after) in &pairs {
        hold(&library, before, after);
        hold(&library, after, before);
    }
}

/// A mapping that has a value at a path.
fn put(root: &mut Json, path: &SpecPath, value: Json) {
    let mut here = root;
    for segment in &path.0 {
        let Segment::Key(key) = segment else { return };
        if !here.is_object() {
            *here = json!({});
        }
        here = here.as_object_mut().unwrap().entry(key.clone()).or_insert(Json::Null);
    }
    *here = value;
}

fn leaves(compiled: &Compiled) -> Vec<(SpecPath, Json)> {
    let mut leaves = Vec::new();
    compiled.merged.root.each_leaf(&mut |path, leaf| leaves.push((path.clone(), leaf.to_json())));
    leaves
}

static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::load(None, "").unwrap());

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, rng_seed: RngSeed::Fixed(12), ..ProptestConfig::default() })]

    /// Whatever leaves a release sets to whatever values its schema allows, both laws hold.
    #[test]
    fn any_leaves_that_differ(
        chosen in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
        preset in prop::sample::select(vec!["connect", "jupyter-connect", "standalone", "airflow-connect"]),
    ) {
        let before = release("prod", preset, &[], &[]);
        let all = leaves(&built(&LIBRARY, &before));
        let mut values = json!({});
        for (leaf, other) in chosen {
            let (path, now) = leaf.get(&all);
            let others = LIBRARY.schemas.at(path).map(|schema| vary::others(schema, Some(now))).unwrap_or_default();
            if !others.is_empty() {
                put(&mut values, path, other.get(&others).clone());
            }
        }
        let values = Values { name: "values.yaml".to_owned(), text: values.to_string() };
        let after = Release { values: Some(values), ..before.clone() };
        // Not every combination that the schema allows is a platform.
        if compile_all(&LIBRARY, &after).is_ok() {
            hold(&LIBRARY, &before, &after);
            hold(&LIBRARY, &after, &before);
        }
    }
}
