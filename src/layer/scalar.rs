//! What an unquoted word means. YAML 1.2 and 1.1 readers (Go's, hence kubectl and Helm; PyYAML)
//! disagree about some: those are refused, so that a layer means one thing to everybody.

use super::tree::Value;

/// How an unquoted scalar is understood.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// All readers agree.
    Agreed(Agreed),
    /// Readers disagree, or what is read is not what is written.
    Ambiguous {
        /// What some reader makes of it: `the boolean true`.
        read_as: String,
        /// What can be written instead, one of them in quotes.
        instead: Vec<String>,
    },
}

/// A scalar all YAML readers understand alike.
#[derive(Debug, Clone, PartialEq)]
pub enum Agreed {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// Decimal, or hexadecimal with `0x`.
    Int(i64),
    /// Written as it would be printed.
    Float(f64),
    /// Anything else.
    Text,
}

impl Agreed {
    /// The tree's value for it; `text` is the scalar as written.
    pub fn value(self, text: &str) -> Value {
        match self {
            Agreed::Null => Value::Null,
            Agreed::Bool(flag) => Value::Bool(flag),
            Agreed::Int(number) => Value::Int(number),
            Agreed::Float(number) => Value::Float(number),
            Agreed::Text => Value::String(text.to_owned()),
        }
    }
}

/// Decides what an unquoted scalar means.
pub fn resolve(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Agreed(Agreed::Null),
        "true" | "True" | "TRUE" => return Plain::Agreed(Agreed::Bool(true)),
        "false" | "False" | "FALSE" => return Plain::Agreed(Agreed::Bool(false)),
        "=" => return ambiguous("a default-value tag by YAML 1.1 readers", ["\"=\""]),
        _ => {}
    }
    match text.to_ascii_lowercase().as_str() {
        "yes" | "on" | "y" => return word(text, true),
        "no" | "off" | "n" => return word(text, false),
        ".inf" | "+.inf" | "-.inf" | ".nan" => {
            return ambiguous("a number that no Kubernetes field can hold", [&quoted(text)]);
        }
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return Plain::Agreed(Agreed::Text);
    }
    number(text).unwrap_or(Plain::Agreed(Agreed::Text))
}

/// What a scalar is to Kubernetes' own tools: sigs.k8s.io/yaml 1.6 over go-yaml 2, `resolve.go`. Its dates
/// become text again on the way to JSON, and base 60 it does not know. `tag` is what follows `!!`.
pub fn by_kubernetes(text: &str, plain: bool, tag: Option<&str>) -> Value {
    match tag {
        Some("int" | "float" | "bool" | "null") => {}
        Some(_) => return Value::String(text.to_owned()),
        None if !plain => return Value::String(text.to_owned()),
        None => {}
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            return Value::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            return Value::Bool(false);
        }
        _ => {}
    }
    number_by_kubernetes(text).unwrap_or_else(|| Value::String(text.to_owned()))
}

/// A key without quotes as Kubernetes' tools write it into JSON, where every key is text.
pub fn key_by_kubernetes(key: String) -> String {
    match by_kubernetes(&key, true, None) {
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        _ => key,
    }
}

fn number_by_kubernetes(text: &str) -> Option<Value> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return None;
    }
    let plain = text.replace('_', "");
    let (sign, digits) = match plain.strip_prefix(['-', '+']) {
        Some(digits) => (&plain[..1], digits),
        None => ("", plain.as_str()),
    };
    if digits.starts_with(['-', '+']) {
        return None;
    }
    let lower = digits.to_ascii_lowercase();
    let (radix, rest) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        Some(_) if lower.starts_with('0') => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    let sign = if sign == "-" { "-" } else { "" };
    if !rest.starts_with(['-', '+'])
        && let Ok(number) = i64::from_str_radix(&format!("{sign}{rest}"), radix)
    {
        return Some(Value::Int(number));
    }
    let is_float =
        digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
            && digits.bytes().any(|b| b.is_ascii_digit());
    let number = plain.parse::<f64>().ok().filter(|number| is_float && number.is_finite())?;
    Some(Value::Float(number))
}

fn word(text: &str, flag: bool) -> Plain {
    let read_as = format!("the boolean {flag} by YAML 1.1 readers such as kubectl, and text by others");
    ambiguous(read_as, [&quoted(text), &flag.to_string()])
}

/// Numbers, and what looks like one to some reader.
fn number(text: &str) -> Option<Plain> {
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (&text[..1], rest),
        None => ("", text),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if let Some(found) = odd_number(text, sign, digits) {
        return Some(found);
    }
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(match text.parse::<i64>() {
            Ok(number) => Plain::Agreed(Agreed::Int(number)),
            Err(_) => ambiguous("a number too large for 64 bits", [&quoted(text)]),
        });
    }
    let shape =
        digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !shape {
        return None;
    }
    let parsed = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
    let printed = serde_json::Value::from(parsed).to_string();
    Some(if printed == text {
        Plain::Agreed(Agreed::Float(parsed))
    } else {
        ambiguous(format!("the number {printed}"), [&quoted(text), &printed])
    })
}

/// Octal, hexadecimal, underscores, base 60, dates.
fn odd_number(text: &str, sign: &str, digits: &str) -> Option<Plain> {
    if let Some(hex) = digits.strip_prefix("0x").filter(|hex| !hex.is_empty()) {
        return Some(match i64::from_str_radix(hex, 16) {
            Ok(number) if sign.is_empty() => Plain::Agreed(Agreed::Int(number)),
            Ok(number) => ambiguous("a number by some readers", [&quoted(text), &format!("{sign}{number}")]),
            Err(_) if hex.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'_') => {
                ambiguous("a number by some readers", [&quoted(text)])
            }
            Err(_) => return None,
        });
    }
    let is_number = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    if digits.len() > 1 && digits.starts_with('0') {
        let octal = digits[1..].strip_prefix(['o', 'O']).unwrap_or(&digits[1..]);
        if is_number(octal) {
            let value = i64::from_str_radix(&octal.replace('_', ""), 8);
            let mut instead = vec![quoted(text)];
            let read_as = match value {
                Ok(value) => {
                    instead.push(format!("{sign}{value}"));
                    format!("the octal number {value} by some readers, and {octal} or text by others")
                }
                Err(_) => "a number by some readers, and text by others".to_owned(),
            };
            return Some(Plain::Ambiguous { read_as, instead });
        }
        if digits[1..].strip_prefix(['b', 'B']).is_some_and(is_number) {
            return Some(ambiguous("a binary number by YAML 1.1 readers", [&quoted(text)]));
        }
    }
    if digits.contains('_') && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'_' | b'.')) {
        let plain = text.replace('_', "");
        return Some(ambiguous(format!("the number {plain} by YAML 1.1 readers"), [&quoted(text), &plain]));
    }
    if is_base_60(digits) {
        return Some(ambiguous("a number in base 60 by YAML 1.1 readers", [&quoted(text)]));
    }
    is_date(text).then(|| ambiguous("a date by YAML 1.1 readers", [&quoted(text)]))
}

/// `12:30`, `1:30:45.5`: every part after the first below 60. `8080:80` is text to everybody.
fn is_base_60(digits: &str) -> bool {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let digit = |byte: u8| byte.is_ascii_digit() || byte == b'_';
    let mut parts = whole.split(':');
    let first = parts.next().is_some_and(|part| !part.is_empty() && part.bytes().all(digit));
    let mut rest = parts.peekable();
    let below_60 = |part: &str| match part.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    };
    first && rest.peek().is_some() && rest.all(below_60) && fraction.bytes().all(digit)
}

/// `2024-01-31`, alone or with a time behind it.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let digits = |part: Option<&str>, lengths: std::ops::RangeInclusive<usize>| {
        part.is_some_and(|p| lengths.contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()))
    };
    let (year, month) = (digits(parts.next(), 4..=4), digits(parts.next(), 1..=2));
    let day = parts.next().and_then(|rest| rest.split(['T', 't', ' ']).next());
    year && month && digits(day, 1..=2)
}

fn ambiguous<'a>(
    read_as: impl Into<String>,
    instead: impl IntoIterator<Item = &'a (impl AsRef<str> + ?Sized + 'a)>,
) -> Plain {
    Plain::Ambiguous {
        read_as: read_as.into(),
        instead: instead.into_iter().map(|i| i.as_ref().to_owned()).collect(),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_readers_agree_on_is_taken() {
        for (text, expected) in [
            ("", Agreed::Null),
            ("null", Agreed::Null),
            ("true", Agreed::Bool(true)),
            ("42", Agreed::Int(42)),
            ("-7", Agreed::Int(-7)),
            ("0", Agreed::Int(0)),
            ("0x1f", Agreed::Int(31)),
            ("0.5", Agreed::Float(0.5)),
            ("4g", Agreed::Text),
            ("4.1.2", Agreed::Text),
            ("10.0.0.0/8", Agreed::Text),
            ("-Xmx", Agreed::Text),
            ("500m", Agreed::Text),
            ("..", Agreed::Text),
            ("none", Agreed::Text),
            ("8080:80", Agreed::Text),
            ("1:60", Agreed::Text),
        ] {
            assert_eq!(resolve(text), Plain::Agreed(expected), "{text:?}");
        }
    }

    #[test]
    fn manifests_are_read_as_kubernetes_reads_them() {
        use serde_json::{Value as Json, json};
        for (text, expected) in [
            ("", Json::Null),
            ("~", Json::Null),
            ("yes", json!(true)),
            ("OFF", json!(false)),
            ("y", json!(true)),
            ("yEs", json!("yEs")),
            ("0744", json!(484)),
            ("-0744", json!(-484)),
            ("0o17", json!(15)),
            ("0x1F", json!(31)),
            ("0b101", json!(5)),
            ("089", json!(89.0)),
            ("1_000", json!(1000)),
            ("3.10", json!(3.1)),
            ("1e3", json!(1000.0)),
            ("12:30", json!("12:30")),
            ("2024-01-31", json!("2024-01-31")),
            ("8080:80", json!("8080:80")),
            ("500m", json!("500m")),
            ("4.1.2", json!("4.1.2")),
            ("-", json!("-")),
            (".", json!(".")),
            (".inf", json!(".inf")),
            ("0x", json!("0x")),
            ("--1", json!("--1")),
            ("0-1", json!("0-1")),
            ("123456789012345678901234", json!(123456789012345678901234f64)),
        ] {
            let span =
                crate::source::Span { source: crate::source::Sources::default().scratch(), start: 0, end: 0 };
            let node = crate::layer::tree::Node::new(span, by_kubernetes(text, true, None));
            assert_eq!(node.to_json(), expected, "{text:?}");
        }
        assert!(matches!(by_kubernetes("yes", false, None), Value::String(_)));
        assert!(matches!(by_kubernetes("2", false, Some("int")), Value::Int(2)));
        assert!(matches!(by_kubernetes("2", true, Some("str")), Value::String(_)));
        assert_eq!(key_by_kubernetes("on".to_owned()), "true");
        assert_eq!(key_by_kubernetes("a.b".to_owned()), "a.b");
    }

    #[test]
    fn what_readers_disagree_on_is_refused_with_what_to_write() {
        for (text, instead) in [
            ("yes", "\"yes\" true"),
            ("OFF", "\"OFF\" false"),
            ("n", "\"n\" false"),
            ("0744", "\"0744\" 484"),
            ("0o17", "\"0o17\" 15"),
            ("089", "\"089\""),
            ("1_000", "\"1_000\" 1000"),
            ("12:30", "\"12:30\""),
            ("1:30.5", "\"1:30.5\""),
            ("2024-01-31", "\"2024-01-31\""),
            ("2024-01-31T10:00:00Z", "\"2024-01-31T10:00:00Z\""),
            ("3.10", "\"3.10\" 3.1"),
            ("1e3", "\"1e3\" 1000.0"),
            ("0b101", "\"0b101\""),
            (".inf", "\".inf\""),
            ("=", "\"=\""),
            ("123456789012345678901234", "\"123456789012345678901234\""),
        ] {
            match resolve(text) {
                Plain::Ambiguous { instead: found, .. } => assert_eq!(found.join(" "), instead, "{text:?}"),
                other => panic!("{text:?} was taken as {other:?}"),
            }
        }
    }
}
