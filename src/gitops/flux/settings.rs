//! `spec.gitops.flux`: what Flux reads, how often, and what it may do.

use crate::spec::types::{Duration, Name, Tag};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How Flux syncs the bundles.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Flux {
    /// The namespace that Flux' objects live in; left out, `flux-system`.
    pub namespace: Option<Name>,
    /// Where Flux takes the bundles from; left out, `git`.
    #[serde(default)]
    pub source: SourceKind,
    /// The Secret with the credentials for that; left out, none are needed. It lives in `namespace`.
    pub secret: Option<Name>,
    /// How often Flux looks for something new; left out, every five minutes.
    pub source_interval: Option<Duration>,
    /// How often Flux puts back what was changed by hand; left out, every ten minutes.
    pub interval: Option<Duration>,
    /// How soon Flux tries again after a failure; left out, after two minutes.
    pub retry_interval: Option<Duration>,
    /// How long what runs may take to become ready; left out, ten minutes.
    pub timeout: Option<Duration>,
    /// Whether objects go that a bundle has no longer; left out, they do, but for what holds data.
    pub prune: Option<bool>,
    /// Environments whose objects stay when their release leaves the project.
    #[serde(default)]
    pub orphan: BTreeSet<String>,
    /// The service account in whose name Flux applies; left out, its own. It lives in `namespace`.
    pub service_account: Option<Name>,
    /// The same for single teams, by their names.
    #[serde(default)]
    pub service_accounts: BTreeMap<String, Name>,
    /// Where artifacts lie; read where `source` is `oci`.
    pub oci: Option<Oci>,
}

/// Where Flux takes bundles from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// The Git repository of the project.
    #[default]
    Git,
    /// An artifact for each bundle, in a registry.
    Oci,
}

/// The artifacts that `sparkctl push` makes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Oci {
    /// What all their names begin with: `oci://registry.example/spark`.
    pub url: String,
    /// The tag that is synced; left out, `latest`. Whoever pushes moves it.
    pub tag: Option<Tag>,
    /// Whose workload identity reads them where there is no `secret`; left out, nobody's.
    pub provider: Option<OciProvider>,
    /// Whether the registry speaks plain HTTP.
    #[serde(default)]
    pub insecure: bool,
    /// Who must have signed them; left out, anybody may have pushed them.
    pub verify: Option<Verify>,
}

/// Whose workload identity reads artifacts.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OciProvider {
    /// Amazon's.
    Aws,
    /// Microsoft's.
    Azure,
    /// Google's.
    Gcp,
}

/// Who must have signed an artifact.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Verify {
    /// What signs; left out, `cosign`.
    #[serde(default)]
    pub provider: Signer,
    /// The Secret with the public keys, or with Notation's trust policy.
    pub secret: Option<Name>,
    /// Who signs without a key: patterns of the issuer and the subject.
    #[serde(default)]
    pub identities: Vec<Identity>,
}

/// What signs artifacts.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Signer {
    /// Sigstore's.
    #[default]
    Cosign,
    /// The Notary Project's.
    Notation,
}

/// Who signs without a key; both are regular expressions.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Identity {
    /// The OIDC issuer.
    pub issuer: String,
    /// The subject.
    pub subject: String,
}

impl Flux {
    /// The namespace that Flux' objects live in.
    pub fn namespace(&self) -> &str {
        self.namespace.as_ref().map_or("flux-system", Name::as_str)
    }

    /// How often Flux looks for something new, as Go writes it.
    pub fn source_interval(&self) -> String {
        go_duration(self.source_interval.as_ref(), "5m")
    }

    /// How often Flux puts back what was changed by hand, as Go writes it.
    pub fn interval(&self) -> String {
        go_duration(self.interval.as_ref(), "10m")
    }

    /// How soon Flux tries again after a failure, as Go writes it.
    pub fn retry_interval(&self) -> String {
        go_duration(self.retry_interval.as_ref(), "2m")
    }

    /// How long what runs may take to become ready, as Go writes it.
    pub fn timeout(&self) -> String {
        go_duration(self.timeout.as_ref(), "10m")
    }
}

/// Go knows no days.
fn go_duration(duration: Option<&Duration>, default: &str) -> String {
    let text = duration.map_or(default.to_owned(), Duration::to_string);
    match duration {
        Some(days) if text.ends_with('d') => format!("{}h", days.seconds() / 3_600),
        _ => text,
    }
}
