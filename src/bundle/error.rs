//! What can go wrong between a finished render and the disk, and what to do about it.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::BundlePath;
use super::lock::LockProblem;
use super::path::shown;

/// The result of this module's functions.
pub(super) type Result<T, E = BundleError> = std::result::Result<T, E>;

/// Why a bundle was not written or could not be compared. Whatever the error, the bundle that was
/// there is there still, whole and unchanged; only where the exchange of names is refused and the
/// second of two renames fails and cannot be undone does it take the next run to bring it back.
#[derive(Debug, Error)]
pub enum BundleError {
    /// The operating system refused.
    #[error("cannot {doing} `{}`: {cause}", shown(path))]
    Io {
        /// What was being done, as a verb: "write", "create".
        doing: &'static str,
        /// What it was done to.
        path: PathBuf,
        /// The answer of the operating system.
        cause: io::Error,
    },
    /// A symbolic link where sparkctl needs a directory or a file of its own.
    #[error(
        "`{}` is a symbolic link, and none is followed below the output root",
        shown(path)
    )]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// Something else where a directory should be.
    #[error("`{}` is not a directory", shown(path))]
    NotADirectory {
        /// What is there.
        path: PathBuf,
    },
    /// Something else where a file should be.
    #[error("`{}` is not a file", shown(path))]
    NotAFile {
        /// What is there.
        path: PathBuf,
    },
    /// A bundle whose files cannot exist side by side.
    #[error("`{file}` would be a file and, because of `{below}`, a directory")]
    Overlap {
        /// The path that is used twice.
        file: BundlePath,
        /// The file that would lie inside the other.
        below: BundlePath,
    },
    /// A lock that cannot be used.
    #[error("the lock `{}` {problem}", shown(path))]
    Lock {
        /// The lock.
        path: PathBuf,
        /// What is wrong with it.
        problem: LockProblem,
    },
    /// Writing would destroy what somebody else wrote.
    #[error(
        "`{}` would lose what was changed by hand: {}",
        shown(bundle),
        named(edited, foreign)
    )]
    Edited {
        /// The bundle's directory.
        bundle: PathBuf,
        /// Files that sparkctl wrote and somebody changed, inside the bundle.
        edited: Vec<PathBuf>,
        /// Entries that sparkctl did not write and that stand where it has to; directories end in
        /// `/`.
        foreign: Vec<PathBuf>,
    },
    /// A mount inside the bundle: replacing the bundle would empty it.
    #[error(
        "another file system is mounted on `{}`, inside the bundle",
        shown(path)
    )]
    Mount {
        /// Where it is mounted.
        path: PathBuf,
    },
    /// A directory that the operating system does not let move.
    #[error("`{}` cannot be put in place by renaming: {cause}", shown(path))]
    Immovable {
        /// The bundle's directory.
        path: PathBuf,
        /// The answer of the operating system.
        cause: io::Error,
    },
    /// A run was killed between two renames, and since then somebody put a directory where the
    /// bundle was.
    #[error(
        "an interrupted run left the bundle in `{}`, and something else is now at `{}`",
        shown(kept),
        shown(path)
    )]
    Interrupted {
        /// Where the bundle belongs.
        path: PathBuf,
        /// Where it is.
        kept: PathBuf,
    },
}

impl BundleError {
    /// For `map_err`: the operating system refused to do this to that path.
    pub(super) fn io<E: Into<io::Error>>(
        doing: &'static str,
        path: &Path,
    ) -> impl FnOnce(E) -> Self {
        move |error| Self::Io {
            doing,
            path: path.to_owned(),
            cause: error.into(),
        }
    }

    /// Whether sparkctl itself declined, to protect work done by hand; every other error means that
    /// it could not.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Edited { .. })
    }

    /// What to do about it, as a sentence or two.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Io { cause, .. } => return io_help(cause.kind()).map(str::to_owned),
            Self::Link { .. } => {
                "replace the link by a directory or a file, or name the directory it leads to as \
                 the output root"
            }
            Self::NotADirectory { .. } | Self::NotAFile { .. } => {
                "move it away, or choose another output root"
            }
            Self::Overlap { .. } => "give one of the two components or objects another name",
            Self::Lock { problem, .. } => lock_help(problem),
            Self::Edited { .. } => {
                "nothing was written; move each change into a layer or a kustomize overlay and \
                 each file that is not sparkctl's out of the way, or discard them all with \
                 `--overwrite-edited`"
            }
            Self::Mount { .. } => "unmount it, or mount it outside the bundle; nothing was written",
            Self::Immovable { .. } => {
                "a bundle is replaced by renaming its directory, so it can be neither a mount \
                 point nor on another file system than the output root, nor come from a lower \
                 layer of a container image: choose an output root where it is an ordinary \
                 directory, or remove the directory and render again"
            }
            Self::Interrupted { kept, path } => {
                return Some(format!(
                    "compare the two; to restore the bundle, remove `{}` and render again; to give \
                     it up, remove `{}`",
                    shown(path),
                    shown(kept)
                ));
            }
        };
        Some(text.to_owned())
    }
}

fn io_help(kind: io::ErrorKind) -> Option<&'static str> {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            Some("make room and render again; the bundle that was there is unchanged")
        }
        io::ErrorKind::PermissionDenied => Some(
            "render as a user who may write there, or choose another output root; nothing was \
             changed",
        ),
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotADirectory => {
            Some("choose an output root that is a directory one can write to")
        }
        io::ErrorKind::Unsupported => Some(
            "this file system lacks something that replacing a bundle needs; choose an output root \
             on a local one",
        ),
        // Only a journal is read so.
        io::ErrorKind::InvalidData => Some(
            "a run was interrupted, and its journal is damaged: the bundle it moved away is beside \
             the journal, under the name `replaced-` and the same number; move that back to its \
             place, then remove the journal",
        ),
        _ => None,
    }
}

fn lock_help(problem: &LockProblem) -> &'static str {
    match problem {
        LockProblem::Conflict => {
            "take either side whole (`git checkout --ours` or `--theirs`) for the bundle's \
             directory, then render again"
        }
        LockProblem::Format(_) => {
            "a newer sparkctl wrote it: render with that one, or restore the bundle that this one \
             wrote"
        }
        LockProblem::Unreadable(_) => {
            "restore it from version control; or delete it: then no file in the bundle counts as \
             sparkctl's, and those that differ from the new ones need `--overwrite-edited`"
        }
    }
}

/// ``a.yaml` (edited), `b.yaml` (not sparkctl's)``
fn named(edited: &[PathBuf], foreign: &[PathBuf]) -> String {
    let edited = edited.iter().map(|path| (path, "edited"));
    let foreign = foreign.iter().map(|path| (path, "not sparkctl's"));
    let mut text = String::new();
    for (path, why) in edited.chain(foreign) {
        let comma = if text.is_empty() { "" } else { ", " };
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{comma}`{}` ({why})", shown(path));
    }
    text
}
