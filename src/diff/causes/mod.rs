//! Why two releases differ: the leaves of the spec, the identity and the templates that make each changed field
//! what it is on the second side.
//!
//! Causes are found by trying, as `explain` finds the leaf behind a field: the first side's spec is rendered by the
//! second side's templates under the second side's identity, and then its differing leaves are set, one by one, to
//! what the second side has. What comes out as on the second side is caused by what was set. No analysis of a
//! template can be wrong, because none is made.
//!
//! The laws, which `tests/diff_causes.rs` holds to what is built in:
//! - all causes [applied](apply::applied) to the first side give the second one, exactly;
//! - all but one of them do not;
//! - a digest of other fields is [derived](Causes::derived) and never a cause.

pub mod apply;
mod besides;
mod files;
mod group;
mod identity;
mod leaf;
mod near;
mod search;
mod smallest;
mod stage;
mod target;
mod units;

pub use leaf::{Leaf, Origin};

use super::Difference;
use crate::compile::Compiled;
use crate::library::Library;
use besides::{Besides, Grounds};
use search::Search;
use stage::{Ground, Sides, Stage, Towards};

/// Why two releases differ.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Causes {
    /// The causes: of the spec first, in the order of its keys, then identity, templates and the program.
    pub causes: Vec<Cause>,
    /// Fields (the index of the change, that of the field in it) which hold a digest of what other fields say: they
    /// change with those, and have no cause of their own.
    pub derived: Vec<(usize, usize)>,
}

/// One reason, with all that it changes. What needs several reasons at once stands with each of them: a text of a
/// namespace and a bucket changes with the namespace, and with the bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// What it is.
    pub kind: CauseKind,
    /// The fields that it changes: the index of the change, that of the field in it.
    pub fields: Vec<(usize, usize)>,
    /// The objects that are there, gone or called otherwise because of it, and the added ones whose contents it
    /// decides: indices of changes.
    pub objects: Vec<usize>,
}

/// What a cause is.
#[derive(Debug, Clone, PartialEq)]
pub enum CauseKind {
    /// These leaves of the merged spec together, and no fewer of them. A mapping that only one side has is set or
    /// left out whole, and counts by its leaves.
    Leaves(Vec<Leaf>),
    /// What the release is called or made of, beside its spec.
    Identity {
        /// Which part: `environment`, `namespace`, `name`, `cluster`, `team`, `preset`, `features`, `arguments`, or
        /// `neighbours`, the other releases in its namespace.
        what: &'static str,
        /// On the first side; empty where it has none.
        before: String,
        /// On the second side.
        after: String,
    },
    /// Templates, descriptors, facts of versions or descriptors of images that are not the same in the two
    /// libraries: their paths in the library.
    Templates(Vec<String>),
    /// Neither spec nor identity nor templates: two versions of sparkctl, or a defect of it.
    Program,
}

/// Why two releases differ, where `difference` is what differs between their objects
/// ([`compare`](super::compare) of [`compiled`](super::compiled) releases): of one library two environments, or of
/// two libraries the same release.
pub fn causes(
    before: (&Library, &Compiled),
    after: (&Library, &Compiled),
    difference: &Difference,
) -> Causes {
    if difference.changes.is_empty() {
        return Causes::default();
    }
    let sides = Sides { before, after };
    let units = units::units(&before.1.merged.root, &after.1.merged.root);
    let works = target::works(&sides, difference);
    let Some(start) = Ground::start(&sides, &units) else { return Causes::default() };
    let end = Ground::of(after);
    let forward = Stage::new(&start, &units, &works, Towards::After);
    let back = Stage::new(&end, &units, &works, Towards::Before);
    let search = Search {
        forward: &forward,
        back: &back,
        units: &units,
        works: &works,
        difference,
        given: &start.given,
    };
    let (found, silent) = search.all();
    let changed_files = files::changed(before.0, after.0);
    let parts = identity::parts(&before.1.release, &after.1.release);
    let grounds = Grounds::new(&sides, &start, &parts, !changed_files.is_empty());
    let besides = Besides::new(&grounds, &sides, &units, &works, difference, &changed_files, &parts);
    group::group(&sides, &units, &parts, besides.blamed(&found), silent)
}
