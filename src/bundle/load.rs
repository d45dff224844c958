//! Reading a bundle back, for whoever hands it on as it is: only what the lock vouches for.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use super::compare::{Drift, DriftKind};
use super::error::{BundleError, Result};
use super::folder::Folder;
use super::lock;
use super::survey::{State, Survey};
use super::{BundlePath, Digest, Lock};

/// A bundle as it stands on a disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// Its lock.
    pub lock: Lock,
    /// Its files, as they were rendered; the lock is not among them.
    pub files: BTreeMap<BundlePath, Vec<u8>>,
    /// What keeps it from being as it was rendered, in the order of paths: edited, missing, foreign.
    pub drift: Vec<Drift>,
}

/// Reads the bundle in this directory; none where there is no directory or no lock in it.
///
/// The directory's own path is the caller's and may lead through links; below it none is followed.
///
/// # Errors
///
/// A lock that cannot be understood, a file that cannot be read.
///
/// ```
/// use sparkctl::bundle::{Bundle, Place, WriteOptions, load, write};
///
/// let output = tempfile::tempdir()?;
/// let files = [("kustomization.yaml".parse()?, b"resources: []\n".to_vec())];
/// let bundle = Bundle { release: "connect".into(), inputs: [].into(), files: files.into() };
/// let place = Place { root: output.path().to_owned(), bundle: "prod/connect".parse()? };
/// write(&bundle, &place, WriteOptions::default())?;
///
/// let loaded = load(&place.path())?.ok_or("no bundle")?;
/// assert_eq!(loaded.files, bundle.files);
/// assert!(loaded.drift.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn load(directory: &Path) -> Result<Option<Loaded>> {
    let Some(folder) = Folder::open(directory)? else {
        return Ok(None);
    };
    let Some((lock, _)) = lock::find(&folder)? else {
        return Ok(None);
    };
    let survey = Survey::take(Some(&folder), &lock.outputs)?;
    let mut files = BTreeMap::new();
    let mut drift: Vec<Drift> = survey.foreign(false).into_iter().map(foreign).collect();
    drift.extend(survey.foreign(true).into_iter().map(foreign));
    for (path, state) in &survey.files {
        let kind = match state {
            State::Missing => DriftKind::Missing,
            State::AsRendered => match read(&folder, path)? {
                // Once more by its digest: it may have changed since the survey.
                Some(bytes) if lock.outputs.get(path) == Some(&Digest::of(&bytes)) => {
                    files.insert(path.clone(), bytes);
                    continue;
                }
                Some(_) => DriftKind::Edited,
                None => DriftKind::Missing,
            },
            State::Foreign | State::AsLocked | State::Edited => DriftKind::Edited,
        };
        drift.push(Drift { path: path.as_str().into(), kind });
    }
    drift.sort();
    Ok(Some(Loaded { lock, files, drift }))
}

fn foreign(path: std::path::PathBuf) -> Drift {
    Drift { path, kind: DriftKind::Foreign }
}

fn read(folder: &Folder, path: &BundlePath) -> Result<Option<Vec<u8>>> {
    let (above, name) = path.split();
    let Some(above) = folder.descend(above)? else {
        return Ok(None);
    };
    let Some(mut file) = above.open_file(name)? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(BundleError::io("read", &folder.path().join(path)))?;
    Ok(Some(bytes))
}
