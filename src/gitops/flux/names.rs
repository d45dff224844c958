//! What Flux' objects are called: by the project and the bundle's place, and nothing else.

use crate::bundle::Digest;
use crate::failure::Failure;
use crate::gitops::Member;
use std::collections::BTreeMap;

/// Flux labels all that a Kustomization applied with its name, and a label holds 63 characters.
const LONGEST: usize = 63;

/// The name of each bundle's Kustomization, by its place.
///
/// # Errors
/// If two would be the same: a name that changed when another release came would have Flux delete all that
/// it applied by the old one.
pub fn of(project: &str, members: &[&Member]) -> Result<BTreeMap<String, String>, Failure> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    let mut names = BTreeMap::new();
    for member in members {
        let name = short(&format!("{project}-{}", member.place.replace('/', "-")));
        if let Some(other) = taken.insert(name.clone(), &member.place) {
            return Err(Failure::refused(
                format!("`{other}` and `{}` would both be the Kustomization `{name}` in Flux", member.place),
                "give one of the releases, or one of the clusters, another name in sparkctl.yaml",
            ));
        }
        names.insert(member.place.clone(), name);
    }
    Ok(names)
}

/// The name of the GitRepository for one of several revisions.
pub fn of_revision(project: &str, revision: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let revision: String = revision.chars().map(plain).collect();
    short(&format!("{project}-{}", revision.trim_matches('-')))
}

fn short(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let digest = Digest::of(name.as_bytes()).to_string();
    let hash: String = digest.chars().take(8).collect();
    let kept: String = name.chars().take(LONGEST - 1 - hash.len()).collect();
    format!("{}-{hash}", kept.trim_end_matches('-'))
}
