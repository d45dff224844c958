//! What may differ between two environments, and why: a checked-in file names the paths of the spec, each with a
//! reason. [`check()`] finds every other difference, and every entry that nothing needs any more.
//!
//! It compares merged specs, not manifests: what stands in no layer cannot differ by mistake, and what stands in
//! one is found at its line even where no template reads it yet.

mod check;
mod differ;
mod draft;
mod file;
mod judge;
mod pairs;
mod pattern;

pub use check::{Checked, check};
pub use differ::{Differing, Side, differing};
pub use draft::draft;
pub use file::{FOLDER, contract_schema, read};
pub use pairs::{Pair, pairs};
pub use pattern::Pattern;

use crate::failure::Failure;
use crate::fleet::pattern::fits;
use crate::layer::tree::Node;
use crate::library::Library;
use crate::source::Span;
use crate::spec::types::Date;

/// What may differ between two environments.
#[derive(Debug, Clone)]
pub struct Contract {
    /// `FROM-TO`.
    pub name: String,
    /// A few words, for lists.
    pub title: Option<String>,
    /// The environment that comes first.
    pub from: String,
    /// The environment that comes after it.
    pub to: String,
    /// What may differ, in the order of the files.
    pub entries: Vec<Entry>,
    /// Whether the project says anything of it.
    pub is_own: bool,
}

/// One thing that may differ.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The paths.
    pub pattern: Pattern,
    /// Why they differ.
    pub reason: String,
    /// The last day on which they may.
    pub until: Option<Until>,
    /// The scenarios and features that it is limited to, by name or pattern; empty: all.
    pub presets: Vec<String>,
    /// The releases that it is limited to, by name or pattern; empty: all.
    pub releases: Vec<String>,
    /// A JSON Schema for the first environment's value.
    pub from: Option<Node>,
    /// A JSON Schema for the second environment's value.
    pub to: Option<Node>,
    /// Where its path was written.
    pub at: Span,
    /// Whether the project says anything of it.
    pub is_own: bool,
}

/// The last day on which an entry counts.
#[derive(Debug, Clone, Copy)]
pub struct Until {
    /// The day.
    pub day: Date,
    /// Where it was written.
    pub at: Span,
}

impl Entry {
    /// Whether it is about this pair.
    fn is_for(&self, pair: &Pair) -> bool {
        let presets = self.presets.is_empty()
            || self.presets.iter().any(|wanted| pair.presets.iter().any(|preset| fits(wanted, preset)));
        let releases = self.releases.is_empty()
            || self
                .releases
                .iter()
                .any(|wanted| pair.release.as_deref().is_some_and(|release| fits(wanted, release)));
        presets && releases
    }

    /// Whether its day has passed.
    fn has_expired(&self, today: Option<Date>) -> bool {
        self.until.zip(today).is_some_and(|(until, today)| until.day < today)
    }
}

/// Every contract that there is, in the order of names.
///
/// # Errors
/// Everything that is wrong with any of them.
pub fn all(library: &Library) -> Result<Vec<Contract>, Failure> {
    let (mut contracts, mut findings) = (Vec::new(), Vec::new());
    for (name, _) in library.folder(FOLDER) {
        match read(library, name) {
            Ok(contract) => contracts.push(contract),
            Err(found) => findings.extend(found),
        }
    }
    if findings.is_empty() { Ok(contracts) } else { Err(library.failure(findings)) }
}

/// The project's own contracts, those laid over built-in ones included.
///
/// # Errors
/// As [`all`].
pub fn own(library: &Library) -> Result<Vec<Contract>, Failure> {
    let has_own = library.own_files().any(|(path, _)| path.starts_with("contracts/"));
    if !has_own {
        return Ok(Vec::new());
    }
    Ok(all(library)?.into_iter().filter(|contract| contract.is_own).collect())
}
