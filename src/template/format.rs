//! How a value is written into each kind of text. Every kind has its own escaping; nothing is ever
//! written as it is, but what an escaping filter has prepared.

use super::shape::{Made, VALUES, Values};
use crate::layer::scalar::{self as plain, Plain};
use crate::layer::tree::{Entry, Mapping, Node, Value as Tree};
use crate::source::{Sources, Span};
use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Error, ErrorKind, Output, State};
use std::fmt::Write as _;

/// The kinds of text that templates make, by the ending before `.j2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Kubernetes manifests: an expression yields a whole value.
    Yaml,
    /// Java properties: `spark-defaults.conf`, `log4j2.properties`.
    Properties,
    /// Hadoop's XML.
    Xml,
    /// Shell: an expression yields one word.
    Shell,
    /// JSON: an expression yields a whole value.
    Json,
    /// Plain text for people: preconditions, notes.
    Text,
}

impl Format {
    /// The format of a template by its name; none for an ending that nobody knows.
    pub fn of(name: &str) -> Option<Format> {
        let stem = name.strip_suffix(".j2")?;
        Some(match stem.rsplit('.').next()? {
            "yaml" | "yml" => Format::Yaml,
            "conf" | "properties" => Format::Properties,
            "xml" => Format::Xml,
            "sh" => Format::Shell,
            "json" => Format::Json,
            "txt" => Format::Text,
            _ => return None,
        })
    }

    /// As the engine knows it.
    pub fn auto_escape(self) -> AutoEscape {
        AutoEscape::Custom(
            match self {
                Format::Yaml => "yaml",
                Format::Properties => "properties",
                Format::Xml => "xml",
                Format::Shell => "shell",
                Format::Json => "json",
                Format::Text => "text",
            }
            .into(),
        )
    }
}

/// Writes one output expression.
///
/// # Errors
/// If the value is undefined, or is a mapping or list where the format holds only scalars.
pub fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let mut text = String::new();
    let AutoEscape::Custom(format) = state.auto_escape().clone() else {
        return Err(Error::new(ErrorKind::InvalidOperation, "this text has no known format"));
    };
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, "the value is undefined"));
    }
    match format.as_ref() {
        "yaml" => match state.lookup(VALUES).and_then(|values| values.downcast_object::<Values>()) {
            Some(values) => values.put(&mut text, value)?,
            None => flow(&mut text, value)?,
        },
        "json" => flow(&mut text, value)?,
        _ if value.is_safe() => text.push_str(value.as_str().unwrap_or_default()),
        "properties" => text.push_str(&property_value(&scalar(value)?)),
        "xml" => text.push_str(&xml(&scalar(value)?)),
        "shell" => text.push_str(&shell(&scalar(value)?)),
        _ => text.push_str(&scalar(value)?),
    }
    if super::lines::holds_marks(&text) {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "the value holds the private-use character U+E000 or U+E001",
        ));
    }
    out.write_str(&text).map_err(|_| Error::new(ErrorKind::WriteFailure, "the output cannot grow"))
}

/// A value as a YAML flow value on one line, strings in double quotes: JSON, with everything escaped
/// that some YAML reader refuses.
pub fn flow(out: &mut String, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::None => out.push_str("null"),
        ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
        ValueKind::Number => out.push_str(&number(value)?),
        ValueKind::String => quote(out, value.as_str().unwrap_or_default()),
        ValueKind::Seq | ValueKind::Iterable => {
            out.push('[');
            for (at, item) in value.try_iter()?.enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                flow(out, &item)?;
            }
            out.push(']');
        }
        ValueKind::Map => {
            out.push('{');
            for (at, key) in value.try_iter()?.enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                quote(out, name(&key)?);
                out.push_str(": ");
                flow(out, &value.get_item(&key)?)?;
            }
            out.push('}');
        }
        kind => return Err(no_value(kind)),
    }
    Ok(())
}

/// A value as the tree that [`flow`]'s text is read as; nothing where only reading it tells. `left` is how many bytes
/// that text may come to, and then how many are left: none where it is longer, which is an error.
///
/// # Errors
/// As [`flow`].
pub fn tree(value: &Value, left: &mut usize) -> Result<Made, Error> {
    let mut spend = |bytes: usize| {
        *left = left.saturating_sub(bytes);
        if *left > 0 { Ok(()) } else { Err(Error::new(ErrorKind::WriteFailure, "the value is too long")) }
    };
    // A separator, at least one digit.
    spend(2 + value.as_str().map_or(0, str::len))?;
    let nowhere = Span { source: Sources::default().scratch(), start: 0, end: 0 };
    let (mut nodes, mut depth) = (1, 0);
    let mut below = |made: Made| {
        nodes += made.nodes;
        depth = depth.max(made.depth + 1);
        made.node
    };
    let tree = match value.kind() {
        ValueKind::None => Tree::Null,
        ValueKind::Bool => Tree::Bool(value.is_true()),
        ValueKind::Number => match value.as_i64().filter(|_| value.is_integer()) {
            Some(whole) => Tree::Int(whole),
            None => {
                let text = number(value)?;
                match plain::resolve(&text) {
                    Plain::Agreed(agreed) => agreed.value(&text),
                    Plain::Ambiguous { .. } => return Ok(Made::unknown()),
                }
            }
        },
        ValueKind::String => Tree::String(value.as_str().unwrap_or_default().to_owned()),
        ValueKind::Seq | ValueKind::Iterable => {
            let mut items = Vec::new();
            for item in value.try_iter()? {
                items.push(below(tree(&item, left)?));
            }
            Tree::List(items)
        }
        ValueKind::Map => {
            let mut map = Mapping::default();
            for key in value.try_iter()? {
                let name = name(&key)?;
                *left = left.saturating_sub(name.len());
                let entry = Entry { key: nowhere, node: below(tree(&value.get_item(&key)?, left)?) };
                map.entries.insert(name.to_owned(), entry);
            }
            Tree::Map(map)
        }
        kind => return Err(no_value(kind)),
    };
    Ok(Made { node: Node::new(nowhere, tree), nodes, depth })
}

fn number(value: &Value) -> Result<String, Error> {
    let number = value.to_string();
    if number.contains(['n', 'i']) {
        return Err(Error::new(
            ErrorKind::BadSerialization,
            format!("{number} is no number that a manifest can hold"),
        ));
    }
    Ok(number)
}

fn name(key: &Value) -> Result<&str, Error> {
    key.as_str().ok_or_else(|| Error::new(ErrorKind::BadSerialization, format!("the key {key} is no text")))
}

fn no_value(kind: ValueKind) -> Error {
    Error::new(ErrorKind::BadSerialization, format!("{kind} is no YAML value"))
}

/// Text in double quotes, as YAML 1.1, YAML 1.2 and JSON readers all understand it.
pub fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            // Letters of all scripts stay readable; controls, separators, private use and what lies
            // beyond the basic plane are written by number.
            c if c.is_alphanumeric() && (c as u32) < 0xd800 => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// A scalar as plain words.
///
/// # Errors
/// If it is a mapping, a list, or nothing.
pub fn scalar(value: &Value) -> Result<String, Error> {
    match value.kind() {
        ValueKind::Bool => Ok(if value.is_true() { "true" } else { "false" }.to_owned()),
        ValueKind::Number => Ok(value.to_string()),
        ValueKind::String => Ok(value.as_str().unwrap_or_default().to_owned()),
        kind => Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("only text, numbers and booleans can stand here, not {kind}"),
        )),
    }
}

/// The value of a Java property: what `java.util.Properties` reads back unchanged.
pub fn property_value(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{c}' => out.push_str("\\f"),
            ' ' if at == 0 => out.push_str("\\ "),
            ' '..='~' => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out
}

/// The key of a Java property.
pub fn property_key(text: &str) -> String {
    let mut out = String::new();
    for c in property_value(text).chars() {
        if matches!(c, '=' | ':' | '#' | '!') || (c == ' ' && !out.ends_with('\\')) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// One word of a POSIX shell.
pub fn shell(text: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | ',' | '@' | '%' | '+')
    };
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_escapes_in_its_own_way() {
        assert_eq!(property_value(" a\\b=c:d\n\u{e9}"), "\\ a\\\\b=c:d\\n\\u00e9");
        assert_eq!(property_key("a b=c:d"), "a\\ b\\=c\\:d");
        assert_eq!(xml("<a b=\"c\">&'"), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;");
        assert_eq!(shell("it's; rm -rf /"), "'it'\\''s; rm -rf /'");
        assert_eq!(shell("s3a://b/p"), "s3a://b/p");
        let mut text = String::new();
        quote(&mut text, "a\"\\\n\u{85}\u{1f600}я");
        assert_eq!(text, "\"a\\\"\\\\\\n\\u0085\\ud83d\\ude00я\"");
    }
}
