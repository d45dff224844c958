//! Spark's own knowledge: configuration keys and memory arithmetic.

pub mod conf_keys;
pub mod memory;
