//! Credentials: references, never values.

use super::types::{Duration, Name, SecretKeyName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One key of one Secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretKey {
    /// A name under `secrets`, or the name of a Secret that already exists in the namespace.
    pub secret: Name,
    /// The key inside it.
    pub key: SecretKeyName,
}

/// A Secret that External Secrets keeps up to date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagedSecret {
    /// How often it is read anew from the store.
    pub refresh_interval: Duration,
    /// The Secret's keys and where each comes from.
    pub data: BTreeMap<String, RemoteKey>,
}

/// Where one key's value stands in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoteKey {
    /// The entry in the store.
    pub remote_key: String,
    /// The property of the entry; left out, the entry is the value.
    pub property: Option<String>,
}
