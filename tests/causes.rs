//! Which line made it: every line of a rendered release has a template line behind it, and of the
//! lines that people ask about the deciding leaves are known exactly.

// `clippy.toml` allows these in `#[test]` functions; here the helpers are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use sparkctl::compile::Manifest;
use sparkctl::compile::cause::{self, Field};
use sparkctl::compile::{Compiled, compile};
use sparkctl::layer::path::Segment;
use sparkctl::layer::tree::Value;
use sparkctl::library::Library;
use sparkctl::manifest::emit::emit;
use std::fmt::Write as _;
use support::{manifest, release};

fn prod() -> (Library, Compiled) {
    let library = Library::load(None, "").unwrap();
    let compiled = compile(&library, &release("prod")).unwrap();
    (library, compiled)
}

/// Why a template line cannot have made a field; none if it can.
fn implausible(manifest: &Manifest, field: &Field, line: &str) -> Option<String> {
    if let Some(found) = &field.line {
        let text = found.text.as_str();
        let key = text.split(['=', ':']).next().unwrap_or_default().trim_start_matches("- ");
        let literal = line == text;
        let word = text.split(' ').next().unwrap_or_default();
        let expression =
            line.contains("{{") && (line.contains(key) || line.starts_with("{{") || line.starts_with(word));
        // A document inside a text was read and written again: flow style is gone, mappings that an
        // expression made are spread over lines.
        let item = text.strip_prefix("- ").is_some_and(|item| line.contains(item));
        let spread = text.contains(':') || text.starts_with("- ");
        let rewritten = spread && (line.contains(key) || line.ends_with("}}"));
        // An empty line counts to the one above it.
        let fits = literal || text.is_empty() || expression || item || rewritten;
        return (!fits).then(|| format!("the text line {text:?}"));
    }
    let value = manifest.object.at(&field.path)?;
    let key = field.path.0.iter().rev().find_map(|segment| match segment {
        Segment::Key(key) => Some(key.as_str()),
        Segment::Index(_) => None,
    })?;
    let named = line.contains(key);
    // A mapping or list made by one expression: its keys stand nowhere in the template.
    let above = (1..field.path.0.len()).rev().find_map(|n| match &field.path.0[n - 1] {
        Segment::Key(key) => Some(key.as_str()),
        Segment::Index(_) => None,
    });
    let by_expression = line.contains("{{");
    let literal = match &value.value {
        Value::String(text) => line.contains(text.as_str()),
        Value::Int(number) => line.contains(&number.to_string()),
        Value::Bool(flag) => line.contains(&flag.to_string()),
        _ => true,
    };
    let is_item = matches!(field.path.0.last(), Some(Segment::Index(_)));
    match (by_expression, named || is_item) {
        (true, true) => None,
        (true, false) if line.starts_with("{{") || above.is_some() => None,
        (false, true) if literal => None,
        _ => Some(format!("{} = {}", field.path, value.to_json())),
    }
}

#[test]
fn every_line_has_a_field_and_a_template_line_that_can_have_made_it() {
    let (library, compiled) = prod();
    let sources = &compiled.report.sources;
    let (mut lines, mut wrong) = (0, String::new());
    for manifest in &compiled.manifests {
        let written = emit(&manifest.object).unwrap();
        for (number, line) in written.lines().enumerate() {
            lines += 1;
            let place = format!("{}:{}", manifest.path(), number + 1);
            let Some(field) = cause::field_at(manifest, number + 1) else {
                let _ = writeln!(wrong, "{place}: no field for {line:?}");
                continue;
            };
            let Some(found) = cause::template_line(&library, &compiled, manifest, &field) else {
                let _ = writeln!(wrong, "{place}: no template line for {line:?} ({field:?})");
                continue;
            };
            let name = &sources.get(found.source).name;
            let own = format!("built-in:templates/{}/", manifest.component);
            if let Some(reason) = implausible(manifest, &field, sources.slice(found)) {
                let told = sources.locate(found);
                let _ = writeln!(wrong, "{place}: {reason} by {told}: {:?}", sources.slice(found));
            } else if ![own.as_str(), "built-in:templates/shared/", "built-in:gitops/care.yaml"]
                .iter()
                .any(|place| name.starts_with(place))
            {
                let _ = writeln!(wrong, "{place}: made by {name}");
            }
        }
    }
    assert!(lines > 600, "only {lines} lines");
    assert!(wrong.is_empty(), "{} of {lines} lines\n{wrong}", wrong.lines().count());
}

#[test]
fn lines_of_fields_and_fields_of_lines_agree() {
    let (_, compiled) = prod();
    for manifest in &compiled.manifests {
        let lines = emit(&manifest.object).unwrap().lines().count();
        for line in 1..=lines {
            let field = cause::field_at(manifest, line).unwrap();
            if field.line.is_none() {
                let found = cause::line_of_field(manifest, &field.path).unwrap();
                assert_eq!(found, line, "{}: {}", manifest.path(), field.path);
            }
        }
        assert_eq!(cause::field_at(manifest, 0), None);
        assert_eq!(cause::field_at(manifest, lines + 1), None);
    }
}

/// A line of a release, its template line, and the leaves that decide what it says; those that decide
/// whether there is such an object at all are told apart.
type Known = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str]);

const KNOWN: &[Known] = &[
    // Put there by sparkctl itself, whoever syncs.
    (
        "ServiceAccount",
        "connect-spark-connect",
        "argocd.argoproj.io/sync-wave: \"-2\"",
        "argocd.argoproj.io/sync-wave: \"-2\"",
        &[],
    ),
    (
        "StatefulSet",
        "connect-spark-connect",
        "replicas: 2",
        "replicas: {{ spec.connect.replicas }}",
        &["connect.replicas"],
    ),
    (
        "ConfigMap",
        "connect-spark-connect",
        "spark.kubernetes.container.image=registry.example/data-platform/spark:4.1.2-*",
        "spark.kubernetes.container.image={{ image(\"spark\") }}",
        // What the image has to hold decides its tag.
        &[
            "connect.backend",
            "iceberg.enabled",
            "images.spark.digest",
            "images.spark.repository",
            "images.spark.tag",
            "site.objectStore.type",
            "site.registry",
        ],
    ),
    (
        "StatefulSet",
        "connect-spark-connect",
        "memory: 10240Mi",
        "memory: {{ memory }}",
        &["connect.driver.memory", "connect.driver.memoryOverhead"],
    ),
    (
        "StatefulSet",
        "connect-spark-connect",
        "podManagementPolicy: Parallel",
        "podManagementPolicy: Parallel",
        &[],
    ),
    (
        "ConfigMap",
        "connect-spark-connect",
        "spark.executor.memory=12g",
        "spark.executor.memory={{ executor.memory }}",
        &["connect.executor.memory"],
    ),
    (
        "ConfigMap",
        "connect-spark-connect",
        "spark.dynamicAllocation.maxExecutors=20",
        "spark.dynamicAllocation.maxExecutors={{ executor.instances.max }}",
        &["connect.executor.instances.max"],
    ),
    (
        "ConfigMap",
        "connect-spark-connect",
        "spark.sql.adaptive.enabled=true",
        "{{ key | property_key }}={{ value }}",
        &["spark.conf[\"spark.sql.adaptive.enabled\"]"],
    ),
    (
        "ConfigMap",
        "connect-spark-connect",
        "rootLogger.level=warn",
        "rootLogger.level={{ spec.spark.logLevel }}",
        &["spark.logLevel"],
    ),
    (
        "ConfigMap",
        "connect-spark-connect",
        "sizeLimit: 100Gi",
        "sizeLimit: {{ executor.localStorage }}",
        &["connect.backend", "connect.executor.localStorage"],
    ),
    (
        "NetworkPolicy",
        "connect-spark-connect-executor",
        "cidr: 192.0.2.0/24",
        "- to: {{ rule.peers }}",
        &["site.objectStore.s3.endpoint.cidrs", "site.objectStore.type"],
    ),
    (
        "NetworkPolicy",
        "connect-spark-connect-server",
        "app.kubernetes.io/name: prometheus",
        "- from: {{ rule.peers }}",
        &[
            "monitoring.enabled",
            "monitoring.scrapers.prometheus.cidrs",
            "monitoring.scrapers.prometheus.podLabels[\"app.kubernetes.io/name\"]",
        ],
    ),
    (
        "Namespace",
        "spark",
        "pod-security.kubernetes.io/enforce: restricted",
        "pod-security.kubernetes.io/enforce: {{ spec.security.podSecurity }}",
        &["security.podSecurity"],
    ),
    (
        "ExternalSecret",
        "connect-object-store",
        "key: spark/prod/object-store",
        "key: {{ from.remoteKey }}",
        &["secrets.object-store.data.access-key.remoteKey"],
    ),
    (
        "ServiceMonitor",
        "connect-spark-connect",
        "interval: 60s",
        "interval: {{ spec.monitoring.interval }}",
        &["monitoring.interval"],
    ),
];

#[test]
fn of_known_lines_the_template_line_and_the_deciding_leaves_are_exact() {
    let (library, compiled) = prod();
    let mut wrong = String::new();
    for (kind, name, line, template, leaves) in KNOWN {
        let object = manifest(&compiled, kind, name);
        let written = emit(&object.object).unwrap();
        let number = written
            .lines()
            .position(|found| match line.strip_suffix('*') {
                Some(start) => found.trim().starts_with(start),
                None => found.trim() == *line,
            })
            .unwrap_or_else(|| panic!("{line} in {written}"));
        let cause = cause::of(&library, &compiled, object, cause::field_at(object, number + 1).unwrap());
        let made = cause.template.map(|span| compiled.report.sources.slice(span)).unwrap_or_default();
        let found: Vec<String> = cause.leaves.iter().map(ToString::to_string).collect();
        if made != *template || found != *leaves {
            let _ = writeln!(wrong, "{kind} {line:?}\n  by {made:?}\n  decided by {found:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
