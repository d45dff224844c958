//! `render --check` of a project: what differs, why, and what repairs it.

use crate::support::Project;
use serde_json::Value as Json;
use std::fs;

const TWO: &str = "matrix:
  all:
    presets: [connect]
    environments: [dev]
    teams: ['*']";

fn drift(project: &Project) -> Vec<Json> {
    let said = project.run("render --check --format json");
    assert_eq!(said.status, 1, "{}", said.err);
    let said: Json = serde_json::from_str(&said.out).unwrap();
    said["drift"].as_array().unwrap().clone()
}

#[test]
fn a_stale_file_names_the_line_of_the_layer_that_made_it_so() {
    let project = Project::fleet(TWO);
    project.ok("render");
    project.layer("Team", "risk", "connect: {executor: {memory: 7g}}");
    let rows = drift(&project);
    let row = rows.iter().find(|row| row["file"].as_str().unwrap().contains("configmap")).unwrap();
    assert_eq!(row["drift"], "stale");
    assert_eq!(row["causedAt"]["file"], "teams/risk.yaml");
    assert_eq!((row["causedAt"]["line"].clone(), row["causedAt"]["column"].clone()), (5.into(), 32.into()));
    assert_eq!(row["cause"], "connect.executor.memory");
    assert_eq!(row["repair"], "sparkctl render");
    assert!(rows.iter().all(|row| row["file"].as_str().unwrap().contains("/risk-connect/")), "{rows:#?}");
    let annotations = project.run("render --check --format github").out;
    assert!(annotations.contains("::error file=teams/risk.yaml,line=5,col=32,"), "{annotations}");
}

#[test]
fn every_kind_of_drift_has_its_cause_and_its_repair() {
    let project = Project::fleet(TWO);
    project.ok("render");
    let place = "rendered/dev/risk-connect";
    fs::remove_file(project.path(&format!("{place}/namespace/namespace-spark-risk-dev.yaml"))).unwrap();
    let edited = format!("{place}/kustomization.yaml");
    let text = fs::read_to_string(project.path(&edited)).unwrap();
    project.write(&edited, &text.replacen("order: fifo", "order: legacy", 1));
    project.write(&format!("{place}/notes.txt"), "mine\n");
    project.spec(&TWO.replace("'*'", "risk"));
    let rows: Vec<(String, String, String, Json)> = drift(&project)
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            (text("drift"), text("cause"), text("repair"), row["line"].clone())
        })
        .collect();
    let row = |drift: &str, cause: &str, repair: &str, line: Json| {
        (drift.to_owned(), cause.to_owned(), repair.to_owned(), line)
    };
    let overwrite = "put the change into a layer, then sparkctl render --overwrite-edited";
    let expected = [
        row("edited", "edited by hand", overwrite, 4.into()),
        row("missing", "deleted by hand", "sparkctl render", Json::Null),
        row(
            "foreign",
            "not written by sparkctl",
            "none needed: render keeps what is not sparkctl's",
            Json::Null,
        ),
        row("obsolete", "not in the project any more", "sparkctl render --prune", Json::Null),
    ];
    for wanted in &expected {
        assert!(rows.contains(wanted), "{wanted:?} of {rows:#?}");
    }
    assert_eq!(rows.len(), expected.len(), "{rows:#?}");
}

#[test]
fn a_project_that_was_never_rendered_says_so() {
    let project = Project::fleet(TWO);
    let rows = drift(&project);
    assert!(rows.iter().all(|row| row["drift"] == "missing" && row["cause"] == "never rendered"));
    project.ok("render");
    assert_eq!(project.run("render --check").status, 0);
}
