//! Promotion: the value that a release has in one environment, written into the layers of another one.
//!
//! | step | module | |
//! |---|---|---|
//! | compare | [`change`] | which leaves have to be set or deleted in the target |
//! | climb | [`ladder`] | the target's layers in their order, and where each could be edited |
//! | decide | [`plan`] | for each leaf the layer to edit, tried out on the merged tree |
//! | edit | [`edit`] | the layer's text with one entry set or taken out, all else as it was |
//! | look | [`effect`] | what that makes of every release of the target environment |
//!
//! Nothing here writes a file. Built-in layers are never edited, nor is a layer that other environments take too:
//! where only those could give the target the value, promotion is refused.

pub mod change;
pub mod edit;
pub mod effect;
pub mod ladder;
pub mod plan;
mod refusal;

pub use change::Change;
pub use effect::{Effect, Reach};
pub use plan::{Decision, Plan, Step};

use crate::diagnostic::Finding;

/// The rule of everything that keeps a value from being promoted and is no other rule's.
pub const REFUSED: &str = "layer/promotion-refused";

/// Why something cannot be promoted, without a place yet.
fn refused(message: impl Into<String>) -> Finding {
    Finding::error(REFUSED, message)
}
