//! What Argo CD is given for a fleet: read as its operator reads it, and taken apart as it takes it apart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value as Json, json};
use sparkctl::compile::compile;
use sparkctl::failure::Failure;
use sparkctl::gitops::argocd::{self, plugin_files};
use sparkctl::gitops::{GitOps, Member};
use sparkctl::library::Library;
use sparkctl::release::Release;
use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Output};

type Files = BTreeMap<String, String>;

fn compiled(environment: &str, preset: &str) -> Member {
    let library = Library::load(None, "").unwrap();
    let release = Release::of(environment, preset).unwrap();
    Member::of(&compile(&library, &release).unwrap(), &format!("{environment}/{preset}"))
}

/// A release in dev; in prod one that owns its namespace, and a team's on two clusters that lives beside it.
fn fleet() -> Vec<Member> {
    let connect = compiled("prod", "connect");
    let mut guest = connect.clone();
    guest.name = "etl".parse().unwrap();
    guest.team = Some("analytics".to_owned());
    std::sync::Arc::make_mut(&mut guest.kinds).remove(&(String::new(), "Namespace".to_owned()));
    std::sync::Arc::make_mut(&mut guest.kinds).insert(("nobody.example".to_owned(), "Thing".to_owned()));
    let on = |cluster: &str| Member {
        cluster: Some(cluster.to_owned()),
        place: format!("prod/{cluster}/etl"),
        ..guest.clone()
    };
    vec![on("eu"), on("us"), connect, compiled("dev", "jupyter-connect")]
}

fn settings(more: Json) -> GitOps {
    let mut settings = json!({"repository": "https://git.example.com/data/platform.git", "path": "spark"});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(settings).unwrap()
}

fn files(more: Json, members: &[Member]) -> Files {
    argocd::files("platform", &settings(more), "rendered", members).unwrap()
}

fn two_clusters() -> Json {
    json!({"clusters": {"us": {"server": "https://us.example:6443"}}})
}

fn as_sets() -> Json {
    json!({"argocd": {"form": "applicationset"}, "clusters": two_clusters()["clusters"]})
}

fn objects(files: &Files, folder: &str) -> Vec<Json> {
    let found = files.iter().filter(|(path, _)| path.starts_with(folder));
    found.map(|(_, text)| serde_yaml::from_str(text).unwrap()).collect()
}

fn told(files: &Files) -> String {
    files.iter().map(|(path, text)| format!("=== {path}\n{text}")).collect()
}

fn text<'a>(value: &'a Json, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
}

fn refusal(result: Result<Files, Failure>) -> String {
    let failure = result.unwrap_err();
    format!("{failure}\n{}", failure.help().unwrap_or_default())
}

#[test]
fn applications_of_a_fleet() {
    insta::assert_snapshot!(told(&files(two_clusters(), &fleet())));
}

#[test]
fn applicationsets_of_a_fleet() {
    let files = files(as_sets(), &fleet());
    insta::assert_snapshot!(told(
        &files.into_iter().filter(|(path, _)| !path.starts_with("projects/")).collect()
    ));
}

/// As the ApplicationSet controller does it: one template, filled in with each element of the list.
fn expanded(set: &Json) -> Vec<Json> {
    fn fill(node: &Json, element: &Json) -> Json {
        match node {
            Json::String(text) => {
                let mut text = text.clone();
                for (key, value) in element.as_object().unwrap() {
                    text = text.replace(&format!("{{{{ .{key} }}}}"), value.as_str().unwrap());
                }
                // `missingkey=error`
                assert!(!text.contains("{{"), "{text}");
                Json::String(text)
            }
            Json::Array(items) => items.iter().map(|item| fill(item, element)).collect(),
            Json::Object(map) => {
                Json::Object(map.iter().map(|(key, value)| (key.clone(), fill(value, element))).collect())
            }
            other => other.clone(),
        }
    }
    assert_eq!(set["spec"]["goTemplate"], true);
    assert_eq!(set["spec"]["goTemplateOptions"], json!(["missingkey=error"]));
    let elements = set["spec"]["generators"][0]["list"]["elements"].as_array().unwrap();
    let template = &set["spec"]["template"];
    let application = |element| {
        json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": fill(&template["metadata"], element),
            "spec": fill(&template["spec"], element),
        })
    };
    elements.iter().map(application).collect()
}

#[test]
fn applicationsets_make_the_same_applications() {
    let by_name = |found: Vec<Json>| -> BTreeMap<String, Json> {
        found.into_iter().map(|found| (text(&found, "/metadata/name").to_owned(), found)).collect()
    };
    let (singly, sets) = (files(two_clusters(), &fleet()), files(as_sets(), &fleet()));
    let made = objects(&sets, "applicationsets/").iter().flat_map(expanded).collect();
    let written = by_name(objects(&singly, "applications/"));
    assert_eq!(written.len(), 4);
    assert_eq!(by_name(made), written);
    assert_eq!(objects(&sets, "projects/"), objects(&singly, "projects/"));
}

/// Each Application follows the branch of its own environment, cluster and team, in both forms.
#[test]
fn revisions_are_those_of_each_release() {
    let members: Vec<Member> = fleet().into_iter().filter(|member| member.cluster.is_some()).collect();
    for form in ["applications", "applicationset"] {
        let said = json!({"revision": "env/{environment}/{cluster}-{team}", "argocd": {"form": form}});
        let files = files(said, &members);
        let made = match form {
            "applications" => objects(&files, "applications/"),
            _ => objects(&files, "applicationsets/").iter().flat_map(expanded).collect(),
        };
        let followed: BTreeMap<&str, &str> = made
            .iter()
            .map(|found| (text(found, "/metadata/name"), text(found, "/spec/source/targetRevision")))
            .collect();
        let expected = [
            ("platform-prod-eu-etl", "env/prod/eu-analytics"),
            ("platform-prod-us-etl", "env/prod/us-analytics"),
        ];
        assert_eq!(followed, expected.into(), "{form}");
    }
}

/// What only Flux asks for is no business of Argo CD's, where no release is.
#[test]
fn clusters_of_others_are_left_alone() {
    let elsewhere = json!({"clusters": {"asia": {"kubeConfig": {"secret": "asia-kubeconfig"}}}});
    assert_eq!(files(elsewhere, &fleet()), files(json!({}), &fleet()));
}

/// Every Application may do all that its bundle needs; its AppProject allows nothing that no bundle needs.
#[test]
fn projects_allow_what_bundles_hold_and_no_more() {
    let (members, files) = (fleet(), files(two_clusters(), &fleet()));
    let projects = objects(&files, "projects/");
    let applications = objects(&files, "applications/");
    let entries = |project: &Json, key: &str| -> BTreeSet<(String, String)> {
        let list = project["spec"][key].as_array().unwrap();
        list.iter().map(|entry| (text(entry, "/group").to_owned(), text(entry, "/kind").to_owned())).collect()
    };
    let (mut needed, mut destinations) = (BTreeMap::new(), BTreeMap::new());
    for application in &applications {
        let path = text(application, "/spec/source/path");
        let member =
            members.iter().find(|member| path == format!("spark/rendered/{}", member.place)).unwrap();
        let project = text(application, "/spec/project");
        let found = projects.iter().find(|found| text(found, "/metadata/name") == project).unwrap();
        assert_eq!(found["spec"]["sourceRepos"], json!([application["spec"]["source"]["repoURL"]]));
        let destination = &application["spec"]["destination"];
        assert!(found["spec"]["destinations"].as_array().unwrap().contains(destination), "{destination}");
        let kinds = needed.entry(project).or_insert_with(BTreeSet::new);
        kinds.extend(member.kinds.iter().cloned());
        destinations.entry(project).or_insert_with(BTreeSet::new).insert(destination.to_string());
    }
    assert_eq!(projects.len(), 3);
    for project in &projects {
        let name = text(project, "/metadata/name");
        let (whole, inner) =
            (entries(project, "clusterResourceWhitelist"), entries(project, "namespaceResourceWhitelist"));
        assert_eq!(whole.union(&inner).cloned().collect::<BTreeSet<_>>(), needed[name], "{name}");
        assert_eq!(project["spec"]["destinations"].as_array().unwrap().len(), destinations[name].len());
        for entry in project["spec"]["clusterResourceWhitelist"].as_array().unwrap() {
            let namespaces = ["spark-prod", "spark-dev"].contains(&text(entry, "/name"));
            assert!(namespaces || text(entry, "/kind") == "Thing", "{entry}");
        }
        assert!(!project.to_string().contains('*'), "{name}");
    }
    let team =
        projects.iter().find(|found| text(found, "/metadata/name") == "platform-prod-analytics").unwrap();
    assert!(!entries(team, "clusterResourceWhitelist").contains(&(String::new(), "Namespace".to_owned())));
}

/// In production nothing happens unasked, unless sparkctl.yaml says so.
#[test]
fn production_is_synced_by_a_person() {
    let of = |files: &Files, name: &str| -> Json {
        serde_yaml::from_str(&files[&format!("applications/{name}.yaml")]).unwrap()
    };
    let default = files(json!({}), &fleet());
    let prod = of(&default, "platform-prod-connect");
    assert_eq!(prod.pointer("/spec/syncPolicy/automated"), None);
    assert_eq!(prod.pointer("/metadata/finalizers"), None);
    let dev = of(&default, "platform-dev-jupyter-connect");
    assert_eq!(dev["spec"]["syncPolicy"]["automated"], json!({"prune": true, "selfHeal": true}));
    assert_eq!(dev["metadata"]["finalizers"], json!(["resources-finalizer.argocd.argoproj.io"]));
    let said = json!({"argocd": {"namespace": "gitops", "environments": {
        "prod": {"automated": true, "selfHeal": true}, "dev": {"cascade": false, "prune": false},
    }}});
    let said = files(said, &fleet());
    let prod = of(&said, "platform-prod-connect");
    assert_eq!(prod["spec"]["syncPolicy"]["automated"], json!({"prune": false, "selfHeal": true}));
    assert_eq!(prod["metadata"]["namespace"], "gitops");
    let dev = of(&said, "platform-dev-jupyter-connect");
    assert_eq!(dev["spec"]["syncPolicy"]["automated"], json!({"prune": false, "selfHeal": true}));
    assert_eq!(dev.pointer("/metadata/finalizers"), None);
}

/// Whoever brings a namespace comes before those that live in it; what is listed is what there is.
#[test]
fn owners_of_namespaces_come_first() {
    for more in [two_clusters(), as_sets()] {
        let files = files(more, &fleet());
        let kustomization: Json = serde_yaml::from_str(&files["kustomization.yaml"]).unwrap();
        let listed: Vec<&str> = kustomization["resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|path| path.as_str().unwrap())
            .collect();
        let there: BTreeSet<&str> =
            files.keys().map(String::as_str).filter(|path| *path != "kustomization.yaml").collect();
        assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), there);
        let kinds: Vec<&str> = listed.iter().map(|path| path.split('/').next().unwrap()).collect();
        assert!(kinds.is_sorted_by_key(|kind| *kind != "projects"), "{listed:?}");
        let waves: Vec<i64> = listed
            .iter()
            .filter(|path| path.starts_with("applications/"))
            .map(|path| {
                let object: Json = serde_yaml::from_str(&files[*path]).unwrap();
                text(&object, "/metadata/annotations/argocd.argoproj.io~1sync-wave").parse().unwrap()
            })
            .collect();
        assert!(waves.is_sorted(), "{listed:?}: {waves:?}");
    }
}

#[test]
fn the_order_of_members_means_nothing() {
    let mut turned = fleet();
    turned.reverse();
    for more in [two_clusters(), as_sets()] {
        assert_eq!(files(more.clone(), &fleet()), files(more, &turned));
    }
}

#[test]
fn a_project_without_bundles_is_an_empty_directory() {
    let files = files(json!({}), &[]);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["kustomization.yaml"]);
    assert!(files["kustomization.yaml"].ends_with("resources: []\n"));
}

#[test]
fn names_are_cut_where_they_must_and_stay_distinct() {
    let member = |cluster: &str| Member {
        cluster: Some(format!("a-cluster-with-a-name-that-is-very-long-indeed-{cluster}")),
        place: cluster.to_owned(),
        ..compiled("dev", "connect")
    };
    let files = files(json!({}), &[member("one"), member("two")]);
    let names: Vec<String> = objects(&files, "applications/")
        .iter()
        .map(|found| text(found, "/metadata/name").to_owned())
        .collect();
    assert_eq!(names.len(), 2);
    for name in names {
        assert!(name.len() <= 53 && name.parse::<sparkctl::spec::types::Name>().is_ok(), "{name}");
    }
}

#[test]
fn what_is_missing_or_ambiguous_is_refused() {
    let refused = |settings: Json, members: &[Member]| {
        let settings: GitOps = serde_json::from_value(settings).unwrap();
        refusal(argocd::files("platform", &settings, "rendered", members))
    };
    let mut said = refused(json!({}), &fleet());
    let with =
        |cluster: Json| json!({"repository": "https://git.example.com/p.git", "clusters": {"eu": cluster}});
    said += "\n\n";
    said += &refused(with(json!({"kubeConfig": {"secret": "eu-kubeconfig"}})), &fleet());
    said += "\n\n";
    let mut by_team = with(json!({"name": "eu"}));
    by_team["revision"] = json!("env/{environment}/{team}");
    said += &refused(by_team, &fleet());
    said += "\n\n";
    let mut twin = compiled("prod", "connect");
    twin.name = "eu-connect".parse().unwrap();
    twin.place = "prod/eu-connect".to_owned();
    let mut other = compiled("prod", "connect");
    other.cluster = Some("eu".to_owned());
    other.place = "prod/eu/connect".to_owned();
    said += &refused(json!({"repository": "https://git.example.com/p.git"}), &[twin, other]);
    insta::assert_snapshot!(said);
}

#[test]
fn the_plugin_is_what_argo_cd_takes() {
    insta::assert_snapshot!(told(&plugin_files().into_iter().collect()));
}

/// The plugin's script, run as Argo CD runs it: in the project's directory, with parameters as variables.
fn generate(parameters: &[(&str, &str)]) -> Output {
    let place = tempfile::tempdir().unwrap();
    for (path, text) in plugin_files() {
        std::fs::write(place.path().join(path), text).unwrap();
    }
    let project = "apiVersion: sparkctl/v1alpha1\nkind: Project\nmetadata: {name: platform}\n\
                   spec: {releases: {analytics: {preset: connect}}}\n";
    std::fs::write(place.path().join("sparkctl.yaml"), project).unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_sparkctl"));
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    let mut command = Command::new("/bin/sh");
    command.arg("sparkctl-generate").current_dir(place.path()).env_clear().env("PATH", path);
    command.envs(parameters.iter().copied()).output().unwrap()
}

#[test]
fn the_plugin_prints_what_is_rendered() {
    let done = generate(&[("PARAM_ENVIRONMENT", "dev"), ("PARAM_RELEASE", "analytics")]);
    assert!(done.status.success(), "{done:?}");
    let library = Library::load(None, "").unwrap();
    let release = Release { name: "analytics".parse().unwrap(), ..Release::of("dev", "connect").unwrap() };
    let compiled = compile(&library, &release).unwrap();
    let files = sparkctl::compile::files::files(&compiled).unwrap();
    let read = |text: &str| serde_yaml::from_str::<Json>(text).unwrap();
    let expected: Vec<Json> =
        compiled.manifests.iter().map(|manifest| read(&files[&manifest.path()])).collect();
    let printed = String::from_utf8(done.stdout).unwrap();
    let printed: Vec<Json> =
        printed.split("---\n").filter(|text| !text.trim().is_empty()).map(read).collect();
    assert_eq!(printed, expected);
}

#[test]
fn the_plugin_says_what_is_missing() {
    for parameters in [&[][..], &[("PARAM_ENVIRONMENT", "dev")], &[("PARAM_RELEASE", "analytics")]] {
        let done = generate(parameters);
        assert_eq!((done.status.code(), done.stdout.len()), (Some(1), 0));
        assert!(String::from_utf8(done.stderr).unwrap().contains("source.plugin.parameters"));
    }
    // A parameter is a value, whatever it looks like.
    let done = generate(&[("PARAM_ENVIRONMENT", "dev"), ("PARAM_RELEASE", "--out=/tmp/x")]);
    assert!(!done.status.success());
    assert!(String::from_utf8(done.stderr).unwrap().contains("--out=/tmp/x"));
}
