//! Whole trees: keeping what is not sparkctl's, removing what has been replaced.

use std::ffi::OsStr;
use std::fs::{File, FileTimes};
use std::io;
use std::os::unix::fs::PermissionsExt as _;

use rustix::fs::{AtFlags, linkat, readlinkat, symlinkat, unlinkat};
use rustix::io::Errno;

use super::error::Result;
use super::folder::{Folder, Kind};

impl Folder {
    /// Puts what this name stands for into another directory too, under the same name: the same
    /// file by a second hard link where the file system has them, a copy where not; a link as a
    /// link; a directory with all that is in it.
    ///
    /// What has vanished since it was listed (an editor's swap file) is passed over.
    pub fn keep_in(&self, to: &Self, name: &OsStr, kind: Kind) -> Result<()> {
        if kind == Kind::Folder {
            let Some(from) = self.child(name)? else {
                return Ok(());
            };
            self.refuse_mount(&from)?;
            let to = to.child_or_make(name)?;
            for (name, kind) in from.entries()? {
                from.keep_in(&to, &name, kind)?;
            }
            // Last, since the original may forbid writing into it.
            return copy_permissions(from.handle(), to.handle()).map_err(self.failed("keep", name));
        }
        match (
            linkat(self.handle(), name, to.handle(), name, AtFlags::empty()),
            kind,
        ) {
            (Ok(()) | Err(Errno::NOENT), _) => Ok(()),
            (Err(_), Kind::File) => self.copy_file(to, name),
            (Err(_), Kind::Link) => self.copy_link(to, name).map_err(self.failed("keep", name)),
            (Err(error), _) => Err(self.failed("keep", name)(error)),
        }
    }

    fn copy_file(&self, to: &Self, name: &OsStr) -> Result<()> {
        let Some(mut from) = self.open_file(name)? else {
            return Ok(());
        };
        let mut copy = to.create_file(name)?;
        let copied = io::copy(&mut from, &mut copy)
            .and_then(|_| copy_permissions(&from, &copy))
            .and_then(|()| {
                copy.set_times(FileTimes::new().set_modified(from.metadata()?.modified()?))
            });
        copied.map_err(to.failed("write", name))
    }

    fn copy_link(&self, to: &Self, name: &OsStr) -> Result<(), Errno> {
        let target = readlinkat(self.handle(), name, Vec::new())?;
        symlinkat(target.as_c_str(), to.handle(), name)
    }

    /// Removes what this name stands for, a directory with all that is in it, a link without what
    /// it leads to. Nothing to remove is no error.
    pub fn remove(&self, name: &OsStr) -> Result<()> {
        match unlinkat(self.handle(), name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => return Ok(()),
            // The answers of Linux and of POSIX for a directory.
            Err(Errno::ISDIR | Errno::PERM) => {}
            Err(error) => return Err(self.failed("remove", name)(error)),
        }
        let Some(folder) = self.child(name)? else {
            return Ok(());
        };
        folder
            .allow_removal()
            .map_err(self.failed("remove", name))?;
        for (name, _) in folder.entries()? {
            folder.remove(&name)?;
        }
        unlinkat(self.handle(), name, AtFlags::REMOVEDIR).map_err(self.failed("remove", name))
    }

    /// A directory kept with its permissions may forbid what its removal needs.
    fn allow_removal(&self) -> io::Result<()> {
        let mut permissions = self.handle().metadata()?.permissions();
        if permissions.mode() & 0o700 == 0o700 {
            return Ok(());
        }
        permissions.set_mode(permissions.mode() | 0o700);
        self.handle().set_permissions(permissions)
    }
}

fn copy_permissions(from: &File, to: &File) -> io::Result<()> {
    to.set_permissions(from.metadata()?.permissions())
}
