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

/// `environment/name` of the release in a lock; none where it says neither.
pub fn title(release: &Value) -> Option<String> {
    Some(format!("{}/{}", release.get("environment")?.as_str()?, release.get("name")?.as_str()?))
}
