//! A project as a whole: which releases it lists, and what is done with all of them at once.
//!
//! | step | module | |
//! |---|---|---|
//! | list | [`plan`] | `sparkctl.yaml` to [`plan::Planned`] releases, each with its place |
//! | choose | [`select`] | by environment, cluster, team, name; one share of many machines' |

mod matrix;
pub mod pattern;
pub mod plan;
pub mod select;
mod sharing;

pub use plan::{Plan, Planned};
pub use select::{Select, Shard};
