//! The container images: which one a pod names, what it has to hold, how one of your own is built.
//!
//! Without a registry of the site's, pods use official images and fetch the rest as they start. With one,
//! they use images that hold everything, whose tags follow from what is inside: equal needs give equal
//! tags, so that an image is built once and never changes under its name.

mod catalogue;
pub mod descriptor;
pub mod dockerfile;
mod resolve;

pub use catalogue::{Catalogue, NAME};
pub use resolve::{Evaluate, Fetched, Image, Provided};
