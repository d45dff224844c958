//! sparkctl compiles layered presets into checked Kubernetes manifests for Apache Spark platforms.
//!
//! The flow, each arrow a type that the next stage takes whole:
//!
//! ```text
//! library ──► layers ──► merged tree ──► spec ──► templates ──► manifests ──► checked set ──► bundle
//! ```
//!
//! | stage | module | from | to |
//! |---|---|---|---|
//! | load | [`library`] | files in the binary and in a project | [`library::Library`] |
//! | parse, merge | [`layer`] | texts | [`layer::stack::Merged`], values with their origins |
//! | resolve | [`spec`] | the merged tree | [`spec::Spec`], typed |
//! | equip | [`images`] | descriptors and the spec | which images pods name |
//! | relate | [`graph`] | descriptors and the spec | who may talk to whom |
//! | render | [`template`], [`manifest`] | templates and the spec | [`compile::Manifest`]s |
//! | check | [`compile`] | the whole set | [`diagnostic::Finding`]s |
//! | trace back | [`blame`] | a line of a rendered file | the layer lines behind it |
//! | write | [`bundle`] | a compiled release | a directory |
//! | hand over | [`gitops`] | bundles | files for Argo CD, Flux and Helm |
//! | compare | [`contract`] | the merged trees of two environments | what nobody declared |
//! | promote | [`promote`] | a value of one environment | an edit of another one's layer |
//! | publish | `oci` | a bundle's files | an artifact in a registry |
//!
//! [`compile::compile`] is the story on one page; every command is a way of looking at its result.

pub mod blame;
pub mod bundle;
pub mod cli;
pub mod compile;
pub mod contract;
pub mod diagnostic;
pub mod diff;
pub mod failure;
pub mod fleet;
pub mod git;
pub mod gitops;
pub mod graph;
pub mod images;
pub mod layer;
pub mod library;
pub mod manifest;
#[cfg(feature = "oci")]
pub mod oci;
pub mod promote;
pub mod release;
pub mod rules;
pub mod source;
pub mod spark;
pub mod spec;
pub mod template;
