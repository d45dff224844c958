//! The output directory: what a bundle is, how it replaces the one before it, and how it drifts.

mod digest;
mod path;

pub use digest::{Digest, DigestError};
pub use path::{BundlePath, PathError, shown};
