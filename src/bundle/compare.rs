//! Comparing a bundle with what stands at its place, for `render --check`. Changes nothing.

use std::path::PathBuf;

use super::error::Result;
use super::folder::Folder;
use super::lock::LOCK_FILE;
use super::root::shut_out_writers;
use super::survey::{State, Survey};
use super::{Bundle, Place};

/// One difference between what is rendered and what is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drift {
    /// Inside the bundle; a foreign directory is named once and ends in `/`.
    pub path: PathBuf,
    /// What is different.
    pub kind: DriftKind,
}

/// What is different about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DriftKind {
    /// sparkctl wrote it, and now renders something else. A lock that is not the one that would be
    /// written is stale.
    Stale,
    /// sparkctl wrote it, and somebody changed it to something else than what is rendered.
    Edited,
    /// It is rendered, and not there.
    Missing,
    /// sparkctl wrote it, and renders it no longer.
    Obsolete,
    /// sparkctl did not write it.
    Foreign,
    /// sparkctl did not write it, and renders something else at, above or below its path.
    InTheWay,
}

impl DriftKind {
    /// Whether writing the bundle repairs it: at once, or only when told to overwrite what was
    /// edited. What is foreign and not in the way is kept, and there is nothing to repair.
    pub fn repair(self) -> Repair {
        match self {
            Self::Stale | Self::Missing | Self::Obsolete => Repair::Write,
            Self::Edited | Self::InTheWay => Repair::Overwrite,
            Self::Foreign => Repair::Nothing,
        }
    }
}

/// What it takes to end a drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repair {
    /// The file is kept as it is.
    Nothing,
    /// Writing the bundle.
    Write,
    /// Writing the bundle with [`overwrite_edited`](super::WriteOptions::overwrite_edited).
    Overwrite,
}

/// Compares a bundle with what is at its place, in the order of paths; the lock is compared as a
/// file like others. Nothing but foreign files in the answer: writing would change nothing.
///
/// Waits while another sparkctl writes below the same output root, so as not to see a bundle half
/// removed.
///
/// # Errors
///
/// The bundle could not be written here whatever is in it, or what is there cannot be read.
pub fn compare(bundle: &Bundle, place: &Place) -> Result<Vec<Drift>> {
    bundle.check_overlaps()?;
    let lock = bundle.lock();
    let root = Folder::open(&place.root)?;
    let _shut_out = root.as_ref().map(shut_out_writers).transpose()?;
    let old = match &root {
        Some(root) => root.descend(place.bundle.as_ref())?,
        None => None,
    };
    let survey = Survey::take(old.as_ref(), &lock.outputs)?;

    let mut drifts: Vec<Drift> = lock_drift(&survey, &lock.to_bytes()).into_iter().collect();
    drifts.extend(survey.files.iter().filter_map(|(path, state)| {
        let kind = match (state, bundle.files.contains_key(path)) {
            (State::Missing, true) => DriftKind::Missing,
            (State::AsLocked, true) => DriftKind::Stale,
            (State::AsLocked, false) => DriftKind::Obsolete,
            (State::Edited, _) => DriftKind::Edited,
            (State::AsRendered | State::Foreign, _) | (State::Missing, false) => return None,
        };
        Some(Drift {
            path: path.as_str().into(),
            kind,
        })
    }));
    drifts.extend(survey.foreign.iter().map(|foreign| {
        let kind = if foreign.in_the_way {
            DriftKind::InTheWay
        } else {
            DriftKind::Foreign
        };
        Drift {
            path: foreign.name(),
            kind,
        }
    }));
    drifts.sort();
    Ok(drifts)
}

fn lock_drift(survey: &Survey, rendered: &[u8]) -> Option<Drift> {
    let kind = match &survey.lock {
        None => DriftKind::Missing,
        Some(lock) if lock == rendered => return None,
        Some(_) => DriftKind::Stale,
    };
    Some(Drift {
        path: LOCK_FILE.into(),
        kind,
    })
}
