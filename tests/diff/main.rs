//! What differs between two sets of objects: the cases of `tests/fixtures/diff`, and the laws that hold for any two
//! sets.
#![allow(clippy::unwrap_used, clippy::panic)]

mod cases;
mod generated;
mod laws;
mod real;
