//! A compiled release as files.

use super::Compiled;
use crate::failure::Failure;
use crate::library::Library;
use crate::manifest::emit::emit;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The file that makes the bundle a kustomization.
pub const KUSTOMIZATION: &str = "kustomization.yaml";

/// The files of a bundle by their path in it, `/` between its parts.
///
/// # Errors
/// If a value cannot be written as YAML.
pub fn files(compiled: &Compiled) -> Result<BTreeMap<String, String>, Failure> {
    let mut files = BTreeMap::new();
    let mut kustomization = String::from(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nsortOptions:\n  order: fifo\nresources:\n",
    );
    for manifest in &compiled.manifests {
        let path = manifest.path();
        let text = emit(&manifest.object).map_err(|error| {
            Failure::refused(
                format!("{}: {error}", manifest.id),
                "this is a defect of sparkctl: please report it",
            )
        })?;
        kustomization.push_str(&format!("- {path}\n"));
        files.insert(path, text);
    }
    files.insert(KUSTOMIZATION.to_owned(), kustomization);
    Ok(files)
}

/// What a release was compiled from, by name, with the SHA-256 of each text.
pub fn inputs(library: &Library, compiled: &Compiled) -> BTreeMap<String, String> {
    let mut inputs = BTreeMap::new();
    let mut add = |name: &str, text: &str| {
        inputs.insert(name.to_owned(), sha256(text.as_bytes()));
    };
    for source in compiled.merged.sources() {
        let source = compiled.report.sources.get(source);
        // Arguments stand in the lock themselves.
        if source.name != "--set" {
            add(&source.name, &source.text);
        }
    }
    for component in &compiled.platform.components {
        for template in library.templates.in_folder(component) {
            if let Some(source) = library.templates.source(template) {
                let source = library.sources.get(source);
                add(&source.name, &source.text);
            }
        }
    }
    for component in
        library.components.iter().filter(|known| compiled.platform.components.contains(&known.name))
    {
        let source = library.sources.get(component.source);
        add(&source.name, &source.text);
    }
    inputs
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
