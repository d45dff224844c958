//! Which texts of a release name images: where pods do, and where Spark is told what its executors are.

use crate::layer::tree::{Node, Value};
use std::collections::BTreeSet;

/// Spark's properties that name an image (`Config.scala` of its Kubernetes module).
const PROPERTIES: [&str; 3] = [
    "spark.kubernetes.container.image=",
    "spark.kubernetes.driver.container.image=",
    "spark.kubernetes.executor.container.image=",
];

/// The lists of a pod that hold containers.
pub const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// The images of a release as they are named, the longest first.
#[derive(Debug)]
pub struct References(Vec<String>);

impl References {
    /// All that these objects name.
    pub fn of<'a>(objects: impl Iterator<Item = &'a Node>) -> References {
        let mut found = BTreeSet::new();
        objects.for_each(|object| collect(object, &mut found));
        // A bare word could stand anywhere and mean something else.
        let mut found: Vec<String> =
            found.into_iter().filter(|reference| reference.contains([':', '@', '/'])).collect();
        found.sort_by_key(|reference| std::cmp::Reverse(reference.len()));
        References(found)
    }

    /// A text with each whole reference in it replaced by what `put` makes of it.
    pub fn replaced(&self, text: &str, mut put: impl FnMut(&str) -> String) -> Option<String> {
        let (mut made, mut done, mut at) = (String::new(), 0, 0);
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let alone = !text[..at].ends_with(is_of_reference);
            let found = self.0.iter().find(|reference| {
                alone
                    && rest
                        .strip_prefix(reference.as_str())
                        .is_some_and(|rest| !rest.starts_with(is_of_reference))
            });
            match found {
                Some(reference) => {
                    made.push_str(&text[done..at]);
                    made.push_str(&put(reference));
                    at += reference.len();
                    done = at;
                }
                None => at += rest.chars().next().map_or(1, char::len_utf8),
            }
        }
        (done > 0).then(|| made + &text[done..])
    }
}

/// The registry of a reference, empty where it names none, and the rest of it. As containers/image and Docker
/// tell them apart: the first part is a host if it has a dot or a port, or is `localhost`.
pub fn split(reference: &str) -> (&str, &str) {
    match reference.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host, rest),
        _ => ("", reference),
    }
}

fn is_of_reference(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-' | '/' | ':' | '@')
}

fn collect(node: &Node, found: &mut BTreeSet<String>) {
    match &node.value {
        Value::Map(map) => {
            for key in CONTAINERS {
                let containers = node.list(key).iter();
                found.extend(containers.filter_map(|container| container.text("image")).map(str::to_owned));
            }
            map.entries.values().for_each(|entry| collect(&entry.node, found));
        }
        Value::List(items) => items.iter().for_each(|item| collect(item, found)),
        Value::String(text) => found.extend(named(text).map(str::to_owned)),
        _ => {}
    }
}

/// The images that properties, or the pod template in a text, name.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let is_pod = text.lines().any(|line| line == "kind: Pod");
    text.lines().filter_map(move |line| {
        let line = line.trim_start_matches([' ', '-']);
        let of_pod = if is_pod { line.strip_prefix("image: ") } else { None };
        let named = of_pod.or_else(|| PROPERTIES.iter().find_map(|property| line.strip_prefix(property)));
        named
            .map(|image| image.trim().trim_matches(['"', '\'']))
            .filter(|image| image.chars().all(is_of_reference))
    })
}
