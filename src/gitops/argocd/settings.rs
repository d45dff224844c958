//! `spec.gitops.argocd` in `sparkctl.yaml`.

use crate::spec::types::{Duration, Name};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// How Argo CD syncs the bundles.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArgoCd {
    /// The namespace that Argo CD lives in; left out, `argocd`.
    pub namespace: Option<Name>,
    /// What is written; left out, `applications`.
    #[serde(default)]
    pub form: Form,
    /// How the releases of an environment are synced, by the environment's name. Environments called `prod`
    /// or `production` are synced by a person and nothing in them is removed unasked; all others are synced
    /// by themselves. What is said here goes before that.
    #[serde(default)]
    pub environments: BTreeMap<String, Sync>,
    /// How often a sync that failed is tried again.
    #[serde(default)]
    pub retry: Retry,
}

/// What is written for the bundles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// An Application for each bundle.
    #[default]
    Applications,
    /// An ApplicationSet for each environment, team and cluster, which makes the same Applications.
    ApplicationSet,
}

/// How the releases of an environment are synced.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sync {
    /// Whether Argo CD syncs what Git says without being asked.
    pub automated: Option<bool>,
    /// Whether a sync by itself removes objects that Git holds no longer.
    pub prune: Option<bool>,
    /// Whether what somebody changed in the cluster is put back.
    pub self_heal: Option<bool>,
    /// Whether the objects go when their Application is deleted. Namespaces and claims stay in any case.
    pub cascade: Option<bool>,
}

/// How often, and after how long, a sync that failed is tried again. Left out, about 25 minutes in all: as
/// long as operators and their kinds may take to come up in a new cluster.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retry {
    /// How often; left out, 12 times.
    pub limit: Option<u32>,
    /// The time before the first try; left out, `10s`.
    pub duration: Option<Duration>,
    /// What the time is multiplied with each time; left out, 2.
    pub factor: Option<u32>,
    /// The longest time; left out, `3m`.
    pub max_duration: Option<Duration>,
}

impl Retry {
    /// As an Application has it. Times in seconds: Go, which reads them, knows no days.
    pub fn policy(&self) -> Json {
        let seconds = |said: &Option<Duration>, default| {
            format!("{}s", said.as_ref().map_or(default, Duration::seconds))
        };
        json!({
            "limit": self.limit.unwrap_or(12),
            "backoff": {
                "duration": seconds(&self.duration, 10),
                "factor": self.factor.unwrap_or(2),
                "maxDuration": seconds(&self.max_duration, 180),
            },
        })
    }
}

/// How one environment is synced, all decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// Without being asked.
    pub automated: bool,
    /// Removing what Git holds no longer.
    pub prune: bool,
    /// Undoing what somebody changed.
    pub self_heal: bool,
    /// The objects go with their Application.
    pub cascade: bool,
}

/// What environments are called that nothing may be removed from unasked.
const PRODUCTION: [&str; 2] = ["prod", "production"];

impl ArgoCd {
    /// The namespace that Argo CD lives in.
    pub fn namespace(&self) -> &str {
        self.namespace.as_ref().map_or("argocd", Name::as_str)
    }

    /// How an environment is synced.
    pub fn sync(&self, environment: &str) -> Decided {
        let freely = !PRODUCTION.contains(&environment);
        let said = self.environments.get(environment);
        let or = |said: Option<bool>, default| said.unwrap_or(default);
        Decided {
            automated: or(said.and_then(|sync| sync.automated), freely),
            prune: or(said.and_then(|sync| sync.prune), freely),
            self_heal: or(said.and_then(|sync| sync.self_heal), freely),
            cascade: or(said.and_then(|sync| sync.cascade), freely),
        }
    }
}
