//! The lock: which release a bundle is, what it was made from, and which files in it are sparkctl's
//! own.
//!
//! It holds no version, time or host, so that the same inputs give the same bytes. Its format
//! number rises when an older sparkctl would misread it. A lock may arrive in a stranger's pull
//! request: every path in it is a [`BundlePath`], and nothing is deleted or overwritten because of
//! it unless the file also has the digest it names.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::error::{BundleError, Result};
use super::folder::Folder;
use super::{Bundle, BundlePath, Digest};

/// The name of the lock in the bundle's directory.
pub const LOCK_FILE: &str = ".sparkctl.lock";

/// The only format there has been.
const FORMAT: u64 = 1;

/// Larger than the lock of any real release (about 100 bytes a file), small enough to read without
/// a thought.
const LARGEST: u64 = 16 << 20;

/// What stands in a bundle's `.sparkctl.lock`.
///
/// ```
/// use sparkctl::bundle::{BundlePath, Digest, Lock};
///
/// let outputs = [("kustomization.yaml".parse()?, Digest::of(b"resources: []\n"))];
/// let release = serde_json::json!({"environment": "prod"});
/// let lock = Lock { release, inputs: [].into(), outputs: outputs.into() };
/// assert_eq!(Lock::parse(&lock.to_bytes()), Ok(lock));
/// # Ok::<(), sparkctl::bundle::PathError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Lock {
    /// What was asked for (environment, preset, features, overrides): given back as it was given.
    pub release: Value,
    /// The layers and templates that were read, by name.
    pub inputs: BTreeMap<String, Digest>,
    /// The files that sparkctl wrote, the lock itself excepted.
    pub outputs: BTreeMap<BundlePath, Digest>,
}

impl Lock {
    /// The lock as it is written: JSON, indented by two spaces, paths in their order, one line
    /// break at the end.
    pub fn to_bytes(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Written<'a> {
            format: u64,
            release: &'a Value,
            inputs: &'a BTreeMap<String, Digest>,
            outputs: &'a BTreeMap<BundlePath, Digest>,
        }

        let Lock { release, inputs, outputs } = self;
        let mut bytes = Vec::new();
        // Texts as keys, written to memory: neither can fail.
        let _ =
            serde_json::to_writer_pretty(&mut bytes, &Written { format: FORMAT, release, inputs, outputs });
        bytes.push(b'\n');
        bytes
    }

    /// The inputs that are other ones now, by name: the digest in this lock and that of the bundle as it would
    /// be made, none where one of them lacks the input.
    pub fn changed_inputs<'a>(
        &'a self,
        now: &'a Bundle,
    ) -> BTreeMap<&'a str, (Option<&'a Digest>, Option<&'a Digest>)> {
        let names = self.inputs.keys().chain(now.inputs.keys());
        let both = names.map(|name| (name.as_str(), (self.inputs.get(name), now.inputs.get(name))));
        both.filter(|(_, (then, now))| then != now).collect()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    ///
    /// Anything else: a lock that is not understood is never guessed at.
    pub fn parse(bytes: &[u8]) -> Result<Self, LockProblem> {
        #[derive(Deserialize)]
        struct AnyFormat {
            format: u64,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct ThisFormat {
            #[serde(rename = "format")]
            _format: u64,
            release: Value,
            inputs: BTreeMap<String, Digest>,
            outputs: BTreeMap<BundlePath, Digest>,
        }

        if bytes.split(|&byte| byte == b'\n').any(|line| line.starts_with(b"<<<<<<< ")) {
            return Err(LockProblem::Conflict);
        }
        let unreadable = |error: serde_json::Error| LockProblem::Unreadable(error.to_string());
        let AnyFormat { format } = serde_json::from_slice(bytes).map_err(unreadable)?;
        if format != FORMAT {
            return Err(LockProblem::Format(format));
        }
        let ThisFormat { release, inputs, outputs, .. } =
            serde_json::from_slice(bytes).map_err(unreadable)?;
        Ok(Self { release, inputs, outputs })
    }
}

/// Why a lock cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LockProblem {
    /// Version control left both sides of a merge in it.
    #[error("holds a merge conflict")]
    Conflict,
    /// It says that it has a format that this sparkctl does not know.
    #[error("has format {0}, and this sparkctl reads format {FORMAT}")]
    Format(u64),
    /// It is not JSON, or not the JSON of a lock, or a path in it leaves the bundle.
    #[error("cannot be read: {0}")]
    Unreadable(String),
}

/// The lock of the bundle in this directory; none where there is no lock or no directory.
///
/// The directory's own path is the caller's and may lead through links; the lock may not be one.
///
/// # Errors
///
/// A lock that cannot be read or understood.
///
/// ```
/// let directory = tempfile::tempdir()?;
/// assert_eq!(sparkctl::bundle::read_lock(directory.path())?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_lock(directory: &Path) -> Result<Option<Lock>> {
    let Some(folder) = Folder::open(directory)? else {
        return Ok(None);
    };
    Ok(find(&folder)?.map(|(lock, _)| lock))
}

/// The lock in this directory, and its bytes.
pub(super) fn find(folder: &Folder) -> Result<Option<(Lock, Vec<u8>)>> {
    let Some(file) = folder.open_file(LOCK_FILE)? else {
        return Ok(None);
    };
    let path = folder.path().join(LOCK_FILE);
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(BundleError::io("read", &path))?;
    if bytes.len() as u64 > LARGEST {
        let problem = LockProblem::Unreadable(format!("it is larger than {} MiB", LARGEST >> 20));
        return Err(BundleError::Lock { path, problem });
    }
    let lock = Lock::parse(&bytes).map_err(|problem| BundleError::Lock { path, problem })?;
    Ok(Some((lock, bytes)))
}
