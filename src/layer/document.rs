//! One layer: the document around a part of the spec.

use super::path::SpecPath;
use super::tree::{Mapping, Node, Value};
use crate::diagnostic::Finding;
use crate::source::{SourceId, Span};
use crate::spec::types::Date;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The API version of every document that users write.
pub const API_VERSION: &str = "sparkctl/v1alpha1";

/// What a layer is for, which decides its place in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum LayerKind {
    /// All defaults.
    Base,
    /// dev, staging, prod, ...
    Environment,
    /// What one cluster differs in.
    Cluster,
    /// What one team differs in.
    Team,
    /// A scenario, or a feature that composes with scenarios.
    Preset,
    /// One release's own overrides: in `sparkctl.yaml`, or a file given with `--values`.
    Release,
}

impl LayerKind {
    /// As users say it: `environment`.
    pub fn word(self) -> &'static str {
        match self {
            LayerKind::Base => "base",
            LayerKind::Environment => "environment",
            LayerKind::Cluster => "cluster",
            LayerKind::Team => "team",
            LayerKind::Preset => "preset",
            LayerKind::Release => "release",
        }
    }

    /// The word with its article: `an environment`.
    pub fn phrase(self) -> String {
        let article = if self == LayerKind::Environment { "an" } else { "a" };
        format!("{article} {}", self.word())
    }
}

/// Which of the two kinds of preset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum PresetRole {
    /// A whole platform: one per release.
    Scenario,
    /// Something that composes with scenarios: any number per release.
    Feature,
}

/// Who a layer is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline)]
pub struct Metadata {
    /// The layer's name; the file carries the same name.
    #[schemars(regex(pattern = r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$"))]
    pub name: String,
    /// A few words, for lists.
    pub title: Option<String>,
    /// A sentence or two, for people who choose.
    pub description: Option<String>,
    /// Presets only: a scenario, or a feature.
    pub role: Option<PresetRole>,
    /// In a project: take the place of the built-in layer of this name instead of merging over it.
    pub standalone: Option<bool>,
}

/// A path that no later layer may change.
#[derive(Debug, Clone)]
pub struct Lock {
    /// The path; it covers everything below it.
    pub path: SpecPath,
    /// Why, for whoever runs into it.
    pub reason: String,
    /// Where the lock was written.
    pub span: Span,
}

/// What a silenced finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// The path of the spec that causes it; it covers everything below it.
    Path(SpecPath),
    /// The object it is in: `KIND/NAME`, where `*` stands for any part of the name.
    Object(String),
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            About::Path(path) => path.fmt(f),
            About::Object(object) => f.write_str(object),
        }
    }
}

/// Findings of one rule that are known and accepted until a day.
#[derive(Debug, Clone)]
pub struct Silence {
    /// The kind of layer that says so: not every one may silence every rule.
    pub kind: LayerKind,
    /// The rule's name.
    pub rule: String,
    /// Which of its findings.
    pub about: About,
    /// Why they are accepted.
    pub reason: String,
    /// The last day on which they are.
    pub until: Date,
    /// Where the entry was written.
    pub span: Span,
    /// Where the rule's name was written.
    pub rule_span: Span,
    /// Where path or object were written.
    pub about_span: Span,
    /// Where the day was written.
    pub until_span: Span,
}

/// One layer, read and understood, not yet merged.
#[derive(Debug, Clone)]
pub struct Layer {
    /// What it is for.
    pub kind: LayerKind,
    /// Its name.
    pub name: String,
    /// Who it is, in the author's words.
    pub metadata: Metadata,
    /// The file it stands in.
    pub source: SourceId,
    /// Its part of the spec; an empty mapping where it sets nothing.
    pub spec: Node,
    /// Presets: what differs by environment.
    pub overlays: IndexMap<String, Node>,
    /// Paths that later layers may not change.
    pub locks: Vec<Lock>,
    /// Findings that are known and accepted.
    pub silences: Vec<Silence>,
    /// A JSON Schema that the merged spec must also satisfy, with the places of its parts.
    pub constraints: Option<Node>,
    /// Warnings about how it is written, for the reports of the releases that take it.
    pub notes: Vec<Finding>,
}

impl Layer {
    /// Reads the header of a document that already satisfies the layer schema.
    ///
    /// # Errors
    /// A finding where a lock's path is no path, or where what the schema promised does not hold.
    pub fn from_document(source: SourceId, document: Node) -> Result<Layer, Box<Finding>> {
        let whole = document.span;
        let Value::Map(mut map) = document.value else {
            return Err(Box::new(
                Finding::error("layer/wrong-type", "a layer is a mapping")
                    .at(whole, "this is something else"),
            ));
        };
        let mut take = |key: &str| map.entries.shift_remove(key).map(|entry| entry.node);
        let (kind, metadata) = (take("kind"), take("metadata"));
        let header = |node: Option<Node>| node.map(|node| node.to_json()).unwrap_or_default();
        let broken = |error: serde_json::Error| {
            Box::new(Finding::error("layer/wrong-type", error.to_string()).at(whole, "in this layer"))
        };
        let kind: LayerKind = serde_json::from_value(header(kind)).map_err(broken)?;
        let metadata: Metadata = serde_json::from_value(header(metadata)).map_err(broken)?;
        let empty = || Node::new(Span { end: whole.start, ..whole }, Value::Map(Mapping::default()));
        let spec = take("spec").filter(|node| node.as_map().is_some()).unwrap_or_else(empty);
        let overlays = match take("overlays").map(|node| node.value) {
            Some(Value::Map(map)) => map
                .entries
                .into_iter()
                .filter(|(_, entry)| entry.node.as_map().is_some())
                .map(|(name, entry)| (name, entry.node))
                .collect(),
            _ => IndexMap::new(),
        };
        let locks = match take("locks").map(|node| node.value) {
            Some(Value::List(items)) => items.iter().map(lock).collect::<Result<_, _>>()?,
            _ => Vec::new(),
        };
        let silences = take("silenced").map(|node| silences(&node, kind)).transpose()?.unwrap_or_default();
        Ok(Layer {
            kind,
            name: metadata.name.clone(),
            metadata,
            source,
            spec,
            overlays,
            locks,
            silences,
            constraints: take("constraints"),
            notes: Vec::new(),
        })
    }
}

fn lock(node: &Node) -> Result<Lock, Box<Finding>> {
    let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default();
    match text("path").parse() {
        Ok(path) => Ok(Lock { path, reason: text("reason").to_owned(), span: node.span }),
        Err(error) => {
            let message = format!("`{}` is no path into the spec", text("path"));
            Err(Box::new(Finding::error("layer/bad-path", message).at(node.span, error.to_string())))
        }
    }
}

/// Reads a list of silenced findings.
///
/// # Errors
/// A finding where a path or a day is none, or where it is not said which findings are meant.
pub fn silences(list: &Node, kind: LayerKind) -> Result<Vec<Silence>, Box<Finding>> {
    list.items().iter().map(|entry| silence(entry, kind)).collect()
}

fn silence(entry: &Node, kind: LayerKind) -> Result<Silence, Box<Finding>> {
    let text = |key: &str| entry.text(key).unwrap_or_default().to_owned();
    let span = |key: &str| entry.get(key).map_or(entry.span, |node| node.span);
    let about = match (entry.text("path"), entry.text("object")) {
        (Some(path), None) => match path.parse() {
            Ok(path) => About::Path(path),
            Err(error) => {
                let message = format!("`{path}` is no path into the spec");
                let finding = Finding::error("layer/bad-path", message);
                return Err(Box::new(finding.at(span("path"), error.to_string())));
            }
        },
        (None, Some(object)) => About::Object(object.to_owned()),
        (path, _) => {
            let both = path.is_some();
            let message = if both {
                "a silenced finding is about a path or about an object, not both"
            } else {
                "it is not said which findings are silenced"
            };
            return Err(Box::new(
                Finding::error("layer/wrong-value", message)
                    .at(entry.span, if both { "this names both" } else { "this names neither" })
                    .help(
                        "write `path: PATH` for what a value of the spec causes, `object: KIND/NAME` for the rest",
                    ),
            ));
        }
    };
    let until = text("until").parse().map_err(|error: crate::spec::types::ValueError| {
        Box::new(Finding::error("layer/wrong-value", error.to_string()).at(span("until"), "this is no day"))
    })?;
    let about_span = if matches!(about, About::Path(_)) { span("path") } else { span("object") };
    Ok(Silence {
        kind,
        rule: text("rule"),
        about,
        reason: text("reason"),
        until,
        span: entry.span,
        rule_span: span("rule"),
        about_span,
        until_span: span("until"),
    })
}
