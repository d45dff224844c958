//! An open directory. All that this module does to a disk it does through one of these, by a single
//! name at a time and without following links: a link planted below the output root, even while
//! sparkctl runs, leads nowhere.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, fstat, openat, statat};
use rustix::io::Errno;

use super::error::{BundleError, Result};

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Link,
    /// A socket, a pipe, a device.
    Other,
}

impl From<FileType> for Kind {
    fn from(kind: FileType) -> Self {
        match kind {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Folder,
            FileType::Symlink => Self::Link,
            _ => Self::Other,
        }
    }
}

/// An open directory and the path that errors call it by.
#[derive(Debug)]
pub(super) struct Folder {
    handle: File,
    path: PathBuf,
}

impl Folder {
    /// The directory at a path that the caller chose and that may lead through links; none where
    /// there is nothing.
    pub fn open(path: &Path) -> Result<Option<Self>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(handle) => Ok(Some(Self {
                handle: handle.into(),
                path: path.to_owned(),
            })),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::NOTDIR) if fs::metadata(path).is_ok() => Err(BundleError::NotADirectory {
                path: path.to_owned(),
            }),
            Err(error) => Err(BundleError::io("open", path)(error)),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The open directory itself.
    pub fn handle(&self) -> &File {
        &self.handle
    }

    /// The same directory under another name, for errors: what is staged is called by where it will
    /// be.
    pub fn called(self, path: PathBuf) -> Self {
        Self { path, ..self }
    }

    fn at(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.path.join(name.as_ref())
    }

    /// For `map_err`: what could not be done to which name.
    pub fn failed<E: Into<io::Error>>(
        &self,
        doing: &'static str,
        name: &OsStr,
    ) -> impl FnOnce(E) -> BundleError {
        let path = self.at(name);
        move |error| BundleError::io(doing, &path)(error)
    }

    /// What the name stands for; none if nothing.
    pub fn kind(&self, name: impl AsRef<OsStr>) -> Result<Option<Kind>> {
        let name = name.as_ref();
        match statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode).into())),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(self.failed("look at", name)(error)),
        }
    }

    /// All names, in no order.
    pub fn entries(&self) -> Result<Vec<(OsString, Kind)>> {
        let failed = |error: Errno| BundleError::io("list", &self.path)(error);
        let mut entries = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.handle).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Unknown => self.kind(name)?,
                kind => Some(kind.into()),
            };
            entries.extend(kind.map(|kind| (name.to_owned(), kind)));
        }
        Ok(entries)
    }

    /// The directory of this name; none if there is nothing.
    pub fn child(&self, name: impl AsRef<OsStr>) -> Result<Option<Self>> {
        let name = name.as_ref();
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(&self.handle, name, flags, Mode::empty()) {
            Ok(handle) => Ok(Some(Self {
                handle: handle.into(),
                path: self.at(name),
            })),
            Err(Errno::NOENT) => Ok(None),
            Err(error @ (Errno::NOTDIR | Errno::LOOP | Errno::MLINK)) => {
                Err(match self.kind(name)? {
                    Some(Kind::Link) => BundleError::Link {
                        path: self.at(name),
                    },
                    Some(Kind::File | Kind::Other) => BundleError::NotADirectory {
                        path: self.at(name),
                    },
                    Some(Kind::Folder) | None => self.failed("open", name)(error),
                })
            }
            Err(error) => Err(self.failed("open", name)(error)),
        }
    }

    /// The directory at a relative path, no part of which may be a link; none if there is nothing.
    pub fn descend(&self, path: &Path) -> Result<Option<Self>> {
        let mut folder = self.again()?;
        for name in path.components() {
            match folder.child(name)? {
                Some(child) => folder = child,
                None => return Ok(None),
            }
        }
        Ok(Some(folder))
    }

    /// As [`descend`](Self::descend), making what is not there.
    pub fn descend_or_make(&self, path: &Path) -> Result<Self> {
        path.components()
            .try_fold(self.again()?, |folder, name| folder.child_or_make(name))
    }

    fn again(&self) -> Result<Self> {
        let handle = self
            .handle
            .try_clone()
            .map_err(BundleError::io("open", &self.path))?;
        Ok(Self {
            handle,
            path: self.path.clone(),
        })
    }

    /// A new directory of this name; none if the name is taken.
    pub fn make(&self, name: impl AsRef<OsStr>) -> Result<Option<Self>> {
        let name = name.as_ref();
        match rustix::fs::mkdirat(&self.handle, name, Mode::from_raw_mode(0o755)) {
            Ok(()) => self.child(name),
            Err(Errno::EXIST) => Ok(None),
            Err(error) => Err(self.failed("create", name)(error)),
        }
    }

    /// The directory of this name, made if there is none.
    pub fn child_or_make(&self, name: impl AsRef<OsStr>) -> Result<Self> {
        let name = name.as_ref();
        if let Some(child) = self.child(name)? {
            return Ok(child);
        }
        if let Some(made) = self.make(name)? {
            return Ok(made);
        }
        // Another process made it in between.
        self.child(name)?
            .ok_or_else(|| self.failed("open", name)(Errno::NOENT))
    }

    /// The file of this name, open for reading; none if there is nothing.
    pub fn open_file(&self, name: impl AsRef<OsStr>) -> Result<Option<File>> {
        self.open_with(name.as_ref(), OFlags::RDONLY)
    }

    /// The file of this name, open for reading and writing; an empty one is made if there is
    /// nothing.
    pub fn open_or_make_file(&self, name: impl AsRef<OsStr>) -> Result<File> {
        let name = name.as_ref();
        let file = self.open_with(name, OFlags::RDWR | OFlags::CREATE)?;
        file.ok_or_else(|| self.failed("create", name)(Errno::NOENT))
    }

    fn open_with(&self, name: &OsStr, access: OFlags) -> Result<Option<File>> {
        // Without NONBLOCK, opening a pipe that somebody planted would wait for a writer.
        let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file: File = match openat(&self.handle, name, flags, Mode::from_raw_mode(0o644)) {
            Ok(file) => file.into(),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP | Errno::MLINK) => {
                return Err(BundleError::Link {
                    path: self.at(name),
                });
            }
            Err(Errno::ISDIR | Errno::NXIO) => {
                return Err(BundleError::NotAFile {
                    path: self.at(name),
                });
            }
            Err(error) => return Err(self.failed("open", name)(error)),
        };
        if file
            .metadata()
            .map_err(self.failed("look at", name))?
            .is_file()
        {
            Ok(Some(file))
        } else {
            Err(BundleError::NotAFile {
                path: self.at(name),
            })
        }
    }

    /// Writes a new file; the name must not be taken.
    pub fn write_new(&self, name: impl AsRef<OsStr>, bytes: &[u8]) -> Result<()> {
        let name = name.as_ref();
        self.create_file(name)?
            .write_all(bytes)
            .map_err(self.failed("write", name))
    }

    /// A new file, open for writing; the name must not be taken.
    pub fn create_file(&self, name: &OsStr) -> Result<File> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.handle, name, flags, Mode::from_raw_mode(0o644));
        Ok(file.map_err(self.failed("create", name))?.into())
    }

    /// Moves a name to a name in another directory, in one step. A link is moved, not followed;
    /// only an empty directory is ever replaced by a directory.
    pub fn rename(&self, name: &str, to: &Self, new: &str) -> Result<(), Errno> {
        rustix::fs::renameat(&self.handle, name, &to.handle, new)
    }

    /// Whether this name still stands for this open file or directory.
    pub fn is_still(&self, name: &str, open: &File) -> Result<bool> {
        let open = fstat(open).map_err(self.failed("look at", name.as_ref()))?;
        match statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(there) => Ok((there.st_dev, there.st_ino) == (open.st_dev, open.st_ino)),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(self.failed("look at", name.as_ref())(error)),
        }
    }

    /// Refuses a directory on another file system than the one it lies in.
    pub fn refuse_mount(&self, inner: &Self) -> Result<()> {
        let device = |folder: &Self| -> Result<_> {
            Ok(fstat(&folder.handle)
                .map_err(BundleError::io("look at", &folder.path))?
                .st_dev)
        };
        if device(self)? == device(inner)? {
            Ok(())
        } else {
            Err(BundleError::Mount {
                path: inner.path.clone(),
            })
        }
    }
}
