//! Tries: one leaf of the spec changed, one template rendered again.
//!
//! What the changed leaf cannot reach is not made anew: a platform that it does not decide, a descriptor's
//! expression and a piece of a template that did not read it. Each of those was recorded while it was made,
//! so this saves time and decides nothing.

use super::outcome::{Outcome, differs};
use super::{Compiled, Field, Manifest};
use crate::compile::platform::{Context, Platform, with_spec};
use crate::layer::path::SpecPath;
use crate::layer::tree::{Node, Value as Tree};
use crate::library::Library;
use crate::manifest::{ObjectId, drop_nulls, identify};
use crate::spec::vary;
use crate::template::context::{Reads, Tracked};
use crate::template::functions::{Memo, SHARED};
use crate::template::pieces::{Piece, cut};
use minijinja::value::{Value, ValueKind};
use std::borrow::BorrowMut;
use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};

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
    library: &'a Library,
    compiled: &'a Compiled,
    manifest: &'a Manifest,
    context: Context,
    /// Whether the template can name the rules of flows, and the totals.
    sees: Sees,
    answers: OnceCell<Answers>,
}

/// What of a platform a template can look at, besides which components there are.
struct Sees {
    flows: bool,
    totals: bool,
}

/// What the descriptors' expressions said of the spec as it is, with what they read: only such whose answer
/// is a scalar, for a mapping is read further by whoever gets it.
type Answers = HashMap<String, (Value, Reads)>;

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
        let context = compiled.platform.context(&compiled.release, &manifest.component);
        let sees = Sees::of(library, manifest);
        Search { library, compiled, manifest, context, sees, answers: OnceCell::new() }
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

    fn attempt(&self, path: &SpecPath, other: Option<&Tree>) -> Try {
        let Compiled { platform, merged, .. } = self.compiled;
        let places = platform.spec.places(path);
        let Sees { flows, totals } = self.sees;
        let parts = &platform.reads_of;
        let reaches_platform = parts.components.any(&places)
            || flows && parts.flows.any(&places)
            || totals && parts.totals.any(&places);
        // The version is read before there is a spec for templates, and brings its own facts and images.
        let is_version = path.to_string() == "spark.version";
        if !reaches_platform && !is_version && !self.manifest.rendering.reads.any(&places) {
            return Try::Same;
        }
        if is_version {
            let changed = merged.with(path, other.cloned());
            let guests = self.compiled.platform.guests.clone();
            let platform = Platform::resolve(self.library, &self.compiled.release, &changed, guests);
            return self.from(platform.ok());
        }
        match platform.spec.with(path, other, &self.library.schemas) {
            Some(spec) if !reaches_platform => {
                let memo = Memo::over(platform.memo().clone(), places, spec.clone());
                self.render(&with_spec(&self.context, &spec, memo))
            }
            Some(spec) => self.from(self.platform(spec, &places)),
            None => {
                let changed = merged.with(path, other.cloned());
                let spec = Tracked::new(&changed.root, &self.library.schemas);
                if reaches_platform {
                    return self.from(self.platform(spec, &places));
                }
                self.render(&with_spec(&self.context, &spec, Memo::new(spec.clone())))
            }
        }
    }

    /// The platform under a spec that differs in some places.
    fn platform(&self, spec: Tracked, places: &[usize]) -> Option<Platform> {
        let answers = self.answers();
        let evaluate = |expression: &str, context: &Context| match answers.get(expression) {
            Some((answer, reads)) if !reads.any(places) => Ok(answer.clone()),
            _ => self.library.templates.evaluate(expression, context),
        };
        let Compiled { platform, release, .. } = self.compiled;
        Platform::around(self.library, release, platform.ground(spec), &evaluate).ok()
    }

    /// The same object from another platform.
    fn from(&self, platform: Option<Platform>) -> Try {
        let Some(platform) = platform else { return Try::Refused };
        let component = &self.manifest.component;
        if !platform.components.contains(component) {
            return Try::Gone;
        }
        self.render(&platform.context(&self.compiled.release, component))
    }

    /// The same object from what a template would know.
    fn render(&self, context: &Context) -> Try {
        let Manifest { id, template, .. } = self.manifest;
        let sources = &self.compiled.report.sources;
        let made = self.library.templates.documents(template, context, sources);
        let Some(documents) = made.ok().filter(|made| made.wrong.is_empty()).map(|made| made.documents)
        else {
            return Try::Refused;
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

    fn answers(&self) -> &Answers {
        self.answers.get_or_init(|| {
            let Compiled { platform, release, .. } = self.compiled;
            let answers = std::cell::RefCell::new(Answers::new());
            let evaluate = |expression: &str, context: &Context| {
                let (answer, reads) =
                    platform.spec.recorded(|| self.library.templates.evaluate(expression, context));
                if let Ok(value) = &answer
                    && matches!(
                        value.kind(),
                        ValueKind::Bool | ValueKind::Number | ValueKind::String | ValueKind::None
                    )
                {
                    answers.borrow_mut().insert(expression.to_owned(), (value.clone(), reads));
                }
                answer
            };
            let ground = platform.ground(platform.spec.clone());
            // It was resolved before, so it can be again.
            let _ = Platform::around(self.library, release, ground, &evaluate);
            answers.into_inner()
        })
    }
}

impl Sees {
    /// What is named in no tag of a text that the template can bring in, it cannot look at.
    fn of(library: &Library, manifest: &Manifest) -> Sees {
        let templates = &library.templates;
        let is_other_manifest =
            |name: &str| name != manifest.template && name.ends_with(".yaml.j2") && !name.contains("/_");
        let own = templates.in_folder(&manifest.component).filter(|name| !is_other_manifest(name));
        let shared = templates.in_folder(SHARED.trim_end_matches('/'));
        let mut sees = Sees { flows: false, totals: false };
        for name in own.chain(shared) {
            let text = templates.source(name).map_or("", |source| &library.sources.get(source).text);
            let Ok(pieces) = cut(text) else { return Sees { flows: true, totals: true } };
            for (piece, range) in pieces {
                if matches!(piece, Piece::Output | Piece::Statement) {
                    sees.look(&text[range]);
                }
            }
        }
        sees
    }

    fn look(&mut self, tag: &str) {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let words: Vec<&str> = tag.split(|c: char| !is_word(c)).filter(|word| !word.is_empty()).collect();
        let brings_in = ["include", "import", "from", "extends"];
        if words.first().is_some_and(|first| brings_in.contains(first)) && !tag.contains(SHARED) {
            *self = Sees { flows: true, totals: true };
        }
        self.totals |= words.contains(&"totals");
        // Of a pod group these do not follow from flows: `pods.server.labels`.
        let plain = ["labels", "selector", "ports", "serviceAccount"];
        let looks = |at: usize| !words.get(at + 2).is_some_and(|field| plain.contains(field));
        self.flows |= (0..words.len()).any(|at| words[at] == "pods" && looks(at));
    }
}
