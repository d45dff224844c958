//! What is too large for the API server to store.

use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::Subject;

/// All annotations of an object together: `TotalAnnotationSizeLimitB` in
/// `apimachinery/pkg/api/validation/objectmeta.go`.
const ANNOTATIONS: usize = 256 << 10;
/// The values of a ConfigMap or Secret: `MaxSecretSize` in `k8s.io/api/core/v1/types.go`.
const DATA: usize = 1 << 20;

/// `k8s/too-large`.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for object in subject.objects() {
        if let Some(annotations) = object.node.below(&["metadata", "annotations"]) {
            let size = sum(annotations, |key, value| key.len() + value.len());
            if size > ANNOTATIONS {
                let message = format!("the annotations of {} have {} KiB", object.id, size >> 10);
                let place = subject.place(annotations);
                problems.push(
                    Problem::new("k8s/too-large", message, place, "together more than 256 KiB")
                        .help("move the long ones into a ConfigMap"),
                );
            }
        }
        if !matches!(object.id.kind.as_str(), "ConfigMap" | "Secret") {
            continue;
        }
        // Four characters of base64 are three bytes.
        let decoded =
            |key: &str| if key == "binaryData" || object.id.kind == "Secret" { (3, 4) } else { (1, 1) };
        let size: usize = ["data", "binaryData", "stringData"]
            .into_iter()
            .filter_map(|key| Some((key, object.node.get(key)?)))
            .map(|(key, values)| {
                let (three, four) = if key == "stringData" { (1, 1) } else { decoded(key) };
                sum(values, |_, value| value.len() * three / four)
            })
            .sum();
        if size > DATA {
            let message = format!("{} holds {} KiB", object.id, size >> 10);
            let place = subject.missing(object.node, &["data"]);
            problems.push(
                Problem::new("k8s/too-large", message, place, "more than 1024 KiB")
                    .help("split it, or put the file into the image or the object store"),
            );
        }
    }
}

fn sum(map: &Node, size: impl Fn(&str, &str) -> usize) -> usize {
    let entries = map.as_map().into_iter().flat_map(|map| &map.entries);
    entries.map(|(key, entry)| size(key, entry.node.as_str().unwrap_or_default())).sum()
}
