//! The one table of fields that the API server lets nobody change: `fixed.yaml`.

use crate::layer::tree::{Node, Value};
use crate::rules::set::asked::amount;
use serde::Deserialize;
use std::sync::LazyLock;

/// One entry of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    kind: String,
    group: String,
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    all: Option<String>,
    #[serde(default)]
    but: Vec<String>,
    #[serde(rename = "where", default)]
    only_where: Option<String>,
}

static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let text = include_str!("fixed.yaml");
    let (node, _) = crate::layer::parse::parse_one(crate::source::Sources::default().scratch(), text);
    // A table that cannot be read is empty; a test holds it against that.
    node.and_then(|node| serde_json::from_value(node.to_json()).ok()).unwrap_or_default()
});

/// The fields that differ between two states of one object and cannot: `spec.selector`, in the order of the table.
/// The kind is the second state's; what is of another kind or group is another object, and nothing is said of it.
pub fn refused(before: &Node, after: &Node) -> Vec<String> {
    let (Some(kind), Some(group)) = (after.text("kind"), group(after)) else { return Vec::new() };
    if before.text("kind") != Some(kind) {
        return Vec::new();
    }
    let mut found = Vec::new();
    // What names no group's version is compared by its kind alone: a table's test writes it shortly.
    for entry in TABLE.iter().filter(|entry| entry.kind == kind && entry.group == group) {
        let holds = |flag: &String| before.get(flag).and_then(Node::as_bool) == Some(true);
        if entry.only_where.as_ref().is_some_and(|flag| !holds(flag)) {
            continue;
        }
        let listed = entry.fields.iter().cloned();
        let below = entry.all.iter().flat_map(|all| {
            let mut keys: Vec<&str> = Vec::new();
            for side in [before, after] {
                for key in side.get(all).and_then(Node::as_map).into_iter().flat_map(|map| map.entries.keys())
                {
                    if !keys.contains(&key.as_str()) && !entry.but.contains(key) {
                        keys.push(key);
                    }
                }
            }
            keys.into_iter().map(move |key| format!("{all}.{key}"))
        });
        found.extend(listed.chain(below).filter(|path| differs(before, after, path)));
    }
    match kind {
        "Service" => found.retain(|_| is_address_fixed(before, after)),
        "PersistentVolumeClaim" if shrinks(before, after) => {
            found.push("spec.resources.requests.storage".to_owned());
        }
        "Pod" if differs_beside_images(before, after) => found.push("spec.containers".to_owned()),
        _ => {}
    }
    found
}

fn group(node: &Node) -> Option<&str> {
    Some(node.text("apiVersion")?.rsplit_once('/').map_or("", |(group, _)| group))
}

fn differs(before: &Node, after: &Node, path: &str) -> bool {
    let keys: Vec<&str> = path.split('.').collect();
    !alike(before.below(&keys), after.below(&keys))
}

/// Whether two values are the same to the API server: what is missing and what is empty are one.
pub fn alike(before: Option<&Node>, after: Option<&Node>) -> bool {
    let empty = |node: Option<&Node>| match node.map(|node| &node.value) {
        None | Some(Value::Null) => true,
        Some(Value::Map(map)) => map.entries.is_empty(),
        Some(Value::List(items)) => items.is_empty(),
        Some(_) => false,
    };
    match (before, after) {
        (Some(before), Some(after)) if before.same_value(after) => true,
        _ => empty(before) && empty(after),
    }
}

/// A Service's address can be given up for an ExternalName, and what was never written was chosen by the API server:
/// only going to or from `None`, or from one written address to another, is refused.
fn is_address_fixed(before: &Node, after: &Node) -> bool {
    let address = |side: &Node| {
        side.below(&["spec", "clusterIP"])
            .and_then(Node::as_str)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let external = |side: &Node| side.below(&["spec", "type"]).and_then(Node::as_str) == Some("ExternalName");
    if external(before) || external(after) {
        return false;
    }
    match (address(before), address(after)) {
        (Some(before), Some(after)) => before != after,
        // Server-side apply keeps an address that is not written any more; `None` stays `None`.
        (Some(before), None) => before == "None",
        (None, Some(_)) => true,
        (None, None) => false,
    }
}

fn shrinks(before: &Node, after: &Node) -> bool {
    let size = |side: &Node| amount(side.below(&["spec", "resources", "requests", "storage"]));
    matches!((size(before), size(after)), (Some(before), Some(after)) if after < before)
}

fn differs_beside_images(before: &Node, after: &Node) -> bool {
    let plain = |side: &Node, list: &str| -> Vec<serde_json::Value> {
        let containers = side.get("spec").map(|spec| spec.list(list)).unwrap_or_default();
        let without = |container: &Node| {
            let mut json = container.to_json();
            if let Some(map) = json.as_object_mut() {
                map.remove("image");
            }
            json
        };
        containers.iter().map(without).collect()
    };
    ["containers", "initContainers"].into_iter().any(|list| plain(before, list) != plain(after, list))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_names_every_kind_once_but_secrets() {
        assert!(TABLE.len() > 15, "{} entries", TABLE.len());
        assert!(TABLE.iter().all(|entry| entry.all.is_some() == entry.fields.is_empty()));
        assert!(TABLE.iter().all(|entry| entry.but.is_empty() || entry.all.is_some()));
    }

    fn of(head: &str, before: &str, after: &str) -> Vec<String> {
        let node = |body: &str| {
            let text = format!("{head}\n{body}\n");
            crate::layer::parse::parse_one(crate::source::Sources::default().scratch(), &text).0.unwrap()
        };
        refused(&node(before), &node(after))
    }

    #[test]
    fn claims_grow_and_do_not_shrink() {
        let claim = "apiVersion: v1\nkind: PersistentVolumeClaim";
        let size =
            |size: &str| format!("spec: {{accessModes: [A], resources: {{requests: {{storage: {size}}}}}}}");
        assert!(of(claim, &size("1Gi"), &size("2Gi")).is_empty());
        assert!(of(claim, &size("1Gi"), &size("1024Mi")).is_empty());
        assert_eq!(of(claim, &size("2Gi"), &size("1Gi")), ["spec.resources.requests.storage"]);
        let class = "spec: {storageClassName: b}";
        assert_eq!(of(claim, "spec: {storageClassName: a}", class), ["spec.storageClassName"]);
    }

    #[test]
    fn addresses_of_services_are_fixed_unless_nobody_wrote_them() {
        let service = "apiVersion: v1\nkind: Service";
        assert_eq!(of(service, "spec: {clusterIP: None}", "spec: {ports: []}"), ["spec.clusterIP"]);
        assert!(of(service, "spec: {clusterIP: 10.0.0.1}", "spec: {ports: []}").is_empty());
        assert!(of(service, "spec: {clusterIP: None}", "spec: {type: ExternalName}").is_empty());
    }

    #[test]
    fn what_is_marked_immutable_is_and_nothing_else() {
        let map = "apiVersion: v1\nkind: ConfigMap";
        assert_eq!(of(map, "immutable: true\ndata: {a: b}", "immutable: true\ndata: {a: c}"), ["data"]);
        assert!(of(map, "data: {a: b}", "immutable: true\ndata: {a: c}").is_empty());
        assert_eq!(of("apiVersion: v1\nkind: Secret", "type: a", "type: b"), ["type"]);
    }

    #[test]
    fn of_a_stateful_set_everything_is_fixed_but_what_is_listed() {
        let set = "apiVersion: apps/v1\nkind: StatefulSet";
        assert!(of(set, "spec: {replicas: 1, minReadySeconds: 1}", "spec: {replicas: 2}").is_empty());
        assert_eq!(
            of(set, "spec: {serviceName: a}", "spec: {podManagementPolicy: b, serviceName: a}"),
            ["spec.podManagementPolicy"]
        );
        assert!(of(set, "spec: {volumeClaimTemplates: []}", "spec: {replicas: 1}").is_empty());
    }
}
