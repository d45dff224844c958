//! Spark's own knowledge: versions and memory arithmetic.

pub mod memory;
