//! Addresses as texts: taken apart, and with text in them.

use ureq::http::Uri;

/// Percent-encodes all but what RFC 3986 calls unreserved.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// `name=value` pairs as a query or a form.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    pairs.join("&")
}

/// An address with one more query parameter, whether or not it has some; `value` needs no encoding.
pub fn with_parameter(address: &str, name: &str, value: &str) -> String {
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}{name}={value}")
}

/// Host and port of an address.
pub fn host_of(address: &str) -> String {
    let uri = address.parse::<Uri>().ok();
    uri.and_then(|uri| Some(uri.authority()?.to_string())).unwrap_or_else(|| bare(address).to_owned())
}

/// Whether two addresses have the same scheme, host and port.
pub fn same_origin(one: &str, other: &str) -> bool {
    let secure = |address: &str| address.starts_with("https://");
    secure(one) == secure(other) && host_of(one) == host_of(other)
}

/// An address without its query, which may be signed.
pub fn bare(address: &str) -> &str {
    address.split('?').next().unwrap_or(address)
}
