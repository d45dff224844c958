//! What a layer may say and what is said about it: one directory of `tests/layers/` a case, with a
//! small project and `case.yaml`, which holds the request and what must come of it.

// `clippy.toml` allows these in `#[test]` functions; here the helpers are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde::Deserialize;
use serde_json::Value as Json;
use sparkctl::compile::{Compiled, compile};
use sparkctl::diagnostic::{Finding, Report};
use sparkctl::failure::Failure;
use sparkctl::layer::path::SpecPath;
use sparkctl::layer::tree::Node;
use sparkctl::library::Library;
use sparkctl::library::files::BUILT_IN_PREFIX;
use sparkctl::release::{Release, Values};
use sparkctl::source::{Sources, Span};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// `case.yaml`. Findings, a refusal, or values: what is not mentioned must not be.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Case {
    /// What the case shows; for readers.
    #[allow(dead_code)]
    about: String,
    #[serde(default)]
    request: Request,
    /// All findings, in the order of the report.
    #[serde(default)]
    findings: Vec<Expected>,
    refused: Option<Refusal>,
    /// Values of the merged spec, by path.
    #[serde(default)]
    values: BTreeMap<String, ExpectedValue>,
    /// Paths at which nothing stands.
    #[serde(default)]
    absent: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Request {
    environment: String,
    preset: String,
    features: Vec<String>,
    set: Vec<String>,
    /// A file of the case.
    values: Option<String>,
    /// Its name; without it, the scenario's.
    release: Option<String>,
}

impl Default for Request {
    fn default() -> Self {
        Request {
            environment: "dev".to_owned(),
            preset: "connect".to_owned(),
            features: Vec::new(),
            set: Vec::new(),
            values: None,
            release: None,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    rule: String,
    /// `file:line:column`; of a built-in file, which may change, only the file.
    at: String,
    /// The whole of it.
    message: String,
    /// Parts of these; without them there must be no help and no other places.
    label: Option<String>,
    why: Option<String>,
    help: Option<String>,
    #[serde(default)]
    related: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    what: String,
    help: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedValue {
    value: Json,
    at: String,
    layer: String,
    /// Newest first.
    #[serde(default)]
    overrode: Vec<Json>,
}

fn run(folder: &Path, request: &Request) -> Result<Compiled, Failure> {
    let library = Library::load(Some(folder), "")?;
    let name =
        |name: &String| Values { name: name.clone(), text: fs::read_to_string(folder.join(name)).unwrap() };
    let release = Release {
        name: request.release.as_ref().unwrap_or(&request.preset).parse().unwrap(),
        namespace: "spark".parse().unwrap(),
        features: request.features.iter().cloned().collect(),
        values: request.values.as_ref().map(name),
        set: request.set.clone(),
        ..Release::of(&request.environment, &request.preset).unwrap()
    };
    compile(&library, &release)
}

/// What is not as the case says; empty where all is.
fn differences(case: &Case, result: &Result<Compiled, Failure>) -> String {
    let mut wrong = String::new();
    match result {
        Ok(compiled) if case.findings.is_empty() && case.refused.is_none() => {
            for (path, expected) in &case.values {
                wrong.push_str(&value_differs(compiled, path, expected));
            }
            for path in &case.absent {
                if let Some(node) = compiled.merged.root.at(&path.parse().unwrap()) {
                    let _ = writeln!(wrong, "  {path} is {}, and should not be", node.to_json());
                }
            }
            if case.values.is_empty() && case.absent.is_empty() {
                wrong.push_str("  the case expects nothing\n");
            }
        }
        Ok(_) => wrong.push_str("  compiled without an error\n"),
        Err(Failure::Findings(report)) => {
            let as_expected = report.findings.len() == case.findings.len()
                && report.findings.iter().zip(&case.findings).all(|(f, e)| is_as_expected(report, f, e));
            if !as_expected {
                report.findings.iter().for_each(|finding| wrong.push_str(&shown(report, finding)));
            }
        }
        Err(Failure::Refused { what, help }) => {
            let as_expected = case.refused.as_ref().is_some_and(|refused| {
                refused.what == *what && help.as_ref().is_some_and(|help| help.contains(&refused.help))
            });
            if !as_expected {
                let _ = writeln!(wrong, "refused: {{what: {what:?}, help: {help:?}}}");
            }
        }
        Err(other) => {
            let _ = writeln!(wrong, "  {other}");
        }
    }
    wrong
}

fn is_as_expected(report: &Report, finding: &Finding, expected: &Expected) -> bool {
    let primary = finding.primary.as_ref().unwrap();
    let holds = |text: Option<&str>, part: &Option<String>| match part {
        Some(part) => text.is_some_and(|text| text.contains(part.as_str())),
        None => true,
    };
    let related: Vec<String> =
        finding.related.iter().map(|label| place(&report.sources, label.span)).collect();
    finding.rule == expected.rule
        && finding.message == expected.message
        && place(&report.sources, primary.span) == expected.at
        && holds(Some(&primary.text), &expected.label)
        && holds(finding.why.as_deref(), &expected.why)
        && finding.help.is_some() == expected.help.is_some()
        && holds(finding.help.as_deref(), &expected.help)
        && related == expected.related
}

/// `file:line:column`, of built-in files without line and column.
fn place(sources: &Sources, span: Span) -> String {
    let name = &sources.get(span.source).name;
    if name.starts_with(BUILT_IN_PREFIX) { name.clone() } else { sources.locate(span) }
}

/// A finding as a case would expect it.
fn shown(report: &Report, finding: &Finding) -> String {
    let primary = finding.primary.as_ref();
    let mut text = format!(
        "- rule: {}\n  at: {}\n  message: {:?}\n  label: {:?}\n",
        finding.rule,
        primary.map(|label| place(&report.sources, label.span)).unwrap_or_default(),
        finding.message,
        primary.map(|label| label.text.as_str()).unwrap_or_default(),
    );
    for (key, value) in [("why", &finding.why), ("help", &finding.help)] {
        if let Some(value) = value {
            let _ = writeln!(text, "  {key}: {value:?}");
        }
    }
    if !finding.related.is_empty() {
        let places: Vec<_> = finding.related.iter().map(|label| place(&report.sources, label.span)).collect();
        let _ = writeln!(text, "  related: {places:?}");
    }
    text
}

fn value_differs(compiled: &Compiled, path: &str, expected: &ExpectedValue) -> String {
    let Some(node) = compiled.merged.root.at(&path.parse::<SpecPath>().unwrap()) else {
        return format!("  {path} is not there\n");
    };
    let found = (
        node.to_json(),
        place(&compiled.report.sources, node.span),
        compiled.merged.layer_of(node.span),
        node.history().map(Node::to_json).collect::<Vec<_>>(),
    );
    let as_expected = found.0 == expected.value
        && found.1 == expected.at
        && found.2 == expected.layer
        && found.3 == expected.overrode;
    if as_expected {
        return String::new();
    }
    let (value, at, layer, overrode) = found;
    format!(
        "  {path}: {{value: {value}, at: \"{at}\", layer: {layer}, overrode: {}}}\n",
        Json::from(overrode)
    )
}

#[test]
fn every_case_comes_out_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layers");
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    names.sort();
    assert!(names.len() > 50, "only {} cases in {}", names.len(), folder.display());
    let mut wrong = String::new();
    for path in names {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(path.join("case.yaml")).unwrap();
        let case: Case = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found = differences(&case, &run(&path, &case.request));
        if !found.is_empty() {
            let _ = writeln!(wrong, "\n{name}: this came out instead\n{found}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
