//! sparkctl compiles layered presets into checked Kubernetes manifests for Apache Spark platforms.

pub mod bundle;
pub mod diagnostic;
pub mod layer;
pub mod source;
pub mod spec;
