//! What surrounds the components: environment, namespace, security, images, monitoring.

use super::network::Peer;
use super::types::{Duration, ImageDigest, Repository, Tag};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What kind of environment this is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Environment {
    /// How much depends on it; decides how strict the checks are.
    pub tier: Tier,
}

/// How much depends on an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// A place to try things.
    Development,
    /// As production, without the users.
    Staging,
    /// People depend on it.
    Production,
}

/// The namespace that the release lives in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Namespace {
    /// Whether the release owns it and renders it. Of several releases in one namespace, one may.
    pub owned: bool,
    /// Labels of your own on it.
    pub labels: BTreeMap<String, String>,
    /// Annotations of your own on it.
    pub annotations: BTreeMap<String, String>,
}

/// What is enforced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Security {
    /// The Pod Security Standard that the namespace enforces.
    pub pod_security: PodSecurity,
}

/// The Pod Security Standards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PodSecurity {
    /// What all pods of sparkctl meet.
    Restricted,
    /// Known privilege escalations are refused.
    Baseline,
    /// Nothing is refused.
    Privileged,
}

/// The container images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Images {
    /// Spark's, for driver and executors alike.
    pub spark: Image,
    /// That of notebooks: the same Spark, with JupyterLab.
    pub jupyter: Image,
    /// The Hive metastore's.
    pub metastore: Image,
    /// That of the bundled object store.
    pub object_store: Image,
    /// That of the bundled PostgreSQL.
    pub postgres: Image,
    /// That of the proxy before notebooks and user interfaces.
    pub proxy: Image,
    /// Secrets in the namespace that hold registry credentials.
    pub pull_secrets: Vec<super::types::Name>,
}

/// One container image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Image {
    /// Registry and path of an image of your own; left out, its name under the site's registry, or the official image without one.
    pub repository: Option<Repository>,
    /// The tag; left out, one that follows from what the image holds, or the official image's.
    pub tag: Option<Tag>,
    /// The digest, which pins what the tag only names.
    pub digest: Option<ImageDigest>,
}

/// How the platform is watched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Monitoring {
    /// Whether ServiceMonitors are rendered; needs the Prometheus operator.
    pub enabled: bool,
    /// How often metrics are scraped.
    pub interval: Duration,
    /// How long a scrape may take. Spark's first answer takes up to 17 s, so keep it at 30s or more.
    pub scrape_timeout: Duration,
    /// Labels by which Prometheus finds the monitors.
    pub labels: BTreeMap<String, String>,
    /// Who may scrape, under names of your choice.
    pub scrapers: BTreeMap<String, Peer>,
}
