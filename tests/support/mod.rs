//! Projects made of a few files, for tests of templates, causes and strangers.

// Each test binary uses what it needs.
#![allow(dead_code)]

use sparkctl::compile::Manifest;
use sparkctl::compile::{Compiled, compile};
use sparkctl::diagnostic::{Finding, Report};
use sparkctl::failure::Failure;
use sparkctl::library::Library;
use sparkctl::release::Release;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A project file with one release.
pub const PROJECT: &str = "\
apiVersion: sparkctl/v1alpha1
kind: Project
metadata: {name: test}
spec: {releases: {connect: {preset: connect}}}
";

/// A project in a directory of its own, which goes with it.
pub struct Project {
    folder: TempDir,
}

impl Project {
    /// A project of these files, and a `sparkctl.yaml` where none is among them.
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Project {
        let project = Project { folder: tempfile::tempdir().unwrap() };
        project.put("sparkctl.yaml", PROJECT);
        files.into_iter().for_each(|(path, text)| project.put(path, text));
        project
    }

    /// The same with a component called `thing` that is always on.
    pub fn with_thing<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Project {
        let project = Project::of(files);
        if !project.root().join("templates/thing/component.yaml").exists() {
            project.put("templates/thing/component.yaml", descriptor("thing", ""));
        }
        project
    }

    /// Writes one file.
    pub fn put(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Its directory.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Its library.
    pub fn load(&self) -> Result<Library, Failure> {
        Library::load(Some(self.root()), "")
    }

    /// One release of it, compiled.
    pub fn compile(&self, release: &Release) -> Result<Compiled, Failure> {
        compile(&self.load()?, release)
    }
}

/// A component's descriptor, with more lines at the end.
pub fn descriptor(name: &str, more: &str) -> String {
    format!(
        "apiVersion: sparkctl/v1alpha1\nkind: Component\nmetadata: {{name: {name}, title: A test}}\n{more}"
    )
}

/// The release `connect` of the scenario `connect`.
pub fn release(environment: &str) -> Release {
    Release { namespace: "spark".parse().unwrap(), ..Release::of(environment, "connect").unwrap() }
}

/// The report of what failed with findings.
pub fn report<T>(result: Result<T, Failure>) -> Report {
    match result {
        Err(Failure::Findings(report)) => *report,
        Err(other) => panic!("no findings, but: {other}"),
        Ok(_) => panic!("nothing failed"),
    }
}

/// Findings in a few words each: `rule at place: message (label)`.
pub fn told(report: &Report) -> Vec<String> {
    report.findings.iter().map(|finding| tell(report, finding)).collect()
}

fn tell(report: &Report, finding: &Finding) -> String {
    let primary = finding.primary.as_ref();
    format!(
        "{} at {}: {} ({})",
        finding.rule,
        primary.map(|label| report.sources.locate(label.span)).unwrap_or_default(),
        finding.message,
        primary.map(|label| label.text.as_str()).unwrap_or_default(),
    )
}

/// The manifest of this kind and name.
pub fn manifest<'a>(compiled: &'a Compiled, kind: &str, name: &str) -> &'a Manifest {
    let found =
        compiled.manifests.iter().find(|manifest| manifest.id.kind == kind && manifest.id.name == name);
    found.unwrap_or_else(|| {
        let all: Vec<String> = compiled.manifests.iter().map(|manifest| manifest.id.to_string()).collect();
        panic!("no {kind}/{name} among {all:?}")
    })
}
