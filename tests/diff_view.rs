//! What `sparkctl diff` prints for programs and for pull requests: JSON as its schema says, from which the difference
//! can be read back and applied; Markdown that fits into a comment and in which nothing of a stranger's is Markdown;
//! no credential in any of it.
#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::Value as Json;
use sparkctl::compile::{Compiled, compile_all};
use sparkctl::diff::view::json::{Document, document, schema};
use sparkctl::diff::view::{Detail, Shown, github, markdown, sarif, text};
use sparkctl::diff::{Comparison, Correspondence, Object, ObjectStep, apply, compare, compiled, foreign};
use sparkctl::library::Library;
use sparkctl::manifest::read::{Given, Manifests};
use sparkctl::release::Release;

fn library() -> Library {
    Library::load(None, "").unwrap()
}

fn built(library: &Library, environment: &str, preset: &str) -> Compiled {
    compile_all(library, &Release::of(environment, preset).unwrap()).unwrap()
}

fn shown(comparison: Comparison) -> Shown {
    let sides = (comparison.before.name.clone(), comparison.after.name.clone());
    let command = "sparkctl diff --from staging --to prod --preset connect".to_owned();
    Shown { comparisons: vec![comparison], sides, command, ..Shown::default() }
}

fn between(library: &Library, preset: &str) -> (Compiled, Compiled, Shown) {
    let (before, after) = (built(library, "staging", preset), built(library, "prod", preset));
    let comparison = Comparison::between((library, &before), (library, &after), ("staging", "prod"));
    (before, after, shown(comparison))
}

fn against(library: &Library, text: &str) -> (Manifests, Compiled, Shown) {
    let after = built(library, "prod", "connect");
    let mut manifests = Manifests::default();
    manifests.add("old.yaml", text, Given::ByName);
    manifests.set_namespace("spark-prod");
    let comparison = Comparison::against(&manifests, "old.yaml", None, (library, &after));
    (manifests, after, shown(comparison))
}

/// The JSON, held to its schema and read back.
fn checked(shown: &Shown, summary: bool) -> Document {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let json = serde_json::to_value(document(shown, summary)).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let read: Document = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), json);
    read
}

/// Applies what was read back to one side, and compares that with the other. What may still differ is what JSON hides.
fn assert_applies(before: &[Object<'_>], after: &[Object<'_>], document: &Document) {
    let made = apply(before, &document.comparisons[0].difference());
    let made: Vec<Object<'_>> = made.iter().map(|(id, node)| Object { id, node, component: None }).collect();
    let rest = compare(&made, after, &Correspondence::default());
    let is_hidden =
        |value: &Option<Json>| value.as_ref().is_some_and(|value| value.to_string().contains("<hidden>"));
    let fields = rest.changes.iter().flat_map(|change| &change.fields);
    let wrong: Vec<_> = fields.filter(|field| !(field.secret || is_hidden(&field.before))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(rest.changes.iter().all(|change| change.step() == ObjectStep::Changed));
}

#[test]
fn json_is_as_its_schema_says_and_gives_the_other_side_when_it_is_applied() {
    let library = library();
    for preset in ["connect", "jupyter-connect"] {
        let (before, after, shown) = between(&library, preset);
        let read = checked(&shown, false);
        assert!(read.different && !read.comparisons[0].causes.is_empty(), "{preset}");
        assert_applies(&compiled(&before), &compiled(&after), &read);
        let summary = checked(&shown, true);
        assert_eq!(summary.comparisons[0].counts, read.comparisons[0].counts);
        assert!(summary.comparisons[0].changes.is_empty());
    }
    let old = std::fs::read_to_string("tests/cli/cases/diff-against-what-is-there/chart.yaml").unwrap();
    let (manifests, after, shown) = against(&library, &old);
    let read = checked(&shown, false);
    assert!(read.comparisons[0].before.release.is_none());
    assert_applies(&foreign(&manifests), &compiled(&after), &read);
}

#[test]
fn what_is_the_same_says_so() {
    let library = library();
    let one = built(&library, "dev", "connect");
    let comparison = Comparison::between((&library, &one), (&library, &one), ("dev", "dev"));
    let shown = shown(comparison);
    assert!(!shown.differs());
    assert!(!checked(&shown, false).different);
    let text = text::render(&shown, Detail::default(), true);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("do not differ"), "{text}");
    assert!(markdown::render(&shown, Detail::default()).contains("do not differ"));
}

/// Every view, in every detail.
fn all(shown: &Shown) -> Vec<String> {
    let details = [(false, false), (true, false), (false, true)];
    let mut views: Vec<String> = Vec::new();
    for detail in details.map(|(summary, verbose)| Detail { summary, verbose }) {
        views.push(text::render(shown, detail, false));
        views.push(markdown::render(shown, detail));
        views.push(serde_json::to_string(&document(shown, detail.summary)).unwrap());
    }
    views.push(sarif::render(shown));
    views.push(github::render(shown));
    views
}

const CREDENTIALS: &str = r#"
apiVersion: v1
kind: Secret
metadata: {name: connect-token}
stringData: {token: PLAINSECRET-1, other: "PLAINSECRET-2"}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: connect-spark-connect}
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: server
        env:
        - {name: AWS_SECRET_ACCESS_KEY, value: PLAINSECRET-3}
        - {name: SPARK_CONNECT_AUTHENTICATE_TOKEN, value: PLAINSECRET-4}
        args: [--password, PLAINSECRET-5]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: connect-spark-connect}
data:
  spark-defaults.conf: |
    spark.hadoop.fs.s3a.secret.key=PLAINSECRET-6
    spark.executor.memory=8g
  run.sh: |
    export DB_PASSWORD=PLAINSECRET-7
"#;

#[test]
fn no_credential_is_in_any_view() {
    let library = library();
    let (manifests, _, shown) = against(&library, CREDENTIALS);
    assert_eq!(manifests.objects.len(), 3);
    for view in all(&shown) {
        let at = view.find("PLAINSECRET").map(|at| &view[at.saturating_sub(300)..view.len().min(at + 60)]);
        assert_eq!(at, None);
        assert!(view.len() > 200);
    }
    let hidden: Vec<bool> = checked(&shown, false).comparisons[0]
        .changes
        .iter()
        .flat_map(|change| change.fields.iter().map(|field| field.secret))
        .collect();
    assert!(hidden.iter().filter(|secret| **secret).count() >= 3, "{hidden:?}");
}

/// A ConfigMap of the release with a property for each number.
fn properties(count: usize, value: &str) -> String {
    let lines: String = (0..count).map(|at| format!("    spark.own.key{at}={value}\n")).collect();
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: connect-spark-connect}}\ndata:\n  spark-defaults.conf: |\n{lines}"
    )
}

#[test]
fn a_comment_fits_whatever_differs_and_says_what_was_left_out() {
    let library = library();
    let (.., small) = against(&library, &properties(3, "x"));
    let comment = markdown::render(&small, Detail::default());
    assert!(!comment.lines().any(|line| line.starts_with("… and")), "{comment}");
    let (.., large) = against(&library, &properties(5000, "a value of some length that takes its room"));
    let comment = markdown::render(&large, Detail::default());
    assert!((40_000..=65_536).contains(&comment.len()), "{}", comment.len());
    let last = comment.lines().last().unwrap();
    assert!(
        last.starts_with("… and ")
            && last.contains("more fields in 1 object")
            && last.contains("sparkctl diff"),
        "{last}"
    );
    assert!(comment.contains("What applying it does") && comment.contains("| Totals |"));
    assert_eq!(comment.matches("<details>").count(), comment.matches("</details>").count());
}

#[test]
fn nothing_of_a_strangers_is_markdown_or_html() {
    let bad = "```` </details> <img src=x onerror=y> @team #1 [a](b) https://x.example |";
    let library = library();
    let (.., shown) = against(&library, &properties(2, bad));
    let comment = markdown::render(&shown, Detail::default());
    let (mut fence, mut outside, mut inside) = (None, String::new(), 0);
    for line in comment.lines() {
        let ticks = line.chars().take_while(|c| *c == '`').count();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            None => outside.push_str(&format!("{line}\n")),
            Some(open) if ticks >= open && line.len() == ticks => fence = None,
            Some(_) => inside += usize::from(line.contains("@team")),
        }
    }
    assert_eq!(fence, None, "a fence is not closed");
    assert!(inside >= 1, "{comment}");
    for mark in ["@", "<img", "https:", "[a]", "#1 ", "onerror=y>"] {
        assert!(!outside.contains(mark), "{mark}: {outside}");
    }
}

#[test]
fn code_scanning_and_annotations_point_at_layer_lines() {
    let library = library();
    let (.., shown) = between(&library, "connect");
    let log: Json = serde_json::from_str(&sarif::render(&shown)).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), shown.comparisons[0].causes.causes.len());
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        assert_eq!(result["ruleId"], rules[result["ruleIndex"].as_u64().unwrap() as usize]["id"]);
        assert!(result["message"]["text"].as_str().unwrap().len() > 20);
        let physical = &result["locations"][0]["physicalLocation"];
        assert!(physical["region"]["startLine"].as_u64().unwrap() >= 1);
        assert!(!physical["artifactLocation"]["uri"].as_str().unwrap().is_empty());
    }
    let at = |name: &str| {
        let result =
            results.iter().find(|result| result["message"]["text"].as_str().unwrap().starts_with(name));
        result.unwrap()["locations"][0]["physicalLocation"].clone()
    };
    let place = at("connect.replicas 1 → 2:");
    assert_eq!(place["artifactLocation"]["uri"], "built-in/environments/prod.yaml");
    let line = place["region"]["startLine"].as_u64().unwrap() as usize;
    let file = std::fs::read_to_string("environments/prod.yaml").unwrap();
    assert!(file.lines().nth(line - 1).unwrap().contains("replicas: 2"), "{line}");
    let annotations = github::render(&shown);
    assert_eq!(annotations.lines().count(), results.len());
    assert!(annotations.lines().all(|line| line.starts_with("::notice ") || line.starts_with("::warning ")));
    assert!(annotations.lines().next().unwrap().starts_with("::warning "), "the worst comes first");
}
