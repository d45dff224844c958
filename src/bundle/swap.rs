//! The one step in which a staged bundle takes the old one's place, and its repair where one step
//! is not to be had.
//!
//! Every id in `.sparkctl/` has up to three names. `staged-ID` is the new bundle before the swap
//! and the old one after it. Where names cannot be exchanged, `replaced-ID` is the old bundle
//! between the two renames, and `journal-ID` holds the place it belongs to. The journal is written
//! before the first rename and removed when `replaced-ID` is gone, so that whatever is called
//! `replaced-ID` is a whole bundle.

use std::io::{self, Read as _};
use std::path::Path;

use rustix::io::Errno;

use super::BundlePath;
use super::error::{BundleError, Result};
use super::folder::{Folder, Kind};
use super::root::{OutputRoot, Staged, staged_name};

const JOURNAL: &str = "journal-";

/// How a bundle may be put in place of an old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SwapStrategy {
    /// By exchanging two names, and by two renames where that is refused.
    #[default]
    Auto,
    /// By two renames, even where names can be exchanged: for file systems that claim to and do
    /// not, and for tests.
    RenameOnly,
}

/// How a bundle was put in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// There was no bundle.
    Created,
    /// By one exchange of names: at every instant there was a whole bundle.
    Exchange,
    /// By two renames, because the file system or the caller refused the exchange: for an instant
    /// there was no bundle.
    Rename,
    /// Not at all: the bundle that was there is this one.
    Unchanged,
}

/// Puts the staged bundle at its place; what was there takes the staged one's name.
pub(super) fn swap(
    root: &OutputRoot,
    staged: &Staged<'_>,
    place: &BundlePath,
    exists: bool,
    strategy: SwapStrategy,
) -> Result<Swap> {
    let (above, name) = place.split();
    let parent = root.root.descend_or_make(above)?;
    let path = parent.path().join(name);
    let failed = |error| not_replaced(error, &path);
    if !exists {
        root.work
            .rename(&staged.name(), &parent, name)
            .map_err(failed)?;
        return Ok(Swap::Created);
    }
    if strategy == SwapStrategy::Auto {
        match root.work.exchange(&staged.name(), &parent, name) {
            Ok(()) => return Ok(Swap::Exchange),
            Err(error) if is_refused(error) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    rename_twice(&root.work, &staged.id, &parent, place)?;
    Ok(Swap::Rename)
}

impl Folder {
    /// Exchanges two names, in one step.
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    fn exchange(&self, name: &str, with: &Self, other: &str) -> Result<(), Errno> {
        use rustix::fs::{RenameFlags, renameat_with};

        renameat_with(
            self.handle(),
            name,
            with.handle(),
            other,
            RenameFlags::EXCHANGE,
        )
    }

    /// Exchanges two names, in one step: not on this operating system.
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    fn exchange(&self, _name: &str, _with: &Self, _other: &str) -> Result<(), Errno> {
        Err(Errno::NOSYS)
    }
}

/// Whether a file system answers so when it cannot exchange names at all.
fn is_refused(error: Errno) -> bool {
    // OPNOTSUPP and NOTSUP are one number on Linux and two elsewhere, so `matches!` would not
    // compile there or here.
    [
        Errno::INVAL,
        Errno::NOSYS,
        Errno::OPNOTSUPP,
        Errno::NOTSUP,
        Errno::PERM,
        Errno::XDEV,
    ]
    .contains(&error)
}

fn not_replaced(error: Errno, path: &Path) -> BundleError {
    match error {
        Errno::XDEV | Errno::BUSY => BundleError::Immovable {
            path: path.to_owned(),
            cause: error.into(),
        },
        error => BundleError::io("replace", path)(error),
    }
}

fn rename_twice(work: &Folder, id: &str, parent: &Folder, place: &BundlePath) -> Result<()> {
    let (_, name) = place.split();
    let path = parent.path().join(name);
    let (staged, replaced, journal) =
        (staged_name(id), replaced_name(id), format!("{JOURNAL}{id}"));
    let forget = || work.remove(journal.as_ref());

    let journalled = work.write_new(&journal, format!("{place}\n").as_bytes());
    if let Err(error) = journalled {
        let _ = forget();
        return Err(error);
    }
    if let Err(error) = parent.rename(name, work, &replaced) {
        let _ = forget();
        return Err(not_replaced(error, &path));
    }
    if let Err(error) = work.rename(&staged, parent, name) {
        // Should this fail too, the journal stays, and the next run restores the bundle.
        if work.rename(&replaced, parent, name).is_ok() {
            let _ = forget();
        }
        return Err(not_replaced(error, &path));
    }
    // The new bundle is in place. Should one of these fail, the next run does them.
    if work.rename(&replaced, work, &staged).is_ok() {
        let _ = forget();
    }
    Ok(())
}

fn replaced_name(id: &str) -> String {
    format!("replaced-{id}")
}

/// Finishes or undoes what killed runs began; returns the bundles that were missing and are back.
pub(super) fn recover(root: &Folder, work: &Folder) -> Result<Vec<BundlePath>> {
    let mut recovered = Vec::new();
    for (journal, _) in work.entries()? {
        let Some(id) = journal.to_str().and_then(|name| name.strip_prefix(JOURNAL)) else {
            continue;
        };
        if work.kind(replaced_name(id))? == Some(Kind::Folder) {
            recovered.extend(recover_one(root, work, id)?);
        }
        // Gone, or never moved: what is staged is rubbish, and so is the journal.
        work.remove(&journal)?;
    }
    recovered.sort();
    Ok(recovered)
}

fn recover_one(root: &Folder, work: &Folder, id: &str) -> Result<Option<BundlePath>> {
    let (staged, replaced) = (staged_name(id), replaced_name(id));
    let place = read_journal(work, &format!("{JOURNAL}{id}"))?;
    let (above, name) = place.split();
    let parent = root.descend_or_make(above)?;
    let path = parent.path().join(name);
    match (parent.kind(name)?, work.kind(&staged)?) {
        // Killed between the two renames.
        (None, _) => {
            work.rename(&replaced, &parent, name)
                .map_err(BundleError::io("restore", &path))?;
            Ok(Some(place))
        }
        // Killed after them.
        (Some(_), None) => {
            work.rename(&replaced, work, &staged)
                .map_err(BundleError::io("remove", &work.path().join(replaced)))?;
            Ok(None)
        }
        // Killed between them, and then somebody made the place anew, say with `git checkout`: only
        // they can tell whether the old bundle holds something that the new one lacks.
        (Some(_), Some(_)) => Err(BundleError::Interrupted {
            path,
            kept: work.path().join(replaced),
        }),
    }
}

fn read_journal(work: &Folder, name: &str) -> Result<BundlePath> {
    let path = work.path().join(name);
    let mut text = String::new();
    if let Some(file) = work.open_file(name)? {
        file.take(1 << 16)
            .read_to_string(&mut text)
            .map_err(BundleError::io("read", &path))?;
    }
    let place = text.trim_end_matches('\n').parse();
    place.map_err(|error| {
        BundleError::io("read", &path)(io::Error::new(io::ErrorKind::InvalidData, error))
    })
}
