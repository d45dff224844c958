//! Pushing to OCI registries: what is packed, who is told which credentials, and what a registry may
//! answer. A real registry is asked in `tests/real/checks/oci.py`.

#![cfg(feature = "oci")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod command;
mod credentials;
mod fake;
mod packing;
mod registry;
mod texts;
