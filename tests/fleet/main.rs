//! Projects as a whole: what they list, how they are rendered, compared, shared out, and what a killed run leaves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod based;
mod drift;
mod generated;
mod interrupted;
mod listed;
mod rendered;
mod support;
mod upgraded;
