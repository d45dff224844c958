//! Every release there is: scenarios, environments, features and versions.

#[path = "../support/matrix.rs"]
mod shared;

use serde_json::Value as Json;
use shared::releases;
use sparkctl::compile::{Compiled, compile, files};
use sparkctl::failure::Failure;
use sparkctl::library::Library;
use sparkctl::release::Release;
use std::sync::OnceLock;

/// One release, compiled.
pub struct Case {
    /// `prod/connect 4.1 +spot`.
    pub label: String,
    /// The environment.
    pub environment: String,
    /// The scenario.
    pub preset: String,
    /// The features.
    pub features: Vec<String>,
    /// Spark's minor version.
    pub version: String,
    /// Its objects, as a reader of the files sees them.
    pub objects: Vec<Json>,
    /// All that the compiler knows.
    pub compiled: Compiled,
}

/// The library.
pub fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| Library::load(None, "").unwrap())
}

/// Every release, compiled once for all tests.
pub fn all() -> &'static [Case] {
    static CASES: OnceLock<Result<Vec<Case>, String>> = OnceLock::new();
    let cases = CASES.get_or_init(|| {
        let releases = releases(library());
        let half = releases.len().div_ceil(2);
        let parts: Vec<Vec<_>> = std::thread::scope(|scope| {
            let threads: Vec<_> = releases
                .chunks(half)
                .map(|part| scope.spawn(move || part.iter().filter_map(case).collect()))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let cases: Vec<Case> = parts.into_iter().flatten().collect::<Result<_, String>>()?;
        if cases.len() < 490 {
            return Err(format!("only {} releases", cases.len()));
        }
        Ok(cases)
    });
    cases.as_ref().unwrap_or_else(|reason| panic!("{reason}"))
}

/// One release; none where its features refuse its version, which must be all that is wrong.
fn case((label, release): &(String, Release)) -> Option<Result<Case, String>> {
    let version = release.set[0].split('=').next_back().unwrap().to_owned();
    let features: Vec<String> = release.features.iter().cloned().collect();
    let compiled = match compile(library(), release) {
        Ok(compiled) => compiled,
        Err(Failure::Findings(report)) => {
            let rules: Vec<_> = report.findings.iter().map(|finding| finding.rule).collect();
            let known = features.iter().any(|feature| feature == "iceberg")
                && ["4.2", "4.3"].contains(&version.as_str())
                && rules == ["ref/refused-combination"];
            return (!known).then(|| Err(format!("{label}: {:?}", report.findings)));
        }
        Err(other) => return Some(Err(format!("{label}: {other}"))),
    };
    if !compiled.report.findings.is_empty() {
        return Some(Err(format!("{label}: {:?}", compiled.report.findings)));
    }
    let files = files::files(&compiled).unwrap();
    let objects = compiled
        .manifests
        .iter()
        .map(|manifest| serde_yaml::from_str(&files[&manifest.path()]).unwrap())
        .collect();
    Some(Ok(Case {
        label: label.clone(),
        environment: release.environment.clone(),
        preset: release.preset.clone(),
        features,
        version,
        objects,
        compiled,
    }))
}
