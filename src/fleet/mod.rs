//! A project as a whole: which releases it lists, and what is done with all of them at once.
//!
//! | step | module | |
//! |---|---|---|
//! | list | [`plan`] | `sparkctl.yaml` to [`Planned`] releases, each with its place |
//! | choose | [`select`] | by environment, cluster, team, name; one machine's share of them |
//! | pair | [`pairs`] | which release of one environment is which of another |
//! | remember | [`fingerprint`], [`warm`] | what an earlier run made, and from what |
//! | render | [`mod@render`], [`engine`] | on all cores, in constant memory, all or nothing |
//! | compare | [`drift`] | what on disk is not as it would be rendered, and why |
//! | report | [`reports`] | what was found in all of them, each thing once |
//! | upgrade | [`upgrade`] | what a newer sparkctl makes of the same layers |
//! | weigh | [`radius`] | what a change of layers does to all of them |

pub mod drift;
pub mod engine;
pub mod fingerprint;
mod matrix;
pub mod pairs;
pub mod pattern;
pub mod placeholder;
pub mod plan;
pub mod radius;
pub mod render;
pub mod reports;
pub mod select;
mod sharing;
pub mod upgrade;
pub mod warm;

pub use plan::{Plan, Planned};
pub use render::{Done, Job, Rendered, render};
pub use select::{Select, Shard};
