//! Rules `layer/...` over a whole release, and over all releases of a project.

use crate::support::{findings, fires, library, quiet};
use sparkctl::compile::{Compiled, compile_all};
use sparkctl::diagnostic::{Finding, Report};
use sparkctl::fleet::Plan;
use sparkctl::library::Library;
use sparkctl::release::Release;
use sparkctl::rules::layers::project;
use std::path::Path;

/// A project of these files; what they leave out of a layer's header is added.
pub struct Project {
    /// Keeps its files until it is dropped.
    _folder: tempfile::TempDir,
    /// It, loaded.
    pub library: Library,
}

impl Project {
    pub fn new(files: &[(&str, &str)]) -> Project {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            write(folder.path(), path, text);
        }
        let library = Library::load(Some(folder.path()), "").unwrap();
        Project { _folder: folder, library }
    }

    /// One of its releases.
    pub fn release(&self, environment: &str, name: &str) -> Release {
        let all = releases(&self.library);
        let wanted = |one: &&Release| one.environment == environment && one.name.as_str() == name;
        all.iter().find(wanted).unwrap().clone()
    }

    pub fn compiled(&self, environment: &str, name: &str) -> Compiled {
        compile_all(&self.library, &self.release(environment, name)).unwrap()
    }

    /// What compiling one of its releases finds.
    pub fn findings(&self, environment: &str, name: &str) -> Vec<Finding> {
        self.compiled(environment, name).report.findings
    }

    /// What its layers as a whole show.
    pub fn layers(&self) -> Vec<Finding> {
        self.whole(None).findings
    }

    pub fn whole(&self, today: Option<&str>) -> Report {
        project::check(&self.library, today.map(|today| today.parse().unwrap())).unwrap()
    }
}

fn write(root: &Path, path: &str, text: &str) {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let name = file.trim_end_matches(".yaml");
    let kind = match folder {
        "environments" => "Environment",
        "clusters" => "Cluster",
        "teams" => "Team",
        "presets" if name == "base" => "Base",
        "presets" => "Preset",
        _ => "Project",
    };
    let role = if kind == "Preset" { ", role: feature" } else { "" };
    let header = format!("apiVersion: sparkctl/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}{role}}}\n");
    std::fs::create_dir_all(root.join(folder)).unwrap();
    std::fs::write(root.join(path), header + text).unwrap();
}

const ONE: (&str, &str) =
    ("sparkctl.yaml", "spec: {releases: {main: {preset: connect, namespaces: {dev: a, prod: b}}}}\n");

#[test]
fn an_environment_that_repeats_what_stands_below_is_told_so() {
    let same = Project::new(&[ONE, ("environments/dev.yaml", "spec: {connect: {replicas: 1}}\n")]);
    let found = same.findings("dev", "main");
    assert_eq!(fires("layer/redundant-override", found.clone()), "`connect.replicas` is `1` anyway");
    let related = &found[0].related;
    assert!(related.len() == 1 && related[0].text == "base says the same", "{related:?}");
    quiet("layer/redundant-override", same.findings("prod", "main"));
    let other = Project::new(&[ONE, ("environments/dev.yaml", "spec: {connect: {replicas: 2}}\n")]);
    quiet("layer/redundant-override", other.findings("dev", "main"));
}

#[test]
fn facts_of_a_site_are_true_whatever_the_default_says() {
    let facts = "spec: {spark: {version: \"4.1\"}, site: {objectStore: {s3: {region: us-east-1}}}, cluster: {kubernetes: \"1.33\"}}\n";
    let project = Project::new(&[ONE, ("environments/dev.yaml", facts)]);
    quiet("layer/redundant-override", project.findings("dev", "main"));
    let repeated = [ONE, ("environments/dev.yaml", facts), ("presets/base.yaml", facts)];
    fires("layer/redundant-override", Project::new(&repeated).findings("dev", "main"));
}

#[test]
fn what_releases_share_repeats_something_only_where_it_does_in_all_of_them() {
    let release = |replicas: u32| {
        format!(
            "spec: {{releases: {{main: {{preset: connect, namespaces: {{dev: a, prod: b}}, spec: {{connect: {{replicas: {replicas}}}}}}}}}}}\n"
        )
    };
    // Two are what production has anyway, but not development.
    let two = release(2);
    let project = Project::new(&[("sparkctl.yaml", &two)]);
    quiet("layer/redundant-override", project.layers());
    quiet("layer/redundant-override", project.findings("prod", "main"));
    let both =
        [("sparkctl.yaml", two.as_str()), ("environments/dev.yaml", "spec: {connect: {replicas: 2}}\n")];
    fires("layer/redundant-override", Project::new(&both).layers());
    let three = release(3);
    quiet("layer/redundant-override", Project::new(&[("sparkctl.yaml", &three)]).layers());
}

#[test]
fn what_a_command_line_sets_in_vain_is_told() {
    let message = fires("layer/unused-setting", findings("dev/connect", &["metastore.replicas=3"]));
    assert_eq!(message, "metastore is off, nothing reads `metastore.replicas`");
    quiet("layer/unused-setting", findings("dev/connect +metastore", &["metastore.replicas=3"]));
    quiet("layer/unused-setting", findings("dev/connect", &["metastore.enabled=false"]));
    fires("layer/unused-setting", findings("dev/connect", &["site.objectStore.gcs.endpoint.port=444"]));
    quiet("layer/unused-setting", findings("dev/connect", &["spark.conf[\"spark.sql.ansi.enabled\"]=true"]));
    quiet("layer/unused-setting", findings("dev/connect", &["environment.tier=staging"]));
}

#[test]
fn a_setting_that_some_release_reads_is_of_use() {
    let history = ("environments/dev.yaml", "spec: {history: {memory: 5g}}\n");
    let message = fires("layer/unused-setting", Project::new(&[ONE, history]).layers());
    assert_eq!(message, "history is off, nothing reads `history.memory`");
    let two = "spec:\n  releases:\n    main: {preset: connect, namespaces: {dev: a}}\n    other: {preset: connect, features: [history], namespaces: {dev: b}}\n";
    let read = Project::new(&[("sparkctl.yaml", two), history]);
    quiet("layer/unused-setting", read.layers());
    // What there is may be written down before anybody needs it.
    let database = "spec: {site: {database: {external: {endpoint: {host: db.corp.internal, port: 5433}}}}}\n";
    quiet("layer/unused-setting", Project::new(&[ONE, ("environments/dev.yaml", database)]).layers());
}

#[test]
fn an_old_name_is_warned_about_where_it_stands_until_a_day() {
    let rule = "layer/renamed-key";
    let old = ("environments/dev.yaml", "spec: {connect: {sessionAffinity: 4h}}\n");
    let message = fires(rule, Project::new(&[ONE, old]).findings("dev", "main"));
    assert_eq!(message, "`connect.sessionAffinity` is called `connect.sessionAffinityTimeout` since 0.1.0");
    let new = ("environments/dev.yaml", "spec: {connect: {sessionAffinityTimeout: 4h}}\n");
    quiet(rule, Project::new(&[ONE, new]).findings("dev", "main"));
    // Another release's own line is its own business.
    let two = "spec:\n  releases:\n    main: {preset: connect, namespaces: {dev: a}}\n    other: {preset: connect, namespaces: {dev: b}, spec: {connect: {sessionAffinity: 4h}}}\n";
    let project = Project::new(&[("sparkctl.yaml", two)]);
    quiet(rule, project.findings("dev", "main"));
    fires(rule, project.findings("dev", "other"));
    let silenced = "spec: {connect: {sessionAffinity: 4h}}\nsilenced: [{rule: layer/renamed-key, path: connect.sessionAffinityTimeout, reason: next week, until: \"2027-01-31\"}]\n";
    quiet(rule, Project::new(&[ONE, ("environments/dev.yaml", silenced)]).findings("dev", "main"));
}

#[test]
fn what_every_environment_sets_belongs_into_the_base() {
    let same = "spec: {connect: {sessionAffinityTimeout: 4h}}\n";
    let (dev, prod) = (("environments/dev.yaml", same), ("environments/prod.yaml", same));
    let rule = "layer/override-in-every-environment";
    let message = fires(rule, Project::new(&[ONE, dev, prod]).layers());
    assert_eq!(message, "every environment of the project sets `connect.sessionAffinityTimeout` to the same");
    quiet(rule, Project::new(&[ONE, dev]).layers());
    let other = ("environments/prod.yaml", "spec: {connect: {sessionAffinityTimeout: 5h}}\n");
    quiet(rule, Project::new(&[ONE, dev, other]).layers());
    // Staging has no layer of the project, and would change too.
    let staged = (
        "sparkctl.yaml",
        "spec: {releases: {main: {preset: connect, namespaces: {dev: a, prod: b, staging: c}}}}\n",
    );
    quiet(rule, Project::new(&[staged, dev, prod]).layers());
}

#[test]
fn what_built_in_environments_set_cannot_move_below_them() {
    let same = "spec: {connect: {executor: {memory: 9g}}}\n";
    let project = Project::new(&[ONE, ("environments/dev.yaml", same), ("environments/prod.yaml", same)]);
    quiet("layer/override-in-every-environment", project.layers());
}

#[test]
fn an_override_that_three_teams_make_is_said_once() {
    let same = "spec: {connect: {executor: {memory: 9g}}}\n";
    let teams = [("teams/a.yaml", same), ("teams/b.yaml", same), ("teams/c.yaml", same)];
    let message = fires("layer/repeated-override", Project::new(&[&[ONE][..], &teams].concat()).layers());
    assert_eq!(message, "3 team layers set `connect.executor.memory` to the same");
    quiet("layer/repeated-override", Project::new(&[&[ONE][..], &teams[..2]].concat()).layers());
}

#[test]
fn a_new_project_is_clean() {
    let skeleton = Path::new(env!("CARGO_MANIFEST_DIR")).join("skeleton");
    let folder = tempfile::tempdir().unwrap();
    for file in
        ["sparkctl.yaml", "environments/dev.yaml", "environments/staging.yaml", "environments/prod.yaml"]
    {
        let text = std::fs::read_to_string(skeleton.join(file)).unwrap().replace("{name}", "mine");
        std::fs::create_dir_all(folder.path().join("environments")).unwrap();
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    let library = Library::load(Some(folder.path()), "").unwrap();
    assert_eq!(project::check(&library, None).unwrap().findings, []);
    for release in releases(&library) {
        let found = compile_all(&library, &release).unwrap().report.findings;
        assert!(found.iter().all(|finding| finding.rule == "layer/example-value"), "{found:#?}");
        assert_eq!(found.is_empty(), release.environment == "dev");
    }
}

#[test]
fn what_is_built_in_is_not_judged_and_would_stand() {
    quiet("layer/redundant-override", findings("prod/jupyter-connect +iceberg +spot", &[]));
    let features = ["history", "iceberg", "metastore", "openshift", "spot"];
    let mut survey = project::Survey::default();
    for environment in ["dev", "staging", "prod", "standby"] {
        for preset in ["connect", "jupyter-connect", "airflow-connect", "standalone"] {
            // Each feature once, on what all of them can stand on.
            let chosen =
                if preset == "connect" { 0..features.len() + 1 } else { features.len()..features.len() + 1 };
            for chosen in chosen {
                let mut release = Release::of(environment, preset).unwrap();
                release.features =
                    features.iter().skip(chosen).take(1).map(|name| (*name).to_owned()).collect();
                match compile_all(library(), &release) {
                    Ok(compiled) => survey.look(&compiled, &|span| library().is_in_library(span.source)),
                    Err(error) => panic!("{environment}/{preset} {:?}: {error}", release.features),
                }
            }
        }
    }
    // What an environment is, and where a distribution's API server listens, is said wherever it is known.
    let facts = ["environment.tier", "cluster.apiServer.ports"];
    let found = survey.problems().into_iter().map(|(path, problem)| (path.to_string(), problem.message));
    let found: Vec<_> = found.filter(|(path, _)| !facts.contains(&path.as_str())).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// The releases that a project lists.
fn releases(library: &Library) -> Vec<Release> {
    Plan::of(library, None).unwrap().releases.into_iter().map(|planned| planned.release).collect()
}
