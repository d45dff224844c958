//! `sparkctl.yaml`: a project of one's own, and its releases.

use crate::diagnostic::{Finding, Severity};
use crate::gitops::GitOps;
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
    /// The releases, by name.
    #[serde(default)]
    pub releases: BTreeMap<Name, ReleaseEntry>,
}

/// One release of a project.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseEntry {
    /// Its scenario.
    pub preset: String,
    /// Its features.
    #[serde(default)]
    pub features: Vec<String>,
    /// The layer in `clusters/` that it takes.
    pub cluster: Option<String>,
    /// The layer in `teams/` that it takes.
    pub team: Option<String>,
    /// Its namespace in each environment; where none is given, `spark-ENVIRONMENT`.
    #[serde(default)]
    pub namespaces: BTreeMap<String, Name>,
    /// Its own part of the spec, over everything that presets and environments say.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<String, Json>>")]
    pub spec: Json,
    /// Findings that are known and accepted in this release.
    #[serde(default)]
    #[schemars(with = "Option<Vec<Json>>")]
    pub silenced: Json,
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

impl Project {
    /// The part of the spec that a release sets itself, with its places.
    pub fn overrides(&self, release: &str) -> Option<&Node> {
        self.tree.below(&["spec", "releases", release, "spec"]).filter(|node| node.as_map().is_some())
    }

    /// Warnings about how the project file is written: of what it says to all releases, and to this one.
    pub fn notes<'a>(&'a self, release: &'a str) -> impl Iterator<Item = &'a Finding> {
        let all = self.tree.below(&["spec", "releases"]);
        let own = self.tree.below(&["spec", "releases", release]);
        self.notes.iter().filter(move |note| {
            let within = |node: Option<&Node>| {
                node.zip(note.primary.as_ref()).is_some_and(|(node, label)| node.span.contains(label.span))
            };
            within(own) || !within(all)
        })
    }

    /// The findings that a release accepts itself, with their places.
    pub fn silenced(&self, release: &str) -> Option<&Node> {
        self.tree.below(&["spec", "releases", release, "silenced"])
    }
}

/// The schema of `sparkctl.yaml`, around the partial schema of the spec.
pub fn project_schema(layer: &Json) -> Json {
    let mut schema = schema::of::<ProjectFile>();
    schema["title"] = json!("sparkctl project");
    let release = &mut schema["properties"]["spec"]["properties"]["releases"]["additionalProperties"];
    for key in ["spec", "silenced"] {
        release["properties"][key] = layer["properties"][key].clone();
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
        return Err(findings);
    }
    findings.extend(crate::rules::severity::check(tree.below(&["spec", "rules"])));
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
