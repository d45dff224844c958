//! A compiled release as files.

use super::Compiled;
use crate::bundle::Digest;
use crate::failure::Failure;
use crate::library::Library;
use crate::library::project::Project;
use crate::manifest::emit::emit;
use crate::release::Release;
use std::collections::BTreeMap;

/// The file that makes the bundle a kustomization.
pub const KUSTOMIZATION: &str = "kustomization.yaml";

/// The files of a bundle by their path in it, `/` between its parts.
///
/// # Errors
/// If a value cannot be written as YAML.
pub fn files(compiled: &Compiled) -> Result<BTreeMap<String, String>, Failure> {
    let mut files = BTreeMap::new();
    let mut resources = Vec::with_capacity(compiled.manifests.len());
    for manifest in &compiled.manifests {
        let path = manifest.path();
        let text = emit(&manifest.object).map_err(|error| {
            Failure::refused(
                format!("{}: {error}", manifest.id),
                "this is a defect of sparkctl: please report it",
            )
        })?;
        resources.push(path.clone());
        files.insert(path, text);
    }
    files.insert(KUSTOMIZATION.to_owned(), kustomization(&resources));
    Ok(files)
}

/// The text of a kustomization that applies these files or folders in their order. One of nothing can be applied
/// too.
pub fn kustomization(resources: &[String]) -> String {
    let head =
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nsortOptions:\n  order: fifo\n";
    if resources.is_empty() {
        return format!("{head}resources: []\n");
    }
    let lines: String = resources.iter().map(|path| format!("- {path}\n")).collect();
    format!("{head}resources:\n{lines}")
}

/// What a release was compiled from: the digest of each text, by its name; of the project's file, of the entries
/// that are about it.
pub fn inputs(library: &Library, compiled: &Compiled) -> BTreeMap<String, Digest> {
    let components = compiled.platform.active(library);
    let folders = compiled.platform.components.iter().map(String::as_str).chain(["shared"]);
    let templates = folders.flat_map(|folder| library.templates.in_folder(folder));
    let versions = library.file(&format!("versions/{}.yaml", compiled.platform.version.version));
    let values = compiled.release.values.as_ref();
    let guests = compiled.platform.guests.sources.iter().copied();
    let sources = compiled.merged.sources().into_iter().chain(guests);
    sources
        .chain(versions)
        .chain([library.care.source])
        .chain(components.map(|component| component.source))
        .chain(templates.filter_map(|template| library.templates.source(template)))
        .map(|id| (id, compiled.report.sources.get(id)))
        // Arguments stand in the lock themselves.
        .filter(|(_, source)| source.name != "--set")
        .map(|(id, source)| {
            // The same names from whichever directory the project and the file were named.
            let name = match values.filter(|values| values.name == source.name) {
                Some(values) => format!("--values {}", values.last_part()),
                None => library.name_in_project(&source.name).to_owned(),
            };
            let digest = match library.project.as_ref().filter(|project| project.source == id) {
                Some(project) => Digest::of(entries(library, project, &compiled.release).as_bytes()),
                None if library.is_in_library(id) => library.digest(id),
                None => Digest::of(source.text.as_bytes()),
            };
            (name, digest)
        })
        .collect()
}

/// What `sparkctl.yaml` says of a release and of those that share its namespace. The rest of the file is no input,
/// or every bundle would change with each release that comes or goes.
fn entries(library: &Library, project: &Project, release: &Release) -> String {
    let releases = std::iter::once(release).chain(&release.sharing.guests);
    let entries = releases.filter_map(|release| project.entry(release.entry()));
    entries.map(|entry| library.sources.slice(entry.span)).collect::<Vec<_>>().join("\n")
}
