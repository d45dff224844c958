//! The two sides of a flow in the words of NetworkPolicy.

use serde_json::{Value as Json, json};

/// Cloud metadata services: credentials for the asking. Left out of every "everywhere" peer.
const METADATA: [(&str, &str); 2] = [("0.0.0.0/0", "169.254.169.254/32"), ("::/0", "fd00:ec2::254/128")];

/// Peers for a [`crate::spec::network::Peer`] as templates see it, which came from the spec.
pub fn peer(peer: &Json) -> Vec<Json> {
    if let Some(cidrs) = peer.get("cidrs").and_then(Json::as_array) {
        return blocks(cidrs);
    }
    let mut found = serde_json::Map::new();
    if let Some(namespace) = peer.get("namespace").and_then(Json::as_str) {
        let labels = json!({"kubernetes.io/metadata.name": namespace});
        found.insert("namespaceSelector".to_owned(), json!({"matchLabels": labels}));
    }
    let labels = peer.get("podLabels").and_then(Json::as_object).filter(|labels| !labels.is_empty());
    let selector = labels.map_or_else(|| json!({}), |labels| json!({"matchLabels": labels}));
    if labels.is_some() || found.is_empty() {
        found.insert("podSelector".to_owned(), selector);
    }
    vec![Json::Object(found)]
}

/// Peers for addresses; everything but the metadata services where none are given.
pub fn addresses(cidrs: Option<&Json>) -> Vec<Json> {
    match cidrs.and_then(Json::as_array).filter(|cidrs| !cidrs.is_empty()) {
        Some(cidrs) => blocks(cidrs),
        None => {
            METADATA.iter().map(|(all, but)| json!({"ipBlock": {"cidr": all, "except": [but]}})).collect()
        }
    }
}

fn blocks(cidrs: &[Json]) -> Vec<Json> {
    cidrs.iter().map(|cidr| json!({"ipBlock": {"cidr": cidr}})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespace_and_labels_are_one_peer_so_that_both_must_hold() {
        let found = peer(&json!({"namespace": "monitoring", "podLabels": {"app": "prometheus"}}));
        assert_eq!(found.len(), 1);
        assert!(found[0].get("namespaceSelector").is_some() && found[0].get("podSelector").is_some());
        assert_eq!(peer(&json!({})), [json!({"podSelector": {}})]);
        assert_eq!(peer(&json!({"namespace": "a"}))[0].get("podSelector"), None);
    }

    #[test]
    fn everywhere_leaves_the_metadata_service_out() {
        assert!(addresses(None)[0]["ipBlock"]["except"][0] == "169.254.169.254/32");
        assert_eq!(addresses(Some(&json!(["10.0.0.0/8"]))), [json!({"ipBlock": {"cidr": "10.0.0.0/8"}})]);
    }
}
