//! A difference for people and for programs. What all views share: how a value is shown in a line, which changes
//! stand together, what totals are called.

pub mod amounts;
pub mod github;
pub mod json;
pub mod markdown;
mod name;
mod notes;
mod place;
mod rows;
pub mod sarif;
pub mod text;
pub mod value;

use super::Comparison;
use crate::release::Release;

/// What a command has to show: comparisons, and the releases that only one side has.
#[derive(Debug, Default)]
pub struct Shown {
    /// What was compared, in order.
    pub comparisons: Vec<Comparison>,
    /// Releases that only the first side has.
    pub before: Vec<Release>,
    /// Releases that only the second side has.
    pub after: Vec<Release>,
    /// The two sides, as they are called.
    pub sides: (String, String),
    /// The command that shows it again.
    pub command: String,
}

impl Shown {
    /// Whether something differs.
    pub fn differs(&self) -> bool {
        !(self.before.is_empty() && self.after.is_empty() && self.comparisons.iter().all(Comparison::is_same))
    }
}

/// How much of it is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Detail {
    /// Only impacts, counts and totals.
    pub summary: bool,
    /// Everything, also what is the same for many objects.
    pub verbose: bool,
}

/// `1 field`, `2 fields`.
fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
