//! What two libraries make otherwise, besides their layers: templates, descriptors, facts of versions and images.

use super::stage::Side;
use super::target::Work;
use crate::compile::Manifest;
use crate::compile::cause::{self, Field};
use crate::diff::{Difference, ObjectChange};
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

/// Those of `changed` that make a field or an object: the file that its line stands in, or else all that its
/// template can bring in, or else all.
pub fn behind(
    sides: (Side<'_>, Side<'_>),
    changed: &BTreeSet<String>,
    work: &Work<'_>,
    difference: &Difference,
    (change, field): (usize, Option<usize>),
) -> Vec<String> {
    let Some(object) = difference.changes.get(change) else { return Vec::new() };
    let fields = field.and_then(|field| object.fields.get(field));
    let lines = [
        (sides.0, work.before(object), fields.and_then(|field| field.before_at.as_ref())),
        (sides.1, work.after(object), fields.and_then(|field| field.after_at.as_ref())),
    ];
    let found: BTreeSet<String> =
        lines.into_iter().filter_map(|(side, manifest, at)| file_of(side, manifest?, at?)).collect();
    let behind: Vec<String> = found.intersection(changed).cloned().collect();
    if !behind.is_empty() {
        return behind;
    }
    let own = [format!("templates/{}/", work.component), "templates/shared/".to_owned()];
    let near: Vec<String> =
        changed.iter().filter(|path| own.iter().any(|own| path.starts_with(own))).cloned().collect();
    let is_template = |path: &&String| path.ends_with(".j2");
    match near.is_empty() {
        false => near,
        true => changed.iter().filter(|path| !is_template(path)).cloned().collect(),
    }
}

fn file_of((library, compiled): Side<'_>, manifest: &Manifest, at: &Field) -> Option<String> {
    let span = cause::template_line(library, compiled, manifest, at)?;
    let file = library.files_below("").find(|(_, source)| *source == span.source)?;
    Some(file.0.to_owned())
}

impl<'a> Work<'a> {
    fn before(&self, change: &ObjectChange) -> Option<&'a Manifest> {
        self.old.iter().find(|manifest| Some(&manifest.id) == change.before.as_ref()).copied()
    }

    fn after(&self, change: &ObjectChange) -> Option<&'a Manifest> {
        self.new.iter().find(|manifest| Some(&manifest.id) == change.after.as_ref()).copied()
    }
}
