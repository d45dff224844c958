//! The output directory: what a bundle is, how it replaces the one before it, and how it drifts.
//!
//! ```text
//! rendered/                            the output root
//!   .sparkctl/                         where bundles are staged; `.gitignore` of `*`
//!   prod/connect/                      a bundle, at its place
//!     kustomization.yaml
//!     connect/deployment-connect.yaml
//!     .sparkctl.lock                   which files are sparkctl's, and what was asked for
//! ```
//!
//! What this module promises:
//!
//! - **All or nothing.** A bundle is staged whole and swapped in by one exchange of two names. A
//!   process killed at any instant, or a full disk, leaves the whole old bundle or the whole new
//!   one. Where the file system cannot exchange names, two renames take its place: then a kill
//!   leaves, at worst, no bundle until the next run restores the old one; never a mixture. Files
//!   are not synced one by one, so nothing is promised about a loss of power.
//! - **Nobody's work is lost.** Files that sparkctl did not write are kept; files that it wrote and
//!   somebody changed are neither overwritten nor removed unless the caller says so. A second
//!   sparkctl waits. An editor does not: what is saved in the milliseconds between looking and
//!   swapping may be lost.
//! - **Nothing leaves the output root**, by name ([`BundlePath`]) or by link (`folder.rs` follows
//!   none).
//! - **The same bundle, the same bytes.** No version, clock, host or current directory enters a
//!   file.
//!
//! Kept files keep their content, permissions and, where the file system has hard links, their
//! identity; directories that hold them are made anew.

mod compare;
mod digest;
mod error;
mod folder;
mod load;
mod lock;
mod path;
mod removal;
mod root;
mod survey;
mod swap;
mod tree;
mod write;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use compare::{Drift, DriftKind, Repair, compare};
pub use digest::{Digest, DigestError};
pub use error::BundleError;
pub use load::{Loaded, load};
pub use lock::{LOCK_FILE, Lock, LockProblem, read_lock};
pub use path::{BundlePath, PathError, shown};
pub use removal::bundles;
pub use root::{OutputRoot, note};
pub use swap::{Swap, SwapStrategy};
pub use write::{FileChange, Prepared, WriteOptions, Written, is_as_locked, write};

/// One compiled release as files, before it touches a disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// What was asked for (environment, preset, features, overrides): any JSON, kept in the lock so
    /// that a later command can repeat it. Its keys are written in the order they have.
    pub release: serde_json::Value,
    /// The layers and templates that were read, by name.
    pub inputs: BTreeMap<String, Digest>,
    /// The files, all but the lock.
    pub files: BTreeMap<BundlePath, Vec<u8>>,
}

impl Bundle {
    /// The lock that goes with these files.
    pub fn lock(&self) -> Lock {
        let outputs = self.files.iter().map(|(path, bytes)| (path.clone(), Digest::of(bytes))).collect();
        Lock { release: self.release.clone(), inputs: self.inputs.clone(), outputs }
    }

    /// Refuses a bundle in which one path is both a file and a directory.
    fn check_overlaps(&self) -> error::Result<()> {
        for below in self.files.keys() {
            let file = below.folders().find_map(|folder| self.files.get_key_value(folder));
            if let Some((file, _)) = file {
                return Err(BundleError::Overlap { file: file.clone(), below: below.clone() });
            }
        }
        Ok(())
    }
}

/// Where a bundle goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The output root, as the user named it; it may be or lie behind a link.
    pub root: PathBuf,
    /// The bundle's directory below it, such as `prod/connect`; no link is followed from here on.
    pub bundle: BundlePath,
}

impl Place {
    /// The bundle's directory.
    ///
    /// ```
    /// use sparkctl::bundle::Place;
    ///
    /// let place = Place { root: "rendered".into(), bundle: "prod/connect".parse()? };
    /// assert_eq!(place.path(), std::path::Path::new("rendered/prod/connect"));
    /// # Ok::<(), sparkctl::bundle::PathError>(())
    /// ```
    pub fn path(&self) -> PathBuf {
        self.root.join(&self.bundle)
    }
}
