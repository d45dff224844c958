//! What a project's templates may do, what is said when they do something else, and that no text
//! whatsoever can come out of one as another text.

// `clippy.toml` allows these in `#[test]` functions; here the helpers are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod component;
mod mistakes;
mod objects;
#[path = "../support/mod.rs"]
mod support;
mod texts;
