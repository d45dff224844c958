//! What is pushed: a configuration, one layer, and the manifest that names both.
//!
//! A bundle's one layer is an image's, which is in Argo CD's list of what it unpacks
//! (`reposerver.oci.layer.media.types`); Flux takes the first layer of whatever type where the
//! OCIRepository has no `layerSelector`. The configuration has Flux's type, which nothing but Flux's own
//! tools look at, and the content of an image's, which tools made for images can read.
//!
//! There is no `org.opencontainers.image.created`: a time in it would give every push another digest, and
//! neither Argo CD, Flux nor Helm need it.

use super::annotations::{self, Annotations};
use super::chart::Chart;
use super::error::Result;
use super::pack::pack;
use crate::bundle::Digest;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The manifest's own media type.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// A bundle's layer.
pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// A bundle's configuration.
pub const CONFIG: &str = "application/vnd.cncf.flux.config.v1+json";
/// A chart's layer.
pub const CHART_LAYER: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// A chart's configuration.
pub const CHART_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";

/// Bytes that a registry keeps by their digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// What it is.
    pub media_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: String,
}

impl Blob {
    fn new(media_type: &'static str, bytes: Vec<u8>) -> Self {
        let digest = digest(&bytes);
        Blob { media_type, bytes, digest }
    }

    fn descriptor(&self) -> Value {
        json!({"mediaType": self.media_type, "digest": self.digest, "size": self.bytes.len()})
    }
}

/// An artifact, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The configuration.
    pub config: Blob,
    /// The files.
    pub layer: Blob,
    /// The manifest, whose digest is the artifact's.
    pub manifest: Blob,
    /// How many files are in the layer.
    pub files: usize,
}

impl Artifact {
    /// A bundle's files as what Argo CD and Flux take.
    ///
    /// # Errors
    /// If a path cannot stand in a tar.
    pub fn bundle(files: &BTreeMap<String, Vec<u8>>, annotations: &Annotations) -> Result<Artifact> {
        let layer = pack(files)?;
        let rootfs = json!({"type": "layers", "diff_ids": [digest(&layer.tar)]});
        let config = json!({"architecture": "", "os": "", "config": {}, "rootfs": rootfs});
        let config = Blob::new(CONFIG, config.to_string().into_bytes());
        Ok(Self::new(config, Blob::new(LAYER, layer.bytes), annotations, files.len()))
    }

    /// A chart's files as what `helm pull` takes: everything in a folder named as the chart.
    ///
    /// # Errors
    /// As [`Artifact::bundle`], and where `Chart.yaml` has no name and version.
    pub fn chart(files: &BTreeMap<String, Vec<u8>>, annotations: &Annotations) -> Result<Artifact> {
        let chart = Chart::read(files)?;
        let inside = |(path, bytes): (&String, &Vec<u8>)| (format!("{}/{path}", chart.name), bytes.clone());
        let layer = pack(&files.iter().map(inside).collect())?;
        let config = Blob::new(CHART_CONFIG, chart.metadata.to_string().into_bytes());
        let mut annotations = annotations.clone();
        annotations.insert(annotations::TITLE.to_owned(), chart.name);
        annotations.insert(annotations::VERSION.to_owned(), chart.version);
        if let Some(description) = chart.metadata.get("description").and_then(Value::as_str) {
            annotations.insert(annotations::DESCRIPTION.to_owned(), description.to_owned());
        }
        Ok(Self::new(config, Blob::new(CHART_LAYER, layer.bytes), &annotations, files.len()))
    }

    fn new(config: Blob, layer: Blob, annotations: &Annotations, files: usize) -> Artifact {
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.descriptor(),
            "layers": [layer.descriptor()],
        });
        if !annotations.is_empty() {
            manifest["annotations"] = json!(annotations);
        }
        let manifest = Blob::new(MANIFEST, manifest.to_string().into_bytes());
        Artifact { config, layer, manifest, files }
    }

    /// What the artifact is known by.
    pub fn digest(&self) -> &str {
        &self.manifest.digest
    }

    /// How many bytes a registry keeps of it.
    pub fn size(&self) -> usize {
        self.config.bytes.len() + self.layer.bytes.len() + self.manifest.bytes.len()
    }
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", Digest::of(bytes))
}
