//! What each version of Spark brings: one file a version under `versions/`.

use super::Library;
use crate::failure::Failure;
use crate::layer::parse::parse_one;
use serde::{Deserialize, Serialize};

/// One minor version of Spark.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SparkVersion {
    /// The minor version: `4.1`.
    pub version: String,
    /// The newest patch whose official image is known to exist.
    pub patch: String,
    /// Scala's binary version.
    pub scala: String,
    /// The Java that images are built with.
    pub java: String,
    /// Python's version in the official image.
    pub python: String,
    /// The Hadoop client inside, which hadoop-aws must equal.
    pub hadoop: String,
    /// Spark's own Hive client.
    pub hive: String,
    /// The tag of the official image that has Python.
    pub image_tag: String,
    /// The S3A class that reads a key pair from the environment.
    pub s3a_environment_provider: String,
}

/// The versions that a library knows, in order.
///
/// # Errors
/// If a version's file cannot be read.
pub fn all(library: &Library) -> Result<Vec<SparkVersion>, Failure> {
    let mut versions = Vec::new();
    for (name, source) in library.folder("versions") {
        let (tree, findings) = parse_one(source, &library.sources.get(source).text);
        let Some(tree) = tree.filter(|_| findings.is_empty()) else { return Err(library.failure(findings)) };
        let version: SparkVersion = serde_json::from_value(tree.to_json()).map_err(|error| {
            Failure::refused(
                format!("the facts of version {name} cannot be read: {error}"),
                "repair versions/",
            )
        })?;
        versions.push(version);
    }
    versions.sort_by_key(|version| {
        version.version.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u32>>()
    });
    Ok(versions)
}
