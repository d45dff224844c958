//! `component.yaml`: what a component is, before any release exists.

use crate::diagnostic::Finding;
use crate::layer::path::SpecPath;
use crate::layer::tree::Node;
use crate::source::{SourceId, Sources};
use crate::spec::cluster::Operator;
use crate::spec::schema;
use crate::spec::types::Name;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A component's descriptor. Texts called expressions are Jinja expressions over `spec` and `release`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Descriptor {
    /// The version of this format.
    pub api_version: DescriptorVersion,
    /// `Component`.
    pub kind: DescriptorKind,
    /// Who it is.
    pub metadata: ComponentMetadata,
    /// Expression: whether the release has it; left out, always.
    pub when: Option<String>,
    /// Its own key in the spec, where it is not one of the typed ones.
    pub settings: Option<Settings>,
    /// The groups of pods that it runs, by name.
    #[serde(default)]
    pub pods: BTreeMap<String, PodGroup>,
    /// Who connects to whom, by name. Services' ports and network policies are made of these and of nothing else.
    #[serde(default)]
    pub flows: BTreeMap<String, Flow>,
    /// What must exist in the cluster before the bundle is applied, by name.
    #[serde(default)]
    pub preconditions: BTreeMap<String, Precondition>,
    /// Operators without which its custom resources mean nothing.
    #[serde(default)]
    pub requires: BTreeMap<Operator, Requirement>,
    /// Values that are each allowed and cannot work together, by name.
    #[serde(default)]
    pub refuses: BTreeMap<String, Refusal>,
    /// Spark properties that it computes: each with the field of the spec to set instead.
    #[serde(default)]
    pub computed_conf: BTreeMap<String, String>,
}

/// The one version of the format.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub enum DescriptorVersion {
    /// The first.
    #[serde(rename = "sparkctl/v1alpha1")]
    V1Alpha1,
}

/// The one kind.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub enum DescriptorKind {
    /// A component.
    Component,
}

/// Who a component is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentMetadata {
    /// Its name, which is its folder's name too.
    #[schemars(regex(pattern = r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$"))]
    pub name: String,
    /// A few words, for lists.
    pub title: String,
    /// A sentence or two.
    pub description: Option<String>,
}

/// A component's own key in the spec.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// The key.
    #[schemars(regex(pattern = r"^[a-z][A-Za-z0-9]*$"))]
    pub key: String,
    /// A JSON Schema of what may stand under it. Its defaults stand in the component's `defaults.yaml`.
    #[schemars(with = "BTreeMap<String, Json>")]
    pub schema: Json,
}

/// A group of pods that are alike.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodGroup {
    /// The ports they listen on, by name.
    #[serde(default)]
    pub ports: BTreeMap<String, Ports>,
    /// What their service account is called behind the component's own name; left out, it bears that name alone.
    pub service_account: Option<Name>,
    /// What they need at most, for quotas and totals; left out, nothing.
    pub needs: Option<Needs>,
}

/// A port, or all from one to another: of processes that share a pod, each takes the first that is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Ports {
    /// One port.
    One(u16),
    /// Several, one behind the other.
    #[schemars(extend("additionalProperties" = false))]
    Range {
        /// The first.
        port: u16,
        /// The last.
        end_port: u16,
    },
}

impl Ports {
    /// The port, or the first of several.
    pub fn first(self) -> u16 {
        match self {
            Ports::One(port) | Ports::Range { port, .. } => port,
        }
    }

    /// The last, where there are several.
    pub fn end(self) -> Option<u16> {
        match self {
            Ports::One(_) => None,
            Ports::Range { end_port, .. } => Some(end_port),
        }
    }
}

/// What a group of pods needs at most.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Needs {
    /// Expression: how many pods there are at most.
    pub pods: String,
    /// Expression: the CPU that one requests, a Kubernetes quantity.
    pub cpu: String,
    /// Expression: the memory that one requests, a Kubernetes quantity.
    pub memory: String,
}

/// One or several names.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Side {
    /// `dns`, `api-server`, `object-store`, `database`, a pod group of this component, or `COMPONENT/GROUP`.
    One(String),
    /// Several pod groups.
    Many(Vec<String>),
    /// Peers of the spec.
    Spec(SpecSide),
}

/// Peers that the spec names.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpecSide {
    /// Expression: a mapping of peers by name.
    pub peers: Option<String>,
    /// Expression: one endpoint outside.
    pub endpoint: Option<String>,
    /// Expression: a mapping of endpoints by name, or a list of them.
    pub endpoints: Option<String>,
}

/// Who connects to whom.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Flow {
    /// Expression: whether there is such a flow; left out, always.
    pub when: Option<String>,
    /// Who opens the connection.
    pub from: Side,
    /// Who answers.
    pub to: Side,
    /// The names of the ports, where pods of the release answer.
    #[serde(default)]
    pub ports: Vec<String>,
}

/// What must exist in the cluster before the bundle is applied.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Precondition {
    /// Expression: whether it is needed; left out, always.
    pub when: Option<String>,
    /// Expression: a mapping; the precondition holds once for each of its keys, known as `item`.
    pub each: Option<String>,
    /// What must exist. A Jinja text.
    pub what: String,
    /// The command that tells whether it does. A Jinja text.
    pub verify: String,
    /// The command that makes it, where one can. A Jinja text.
    pub create: Option<String>,
}

/// Values that are each allowed and cannot work together.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refusal {
    /// Expression: whether they are there.
    pub when: String,
    /// What is wrong. A Jinja text.
    pub message: String,
    /// The path of the value that is shown.
    #[schemars(with = "String")]
    pub at: SpecPath,
    /// The path of the value that it does not go with.
    #[schemars(with = "Option<String>")]
    pub with: Option<SpecPath>,
    /// What would happen. A Jinja text.
    pub why: String,
    /// What to set instead. A Jinja text.
    pub help: String,
}

/// Why an operator is needed, and how to get it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Requirement {
    /// Expression: whether it is needed; left out, always.
    pub when: Option<String>,
    /// What is rendered for it.
    pub because: String,
    /// The command that installs it.
    pub install: String,
    /// What to set to do without it.
    pub otherwise: String,
}

/// A component of a library: its descriptor and where it was written.
#[derive(Debug, Clone)]
pub struct Component {
    /// The folder under `templates/`.
    pub name: String,
    /// What it is.
    pub descriptor: Descriptor,
    /// The descriptor with its places, for messages.
    pub tree: Node,
    /// The descriptor's file.
    pub source: SourceId,
}

/// The schema of `component.yaml`.
pub fn descriptor_schema() -> Json {
    let mut schema = schema::of::<Descriptor>();
    schema["title"] = Json::from("sparkctl component");
    schema
}

/// Reads a descriptor.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(name: &str, source: SourceId, sources: &Sources) -> Result<Component, Vec<Finding>> {
    let (tree, mut findings) = crate::layer::parse::parse_one(source, &sources.get(source).text);
    let Some(tree) = tree.filter(|_| findings.is_empty()) else { return Err(findings) };
    let schema = descriptor_schema();
    match schema::validator(&schema) {
        Ok(validator) => findings.extend(schema::check(&validator, &schema, &tree, sources)),
        Err(reason) => {
            findings.push(Finding::error("library/bad-descriptor", reason).at(tree.span, "descriptor"))
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let component = decode(name, source, tree).map_err(|finding| vec![*finding])?;
    match component.descriptor.settings.as_ref().map(|settings| schema::validator(&settings.schema)) {
        Some(Err(reason)) => {
            let path = SpecPath::root().key("settings").key("schema");
            let at = component.tree.at(&path).unwrap_or(&component.tree).span;
            let message = "the component's settings have a broken schema";
            Err(vec![Finding::error("library/bad-schema", message).at(at, reason)])
        }
        _ => Ok(component),
    }
}

/// Reads a descriptor that is known to satisfy its schema.
///
/// # Errors
/// A finding where it does not after all, or where it bears another name than its folder.
pub fn decode(name: &str, source: SourceId, tree: Node) -> Result<Component, Box<Finding>> {
    let descriptor: Descriptor = serde_json::from_value(tree.to_json()).map_err(|error| {
        Box::new(
            Finding::error("library/bad-descriptor", error.to_string()).at(tree.span, "in this descriptor"),
        )
    })?;
    if descriptor.metadata.name != name {
        let at = tree.get("metadata").and_then(|metadata| metadata.get("name")).unwrap_or(&tree).span;
        let message =
            format!("the component in templates/{name} calls itself `{}`", descriptor.metadata.name);
        return Err(Box::new(
            Finding::error("library/bad-descriptor", message)
                .at(at, "this name")
                .help(format!("write name: {name}")),
        ));
    }
    Ok(Component { name: name.to_owned(), descriptor, tree, source })
}
