//! What an earlier run knew of each release: so that a release of which nothing changed is not compiled again.
//!
//! Kept in `.sparkctl/` of the output root, for this machine alone. Nothing depends on it: without it, or with
//! one that cannot be read, everything is compiled. A bundle is believed to be the one that was written only
//! after every file of it has been read and compared with its digest.

use crate::bundle::{Digest, OutputRoot};
use crate::gitops::Member;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Its name in `.sparkctl/`.
const FILE: &str = "warm.json";

/// What is known of one release's bundle. Only of a release without findings: what was found is to be said
/// again, and so looked for again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The [fingerprint](super::fingerprint) of what it was made from.
    pub made_from: Digest,
    /// The digest of its lock, which names the digests of its files.
    pub lock: Digest,
    /// How many objects it has.
    pub objects: usize,
    /// How many files it has, the lock excepted.
    pub files: usize,
    /// What those who sync it have to know.
    pub member: Member,
}

/// What is known of all, by place.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Warm {
    /// The records, by the places of their bundles.
    pub records: BTreeMap<String, Record>,
}

impl Warm {
    /// Reads what an earlier run left; nothing where it left nothing that can be read.
    pub fn read(root: &OutputRoot) -> Warm {
        root.note(FILE).and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Leaves it for the next run. Where that fails, the next run compiles everything.
    pub fn write(&self, root: &OutputRoot) {
        if let Ok(bytes) = serde_json::to_vec(self) {
            // What cannot be remembered is compiled again.
            let _ = root.take_note(FILE, &bytes);
        }
    }
}
