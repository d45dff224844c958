//! One fault, one finding: where an exact rule has spoken of a place, a more general one that saw the same fault
//! there says nothing.

use super::{Place, Problem};
use std::collections::BTreeSet;

/// The exact rule, and those that need not say it again of the same place.
const SAID: [(&str, &[&str]); 13] = [
    ("k8s/wrong-type", &["ref/undeclared-port"]),
    ("pod/mixed-images", &["pod/image-version"]),
    ("pod/unwritable-path", &["ref/unmounted-path"]),
    ("ref/unknown-host", &["spark/store-agreement"]),
    ("spark/client-address", HOSTS),
    ("spark/connect-probe", &["ref/unknown-probe-port"]),
    ("spark/driver-host", HOSTS),
    ("spark/local-directory", &["pod/unwritable-path", "ref/unmounted-path"]),
    ("spark/malformed-property", &["spark/lost-property", "spark/wrong-value"]),
    ("spark/metastore-address", HOSTS),
    ("spark/store-provider", &["spark/store-agreement"]),
    ("spark/worker-master", HOSTS),
    (
        "spark/wrong-value",
        &[
            "spark/connect-port",
            "spark/decommission",
            "spark/driver-port",
            "spark/event-log",
            "spark/event-log-rolling",
            "spark/executor-limit",
            "spark/executor-port",
            "spark/lost-property",
        ],
    ),
];

const HOSTS: &[&str] = &["ref/unknown-host", "ref/unknown-host-port"];

/// Takes out what an exact rule has said already.
pub fn settle(problems: &mut Vec<Problem>) {
    let mut said: Vec<(&Place, &str)> = Vec::new();
    for problem in problems.iter().filter(|problem| problem.at != Place::Whole) {
        let general =
            SAID.iter().filter(|(exact, _)| *exact == problem.rule).flat_map(|(_, general)| *general);
        said.extend(general.map(|general| (&problem.at, *general)));
    }
    let again = |problem: &Problem| said.iter().any(|(at, rule)| *rule == problem.rule && **at == problem.at);
    let again: BTreeSet<usize> =
        problems.iter().enumerate().filter(|(_, problem)| again(problem)).map(|(at, _)| at).collect();
    let mut at = 0;
    problems.retain(|_| {
        at += 1;
        !again.contains(&(at - 1))
    });
}

#[cfg(test)]
mod tests {
    use super::SAID;
    use crate::diagnostic::Severity;
    use crate::rules::find;

    #[test]
    fn what_is_left_out_is_neither_graver_nor_firm() {
        for (exact, general) in SAID {
            let exact = find(exact).unwrap();
            for general in general {
                let general = find(general).unwrap();
                assert!(
                    !general.firm
                        && (exact.severity == general.severity || exact.severity == Severity::Error),
                    "{} {}",
                    exact.name,
                    general.name
                );
            }
        }
    }
}
