//! A spec, an identity and a library, whose templates are rendered with some pieces of the spec set to what the
//! other side has.

use super::target::Work;
use super::units::Unit;
use crate::compile::cause::trials::{Change, Subject, Trials, World};
use crate::compile::{Compiled, Guests, Platform};
use crate::diff::FieldChange;
use crate::layer::stack::Merged;
use crate::layer::tree::{Node, Value};
use crate::library::Library;
use crate::manifest::{ObjectId, drop_nulls, identify};
use crate::release::Release;
use crate::source::Sources;
use crate::template::Documents;
use crate::template::context::Reads;
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// A compiled release and its library.
pub type Side<'a> = (&'a Library, &'a Compiled);

/// Both of them.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    pub before: Side<'a>,
    pub after: Side<'a>,
}

/// What a stage stands on.
pub struct Ground<'a> {
    library: &'a Library,
    release: Cow<'a, Release>,
    merged: Cow<'a, Merged>,
    platform: Platform,
    sources: &'a Sources,
    /// Pieces that it has from the second side already: without them it cannot be.
    pub given: Vec<usize>,
    /// Whether it is a release as it was compiled.
    is_compiled: bool,
}

impl<'a> Ground<'a> {
    /// A spec under an identity and a library; none where they do not go together.
    pub fn new(
        library: &'a Library,
        release: Cow<'a, Release>,
        merged: Cow<'a, Merged>,
        guests: Guests,
        sources: &'a Sources,
    ) -> Option<Ground<'a>> {
        let platform = Platform::resolve(library, &release, &merged, guests).ok()?;
        Some(Ground { library, release, merged, platform, sources, given: Vec::new(), is_compiled: false })
    }

    /// The first side's spec under the second side's identity and library; with what only the second has where
    /// that library cannot do without, and as the last resort the second side's spec.
    pub fn start(sides: &Sides<'a>, units: &[Unit<'_>]) -> Option<Ground<'a>> {
        let (library, after) = sides.after;
        let added = |unit: &Unit<'_>| unit.before.is_none();
        let ladder: [&dyn Fn(&Unit<'_>) -> bool; 3] = [&|_| false, &added, &|_| true];
        ladder.into_iter().find_map(|is_given| {
            let given: Vec<usize> = (0..units.len()).filter(|at| is_given(&units[*at])).collect();
            let start = Cow::Borrowed(&sides.before.1.merged);
            let merged = given.iter().fold(start, |merged, at| {
                let unit = &units[*at];
                Cow::Owned(merged.with(&unit.path, unit.after.map(|node| node.value.clone())))
            });
            let release = Cow::Borrowed(&after.release);
            let guests = after.platform.guests.clone();
            let ground = Ground::new(library, release, merged, guests, &after.report.sources)?;
            Some(Ground { given, ..ground })
        })
    }

    /// A side as it is.
    pub fn of((library, compiled): Side<'a>) -> Ground<'a> {
        Ground {
            library,
            release: Cow::Borrowed(&compiled.release),
            merged: Cow::Borrowed(&compiled.merged),
            platform: compiled.platform.clone(),
            sources: &compiled.report.sources,
            given: Vec::new(),
            is_compiled: true,
        }
    }

    /// The same spec under another identity.
    pub fn under(&self, release: Release, guests: Guests) -> Option<Ground<'a>> {
        let merged = self.merged.clone();
        let ground = Ground::new(self.library, Cow::Owned(release), merged, guests, self.sources)?;
        Some(Ground { given: self.given.clone(), ..ground })
    }

    /// The same spec under another library.
    pub fn within(&self, library: &'a Library, sources: &'a Sources) -> Option<Ground<'a>> {
        let guests = self.platform.guests.clone();
        let ground = Ground::new(library, self.release.clone(), self.merged.clone(), guests, sources)?;
        Some(Ground { given: self.given.clone(), ..ground })
    }
}

/// Which side's values pieces are set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    Before,
    After,
}

/// What one template made: its objects; none where it cannot be rendered.
#[derive(Default)]
pub struct Outcome {
    pub objects: Option<Vec<(ObjectId, Node)>>,
    /// What differs between its object and that of the second side, by the change.
    pub compared: Compared,
    /// What differs between its object and that of the stage as it is, by the change.
    pub since: Compared,
    /// Whether a field, by the change and its number in it, is as on the second side.
    pub met: RefCell<HashMap<(usize, usize), bool>>,
}

/// Comparisons that were made already.
pub type Compared = RefCell<HashMap<usize, Rc<Vec<FieldChange>>>>;

impl Outcome {
    fn new(objects: Option<Vec<(ObjectId, Node)>>) -> Rc<Outcome> {
        Rc::new(Outcome { objects, ..Outcome::default() })
    }
}

/// A work, with the pieces that are as on the other side.
type Tried = (usize, Vec<usize>);

/// Renders the templates of works with pieces of the spec set to what the other side has.
pub struct Stage<'t> {
    library: &'t Library,
    trials: Trials<'t>,
    units: &'t [Unit<'t>],
    works: &'t [Work<'t>],
    towards: Towards,
    bases: Vec<OnceCell<Base>>,
    outcomes: RefCell<HashMap<Tried, Rc<Outcome>>>,
    /// The worlds with one piece: each template is asked about each of them.
    singles: Vec<OnceCell<Rc<World>>>,
    world: RefCell<Option<(Vec<usize>, Rc<World>)>>,
    /// Whether it is the second side as it was compiled.
    is_compiled: bool,
}

/// What a template makes of the spec as it is, and what it reads for that.
struct Base {
    subject: Subject,
    reads: Reads,
    outcome: Rc<Outcome>,
}

impl<'t> Stage<'t> {
    /// Nothing is rendered yet.
    pub fn new(
        ground: &'t Ground<'t>,
        units: &'t [Unit<'t>],
        works: &'t [Work<'t>],
        towards: Towards,
    ) -> Stage<'t> {
        let Ground { library, release, merged, platform, sources, .. } = ground;
        Stage {
            library,
            trials: Trials::new(library, release, merged, platform, sources),
            units,
            works,
            towards,
            bases: works.iter().map(|_| OnceCell::new()).collect(),
            outcomes: RefCell::default(),
            singles: units.iter().map(|_| OnceCell::new()).collect(),
            is_compiled: ground.is_compiled,
            world: RefCell::default(),
        }
    }

    /// The pieces that the template of a work could tell apart, were they otherwise: all that it read, and all that
    /// what it is given was made from.
    pub fn reaching(&self, work: usize) -> Vec<usize> {
        let base = self.base(work);
        (0..self.units.len())
            .filter(|unit| self.trials.reaches(&self.world(&[*unit]), &base.subject, &base.reads))
            .collect()
    }

    /// What the template of a work makes with some pieces, in order, from the other side.
    pub fn outcome(&self, work: usize, pieces: &[usize]) -> Rc<Outcome> {
        let base = self.base(work);
        if pieces.is_empty() {
            return base.outcome.clone();
        }
        let key = (work, pieces.to_vec());
        if let Some(known) = self.outcomes.borrow().get(&key) {
            return known.clone();
        }
        let world = self.world(pieces);
        let outcome = match self.trials.reaches(&world, &base.subject, &base.reads) {
            true => self.render(&world, &base.subject, Some(base)),
            false => base.outcome.clone(),
        };
        self.outcomes.borrow_mut().insert(key, outcome.clone());
        outcome
    }

    fn world(&self, pieces: &[usize]) -> Rc<World> {
        let change = |at: &usize| -> Change {
            let unit = &self.units[*at];
            let side = if self.towards == Towards::After { unit.after } else { unit.before };
            (unit.path.clone(), side.map(|node| node.value.clone()))
        };
        let make = || Rc::new(self.trials.world(pieces.iter().map(change).collect()));
        if let [single] = pieces {
            return self.singles[*single].get_or_init(make).clone();
        }
        if let Some((known, world)) = self.world.borrow().as_ref()
            && known == pieces
        {
            return world.clone();
        }
        let world = make();
        *self.world.borrow_mut() = Some((pieces.to_vec(), world.clone()));
        world
    }

    fn base(&self, work: usize) -> &Base {
        self.bases[work].get_or_init(|| {
            let Work { component, template, new, .. } = &self.works[work];
            let subject = self.trials.subject(component, template);
            // Of what fetches Secrets the compiled release has only what something reads.
            if let Some(first) = new.first().filter(|_| self.is_compiled && component != "secrets") {
                let objects = new.iter().map(|manifest| (manifest.id.clone(), manifest.object.clone()));
                let reads = first.rendering.reads.clone();
                return Base { subject, reads, outcome: Outcome::new(Some(objects.collect())) };
            }
            let world = self.trials.world(Vec::new());
            let (outcome, reads) = self.trials.recorded(|| self.render(&world, &subject, None));
            Base { subject, reads, outcome }
        })
    }

    /// What a template makes in a world: the base itself where it makes the same.
    fn render(&self, world: &World, subject: &Subject, base: Option<&Base>) -> Rc<Outcome> {
        let objects = match self.trials.render(world, subject) {
            Err(_) => None,
            Ok(None) => Some(Vec::new()),
            Ok(Some(made)) => self.objects(made),
        };
        match base {
            Some(base) if same(objects.as_deref(), base.outcome.objects.as_deref()) => base.outcome.clone(),
            _ => Outcome::new(objects),
        }
    }

    fn objects(&self, made: Documents) -> Option<Vec<(ObjectId, Node)>> {
        let Documents { documents, wrong, .. } = made;
        if !wrong.is_empty() {
            return None;
        }
        let objects = documents.into_iter().filter(|node| !matches!(node.value, Value::Null));
        let named = objects.map(|mut object| {
            drop_nulls(&mut object);
            let id = identify(&object).ok()?;
            self.library.care.annotate(&id, &mut object);
            Some((id, object))
        });
        named.collect()
    }
}

fn same(some: Option<&[(ObjectId, Node)]>, others: Option<&[(ObjectId, Node)]>) -> bool {
    match (some, others) {
        (Some(some), Some(others)) => {
            let pairs = some.iter().zip(others);
            some.len() == others.len() && pairs.into_iter().all(|(a, b)| a.0 == b.0 && a.1.same_value(&b.1))
        }
        (None, None) => true,
        _ => false,
    }
}
