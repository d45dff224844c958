//! Bundles that nobody asks for any more: finding and removing them.

use std::path::PathBuf;

use super::error::{BundleError, Result};
use super::folder::{Folder, Kind};
use super::lock::{self, LOCK_FILE};
use super::root::OutputRoot;
use super::survey::{State, Survey};
use super::{BundlePath, Place};

/// How deep bundles lie at most: ENVIRONMENT/CLUSTER/RELEASE, or gitops/TOOL.
const DEPTH: usize = 3;

/// The places of all bundles below an output root, in order; nothing where there is no root.
///
/// # Errors
/// A directory cannot be read.
pub fn bundles(root: &std::path::Path) -> Result<Vec<BundlePath>> {
    let mut found = Vec::new();
    if let Some(root) = Folder::open(root)? {
        look(&root, "", DEPTH, &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn look(folder: &Folder, path: &str, depth: usize, found: &mut Vec<BundlePath>) -> Result<()> {
    for (name, kind) in folder.entries()? {
        // What begins with a dot is nobody's bundle: `.git`, `.sparkctl`.
        let Some(name) = name.to_str().filter(|name| kind == Kind::Folder && !name.starts_with('.')) else {
            continue;
        };
        let Some(child) = folder.child(name)? else { continue };
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        if child.kind(LOCK_FILE)? == Some(Kind::File) {
            found.extend(path.parse::<BundlePath>().ok());
        } else if depth > 1 {
            look(&child, &path, depth - 1, found)?;
        }
    }
    Ok(())
}

impl OutputRoot {
    /// Removes the bundle at a place, in one step. What in it was edited by hand or is not sparkctl's is lost only
    /// if `even_edited`.
    ///
    /// # Errors
    /// There is such a thing and it is not to be lost, or the operating system refused; then the bundle is there
    /// unchanged.
    pub fn remove(&self, place: &BundlePath, even_edited: bool) -> Result<()> {
        let Some(folder) = self.root.descend(place.as_ref())? else { return Ok(()) };
        let Some((lock, _)) = lock::find(&folder)? else { return Ok(()) };
        let survey = Survey::take(Some(&folder), &lock.outputs)?;
        let edited: Vec<PathBuf> = survey
            .files
            .iter()
            .filter(|(_, state)| !matches!(state, State::AsRendered | State::Missing))
            .map(|(path, _)| path.as_str().into())
            .collect();
        let foreign = survey.foreign(false);
        if !even_edited && !(edited.is_empty() && foreign.is_empty()) {
            let bundle = Place { root: self.root.path().to_owned(), bundle: place.clone() }.path();
            return Err(BundleError::Edited { bundle, edited, foreign });
        }
        let (staged, empty) = self.stage(place)?;
        drop(empty);
        let (above, name) = place.split();
        let Some(parent) = self.root.descend(above)? else { return Ok(()) };
        // The empty directory makes way, so that the bundle goes as a whole.
        self.work.remove(staged.name().as_ref())?;
        let path = parent.path().join(name);
        parent.rename(name, &self.work, &staged.name()).map_err(BundleError::io("remove", &path))?;
        staged.discard();
        Ok(())
    }
}
