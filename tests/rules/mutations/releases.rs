//! The releases that are broken: all of the matrix.

#[path = "../../support/matrix.rs"]
mod matrix;

use crate::support::library;
use sparkctl::compile::{Compiled, compile};
use sparkctl::failure::Failure;
use sparkctl::release::Release;

/// The releases whose faults are all tried: one with executors of its own, one with workers.
const WHOLE: [&str; 2] =
    ["prod/jupyter-connect 4.1 +history +iceberg +metastore +openshift +spot", "prod/standalone 3.5"];

/// Every release of the matrix with its label, and whether all its faults are tried.
pub fn all() -> Vec<(String, Release, bool)> {
    let releases = matrix::releases(library()).into_iter();
    let releases: Vec<_> = releases
        .map(|(label, release)| {
            let whole = WHOLE.contains(&label.as_str());
            (label, release, whole)
        })
        .collect();
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
