//! Addresses and names: ranges of IP addresses, host names, Kubernetes names.

use super::{ValueError, text_type};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A range of IP addresses in CIDR notation: `10.0.0.0/8`, `fd00::/8`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cidr {
    address: IpAddr,
    prefix: u8,
}

text_type!(
    Cidr,
    "Cidr",
    "cidr",
    r"^[0-9a-fA-F.:]+/[0-9]{1,3}$",
    "A range of IP addresses: `10.0.0.0/8`, `192.0.2.7/32`."
);

impl Cidr {
    /// Whether the range lies in one of those reserved for documentation (RFC 5737, RFC 3849).
    pub fn is_example(&self) -> bool {
        match self.address {
            IpAddr::V4(v4) => v4.is_documentation(),
            IpAddr::V6(v6) => v6.segments()[0] == 0x2001 && v6.segments()[1] == 0xdb8,
        }
    }
}

impl FromStr for Cidr {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let wrong = || {
            let hint = if text.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv4()) {
                format!(": one address is {text}/32")
            } else {
                String::new()
            };
            ValueError(format!("`{text}` is no range of addresses such as 10.0.0.0/8{hint}"))
        };
        let (address, prefix) = text.split_once('/').ok_or_else(wrong)?;
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let prefix: u8 = prefix.parse().map_err(|_| wrong())?;
        if prefix > if address.is_ipv4() { 32 } else { 128 } {
            return Err(wrong());
        }
        Ok(Cidr { address, prefix })
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// A DNS name or an IP address, without scheme or port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Host(String);

text_type!(
    Host,
    "Host",
    "host",
    r"^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$",
    "A DNS name or an IP address, without scheme or port: `s3.eu-central-1.amazonaws.com`."
);

impl Host {
    /// Whether the name is reserved for examples (RFC 2606: `.example`).
    pub fn is_example(&self) -> bool {
        is_example_host(&self.0)
    }
}

/// Whether a host name lies under `.example`, which nobody can own (RFC 2606).
pub fn is_example_host(text: &str) -> bool {
    text == "example" || text.ends_with(".example")
}

impl FromStr for Host {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let label = |part: &str| {
            (1..=63).contains(&part.len())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !part.starts_with('-')
                && !part.ends_with('-')
        };
        if text.len() <= 253 && text.split('.').all(label) {
            return Ok(Host(text.to_owned()));
        }
        let bare = text.split_once("://").map_or(text, |(_, rest)| rest).split([':', '/']).next();
        let hint = bare.filter(|bare| *bare != text && !bare.is_empty());
        let hint =
            hint.map(|bare| format!(": write {bare}, scheme and port stand elsewhere")).unwrap_or_default();
        Err(ValueError(format!("`{text}` is no host name{hint}")))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A Kubernetes name: an RFC 1123 label of at most 63 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

text_type!(
    Name,
    "Name",
    "kubernetes-name",
    r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
    "A Kubernetes name: lower-case letters, digits and `-`, at most 63 characters."
);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if (1..=63).contains(&text.len()) && plain && !text.starts_with('-') && !text.ends_with('-') {
            return Ok(Name(text.to_owned()));
        }
        let fixed: String = text
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .take(63)
            .collect();
        let fixed = fixed.trim_matches('-');
        let hint = if fixed.is_empty() { String::new() } else { format!(": `{fixed}` would be one") };
        Err(ValueError(format!(
            "`{text}` is no Kubernetes name (lower-case letters, digits and `-`, at most 63 characters){hint}"
        )))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_names_and_hosts() {
        assert!("192.0.2.7/32".parse::<Cidr>().unwrap().is_example());
        assert!(!"10.0.0.0/8".parse::<Cidr>().unwrap().is_example());
        assert!("s3.storage.example".parse::<Host>().unwrap().is_example());
        let error = |text: &str| text.parse::<Cidr>().unwrap_err().to_string();
        assert_eq!(
            error("10.1.2.3"),
            "`10.1.2.3` is no range of addresses such as 10.0.0.0/8: one address is 10.1.2.3/32"
        );
        assert!("10.0.0.0/33".parse::<Cidr>().is_err());
        let host = "https://s3.storage.example:443".parse::<Host>().unwrap_err().to_string();
        assert!(host.ends_with("write s3.storage.example, scheme and port stand elsewhere"), "{host}");
        let name = "Spark_Prod".parse::<Name>().unwrap_err().to_string();
        assert!(name.ends_with("`spark-prod` would be one"), "{name}");
    }
}
