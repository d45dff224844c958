//! Text to positioned trees, and many trees to one.

pub mod document;
pub mod edit;
pub mod merge;
pub mod parse;
pub mod path;
pub mod renames;
pub mod scalar;
pub mod set;
pub mod stack;
pub mod tree;
