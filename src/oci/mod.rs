//! Pushing what was rendered to an OCI registry, where Argo CD, Flux and Helm take it from.
//!
//! ```text
//! files ──► layer (tar, gzip) ──► artifact (config, layer, manifest, digest) ──► registry
//! ```
//!
//! The first two arrows are pure: the same files and annotations give the same digest, on any machine and
//! any day. Only `registry.rs` opens connections, and only to the registry that was named, to the address
//! where it says tokens are given, and to where it redirects. It is TLS unless the caller says otherwise.
//!
//! Credentials are read ([`credentials`]) and never shown: not in messages, not in `Debug`.

mod address;
pub mod annotations;
pub mod artifact;
mod authenticate;
pub mod challenge;
pub mod chart;
pub mod credentials;
mod error;
mod failure;
mod http;
mod pack;
mod reference;
mod registry;

pub use artifact::Artifact;
pub use error::{Error, Result};
pub use http::Options;
pub use reference::Reference;
pub use registry::{Pushed, Registry};
