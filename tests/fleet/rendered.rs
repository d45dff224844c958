//! Projects rendered: all or nothing, the same bytes however it is done, and nothing twice.

use crate::support::{Project, bundles};
use std::fs;

const FLEET: &str = "matrix:
  all:
    presets: [connect, airflow-connect]
    environments: [dev]
    clusters: ['*']
    teams: ['*']
    namespace: '{team}-{preset}'";

#[test]
fn a_project_gives_the_bundles_that_its_releases_give_one_by_one() {
    let project = Project::fleet(FLEET);
    let said = project.ok("render");
    assert!(said.err.contains("12 releases"), "{}", said.err);
    for cluster in ["eu-1", "eu-2", "us-1"] {
        for release in ["risk-connect", "search-airflow-connect"] {
            project.ok(&format!("render --env dev --cluster {cluster} --release {release} --out single"));
        }
    }
    let whole = project.files("rendered");
    let single = project.files("single");
    assert_eq!(bundles(&single).len(), 6);
    assert!(single.iter().all(|(path, bytes)| whole.get(path) == Some(bytes)));
}

#[test]
fn threads_locale_and_directory_do_not_show() {
    let project = Project::fleet(FLEET);
    project.ok("render --jobs 1 --out one");
    let mut command = project.command("render --jobs 7 --out seven");
    command.env("LC_ALL", "tr_TR.UTF-8").env("TZ", "Pacific/Chatham").env("LANG", "C");
    assert!(command.status().unwrap().success());
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = project.command("render");
    let root = project.path("");
    command.arg("--project").arg(&root).arg("--out").arg(project.path("else")).current_dir(elsewhere.path());
    assert!(command.status().unwrap().success());
    let one = project.files("one");
    assert_eq!(bundles(&one).len(), 12);
    assert_eq!(one, project.files("seven"));
    assert_eq!(one, project.files("else"));
}

#[test]
fn shares_of_a_project_are_the_project() {
    let project = Project::fleet(FLEET);
    project.ok("render --out whole");
    for index in 0..3 {
        project.ok(&format!("render --shard {index}/3 --out shares"));
    }
    let mut command = project.command("render --shard /2 --out indexed");
    command.env("JOB_COMPLETION_INDEX", "1");
    assert!(command.status().unwrap().success());
    assert_eq!(project.files("whole"), project.files("shares"));
    let indexed = bundles(&project.files("indexed"));
    assert!(!indexed.is_empty() && indexed.len() < 12);
    for words in [
        "render --shard 3/3",
        "render --shard /3",
        "render --shard one",
        "render --shard 0/2 --env dev --preset connect",
    ] {
        assert_eq!(project.run(words).status, 2, "{words}");
    }
}

#[test]
fn one_error_anywhere_and_nothing_is_written() {
    let project = Project::fleet(FLEET);
    project.ok("render");
    let before = project.files("rendered");
    project.layer("Team", "search", "connect: {executor: {memory: 3g, cores: many}}");
    project.layer("Team", "risk", "connect: {executor: {memory: 5g}}");
    let said = project.run("render");
    assert_eq!(said.status, 1);
    assert!(said.err.contains("nothing was written"), "{}", said.err);
    assert!(said.err.contains("teams/search.yaml:5:"), "{}", said.err);
    assert_eq!(project.files("rendered"), before);
}

#[test]
fn what_did_not_change_is_not_compiled_again() {
    let project = Project::fleet(FLEET);
    project.ok("render");
    let first = project.files("rendered");
    let modified = |path: &str| fs::metadata(project.path(path)).unwrap().modified().unwrap();
    let file = "rendered/dev/eu-1/risk-connect/kustomization.yaml";
    let before = modified(file);
    let known = |words: &str| {
        let said: serde_json::Value = serde_json::from_str(&project.ok(words).out).unwrap();
        let changed =
            said["releases"].as_array().unwrap().iter().filter(|release| release["changed"] == true).count();
        (said["known"].as_u64().unwrap(), changed)
    };
    assert_eq!(known("render --format json"), (12, 0));
    assert_eq!((project.files("rendered"), modified(file)), (first, before));
    project.layer("Team", "risk", "connect: {executor: {memory: 4g}}");
    assert_eq!(known("render --format json"), (6, 6));
    project.layer("Cluster", "us-1", "cluster: {apiServer: {cidrs: [10.9.0.1/32]}}");
    assert_eq!(known("render --format json"), (8, 4));
    // A layer that touches all, and a preset that only half of them have.
    project.layer("Environment", "dev", "spark: {version: '4.0'}");
    assert_eq!(known("render --format json"), (0, 12));
    project.layer("Preset", "airflow-connect", "connect: {executor: {cores: 2}}");
    assert_eq!(known("render --format json"), (6, 6));
}

#[test]
fn what_is_known_from_an_earlier_run_is_what_would_be_compiled() {
    let releases = "releases:
  lab: {preset: jupyter-connect, environments: [dev], namespaces: {dev: lab}, spec: {jupyter: {memory: 2Gi}}}
  jobs: {preset: connect, environments: [dev], namespaces: {dev: lab}, team: risk}
";
    let project = Project::fleet(&format!("{releases}{FLEET}"));
    project.ok("render");
    let same_as_cold = |what: &str| {
        project.ok("render");
        let _ = fs::remove_dir_all(project.path("cold"));
        project.ok("render --out cold");
        assert_eq!(project.files("rendered"), project.files("cold"), "{what}");
        assert_eq!(project.run("render --check").status, 0, "{what}");
    };
    project.spec(&format!("# a remark\nrules: {{net/open-egress: error}}\n{releases}{FLEET}"));
    same_as_cold("a remark and a rule");
    project.spec(&format!(
        "{releases}  more: {{preset: connect, environments: [dev], namespaces: {{dev: more}}}}\n{FLEET}"
    ));
    same_as_cold("one release more");
    project.spec(&format!(
        "{releases}  more: {{preset: connect, environments: [dev], namespaces: {{dev: lab}}}}\n{FLEET}"
    ));
    same_as_cold("one guest more");
    project.layer("Team", "risk", "connect: {executor: {memory: 4g}}");
    same_as_cold("what a guest needs");
    project.layer("Environment", "dev", "spark: {version: '4.0'}");
    same_as_cold("an environment's layer, new");
    fs::remove_file(project.path("environments/dev.yaml")).unwrap();
    same_as_cold("an environment's layer, gone");
}

#[test]
fn a_hand_edit_is_seen_although_nothing_else_changed() {
    let project = Project::fleet(FLEET);
    project.ok("render");
    let file = "rendered/dev/eu-1/risk-connect/kustomization.yaml";
    let text = fs::read_to_string(project.path(file)).unwrap();
    project.write(file, &format!("{text}# mine\n"));
    let said = project.run("render");
    assert_eq!(said.status, 1);
    assert!(said.err.contains("would lose what was changed by hand"), "{}", said.err);
    assert_eq!(fs::read_to_string(project.path(file)).unwrap(), format!("{text}# mine\n"));
    project.ok("render --overwrite-edited");
    assert_eq!(fs::read_to_string(project.path(file)).unwrap(), text);
    fs::remove_file(project.path(file)).unwrap();
    project.ok("render");
    assert_eq!(fs::read_to_string(project.path(file)).unwrap(), text);
}

#[test]
fn warnings_are_said_every_time() {
    let project = Project::fleet(FLEET);
    project.layer("Cluster", "eu-1", "external: {warehouse: {host: db.corp.internal, port: 5432}}");
    for _ in 0..2 {
        let said = project.ok("render");
        assert!(said.err.contains("net/open-egress"), "{}", said.err);
        assert!(said.err.contains("more releases)"), "{}", said.err);
    }
    let before = project.files("rendered");
    project.layer("Team", "risk", "connect: {executor: {memory: 4g}}");
    assert_eq!(project.run("render --deny-warnings").status, 1);
    assert_eq!(project.files("rendered"), before);
}

#[test]
fn bundles_of_releases_that_are_gone_are_named_and_removed_when_told() {
    let project = Project::fleet(FLEET);
    project.ok("render");
    project.spec(&format!("{FLEET}\n    exclude: [{{cluster: us-1}}]"));
    let said = project.ok("render");
    assert!(said.err.contains("not in the project any more: rendered/dev/us-1/risk-connect"), "{}", said.err);
    assert_eq!(bundles(&project.files("rendered")).len(), 12);
    assert_eq!(project.run("render --check").status, 1);
    assert_eq!(project.run("render --env dev --prune").status, 2);
    let edited = "rendered/dev/us-1/risk-connect/kustomization.yaml";
    let text = fs::read_to_string(project.path(edited)).unwrap();
    project.write(edited, "# mine\n");
    assert_eq!(project.run("render --prune").status, 1);
    assert!(project.path(edited).exists());
    project.write(edited, &text);
    project.ok("render --prune");
    assert_eq!(bundles(&project.files("rendered")).len(), 8);
    assert_eq!(project.run("render --check").status, 0);
}

#[test]
fn options_choose_among_the_releases() {
    let project = Project::fleet(FLEET);
    let count = |words: &str| {
        let out = project.path("chosen");
        let _ = fs::remove_dir_all(&out);
        project.ok(&format!("render --out chosen {words}"));
        bundles(&project.files("chosen")).len()
    };
    assert_eq!(count("--cluster eu-*"), 8);
    assert_eq!(count("--team risk --release *-airflow-connect"), 3);
    assert_eq!(count("--cluster eu-1,us-1 --team search"), 4);
    assert_eq!(count("--env dev --cluster eu-1 --release risk-connect"), 1);
    for (words, status) in [
        ("--team marketing", 2),
        ("--cluster eu-* --set connect.replicas=2", 2),
        ("--release risk-connect --team search", 2),
    ] {
        assert_eq!(project.run(&format!("render {words}")).status, status, "{words}");
    }
}
