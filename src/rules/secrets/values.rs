//! Whether a value is a credential, or only says where one stands.

use super::forms;
use super::hints;
use super::names::{self, Sound};

/// A credential in plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak<'t> {
    /// The rule that it breaks.
    pub rule: &'static str,
    /// What it is, in a few words; never the credential.
    pub what: String,
    /// The credential.
    pub value: &'t str,
}

/// Passwords that products are shipped with, and that every attacker tries first.
pub const DEFAULTS: [&str; 8] =
    ["minioadmin", "minio123", "hive123", "changeme", "changeit", "password123", "admin123", "letmein"];

/// What the built-in templates write where Spark wants a property to exist and takes its value from the
/// environment.
const STANDS_ELSEWHERE: &str = "in-the-environment";

/// Whether a value is a credential, by its form, by what it is called, or both.
pub fn judge<'t>(name: Option<&str>, value: &'t str) -> Option<Leak<'t>> {
    if !name.is_some_and(hints::any) && !hints::any(value) {
        return None;
    }
    by_form(value).or_else(|| by_name(name, value)).or_else(|| embedded(value))
}

/// A credential of a known form anywhere in a text.
pub fn by_form(text: &str) -> Option<Leak<'_>> {
    if !hints::form(text) {
        return None;
    }
    if let Some(form) = forms::find(text) {
        return Some(Leak { rule: "secret/known-form", what: form.what.to_owned(), value: form.value });
    }
    let value = forms::in_url(text)?;
    Some(Leak { rule: "secret/in-url", what: "a password in a URL".to_owned(), value })
}

/// A value that its name says to be a credential, or that everybody knows to be one.
pub fn by_name<'t>(name: Option<&str>, value: &'t str) -> Option<Leak<'t>> {
    let value = unquoted(value.trim());
    if DEFAULTS.iter().any(|known| known.eq_ignore_ascii_case(value)) {
        let what = "a password that a product is shipped with".to_owned();
        return Some(Leak { rule: "secret/well-known-default", what, value });
    }
    let name = name?;
    let leaks = match names::sound(name) {
        Sound::Credential => !is_reference(name, value),
        Sound::Suspicious => is_random(value) && !is_reference(name, value),
        Sound::Plain => false,
    };
    leaks.then(|| {
        let what = format!("a value under the name `{name}`");
        Leak { rule: "secret/plain-text", what, value }
    })
}

/// `-Dx.password=y`, `?user=a&password=b`, `--token=x`: assignments inside a value.
pub fn embedded(value: &str) -> Option<Leak<'_>> {
    let bytes = value.as_bytes();
    value.match_indices('=').find_map(|(at, _)| {
        let (before, after) = (bytes.get(at.wrapping_sub(1)), bytes.get(at + 1));
        if matches!(before, Some(b'=' | b'!' | b'<' | b'>' | b'~')) || after == Some(&b'=') {
            return None;
        }
        let left = value[..at].trim_end_matches(['"', '\'']);
        let start = left.rfind(|c: char| !(c.is_alphanumeric() || "_.-".contains(c)));
        let name = &left[start.map_or(0, |at| at + left[at..].chars().next().map_or(1, char::len_utf8))..];
        by_name(Some(name.trim_start_matches("-D").trim_start_matches('-')), first_word(&value[at + 1..]))
    })
}

/// What is written first: what stands in quotes, or up to white space or punctuation.
pub fn first_word(text: &str) -> &str {
    let text = text.strip_prefix('\\').unwrap_or(text);
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inside = &text[1..];
            &inside[..inside.find(quote).unwrap_or(inside.len())]
        }
        Some(_) => {
            &text[..text.find(|c: char| c.is_whitespace() || ",;&\"'<>)`|".contains(c)).unwrap_or(text.len())]
        }
        None => text,
    }
}

fn unquoted(value: &str) -> &str {
    let stripped = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    stripped('"').or_else(|| stripped('\'')).unwrap_or(value)
}

/// Whether a value only says where a credential stands, or is none.
fn is_reference(name: &str, value: &str) -> bool {
    const WORDS: [&str; 17] = [
        "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "required", "optional", "enabled",
        "disabled", "default", "always", "never", "auto",
    ];
    const SCHEMES: [&str; 9] =
        ["file:", "env:", "vault:", "arn:", "op:", "ref+", "ENC[", "argon2:", "secretsmanager:"];
    let lower = value.to_ascii_lowercase();
    value.is_empty()
        || WORDS.contains(&lower.as_str())
        || value.starts_with(['$', '{', '[', '(', '%', '&', '@'])
        || ["${", "$(", "{{"].iter().any(|mark| value.contains(mark))
        || (value.starts_with('<') && value.ends_with('>'))
        || value.bytes().all(|byte| matches!(byte, b'*' | b'.' | b'x' | b'X' | b'-'))
        || SCHEMES.iter().any(|scheme| value.starts_with(scheme))
        || is_path(value)
        || value.contains("://")
        || is_class(value)
        || value == STANDS_ELSEWHERE
        || is_placeholder(value)
        || is_call(value)
        || (!names::is_password(name) && value.bytes().all(|byte| byte.is_ascii_digit()))
        || (value.contains(char::is_whitespace) && !names::is_password(name))
}

/// `/run/secrets/token`; a random text may begin with `/` too.
fn is_path(value: &str) -> bool {
    let rooted = value.starts_with('/') || value.starts_with("./") || value.starts_with("~/");
    rooted
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-*".contains(&byte))
        && !is_random(value)
}

/// `org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider`.
fn is_class(value: &str) -> bool {
    let parts: Vec<&str> = value.split('.').collect();
    let named = |part: &&str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$'))
    };
    parts.len() >= 3
        && parts.iter().all(named)
        && parts.last().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// `TOKEN`, `YOUR_PASSWORD`: what a person is to replace.
fn is_placeholder(value: &str) -> bool {
    let shouted = value.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    shouted
        && ["TOKEN", "PASSWORD", "SECRET", "KEY", "REPLACE", "YOUR", "TODO", "PLACEHOLDER"]
            .iter()
            .any(|word| value.contains(word))
}

/// `getpass.getpass()`, `os.environ["TOKEN"]`: code.
fn is_call(value: &str) -> bool {
    let end = value.find(['(', '[']).unwrap_or(value.len());
    let callee = &value[..end];
    end < value.len()
        && !callee.is_empty()
        && callee.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
        && (value.ends_with([')', ']', ',', '"', '\'']) || value.len() == end + 1)
}

/// Whether a text looks drawn at random: one long word of hexadecimal digits, or of letters of both cases and
/// digits, in which no character is much more frequent than others.
fn is_random(value: &str) -> bool {
    let bytes = value.as_bytes();
    let has = |class: fn(&u8) -> bool| bytes.iter().any(class);
    if bytes.len() < 20 || !bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(byte)) {
        return false;
    }
    let hex = bytes.iter().all(u8::is_ascii_hexdigit);
    let mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit);
    match hex {
        true => bytes.len() >= 32 && entropy(bytes) >= 3.0,
        false => mixed && entropy(bytes) >= 3.9,
    }
}

/// Shannon's entropy, in bits for each character.
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let all = bytes.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / all)
        .map(|part| -part * part.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_no_credentials() {
        for (name, value) in [
            ("password", "${env.METASTORE_DATABASE_PASSWORD}"),
            ("password", "$(PASSWORD)"),
            ("PASSWORD", "$PASSWORD"),
            ("token", "/run/secrets/token"),
            ("spark.authenticate.secret", ""),
            ("token", "TOKEN"),
            ("max.token", "4096"),
            ("password", "os.environ[\"PASSWORD\"]"),
            ("credentials", "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider"),
            ("config-hash", "0c37d8e696117f02c302191b8110b0d0eb20fa412fce34c3a269ec73c16ce822"),
            ("key", "0c37d8e6-9611-7f02-c302-191b8110b0d0"),
            ("url", "jdbc:postgresql://db:5432/x?user=a&password=${PASSWORD}"),
        ] {
            assert_eq!(judge(Some(name), value), None, "{name}={value}");
        }
        for (name, value) in [
            ("password", "hunter2"),
            ("PASSWORD", "12345678"),
            ("fs.s3a.secret.key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("session-key", "fH3kd93jfKSl2md84Jdkq0Lm"),
            ("javaOptions", "-Xmx1g -Djavax.net.ssl.keyStorePassword=hunter2"),
            ("url", "jdbc:postgresql://db:5432/x?user=a&password=hunter2"),
            ("user", "minioadmin"),
        ] {
            assert!(judge(Some(name), value).is_some(), "{name}={value}");
        }
    }
}
