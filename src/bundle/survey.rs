//! What stands at a bundle's place, told apart by whose it is. Writing and comparing both begin
//! here, so that `--check` says exactly what writing would do.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::error::Result;
use super::folder::{Folder, Kind};
use super::lock::{self, LOCK_FILE};
use super::{BundlePath, Digest, Lock};

/// What stands at the path of a file that sparkctl wrote or is about to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing.
    Missing,
    /// Something that sparkctl did not write.
    Foreign,
    /// The file that would be written, whoever wrote it.
    AsRendered,
    /// The file that sparkctl wrote, and another would be written now, or none.
    AsLocked,
    /// What sparkctl wrote, changed by somebody else.
    Edited,
}

/// Something that sparkctl did not write.
#[derive(Debug)]
pub(super) struct Foreign {
    /// Inside the bundle; a directory is one entry with all that is in it.
    pub path: PathBuf,
    pub kind: Kind,
    /// Whether the new bundle has something else at, above or below this path.
    pub in_the_way: bool,
}

impl Foreign {
    /// The path as it is reported: a directory's ends in `/`.
    pub fn name(&self) -> PathBuf {
        if self.kind == Kind::Folder {
            self.path.join("")
        } else {
            self.path.clone()
        }
    }
}

/// A bundle's place as it was found.
#[derive(Debug)]
pub(super) struct Survey {
    /// The lock's bytes.
    pub lock: Option<Vec<u8>>,
    /// Every path that the lock or the new bundle names.
    pub files: BTreeMap<BundlePath, State>,
    /// All else, in the order of paths.
    pub foreign: Vec<Foreign>,
}

impl Survey {
    /// Looks at the old bundle, if there is one, through the eyes of the new one.
    pub fn take(old: Option<&Folder>, new: &BTreeMap<BundlePath, Digest>) -> Result<Self> {
        let found = old.map(lock::find).transpose()?.flatten();
        let (locked, lock) = match found {
            Some((Lock { outputs, .. }, bytes)) => (outputs, Some(bytes)),
            None => (BTreeMap::new(), None),
        };
        let paths = new.keys().chain(locked.keys());
        let files = paths
            .clone()
            .map(|path| (path.clone(), State::Missing))
            .collect();
        let folders = paths.flat_map(BundlePath::folders).collect();
        let new_folders = new.keys().flat_map(BundlePath::folders).collect();
        let mut walk = Walk {
            new,
            locked: &locked,
            folders,
            new_folders,
            files,
            foreign: Vec::new(),
        };
        if let Some(old) = old {
            walk.folder(old, Path::new(""))?;
        }
        let Walk {
            files, mut foreign, ..
        } = walk;
        foreign.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Self {
            lock,
            files,
            foreign,
        })
    }

    /// The files that sparkctl wrote and somebody else changed.
    pub fn edited(&self) -> Vec<PathBuf> {
        let edited = self
            .files
            .iter()
            .filter(|(_, state)| **state == State::Edited);
        edited.map(|(path, _)| path.as_str().into()).collect()
    }

    /// The foreign entries that are in the way, or those that are not, as they are reported.
    pub fn foreign(&self, in_the_way: bool) -> Vec<PathBuf> {
        let foreign = self
            .foreign
            .iter()
            .filter(|foreign| foreign.in_the_way == in_the_way);
        foreign.map(Foreign::name).collect()
    }
}

struct Walk<'a> {
    new: &'a BTreeMap<BundlePath, Digest>,
    locked: &'a BTreeMap<BundlePath, Digest>,
    /// Directories that sparkctl made or is about to make; all others are foreign.
    folders: BTreeSet<&'a str>,
    new_folders: BTreeSet<&'a str>,
    files: BTreeMap<BundlePath, State>,
    foreign: Vec<Foreign>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Folder, path: &Path) -> Result<()> {
        for (name, kind) in folder.entries()? {
            let path = path.join(&name);
            if path == Path::new(LOCK_FILE) {
                continue;
            }
            // A name that is not UTF-8 is in no lock.
            let known = path.to_str().unwrap_or_default();
            if kind == Kind::Folder && self.folders.contains(known) {
                if let Some(child) = folder.child(&name)? {
                    folder.refuse_mount(&child)?;
                    self.folder(&child, &path)?;
                }
                continue;
            }
            let state = self.state(folder, &name, kind, known)?;
            if let Some(file) = self.files.get_mut(known) {
                *file = state;
            }
            if state == State::Foreign {
                let in_the_way = self.is_in_the_way(&path);
                self.foreign.push(Foreign {
                    path,
                    kind,
                    in_the_way,
                });
            }
        }
        Ok(())
    }

    /// The state of what has this name.
    fn state(&self, folder: &Folder, name: &OsStr, kind: Kind, path: &str) -> Result<State> {
        let (new, locked) = (self.new.get(path), self.locked.get(path));
        if kind == Kind::Folder || (new.is_none() && locked.is_none()) {
            return Ok(State::Foreign);
        }
        let file = if kind == Kind::File {
            folder.open_file(name)?
        } else {
            None
        };
        let found = file
            .map(Digest::read)
            .transpose()
            .map_err(folder.failed("read", name))?;
        Ok(match (found, locked) {
            (Some(found), _) if new == Some(&found) => State::AsRendered,
            (Some(found), Some(locked)) if *locked == found => State::AsLocked,
            (_, Some(_)) => State::Edited,
            (_, None) => State::Foreign,
        })
    }

    fn is_in_the_way(&self, path: &Path) -> bool {
        let above = path
            .ancestors()
            .filter_map(Path::to_str)
            .any(|above| self.new.contains_key(above));
        above
            || path
                .to_str()
                .is_some_and(|path| self.new_folders.contains(path))
    }
}
