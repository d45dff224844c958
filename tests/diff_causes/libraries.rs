//! One release in two states of a project: a branch and its base.

use super::support::{PROJECT, Project, descriptor};
use super::told::told;
use super::*;
use sparkctl::diff::causes::apply::applied;
use sparkctl::diff::causes::{Cause, CauseKind};

const THING: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ component.fullname }}
  namespace: {{ release.namespace }}
data:
  replicas: {{ spec.connect.replicas | string }}
  fixed: one
";

/// The causes between two projects of these files, as text; what they must give holds.
fn between(base: &[(&str, &str)], branch: &[(&str, &str)]) -> String {
    let project = |files: &[(&str, &str)]| Project::with_thing(files.iter().copied());
    let (base, branch) = (project(base), project(branch));
    let (old, new) = (base.load().unwrap(), branch.load().unwrap());
    let release = super::release("prod", "connect", &[], &[]);
    let (before, after) = (built(&old, &release), built(&new, &release));
    let difference = difference(&before, &after);
    let causes = causes((&old, &before), (&new, &after), &difference);
    let all: Vec<&Cause> = causes.causes.iter().collect();
    let made = applied((&old, &before), (&new, &after), &all).unwrap_or_else(|failure| panic!("{failure}"));
    let left = compare(&objects(&made), &compiled(&after), &Correspondence::default());
    assert!(left.changes.is_empty(), "{:#?}", left.changes);
    assert!(!causes.causes.iter().any(|cause| cause.kind == CauseKind::Program), "{causes:#?}");
    told(&difference, &causes)
}

fn prod(spec: &str) -> String {
    format!(
        "apiVersion: sparkctl/v1alpha1\nkind: Environment\nmetadata: {{name: prod, title: Production}}\nspec:\n{spec}"
    )
}

#[test]
fn a_line_of_a_layer() {
    let (base, branch) = (prod("  connect: {replicas: 2}\n"), prod("  connect:\n    replicas: 3\n"));
    let thing = ("templates/thing/config.yaml.j2", THING);
    insta::assert_snapshot!(between(
        &[thing, ("environments/prod.yaml", &base)],
        &[thing, ("environments/prod.yaml", &branch)]
    ));
}

#[test]
fn a_template() {
    let changed = THING.replace("fixed: one", "fixed: two\n  more: {{ spec.spark.version }}");
    insta::assert_snapshot!(between(
        &[("templates/thing/config.yaml.j2", THING)],
        &[("templates/thing/config.yaml.j2", &changed)]
    ));
}

#[test]
fn a_template_that_reads_a_new_property() {
    let changed = THING.replace("fixed: one", "fixed: {{ spec.spark.conf[\"a.b\"] }}");
    let layer = prod("  spark: {conf: {a.b: new}}\n");
    insta::assert_snapshot!(between(
        &[("templates/thing/config.yaml.j2", THING)],
        &[("templates/thing/config.yaml.j2", &changed), ("environments/prod.yaml", &layer)]
    ));
}

#[test]
fn a_setting_that_came_with_its_component() {
    let settings = "settings:\n  key: thing\n  schema:\n    type: object\n    required: [word]\n    additionalProperties: false\n    properties: {word: {type: string, description: A word.}}\n";
    let defaults =
        "apiVersion: sparkctl/v1alpha1\nkind: Base\nmetadata: {name: thing}\nspec: {thing: {word: hello}}\n";
    let changed = THING.replace("fixed: one", "fixed: {{ spec.thing.word }}");
    insta::assert_snapshot!(between(
        &[("templates/thing/config.yaml.j2", THING)],
        &[
            ("templates/thing/component.yaml", &descriptor("thing", settings)),
            ("templates/thing/defaults.yaml", defaults),
            ("templates/thing/config.yaml.j2", &changed)
        ]
    ));
}

#[test]
fn a_template_that_came_and_a_template_that_went() {
    let other = THING.replace("component.fullname", "component.fullname ~ \"-other\"");
    insta::assert_snapshot!(between(
        &[
            ("templates/thing/config.yaml.j2", THING),
            ("templates/thing/gone.yaml.j2", &other.replace("other", "gone"))
        ],
        &[("templates/thing/config.yaml.j2", THING), ("templates/thing/other.yaml.j2", &other)]
    ));
}

#[test]
fn what_is_set_to_null_is_named_where_it_is_deleted() {
    let layer = prod("  spark: {conf: {spark.sql.ansi.enabled: \"true\"}}\n");
    let deleted = PROJECT
        .replace("preset: connect", "preset: connect, spec: {spark: {conf: {spark.sql.ansi.enabled: null}}}");
    let files = [("environments/prod.yaml", layer.as_str()), ("templates/thing/config.yaml.j2", THING)];
    let [first, second] = files;
    insta::assert_snapshot!(between(&files, &[first, second, ("sparkctl.yaml", &deleted)]));
}
