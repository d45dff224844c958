//! `images/NAME.yaml`: what a container image is, and what the official one lacks.

use crate::diagnostic::Finding;
use crate::layer::parse::parse_one;
use crate::library::descriptor::DescriptorVersion;
use crate::source::{SourceId, Sources};
use crate::spec::schema;
use crate::spec::types::Repository;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// An image's descriptor. Texts called expressions are Jinja expressions over `spec`, `release` and `spark`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageDescriptor {
    /// The version of this format.
    pub api_version: DescriptorVersion,
    /// `Image`.
    pub kind: ImageKind,
    /// What it is called; templates name it so: `image("spark")`.
    pub metadata: ImageMetadata,
    /// The image that others publish.
    pub official: Official,
    /// The user that its processes run as.
    pub user: u32,
    /// How an image of your own is built on the official one; left out, none ever is.
    pub build: Option<Build>,
    /// What the official image lacks, by name.
    #[serde(default)]
    pub provides: BTreeMap<String, Need>,
}

/// The one kind.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub enum ImageKind {
    /// An image.
    Image,
}

/// What an image is called.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageMetadata {
    /// Its name, which is its file's name and its key under `images` in the spec too.
    #[schemars(regex(pattern = r"^[a-z][A-Za-z0-9]*$"))]
    pub name: String,
    /// A few words, for lists.
    pub title: String,
    /// A sentence or two.
    pub description: Option<String>,
}

/// The image that others publish.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Official {
    /// Registry and path.
    pub repository: Repository,
    /// Expression: the tag.
    pub tag: String,
}

/// How an image of your own is built on the official one.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Build {
    /// Expression: the version that its tag begins with.
    pub version: String,
    /// To be raised when the Dockerfile's template makes another image of the same needs: it changes the tag.
    pub recipe: u32,
    /// The directory that jars are put into.
    pub jars: String,
    /// The directory that Python packages are put into; left out, where the image's own Python has them.
    pub packages: Option<String>,
}

/// Something that the official image lacks.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Need {
    /// What it is, for people.
    pub what: String,
    /// Expression: whether a release needs it; left out, every release does.
    pub when: Option<String>,
    /// Expression: a list of artifacts of the Spark version, such as `spark.artifacts.s3a`.
    pub artifacts: Option<String>,
    /// Expression: the artifacts that pods fetch themselves where the official image is used; left out, the same.
    pub fetched: Option<String>,
    /// The lock of Python packages, in `versions/python/`: `udf` is `X.Y-udf.txt` there.
    pub python: Option<String>,
}

/// The schema of `images/NAME.yaml`.
pub fn image_schema() -> Json {
    let mut schema = schema::of::<ImageDescriptor>();
    schema["title"] = Json::from("sparkctl image");
    schema
}

/// Reads a descriptor; holds it against the schema where it is not one of those inside the binary, which
/// a test holds against it.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(
    name: &str,
    source: SourceId,
    sources: &Sources,
    own: bool,
) -> Result<ImageDescriptor, Vec<Finding>> {
    let (tree, mut findings) = parse_one(source, &sources.get(source).text);
    let Some(tree) = tree.filter(|_| findings.is_empty()) else { return Err(findings) };
    let bad = |message: String| Finding::error("library/bad-descriptor", message);
    if own {
        let schema = image_schema();
        match schema::validator(&schema) {
            Ok(validator) => findings.extend(schema::check(&validator, &schema, &tree, sources)),
            Err(reason) => findings.push(bad(reason).at(tree.span, "descriptor")),
        }
        if !findings.is_empty() {
            return Err(findings);
        }
    }
    let descriptor: ImageDescriptor = serde_json::from_value(tree.to_json())
        .map_err(|error| vec![bad(error.to_string()).at(tree.span, "in this descriptor")])?;
    if descriptor.metadata.name != name {
        let at = tree.get("metadata").and_then(|metadata| metadata.get("name")).unwrap_or(&tree).span;
        let message = format!("the image in images/{name}.yaml calls itself `{}`", descriptor.metadata.name);
        return Err(vec![bad(message).at(at, "this name").help(format!("write name: {name}"))]);
    }
    Ok(descriptor)
}
