//! The output root and its `.sparkctl/`: one writer at a time, and what killed writers leave
//! behind.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::{BundleError, Result};
use super::folder::Folder;
use super::{BundlePath, swap};

/// Where bundles are staged. It lies in the output root because a rename does not cross file
/// systems.
const WORK_FOLDER: &str = ".sparkctl";
/// The file whose lock a writer holds. A lock ends with its process, however that ends.
const WRITER_LOCK: &str = "lock";
/// New bundles being made, and old ones being removed: never anything worth keeping.
const STAGED: &str = "staged-";

/// An output root that this process alone writes to, until it is dropped.
///
/// One bundle is written by [`write`](super::write); to write many, lock the root once and share it
/// between threads. While it is locked, [`write`](super::write) and [`compare`](super::compare)
/// wait, so a thread that calls them for the same root before dropping this waits for itself.
#[derive(Debug)]
pub struct OutputRoot {
    pub(super) root: Folder,
    pub(super) work: Folder,
    recovered: Vec<BundlePath>,
    left_behind: Vec<PathBuf>,
    _lock: File,
}

impl OutputRoot {
    /// Makes the output root if need be, waits until no other sparkctl writes to it, restores what
    /// a killed one left half replaced, and removes what it left over.
    ///
    /// # Errors
    ///
    /// The root cannot be made or written to, or `.sparkctl` in it is a link.
    pub fn lock(path: &Path) -> Result<Self> {
        let mut tries = 0;
        let (root, work, lock) = loop {
            let root = open_or_make(path)?;
            let work = root.child_or_make(WORK_FOLDER)?;
            let lock = work.open_or_make_file(WRITER_LOCK)?;
            let lock_path = work.path().join(WRITER_LOCK);
            uninterrupted(|| lock.lock()).map_err(BundleError::io("lock", &lock_path))?;
            // While this process waited, somebody may have deleted `.sparkctl` and a third sparkctl
            // made it anew: then this lock shuts nobody out. There are file systems on which
            // nothing is ever found to be itself, so not for ever.
            let is_shared =
                root.is_still(WORK_FOLDER, work.handle())? && work.is_still(WRITER_LOCK, &lock)?;
            tries += 1;
            if is_shared || tries == 10 {
                break (root, work, lock);
            }
        };
        let recovered = swap::recover(&root, &work)?;
        let left_behind = clean(&work)?;
        ignore_in_git(&work)?;
        Ok(Self { root, work, recovered, left_behind, _lock: lock })
    }

    /// Where it is, as it was named.
    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// The bundles that a killed writer had moved away and that are back at their places.
    pub fn recovered(&self) -> &[BundlePath] {
        &self.recovered
    }

    /// What could not be removed of earlier runs, in `.sparkctl/`; a matter of disk space only.
    pub fn left_behind(&self) -> &[PathBuf] {
        &self.left_behind
    }

    /// What was noted under a name in `.sparkctl/`; none where nothing was, or it cannot be read.
    pub fn note(&self, name: &str) -> Option<Vec<u8>> {
        note_in(&self.work, name)
    }

    /// Notes something under a name in `.sparkctl/`, whole or not at all.
    ///
    /// # Errors
    ///
    /// The operating system refused.
    pub fn take_note(&self, name: &str, bytes: &[u8]) -> Result<()> {
        // Removed by the next run if this process is killed here.
        let staged = staged_name(name);
        self.work.write_new(&staged, bytes)?;
        let path = self.work.path().join(name);
        self.work.rename(&staged, &self.work, name).map_err(BundleError::io("replace", &path))
    }

    /// A new empty directory in `.sparkctl/`, for the bundle at this place and called by the path it is
    /// meant for.
    pub(super) fn stage(&self, place: &BundlePath) -> Result<(Staged<'_>, Folder)> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Names are unique among those who hold the lock: this process's threads. The loop is for
        // file systems whose locks shut nobody out.
        loop {
            let id = format!("{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            if let Some(folder) = self.work.make(staged_name(&id))? {
                let folder = folder.called(self.root.path().join(place));
                return Ok((Staged { work: &self.work, id }, folder));
            }
        }
    }
}

/// The name in `.sparkctl/` of what is staged under this id.
pub(super) fn staged_name(id: &str) -> String {
    format!("{STAGED}{id}")
}

/// A bundle in the making. Dropping it removes what its name then stands for: after a swap, the old
/// bundle.
#[derive(Debug)]
pub(super) struct Staged<'a> {
    work: &'a Folder,
    /// Part of all names in `.sparkctl/` that belong to this bundle.
    pub id: String,
}

impl Staged<'_> {
    /// The directory's name in `.sparkctl/`.
    pub fn name(&self) -> String {
        staged_name(&self.id)
    }

    /// Removes what is left; what could not be removed is returned, and tried again by the next
    /// run.
    pub fn discard(self) -> Option<PathBuf> {
        let name = self.name();
        match self.work.remove(OsStr::new(&name)) {
            Ok(()) => None,
            Err(_) => Some(self.work.path().join(name)),
        }
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        // There is an error on its way already, and the next run tries again.
        let _ = self.work.remove(OsStr::new(&self.name()));
    }
}

/// What was noted under a name in `.sparkctl/` of an output root; none where nothing was, or it cannot be read.
pub fn note(root: &Path, name: &str) -> Option<Vec<u8>> {
    note_in(&Folder::open(root).ok()??.child(WORK_FOLDER).ok()??, name)
}

fn note_in(work: &Folder, name: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = work.open_file(name).ok()??;
    file.read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Waits until nobody writes to this output root and keeps writers out until the result is dropped.
/// Makes nothing: where nothing was ever written, or this user may not lock, there is nothing to
/// wait for.
pub(super) fn shut_out_writers(root: &Folder) -> Result<Option<File>> {
    let Some(work) = root.child(WORK_FOLDER)? else {
        return Ok(None);
    };
    let lock = match work.open_file(WRITER_LOCK) {
        Ok(Some(lock)) => lock,
        Ok(None) => return Ok(None),
        Err(BundleError::Io { cause, .. }) if cause.kind() == io::ErrorKind::PermissionDenied => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    Ok(uninterrupted(|| lock.lock_shared()).is_ok().then_some(lock))
}

fn open_or_make(path: &Path) -> Result<Folder> {
    if let Some(root) = Folder::open(path)? {
        return Ok(root);
    }
    fs::create_dir_all(path).map_err(BundleError::io("create", path))?;
    Folder::open(path)?.ok_or_else(|| BundleError::io("open", path)(io::Error::from(io::ErrorKind::NotFound)))
}

fn uninterrupted(lock: impl Fn() -> io::Result<()>) -> io::Result<()> {
    loop {
        match lock() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Nobody who syncs or commits the output root shall see what is staged.
fn ignore_in_git(work: &Folder) -> Result<()> {
    const NAME: &str = ".gitignore";
    if work.kind(NAME)?.is_none() {
        // Whole or not at all, and removed by `clean` if this process is killed here.
        let staged = staged_name(NAME);
        work.write_new(&staged, b"*\n")?;
        work.rename(&staged, work, NAME).map_err(BundleError::io("create", &work.path().join(NAME)))?;
    }
    Ok(())
}

/// Removes what killed runs staged. Only ever called by the one writer.
fn clean(work: &Folder) -> Result<Vec<PathBuf>> {
    let entries = work.entries()?;
    let staged = entries.iter().filter(|(name, _)| name.as_encoded_bytes().starts_with(STAGED.as_bytes()));
    let left = staged.filter(|(name, _)| work.remove(name).is_err());
    Ok(left.map(|(name, _)| work.path().join(name)).collect())
}
