//! Spark's own knowledge: configuration keys, the values they take, memory arithmetic, variables.

pub mod conf_keys;
pub mod executors;
pub mod memory;
pub mod other_keys;
pub mod values;
