//! All causes applied give the other side; all but one of them do not.

use super::*;
use sparkctl::diff::causes::apply::applied;
use sparkctl::diff::causes::{Cause, CauseKind};
use sparkctl::layer::document::PresetRole;

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
