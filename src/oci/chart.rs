//! What `Chart.yaml` says: Helm keeps it as JSON in the artifact's configuration.

use super::error::{Error, Result};
use crate::layer::parse::parse_manifests;
use crate::source::Sources;
use serde_json::Value;
use std::collections::BTreeMap;

/// The file that makes a directory a chart.
pub const CHART_FILE: &str = "Chart.yaml";

/// A chart's metadata.
pub struct Chart {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// All of `Chart.yaml`.
    pub metadata: Value,
}

impl Chart {
    /// Reads `Chart.yaml` among a chart's files.
    ///
    /// # Errors
    /// If it is not there, cannot be read, or has no name and version that are texts.
    pub fn read(files: &BTreeMap<String, Vec<u8>>) -> Result<Chart> {
        let wrong = |what: &str| Error::Chart { what: what.to_owned() };
        let bytes = files.get(CHART_FILE).ok_or_else(|| wrong("there is none"))?;
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8"))?;
        let mut sources = Sources::default();
        let source = sources.add(CHART_FILE, text);
        let (documents, findings) = parse_manifests(source, text);
        if let Some(finding) = findings.first() {
            return Err(wrong(&finding.message));
        }
        let metadata = documents.first().ok_or_else(|| wrong("it is empty"))?.to_json();
        let text_of = |key: &str| {
            let value = metadata.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
            value.map(str::to_owned).ok_or_else(|| wrong(&format!("its `{key}` is no text")))
        };
        let (name, version) = (text_of("name")?, text_of("version")?);
        if name.contains('/') || name.starts_with('.') {
            return Err(wrong("its `name` is no name of a folder"));
        }
        Ok(Chart { name, version, metadata })
    }

    /// The tag that Helm looks for: the version, `_` for `+`, which no tag may hold.
    pub fn tag(&self) -> String {
        self.version.replace('+', "_")
    }
}
