//! `spec.requires` of `sparkctl.yaml` after an upgrade: the same kind of requirement, of the running version.
//! Only those characters of the file change.

use crate::diagnostic::Finding;
use crate::failure::Failure;
use crate::layer::parse::parse_one;
use crate::layer::tree::Node;
use crate::library::Library;
use crate::library::project::Project;
use semver::{Comparator, Op, Version, VersionReq};

/// Where it stands in `sparkctl.yaml`.
const PATH: [&str; 2] = ["spec", "requires"];

/// How the requirement has to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What it says.
    pub before: String,
    /// What it is to say.
    pub after: String,
    /// The whole of `sparkctl.yaml` with that.
    pub text: String,
    /// Whether the project requires a version that is newer than this one.
    pub is_back: bool,
}

/// The change that lets a project take this version; none where it says nothing, or takes it already.
///
/// # Errors
/// If nobody can read the requirement, or it stands in a way that cannot be edited in its place.
pub fn edit(library: &Library, project: &Project) -> Result<Option<Edit>, Failure> {
    let own = env!("CARGO_PKG_VERSION");
    let Ok(version) = Version::parse(own) else { return Ok(None) };
    edit_for(library, project, &version)
}

fn edit_for(library: &Library, project: &Project, own: &Version) -> Result<Option<Edit>, Failure> {
    let Some(node) = project.tree.below(&PATH) else { return Ok(None) };
    let Some(before) = node.as_str() else { return Ok(None) };
    let Ok(wanted) = VersionReq::parse(before) else {
        return Err(library.failure(project.refuses_this_version().into_iter().collect()));
    };
    if wanted.matches(own) {
        return Ok(None);
    }
    let after = following(before, &wanted, own);
    let whole = &library.sources.get(project.source).text;
    let text = match (whole.get(..node.span.start as usize), whole.get(node.span.end as usize..)) {
        (Some(head), Some(tail)) => format!("{head}\"{after}\"{tail}"),
        _ => String::new(),
    };
    // An anchor, an alias, a text of several lines: what is not simply replaced is left to its owner.
    let read = |text: &str| parse_one(project.source, text).0.map(|tree| tree.to_json());
    let mut same = read(whole);
    if let Some(same) = &mut same {
        same[PATH[0]][PATH[1]] = after.as_str().into();
    }
    if text.is_empty() || read(&text) != same {
        let message = "the requirement cannot be edited in its place";
        let finding = Finding::error("library/other-version", message).at(node.span, "this one");
        return Err(library.failure(vec![finding.help(format!("write it yourself: requires: \"{after}\""))]));
    }
    let is_back = wanted.comparators.iter().any(|comparator| is_above(comparator, own));
    Ok(Some(Edit { before: before.to_owned(), after, text, is_back }))
}

/// The requirement of the same kind that takes `own`.
fn following(before: &str, wanted: &VersionReq, own: &Version) -> String {
    let parts = |comparator: &Comparator| {
        let mut text = own.major.to_string();
        if comparator.minor.is_some() {
            text.push_str(&format!(".{}", own.minor));
        }
        if comparator.patch.is_some() {
            text.push_str(&format!(".{}", own.patch));
        }
        text
    };
    let same = match wanted.comparators.as_slice() {
        [one] => match one.op {
            Op::Exact => Some(format!("={}", parts(one))),
            Op::Tilde => Some(format!("~{}", parts(one))),
            Op::Wildcard => Some(format!("{}.*", parts(one))),
            Op::Caret if before.trim_start().starts_with('^') => Some(format!("^{}", parts(one))),
            Op::Caret => Some(parts(one)),
            _ => None,
        },
        _ => None,
    };
    let plain = format!("{}.{}.{}", own.major, own.minor, own.patch);
    let takes = |text: &String| VersionReq::parse(text).is_ok_and(|wanted| wanted.matches(own));
    // A pre-release is taken by nothing but itself.
    same.into_iter().chain([plain]).find(takes).unwrap_or_else(|| format!("={own}"))
}

/// Whether a part of a requirement is for versions above `own` only.
fn is_above(comparator: &Comparator, own: &Version) -> bool {
    let least = Version::new(comparator.major, comparator.minor.unwrap_or(0), comparator.patch.unwrap_or(0));
    let bounds_below = !matches!(comparator.op, Op::Less | Op::LessEq);
    bounds_below && least > Version::new(own.major, own.minor, own.patch)
}

/// What a project requires, as it stands there.
pub fn required(project: &Project) -> Option<&str> {
    project.tree.below(&PATH).and_then(Node::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_requirement_keeps_its_kind() {
        for (before, own, after) in [
            ("0.1", "0.2.3", "0.2"),
            ("0.1.4", "0.2.3", "0.2.3"),
            ("^0.1", "0.2.3", "^0.2"),
            ("1", "2.0.1", "2"),
            ("=0.1.0", "0.2.3", "=0.2.3"),
            ("~1.4", "1.5.2", "~1.5"),
            ("0.1.*", "0.2.3", "0.2.*"),
            (">=0.1.2, <0.2", "0.2.3", "0.2.3"),
            ("<0.2", "0.2.3", "0.2.3"),
            ("0.1", "0.2.0-rc.1", "=0.2.0-rc.1"),
        ] {
            let wanted = VersionReq::parse(before).ok();
            let own = Version::parse(own).ok();
            let made = wanted.zip(own.clone()).map(|(wanted, own)| following(before, &wanted, &own));
            assert_eq!(made.as_deref(), Some(after), "{before}");
            let takes =
                VersionReq::parse(after).ok().zip(own).is_some_and(|(wanted, own)| wanted.matches(&own));
            assert!(takes, "{after}");
        }
    }

    #[test]
    fn a_requirement_of_newer_versions_is_told_from_one_of_older_ones() {
        let own = Version::new(0, 2, 3);
        for (text, is_newer) in [
            (">=99", true),
            ("0.3", true),
            ("=0.2.4", true),
            ("0.1", false),
            (">=0.1, <0.2", false),
            ("<0.2", false),
        ] {
            let wanted = VersionReq::parse(text).unwrap_or_default();
            assert_eq!(wanted.comparators.iter().any(|one| is_above(one, &own)), is_newer, "{text}");
        }
    }
}
