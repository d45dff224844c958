use super::{all, families};
use crate::diagnostic::{Finding, Severity};
use crate::layer::document::Lock;
use crate::layer::parse::{parse, parse_one};
use crate::layer::path::SpecPath;
use crate::layer::stack::{Placed, Rung, Stack};
use crate::layer::tree::{Node, Value};
use crate::library::check_template;
use crate::source::{Sources, Span};
use crate::spec::schema::{Kind, Schemas, check_constraints};
use crate::template::Templates;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Every rule's name in the source code, with the severity where a constructor stands before it.
fn used() -> BTreeMap<String, BTreeSet<Option<Severity>>> {
    fn collect(folder: &Path, found: &mut BTreeMap<String, BTreeSet<Option<Severity>>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let quotes_others = ["src/rules/tests.rs", "src/rules/catalogue.rs", "src/diagnostic"];
            if quotes_others.iter().any(|other| path.ends_with(other)) {
                continue;
            }
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                names(&std::fs::read_to_string(path).unwrap(), found);
            }
        }
    }
    fn names(text: &str, found: &mut BTreeMap<String, BTreeSet<Option<Severity>>>) {
        let parts: Vec<&str> = text.split('"').collect();
        for pair in parts.windows(2) {
            let Some((family, rest)) = pair[1].split_once('/') else { continue };
            let kebab = rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            if !families().any(|known| known == family) || !kebab || rest.is_empty() {
                continue;
            }
            let before = pair[0].trim_end();
            let severity = [("Finding::error(", Severity::Error), ("Finding::warning(", Severity::Warning)]
                .into_iter()
                .find_map(|(call, severity)| before.ends_with(call).then_some(severity));
            found.entry(pair[1].to_owned()).or_default().insert(severity);
        }
    }
    let mut found = BTreeMap::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found
}

#[test]
fn the_catalogue_has_every_rule_that_is_used_and_no_other() {
    let used = used();
    let known: BTreeSet<&str> = all().iter().map(|rule| rule.name.as_str()).collect();
    let missing: Vec<&String> = used.keys().filter(|name| !known.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "write an entry in src/rules/catalogue/ for {missing:?}");
    let idle: Vec<&&str> = known.iter().filter(|name| !used.contains_key(**name)).collect();
    assert!(idle.is_empty(), "nothing in src/ finds {idle:?}: take them out of src/rules/catalogue/");
    for rule in all() {
        for severity in used[&rule.name].iter().flatten() {
            assert_eq!(*severity, rule.severity, "{}", rule.name);
        }
    }
}

/// The rules that find something in an example; none where one cannot be run by itself.
fn found(name: &str, example: &str) -> Option<Vec<&'static str>> {
    let mut sources = Sources::default();
    let findings = match name {
        "layer/several-documents" | "layer/empty" => {
            let source = sources.add("example.yaml", example);
            parse_one(source, example).1
        }
        "layer/ambiguous-scalar"
        | "layer/duplicate-key"
        | "layer/syntax"
        | "layer/tag"
        | "layer/too-large" => {
            let source = sources.add("example.yaml", example);
            parse(source, example).1
        }
        "layer/unknown-key" | "layer/wrong-type" | "layer/wrong-value" => in_layer(example, &mut sources),
        "layer/bad-constraint" | "layer/constraint" | "layer/locked" | "layer/feature-conflict" => {
            merged(name, example, &mut sources)
        }
        "layer/bad-path" => {
            let source = sources.add("example.yaml", example);
            let tree = parse_one(source, example).0.unwrap();
            let path = SpecPath::root().key("locks").index(0).key("path");
            let wrong = tree.at(&path).unwrap().as_str().unwrap().parse::<SpecPath>().is_err();
            if wrong { vec![Finding::error("layer/bad-path", "")] } else { Vec::new() }
        }
        _ if name.starts_with("template/") => template(example, &mut sources)?,
        _ => return None,
    };
    Some(findings.iter().map(|finding| finding.rule).collect())
}

fn in_layer(example: &str, sources: &mut Sources) -> Vec<Finding> {
    let header = "apiVersion: sparkctl/v1alpha1\nkind: Release\nmetadata: {name: example}\n";
    let source = sources.add("example.yaml", format!("{header}{example}"));
    let (tree, findings) = parse_one(source, &sources.get(source).text);
    assert_eq!(findings, []);
    Schemas::new([]).check(Kind::Layer, &tree.unwrap(), sources)
}

fn merged(name: &str, example: &str, sources: &mut Sources) -> Vec<Finding> {
    let source = sources.add("example.yaml", example);
    let (documents, findings) = parse(source, example);
    assert_eq!(findings, [], "{example}");
    let empty = || Node::new(Span { source, start: 0, end: 0 }, Value::Map(Default::default()));
    let mut stack = Stack::default();
    for (at, document) in documents.iter().enumerate() {
        let text = |node: &Node, key: &str| node.get(key).unwrap().as_str().unwrap().to_owned();
        let locks = match document.get("locks").map(|node| &node.value) {
            Some(Value::List(locks)) => locks
                .iter()
                .map(|lock| Lock {
                    path: text(lock, "path").parse().unwrap(),
                    reason: text(lock, "reason"),
                    span: lock.span,
                })
                .collect(),
            _ => Vec::new(),
        };
        let rung = if name == "layer/feature-conflict" { Rung::Feature(at.to_string()) } else { Rung::Plain };
        let spec = document.get("spec").cloned().unwrap_or_else(empty);
        stack.layers.push(Placed {
            label: at.to_string(),
            rung,
            spec,
            locks,
            silences: Vec::new(),
            constraints: None,
        });
    }
    let (merged, mut findings) = stack.merge(source);
    for constraints in documents.iter().filter_map(|document| document.get("constraints")) {
        findings.extend(check_constraints(constraints, "the environment", &merged.root));
    }
    findings
}

fn template(example: &str, sources: &mut Sources) -> Option<Vec<Finding>> {
    if example.starts_with('#') {
        return None;
    }
    let source = sources.add("templates/ui/example.yaml.j2", example);
    let misplaced = check_template("ui/example.yaml.j2", source, example);
    if !misplaced.is_empty() {
        return Some(misplaced);
    }
    let server = sources.add("templates/ui/server.conf.j2", "port = 8080\n");
    let names = [("ui/example.yaml.j2".to_owned(), source), ("ui/server.conf.j2".to_owned(), server)];
    let spec = json!({
        "spec": {"spark": {"version": "4.1"}, "connect": {"enabled": true, "replicas": 2}},
        "release": {"name": "sales"},
        "component": {"labels": {"app": "ui"}},
    });
    let context: Vec<(&str, minijinja::Value)> = ["spec", "release", "component"]
        .into_iter()
        .map(|name| (name, minijinja::Value::from(minijinja::value::Serde(spec[name].clone()))))
        .collect();
    let rendered = match Templates::new(names, sources).render("ui/example.yaml.j2", &context, sources) {
        Ok(rendered) => rendered,
        Err(finding) => return Some(vec![*finding]),
    };
    let (documents, findings) = parse(sources.scratch(), &rendered.text);
    if !findings.is_empty() {
        return Some(vec![Finding::error("template/broken-yaml", rendered.text)]);
    }
    // Examples are parts of manifests, but for those that are about whole ones.
    let whole = |node: &&Node| node.get("kind").is_some() && node.get("metadata").is_some();
    let nameless = documents.iter().filter(whole).any(|node| crate::manifest::identify(node).is_err());
    Some(if nameless { vec![Finding::error("template/not-an-object", "")] } else { Vec::new() })
}

#[test]
fn the_examples_are_what_they_say() {
    let mut run = 0;
    for rule in all() {
        let (Some(bad), Some(good)) = (found(&rule.name, &rule.bad), found(&rule.name, &rule.good)) else {
            continue;
        };
        let others: Vec<_> = bad.iter().filter(|name| **name != rule.name).collect();
        assert!(!bad.is_empty() && others.is_empty(), "bad example of {}: {bad:?}", rule.name);
        assert!(good.is_empty(), "good example of {}: {good:?}", rule.name);
        run += 1;
    }
    assert!(run >= 25, "only {run} examples were run");
}
