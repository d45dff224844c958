//! Credentials that are known by their form alone, whatever they are called.
//!
//! The forms are those that the services document and that GitHub's secret scanning knows them by. One pass
//! over the bytes finds them all: nothing is tried but where a word begins with a letter that one begins with.

/// A credential in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form<'t> {
    /// What it is: `an AWS access key`.
    pub what: &'static str,
    /// The credential.
    pub value: &'t str,
}

/// What follows a prefix: which characters, and how many there must be.
type Rest = (fn(u8) -> bool, usize, usize);

const MANY: usize = usize::MAX;

fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn dashed(byte: u8) -> bool {
    word(byte) || byte == b'-'
}

fn capital(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

fn base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

fn in_query(byte: u8) -> bool {
    base64(byte) || matches!(byte, b'%' | b'-' | b'_')
}

/// Prefix, what follows it, and what it is.
pub const FORMS: [(&str, Rest, &str); 29] = [
    ("AKIA", (capital, 16, 16), "an AWS access key"),
    ("ASIA", (capital, 16, 16), "a temporary AWS access key"),
    ("ghp_", (word, 36, MANY), "a GitHub token"),
    ("gho_", (word, 36, MANY), "a GitHub token"),
    ("ghu_", (word, 36, MANY), "a GitHub token"),
    ("ghs_", (word, 36, MANY), "a GitHub token"),
    ("ghr_", (word, 36, MANY), "a GitHub token"),
    ("github_pat_", (word, 22, MANY), "a GitHub token"),
    ("glpat-", (dashed, 20, MANY), "a GitLab token"),
    ("xoxb-", (dashed, 10, MANY), "a Slack token"),
    ("xoxp-", (dashed, 10, MANY), "a Slack token"),
    ("xoxa-", (dashed, 10, MANY), "a Slack token"),
    ("xoxr-", (dashed, 10, MANY), "a Slack token"),
    ("xoxs-", (dashed, 10, MANY), "a Slack token"),
    ("xapp-", (dashed, 10, MANY), "a Slack token"),
    ("AIza", (dashed, 35, 35), "a Google API key"),
    ("npm_", (word, 36, MANY), "an npm token"),
    ("pypi-", (dashed, 50, MANY), "a PyPI token"),
    ("AccountKey=", (base64, 40, MANY), "the key of an Azure storage account"),
    ("SharedAccessKey=", (base64, 40, MANY), "a shared access key of Azure"),
    ("sig=", (in_query, 30, MANY), "a shared access signature of Azure"),
    ("sk_live_", (word, 16, MANY), "a Stripe key"),
    ("rk_live_", (word, 16, MANY), "a Stripe key"),
    ("sk-ant-", (dashed, 20, MANY), "an Anthropic API key"),
    ("sk-proj-", (dashed, 20, MANY), "an OpenAI API key"),
    ("dapi", (hex, 32, 32), "a Databricks token"),
    ("hf_", (word, 30, MANY), "a Hugging Face token"),
    ("hvs.", (dashed, 24, MANY), "a Vault token"),
    ("AGE-SECRET-KEY-1", (capital, 40, MANY), "a private key of age"),
];

/// The letters that forms begin with.
const FIRST: [bool; 128] = {
    let mut first = [false; 128];
    let mut at = 0;
    while at < FORMS.len() {
        first[FORMS[at].0.as_bytes()[0] as usize] = true;
        at += 1;
    }
    first[b'e' as usize] = true;
    first[b'-' as usize] = true;
    first[b'B' as usize] = true;
    first
};

/// The first credential of a known form in a text.
pub fn find(text: &str) -> Option<Form<'_>> {
    let bytes = text.as_bytes();
    let mut inside = false;
    for (at, byte) in bytes.iter().enumerate() {
        let begins = !inside || *byte == b'-';
        inside = word(*byte);
        if begins
            && FIRST.get(usize::from(*byte)) == Some(&true)
            && let Some(form) = begins_with(text, at)
        {
            return Some(form);
        }
    }
    None
}

fn begins_with(text: &str, at: usize) -> Option<Form<'_>> {
    let bytes = &text.as_bytes()[at..];
    for (prefix, (takes, least, most), what) in FORMS {
        if bytes.first() != prefix.as_bytes().first() {
            continue;
        }
        let Some(rest) = bytes.strip_prefix(prefix.as_bytes()) else { continue };
        let length = rest.iter().take_while(|byte| takes(**byte)).count();
        if (least..=most).contains(&length) {
            // The name before an equals sign is no part of the value.
            let start = if prefix.ends_with('=') { at + prefix.len() } else { at };
            return Some(Form { what, value: text.get(start..at + prefix.len() + length)? });
        }
    }
    private_key(text, at).or_else(|| web_token(text, at)).or_else(|| header(text, at))
}

/// `-----BEGIN RSA PRIVATE KEY-----`.
fn private_key(text: &str, at: usize) -> Option<Form<'_>> {
    let rest = text.get(at..)?.strip_prefix("-----BEGIN ")?;
    let (kind, _) = rest.split_once("-----")?;
    let is_key = kind.ends_with("PRIVATE KEY") || kind == "PGP PRIVATE KEY BLOCK";
    is_key.then_some(Form { what: "a private key", value: rest.lines().next()? })
}

/// Three parts of base64, the first two of JSON objects: RFC 7519.
fn web_token(text: &str, at: usize) -> Option<Form<'_>> {
    let rest = text.get(at..)?;
    if !rest.starts_with("eyJ") {
        return None;
    }
    let length = rest.bytes().take_while(|byte| dashed(*byte) || *byte == b'.').count();
    let value = rest.get(..length)?;
    let mut parts = value.split('.');
    let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let is_token = header.len() >= 10 && claims.starts_with("eyJ") && signature.len() >= 10;
    is_token.then_some(Form { what: "a JSON web token", value })
}

/// `Bearer ...` and `Basic ...`, as the header `Authorization` has them.
fn header(text: &str, at: usize) -> Option<Form<'_>> {
    let rest = text.get(at..)?;
    let (what, rest, least) = match (rest.strip_prefix("Bearer "), rest.strip_prefix("Basic ")) {
        (Some(rest), _) => ("a bearer token", rest, 16),
        (_, Some(rest)) => ("a name and password in base64", rest, 8),
        _ => return None,
    };
    let length = rest.bytes().take_while(|byte| in_query(*byte) || matches!(byte, b'.' | b'~')).count();
    let value = rest.get(..length)?;
    let mixed = value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic());
    let mixed = mixed || value.ends_with('=');
    (length >= least && mixed).then_some(Form { what, value })
}

/// Whether what follows the scheme of a URL, `user:password@host:port`, ends at a byte.
pub fn ends_authority(byte: u8) -> bool {
    matches!(byte, b'/' | b'?' | b'#' | b' ' | b'\t' | b'\n' | b'"' | b'\'' | b'<' | b'>' | b'`')
}

/// The password in the first URL of a text that holds one: `https://user:password@host`.
pub fn in_url(text: &str) -> Option<&str> {
    text.match_indices("://").find_map(|(at, _)| {
        let rest = &text[at + 3..];
        let end = rest.bytes().position(ends_authority).unwrap_or(rest.len());
        let (user, _) = rest[..end].rsplit_once('@')?;
        let (_, password) = user.split_once(':')?;
        let refers = password.is_empty() || password.contains(['$', '{', '<', '*', '%']);
        (!refers && password.len() > 1).then_some(password)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_no_token_because_it_begins_like_one() {
        for text in [
            "AKIAfoo AKIA0123456789ABCDEFG xAKIA0123456789ABCDEF",
            "sig=short&x, sk_live_, hf_hub, dapi-server, ghp_short",
            "-----BEGIN CERTIFICATE-----",
            "eyJhbGciOiJub25lIn0",
            "Bearer $(TOKEN), Basic authentication, Bearer authentication",
            "sha256:672d7d872f434cb7fe1c90f7edcd19b1e8c67a335a578288426fbd4db5096915",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
        assert_eq!(in_url("https://$(USER):$(PASSWORD)@host abfss://logs@acct.dfs s3a://b/p@1:2"), None);
        assert_eq!(in_url("jdbc:postgresql://app:hunter2@db/x"), Some("hunter2"));
    }
}
