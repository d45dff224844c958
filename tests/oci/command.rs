//! `sparkctl push` as a user runs it.

use super::fake::{Fake, Told, empty};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

struct Project {
    place: tempfile::TempDir,
}

impl Project {
    /// With `rendered/dev/connect`.
    fn new() -> Project {
        let project = Project { place: tempfile::tempdir().unwrap() };
        project.run(&["render", "--env", "dev", "--preset", "connect"], &[]);
        project
    }

    fn path(&self) -> &Path {
        self.place.path()
    }

    fn run(&self, words: &[&str], environment: &[(&str, &str)]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_sparkctl"))
            .args(words)
            .current_dir(self.path())
            .env("HOME", self.path())
            .env_remove("DOCKER_CONFIG")
            .env_remove("REGISTRY_AUTH_FILE")
            .envs(environment.iter().copied())
            .output()
            .unwrap()
    }

    /// What is printed and the exit status.
    fn said(&self, words: &[&str]) -> String {
        let output = self.run(words, &[]);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        format!("{}{}[{}]\n", text(output.stdout), text(output.stderr), output.status.code().unwrap())
    }
}

const REFERENCE: &str = "oci://registry.example/data/connect:v1";

#[test]
fn from_the_disk_and_compiled_it_is_the_same() {
    let project = Project::new();
    let digest = |words: &[&str]| {
        let output = project.run(&[&["push", REFERENCE, "--dry-run", "-q"], words].concat(), &[]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let from_disk = digest(&["rendered/dev/connect"]);
    assert!(from_disk.starts_with(&format!("would push {REFERENCE}@sha256:")), "{from_disk}");
    assert_eq!(from_disk, digest(&["--env", "dev", "--preset", "connect"]));
    assert_ne!(
        from_disk,
        digest(&["--env", "dev", "--preset", "connect", "--set", "connect.executor.memory=3g"])
    );
    let source = ["--source", "https://git.example/a.git"];
    let with_source = digest(&[&["rendered/dev/connect"], &source[..]].concat());
    assert_ne!(from_disk, with_source);
    assert_eq!(with_source, digest(&[&["--env", "dev", "--preset", "connect"], &source[..]].concat()));
}

#[test]
fn the_projects_repository_is_the_source() {
    let project = Project::new();
    let text = "apiVersion: sparkctl/v1alpha1\nkind: Project\nmetadata:\n  name: data\nspec:\n  gitops:\n    repository: https://git.example/a.git\n";
    fs::write(project.path().join("sparkctl.yaml"), text).unwrap();
    let push = ["push", REFERENCE, "rendered/dev/connect", "--dry-run", "-q"];
    let named = project.said(&push);
    fs::remove_file(project.path().join("sparkctl.yaml")).unwrap();
    assert_eq!(named, project.said(&[&push[..], &["--source", "https://git.example/a.git"]].concat()));
}

#[test]
fn only_what_was_rendered_is_pushed() {
    let project = Project::new();
    let bundle = project.path().join("rendered/dev/connect");
    fs::write(bundle.join("README.md"), "mine").unwrap();
    fs::write(bundle.join("kustomization.yaml"), "resources: []").unwrap();
    fs::remove_file(bundle.join("namespace/namespace-spark-dev.yaml")).unwrap();
    let mut said = project.said(&["push", REFERENCE, "rendered/dev/connect"]);
    said.push_str(&project.said(&["push", REFERENCE, "rendered"]));
    said.push_str(&project.said(&["push", REFERENCE, "nowhere"]));
    said.push_str(&project.said(&["push", REFERENCE, "rendered/dev/connect", "--env", "dev"]));
    said.push_str(&project.said(&["push", REFERENCE]));
    said.push_str(&project.said(&["push", REFERENCE, "rendered/dev/connect", "--format", "sarif"]));
    insta::assert_snapshot!(said);
}

#[test]
fn secrets_in_addresses_are_refused_and_not_told() {
    let project = Project::new();
    let said = project.said(&["push", "oci://alice:hunter2@registry.example/a:b", "rendered/dev/connect"])
        + &project.said(&[
            "push",
            REFERENCE,
            "rendered/dev/connect",
            "--source",
            "https://alice:hunter2@git.example/a.git",
        ]);
    assert!(!said.contains("hunter2"));
    insta::assert_snapshot!(said);
}

#[test]
fn a_chart_goes_where_helm_looks_for_it() {
    let project = Project::new();
    let chart = project.path().join("chart");
    fs::create_dir(&chart).unwrap();
    let text = "apiVersion: v2\nname: connect\nversion: 1.2.3+b4\n";
    fs::write(chart.join("Chart.yaml"), text).unwrap();
    let digest = sparkctl::bundle::Digest::of(text.as_bytes());
    let lock = format!(
        r#"{{"format": 1, "release": {{}}, "inputs": {{}}, "outputs": {{"Chart.yaml": "{digest}"}}}}"#
    );
    fs::write(chart.join(".sparkctl.lock"), lock).unwrap();
    let said = project.said(&["push", "oci://registry.example/charts/connect:v1", "chart", "--dry-run"])
        + &project.said(&["push", "oci://registry.example/charts/connect:1.2.3_b4", "chart", "--dry-run"]);
    insta::assert_snapshot!(said);
}

#[test]
fn a_helper_is_asked_for_the_host() {
    let project = Project::new();
    let fake = Fake::start(|asked, _| match asked.authorization() {
        Some("Basic YWxpY2U6aHVudGVyMg==") => empty(asked),
        _ => Told(401, vec![("WWW-Authenticate", "Basic realm=x".into())], String::new()),
    });
    let helper = project.path().join("docker-credential-test");
    let script = "#!/bin/sh\n[ $1 = get ] || exit 1\nhost=$(cat)\n[ -n \"$BROKEN\" ] && { echo hunter2; exit 3; }\n\
                  [ -n \"$EMPTY\" ] && { echo credentials not found in native keychain; exit 1; }\n\
                  echo \"{\\\"ServerURL\\\": \\\"$host\\\", \\\"Username\\\": \\\"alice\\\", \\\"Secret\\\": \\\"hunter2\\\"}\"\n";
    fs::write(&helper, script).unwrap();
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(project.path().join(".docker")).unwrap();
    fs::write(project.path().join(".docker/config.json"), r#"{"credsStore": "test", "auths": {}}"#).unwrap();
    let path = format!("{}:{}", project.path().display(), std::env::var("PATH").unwrap());
    let reference = format!("oci://{}/data/connect:v1", fake.host);
    let push = |more: (&str, &str)| {
        let words = ["push", &reference, "rendered/dev/connect", "--plain-http"];
        let output = project.run(&words, &[("PATH", &path), more]);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let said = format!("{}{}", text(output.stdout), text(output.stderr));
        assert!(!said.contains("hunter2"), "{said}");
        let said = said.replace(&fake.host, "HOST").replace(project.path().to_str().unwrap(), "~");
        format!("{said}[{}]\n", output.status.code().unwrap())
    };
    assert!(push(("X", "")).starts_with("pushed oci://HOST/data/connect:v1@sha256:"));
    let said = push(("BROKEN", "1")) + &push(("EMPTY", "1"));
    insta::assert_snapshot!(said);
}
