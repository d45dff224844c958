//! What every Spark component shares.

use super::types::{ObjectPrefix, SparkMemory, SparkMinor};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What every Spark component shares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spark {
    /// The minor version of Spark; `sparkctl list versions` shows what each brings.
    pub version: SparkMinor,
    /// Spark properties, free to choose. What sparkctl computes by itself is refused here, with the field to set instead.
    pub conf: BTreeMap<String, ConfValue>,
    /// Classes that extend Spark SQL, under names of your choice; taken in the order of the names.
    pub extensions: BTreeMap<String, String>,
    /// The record of what ran, for the History Server.
    pub event_log: EventLog,
    /// From this level on log lines are written.
    pub log_level: LogLevel,
}

/// The value of a Spark property.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ConfValue {
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
}

/// The record of what ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventLog {
    /// Whether one is written; needs an object store.
    pub enabled: bool,
    /// The prefix inside the log bucket.
    pub prefix: ObjectPrefix,
    /// A file of the log is closed at this size. A server that never stops shows up in the History Server
    /// only as files close, so keep it small.
    pub file_size: SparkMemory,
}

/// From this level on log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Everything a developer may want.
    Debug,
    /// What happened.
    Info,
    /// What should be looked at.
    Warn,
    /// What failed.
    Error,
}
