//! The releases that are broken: all of the matrix.

use crate::support::library;
use sparkctl::compile::{Compiled, compile};
use sparkctl::failure::Failure;
use sparkctl::layer::document::{LayerKind, PresetRole};
use sparkctl::library::versions;
use sparkctl::release::Release;

/// The releases whose faults are all tried: between them they have every component.
const WHOLE: [&str; 4] = [
    "prod/jupyter-connect 4.1 +history +iceberg +metastore +openshift +spot",
    "dev/jupyter-connect 4.1",
    "prod/standalone 3.5",
    "staging/airflow-connect 4.3 +history",
];

/// Every release of the matrix with its label, and whether all its faults are tried.
pub fn all() -> Vec<(String, Release, bool)> {
    let library = library();
    let features = library.presets(PresetRole::Feature);
    let mut chosen: Vec<Vec<&str>> = vec![Vec::new(), features.clone()];
    chosen.extend(features.iter().map(|feature| vec![*feature]));
    let mut releases = Vec::new();
    for version in versions::all(library).unwrap() {
        for environment in library.names(LayerKind::Environment) {
            for preset in library.presets(PresetRole::Scenario) {
                for features in &chosen {
                    let mut release = Release::of(environment, preset).unwrap();
                    release.features = features.iter().map(|feature| (*feature).to_owned()).collect();
                    release.set = vec![format!("spark.version={}", version.version)];
                    let mut label = format!("{environment}/{preset} {}", version.version);
                    release.features.iter().for_each(|feature| label.push_str(&format!(" +{feature}")));
                    let whole = WHOLE.contains(&label.as_str());
                    releases.push((label, release, whole));
                }
            }
        }
    }
    let whole = releases.iter().filter(|(_, _, whole)| *whole).count();
    assert_eq!(whole, WHOLE.len(), "each of {WHOLE:?} is in the matrix");
    releases
}

/// A release, compiled; none where its features refuse its version.
pub fn compiled(release: &Release) -> Option<Compiled> {
    match compile(library(), release) {
        Ok(compiled) => Some(compiled),
        Err(Failure::Findings(report)) => {
            let rules: Vec<_> = report.findings.iter().map(|finding| finding.rule).collect();
            assert_eq!(rules, ["ref/refused-combination"], "{report:?}");
            None
        }
        Err(other) => panic!("{other}"),
    }
}
