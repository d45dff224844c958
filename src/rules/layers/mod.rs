//! The layers themselves, where every single one is right: rules `layer/...` over a whole release, and in
//! [`project`] over all releases of a project.
//!
//! Only what a project wrote is judged. What one release says is judged here; what a layer says that several
//! releases share, or one release in several environments, only where all of them are looked at.

mod examples;
pub mod project;
mod redundant;
mod repeated;
mod unused;

pub use examples::{example_values, is_example};

use super::Problem;
use super::set::Subject;
use crate::layer::path::{Segment, SpecPath};
use crate::source::Span;

/// Every rule of the family.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    examples::in_use(subject, problems);
    let Some(known) = subject.known() else { return };
    let (library, compiled) = (known.library, known.compiled);
    if library.project.is_some() {
        // An environment stands on the base alone, so that one release shows what it repeats in all.
        let mut overrides = redundant::Overrides::default();
        let owned = |span: Span| library.is_own(span.source);
        let environment =
            |span: Span| owned(span) && compiled.merged.layer_of(span).starts_with("environment ");
        overrides.look(&compiled.merged, environment, owned);
        problems.extend(overrides.problems().map(|(_, problem)| problem));
    }
    // What was given on the command line was meant for this release.
    let given = unused::leaves(compiled, |_, span| !library.is_in_library(span.source));
    problems.extend(given.iter().map(|(path, span)| unused::problem(compiled, path, *span, false)));
}

/// Whether a path says what there is, rather than what is wanted: the facts of a site are worth writing down
/// where they are the default, and where nothing needs them yet.
fn is_fact(path: &SpecPath) -> bool {
    let key = |at: usize| match path.0.get(at) {
        Some(Segment::Key(key)) => key.as_str(),
        _ => "",
    };
    let facts = ["site", "cluster", "external", "secrets", "images", "environment"];
    facts.contains(&key(0)) || (key(0) == "spark" && key(1) == "version")
}
