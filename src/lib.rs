//! sparkctl compiles layered presets into checked Kubernetes manifests for Apache Spark platforms.

pub mod bundle;
