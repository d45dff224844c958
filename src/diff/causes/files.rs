//! What two libraries make otherwise, besides their layers: templates, descriptors, facts of versions and images.

use super::stage::{Side, Sides};
use crate::compile::Manifest;
use crate::compile::cause::{self, Field};
use crate::diff::Difference;
use crate::library::Library;
use std::collections::BTreeSet;

/// The files that are not the same in two libraries, by their paths, in order.
pub fn changed(before: &Library, after: &Library) -> BTreeSet<String> {
    if std::ptr::eq(before, after) {
        return BTreeSet::new();
    }
    let text = |library: &Library, path: &str| {
        library.file(path).map(|source| library.sources.get(source).text.clone())
    };
    let paths: BTreeSet<&str> =
        before.files_below("").chain(after.files_below("")).map(|(path, _)| path).collect();
    let is_layer = |path: &str| Library::is_layer(path) || path.ends_with("/defaults.yaml");
    let differs = |path: &&str| !is_layer(path) && text(before, path) != text(after, path);
    paths.into_iter().filter(differs).map(str::to_owned).collect()
}

/// Those of `changed` that make a field or an object: the files that its lines stand in, or else all that its
/// template can bring in, or else all that is no template.
pub fn behind(
    sides: &Sides<'_>,
    changed: &BTreeSet<String>,
    component: &str,
    difference: &Difference,
    (change, field): (usize, Option<usize>),
) -> Vec<String> {
    let change = &difference.changes[change];
    let field = field.map(|field| &change.fields[field]);
    let lines = [
        (sides.before, &change.before, field.and_then(|field| field.before_at.as_ref())),
        (sides.after, &change.after, field.and_then(|field| field.after_at.as_ref())),
    ];
    let own = lines.into_iter().filter_map(|(side, id, at)| {
        let manifest = side.1.manifests.iter().find(|manifest| Some(&manifest.id) == id.as_ref())?;
        match at {
            Some(at) => file_of(side, manifest, at),
            None => Some(format!("templates/{}", manifest.template)),
        }
    });
    let own: BTreeSet<String> = own.collect();
    let behind: Vec<String> = own.intersection(changed).cloned().collect();
    if !behind.is_empty() {
        return behind;
    }
    let folders = [format!("templates/{component}/"), "templates/shared/".to_owned()];
    let is_near = |path: &&String| folders.iter().any(|folder| path.starts_with(folder));
    let near: Vec<String> = changed.iter().filter(is_near).cloned().collect();
    match near.is_empty() {
        false => near,
        true => changed.iter().filter(|path| !path.ends_with(".j2")).cloned().collect(),
    }
}

fn file_of((library, compiled): Side<'_>, manifest: &Manifest, at: &Field) -> Option<String> {
    let span = cause::template_line(library, compiled, manifest, at)?;
    let file = library.files_below("").find(|(_, source)| *source == span.source)?;
    Some(file.0.to_owned())
}
