//! Blame of whole files: every line is told, the same as asked one by one, and no credential is.
#![allow(clippy::unwrap_used)]

use sparkctl::blame::{blame, text};
use sparkctl::compile::{Compiled, cause, compile_all};
use sparkctl::library::Library;
use sparkctl::manifest::emit::emit;
use sparkctl::release::Release;
use std::collections::BTreeMap;

fn compiled(library: &Library, set: &[&str]) -> Compiled {
    let mut release = Release::of("prod", "connect").unwrap();
    release.set = set.iter().map(|text| (*text).to_owned()).collect();
    compile_all(library, &release).unwrap()
}

#[test]
fn every_line_of_every_file_is_told() {
    let library = Library::load(None, "").unwrap();
    let compiled = compiled(&library, &[]);
    let kinds = ["ServiceAccount", "Service", "Role", "ServiceMonitor", "Namespace"];
    for manifest in compiled.manifests.iter().filter(|manifest| kinds.contains(&manifest.id.kind.as_str())) {
        let blame = blame(&library, &compiled, manifest, &[]);
        let written = emit(&manifest.object).unwrap();
        let told: Vec<&str> = blame.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(told, written.lines().collect::<Vec<_>>(), "{}", manifest.id);
        let unknown = blame.lines.iter().filter(|line| line.template.is_none() && line.leaves.is_empty());
        assert_eq!(unknown.count(), 0, "{}", manifest.id);
    }
}

#[test]
fn a_file_says_of_a_line_what_the_line_alone_says() {
    let library = Library::load(None, "").unwrap();
    let compiled = compiled(&library, &[]);
    let manifest =
        compiled.manifests.iter().find(|manifest| manifest.id.kind == "PodDisruptionBudget").unwrap();
    let whole = blame(&library, &compiled, manifest, &[]);
    for line in &whole.lines {
        let alone = cause::of(&library, &compiled, manifest, line.field.clone());
        let mut paths: Vec<_> = line.leaves.iter().map(|leaf| leaf.path.clone()).collect();
        paths.sort();
        assert_eq!(paths, alone.leaves, "line {}", line.number);
        assert_eq!(line.template, alone.template);
        let presence: Vec<_> = whole.presence.iter().map(|leaf| leaf.path.clone()).collect();
        assert_eq!(presence, alone.presence);
    }
}

#[test]
fn the_whole_story_begins_at_the_base() {
    let library = Library::load(None, "").unwrap();
    let compiled = compiled(&library, &["connect.replicas=3"]);
    let manifest = compiled.manifests.iter().find(|manifest| manifest.id.kind == "StatefulSet").unwrap();
    let whole = blame(&library, &compiled, manifest, &[]);
    let line = whole.lines.iter().find(|line| line.text == "  replicas: 3").unwrap();
    let [leaf] = line.leaves.as_slice() else { panic!("{line:?}") };
    let story: Vec<String> =
        leaf.said.iter().map(|said| format!("{} in {}", said.value, said.layer)).collect();
    assert_eq!(story, ["1 in base", "2 in environment prod", "3 in --set"]);
}

#[test]
fn no_credential_is_told() {
    let library = Library::load(None, "").unwrap();
    let secret = "hunter2hunter2";
    let compiled = compiled(
        &library,
        &[
            &format!("spark.conf[\"spark.hadoop.fs.s3a.secret.key\"]={secret}"),
            &format!(
                "spark.conf[\"spark.driver.extraJavaOptions\"]=-Djavax.net.ssl.trustStorePassword={secret}"
            ),
        ],
    );
    let mut hidden = 0;
    for manifest in compiled.manifests.iter().filter(|manifest| manifest.id.kind == "ConfigMap") {
        let blame = blame(&library, &compiled, manifest, &[]);
        let sources = &compiled.report.sources;
        let rows: Vec<_> = blame.lines.iter().map(|line| (line.number, Some(line))).collect();
        let told = text::column(&rows, sources) + &text::story("x", &blame, sources, &BTreeMap::new());
        assert!(!told.contains(secret), "{}: {told}", manifest.id);
        hidden += told.matches("<hidden>").count();
    }
    assert!(hidden > 2, "{hidden}");
}
