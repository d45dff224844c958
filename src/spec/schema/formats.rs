//! The formats of texts that our types know, by the names that schemas give them. Components' settings
//! can use them as well.

use crate::spec::types::{
    AzureAccount, Bucket, Cidr, DatabaseName, Date, Duration, GoogleServiceAccount, Host, ImageDigest,
    KubernetesVersion, Name, ObjectPrefix, ProjectFolder, Quantity, RegistryPath, Repository, RoleArn,
    SecretKeyName, SparkMemory, SparkMinor, Tag, Uuid, WebAddress,
};
use std::fmt::Display;
use std::str::FromStr;

/// Why a text is not of a format; none if it is.
type Refuse = fn(&str) -> Option<String>;

/// Every format by its name.
pub const FORMATS: [(&str, Refuse); 23] = [
    ("kubernetes-quantity", refuse::<Quantity>),
    ("spark-memory", refuse::<SparkMemory>),
    ("duration-with-unit", refuse::<Duration>),
    ("cidr", refuse::<Cidr>),
    ("host", refuse::<Host>),
    ("kubernetes-name", refuse::<Name>),
    ("kubernetes-version", refuse::<KubernetesVersion>),
    ("spark-version", refuse::<SparkMinor>),
    ("registry-path", refuse::<RegistryPath>),
    ("web-address", refuse::<WebAddress>),
    ("image-repository", refuse::<Repository>),
    ("image-tag", refuse::<Tag>),
    ("image-digest", refuse::<ImageDigest>),
    ("secret-key", refuse::<SecretKeyName>),
    ("bucket", refuse::<Bucket>),
    ("object-prefix", refuse::<ObjectPrefix>),
    ("project-folder", refuse::<ProjectFolder>),
    ("iam-role-arn", refuse::<RoleArn>),
    ("google-service-account", refuse::<GoogleServiceAccount>),
    ("azure-storage-account", refuse::<AzureAccount>),
    ("uuid-lower-case", refuse::<Uuid>),
    ("identifier", refuse::<DatabaseName>),
    ("date", refuse::<Date>),
];

/// Why a text does not satisfy one of the formats; none if it does, or the format is not ours.
pub fn refusal(format: &str, text: &str) -> Option<String> {
    let (_, refuse) = FORMATS.iter().find(|(name, _)| *name == format)?;
    refuse(text)
}

/// Whether a format is one of these.
pub fn is_ours(format: &str) -> bool {
    FORMATS.iter().any(|(name, _)| *name == format)
}

fn refuse<T: FromStr<Err: Display>>(text: &str) -> Option<String> {
    text.parse::<T>().err().map(|error| error.to_string())
}
