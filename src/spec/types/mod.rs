//! Values that cannot be wrong once they exist: quantities, Spark memory, durations, names.

mod count;
mod date;
mod duration;
mod memory;
mod net;
mod quantity;
mod text;

pub use count::{Count, Port, non_empty};
pub use date::Date;
pub use duration::Duration;
pub use memory::SparkMemory;
pub use net::{Cidr, Host, Name, is_example_host};
pub use quantity::Quantity;
pub use text::{
    AzureAccount, Bucket, DatabaseName, GoogleServiceAccount, ImageDigest, KubernetesVersion, ObjectPrefix,
    ProjectFolder, RegistryPath, Repository, RoleArn, SecretKeyName, SparkMinor, Tag, Uuid, WebAddress,
};

/// Implements serde and JSON Schema for a type that is text in a layer and has `FromStr` and `Display`.
macro_rules! text_type {
    ($name:ident, $schema:expr, $format:literal, $pattern:expr, $description:literal) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $schema.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "format": $format,
                    "pattern": $pattern,
                    "description": $description,
                })
            }
        }
    };
}
pub(crate) use text_type;

/// Implements what an amount is besides its grammar: it prints as it was written, and compares by the
/// field that holds how much it is.
macro_rules! amount_type {
    ($name:ident, $amount:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.text)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.$amount == other.$amount
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.$amount.cmp(&other.$amount)
            }
        }
    };
}
pub(crate) use amount_type;

/// Why a text is not the value it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ValueError(pub String);
