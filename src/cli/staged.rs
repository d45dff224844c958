//! A file of the project that takes the place of another one in one step: a reader sees the old text or the
//! new one, and so does whoever comes after a crash.

use crate::failure::Failure;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// The new text of a file, next to the old one. Dropping it removes it.
pub struct Staged {
    path: PathBuf,
    target: PathBuf,
}

impl Staged {
    /// Writes a text next to the file that it is for, with that file's permissions. The file need not be there,
    /// nor the folder that it is to lie in.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write(target: &Path, text: &str) -> Result<Staged, Failure> {
        let failed = |error| Failure::io("write", target.display().to_string(), error);
        let mut name = OsString::from(".");
        name.push(target.file_name().unwrap_or_default());
        name.push(".new");
        let path = target.with_file_name(name);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        // Left by a run that was killed, or somebody's link: what it leads to is never written to.
        let _ = fs::remove_file(&path);
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
        let staged = Staged { path, target: target.to_owned() };
        let permissions = match fs::metadata(target) {
            Ok(old) => Some(old.permissions()),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        let write = || {
            file.write_all(text.as_bytes())?;
            permissions.map_or(Ok(()), |permissions| file.set_permissions(permissions))?;
            file.sync_all()
        };
        write().map_err(failed)?;
        Ok(staged)
    }

    /// Puts it in the place of the old one, in one step.
    ///
    /// # Errors
    /// If the system refuses; then the old one is there.
    pub fn put(self) -> Result<(), Failure> {
        fs::rename(&self.path, &self.target)
            .map_err(|error| Failure::io("replace", self.target.display().to_string(), error))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After `put` there is nothing left of it.
        let _ = fs::remove_file(&self.path);
    }
}
