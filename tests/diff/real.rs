//! The laws, held against what is built in.

use super::laws::difference;
use sparkctl::compile::compile;
use sparkctl::diff::{Correspondence, Difference, ObjectStep, compare, compiled};
use sparkctl::layer::document::{LayerKind, PresetRole};
use sparkctl::library::Library;
use sparkctl::release::Release;

#[test]
fn environments_of_every_scenario_differ_lawfully() {
    let library = Library::load(None, "").unwrap();
    let environments: Vec<&str> = library.names(LayerKind::Environment).collect();
    for preset in library.presets(PresetRole::Scenario) {
        let of = |environment: &str| {
            let mut release = Release::of(environment, preset).unwrap();
            release.namespace = format!("spark-{environment}").parse().unwrap();
            compile(&library, &release).unwrap()
        };
        let all: Vec<_> = environments.iter().map(|name| (*name, of(name))).collect();
        for pair in all.windows(2) {
            let [(from, before), (to, after)] = pair else { panic!() };
            let namespaces = [(format!("spark-{from}"), format!("spark-{to}"))].into_iter().collect();
            let same = Correspondence { namespaces, release: None };
            let found = difference(&compiled(before), &compiled(after), &same);
            let renamed: Vec<_> =
                found.changes.iter().filter(|change| change.step() == ObjectStep::Renamed).collect();
            assert!(renamed.is_empty(), "{preset} {from} {to}: {renamed:#?}");
            assert!(!found.changes.is_empty());
            let whole: Vec<String> = found
                .changes
                .iter()
                .flat_map(|change| change.fields.iter().map(|field| (change, field)))
                .filter(|(_, field)| field.secret)
                .map(|(change, field)| format!("{} {}", change.id().unwrap(), field.path))
                .collect();
            assert_eq!(whole, [""; 0], "{preset} {from} {to}: nothing here is a credential");
        }
        let (_, first) = &all[0];
        let mut other = compiled(first);
        other.reverse();
        assert_eq!(
            compare(&compiled(first), &other, &Correspondence::default()),
            Difference::default(),
            "the order of objects means nothing"
        );
    }
}
