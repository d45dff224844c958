//! What an artifact says about itself.

use serde_json::Value;
use std::collections::BTreeMap;

/// Annotations by their names, in the order of names.
pub type Annotations = BTreeMap<String, String>;

/// Where the sources lie.
pub const SOURCE: &str = "org.opencontainers.image.source";
/// Which revision of the sources it was made from.
pub const REVISION: &str = "org.opencontainers.image.revision";
/// What it is called.
pub const TITLE: &str = "org.opencontainers.image.title";
/// Its version; of charts.
pub const VERSION: &str = "org.opencontainers.image.version";
/// What it is for; of charts.
pub const DESCRIPTION: &str = "org.opencontainers.image.description";

/// `environment/name` of the release in a lock, with its cluster between where it has one: where its bundle
/// lies. None where the lock says neither.
pub fn title(release: &Value) -> Option<String> {
    let text = |key: &str| release.get(key).and_then(Value::as_str);
    let parts = [text("environment")?, text("cluster").unwrap_or_default(), text("name")?];
    Some(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/"))
}
