//! Every release there is of what is built in: scenarios, environments, features and versions.

use sparkctl::layer::document::{LayerKind, PresetRole};
use sparkctl::library::{Library, versions};
use sparkctl::release::Release;

/// Every release with its label, `prod/connect 4.1 +spot`: without a feature, with each, and with all. A
/// component may refuse some of them.
pub fn releases(library: &Library) -> Vec<(String, Release)> {
    let features = library.presets(PresetRole::Feature);
    let mut chosen: Vec<&[&str]> = vec![&[], &features];
    chosen.extend(features.chunks(1));
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
                    releases.push((label, release));
                }
            }
        }
    }
    releases
}
