//! What templates would make if the spec said something else in some leaves.
//!
//! What the changed leaves cannot reach is not made anew: a platform that they do not decide, a descriptor's
//! expression and a piece of a template that did not read them. Each of those was recorded while it was made,
//! so this saves time and decides nothing.

use super::sees::Sees;
use crate::compile::platform::{Context, Platform, with_spec};
use crate::diagnostic::Finding;
use crate::layer::path::SpecPath;
use crate::layer::stack::Merged;
use crate::layer::tree::Value as Tree;
use crate::library::Library;
use crate::release::Release;
use crate::source::Sources;
use crate::template::Documents;
use crate::template::context::{Reads, Tracked};
use crate::template::functions::Memo;
use minijinja::value::{Value, ValueKind};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

/// What stands in one leaf of the spec instead; none where it would not be set.
pub type Change = (SpecPath, Option<Tree>);

/// A release whose templates are rendered again under other specs.
pub struct Trials<'a> {
    library: &'a Library,
    release: &'a Release,
    merged: &'a Merged,
    platform: &'a Platform,
    sources: &'a Sources,
    answers: OnceCell<Answers>,
}

/// What the descriptors' expressions said of the spec as it is, with what they read: only such whose answer
/// is a scalar, for a mapping is read further by whoever gets it.
type Answers = HashMap<String, (Value, Reads)>;

/// One template of one component, and what of a platform it can look at.
pub struct Subject {
    component: String,
    template: String,
    context: Context,
    sees: Sees,
}

/// The spec with some leaves changed, and what stands on it: made when first needed, and once.
pub struct World {
    changes: Vec<Change>,
    places: Vec<usize>,
    /// The version is read before there is a spec for templates, and brings its own facts and images.
    is_version: bool,
    spec: OnceCell<Surroundings>,
    platform: OnceCell<Option<Platform>>,
}

/// The spec for templates that look at nothing else that has changed.
struct Surroundings {
    spec: Tracked,
    memo: Arc<Memo>,
}

impl<'a> Trials<'a> {
    /// Trials that start from a platform and the spec that it stands on.
    pub fn new(
        library: &'a Library,
        release: &'a Release,
        merged: &'a Merged,
        platform: &'a Platform,
        sources: &'a Sources,
    ) -> Self {
        Trials { library, release, merged, platform, sources, answers: OnceCell::new() }
    }

    /// A template for trying.
    pub fn subject(&self, component: &str, template: &str) -> Subject {
        Subject {
            component: component.to_owned(),
            template: template.to_owned(),
            context: self.platform.context(self.release, component),
            sees: Sees::of(self.library, component, template),
        }
    }

    /// The spec with some leaves changed.
    pub fn world(&self, changes: Vec<Change>) -> World {
        let spec = &self.platform.spec;
        let known = |path: &SpecPath| self.merged.root.at(path).is_some();
        let places = changes.iter().flat_map(|(path, other)| {
            let stays = known(path) && other.is_some();
            if stays { spec.places(path) } else { spec.places_around(path) }
        });
        World {
            places: places.collect(),
            is_version: changes.iter().any(|(path, _)| path.to_string() == "spark.version"),
            changes,
            spec: OnceCell::new(),
            platform: OnceCell::new(),
        }
    }

    /// What `work` gives, and what the templates that it renders read of the spec.
    pub fn recorded<T>(&self, work: impl FnOnce() -> T) -> (T, Reads) {
        self.platform.spec.recorded(work)
    }

    fn answers(&self) -> &Answers {
        self.answers.get_or_init(|| {
            let Trials { platform, release, .. } = self;
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

    /// Whether a template can come out otherwise in a world: `reads` is what it read of the spec as it is.
    pub fn reaches(&self, world: &World, subject: &Subject, reads: &Reads) -> bool {
        world.is_version || self.reaches_platform(world, subject) || reads.any(&world.places)
    }

    /// Renders a template in a world; none where its component is not there.
    ///
    /// # Errors
    /// Why it cannot be rendered; none where the descriptors refuse the spec.
    pub fn render(
        &self,
        world: &World,
        subject: &Subject,
    ) -> Result<Option<Documents>, Option<Box<Finding>>> {
        let Trials { library, release, sources, .. } = self;
        let render = |context: &Context| library.templates.documents(&subject.template, context, sources);
        if !world.is_version && !self.reaches_platform(world, subject) {
            if !self.platform.components.contains(&subject.component) {
                return Ok(None);
            }
            let Surroundings { spec, memo } = self.surroundings(world);
            return Ok(Some(render(&with_spec(&subject.context, spec, memo.clone()))?));
        }
        let Some(platform) = self.platform_of(world) else { return Err(None) };
        if !platform.components.contains(&subject.component) {
            return Ok(None);
        }
        Ok(Some(render(&platform.context(release, &subject.component))?))
    }

    fn reaches_platform(&self, world: &World, subject: &Subject) -> bool {
        let parts = &self.platform.reads_of;
        parts.components.any(&world.places)
            || subject.sees.flows && parts.flows.any(&world.places)
            || subject.sees.totals && parts.totals.any(&world.places)
    }

    fn surroundings<'w>(&self, world: &'w World) -> &'w Surroundings {
        world.spec.get_or_init(|| {
            let platform = self.platform;
            match self.shared_spec(world) {
                Some(spec) => {
                    let memo = Memo::over(platform.memo().clone(), world.places.clone(), spec.clone());
                    Surroundings { spec, memo: Arc::new(memo) }
                }
                None => {
                    let spec = Tracked::new(&self.merged_of(world).root, &self.library.schemas);
                    Surroundings { memo: Arc::new(Memo::new(spec.clone())), spec }
                }
            }
        })
    }

    /// The changed spec with the record of reads of the one as it is; none where it has other places.
    fn shared_spec(&self, world: &World) -> Option<Tracked> {
        let schemas = &self.library.schemas;
        let start = self.platform.spec.clone();
        world.changes.iter().try_fold(start, |spec, (path, other)| spec.with(path, other.as_ref(), schemas))
    }

    fn merged_of(&self, world: &World) -> Merged {
        let (first, rest) = match world.changes.split_first() {
            Some((first, rest)) => (self.merged.with(&first.0, first.1.clone()), rest),
            None => return self.merged.clone(),
        };
        rest.iter().fold(first, |merged, (path, other)| merged.with(path, other.clone()))
    }

    fn platform_of<'w>(&self, world: &'w World) -> Option<&'w Platform> {
        let made = world.platform.get_or_init(|| {
            let Trials { library, release, platform, .. } = self;
            if world.is_version {
                return Platform::resolve(library, release, &self.merged_of(world), platform.guests.clone())
                    .ok();
            }
            let shared = self.shared_spec(world);
            let is_shared = shared.is_some();
            let spec = shared.unwrap_or_else(|| Tracked::new(&self.merged_of(world).root, &library.schemas));
            let answers = self.answers();
            let evaluate = |expression: &str, context: &Context| match answers.get(expression) {
                Some((answer, reads)) if is_shared && !reads.any(&world.places) => Ok(answer.clone()),
                _ => library.templates.evaluate(expression, context),
            };
            Platform::around(library, release, platform.ground(spec), &evaluate).ok()
        });
        made.as_ref()
    }
}
