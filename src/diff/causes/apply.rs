//! One side with some of the causes applied: what would be rendered if only these reasons held.

use super::{Cause, CauseKind};
use crate::compile::{Compiled, Manifest, Platform, manifests};
use crate::failure::Failure;
use crate::layer::path::SpecPath;
use crate::layer::stack::Merged;
use crate::library::Library;
use crate::release::Release;
use std::collections::BTreeMap;

/// The objects of the first side with these causes applied to it: the leaves as the second side has them, its
/// identity, its templates. With all causes these are the objects of the second side.
///
/// Identity is applied as a whole, and the library too.
///
/// # Errors
/// If there is no such release: half of a difference need not be a platform.
pub fn applied(
    before: (&Library, &Compiled),
    after: (&Library, &Compiled),
    causes: &[&Cause],
) -> Result<Vec<Manifest>, Failure> {
    let has = |wanted: fn(&CauseKind) -> bool| causes.iter().any(|cause| wanted(&cause.kind));
    let identity = if has(|kind| matches!(kind, CauseKind::Identity { .. })) { after } else { before };
    let (library, _) = if has(|kind| matches!(kind, CauseKind::Templates(_))) { after } else { before };
    let merged = merged(before.1, after.1, causes);
    let release: &Release = &identity.1.release;
    let mut sources = identity.1.report.sources.clone();
    let platform = Platform::resolve(library, release, &merged, identity.1.platform.guests.clone());
    let platform = platform.map_err(|findings| library.failure(findings))?;
    let (manifests, _) =
        manifests(library, release, &platform, &mut sources).map_err(|findings| library.failure(findings))?;
    Ok(manifests)
}

/// The first side's spec with the leaves of some causes from the second side.
fn merged(before: &Compiled, after: &Compiled, causes: &[&Cause]) -> Merged {
    let leaves: BTreeMap<&SpecPath, _> = causes
        .iter()
        .filter_map(|cause| match &cause.kind {
            CauseKind::Leaves(leaves) => Some(leaves),
            _ => None,
        })
        .flatten()
        .map(|leaf| (&leaf.path, after.merged.root.at(&leaf.path)))
        .collect();
    leaves.into_iter().fold(before.merged.clone(), |merged, (path, node)| match node {
        Some(node) => merged.with(path, Some(node.value.clone())),
        None => without(merged, path, after),
    })
}

/// A spec without a leaf, and without the mappings around it that the other side does not have either.
fn without(merged: Merged, path: &SpecPath, after: &Compiled) -> Merged {
    let (_, steps) = after.merged.root.nearest(path);
    let top = SpecPath(path.0[..(steps + 1).min(path.0.len())].to_vec());
    merged.with(&top, None)
}
