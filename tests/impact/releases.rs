//! Releases of what is built in, held against one another.

use super::matrix::releases;
use super::shown;
use sparkctl::compile::{Compiled, compile};
use sparkctl::diff::impact::{Effect, impacts};
use sparkctl::diff::{Correspondence, compare, compiled};
use sparkctl::library::Library;
use sparkctl::release::Release;
use std::collections::BTreeMap;

fn of(library: &Library, environment: &str, preset: &str) -> Compiled {
    compile(library, &Release::of(environment, preset).unwrap()).unwrap()
}

fn same(before: &Compiled, after: &Compiled) -> Correspondence {
    let namespace = |side: &Compiled| side.release.namespace.to_string();
    let name = |side: &Compiled| side.release.name.to_string();
    Correspondence {
        namespaces: BTreeMap::from([(namespace(before), namespace(after))]),
        release: Some((name(before), name(after))),
    }
}

fn told(from: &str, to: &str, preset: &str) -> String {
    let library = Library::load(None, "").unwrap();
    let (from, to) = (of(&library, from, preset), of(&library, to, preset));
    let (before, after) = (compiled(&from), compiled(&to));
    let difference = compare(&before, &after, &same(&from, &to));
    let found = impacts(&difference, &before, &after);
    let mut text = String::new();
    for impact in found.iter().filter(|impact| impact.effect > Effect::Nothing) {
        text.push_str(&format!("{:<9} {}\n", impact.effect.label(), impact.text));
    }
    let quiet = found.iter().filter(|impact| impact.effect == Effect::Nothing).count();
    text.push_str(&format!("and {quiet} that nothing notices\n"));
    text
}

#[test]
fn what_promotion_between_environments_does() {
    insta::assert_snapshot!("staging-prod-jupyter", told("staging", "prod", "jupyter-connect"));
    insta::assert_snapshot!("dev-prod-standalone", told("dev", "prod", "standalone"));
}

#[test]
fn a_field_of_a_release_has_the_effects_that_its_documentation_names() {
    let library = Library::load(None, "").unwrap();
    let base = of(&library, "prod", "jupyter-connect");
    let with = |set: &[&str]| {
        let mut release = Release::of("prod", "jupyter-connect").unwrap();
        release.set = set.iter().map(|one| (*one).to_owned()).collect();
        compile(&library, &release).unwrap()
    };
    let mut text = String::new();
    for set in [
        &["connect.replicas=3"][..],
        &["connect.executor.memory=14g"],
        &["jupyter.storage=20Gi"],
        &["metastore.replicas=3"],
        &["spark.logLevel=info"],
    ] {
        let other = with(set);
        let (before, after) = (compiled(&base), compiled(&other));
        let difference = compare(&before, &after, &Correspondence::default());
        let found = impacts(&difference, &before, &after);
        text.push_str(&format!("## {}\n{}\n", set.join(" "), shown(&difference, &found)));
    }
    insta::assert_snapshot!("settings", text);
}

#[test]
fn every_change_has_an_impact_and_equal_sets_have_none() {
    let library = Library::load(None, "").unwrap();
    let mut last: BTreeMap<String, Compiled> = BTreeMap::new();
    let mut compared = 0;
    // One version of Spark, and the features one by one: enough of each kind of object.
    for (label, release) in releases(&library).into_iter().filter(|(label, _)| label.contains(" 4.1")) {
        let Ok(one) = compile(&library, &release) else { continue };
        let objects = compiled(&one);
        let none = compare(&objects, &objects, &Correspondence::default());
        assert!(impacts(&none, &objects, &objects).is_empty(), "{label}");
        if let Some(other) = last.get(&release.preset) {
            let others = compiled(other);
            let difference = compare(&others, &objects, &same(other, &one));
            let found = impacts(&difference, &others, &objects);
            for (at, change) in difference.changes.iter().enumerate() {
                let own: Vec<_> = found.iter().filter(|impact| impact.change == at).collect();
                assert!(!own.is_empty(), "{label}: nothing is said of {:?}", change.id());
                let in_range = |impact: &&&sparkctl::diff::impact::Impact| {
                    impact.fields.iter().all(|field| *field < change.fields.len())
                };
                assert!(own.iter().all(|impact| in_range(&impact)), "{label}");
            }
            let order = |pair: &[sparkctl::diff::impact::Impact]| {
                (pair[1].effect, pair[0].change) <= (pair[0].effect, pair[1].change)
                    || pair[0].effect > pair[1].effect
            };
            assert!(found.windows(2).all(order), "{label}");
            compared += 1;
        }
        last.insert(release.preset.clone(), one);
    }
    assert!(compared > 50, "{compared}");
}
