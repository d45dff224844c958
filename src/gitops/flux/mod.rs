//! Flux: a source for the project, and a Kustomization for each bundle.
//!
//! ```text
//! kustomization.yaml                                   all of it
//! source/gitrepository-PROJECT[-REVISION].yaml         what Kustomizations read
//! environments/ENVIRONMENT/[CLUSTER/]kustomization.yaml    one environment, or one cluster of it
//! environments/ENVIRONMENT/[CLUSTER/]kustomization-RELEASE.yaml
//! environments/ENVIRONMENT/[CLUSTER/]ocirepository-RELEASE.yaml    where bundles come from a registry
//! ```
//!
//! Source of all facts: the CRDs and the documentation of kustomize-controller v1.9 and source-controller
//! v1.9 (Flux 2.9).

mod folders;
mod kustomization;
mod names;
mod settings;
mod source;

pub use settings::{Flux, Identity, Oci, OciProvider, Signer, SourceKind, Verify};

use super::settings::GitOps;
use super::{Member, yaml};
use crate::failure::Failure;
use std::collections::BTreeMap;

/// The files that make Flux sync the bundles of a project: their text by their path below
/// `OUTPUT/gitops/flux`, where `output` is the output directory as the project names it.
///
/// The same members give the same files in whatever order they come. Names depend on the project and the
/// member's place alone, so that no release's objects are pruned because another one came or went.
///
/// # Errors
/// Where `sparkctl.yaml` does not say what Flux would read, with the lines to add; where two bundles would
/// have one name.
pub fn files(
    project: &str,
    settings: &GitOps,
    output: &str,
    members: &[Member],
) -> Result<BTreeMap<String, String>, Failure> {
    let mut members: Vec<&Member> = members.iter().collect();
    members.sort_by(|one, other| one.place.cmp(&other.place));
    let names = names::of(project, &members)?;
    let origin = source::Origin::read(project, settings, output, &members)?;
    let mut files = BTreeMap::new();
    for (name, repository) in origin.shared() {
        files.insert(format!("source/gitrepository-{name}.yaml"), yaml::text(&repository)?);
    }
    for member in &members {
        let (folder, release) = member.place.rsplit_once('/').unwrap_or(("", &member.place));
        let path = |kind: &str| format!("environments/{folder}/{kind}-{release}.yaml").replace("//", "/");
        if let Some(repository) = origin.own(member, &names) {
            files.insert(path("ocirepository"), yaml::text(&repository)?);
        }
        let object = kustomization::of(member, &members, &names, settings, &origin)?;
        files.insert(path("kustomization"), yaml::text(&object)?);
    }
    folders::complete(&mut files);
    Ok(files)
}
