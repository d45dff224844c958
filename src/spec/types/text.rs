//! Texts with a shape: versions, image names, buckets.

use super::{ValueError, text_type};
use std::fmt;
use std::str::FromStr;

/// Declares a text type by the test that its texts pass.
macro_rules! shaped {
    ($(#[$doc:meta])* $name:ident, $format:literal, $pattern:expr, $words:literal, $test:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        text_type!($name, stringify!($name), $format, $pattern, $words);

        impl FromStr for $name {
            type Err = ValueError;

            fn from_str(text: &str) -> Result<Self, ValueError> {
                let test: fn(&str) -> bool = $test;
                if test(text) { Ok($name(text.to_owned())) } else { Err(ValueError(format!(concat!("`{}` is no ", $words), text))) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

/// Whether every byte is an ASCII letter or digit, or one of `more`.
fn only(text: &str, more: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.as_bytes().contains(&byte))
}

fn lower(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// `host[:port]` and path segments, at least `least` of them.
fn image_path(text: &str, least: usize) -> bool {
    let mut parts = text.split('/');
    let registry = parts.next().unwrap_or_default();
    let (host, port) = match registry.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (registry, None),
    };
    let port = port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let segments: Vec<&str> = parts.collect();
    !host.is_empty()
        && only(host, ".-")
        && lower(text)
        && port
        && segments.len() >= least
        && segments.iter().all(|segment| !segment.is_empty() && only(segment, "._-"))
}

fn minor(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    let digits = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    (digits(major) && digits(minor)).then_some(())?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

shaped!(
    /// A minor version of Kubernetes that sparkctl supports: 1.33 or newer.
    KubernetesVersion, "kubernetes-version", r"^1\.(3[3-9]|[4-9][0-9])$",
    "Kubernetes version from 1.33 on, such as \"1.33\"",
    |text| minor(text).is_some_and(|(major, minor)| major == 1 && minor >= 33)
);
shaped!(
    /// A version of Spark: the minor one. A patch version is read too, for a better message about it
    /// than its shape.
    SparkMinor,
    "spark-version",
    r"^[0-9]\.[0-9]{1,2}(\.[0-9]{1,2})?$",
    "minor version of Spark, such as \"4.1\"",
    |text| {
        let parts: Vec<&str> = text.split('.').collect();
        let digits = |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        matches!(parts.len(), 2 | 3) && parts[0].len() == 1 && parts.iter().all(digits)
    }
);
shaped!(
    /// A registry and a path in it, without a trailing slash.
    RegistryPath, "registry-path", r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*$",
    "registry and path, such as registry.example/data-platform",
    |text| image_path(text, 0)
);
shaped!(
    /// The address of a package registry: a host and a path, without a trailing slash.
    WebAddress, "web-address", r"^https?://[a-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~-]+)*$",
    "address of a package registry, such as https://pypi.org/simple",
    |text| {
        let rest = text.strip_prefix("https://").or(text.strip_prefix("http://")).unwrap_or_default();
        let (host, path) = rest.split_once('/').unwrap_or((rest, "x"));
        image_path(host, 0) && path.split('/').all(|part| !part.is_empty() && only(part, "._~-"))
    }
);
shaped!(
    /// An image's registry and path, without tag or digest.
    Repository, "image-repository", r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+$",
    "image repository, such as docker.io/apache/spark",
    |text| image_path(text, 1)
);
shaped!(
    /// An image's tag.
    Tag, "image-tag", r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$",
    "image tag, such as 4.1.2-java17",
    |text| (1..=128).contains(&text.len()) && only(text, "._-") && !text.starts_with(['.', '-'])
);
shaped!(
    /// An image's digest.
    ImageDigest, "image-digest", r"^sha256:[0-9a-f]{64}$",
    "image digest: sha256: and 64 hexadecimal digits",
    |text| text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
);
shaped!(
    /// A key of a Secret.
    SecretKeyName, "secret-key", r"^[-._a-zA-Z0-9]{1,253}$",
    "key of a Secret: letters, digits, `-`, `_`, `.`",
    |text| (1..=253).contains(&text.len()) && only(text, "-._")
);
shaped!(
    /// A bucket's name.
    Bucket, "bucket", r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
    "bucket name: 3 to 63 lower-case letters, digits, `-` and `.`",
    |text| (3..=63).contains(&text.len()) && only(text, ".-") && lower(text)
        && !text.starts_with(['.', '-']) && !text.ends_with(['.', '-'])
);
shaped!(
    /// A prefix inside a bucket, without slashes at its ends.
    ObjectPrefix, "object-prefix", r"^[a-zA-Z0-9][a-zA-Z0-9._-]*(/[a-zA-Z0-9._-]+)*$",
    "prefix inside a bucket, such as events or spark/events",
    |text| text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.split('/').all(|part| !part.is_empty() && only(part, "._-"))
);
shaped!(
    /// The ARN of an IAM role.
    RoleArn, "iam-role-arn", r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$",
    "ARN of an IAM role, such as arn:aws:iam::123456789012:role/spark",
    |text| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [arn, partition, service, region, account, role] = parts.as_slice() else { return false };
        let partition = partition.strip_prefix("aws").is_some_and(|rest| {
            rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        });
        *arn == "arn" && partition && *service == "iam" && region.is_empty()
            && account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
            && role.strip_prefix("role/").is_some_and(|name| !name.is_empty() && only(name, "+=,.@_/-"))
    }
);
shaped!(
    /// The address of a Google service account.
    GoogleServiceAccount, "google-service-account",
    r"^[a-z][a-z0-9-]{4,28}[a-z0-9]@[a-z0-9.-]+\.iam\.gserviceaccount\.com$",
    "Google service account, such as spark@project.iam.gserviceaccount.com",
    |text| text.split_once('@').is_some_and(|(name, host)| {
        (6..=30).contains(&name.len()) && only(name, "-") && lower(name)
            && name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.ends_with('-')
            && host.strip_suffix(".iam.gserviceaccount.com")
                .is_some_and(|project| !project.is_empty() && only(project, ".-") && lower(project))
    })
);
shaped!(
    /// An Azure storage account.
    AzureAccount, "azure-storage-account", r"^[a-z0-9]{3,24}$",
    "Azure storage account: 3 to 24 lower-case letters and digits",
    |text| (3..=24).contains(&text.len()) && only(text, "") && lower(text)
);
shaped!(
    /// A UUID, as Azure names clients and tenants.
    Uuid, "uuid-lower-case", r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    "UUID in lower case",
    |text| {
        let parts: Vec<&str> = text.split('-').collect();
        parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
            && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)))
    }
);
shaped!(
    /// The name of a PostgreSQL database or user that needs no quotes.
    DatabaseName, "identifier", r"^[a-z_][a-z0-9_]{0,62}$",
    "identifier: lower-case letters, digits and `_`, at most 63, no digit first",
    |text| (1..=63).contains(&text.len()) && only(text, "_") && lower(text)
        && !text.starts_with(|c: char| c.is_ascii_digit())
);

shaped!(
    /// A folder inside a project.
    ProjectFolder,
    "project-folder",
    r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$",
    "folder inside the project: no part of it begins with a dot, and none is empty",
    |text| text.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && only(part, "._-"))
);

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::JsonSchema;

    /// The types and the patterns in the schemas say the same.
    #[test]
    fn types_agree_with_their_patterns() {
        fn agree<T: FromStr + JsonSchema>(texts: &[&str]) {
            let schema = crate::spec::schema::of::<T>();
            for text in texts {
                let by_schema = crate::spec::schema::validates(&schema, &serde_json::json!(text));
                assert_eq!(text.parse::<T>().is_ok(), by_schema, "{text:?} as {}", T::schema_name());
            }
        }
        let texts = [
            "",
            "1.33",
            "1.32",
            "1.99",
            "1.100",
            "2.33",
            "4.1",
            "4.1.2",
            "10.1",
            "x.y",
            "registry.example",
            "registry.example:5000/a/b",
            "registry.example/",
            "https://repo.example/maven2",
            "http://repo.example:8081/a/b-c",
            "https://repo.example",
            "https://repo.example/a/",
            "https://repo.example/a b",
            "https://Repo.example/a",
            "https://repo.example:/a",
            "https://user@repo.example/a",
            "ftp://repo.example/a",
            "https:///a",
            "Registry.example/a",
            "docker.io/apache/spark",
            "a//b",
            "a:b/c",
            "4.1.2-java17",
            "-tag",
            ".tag",
            "a/b",
            "sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "sha256:0",
            "SHA256:00",
            "access-key",
            "a b",
            "spark-logs",
            "ab",
            "Spark",
            "-ab",
            "abc-",
            "events",
            "events/4.1",
            "/events",
            "events/",
            "é",
            "a_b",
            ":5000/a",
        ];
        agree::<KubernetesVersion>(&texts);
        agree::<SparkMinor>(&texts);
        agree::<RegistryPath>(&texts);
        agree::<Repository>(&texts);
        agree::<WebAddress>(&texts);
        agree::<Tag>(&texts);
        agree::<ImageDigest>(&texts);
        agree::<SecretKeyName>(&texts);
        agree::<Bucket>(&texts);
        agree::<ObjectPrefix>(&texts);
        agree::<ProjectFolder>(&texts);
    }
}
