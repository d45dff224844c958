//! Tries: one leaf of the spec changed, one template rendered again.

use super::outcome::{Outcome, differs};
use super::trials::{Subject, Trials};
use super::{Compiled, Field, Manifest};
use crate::layer::path::SpecPath;
use crate::layer::tree::{Node, Value as Tree};
use crate::library::Library;
use crate::manifest::{ObjectId, drop_nulls, identify};
use crate::spec::vary;
use crate::template::context::Reads;
use std::borrow::BorrowMut;
use std::collections::BTreeSet;

/// A field whose deciding leaves are looked for.
pub struct Wanted {
    field: Field,
    now: Outcome,
    /// The leaves found so far.
    pub leaves: Vec<SpecPath>,
}

impl Wanted {
    /// Nothing is known of it yet.
    pub fn new(manifest: &Manifest, field: &Field) -> Wanted {
        let now = Outcome::of(&manifest.object, field);
        Wanted { field: field.clone(), now, leaves: Vec::new() }
    }
}

/// Looks for the leaves behind fields of one manifest.
pub struct Search<'a> {
    compiled: &'a Compiled,
    library: &'a Library,
    manifest: &'a Manifest,
    trials: Trials<'a>,
    subject: Subject,
}

/// What a try came to.
enum Try {
    /// It cannot be rendered at all.
    Refused,
    /// There is no such object any more.
    Gone,
    /// The template does not see it.
    Same,
    /// The object, as the template then makes it.
    Changed(Node),
}

impl<'a> Search<'a> {
    /// A search in one manifest.
    pub fn new(library: &'a Library, compiled: &'a Compiled, manifest: &'a Manifest) -> Self {
        let Compiled { release, merged, platform, report, .. } = compiled;
        let trials = Trials::new(library, release, merged, platform, &report.sources);
        let subject = trials.subject(&manifest.component, &manifest.template);
        Search { compiled, library, manifest, trials, subject }
    }

    /// What the template read. What decides the flows and which components there are decides what their
    /// templates are given, too.
    pub fn reads(&self) -> Reads {
        self.manifest.rendering.reads.clone().and(&self.compiled.platform.reads)
    }

    /// Tries each of `paths` with up to `tries` other values (and what it overrode) and notes it with each
    /// field that it decides; gives those that decide whether the object is there.
    pub fn decide<'p>(
        &self,
        paths: impl Iterator<Item = &'p SpecPath>,
        tries: usize,
        wanted: &mut [impl BorrowMut<Wanted>],
    ) -> Vec<SpecPath> {
        let mut presence = Vec::new();
        let mut seen = BTreeSet::new();
        for path in paths.filter(|path| seen.insert(*path)) {
            let mut open: Vec<&mut Wanted> = wanted.iter_mut().map(BorrowMut::borrow_mut).collect();
            let mut vanishes = false;
            for other in self.others(path, tries) {
                match self.attempt(path, other.as_ref()) {
                    Try::Refused | Try::Same => {}
                    Try::Gone => vanishes = true,
                    Try::Changed(object) => open.retain_mut(|wanted| {
                        let decides = differs(&self.manifest.object, &object, &wanted.field, &wanted.now);
                        if decides {
                            wanted.leaves.push(path.clone());
                        }
                        !decides
                    }),
                }
                if open.is_empty() {
                    break;
                }
            }
            if vanishes {
                presence.push(path.clone());
            }
        }
        presence
    }

    /// The leaf as it would be otherwise: first what it overrode; none where it would not be set.
    fn others(&self, path: &SpecPath, tries: usize) -> Vec<Option<Tree>> {
        let Some(schema) = self.library.schemas.at(path) else { return Vec::new() };
        let root = &self.compiled.merged.root;
        let leaf = root.at(path);
        let has_fixed_keys = schema.get("properties").is_some();
        if has_fixed_keys && leaf.is_some_and(|leaf| leaf.as_map().is_some()) {
            // Whatever looks into such a mapping reads what stands below it, which is tried by itself.
            return Vec::new();
        }
        let overrode = leaf.and_then(|leaf| leaf.overrode.as_deref()).map(|old| Some(old.value.clone()));
        let varied = vary::first_others(schema, leaf.map(Node::to_json).as_ref(), tries);
        let varied = varied.into_iter().map(|other| Some(Tree::from_json(&other, root.span)));
        overrode.into_iter().chain(varied).collect()
    }

    /// The same object with a leaf changed.
    fn attempt(&self, path: &SpecPath, other: Option<&Tree>) -> Try {
        let Manifest { id, rendering, .. } = self.manifest;
        let world = self.trials.world(vec![(path.clone(), other.cloned())]);
        if !self.trials.reaches(&world, &self.subject, &rendering.reads) {
            return Try::Same;
        }
        let documents = match self.trials.render(&world, &self.subject) {
            Ok(Some(made)) if made.wrong.is_empty() => made.documents,
            Ok(None) => return Try::Gone,
            Ok(Some(_)) | Err(_) => return Try::Refused,
        };
        let same = |made: &ObjectId| made.kind == id.kind && made.name == id.name;
        let mut found = Try::Gone;
        for mut object in documents.into_iter().filter(|node| !matches!(node.value, Tree::Null)) {
            match identify(&object) {
                Err(_) => return Try::Refused,
                Ok(made) if same(&made) && matches!(found, Try::Gone) => {
                    drop_nulls(&mut object);
                    self.library.care.annotate(id, &mut object);
                    found = Try::Changed(object);
                }
                Ok(_) => {}
            }
        }
        found
    }
}
