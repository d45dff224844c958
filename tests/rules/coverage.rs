//! Each rule over the checked set has a test in which it fires and one in which something near it does not.

use sparkctl::rules;
use std::path::Path;

/// The rules that find something in an earlier stage, where tests of their own hold them.
const ELSEWHERE: [&str; 6] = ["layer", "template", "library", "graph", "bundle", "contract"];

#[test]
fn every_rule_is_seen_to_fire_and_to_be_quiet() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let mut texts = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "rs") {
            texts.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    let words: String = texts.split_whitespace().collect();
    let mut missing = Vec::new();
    for rule in rules::all().iter().filter(|rule| !ELSEWHERE.contains(&rule.family())) {
        for verb in ["fires", "quiet"] {
            if !words.contains(&format!("{verb}(\"{}\"", rule.name)) {
                missing.push(format!("{verb}(\"{}\", ...)", rule.name));
            }
        }
    }
    assert!(missing.is_empty(), "no test says {missing:#?}");
}
