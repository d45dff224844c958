//! What texts of objects look like: the API server's own validation, by the names that the tables of types
//! use for it.
//!
//! Source: `k8s.io/apimachinery/pkg/util/validation` and `k8s.io/kubernetes/pkg/apis/*/validation` of
//! Kubernetes 1.33, which say no more than that a text does not match; these functions say what is wrong.

use crate::layer::tree::{Node, Value};
use std::net::IpAddr;

/// Why a text is not of a form; nothing where it is, or where the form is not one of texts.
pub fn wrong(form: &str, text: &str) -> Option<String> {
    match form {
        "label" => label(text),
        "subdomain" => subdomain(text),
        "portName" => port_name(text),
        "port" if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some("a number in quotes is taken for a port's name".to_owned())
        }
        "port" => port_name(text),
        "env" => environment(text),
        "key" => key(text),
        "labelKey" => label_key(text),
        "labelValue" => label_value(text),
        "absolute" => (!text.starts_with('/') || text.contains(':'))
            .then(|| "a path in a container begins with `/` and has no `:`".to_owned()),
        "relative" => (text.starts_with('/') || text.split('/').any(|part| part == ".."))
            .then(|| "a path in a volume does not begin with `/` and does not lead out with `..`".to_owned()),
        "cidr" => cidr(text),
        "cron" => cron(text),
        "percent" => text
            .strip_suffix('%')
            .is_none_or(|number| number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| "it is a whole number, or a percentage such as `25%`".to_owned()),
        "goDuration" => (!duration(text, &["ms", "h", "m", "s"]))
            .then(|| "a duration is written `90s`, `5m` or `1h`".to_owned()),
        "promDuration" => (text != "0" && !duration(text, &["ms", "y", "w", "d", "h", "m", "s"]))
            .then(|| "Prometheus writes a duration `30s`, `1m` or `1h30m`".to_owned()),
        "gitUrl" => (!["http://", "https://", "ssh://"].iter().any(|scheme| text.starts_with(scheme)))
            .then(|| "the URL begins with `https://`, `http://` or `ssh://`".to_owned()),
        "ociUrl" => (!text.starts_with("oci://")).then(|| "the URL begins with `oci://`".to_owned()),
        "usage" => (!USAGES.contains(&text)).then(|| "cert-manager does not know this usage".to_owned()),
        _ => None,
    }
}

/// What the keys of a certificate may be used for: cert-manager's `KeyUsage`.
const USAGES: [&str; 23] = [
    "signing",
    "digital signature",
    "content commitment",
    "key encipherment",
    "key agreement",
    "data encipherment",
    "cert sign",
    "crl sign",
    "encipher only",
    "decipher only",
    "any",
    "server auth",
    "client auth",
    "code signing",
    "email protection",
    "s/mime",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "timestamping",
    "ocsp signing",
    "microsoft sgc",
    "netscape sgc",
];

fn plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A label of DNS (RFC 1123).
pub fn label(text: &str) -> Option<String> {
    if text.len() > 63 {
        return Some(format!("it has {} characters; 63 are allowed", text.len()));
    }
    let good = !text.is_empty() && plain(text) && !text.starts_with('-') && !text.ends_with('-');
    (!good).then(|| {
        "lower-case letters, digits and `-` are allowed, with a letter or a digit at both ends".to_owned()
    })
}

/// Labels of DNS with dots between.
pub fn subdomain(text: &str) -> Option<String> {
    if text.len() > 253 {
        return Some(format!("it has {} characters; 253 are allowed", text.len()));
    }
    let good = |part: &str| !part.is_empty() && plain(part) && !part.starts_with('-') && !part.ends_with('-');
    (!text.split('.').all(good)).then(|| {
        "lower-case letters, digits, `-` and `.` are allowed, with a letter or a digit at both ends"
            .to_owned()
    })
}

/// The name of a port: IANA's service names (RFC 6335).
fn port_name(text: &str) -> Option<String> {
    if text.len() > 15 {
        return Some(format!("it has {} characters; the name of a port has at most 15", text.len()));
    }
    let good = !text.is_empty()
        && plain(text)
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--");
    (!good).then(|| {
        "lower-case letters, digits and single `-` inside are allowed, and one letter is needed".to_owned()
    })
}

fn environment(text: &str) -> Option<String> {
    let good = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && !text.starts_with(|c: char| c.is_ascii_digit());
    (!good).then(|| "letters, digits, `_`, `-` and `.` are allowed, and no digit at the beginning".to_owned())
}

fn key(text: &str) -> Option<String> {
    let good = !text.is_empty()
        && text.len() <= 253
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && !matches!(text, "." | "..");
    (!good).then(|| "letters, digits, `.`, `_` and `-` are allowed".to_owned())
}

fn qualified(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.iter().all(|byte| inner(*byte)) && ends(bytes.first()) && ends(bytes.last())
}

/// The key of a label or an annotation: a name of at most 63 characters, and a domain before it.
pub fn label_key(text: &str) -> Option<String> {
    let (domain, name) = text.split_once('/').map_or((None, text), |(domain, name)| (Some(domain), name));
    if name.len() > 63 {
        return Some(format!("its name has {} characters; 63 are allowed", name.len()));
    }
    let good = qualified(name) && domain.is_none_or(|domain| subdomain(domain).is_none());
    (!good).then(|| {
        "a key is letters, digits, `-`, `_` and `.`, and a domain in lower case with `/` before that"
            .to_owned()
    })
}

/// The value of a label.
pub fn label_value(text: &str) -> Option<String> {
    if text.len() > 63 {
        return Some(format!("it has {} characters; 63 are allowed", text.len()));
    }
    (!text.is_empty() && !qualified(text)).then(|| {
        "letters, digits, `-`, `_` and `.` are allowed, with a letter or a digit at both ends".to_owned()
    })
}

fn cidr(text: &str) -> Option<String> {
    let good = text.split_once('/').is_some_and(|(address, length)| {
        let most = match address.parse() {
            Ok(IpAddr::V4(_)) => 32,
            Ok(IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        length.parse::<u8>().is_ok_and(|length| length <= most)
    });
    (!good).then(|| "a range of addresses is written `10.0.0.0/8`; one address, `10.0.0.1/32`".to_owned())
}

fn cron(text: &str) -> Option<String> {
    if text.contains("TZ=") {
        return Some("the time zone stands in `timeZone`".to_owned());
    }
    if let Some(word) = text.strip_prefix('@') {
        let known = ["yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly"];
        return (!known.contains(&word) && !word.starts_with("every "))
            .then(|| format!("`@{word}` is no schedule that cron knows"));
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != 5 {
        return Some(format!("a schedule has five fields, and this has {}", fields.len()));
    }
    let bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
    let names = |at: usize, word: &str| {
        let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
        let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
        let word = word.to_ascii_lowercase();
        (at == 3 && months.contains(&word.as_str())) || (at == 4 && days.contains(&word.as_str()))
    };
    let number = |at: usize, word: &str| {
        let (least, most) = bounds[at];
        names(at, word) || word.parse::<u32>().is_ok_and(|number| (least..=most).contains(&number))
    };
    let part = |at: usize, part: &str| {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let range = matches!(range, "*" | "?")
            || range
                .split_once('-')
                .map_or_else(|| number(at, range), |(a, b)| number(at, a) && number(at, b));
        range && step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0))
    };
    let bad = fields.iter().enumerate().find(|(at, field)| !field.split(',').all(|word| part(*at, word)));
    bad.map(|(_, field)| format!("`{field}` is not within its field of minute, hour, day, month, weekday"))
}

fn duration(text: &str, units: &[&str]) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let Some(unit) = units.iter().find(|unit| rest[digits..].starts_with(**unit)) else { return false };
        if digits == 0 {
            return false;
        }
        rest = &rest[digits + unit.len()..];
    }
    !text.is_empty()
}

/// Whether Kubernetes reads this as an amount. Source: `apimachinery/pkg/api/resource/quantity.go`.
pub fn is_quantity(node: &Node) -> bool {
    let text = match &node.value {
        Value::Int(_) | Value::Float(_) => return true,
        Value::String(text) => text.as_str(),
        _ => return false,
    };
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (number, suffix) = text.split_at(digits);
    let exponent = |suffix: &str| {
        suffix.strip_prefix(['e', 'E']).is_some_and(|power| {
            let power = power.strip_prefix(['+', '-']).unwrap_or(power);
            !power.is_empty() && power.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let known = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    number.bytes().any(|byte| byte.is_ascii_digit())
        && number.matches('.').count() <= 1
        && (known.contains(&suffix) || exponent(suffix))
}

/// Whether a text is base64 with its padding, as Go reads it: line ends do not count.
pub fn is_base64(text: &str) -> bool {
    let text: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = &text[..text.len() - padding];
    text.len().is_multiple_of(4)
        && padding <= 2
        && body.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Sources, Span};

    #[test]
    fn texts_are_judged_as_the_api_server_does() {
        let good = [
            ("label", "a-1"),
            ("subdomain", "a.b-c.1"),
            ("portName", "grpc-tls"),
            ("port", "http"),
            ("env", "_A.b-1"),
            ("key", "log4j2.properties"),
            ("labelKey", "app.kubernetes.io/name"),
            ("labelValue", ""),
            ("labelValue", "v1.33_A"),
            ("absolute", "/tmp"),
            ("relative", "a/b"),
            ("cidr", "10.0.0.0/8"),
            ("cidr", "fd00::/64"),
            ("cron", "*/5 0-6,12 * jan-mar sun"),
            ("cron", "@daily"),
            ("percent", "25%"),
            ("goDuration", "1h30m"),
            ("promDuration", "30s"),
            ("ociUrl", "oci://registry.example/x"),
        ];
        for (form, text) in good {
            assert_eq!(wrong(form, text), None, "{form} {text}");
        }
        let long = "a".repeat(64);
        let bad = [
            ("label", "A"),
            ("label", "-a"),
            ("label", long.as_str()),
            ("subdomain", "a..b"),
            ("portName", "block-manager-tls"),
            ("portName", "80"),
            ("portName", "a--b"),
            ("port", "80"),
            ("env", "1A"),
            ("env", "A=B"),
            ("key", "a/b"),
            ("labelKey", "a/b/c"),
            ("labelKey", "App.io/"),
            ("labelValue", "N/A"),
            ("labelValue", long.as_str()),
            ("absolute", "tmp"),
            ("relative", "../a"),
            ("cidr", "10.0.0.1"),
            ("cidr", "10.0.0.0/33"),
            ("cron", "* * * *"),
            ("cron", "60 * * * *"),
            ("percent", "25"),
            ("goDuration", "1d"),
            ("promDuration", "30"),
            ("gitUrl", "git@example.org:x"),
            ("usage", "server-auth"),
        ];
        for (form, text) in bad {
            assert!(wrong(form, text).is_some(), "{form} {text}");
        }
    }

    #[test]
    fn quantities_and_base64() {
        let span = Span { source: Sources::default().scratch(), start: 0, end: 0 };
        let text = |text: &str| is_quantity(&Node::new(span, Value::String(text.to_owned())));
        assert!(["1", "1.5Gi", "500m", "1e3", ".5", "-1", "12E", "1E3", "100n"].into_iter().all(text));
        assert!(!["", "Gi", "8g", "4GB", "1 Gi", "1.2.3", "4gi", "e3", "10Kb"].into_iter().any(text));
        assert!(is_base64("YQ==") && is_base64("") && is_base64("YWJj\n"));
        assert!(!is_base64("YQ=") && !is_base64("a b=") && !is_base64("secret!!"));
    }
}
