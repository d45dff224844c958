//! What an earlier run knew of each release: so that a release of which nothing changed is not compiled again.
//!
//! Kept in `.sparkctl/` of the output root, for this machine alone. Nothing depends on it: without it, or with
//! one that cannot be read, everything is compiled. A bundle is believed to be the one that was written only
//! after every file of it has been read and compared with its digest.

use super::fingerprint::Fingerprints;
use super::plan::Planned;
use crate::bundle::{self, Digest, OutputRoot, Place};
use crate::gitops::Member;
use crate::library::Library;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

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

/// What is known of the releases of a project whose bundles lie below a directory, for looking only.
#[derive(Debug)]
pub struct Known<'a> {
    library: &'a Library,
    out: &'a Path,
    fingerprints: Fingerprints,
    warm: Warm,
}

impl<'a> Known<'a> {
    /// Reads what an earlier run left below `out`; none where it left nothing, or `program` is not known.
    pub fn read(library: &'a Library, out: &'a Path, program: Option<Digest>) -> Option<Known<'a>> {
        let fingerprints = Fingerprints::new(library, program?);
        let warm = serde_json::from_slice(&bundle::note(out, FILE)?).ok()?;
        Some(Known { library, out, fingerprints, warm })
    }

    /// What is known of a release that would be rendered as it lies there.
    pub fn unchanged(&self, planned: &Planned) -> Option<Member> {
        let place = planned.release.place();
        let made_from = self.fingerprints.of(self.library, &planned.release);
        let record = self.warm.records.get(&place).filter(|record| record.made_from == made_from)?;
        let place = Place { root: self.out.to_owned(), bundle: place.parse().ok()? };
        bundle::is_as_locked(&place, &record.lock).unwrap_or(false).then(|| record.member.clone())
    }
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
