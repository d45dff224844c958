//! `spec.requires`: which versions of sparkctl a project is made for.

use crate::diagnostic::Finding;
use crate::layer::tree::Node;
use semver::{Version, VersionReq};

/// What is wrong with the requirement, or with this sparkctl by it.
pub fn check(required: &Node) -> Option<Finding> {
    let text = required.as_str()?;
    let wanted = match VersionReq::parse(text) {
        Ok(wanted) => wanted,
        Err(error) => {
            let message = format!("`{text}` is no requirement of versions");
            let finding =
                Finding::error("library/other-version", message).at(required.span, error.to_string());
            return Some(finding.help("write it as Cargo does: \"0.1\", or \">=0.1.2, <0.3\""));
        }
    };
    let own = env!("CARGO_PKG_VERSION");
    let fits = Version::parse(own).is_ok_and(|own| wanted.matches(&own));
    (!fits).then(|| {
        Finding::error(
            "library/other-version",
            format!("the project requires sparkctl {text}, and this is {own}"),
        )
        .at(required.span, "required here")
        .why("another version may have other defaults and templates, and so render other manifests")
        .help(format!(
            "run a version that fits; to move the project to {own}, look first at what would change: \
                 sparkctl upgrade --dry-run"
        ))
    })
}
