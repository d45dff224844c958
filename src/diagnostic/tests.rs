//! The four renderings, as a reader sees them.

use super::text::Limit;
use super::{Finding, Report, github, json, sarif, text};
use crate::source::{SourceId, Sources, Span};

/// The span of the `n`th occurrence (from 0) of `word`.
fn nth(sources: &Sources, source: SourceId, word: &str, n: usize) -> Span {
    let (start, _) = sources.get(source).text.match_indices(word).nth(n).unwrap();
    Span { source, start: start as u32, end: (start + word.len()) as u32 }
}

fn on(sources: &Sources, source: SourceId, word: &str) -> Span {
    nth(sources, source, word, 0)
}

/// Two files, a built-in one, an argument; related places near, far and elsewhere; reasons and help;
/// a whole mapping; names beyond ASCII; a warning.
fn rich() -> Report {
    let mut sources = Sources::default();
    let filler = "    # what follows was agreed with the data office\n".repeat(120);
    let prod = format!(
        "apiVersion: sparkctl/v1alpha1\nkind: Environment\nmetadata: {{name: prod}}\nspec:\n  security: {{podSecurity: restricted}}\n  connect:\n    drivr:\n      memory: 8g\n      cpu: {{request: 2}}\n    replicas: 2\n    replicas: 3\n{filler}  namespace:\n    labels: {{größe: 東京 🚀, klein: yes}}\nlocks:\n- {{path: security.podSecurity, reason: audited every quarter}}\n",
    );
    let prod = sources.add("environments/prod.yaml", prod);
    let notebooks = sources.add(
        "presets/große notizbücher.yaml",
        "kind: Preset\nspec:\n  security:\n    podSecurity: privileged\n",
    );
    let base = sources.add("built-in:presets/base.yaml", "spec:\n  cluster:\n    installed: []\n");
    let set = sources.add("--set", "connect.replicas=many");
    let mapping = on(&sources, prod, "drivr:\n      memory: 8g\n      cpu: {request: 2}\n    ");
    let findings = vec![
        Finding::error("layer/locked", "`security.podSecurity` is locked")
            .at(on(&sources, notebooks, "privileged"), "preset notebooks changes it")
            .and(
                on(&sources, prod, "{path: security.podSecurity, reason: audited every quarter}"),
                "locked here by environment prod",
            )
            .and(on(&sources, prod, "restricted"), "the locked value")
            .why("audited every quarter\nby the data office")
            .help("leave the value as it is; whoever owns the layer with the lock can change both"),
        Finding::error("layer/unknown-key", "unknown key `connect.drivr`")
            .at(mapping, "nothing reads this key")
            .why("a key that nothing reads changes nothing, and whoever wrote it believes that it does")
            .help("did you mean `driver`?"),
        Finding::error("layer/duplicate-key", "the key `replicas` stands twice in one mapping")
            .at(nth(&sources, prod, "replicas", 1), "the second one")
            .and(on(&sources, prod, "replicas"), "the first one")
            .help("keep one of them"),
        Finding::error("layer/ambiguous-scalar", "`yes` means different things to different YAML readers")
            .at(on(&sources, prod, "yes"), "read as the boolean true by YAML 1.1 readers, and text by others")
            .help("write \"yes\" or true"),
        Finding::error("ref/missing-operator", "monitoring needs the operator `prometheus-operator`")
            .at(on(&sources, base, "[]"), "this is what the cluster has"),
        Finding::error("layer/wrong-type", "`connect.replicas` must be a whole number from 0 to 50")
            .at(on(&sources, set, "many"), "this is text"),
        Finding::warning("spark/unknown-version", "100% of nothing, here: there, everywhere"),
    ];
    Report::new(findings, sources)
}

/// A report with one finding about a text.
fn about(name: &str, text: &str, start: usize, end: usize) -> Report {
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    let span = Span { source, start: start as u32, end: end as u32 };
    Report::new(vec![Finding::error("layer/syntax", "this is not YAML").at(span, "here")], sources)
}

fn plain(report: &Report) -> String {
    text::render(report, false, Limit::default())
}

#[test]
fn for_a_terminal() {
    insta::assert_snapshot!(plain(&rich()));
}

#[test]
fn for_a_terminal_with_colours() {
    let report = about("a.yaml", "a: b: c\n", 4, 5);
    insta::assert_snapshot!(text::render(&report, true, Limit::default()).replace('\u{1b}', "ESC"));
}

#[test]
fn for_scripts() {
    insta::assert_snapshot!(json::render(&rich()));
}

#[test]
fn for_github() {
    insta::assert_snapshot!(github::render(&rich()));
}

#[test]
fn for_code_scanning() {
    let sarif = sarif::render(&rich());
    assert_eq!(sarif, sarif::render(&rich()));
    // To hold it against the standard's schema: see `sarif_keeps_the_promises_of_the_standard`.
    if let Some(path) = std::env::var_os("SPARKCTL_WRITE_SARIF") {
        std::fs::write(path, &sarif).unwrap();
    }
    let mut log: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    for rule in log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap() {
        let texts = rule.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(texts, ["id", "shortDescription", "fullDescription", "help", "defaultConfiguration"]);
        // The texts are the catalogue's; one of them is shown below.
        *rule = rule["id"].take();
    }
    log["runs"][0]["tool"]["driver"]["semanticVersion"] = "VERSION".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&log).unwrap());
}

#[test]
fn for_code_scanning_with_a_rule() {
    let sarif = sarif::render(&about("a.yaml", "a: b: c\n", 4, 5));
    insta::assert_snapshot!(sarif.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

/// What a schema cannot say, and what GitHub asks for beyond it. The schema itself was last passed by
/// hand, with the one that npm's `@microsoft/jest-sarif` ships and with `sarif validate` of
/// `@microsoft/sarif-multitool-linux` 5.7.0 (no error by its rules `Sarif;Ghas`).
#[test]
fn sarif_keeps_the_promises_of_the_standard() {
    let sarif: serde_json::Value = serde_json::from_str(&sarif::render(&rich())).unwrap();
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let related = result["relatedLocations"].as_array().cloned().unwrap_or_default();
        for location in result["locations"].as_array().unwrap().iter().chain(&related) {
            let physical = &location["physicalLocation"];
            let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
            assert!(uri.is_ascii() && !uri.contains([' ', ':', '\\']) && !uri.starts_with('/'), "{uri}");
            let number = |key: &str| physical["region"][key].as_u64().unwrap();
            let start = (number("startLine"), number("startColumn"));
            assert!(start >= (1, 1) && start <= (number("endLine"), number("endColumn")), "{physical}");
        }
    }
}

#[test]
fn nothing_found_says_nothing() {
    let report = Report::default();
    assert_eq!(plain(&report), "");
    assert_eq!(text::summary(&report, false), None);
    assert_eq!(github::render(&report), "");
    assert!(json::render(&report).contains("\"findings\": []"));
    assert!(sarif::render(&report).contains("\"results\": []"));
}

#[test]
fn of_many_findings_of_one_rule_ten_are_shown() {
    let mut sources = Sources::default();
    let source = sources.add("a.yaml", (1..=47).map(|n| format!("key{n}: 1\n")).collect::<String>());
    let mut findings: Vec<Finding> = (1..=47)
        .map(|n| {
            Finding::error("layer/unknown-key", format!("unknown key `key{n}`"))
                .at(on(&sources, source, &format!("key{n}")), "")
                .why("a key that nothing reads changes nothing")
        })
        .collect();
    findings.push(Finding::warning("layer/empty", "the file is empty"));
    let report = Report::new(findings, sources);
    let shown = plain(&report);
    assert_eq!(shown.matches("error[layer/unknown-key]").count(), 10);
    assert_eq!(shown.matches("a key that nothing reads").count(), 1, "a reason is given once");
    let tail: Vec<&str> = shown.lines().rev().take(6).collect();
    assert_eq!(
        tail,
        [
            "47 errors, 1 warning",
            "",
            "warning[layer/empty]: the file is empty",
            "",
            "... and 37 more of layer/unknown-key",
            ""
        ]
    );
    let all = text::render(&report, false, Limit::None);
    assert_eq!(all.matches("error[layer/unknown-key]").count(), 47);
}

#[test]
fn windows_line_breaks_are_line_breaks() {
    let text = "a: 1\r\nb:\r\n  c: yes\r\n  d: 2\r\n";
    insta::assert_snapshot!(plain(&about("a.yaml", text, text.find("c:").unwrap(), text.len())), @r"
    error[layer/syntax]: this is not YAML
     --> a.yaml:3:3
      |
    3 |   c: yes
      |   ^^^^^^ here

    1 error
    ");
}

#[test]
fn nothing_in_a_layer_steers_the_terminal() {
    let text = "a: \u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}b\u{0}\n\tc: 1\n";
    let mut sources = Sources::default();
    let source = sources.add("evil\u{1b}[31m\n.yaml", text);
    let span = Span { source, start: 3, end: text.find('\n').unwrap() as u32 };
    let evil = "\u{1b}[31mred\r\nerror: all is well\u{9b}";
    let finding = Finding::error("layer/syntax", evil).at(span, evil).and(on(&sources, source, "c"), evil);
    let report = Report::new(vec![finding.why(evil).help(evil)], sources);
    insta::assert_snapshot!(plain(&report));
    let github = github::render(&report);
    assert_eq!(github.lines().count(), 1, "{github}");
    assert!(!github.trim_end().contains(|c: char| c.is_control()), "{github:?}");
}

#[test]
fn the_mark_stands_under_what_is_meant() {
    let wide = "größe: 東京 🚀 yes\n";
    insta::assert_snapshot!(plain(&about("a.yaml", wide, wide.find("yes").unwrap(), wide.len())), @r"
    error[layer/syntax]: this is not YAML
     --> a.yaml:1:13
      |
    1 | größe: 東京 🚀 yes
      |                ^^^ here

    1 error
    ");
    let tab = "\ta:\tyes\n";
    insta::assert_snapshot!(plain(&about("a.yaml", tab, 4, 7)), @r"
    error[layer/syntax]: this is not YAML
     --> a.yaml:1:5
      |
    1 |     a:    yes
      |           ^^^ here

    1 error
    ");
}

#[test]
fn a_very_long_line_is_cut_around_the_mark() {
    let long = format!("a: [{}yes{}]\n", "no, ".repeat(50_000), ", on".repeat(50_000));
    let shown = plain(&about("a.yaml", &long, 4 + 200_000, 4 + 200_003));
    assert!(shown.lines().all(|line| line.chars().count() < 200), "{shown}");
    assert!(
        shown.contains("a.yaml:1:200005") && shown.contains("yes") && shown.contains("^^^ here"),
        "{shown}"
    );
}

#[test]
fn a_text_that_was_not_kept_is_not_needed() {
    let sources = Sources::default();
    let span = Span { source: sources.scratch(), start: 40, end: 50 };
    let finding = Finding::error("template/broken-yaml", "the template renders to text that is not YAML")
        .at(span, "mapping values are not allowed here")
        .and(span, "");
    let report = Report::new(vec![finding], sources);
    insta::assert_snapshot!(plain(&report), @r"
    error[template/broken-yaml]: the template renders to text that is not YAML
     |
     = note: mapping values are not allowed here

    1 error
    ");
    insta::assert_snapshot!(
        github::render(&report),
        @"::error title=template/broken-yaml::the template renders to text that is not YAML: mapping values are not allowed here"
    );
    assert!(json::render(&report).contains("\"file\": \"\""));
    assert!(!sarif::render(&report).contains("\"uri\": \"\""));
}

#[test]
fn a_credential_is_not_shown_whoever_points_at_its_line() {
    let mut sources = Sources::default();
    let source = sources.add("a.yaml", "conf: {password: hunter2, pasword: hunter3}\n");
    let secret = Finding::error("layer/wrong-value", "a credential in plain text")
        .at(on(&sources, source, "hunter2"), "a password")
        .and(on(&sources, source, "hunter3"), "another")
        .secret();
    let other = Finding::error("layer/unknown-key", "unknown key `pasword`")
        .at(on(&sources, source, "pasword"), "nothing reads this key");
    let shown = plain(&Report::new(vec![other, secret], sources));
    assert!(!shown.contains("hunter"), "{shown}");
    assert_eq!(shown.matches("{password: *******, pasword: *******}").count(), 2, "{shown}");
}

mod any_text {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn can_be_reported_on(
            text in "([a: \t\r\n]|\\PC|\\p{Cc}|[\u{200d}\u{202e}\u{feff}🚀é東]){0,60}",
            spans in proptest::collection::vec((0u32..200, 0u32..200, any::<bool>()), 1..5),
        ) {
            let mut sources = Sources::default();
            let source = sources.add("a.yaml", text);
            let scratch = sources.scratch();
            let mut finding = Finding::error("layer/syntax", "this is not YAML");
            for (start, end, kept) in spans {
                let span = Span { source: if kept { source } else { scratch }, start, end };
                finding = match finding.primary {
                    None => finding.at(span, "here"),
                    Some(_) => finding.and(span, "there"),
                };
            }
            let report = Report::new(vec![finding.clone(), finding.secret()], sources);
            let shown = plain(&report);
            prop_assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{:?}", shown);
            let rendered = [json::render(&report), github::render(&report), sarif::render(&report)];
            prop_assert!(rendered.iter().all(|text| !text.is_empty()));
        }
    }
}

#[test]
fn ten_thousand_findings_in_one_line_are_no_trouble() {
    let mut sources = Sources::default();
    let source = sources.add("a.yaml", "a: 1, ".repeat(10_000));
    let finding = |at: u32| {
        Finding::error("layer/duplicate-key", "the key `a` stands twice in one mapping")
            .at(Span { source, start: at * 6, end: at * 6 + 1 }, "the second one")
    };
    let report = Report::new((0..10_000).map(finding).collect(), sources);
    // Read from its beginning for each finding, the text would take minutes.
    for rendered in [json::render(&report), github::render(&report), sarif::render(&report), plain(&report)] {
        assert!(rendered.contains("layer/duplicate-key"));
    }
}

#[test]
fn what_one_line_causes_in_several_objects_stands_there_once() {
    let mut sources = Sources::default();
    let source = sources.add("environments/dev.yaml", "external:\n  a: {host: a, port: 1}\n");
    let at = Span { source, start: 12, end: 33 };
    let finding = |message: String| Finding::warning("net/open-egress", message).at(at, "here");
    let open = (0..6).map(|number| finding(format!("Service/s{number} is open")));
    let report = Report::new(open.collect(), sources);
    let text = text::render(&report, false, text::Limit::default());
    assert_eq!(text.matches("warning[net/open-egress]").count(), 1, "{text}");
    assert!(text.contains("also: Service/s1 is open") && text.contains("and 2 more places"), "{text}");
    assert!(text.ends_with("6 warnings\n"), "{text}");
    let all = text::render(&report, false, text::Limit::None);
    assert_eq!(all.matches("warning[net/open-egress]").count(), 6, "{all}");
}
