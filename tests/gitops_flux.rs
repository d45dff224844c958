//! What Flux is given: read here as those read it who operate Flux.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sparkctl::failure::Failure;
use sparkctl::gitops::member::Workload;
use sparkctl::gitops::{GitOps, Member, flux};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const GIT: &str = "
repository: git@git.example.com:data/platform.git
revision: v1.4.0
path: data/spark
clusters:
  east: { kubeConfig: { secret: east-kubeconfig } }
  west: { kubeConfig: { secret: west-kubeconfig, key: config } }
flux:
  secret: platform-deploy-key
  orphan: [prod]
  serviceAccount: spark-sync
  serviceAccounts: { analytics: analytics-sync }
";

const OCI: &str = "
flux:
  namespace: gitops
  source: oci
  interval: 1d
  oci:
    url: oci://registry.example/spark/
    tag: main
    provider: aws
    verify:
      identities: [{ issuer: ^https://token\\.example$, subject: ^https://git\\.example\\.com/data/.*$ }]
";

/// A release of `environment` and perhaps a cluster and a team: `prod/east/connect@analytics`.
fn member(text: &str, namespace: &str, kinds: &[(&str, &str)]) -> Member {
    let (place, team) = text.split_once('@').map_or((text, None), |(place, team)| (place, Some(team)));
    let parts: Vec<&str> = place.split('/').collect();
    let name = parts.last().unwrap();
    let workload = |kind: &str| Workload {
        api_version: "apps/v1".to_owned(),
        kind: kind.to_owned(),
        name: format!("{name}-server"),
    };
    let runs = |kind: &&(&str, &str)| kind.0 == "apps";
    Member {
        name: name.parse().unwrap(),
        namespace: namespace.parse().unwrap(),
        environment: parts[0].to_owned(),
        cluster: (parts.len() == 3).then(|| parts[1].to_owned()),
        team: team.map(str::to_owned),
        place: place.to_owned(),
        kinds: Arc::new(
            kinds.iter().map(|(group, kind)| ((*group).to_owned(), (*kind).to_owned())).collect(),
        ),
        workloads: Arc::new(kinds.iter().filter(runs).map(|(_, kind)| workload(kind)).collect()),
    }
}

const OWNER: &[(&str, &str)] = &[("", "Namespace"), ("", "ConfigMap"), ("apps", "Deployment")];
const GUEST: &[(&str, &str)] = &[("", "Service"), ("apps", "StatefulSet")];
const SILENT: &[(&str, &str)] = &[("", "ConfigMap")];

fn fleet() -> Vec<Member> {
    vec![
        member("prod/west/connect", "spark-prod", OWNER),
        member("prod/east/history", "spark-prod", GUEST),
        member("prod/east/connect", "spark-prod", OWNER),
        member("prod/east/notebooks@analytics", "analytics", GUEST),
        member("dev/connect", "spark-dev", OWNER),
        member("dev/settings", "spark-dev", SILENT),
    ]
}

fn settings(text: &str) -> GitOps {
    // Through the reader that a project's own settings come through.
    let mut sources = sparkctl::source::Sources::default();
    let source = sources.add("settings", text);
    let (tree, findings) = sparkctl::layer::parse::parse_one(source, text);
    assert!(findings.is_empty(), "{findings:?}");
    serde_json::from_value(tree.unwrap().to_json()).unwrap()
}

fn files(text: &str, members: &[Member]) -> Result<BTreeMap<String, String>, Failure> {
    flux::files("platform", &settings(text), "rendered", members)
}

fn told(files: &BTreeMap<String, String>) -> String {
    files.iter().map(|(path, text)| format!("# {path}\n{text}\n")).collect()
}

fn refusal(text: &str, members: &[Member]) -> String {
    let failure = files(text, members).unwrap_err();
    assert_eq!(failure.status(), 2);
    format!("{failure}\n\n{}", failure.help().unwrap())
}

#[test]
fn a_fleet_in_git() {
    insta::assert_snapshot!(told(&files(GIT, &fleet()).unwrap()));
}

#[test]
fn a_fleet_in_a_registry() {
    let members =
        [member("prod/east/connect", "spark-prod", OWNER), member("dev/connect", "spark-dev", OWNER)];
    insta::assert_snapshot!(told(&files(OCI, &members).unwrap()));
}

#[test]
fn what_is_missing_is_named_with_the_lines_to_add() {
    let nothing = refusal("path: data", &fleet());
    let no_registry = refusal("flux: { source: oci }", &fleet());
    let other_scheme =
        refusal("flux: { source: oci, oci: { url: 'https://registry.example/spark' } }", &fleet());
    let no_url = refusal("repository: data/platform", &fleet());
    let no_key = refusal("repository: git@git.example.com:data/platform.git", &fleet());
    let outside = refusal("{ repository: 'https://git.example.com/p.git', path: ../other }", &fleet());
    let with =
        |revision: &str| format!("{{ repository: 'https://git.example.com/p.git', revision: '{revision}' }}");
    let no_team = refusal(&with("env/{team}"), &fleet());
    let alike = [member("prod/east-a/b", "spark", OWNER), member("prod-east/a/c", "spark", OWNER)];
    let alike = refusal(&with("{environment}/{cluster}"), &alike);
    let twice = [member("prod/east-a/b", "spark", OWNER), member("prod/east/a-b", "spark", OWNER)];
    let twice = refusal(GIT, &twice);
    insta::assert_snapshot!(
        [nothing, no_registry, other_scheme, no_url, no_key, outside, no_team, alike, twice]
            .join("\n\n----\n\n")
    );
}

#[test]
fn the_lines_to_add_are_enough() {
    for text in ["path: data", "flux: { source: oci }"] {
        let failure = files(text, &fleet()).unwrap_err();
        for lines in failure.help().unwrap().split("spec:\n  gitops:\n").skip(1) {
            let lines: String = lines
                .lines()
                .take_while(|line| line.starts_with(' '))
                .map(|line| format!("{line}\n"))
                .collect();
            assert!(files(&lines, &fleet()).is_ok(), "{lines}");
        }
    }
}

#[test]
fn the_order_of_releases_does_not_matter() {
    let mut turned = fleet();
    turned.reverse();
    assert_eq!(files(GIT, &fleet()).unwrap(), files(GIT, &turned).unwrap());
}

#[test]
fn a_name_outlives_the_coming_and_going_of_others() {
    let all = files(GIT, &fleet()).unwrap();
    for member in fleet() {
        let alone = files(GIT, std::slice::from_ref(&member)).unwrap();
        for (path, text) in alone.iter().filter(|(path, _)| path.contains("/kustomization-")) {
            assert_eq!(name(text), name(&all[path]), "{path}");
        }
    }
}

#[test]
fn names_fit_into_a_label_and_stay_apart() {
    let long = "a".repeat(60);
    let members: Vec<Member> = ["x", "y"]
        .iter()
        .map(|end| member(&format!("production/{long}/{long}{end}"), "spark", OWNER))
        .collect();
    let files = files(GIT, &members).unwrap();
    let names: BTreeSet<&str> = files
        .iter()
        .filter(|(path, _)| path.contains("/kustomization-"))
        .map(|(_, text)| name(text))
        .collect();
    assert_eq!(names.len(), 2);
    assert!(names.iter().all(|name| name.len() <= 63 && !name.ends_with('-')), "{names:?}");
}

#[test]
fn revisions_are_read_as_what_they_look_like() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    for (revision, written) in [
        ("main", "branch: main"),
        ("release/1.2", "branch: release/1.2"),
        ("refs/heads/v1.2.3", "branch: v1.2.3"),
        ("v1.2.3", "tag: v1.2.3"),
        ("refs/tags/stable", "tag: stable"),
        (commit, &format!("commit: {commit}")),
        ("refs/pull/7/head", "name: refs/pull/7/head"),
    ] {
        let text = format!("{{ repository: 'https://git.example.com/p.git', revision: '{revision}' }}");
        let files = files(&text, &fleet()).unwrap();
        let source = &files["source/gitrepository-platform.yaml"];
        assert!(
            source.contains(&format!("  ref:\n    {written}\n").replace('\'', "")),
            "{revision}: {source}"
        );
    }
}

/// One source for each revision that is followed, and each Kustomization reads its own.
#[test]
fn each_environment_may_follow_a_branch_of_its_own() {
    let text = "{ repository: 'https://git.example.com/p.git', revision: 'env/{environment}' }";
    let all = files(text, &fleet()).unwrap();
    let sources: BTreeSet<&str> =
        all.keys().filter_map(|path| path.strip_prefix("source/gitrepository-")).collect();
    assert_eq!(sources, ["platform-env-dev.yaml", "platform-env-prod.yaml"].into());
    for (path, object) in all.iter().filter(|(path, _)| path.contains("/kustomization-")) {
        let environment = if path.contains("/prod/") { "prod" } else { "dev" };
        assert!(object.contains(&format!("    kind: GitRepository\n    name: platform-env-{environment}\n")));
    }
    for environment in ["dev", "prod"] {
        let source = &all[&format!("source/gitrepository-platform-env-{environment}.yaml")];
        assert!(source.contains(&format!("  ref:\n    branch: env/{environment}\n")), "{source}");
    }
    // Another environment that comes or goes changes nothing about the ones that stay.
    let dev: Vec<Member> = fleet().into_iter().filter(|member| member.environment == "dev").collect();
    let kept = "source/gitrepository-platform-env-dev.yaml";
    assert_eq!(files(text, &dev).unwrap()[kept], all[kept]);
}

fn name(text: &str) -> &str {
    text.lines().find_map(|line| line.strip_prefix("  name: ")).unwrap()
}

#[test]
fn what_the_pages_say_to_write_is_read() {
    for language in ["en", "ru"] {
        let page = format!("{}/docs/{language}/flux.md", env!("CARGO_MANIFEST_DIR"));
        let page = std::fs::read_to_string(page).unwrap();
        let blocks: Vec<&str> =
            page.split("```yaml\n").skip(1).filter(|block| block.contains("gitops:\n")).collect();
        assert_eq!(blocks.len(), 3, "{language}");
        for block in blocks {
            let lines = block.lines().take_while(|line| !line.trim_start().starts_with("```"));
            let margin = block.len() - block.trim_start().len();
            let text: String =
                lines.skip(2).filter_map(|line| Some(format!("{}\n", line.get(margin..)?))).collect();
            let settings = settings(&text);
            let known = settings.repository.is_some() || settings.flux.oci.is_some();
            assert!(known || settings.clusters.len() == 2, "{text}");
            assert!(!known || files(&text, &fleet()).is_ok(), "{text}");
        }
        for setting in serde_json::to_value(flux::Flux::default()).unwrap().as_object().unwrap().keys() {
            assert!(page.contains(&format!("| `{setting}` |")) || setting == "oci", "{language}: {setting}");
        }
    }
}
