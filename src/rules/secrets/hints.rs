//! Whether a text may hold a credential, or the name of one, at all: one pass over its bytes, so that nearly all
//! texts are spared everything else.

use super::forms;

/// What every credential that these rules find has in it, or in its name: the words of names ([`super::names`]),
/// passwords that products are shipped with ([`super::values`]), beginnings of known forms ([`super::forms`]). A
/// test holds them to those tables. What begins with the same three letters stands together.
const WORDS: [&str; 50] = [
    // Names.
    "pass",
    "pwd",
    "secret",
    "string",
    "token",
    "cred",
    "cookie",
    "auth",
    "key",
    // Well-known passwords.
    "minioadmin",
    "minio123",
    "hive123",
    "changeme",
    "changeit",
    "admin123",
    "letmein",
    // Forms.
    "://",
    "akia",
    "asia",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxr-",
    "xoxs-",
    "xapp-",
    "aiza",
    "npm_",
    "pypi-",
    "sig=",
    "sk_live_",
    "rk_live_",
    "sk-ant-",
    "sk-proj-",
    "dapi",
    "hf_",
    "hvs.",
    "-----begin ",
    "eyj",
    "bearer ",
    "basic ",
    "accountkey=",
    "sharedaccesskey=",
    "age-secret-key-1",
];

/// What the last three bytes were, in fifteen bits: the lower five of each tell letters apart, and not their case.
const fn push(last: usize, byte: u8) -> usize {
    (last << 5 | (byte & 31) as usize) & 0x7fff
}

const fn begin(word: &str) -> usize {
    let word = word.as_bytes();
    push(push(push(0, word[0]), word[1]), word[2])
}

/// The first of the words that forms begin with.
const FORMS: usize = 16;

const NONE: u8 = u8::MAX;

/// The first of the words that begin with three bytes.
static FIRST: [u8; 1 << 15] = {
    let mut first = [NONE; 1 << 15];
    let mut at = WORDS.len();
    while at > 0 {
        at -= 1;
        first[begin(WORDS[at])] = at as u8;
    }
    first
};

/// Whether a text may hold a credential, or be the name of one.
pub fn any(text: &str) -> bool {
    has(text, 0)
}

/// Whether a text may hold a credential of a known form.
pub fn form(text: &str) -> bool {
    has(text, FORMS)
}

fn has(text: &str, from: usize) -> bool {
    let bytes = text.as_bytes();
    let mut last = 0;
    bytes.iter().enumerate().any(|(at, byte)| {
        last = push(last, *byte);
        let first = FIRST[last];
        first != NONE
            && at >= 2
            && usize::from(first) >= from
            && begins_a_word(&bytes[at - 2..], first.into())
    })
}

fn begins_a_word(text: &[u8], first: usize) -> bool {
    let alike = WORDS[first..].iter().take_while(|word| begin(word) == begin(WORDS[first]));
    let mut found = alike
        .filter(|word| text.get(..word.len()).is_some_and(|here| here.eq_ignore_ascii_case(word.as_bytes())));
    found.next().is_some_and(|word| *word != "://" || has_user(&text[word.len()..]))
}

/// Whether a user may stand before the host of a URL.
fn has_user(rest: &[u8]) -> bool {
    rest.iter().take_while(|byte| !forms::ends_authority(**byte)).any(|byte| *byte == b'@')
}

#[cfg(test)]
mod tests {
    use super::super::{names, values};
    use super::*;

    #[test]
    fn letters_are_found_in_any_case_and_place() {
        for text in ["Pass", "x.passwd", "\u{e9}KEY", "a://u:p@h/", "sK-aNt-", "--PWD"] {
            assert!(any(text), "{text}");
        }
        for text in ["", "ke", "a://h/u:p@x", "tok en", "sk-", "spark.executor.memory=8g"] {
            assert!(!any(text), "{text}");
        }
    }

    /// What is spared a closer look has nothing that a closer look would find.
    #[test]
    fn every_beginning_is_looked_for() {
        let forms = forms::FORMS.iter().map(|(prefix, ..)| *prefix);
        let others = ["-----BEGIN RSA PRIVATE KEY-----", "eyJ", "Bearer ", "Basic "];
        let names = names::LAST.iter().chain(&names::NEAR).copied();
        assert!(forms.clone().chain(others).all(form));
        for text in forms.chain(others).chain(names).chain(values::DEFAULTS) {
            assert!(any(text) && any(&format!("-{text}-")), "{text}");
        }
        for word in WORDS {
            let together = WORDS.iter().skip_while(|other| begin(other) != begin(word));
            let others = together.skip_while(|other| begin(other) == begin(word));
            assert!(others.into_iter().all(|other| begin(other) != begin(word)), "{word}");
            assert!(!names::may_sound(word) || any(word), "{word}");
        }
    }
}
