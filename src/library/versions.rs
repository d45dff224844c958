//! What each version of Spark brings: one file a version under `versions/`, made by
//! `scripts/spark-versions` from the package registries.

use super::Library;
use crate::failure::Failure;
use crate::layer::parse::parse_one;
use crate::source::SourceId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One minor version of Spark.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SparkVersion {
    /// The minor version: `4.1`.
    pub version: String,
    /// The newest patch on PyPI; clients install this one.
    pub patch: String,
    /// The official container image.
    pub image: OfficialImage,
    /// Scala's binary version.
    pub scala: String,
    /// Which Java it runs on.
    pub java: Java,
    /// Which Python it works with.
    pub python: Python,
    /// The Hadoop client inside, which hadoop-aws must equal.
    pub hadoop: String,
    /// Hive: the client inside, the servers it can talk to.
    pub hive: Hive,
    /// The version of the AWS SDK that this Hadoop's S3A was built with.
    pub aws_sdk: String,
    /// The release of Iceberg that has a runtime for it; none has where this is empty.
    pub iceberg: Option<String>,
    /// Which layout of log4j makes JSON lines of its logs.
    pub log_layout: LogLayout,
    /// What its Connect server can do.
    pub connect: ConnectServer,
    /// The classes by which S3A finds credentials.
    pub s3a: Providers,
    /// Whether hadoop-azure can use Azure's workload identity.
    pub azure_workload_identity: bool,
    /// What speaks to Google Cloud Storage.
    pub gcs: Gcs,
    /// Whether Python UDFs exchange Arrow batches unless told otherwise, so that executors need pyarrow.
    pub udf_needs_arrow: bool,
    /// Whether `spark.kubernetes.executor.terminationGracePeriodSeconds` exists.
    pub executor_grace_period_key: bool,
    /// Whether it names the magic committer's classes itself where their jar is there; a version that does
    /// not must be told them.
    pub names_committers: bool,
    /// What is not inside, by what it is for: `s3a`, `s3aSlim`, `committers`, `iceberg`, ...
    pub artifacts: BTreeMap<String, Vec<Artifact>>,
}

/// The official image of a version.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OfficialImage {
    /// The patch inside, which may be older than the newest on PyPI.
    pub patch: String,
    /// The full tag of the image that has Python.
    pub tag: String,
    /// Whether somebody was seen to use this tag; otherwise it only follows the scheme.
    pub seen: bool,
}

/// Which Java a version runs on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Java {
    /// The oldest, by the format of its classes.
    pub minimum: u8,
    /// The one in the official image.
    pub image: u8,
    /// Those that there are official images of.
    pub choices: Vec<u8>,
}

/// Which Python a version works with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Python {
    /// The one in the official image.
    pub image: String,
    /// The oldest that pyspark says it works with.
    pub minimum: String,
}

/// Hive, as far as Spark has to do with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hive {
    /// The client inside.
    pub client: String,
    /// The newest metastore that this client works with.
    pub metastore: String,
}

/// A layout of log4j for JSON lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LogLayout {
    /// JsonTemplateLayout, for which Spark brings a template.
    Template,
    /// JsonLayout of log4j's core, `compact`: Spark 3.5 comes without the template layout.
    Compact,
}

/// What a version's Connect server can do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConnectServer {
    /// Whether it is inside; otherwise it is one of the artifacts.
    pub built_in: bool,
    /// Whether the address that it listens on can be chosen.
    pub binding_address: bool,
    /// Whether it can ask clients for a token.
    pub token: bool,
}

/// The classes by which S3A finds credentials.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Providers {
    /// A key pair in the environment.
    pub environment: String,
    /// A service account's token, exchanged for credentials: IRSA.
    pub web_identity: String,
    /// An agent on the node: EKS Pod Identity. Not there where the SDK is too old.
    pub container: Option<String>,
}

/// What speaks to Google Cloud Storage.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Gcs {
    /// Whose connector it is.
    pub connector: GcsConnector,
}

/// The connectors for Google Cloud Storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GcsConnector {
    /// Google's own.
    Google,
    /// Hadoop's, from 3.5 on.
    Hadoop,
}

/// A file of a Maven repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Artifact {
    /// `group:artifact:version`, with `:classifier` where it has one.
    pub coordinate: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

impl Artifact {
    /// The file's name: `hadoop-aws-3.4.2.jar`.
    pub fn file_name(&self) -> String {
        let mut parts = self.coordinate.split(':').skip(1);
        let (artifact, version) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let classifier = parts.next().map(|classifier| format!("-{classifier}")).unwrap_or_default();
        format!("{artifact}-{version}{classifier}.jar")
    }

    /// The file's path below a repository's root.
    pub fn path(&self) -> String {
        let mut parts = self.coordinate.split(':');
        let group = parts.next().unwrap_or_default().replace('.', "/");
        let (artifact, version) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        format!("{group}/{artifact}/{version}/{}", self.file_name())
    }
}

/// The minor versions that a library knows, in order.
pub fn names(library: &Library) -> Vec<&str> {
    let mut names: Vec<&str> = files(library).map(|(name, _)| name).collect();
    names.sort_by_key(|name| name.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u32>>());
    names
}

fn files(library: &Library) -> impl Iterator<Item = (&str, SourceId)> {
    library.folder("versions").filter(|(name, _)| !name.contains('/'))
}

/// The versions that a library knows, in order.
///
/// # Errors
/// If a version's file cannot be read.
pub fn all(library: &Library) -> Result<Vec<SparkVersion>, Failure> {
    let read = names(library).into_iter().filter_map(|name| one(library, name).transpose());
    read.collect()
}

/// One version, where the library knows it.
///
/// # Errors
/// If its file cannot be read.
pub fn one(library: &Library, name: &str) -> Result<Option<SparkVersion>, Failure> {
    library.versions.get_or_make(name.to_owned(), |name| read(library, name))
}

fn read(library: &Library, name: &str) -> Result<Option<SparkVersion>, Failure> {
    let Some((_, source)) = files(library).find(|(known, _)| *known == name) else { return Ok(None) };
    let (tree, findings) = parse_one(source, &library.sources.get(source).text);
    let Some(tree) = tree.filter(|_| findings.is_empty()) else { return Err(library.failure(findings)) };
    match serde_json::from_value(tree.to_json()) {
        Ok(version) => Ok(Some(version)),
        Err(error) => Err(Failure::refused(
            format!("the facts of version {name} cannot be read: {error}"),
            "repair versions/",
        )),
    }
}
