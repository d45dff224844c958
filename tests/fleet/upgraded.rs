//! `sparkctl upgrade`: bundles of an older sparkctl, made by taking today's apart.

use crate::support::Project;
use serde_json::Value as Json;
use sparkctl::bundle::{Digest, LOCK_FILE, Lock};
use std::collections::BTreeMap;
use std::fs;

const FLEET: &str = "requires: '0.0'   # until all have moved
matrix:
  all:
    presets: [connect]
    environments: [dev]
    clusters: ['*']
    teams: ['*']";

type Files = BTreeMap<String, String>;

/// A fleet of six bundles that another version rendered: the same as this one, but for what `change` does to the
/// files and inputs of each.
fn older(change: impl Fn(&mut Files, &mut BTreeMap<String, Digest>)) -> Project {
    let project = Project::fleet(&FLEET.replace("'0.0'", "'0.1'"));
    project.ok("render");
    project.spec(FLEET);
    for cluster in ["eu-1", "eu-2", "us-1"] {
        for team in ["risk", "search"] {
            age(&project, &format!("rendered/dev/{cluster}/{team}-connect"), &change);
        }
    }
    project
}

fn age(project: &Project, place: &str, change: &dyn Fn(&mut Files, &mut BTreeMap<String, Digest>)) {
    let lock_path = project.path(&format!("{place}/{LOCK_FILE}"));
    let mut lock = Lock::parse(&fs::read(&lock_path).unwrap()).unwrap();
    let before = project.files(place).into_iter().filter(|(path, _)| path != LOCK_FILE);
    let mut files: Files = before.map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap())).collect();
    change(&mut files, &mut lock.inputs);
    fs::remove_dir_all(project.path(place)).unwrap();
    lock.outputs =
        files.iter().map(|(path, text)| (path.parse().unwrap(), Digest::of(text.as_bytes()))).collect();
    files.iter().for_each(|(path, text)| project.write(&format!("{place}/{path}"), text));
    fs::write(lock_path, lock.to_bytes()).unwrap();
}

/// Another default: a smaller overhead of executors.
fn smaller_overhead(files: &mut Files, inputs: &mut BTreeMap<String, Digest>) {
    let (_, text) = files.iter_mut().find(|(path, _)| path.contains("/configmap-")).unwrap();
    let line = text.lines().find(|line| line.contains("spark.executor.memoryOverhead=")).unwrap().to_owned();
    *text = text.replace(&line, "    spark.executor.memoryOverhead=123m");
    assert!(inputs.insert("built-in:presets/base.yaml".to_owned(), Digest::of(b"older")).is_some());
}

fn nothing(_: &mut Files, _: &mut BTreeMap<String, Digest>) {}

fn look(project: &Project, words: &str) -> Json {
    let said = project.run(&format!("upgrade --dry-run --format json {words}"));
    assert_eq!(said.status, 0, "{}", said.err);
    serde_json::from_str(&said.out).unwrap()
}

fn texts<'a>(list: &'a Json, key: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|one| one[key].as_str().unwrap()).collect()
}

#[test]
fn another_default_is_told_once_with_its_lines_and_where_it_comes_from() {
    let project = older(smaller_overhead);
    let before = (project.files("rendered"), fs::read(project.path("sparkctl.yaml")).unwrap());
    let seen = look(&project, "");
    assert_eq!(
        seen["builtIn"],
        serde_json::json!([{"path": "presets/base.yaml", "change": "changed", "bundles": 6}])
    );
    assert_eq!(seen["different"].as_array().unwrap().len(), 6);
    // Both teams have so little memory that the least overhead is theirs: one change, in all of them.
    let changes = seen["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{changes:#?}");
    assert_eq!((&changes[0]["cause"], &changes[0]["change"]), (&"builtIn".into(), &"changed".into()));
    assert_eq!(changes[0]["bundles"].as_array().unwrap().len(), 6);
    let diff = changes[0]["diff"].as_str().unwrap();
    assert!(
        diff.contains("\n-    spark.executor.memoryOverhead=123m\n+    spark.executor.memoryOverhead="),
        "{diff}"
    );
    assert!(changes[0]["object"].as_str().unwrap().starts_with("ConfigMap/risk-connect-"), "{changes:#?}");
    assert_eq!(seen["notTheUpgrade"]["inputs"], serde_json::json!([]));
    assert_eq!(seen["requires"], serde_json::json!({"is": "0.0", "becomes": "0.1"}));
    let after = (project.files("rendered"), fs::read(project.path("sparkctl.yaml")).unwrap());
    assert_eq!(before, after, "a look changed something");
}

#[test]
fn changes_that_differ_in_more_than_names_stand_apart() {
    let project = older(smaller_overhead);
    age(&project, "rendered/dev/us-1/search-connect", &|files, _| {
        let (_, text) = files.iter_mut().find(|(path, _)| path.contains("/configmap-")).unwrap();
        *text = text.replace("memoryOverhead=123m", "memoryOverhead=77m");
    });
    let seen = look(&project, "");
    let counts: Vec<usize> = seen["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["bundles"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [5, 1]);
}

#[test]
fn what_no_input_explains_is_sparkctls_own_doing() {
    let project = older(|files, _| {
        let text = files.get_mut("kustomization.yaml").unwrap();
        *text = text.replace("order: fifo", "order: legacy");
    });
    let seen = look(&project, "");
    assert_eq!(texts(&seen["changes"], "cause"), ["sparkctl"]);
    assert_eq!(seen["builtIn"], serde_json::json!([]));
    let said = project.ok("upgrade --dry-run");
    assert!(said.out.contains("sparkctl itself renders it differently"), "{}", said.out);
    assert!(said.out.contains("the same in 5 more bundles"), "{}", said.out);
}

#[test]
fn files_and_inputs_come_and_go() {
    let project = older(|files, inputs| {
        let (name, text) = files.iter().find(|(path, _)| path.contains("/role-")).unwrap();
        let (name, text) = (name.clone(), text.clone());
        files.remove(&name);
        files.insert("spark-connect/service-of-old.yaml".to_owned(), text);
        let template = inputs.keys().find(|name| name.contains("role.yaml.j2")).unwrap().clone();
        inputs.remove(&template);
        inputs.insert("built-in:templates/spark-connect/of-old.yaml.j2".to_owned(), Digest::of(b"old"));
    });
    let seen = look(&project, "");
    assert_eq!(texts(&seen["builtIn"], "change"), ["gone", "new"]);
    let changes = seen["changes"].as_array().unwrap();
    let of = |change: &str| changes.iter().find(|one| one["change"] == change).unwrap();
    assert!(of("new")["diff"].as_str().unwrap().contains("+kind: Role\n"));
    assert!(of("new")["object"].as_str().unwrap().starts_with("Role/"));
    assert!(of("gone")["file"].as_str().unwrap().ends_with("spark-connect/service-of-old.yaml"));
    assert_eq!(changes.len(), 2, "{changes:#?}");
}

#[test]
fn what_the_project_changed_itself_is_told_apart() {
    let project = older(smaller_overhead);
    project.layer("Team", "risk", "connect: {executor: {memory: 7g}}");
    let edited = "rendered/dev/us-1/search-connect/kustomization.yaml";
    let text = fs::read_to_string(project.path(edited)).unwrap();
    project.write(edited, &text.replace("order: fifo", "order: legacy"));
    fs::remove_dir_all(project.path("rendered/dev/eu-2/search-connect")).unwrap();
    let seen = look(&project, "");
    let own = &seen["notTheUpgrade"];
    assert_eq!(own["inputs"], serde_json::json!([{"name": "teams/risk.yaml", "bundles": 3}]));
    assert_eq!(own["files"], serde_json::json!([{"file": edited, "what": "edited by hand"}]));
    assert_eq!(own["missing"], serde_json::json!(["dev/eu-2/search-connect"]));
    let mut causes = texts(&seen["changes"], "cause");
    causes.dedup();
    assert_eq!(causes, ["builtIn", "project"]);
    // What is edited is not shown as if it were the upgrade's.
    assert!(!texts(&seen["changes"], "file").contains(&edited));
    let said = project.ok("upgrade --dry-run");
    assert!(said.out.starts_with("not all of this is the upgrade: "), "{}", said.out);
}

#[test]
fn a_bundle_that_no_release_makes_is_told() {
    let project = older(smaller_overhead);
    project.spec(&FLEET.replace("teams: ['*']", "teams: [risk]"));
    let seen = look(&project, "");
    assert_eq!(seen["notTheUpgrade"]["notListed"].as_array().unwrap().len(), 3);
    // A part of the project says nothing of the rest.
    assert_eq!(look(&project, "--cluster eu-*")["notTheUpgrade"]["notListed"], serde_json::json!([]));
}

#[test]
fn options_narrow_it_and_the_exit_status_tells_when_asked() {
    let project = older(smaller_overhead);
    assert_eq!(look(&project, "--cluster eu-*")["different"].as_array().unwrap().len(), 4);
    assert_eq!(look(&project, "--team risk --cluster us-1")["different"].as_array().unwrap().len(), 1);
    assert_eq!(project.run("upgrade --dry-run --exit-code").status, 1);
    assert_eq!(project.run("upgrade --dry-run --team marketing").status, 2);
    assert_eq!(project.run("upgrade --exit-code").status, 2);
    assert_eq!(project.run("upgrade").status, 0);
    assert_eq!(project.run("upgrade --dry-run --exit-code").status, 0);
}

#[test]
fn an_upgrade_renders_and_changes_nothing_of_the_project_file_but_the_requirement() {
    let project = older(smaller_overhead);
    let before = fs::read_to_string(project.path("sparkctl.yaml")).unwrap();
    project.ok("upgrade");
    let after = fs::read_to_string(project.path("sparkctl.yaml")).unwrap();
    assert_eq!(after, before.replace("'0.0'   # until", "\"0.1\"   # until"));
    assert_ne!(after, before);
    assert_eq!(project.run("render --check").status, 0);
    // A second one has nothing to do.
    let files = project.files("");
    project.ok("upgrade");
    assert_eq!(project.files(""), files);
}

#[test]
fn where_rendering_fails_nothing_changed() {
    let project = older(smaller_overhead);
    let edited = "rendered/dev/us-1/search-connect/kustomization.yaml";
    let text = fs::read_to_string(project.path(edited)).unwrap();
    project.write(edited, &text.replace("order: fifo", "order: legacy"));
    let before = project.files("");
    assert_eq!(project.run("upgrade").status, 1);
    assert_eq!(project.files(""), before);
    project.layer("Team", "risk", "connect: {executor: {memory: 0g}}");
    let before = project.files("");
    let said = project.run("upgrade --overwrite-edited");
    assert_eq!(said.status, 1, "{}", said.err);
    assert_eq!(project.files(""), before);
    let said = project.run("upgrade --dry-run");
    assert_eq!(said.status, 1);
    assert!(said.err.contains("teams/risk.yaml:5"), "{}", said.err);
    assert!(said.err.contains("; 3 cannot be rendered by sparkctl "), "{}", said.err);
    assert!(said.err.contains("correct the errors first"), "{}", said.err);
    project.layer("Team", "risk", "connect: {executor: {memory: 2g}}");
    project.ok("upgrade --overwrite-edited");
    assert_eq!(fs::read_to_string(project.path(edited)).unwrap(), text);
}

/// A newer sparkctl may have rules that a release does not satisfy, and is shown all the same.
#[test]
fn a_release_with_errors_is_compared_too() {
    let project = older(smaller_overhead);
    project.spec(&format!("rules: {{net/open-egress: error}}\n{FLEET}"));
    project.layer("Cluster", "eu-1", "external: {warehouse: {host: db.corp.internal, port: 5432}}");
    let said = project.run("upgrade --dry-run --format json");
    assert_eq!(said.status, 1, "{}", said.err);
    let seen: Json = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&seen["refused"], seen["different"].as_array().unwrap().len()), (&2.into(), 6));
    assert_eq!(seen["findings"][0]["rule"], "net/open-egress");
    let before = project.files("");
    assert_eq!(project.run("upgrade").status, 1);
    assert_eq!(project.files(""), before);
}

#[cfg(unix)]
#[test]
fn the_new_project_file_is_written_through_no_link() {
    let project = older(smaller_overhead);
    project.write("elsewhere", "mine\n");
    std::os::unix::fs::symlink(project.path("elsewhere"), project.path(".sparkctl.yaml.new")).unwrap();
    project.ok("upgrade");
    assert_eq!(fs::read_to_string(project.path("elsewhere")).unwrap(), "mine\n");
    assert!(fs::symlink_metadata(project.path(".sparkctl.yaml.new")).is_err());
    assert!(!fs::symlink_metadata(project.path("sparkctl.yaml")).unwrap().is_symlink());
}

#[test]
fn a_part_can_be_upgraded_and_then_the_rest() {
    let project = older(smaller_overhead);
    let said = project.ok("upgrade --cluster eu-1");
    assert!(said.err.contains("a part of the project was rendered"), "{}", said.err);
    let seen = look(&project, "");
    let left = [
        "dev/eu-2/risk-connect",
        "dev/eu-2/search-connect",
        "dev/us-1/risk-connect",
        "dev/us-1/search-connect",
    ];
    assert_eq!(seen["different"], serde_json::json!(left));
    assert_eq!(seen["requires"]["becomes"], Json::Null);
    project.ok("render");
    assert_eq!(look(&project, "")["different"], serde_json::json!([]));
}

/// What the file requires is no part of what releases are made from: changing it is no change of one's own.
#[test]
fn the_requirement_itself_makes_no_bundle_stale() {
    let spec = |requires: &str, memory: u32| {
        format!(
            "requires: {requires}
gitops: {{repository: 'https://git.example/spark.git', flux: {{}}}}
releases:
  connect: {{preset: connect, environments: [dev], spec: {{connect: {{executor: {{memory: {memory}g}}}}}}}}"
        )
    };
    let project = Project::new(&spec("'0.1'", 3));
    project.ok("render");
    project.spec(&spec("'>=0.0.1, <0.9'", 3));
    assert_eq!(project.run("render --check").status, 0);
    project.spec(&spec("'>=0.0.1, <0.9'", 4));
    assert_eq!(project.run("render --check").status, 1);
    let own = look(&project, "")["notTheUpgrade"]["inputs"].clone();
    assert_eq!(own, serde_json::json!([{"name": "sparkctl.yaml", "bundles": 2}]));
}

#[test]
fn the_files_of_those_who_sync_are_compared_too() {
    let gitops = "gitops: {repository: 'https://git.example/spark.git', flux: {}}";
    let project = older(nothing);
    project.spec(&format!("{gitops}\n{}", FLEET.replace("'0.0'", "'0.1'")));
    project.ok("render");
    let seen = look(&project, "");
    assert_eq!((seen["different"].clone(), seen["bundles"].clone()), (serde_json::json!([]), 7.into()));
    age(&project, "rendered/gitops/flux", &|files, _| {
        let text = files.values_mut().next().unwrap();
        text.push_str("# of old\n");
    });
    let seen = look(&project, "");
    assert_eq!(texts(&seen["changes"], "cause"), ["sparkctl"]);
    assert_eq!(seen["different"], serde_json::json!(["gitops/flux"]));
}

#[test]
fn a_project_for_other_versions_is_refused_by_every_command_but_upgrade() {
    let project =
        Project::new("requires: '>=99'\nreleases: {connect: {preset: connect, environments: [dev]}}");
    for words in [
        "render",
        "render --check",
        "render --env dev --preset connect --stdout",
        "check",
        "check --layers",
        "show --env dev",
        "explain spark.version --env dev",
        "list releases",
        "preconditions --env dev",
        "graph --env dev",
        "image spark --env dev",
        "push oci://registry.example/spark:1 --env dev --dry-run",
    ] {
        let said = project.run(words);
        assert_eq!(said.status, 1, "{words}: {}", said.err);
        assert!(
            said.err.contains("error[library/other-version]: the project requires sparkctl >=99"),
            "{words}: {}",
            said.err
        );
        assert!(said.err.contains("sparkctl upgrade --dry-run"), "{words}");
    }
    let before = project.files("");
    let said = project.ok("upgrade --dry-run");
    assert!(said.err.contains("this would be a step back"), "{}", said.err);
    let said = project.run("upgrade");
    assert_eq!(said.status, 2);
    assert!(said.err.contains("newer than this one"), "{}", said.err);
    assert_eq!(project.files(""), before);
}

#[test]
fn a_requirement_that_cannot_be_read_or_edited_is_said_at_its_place() {
    let releases = "releases: {connect: {preset: connect, environments: [dev]}}";
    let cannot = "the requirement cannot be edited in its place";
    for (requires, message, at) in [
        ("requires: newest", "`newest` is no requirement of versions", "5:13"),
        // Another value would change with it.
        ("requires: &version '0.0'\noutput: *version", cannot, "5:22"),
        ("requires: |-\n  0.0", cannot, "6:5"),
    ] {
        let project = Project::new(&format!("{requires}\n{releases}"));
        let before = project.files("");
        for words in ["upgrade", "upgrade --dry-run"] {
            let said = project.run(words);
            assert_eq!(said.status, 1, "{requires}: {}", said.err);
            assert!(said.err.contains(message), "{requires}: {}", said.err);
            assert!(said.err.contains(&format!("sparkctl.yaml:{at}")), "{requires}: {}", said.err);
        }
        assert_eq!(project.files(""), before);
    }
}

#[test]
fn a_project_file_of_a_newer_format_is_refused_for_its_version_too() {
    let project = Project::new("requires: '>=99'\nnovelty: {}");
    let said = project.run("render");
    assert_eq!(said.status, 1);
    let version = said.err.find("the project requires sparkctl >=99").unwrap();
    assert!(version < said.err.find("novelty").unwrap(), "{}", said.err);
}

#[test]
fn outside_a_project_there_is_nothing_to_upgrade() {
    let project = Project::new("{}");
    fs::remove_file(project.path("sparkctl.yaml")).unwrap();
    let said = project.run("upgrade --dry-run");
    assert_eq!(said.status, 2);
    assert!(said.err.contains("there is no project here to upgrade"), "{}", said.err);
}

#[test]
fn what_people_read() {
    let project = older(|files, inputs| {
        smaller_overhead(files, inputs);
        let name =
            files.keys().find(|path| path.contains("/serviceaccount-") && path.contains("executor")).unwrap();
        let name = name.clone();
        let text = files.remove(&name).unwrap();
        files.insert("spark-connect/service-of-old.yaml".to_owned(), text);
        inputs.insert("built-in:templates/spark-connect/of-old.yaml.j2".to_owned(), Digest::of(b"old"));
        inputs.remove("built-in:templates/spark-connect/serviceaccount.yaml.j2");
    });
    project.layer("Team", "search", "connect: {executor: {memory: 7g}}");
    let edited = "rendered/dev/us-1/search-connect/kustomization.yaml";
    let text = fs::read_to_string(project.path(edited)).unwrap();
    project.write(edited, &text.replace("order: fifo", "order: legacy"));
    let said = project.ok("upgrade --dry-run");
    insta::assert_snapshot!("upgrade-dry-run", format!("{}\n{}", said.out, said.err));
    project.ok("upgrade --overwrite-edited");
    let said = project.ok("upgrade --dry-run");
    insta::assert_snapshot!(format!("{}{}", said.out, said.err), @"rendered: 6 bundles; nothing would change with sparkctl 0.1.0");
}
