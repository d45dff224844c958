//! The pages about incidents: the rules and tests that they name exist, each incident is broken again in a test that
//! sees its rules find it, and both languages list the same.
#![allow(clippy::unwrap_used, clippy::panic)]

use sparkctl::rules::find;
use std::path::Path;

/// Incidents that no rule can find, and why.
const WITHOUT_A_RULE: [(&str, &str); 1] =
    [("N1", "another output for the same input does not show in one bundle: the tests render several times")];

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

/// The text of a test, written as `FILE::FUNCTION`, or of a check, written as the name of its file; below `tests/`.
fn source(incident: &str, word: &str) -> String {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let (file, function) = word.split_once("::").unwrap_or((word, ""));
    let text = std::fs::read_to_string(tests.join(file));
    let text = text.unwrap_or_else(|error| panic!("{incident}: tests/{file}: {error}"));
    if function.is_empty() {
        return text;
    }
    let start = text.find(&format!("fn {function}("));
    let start = start.unwrap_or_else(|| panic!("{incident}: tests/{file} has no test {function}"));
    let end = text[start..].find("\n}\n").map_or(text.len(), |length| start + length);
    text[start..end].to_owned()
}

fn is_test(word: &str) -> bool {
    word.contains(".rs") || word.ends_with(".py")
}

/// `spark/driver-host`: a family, a slash and no ending; paths of files have an ending or a slash at the end.
fn is_rule(word: &str) -> bool {
    let name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    word.split_once('/').is_some_and(|(family, rest)| name(family) && name(rest))
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

#[test]
fn what_holds_an_incident_exists() {
    let mut checked = 0;
    for (incident, held) in rows("en") {
        for word in held.iter().filter(|word| is_test(word)) {
            assert!(!source(&incident, word).is_empty());
            checked += 1;
        }
        for word in held.iter().filter(|word| is_rule(word)) {
            assert!(find(word).is_some(), "{incident}: there is no rule {word}");
            checked += 1;
        }
    }
    assert!(checked >= 240, "only {checked} rules and tests were looked for");
}

#[test]
fn each_incident_is_broken_again_and_found() {
    for (incident, held) in rows("en") {
        if let Some((_, why)) = WITHOUT_A_RULE.iter().find(|(name, _)| *name == incident) {
            assert!(!held.iter().any(|word| is_rule(word)), "{incident} has a rule after all, not: {why}");
            continue;
        }
        let broken = held.iter().filter(|word| word.starts_with("rules/"));
        let broken: Vec<String> = broken.map(|word| source(&incident, word)).collect();
        assert!(!broken.is_empty(), "{incident}: no test below tests/rules breaks it");
        let mut rules = held.iter().filter(|word| is_rule(word)).peekable();
        assert!(rules.peek().is_some(), "{incident}: no rule finds it");
        for rule in rules {
            let expected =
                broken.iter().any(|test| test.contains("fires(") && test.contains(&format!("\"{rule}\"")));
            assert!(expected, "{incident}: no test of its row expects {rule}");
        }
    }
}
