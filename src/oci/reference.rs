//! `oci://HOST[:PORT]/REPOSITORY:TAG`, taken apart.

use super::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// What precedes every reference.
const SCHEME: &str = "oci://";

/// What a tag may have at most, by the distribution specification.
const LONGEST_TAG: usize = 128;

/// Where an artifact goes.
///
/// Names are held to the grammar of the OCI distribution specification 1.1, "Pulling manifests".
///
/// ```
/// use sparkctl::oci::Reference;
///
/// let reference: Reference = "oci://registry.example:5000/data/connect:v1".parse()?;
/// assert_eq!(reference.host, "registry.example:5000");
/// assert_eq!(reference.repository, "data/connect");
/// assert_eq!(reference.tag, "v1");
/// # Ok::<(), sparkctl::oci::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The registry's host, with its port if one was given.
    pub host: String,
    /// The repository: lower-case names, `/` between them.
    pub repository: String,
    /// The tag.
    pub tag: String,
}

impl Reference {
    /// Whether the registry runs on this machine.
    pub fn is_loopback(&self) -> bool {
        let name = match self.host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or(rest),
            None => self.host.split(':').next().unwrap_or(&self.host),
        };
        name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// The last name of the repository.
    pub fn last_name(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or(&self.repository)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}:{}", self.host, self.repository, self.tag)
    }
}

impl FromStr for Reference {
    type Err = Error;

    /// What is wrong is told without the text where the text may hold a password.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = |what: String| Error::Reference { what };
        let Some(rest) = text.strip_prefix(SCHEME) else {
            let found = text.split_once("://").map(|(scheme, _)| format!("`{scheme}://`"));
            let found = found.unwrap_or_else(|| "no scheme".to_owned());
            return Err(wrong(format!("it begins with {found}, not with `{SCHEME}`")));
        };
        if rest.contains("@sha256:") {
            return Err(wrong("it names a digest: what is pushed gets a tag, its digest is told".to_owned()));
        }
        if rest.contains('@') {
            return Err(wrong("it holds credentials, which belong into Docker's configuration".to_owned()));
        }
        let Some((host, path)) = rest.split_once('/') else {
            return Err(wrong("it names no repository after the host".to_owned()));
        };
        if !is_host(host) {
            return Err(wrong(format!("`{host}` is no host with an optional port")));
        }
        let Some((repository, tag)) = path.split_once(':') else {
            return Err(wrong(format!("it names no tag: write `{SCHEME}{host}/{path}:TAG`")));
        };
        if let Some(name) = repository.split('/').find(|name| !is_name(name)) {
            return Err(wrong(format!(
                "`{name}` in its repository is not lower-case letters and digits, with single `.`, `_`, `-` between"
            )));
        }
        if !is_tag(tag) {
            return Err(wrong(format!(
                "`{tag}` is no tag: up to {LONGEST_TAG} letters, digits, `_`, `.` and `-`, neither `.` nor `-` first"
            )));
        }
        Ok(Self { host: host.to_owned(), repository: repository.to_owned(), tag: tag.to_owned() })
    }
}

fn is_host(text: &str) -> bool {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !name.starts_with('[') || name.ends_with(']') => (name, Some(port)),
        _ => (text, None),
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let known = match bare {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
            name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(fits)
        }
    };
    known && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_name(name: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let mut separators = name.split(inside).filter(|between| !between.is_empty());
    name.starts_with(inside)
        && name.ends_with(inside)
        && separators.all(|s| matches!(s, "." | "_" | "__") || s.chars().all(|c| c == '-'))
}

fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.starts_with(word)
        && tag.len() <= LONGEST_TAG
        && tag.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}
