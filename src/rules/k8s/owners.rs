//! One owner for each name: no two objects of one identity, no Secret that two make.

use crate::manifest::ObjectId;
use crate::rules::Problem;
use crate::rules::set::{Object, Subject};
use std::collections::BTreeMap;

/// `k8s/duplicate-object`: two objects with one identity, or one file name.
pub fn duplicates(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<(&str, &str, &str, &str), &Object<'_>> = BTreeMap::new();
    let mut written: BTreeMap<String, &Object<'_>> = BTreeMap::new();
    for (at, object) in subject.objects().iter().enumerate() {
        let id = object.id;
        let same_id = seen.insert((object.group(), &id.kind, object.namespace(), &id.name), object);
        let file = file(subject, at, id);
        let same_file = file.clone().and_then(|file| written.insert(file, object));
        let (first, message, why) = match (same_id, same_file) {
            (Some(first), _) => {
                let who = if subject.known().is_some() { "two templates make" } else { "there are two of" };
                (first, format!("{who} {id}"), "the second apply undoes the first, for ever")
            }
            (None, Some(first)) => (
                first,
                format!("two objects would be written to one file, {}", file.unwrap_or_default()),
                "one of them would be lost: files are named by kind and name alone",
            ),
            (None, None) => continue,
        };
        problems.push(
            Problem::new("k8s/duplicate-object", message, subject.place(object.node), "this one")
                .and(subject.place(first.node), "and this one")
                .why(why)
                .help("give one of them another name"),
        );
    }
}

/// Where the bundle has an object; nothing for one that was not compiled.
fn file(subject: &Subject<'_>, at: usize, id: &ObjectId) -> Option<String> {
    let manifest = subject.known()?.compiled.manifests.get(at)?;
    (manifest.id == *id).then(|| manifest.path())
}

/// `k8s/two-owners`: a Secret that is in the set, or that an operator makes, and that another makes too.
pub fn secrets(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let mut owners: BTreeMap<(&str, &str), &Object<'_>> = BTreeMap::new();
    for object in subject.objects() {
        let Some(name) = makes(object) else { continue };
        let Some(first) = owners.insert((object.namespace(), name), object) else { continue };
        if first.id.kind == object.id.kind && first.id.name == object.id.name {
            continue; // One object twice: said already.
        }
        let at = match object.id.kind.as_str() {
            "ExternalSecret" => subject.missing(object.node, &["spec", "target", "name"]),
            "Certificate" => subject.missing(object.node, &["spec", "secretName"]),
            _ => subject.missing(object.node, &["metadata", "name"]),
        };
        let message = format!("{} and {} both make the Secret `{name}`", first.id, object.id);
        problems.push(
            Problem::new("k8s/two-owners", message, at, "this one")
                .and(subject.place(first.node), "and this one")
                .help("let one of them make it, or give it another name"),
        );
    }
}

/// The Secret that an object is, or that an operator makes of it.
fn makes<'a>(object: &Object<'a>) -> Option<&'a str> {
    let spec = object.node.get("spec");
    match (object.id.kind.as_str(), object.group()) {
        ("Secret", "") | ("SealedSecret", "bitnami.com") => Some(&object.id.name),
        ("ExternalSecret", "external-secrets.io") => {
            let target = spec.and_then(|spec| spec.get("target"));
            // `Merge` adds to a Secret that somebody else makes, `None` makes none; one that makes another
            // kind of object has nothing to do with Secrets.
            let policy = target.and_then(|target| target.text("creationPolicy"));
            let adds = matches!(policy, Some("Merge" | "None" | "CreateOrMerge"));
            let other = target.is_some_and(|target| target.get("manifest").is_some());
            (!adds && !other)
                .then(|| target.and_then(|target| target.text("name")).unwrap_or(&object.id.name))
        }
        ("Certificate", "cert-manager.io") => spec?.text("secretName"),
        _ => None,
    }
}
