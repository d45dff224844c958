//! `sparkctl.yaml`: a project of one's own, and its releases.

mod entry;
mod requires;

pub use entry::{MatrixEntry, ReleaseEntry};

use crate::diagnostic::{Finding, Severity};
use crate::gitops::{GitOps, settings};
use crate::layer::renames::{Document, Renames};
use crate::layer::tree::Node;
use crate::source::{SourceId, Sources};
use crate::spec::schema;
use crate::spec::types::{Name, ProjectFolder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The file that makes a directory a project.
pub const PROJECT_FILE: &str = "sparkctl.yaml";

/// A project file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProjectFile {
    /// The version of this format.
    #[schemars(extend("enum" = ["sparkctl/v1alpha1"]))]
    pub api_version: String,
    /// `Project`.
    #[schemars(extend("enum" = ["Project"]))]
    pub kind: String,
    /// Who it is.
    pub metadata: ProjectMetadata,
    /// What it has.
    pub spec: ProjectSpec,
}

/// Who a project is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProjectMetadata {
    /// Its name.
    pub name: Name,
    /// A sentence or two.
    pub description: Option<String>,
}

/// What a project has.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProjectSpec {
    /// Where bundles are written, relative to the project; left out, `rendered`.
    /// No part of it begins with a dot, so that it leads nowhere else.
    pub output: Option<ProjectFolder>,
    /// Rules whose findings are worse, or less bad, than sparkctl has it: `error` or `warning`, by the
    /// rule's name. `sparkctl rules` lists them.
    #[serde(default)]
    pub rules: BTreeMap<String, Severity>,
    /// Who syncs the bundles, and from where.
    pub gitops: Option<GitOps>,
    /// The versions of sparkctl that this project is made for, as Cargo writes them: `0.1`, `>=0.1.2, <0.3`.
    pub requires: Option<String>,
    /// The releases, by name. Of those that share a namespace, the first one named here owns it.
    #[serde(default)]
    pub releases: BTreeMap<Name, ReleaseEntry>,
    /// Many releases at once, by names of your own.
    #[serde(default)]
    pub matrix: BTreeMap<Name, MatrixEntry>,
}

/// A project file that was read, with its places.
#[derive(Debug, Clone)]
pub struct Project {
    /// What it says.
    pub file: ProjectFile,
    /// The same with places.
    pub tree: Node,
    /// Its text.
    pub source: SourceId,
    /// Warnings about how it is written.
    pub notes: Vec<Finding>,
}

/// Which entry of a project file a release comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryName<'a> {
    /// One of `releases`.
    Release(&'a str),
    /// One of `matrix`.
    Matrix(&'a str),
}

impl EntryName<'_> {
    /// Where the entry stands in the file.
    pub fn path(&self) -> [&str; 3] {
        match self {
            EntryName::Release(name) => ["spec", "releases", name],
            EntryName::Matrix(name) => ["spec", "matrix", name],
        }
    }
}

impl Project {
    /// Whether the project is not made for this sparkctl, or says so in a way that nobody can read.
    pub fn refuses_this_version(&self) -> Option<Finding> {
        self.tree.below(&["spec", "requires"]).and_then(requires::check)
    }

    /// The file's text as what releases are made from: without the value of `requires`, which decides who
    /// renders them and nothing in them.
    pub fn text_as_input(&self, sources: &Sources) -> String {
        let text = &sources.get(self.source).text;
        let span = self.tree.below(&["spec", "requires"]).map(|required| required.span.range());
        let around = span.and_then(|span| Some([text.get(..span.start)?, text.get(span.end..)?]));
        around.map_or_else(|| text.to_string(), |parts| parts.concat())
    }

    /// Warnings about how the project file is written: of what it says to all releases, and to those of
    /// this entry.
    pub fn notes<'a>(&'a self, name: EntryName<'_>) -> impl Iterator<Item = &'a Finding> {
        let own = self.entry(name);
        let others = [self.tree.below(&["spec", "releases"]), self.tree.below(&["spec", "matrix"])];
        self.notes.iter().filter(move |note| {
            let within = |node: Option<&Node>| {
                node.zip(note.primary.as_ref()).is_some_and(|(node, label)| node.span.contains(label.span))
            };
            within(own) || !others.into_iter().any(within)
        })
    }

    /// An entry of the file, with its places.
    pub fn entry(&self, name: EntryName<'_>) -> Option<&Node> {
        self.tree.below(&name.path())
    }

    /// The part of the spec that an entry sets itself, with its places.
    pub fn overrides(&self, name: EntryName<'_>) -> Option<&Node> {
        self.entry(name)?.get("spec").filter(|node| node.as_map().is_some())
    }

    /// The findings that an entry accepts itself, with their places.
    pub fn silenced(&self, name: EntryName<'_>) -> Option<&Node> {
        self.entry(name)?.get("silenced")
    }
}

/// The schema of `sparkctl.yaml`, around the partial schema of the spec.
pub fn project_schema(layer: &Json) -> Json {
    let mut schema = schema::of::<ProjectFile>();
    schema["title"] = json!("sparkctl project");
    for entries in ["releases", "matrix"] {
        let entry = &mut schema["properties"]["spec"]["properties"][entries]["additionalProperties"];
        for key in ["spec", "silenced"] {
            entry["properties"][key] = layer["properties"][key].clone();
        }
    }
    schema
}

/// Reads a project file.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(
    source: SourceId,
    sources: &Sources,
    layer: &Json,
    renames: &Renames,
) -> Result<Project, Vec<Finding>> {
    let (tree, mut findings) = crate::layer::parse::parse_one(source, &sources.get(source).text);
    let Some(mut tree) = tree.filter(|_| findings.is_empty()) else { return Err(findings) };
    let (notes, wrong) = Renames::sorted(renames.apply(&mut tree, Document::Project));
    findings.extend(wrong);
    let schema = project_schema(layer);
    match schema::validator(&schema) {
        Ok(validator) => findings.extend(schema::check(&validator, &schema, &tree, sources)),
        Err(reason) => findings.push(Finding::error("library/bad-schema", reason).at(tree.span, "project")),
    }
    if !findings.is_empty() {
        // What a newer sparkctl added to the format is no mistake.
        let version = tree.below(&["spec", "requires"]).and_then(requires::check);
        return Err(version.into_iter().chain(findings).collect());
    }
    findings.extend(crate::rules::severity::check(tree.below(&["spec", "rules"])));
    findings.extend(settings::check(tree.below(&["spec", "gitops"])));
    if !findings.is_empty() {
        return Err(findings);
    }
    match serde_json::from_value(tree.to_json()) {
        Ok(file) => Ok(Project { file, tree, source, notes }),
        Err(error) => {
            Err(vec![Finding::error("layer/wrong-type", error.to_string()).at(tree.span, "in this project")])
        }
    }
}
