//! Kinds and versions that no cluster serves, or that a misspelt group makes unknown.

use super::types::{self, Kind};
use super::typing::minor;
use crate::diagnostic::nearest;
use crate::rules::Problem;
use crate::rules::set::{Object, Subject};
use std::collections::BTreeSet;

/// Groups that Kubernetes served once and that have nothing left in them.
const GONE: [&str; 1] = ["extensions"];

/// `k8s/api-version`: the API server does not know the kind under this version.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let built_in: BTreeSet<&str> =
        types::kinds().iter().filter(|kind| kind.is_built_in).map(Kind::group).chain(GONE).collect();
    for object in subject.objects() {
        let found = match types::kind(&object.id.api_version, &object.id.kind) {
            Some(kind) => too_new(subject, object, kind),
            None => unknown(object, &built_in),
        };
        if let Some((message, help)) = found {
            let place = subject.missing(object.node, &["apiVersion"]);
            problems.push(Problem::new("k8s/api-version", message, place, "not served").help(help));
        }
    }
}

/// A kind that came after the version of Kubernetes that the release is for.
fn too_new(subject: &Subject<'_>, object: &Object<'_>, kind: &Kind) -> Option<(String, String)> {
    let runs = subject.known()?.compiled.spec.cluster.kubernetes.as_str();
    let since = kind.since.filter(|since| minor(runs) < minor(since))?;
    let message = format!("{} {} came with Kubernetes {since}", object.id.api_version, object.id.kind);
    Some((message, format!("`cluster.kubernetes` is {runs}: write an older version, or raise it")))
}

fn unknown(object: &Object<'_>, built_in: &BTreeSet<&str>) -> Option<(String, String)> {
    let (group, kind, version) = (object.group(), object.id.kind.as_str(), object.id.api_version.as_str());
    let same_kind: Vec<&Kind> = types::kinds().iter().filter(|known| known.kind == kind).collect();
    let write = |known: &Kind| format!("write `apiVersion: {}`", known.api_version);
    if let Some(served) = same_kind.iter().find(|known| known.group() == group) {
        let message = format!("`{version}` of {kind} is not served");
        let what =
            if served.is_built_in { "Kubernetes 1.33 and newer" } else { "its operator's newest releases" };
        return Some((message, format!("{}: {what} have no other", write(served))));
    }
    // A custom group has a dot in its name; one without is Kubernetes' own, or a slip.
    let ours = built_in.contains(group) || !group.contains('.');
    if ours && !kind.ends_with("List") {
        let message = format!("there is no {kind} in `{version}`");
        if let [known, ..] = same_kind.as_slice() {
            return Some((message, write(known)));
        }
        let kinds: BTreeSet<&str> = types::kinds().iter().map(|known| known.kind).collect();
        let help = match nearest(kind, kinds) {
            Some(near) => format!("did you mean `kind: {near}`?"),
            None => "Kubernetes does not serve it, or does no longer".to_owned(),
        };
        return Some((message, help));
    }
    if ours {
        return None;
    }
    // Other groups are others' business, unless they are a slip away from one that has this very kind, or
    // the kind is a slip away from one that the group has.
    let near = |one: &str, other: &str| strsim::damerau_levenshtein(one, other) <= 2;
    if let Some(known) = same_kind.iter().find(|known| near(known.group(), group)) {
        return Some((format!("there is no API group `{group}`"), write(known)));
    }
    let mut neighbours = types::kinds().iter().filter(|known| known.group() == group);
    let known = neighbours.find(|known| near(known.kind, kind))?;
    Some((format!("there is no {kind} in `{version}`"), format!("did you mean `kind: {}`?", known.kind)))
}
