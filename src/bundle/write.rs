//! Writing a bundle: look, stage, swap, report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::{BundleError, Result};
use super::folder::Folder;
use super::lock::{self, LOCK_FILE};
use super::root::{OutputRoot, Staged};
use super::survey::{Foreign, State, Survey};
use super::swap::{Swap, SwapStrategy, swap};
use super::{Bundle, BundlePath, Digest, Place};

/// What the caller allows.
#[derive(Debug, Clone, Copy, Default)]
pub struct WriteOptions {
    /// Overwrite or remove what was edited by hand, and what is foreign and in the way of a new
    /// file.
    pub overwrite_edited: bool,
    /// How to replace the old bundle.
    pub swap: SwapStrategy,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileChange {
    /// There was no such file.
    Added,
    /// It has other content than before.
    Changed,
    /// It has the content it had.
    Unchanged,
    /// sparkctl wrote it once and renders it no longer.
    Removed,
}

/// What writing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Every file of the old and the new bundle, the lock excepted.
    pub files: BTreeMap<BundlePath, FileChange>,
    /// What sparkctl did not write and kept, inside the bundle; a directory is named once and ends
    /// in `/`.
    pub foreign: Vec<PathBuf>,
    /// What was edited by hand or foreign, and is gone because the caller allowed it.
    pub overwritten: Vec<PathBuf>,
    /// How the bundle was put in place.
    pub swap: Swap,
    /// Bundles in this output root that a killed run had left missing and that are back.
    pub recovered: Vec<BundlePath>,
    /// Directories in `.sparkctl/` that could not be removed: harmless, and tried again by the next
    /// run.
    pub left_behind: Vec<PathBuf>,
}

/// Writes a bundle to its place; waits while another sparkctl writes below the same output root.
///
/// # Errors
///
/// See [`BundleError`]. Whatever the error, what was at the place is there unchanged.
///
/// ```
/// use sparkctl::bundle::{Bundle, Place, Swap, WriteOptions, write};
///
/// let output = tempfile::tempdir()?;
/// let files = [("kustomization.yaml".parse()?, b"resources: []\n".to_vec())];
/// let bundle = Bundle { release: "connect".into(), inputs: [].into(), files: files.into() };
/// let place = Place { root: output.path().join("rendered"), bundle: "prod/connect".parse()? };
///
/// assert_eq!(write(&bundle, &place, WriteOptions::default())?.swap, Swap::Created);
/// assert_eq!(write(&bundle, &place, WriteOptions::default())?.swap, Swap::Unchanged);
/// assert!(place.path().join("kustomization.yaml").exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(bundle: &Bundle, place: &Place, options: WriteOptions) -> Result<Written> {
    OutputRoot::lock(&place.root)?.write(bundle, &place.bundle, options)
}

/// A bundle that differs from what is at its place and lies ready to be put there. Nothing that anybody
/// else sees has changed yet; dropping it leaves everything as it was.
#[derive(Debug)]
pub struct Prepared<'a> {
    place: BundlePath,
    staged: Staged<'a>,
    /// Whether there is an old bundle.
    exists: bool,
}

impl OutputRoot {
    /// Writes a bundle to its place below this root. Threads may write different bundles at once,
    /// as long as none lies inside another.
    ///
    /// # Errors
    ///
    /// As for [`write`](write()).
    pub fn write(&self, bundle: &Bundle, place: &BundlePath, options: WriteOptions) -> Result<Written> {
        let (mut written, prepared) = self.prepare(bundle, place, options)?;
        if let Some(prepared) = prepared {
            let (swap, left_behind) = self.put(prepared, options)?;
            written.swap = swap;
            written.left_behind.extend(left_behind);
        }
        Ok(written)
    }

    /// The first half of [`write`](Self::write), which holds all that can fail for a bundle's own reasons: what
    /// writing it will do, and the bundle made ready where it differs from what is there.
    ///
    /// # Errors
    ///
    /// As for [`write`](write()).
    pub fn prepare(
        &self,
        bundle: &Bundle,
        place: &BundlePath,
        options: WriteOptions,
    ) -> Result<(Written, Option<Prepared<'_>>)> {
        bundle.check_overlaps()?;
        let lock = bundle.lock();
        let old = self.root.descend(place.as_ref())?;
        let survey = Survey::take(old.as_ref(), &lock.outputs)?;
        let (edited, in_the_way) = (survey.edited(), survey.foreign(true));
        let mut overwritten = [&edited[..], &in_the_way[..]].concat();
        overwritten.sort();
        if !overwritten.is_empty() && !options.overwrite_edited {
            return Err(BundleError::Edited {
                bundle: self.root.path().join(place),
                edited,
                foreign: in_the_way,
            });
        }

        let lock = lock.to_bytes();
        let written = Written {
            files: changes(bundle, &survey),
            foreign: survey.foreign(false),
            overwritten,
            swap: Swap::Unchanged,
            recovered: self.recovered().to_vec(),
            left_behind: self.left_behind().to_vec(),
        };
        let place = place.clone();
        let same_files = written.files.values().all(|change| *change == FileChange::Unchanged);
        if same_files && survey.lock.as_ref() == Some(&lock) {
            return Ok((written, None));
        }

        let (staged, folder) = self.stage(&place)?;
        write_files(&folder, bundle, &lock)?;
        if let Some(old) = &old {
            keep_foreign(old, &folder, &survey.foreign)?;
        }
        Ok((written, Some(Prepared { place, staged, exists: old.is_some() })))
    }

    /// The second half of [`write`](Self::write): puts in place what lies ready. Returns how, and what could
    /// not be removed of the old bundle.
    ///
    /// # Errors
    ///
    /// The operating system refused; what was at the place is there unchanged.
    pub fn put(&self, prepared: Prepared<'_>, options: WriteOptions) -> Result<(Swap, Option<PathBuf>)> {
        let Prepared { place, staged, exists } = prepared;
        let swap = swap(self, &staged, &place, exists, options.swap)?;
        Ok((swap, staged.discard()))
    }

    /// As [`is_as_locked`], for who holds the root.
    ///
    /// # Errors
    ///
    /// What is there cannot be read.
    pub fn is_as_locked(&self, place: &BundlePath, lock: &Digest) -> Result<bool> {
        as_locked(&self.root, place, lock)
    }
}

/// Whether the bundle at a place is, file by file, what its lock says, the lock is the one with this
/// digest, and nothing else is there. Waits for no writer: while one replaces the bundle, it is not.
///
/// # Errors
///
/// What is there cannot be read.
pub fn is_as_locked(place: &Place, lock: &Digest) -> Result<bool> {
    match Folder::open(&place.root)? {
        Some(root) => as_locked(&root, &place.bundle, lock),
        None => Ok(false),
    }
}

fn as_locked(root: &Folder, place: &BundlePath, lock: &Digest) -> Result<bool> {
    let Some(folder) = root.descend(place.as_ref())? else { return Ok(false) };
    let Some((found, bytes)) = lock::find(&folder)? else { return Ok(false) };
    if Digest::of(&bytes) != *lock {
        return Ok(false);
    }
    let survey = Survey::take(Some(&folder), &found.outputs)?;
    Ok(survey.foreign.is_empty() && survey.files.values().all(|state| *state == State::AsRendered))
}

fn changes(bundle: &Bundle, survey: &Survey) -> BTreeMap<BundlePath, FileChange> {
    let change = |path: &BundlePath, state: State| match (state, bundle.files.contains_key(path)) {
        (State::Missing, true) => Some(FileChange::Added),
        (State::AsRendered, _) => Some(FileChange::Unchanged),
        (State::AsLocked | State::Edited | State::Foreign, true) => Some(FileChange::Changed),
        (State::AsLocked | State::Edited, false) => Some(FileChange::Removed),
        (State::Missing | State::Foreign, false) => None,
    };
    survey.files.iter().filter_map(|(path, state)| Some((path.clone(), change(path, *state)?))).collect()
}

/// Writes all files; paths come in order, so a directory is seldom opened twice.
fn write_files(staged: &Folder, bundle: &Bundle, lock: &[u8]) -> Result<()> {
    let mut above = Path::new("");
    let mut folder = staged.descend(above)?;
    for (path, bytes) in &bundle.files {
        let (now_above, name) = path.split();
        if now_above != above {
            above = now_above;
            folder = Some(staged.descend_or_make(above)?);
        }
        if let Some(folder) = &folder {
            folder.write_new(name, bytes)?;
        }
    }
    staged.write_new(LOCK_FILE, lock)
}

/// Puts what is foreign and not in the way into the staged bundle too.
fn keep_foreign(old: &Folder, staged: &Folder, foreign: &[Foreign]) -> Result<()> {
    for Foreign { path, kind, .. } in foreign.iter().filter(|foreign| !foreign.in_the_way) {
        let (Some(above), Some(name)) = (path.parent(), path.file_name()) else {
            continue;
        };
        if let Some(from) = old.descend(above)? {
            from.keep_in(&staged.descend_or_make(above)?, name, *kind)?;
        }
    }
    Ok(())
}
