//! What really went wrong on other people's platforms, held over every scenario, environment, feature
//! and version of Spark. `docs/en/incidents.md` tells which test holds which incident.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod configuration;
mod identity;
mod matrix;
mod metastore;
mod model;
mod network;
mod notebooks;
mod operations;
mod pods;
mod rights;
mod scripts;
mod secrets;
mod shapes;
mod storage;
mod sync;

use matrix::Case;
use std::collections::BTreeMap;

/// Asks each release of the matrix; what it complains about is told with the release's name, at most a few
/// of each. `least` is how often there must have been something to ask about.
fn every(least: usize, mut ask: impl FnMut(&Case, &mut Asked)) {
    let mut asked = Asked::default();
    for case in matrix::all() {
        asked.label.clone_from(&case.label);
        ask(case, &mut asked);
    }
    assert!(asked.wrong.is_empty(), "{} complaints:\n{}", asked.wrong.len(), shown(&asked.wrong));
    assert!(asked.count >= least, "only {} things were looked at, not {least}", asked.count);
}

/// Complaints that say the same of several releases stand once, with the first of them.
fn shown(wrong: &[(String, String)]) -> String {
    let mut said: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for (label, complaint) in wrong {
        said.entry(complaint).or_insert((0, label)).0 += 1;
    }
    let lines = said.iter().take(40);
    lines
        .map(|(complaint, (count, label))| format!("  {complaint}   ({count} times, first in {label})\n"))
        .collect()
}

/// What was looked at, and what was found wrong.
#[derive(Default)]
struct Asked {
    label: String,
    count: usize,
    wrong: Vec<(String, String)>,
}

impl Asked {
    /// Counts one question; `holds` is its answer.
    fn that(&mut self, holds: bool, complaint: impl FnOnce() -> String) {
        self.count += 1;
        if !holds {
            self.wrong.push((self.label.clone(), complaint()));
        }
    }
}
