//! Which releases a project lists.

use crate::support::Project;
use sparkctl::failure::Failure;
use sparkctl::fleet::{Plan, Planned};

fn planned(project: &Project) -> Vec<Planned> {
    match Plan::of(&project.library(), None) {
        Ok(plan) => plan.releases,
        Err(Failure::Findings(report)) => panic!("{:#?}", report.findings),
        Err(failure) => panic!("{failure}"),
    }
}

fn places(project: &Project) -> Vec<String> {
    planned(project).iter().map(|planned| planned.release.place()).collect()
}

/// The messages of what is wrong with a plan, each with the source line it points at.
fn refused(project: &Project) -> Vec<(String, String)> {
    let Err(Failure::Findings(report)) = Plan::of(&project.library(), None) else {
        panic!("the plan is fine")
    };
    let at = |finding: &sparkctl::diagnostic::Finding| {
        let span = finding.primary.as_ref().unwrap().span;
        report.sources.slice(span).lines().next().unwrap_or_default().trim().to_owned()
    };
    report.findings.iter().map(|finding| (finding.message.clone(), at(finding))).collect()
}

#[test]
fn a_matrix_is_every_combination_but_the_excluded() {
    let project = Project::fleet(
        "matrix:
  all:
    presets: [connect, standalone]
    environments: [dev, prod]
    clusters: ['eu-*']
    teams: ['*']
    exclude:
    - {preset: standalone, environment: prod}
    - {cluster: eu-2, team: search}",
    );
    let places = places(&project);
    assert_eq!(places.len(), 2 * 2 * 2 * 2 - 4 - 4 + 1);
    assert!(places.contains(&"dev/eu-1/risk-standalone".to_owned()), "{places:?}");
    assert!(!places.iter().any(|place| place.starts_with("prod") && place.ends_with("standalone")));
    assert!(!places.iter().any(|place| place.contains("eu-2/search")));
}

#[test]
fn names_and_namespaces_are_made_of_placeholders() {
    let project = Project::fleet(
        "matrix:
  all:
    presets: [connect]
    environments: [dev]
    clusters: [eu-1]
    teams: [risk]
    name: '{preset}-of-{team}'
    namespace: '{cluster}-{environment}-{team}'",
    );
    let planned = planned(&project);
    assert_eq!(planned[0].release.name.as_str(), "connect-of-risk");
    assert_eq!(planned[0].release.namespace.as_str(), "eu-1-dev-risk");
    assert_eq!(planned[0].release.team.as_deref(), Some("risk"));
}

#[test]
fn the_first_release_named_owns_a_shared_namespace() {
    let project = Project::new(
        "releases:
  zeta: {preset: connect, namespaces: {dev: shared}}
  alpha: {preset: standalone, namespaces: {dev: shared}}
  alone: {preset: connect, namespaces: {dev: other}}",
    );
    let owners: Vec<Option<String>> = planned(&project)
        .iter()
        .map(|planned| planned.release.sharing.owner.as_ref().map(ToString::to_string))
        .collect();
    assert_eq!(owners, [None, Some("zeta".to_owned()), None]);
    project.ok("render --env dev");
    let files = project.files("rendered");
    let namespaces: Vec<&String> = files.keys().filter(|path| path.contains("/namespace-")).collect();
    assert_eq!(
        namespaces,
        ["dev/alone/namespace/namespace-other.yaml", "dev/zeta/namespace/namespace-shared.yaml"]
    );
}

#[test]
fn who_says_so_owns_the_namespace_instead() {
    let project = Project::new(
        "releases:
  first: {preset: connect, namespaces: {dev: shared}}
  second: {preset: connect, namespaces: {dev: shared}, spec: {namespace: {owned: true}}}",
    );
    let planned = planned(&project);
    assert_eq!(planned[0].release.sharing.owner.as_ref().unwrap().as_str(), "second");
    assert_eq!(planned[1].release.sharing.guests.len(), 1);
    project.spec(
        "releases:
  first: {preset: connect, namespaces: {dev: shared}, spec: {namespace: {owned: true}}}
  second: {preset: connect, namespaces: {dev: shared}, spec: {namespace: {owned: true}}}",
    );
    assert_eq!(
        refused(&project),
        [("two releases own the namespace `shared`".to_owned(), "true".to_owned())]
    );
}

/// The quota of the owner has room for the guest, and grows with it.
#[test]
fn the_owners_quota_has_room_for_its_guests() {
    let quota = |project: &Project| {
        project.ok("render --env dev --overwrite-edited");
        let text = project.files("rendered").remove("dev/one/namespace/resourcequota-one.yaml").unwrap();
        let text = String::from_utf8(text).unwrap();
        let pods = text.lines().find_map(|line| line.trim().strip_prefix("pods: ")).unwrap();
        pods.trim_matches('"').parse::<u32>().unwrap()
    };
    let releases = |two: &str| {
        format!(
            "releases:
  one: {{preset: connect, namespaces: {{dev: shared}}, spec: {{namespace: {{quota: {{enabled: true}}}}}}}}
{two}"
        )
    };
    let project = Project::new(&releases(""));
    let alone = quota(&project);
    project.spec(&releases("  two: {preset: connect, namespaces: {dev: shared}}"));
    let shared = quota(&project);
    project.spec(&releases(
        "  two: {preset: connect, namespaces: {dev: shared}, spec: {connect: {executor: {instances: {max: 9}}}}}",
    ));
    assert!(alone < shared, "{alone} {shared}");
    assert!(shared < quota(&project));
}

#[test]
fn what_cannot_be_is_said_at_its_place() {
    let project = Project::fleet(
        "releases:
  main: {preset: conect, cluster: eu-9, team: risc, features: [histroy], environments: [prd]}
matrix:
  all:
    presets: [connect]
    environments: [dev]
    clusters: ['asia-*']
    name: '{team}-{preset}'",
    );
    let refused = refused(&project);
    let expected = [
        ("there is no preset `conect`", "conect"),
        ("there is no preset `histroy`", "[histroy]"),
        ("there is no team `risc`", "risc"),
        ("there is no environment `prd`", "[prd]"),
        ("there is no cluster `eu-9`", "eu-9"),
        ("no cluster fits `asia-*`", "['asia-*']"),
        ("`{team}` stands for nothing", "'{team}-{preset}'"),
    ];
    for (message, at) in expected {
        assert!(refused.contains(&(message.to_owned(), at.to_owned())), "{message}: {refused:#?}");
    }
    assert_eq!(refused.len(), expected.len(), "{refused:#?}");
}

#[test]
fn two_bundles_never_have_one_place() {
    let project = Project::fleet(
        "releases:
  connect: {preset: connect, environments: [dev]}
  eu-1: {preset: connect, environments: [dev]}
matrix:
  same: {presets: [connect], environments: [dev]}
  inside: {presets: [connect], environments: [dev], clusters: [eu-1]}",
    );
    let messages: Vec<String> = refused(&project).into_iter().map(|(message, _)| message).collect();
    assert_eq!(
        messages,
        ["two releases have the place `dev/connect`", "`dev/eu-1/connect` lies inside another bundle"]
    );
}

#[test]
fn a_name_that_leaves_no_room_is_refused_once() {
    let project = Project::fleet(
        "matrix:
  all:
    presets: [connect]
    environments: [dev, staging]
    teams: ['*']
    name: '{preset}-with-a-name-that-is-much-too-long'",
    );
    let refused = refused(&project);
    assert_eq!(refused.len(), 1, "{refused:#?}");
    assert!(refused[0].0.contains("characters"), "{refused:#?}");
}
