//! Every rule over the checked set: what it catches in bundles with one fault in them, and what it lets be.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod coverage;
mod foreign;
mod incidents;
mod k8s;
mod layers;
mod mutations;
mod net;
mod ops;
mod places;
mod pods;
mod promises;
mod refs;
mod secrets;
mod silence;
mod spark_conf;
mod spark_platform;
mod support;
