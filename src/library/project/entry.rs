//! The entries of a project file that say what to render: one by one, or many at once.

use crate::spec::types::Name;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// One release of a project.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseEntry {
    /// Its scenario.
    pub preset: String,
    /// Its features.
    #[serde(default)]
    pub features: Vec<String>,
    /// The environments it exists in. Left out: those that `namespaces` names; where that is left out too,
    /// those that the project has a layer for; where it has none, all.
    pub environments: Option<Vec<String>>,
    /// The layer in `clusters/` that it takes.
    pub cluster: Option<String>,
    /// The layer in `clusters/` that it takes in each environment, before what `cluster` says.
    #[serde(default)]
    pub clusters: BTreeMap<String, String>,
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

/// Releases that differ by scenario, team, cluster and environment: each with each. Where a name may be a
/// pattern, `*` stands for any text and `?` for one character.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MatrixEntry {
    /// The scenarios.
    pub presets: Vec<String>,
    /// The features of all.
    #[serde(default)]
    pub features: Vec<String>,
    /// The environments, by name. Left out: those that the project has a layer for; where it has none, all.
    pub environments: Option<Vec<String>>,
    /// The layers in `clusters/`, by name or pattern. Left out, the releases name no cluster.
    pub clusters: Option<Vec<String>>,
    /// The layers in `teams/`, by name or pattern. Left out, the releases name no team.
    pub teams: Option<Vec<String>>,
    /// What each is called; `{preset}`, `{team}`, `{cluster}` and `{environment}` stand for its own. Left out,
    /// `{team}-{preset}`, or `{preset}` without teams.
    pub name: Option<String>,
    /// The namespace of each, in the same way. Left out, `spark-{team}-{environment}`, or
    /// `spark-{environment}` without teams.
    pub namespace: Option<String>,
    /// Combinations that there are not.
    #[serde(default)]
    pub exclude: Vec<Exclusion>,
    /// Their own part of the spec, over everything that presets and environments say.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<String, Json>>")]
    pub spec: Json,
    /// Findings that are known and accepted in these releases.
    #[serde(default)]
    #[schemars(with = "Option<Vec<Json>>")]
    pub silenced: Json,
}

/// Combinations of a matrix that there are not: those that fit everything that is said here.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub struct Exclusion {
    /// A scenario, by name or pattern.
    pub preset: Option<String>,
    /// An environment, by name or pattern.
    pub environment: Option<String>,
    /// A cluster, by name or pattern.
    pub cluster: Option<String>,
    /// A team, by name or pattern.
    pub team: Option<String>,
}
