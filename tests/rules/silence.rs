//! Silenced findings, expiry, changed severities.

use crate::layers::Project;
use crate::support::{fires, quiet};
use sparkctl::compile::compile_all;
use sparkctl::diagnostic::{Finding, Severity, text};
use sparkctl::failure::Failure;
use sparkctl::library::Library;
use sparkctl::release::{Release, Values};
use sparkctl::rules;

const RELEASE: &str = "spec: {releases: {main: {preset: connect, namespaces: {dev: a}}}}\n";
/// An environment in which `net/open-egress` finds something.
const OPEN: &str = "spec: {external: {warehouse: {host: db.corp.internal, port: 5432}}}\n";

fn entry(rule: &str, about: &str, until: &str) -> String {
    format!("silenced:\n- {{rule: {rule}, {about}, reason: it is known, until: \"{until}\"}}\n")
}

/// A project whose development environment accepts something.
fn environment(silenced: &str) -> Project {
    Project::new(&[("sparkctl.yaml", RELEASE), ("environments/dev.yaml", &format!("{OPEN}{silenced}"))])
}

fn on(project: &Project, today: &str) -> Vec<Finding> {
    let release = Release { today: Some(today.parse().unwrap()), ..project.release("dev", "main") };
    compile_all(&project.library, &release).unwrap().report.findings
}

#[test]
fn a_finding_is_silenced_by_the_path_that_causes_it() {
    fires("net/open-egress", environment("").findings("dev", "main"));
    for path in ["external", "external.warehouse"] {
        let project = environment(&entry("net/open-egress", &format!("path: {path}"), "2027-01-31"));
        let report = project.compiled("dev", "main").report;
        quiet("net/open-egress", report.findings.clone());
        let silenced = &report.silenced[0];
        assert_eq!((silenced.finding.rule, silenced.reason.as_str()), ("net/open-egress", "it is known"));
        assert_eq!(silenced.path.as_ref().unwrap().to_string(), "external.warehouse");
        let line = text::silenced(&report).unwrap();
        assert_eq!(
            line,
            "1 finding silenced (until 2027-01-31 at the earliest; give --today to hold them to their dates)"
        );
    }
    let elsewhere = environment(&entry("net/open-egress", "path: external.other", "2027-01-31"));
    fires("net/open-egress", elsewhere.findings("dev", "main"));
    let other = environment(&entry("pod/request-above-limit", "path: external", "2027-01-31"));
    fires("net/open-egress", other.findings("dev", "main"));
}

#[test]
fn a_finding_is_silenced_by_the_object_it_is_in() {
    use sparkctl::layer::document::{About, LayerKind, Silence};
    use sparkctl::rules::{locate::Located, silence};
    let project = environment("");
    let span = sparkctl::source::Span { source: project.library.sources.scratch(), start: 0, end: 0 };
    let silenced = |object: &str| {
        let entry = Silence {
            kind: LayerKind::Environment,
            rule: "net/open-egress".to_owned(),
            about: About::Object(object.to_owned()),
            reason: "it is known".to_owned(),
            until: "2027-01-31".parse().unwrap(),
            span,
            rule_span: span,
            about_span: span,
            until_span: span,
        };
        let finding = Finding::warning("net/open-egress", "open");
        let located =
            Located { finding, object: Some("NetworkPolicy/main-spark-connect".to_owned()), path: None };
        silence::apply(&project.library, vec![located], &[entry], None).findings.is_empty()
    };
    assert!(silenced("NetworkPolicy/*-spark-connect") && silenced("NetworkPolicy/main-spark-connect"));
    assert!(!silenced("NetworkPolicy/other-spark-connect") && !silenced("Service/*-spark-connect"));
}

#[test]
fn an_entry_holds_through_its_last_day_and_not_longer() {
    let project = environment(&entry("net/open-egress", "path: external", "2027-01-31"));
    quiet("net/open-egress", on(&project, "2027-01-31"));
    quiet("layer/silence-expired", on(&project, "2027-01-31"));
    let late = on(&project, "2027-02-01");
    fires("net/open-egress", late.clone());
    assert_eq!(fires("layer/silence-expired", late), "`net/open-egress` was silenced until 2027-01-31");
    // No clock is read: without a day nothing expires.
    let ancient = environment(&entry("net/open-egress", "path: external", "2001-01-01"));
    quiet("layer/silence-expired", ancient.findings("dev", "main"));
    quiet("net/open-egress", ancient.findings("dev", "main"));
}

#[test]
fn what_is_rendered_does_not_depend_on_the_day() {
    let project = environment(&entry("net/open-egress", "path: external", "2027-01-31"));
    let release = project.release("dev", "main");
    let later = Release { today: Some("2030-01-01".parse().unwrap()), ..release.clone() };
    assert_eq!(serde_json::to_value(&release).unwrap(), serde_json::to_value(&later).unwrap());
}

#[test]
fn an_entry_that_silences_nothing_is_told_where_nothing_else_can_need_it() {
    let values = |until: &str, about: &str| {
        let header = "apiVersion: sparkctl/v1alpha1\nkind: Release\nmetadata: {name: mine}\n";
        let text = format!("{header}{}", entry("net/open-egress", about, until));
        let mut release = Release::of("dev", "connect").unwrap();
        release.values = Some(Values { name: "values.yaml".to_owned(), text });
        compile_all(crate::support::library(), &release).unwrap().report.findings
    };
    fires("layer/silence-idle", values("2027-01-31", "path: external.warehouse"));
    // Of a layer that others take too, only all of them can tell.
    let shared = Project::new(&[
        ("sparkctl.yaml", RELEASE),
        ("environments/dev.yaml", &entry("net/open-egress", "path: external", "2027-01-31")),
    ]);
    quiet("layer/silence-idle", shared.findings("dev", "main"));
    fires("layer/silence-idle", shared.layers());
    let used = environment(&entry("net/open-egress", "path: external", "2027-01-31"));
    quiet("layer/silence-idle", used.layers());
    // One that has expired is told as that, once.
    let expired = used.whole(Some("2028-01-01")).findings;
    fires("layer/silence-expired", expired.clone());
    quiet("layer/silence-idle", expired);
}

#[test]
fn a_release_accepts_findings_in_its_own_entry() {
    let file = format!(
        "spec: {{releases: {{main: {{preset: connect, namespaces: {{dev: a}}, silenced: [{}]}}}}}}\n",
        "{rule: net/open-egress, path: external, reason: it is known, until: \"2027-01-31\"}"
    );
    let project = Project::new(&[("sparkctl.yaml", &file), ("environments/dev.yaml", OPEN)]);
    assert_eq!(project.compiled("dev", "main").report.silenced.len(), 1);
    quiet("layer/silence-idle", project.layers());
}

#[test]
fn a_warning_about_layers_is_silenced_like_any_other() {
    let twice = "spec: {connect: {replicas: 1}}\n";
    let silenced = entry("layer/redundant-override", "path: connect.replicas", "2027-01-31");
    let project =
        Project::new(&[("sparkctl.yaml", RELEASE), ("environments/dev.yaml", &format!("{twice}{silenced}"))]);
    quiet("layer/redundant-override", project.findings("dev", "main"));
    assert_eq!(project.layers(), []);
}

#[test]
fn entries_that_cannot_hold_are_errors() {
    let wrong = |rule: &str, silenced: &str| {
        let found = compile_all(&environment(silenced).library, &release());
        match found {
            Ok(compiled) => fires(rule, compiled.report.findings),
            Err(Failure::Findings(report)) => fires(rule, report.findings),
            Err(other) => panic!("{other}"),
        }
    };
    wrong("layer/unknown-rule", &entry("net/open-egres", "path: external", "2027-01-31"));
    wrong("layer/fixed-rule", &entry("layer/unknown-key", "path: external", "2027-01-31"));
    wrong("layer/bad-path", &entry("net/open-egress", "path: external/warehouse", "2027-01-31"));
    wrong("layer/bad-path", &entry("net/open-egress", "path: extern.warehouse", "2027-01-31"));
    wrong("layer/wrong-value", &entry("net/open-egress", "path: external", "2027-02-30"));
    wrong("layer/wrong-value", &entry("net/open-egress", "path: external, object: Service/a", "2027-01-31"));
    wrong("layer/wrong-value", "silenced: [{rule: net/open-egress, reason: x, until: \"2027-01-31\"}]\n");
    wrong(
        "layer/wrong-value",
        "silenced: [{rule: net/open-egress, path: external, reason: \"\", until: \"2027-01-31\"}]\n",
    );
    wrong(
        "layer/missing-key",
        "silenced: [{rule: net/open-egress, path: external, until: \"2027-01-31\"}]\n",
    );
    wrong("layer/missing-key", "silenced: [{rule: net/open-egress, path: external, reason: x}]\n");
}

fn release() -> Release {
    Release::of("dev", "connect").unwrap()
}

#[test]
fn a_firm_rule_is_silenced_by_those_who_own_the_platform_alone() {
    let Some(firm) = rules::all().iter().find(|rule| rule.firm) else { return };
    let silenced = entry(&firm.name, "object: Service/none", "2027-01-31");
    let file =
        "spec: {releases: {main: {preset: connect, team: finance, cluster: west, namespaces: {dev: a}}}}\n";
    let project = |team: &str, cluster: &str| {
        Project::new(&[
            ("sparkctl.yaml", file),
            ("teams/finance.yaml", team),
            ("clusters/west.yaml", cluster),
        ])
    };
    fires("layer/firm-rule", project(&silenced, "spec: {}\n").findings("dev", "main"));
    quiet("layer/firm-rule", project("spec: {}\n", &silenced).findings("dev", "main"));
    quiet("layer/firm-rule", environment(&silenced).findings("dev", "main"));
}

fn weighed(rules: &str) -> Result<Project, Vec<Finding>> {
    let folder = tempfile::tempdir().unwrap();
    let header = "apiVersion: sparkctl/v1alpha1\nkind: Project\nmetadata: {name: mine}\n";
    let file = format!(
        "{header}spec:\n  rules: {rules}\n  releases: {{main: {{preset: connect, namespaces: {{dev: a}}}}}}\n"
    );
    std::fs::write(folder.path().join("sparkctl.yaml"), &file).unwrap();
    match Library::load(Some(folder.path()), "") {
        Ok(_) => {
            let body = file.strip_prefix(header).unwrap();
            Ok(Project::new(&[("sparkctl.yaml", body), ("environments/dev.yaml", OPEN)]))
        }
        Err(Failure::Findings(report)) => Err(report.findings),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_project_weighs_rules() {
    let severity = |project: &Project| {
        let found = project.findings("dev", "main");
        found.iter().find(|finding| finding.rule == "net/open-egress").unwrap().severity
    };
    assert_eq!(severity(&weighed("{}").ok().unwrap()), Severity::Warning);
    assert_eq!(severity(&weighed("{net/open-egress: error}").ok().unwrap()), Severity::Error);
    let lowered = weighed("{spark/heap-too-small: warning}").ok().unwrap();
    let mut release = lowered.release("dev", "main");
    release.set = vec!["connect.executor.memory=300m".to_owned()];
    let found = compile_all(&lowered.library, &release).unwrap().report.findings;
    let heap = found.iter().find(|finding| finding.rule == "spark/heap-too-small").unwrap();
    assert_eq!(heap.severity, Severity::Warning);
}

#[test]
fn what_a_project_cannot_weigh_is_an_error() {
    let wrong = |rules: &str| weighed(rules).err().unwrap();
    let message = fires("layer/unknown-rule", wrong("{net/open-egres: error}"));
    assert_eq!(message, "there is no rule `net/open-egres`");
    let help = wrong("{net/open-egres: error}")[0].help.clone();
    assert_eq!(help.as_deref(), Some("did you mean `net/open-egress`?"));
    fires("layer/fixed-rule", wrong("{layer/syntax: warning}"));
    fires("layer/fixed-rule", wrong("{template/broken-yaml: warning}"));
    fires("layer/wrong-value", wrong("{net/open-egress: fatal}"));
    let firm = |rule: &&rules::Rule| rule.firm && rule.severity == Severity::Error;
    if let Some(firm) = rules::all().iter().find(firm) {
        fires("layer/firm-rule", wrong(&format!("{{{}: warning}}", firm.name)));
    }
}
