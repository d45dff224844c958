//! The pages about incidents: every test that they name exists, and both languages list the same incidents.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

/// The rows of a page's tables: the incident, and the words in backticks that say what holds it.
fn rows(language: &str) -> Vec<(String, Vec<String>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/{language}/incidents.md"));
    std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|line| line.split(" | ").collect::<Vec<_>>())
        .filter(|cells| cells[0] != "id")
        .map(|cells| {
            assert!(cells.len() == 3 && !cells[2].is_empty(), "{language}: nothing holds {}", cells[0]);
            let quoted = cells[2].split('`').skip(1).step_by(2).map(str::to_owned);
            (cells[0].to_owned(), quoted.collect())
        })
        .collect()
}

#[test]
fn both_languages_list_the_same_incidents_and_what_holds_them() {
    let english = rows("en");
    assert!(english.len() >= 80, "only {} incidents", english.len());
    assert_eq!(english, rows("ru"));
    let mut names: Vec<_> = english.iter().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), english.len(), "an incident stands twice");
}

/// A test is written as `FILE::FUNCTION`, a check as the name of its file; both are below `tests/`.
#[test]
fn what_holds_an_incident_exists() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut checked = 0;
    for (incident, held) in rows("en") {
        for word in held.iter().filter(|word| word.contains(".rs") || word.ends_with(".py")) {
            let (file, function) = word.split_once("::").unwrap_or((word, ""));
            let source = std::fs::read_to_string(tests.join(file));
            let source = source.unwrap_or_else(|error| panic!("{incident}: tests/{file}: {error}"));
            let there = function.is_empty() || source.contains(&format!("fn {function}("));
            assert!(there, "{incident}: tests/{file} has no test {function}");
            checked += 1;
        }
    }
    assert!(checked >= 80, "only {checked} tests were looked for");
}
