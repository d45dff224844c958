//! What a user sees of the output directory: what is written, kept, refused, and what is left when
//! a run is cut short.

// `clippy.toml` allows these in `#[test]` functions; here the helpers are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// How a child process tells its parent what it saw.
#![allow(clippy::print_stdout)]

mod compare;
mod disk;
mod errors;
mod foreign;
mod kill;
mod laws;
mod links;
mod lock;
mod mounts;
mod recovery;
mod support;
mod together;
mod write;
