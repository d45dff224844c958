//! What hands bundles to those who sync them: Argo CD, Flux, Helm.
//!
//! Everything here looks at finished bundles through [`Member`]s, and makes files. Nothing talks to a
//! network or a disk.

pub mod argocd;
pub mod care;
pub mod chart;
pub mod clusters;
pub mod flux;
pub mod member;
pub mod settings;
mod yaml;

pub use member::{Common, Member};
pub use settings::GitOps;
