//! Namespaces of bindings: rights are given to accounts of the release. Where objects are is `k8s/wrong-scope`.

use super::names::Names;
use crate::rules::Problem;

/// Rule `ref/wrong-namespace`.
pub fn check(names: &Names<'_>, problems: &mut Vec<Problem>) {
    let Some(known) = names.known() else { return };
    let own = known.compiled.release.namespace.as_str();
    let brought = names.brought();
    for object in names.subject.objects() {
        // What a component of the project brings may be about others.
        if brought.contains(&(object.id.kind.as_str(), object.id.name.as_str())) {
            continue;
        }
        for subject in object.node.list("subjects") {
            if let Some(node) = subject.get("namespace")
                && subject.text("kind") == Some("ServiceAccount")
                && node.as_str() != Some(own)
            {
                problems.push(wrong(node.as_str().unwrap_or_default(), own, names.subject.place(node)));
            }
        }
    }
}

fn wrong(found: &str, own: &str, at: crate::rules::Place) -> Problem {
    let message = format!("`{found}` is not the namespace `{own}`");
    Problem::new("ref/wrong-namespace", message, at, "this namespace").help(format!("write `{own}`"))
}
