//! What a name says about its value: `spark.hadoop.fs.s3a.secret.key` holds a credential,
//! `spark.hadoop.fs.s3a.aws.credentials.provider` does not.

/// How a name sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sound {
    /// Like anything.
    Plain,
    /// Like something near a credential: what is random under it is one.
    Suspicious,
    /// Like a credential.
    Credential,
}

/// Last words of names of credentials.
pub const LAST: [&str; 16] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "pass",
    "secret",
    "token",
    "credential",
    "credentials",
    "apikey",
    "secretkey",
    "accesskey",
    "privatekey",
    "accountkey",
    "authtoken",
    "accesstoken",
];

/// Words before a last `key` that make it one.
const KEYS: [&str; 13] = [
    "access",
    "secret",
    "api",
    "private",
    "account",
    "auth",
    "encryption",
    "fernet",
    "signing",
    "shared",
    "master",
    "storage",
    "sas",
];

/// Parts of words near credentials.
pub const NEAR: [&str; 7] = ["secret", "token", "passw", "cred", "auth", "key", "cookie"];

/// Words of names whose values are random and no secret.
const RANDOM: [&str; 17] = [
    "hash",
    "sha",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "digest",
    "checksum",
    "fingerprint",
    "public",
    "cert",
    "certificate",
    "ca",
    "uid",
    "uuid",
    "commit",
    "revision",
];

/// Whether a name may sound like anything at all: whether it holds a part of one of the words below. Nearly all
/// names do not, and are spared the cutting into words.
pub fn may_sound(name: &str) -> bool {
    let bytes = name.as_bytes();
    let begins = |at: usize, part: &str| {
        bytes.get(at..at + part.len()).is_some_and(|here| here.eq_ignore_ascii_case(part.as_bytes()))
    };
    (0..bytes.len()).any(|at| match bytes[at].to_ascii_lowercase() {
        b'p' => begins(at, "pass") || begins(at, "pwd"),
        b's' => begins(at, "secret") || begins(at, "string"),
        b't' => begins(at, "token"),
        b'c' => begins(at, "cred") || begins(at, "cookie"),
        b'a' => begins(at, "auth"),
        b'k' => begins(at, "key"),
        _ => false,
    })
}

/// How a name sounds. Words end at punctuation and before capitals.
pub fn sound(name: &str) -> Sound {
    if !may_sound(name) {
        return Sound::Plain;
    }
    let words = words(name);
    let Some(last) = words.last() else { return Sound::Plain };
    // References to a key of a Secret, and the shell's working directory.
    if words.windows(3).any(|three| three == ["secret", "key", "ref"]) || matches!(name, "PWD" | "OLDPWD") {
        return Sound::Plain;
    }
    let before = words.len().checked_sub(2).map_or("", |at| words[at].as_str());
    let last = last.as_str();
    let names = LAST.contains(&last)
        || last.ends_with("password")
        || last.ends_with("passwd")
        || last == "key" && KEYS.contains(&before)
        || last == "string" && before == "connection"
        || words.ends_with(&["access".to_owned(), "key".to_owned(), "id".to_owned()]);
    if names {
        return Sound::Credential;
    }
    let near = words.iter().any(|word| NEAR.iter().any(|part| word.contains(part)));
    match near && !words.iter().any(|word| RANDOM.contains(&word.as_str())) {
        true => Sound::Suspicious,
        false => Sound::Plain,
    }
}

/// Whether a name is one of a password, whatever else it may mean elsewhere.
pub fn is_password(name: &str) -> bool {
    may_sound(name)
        && words(name).last().is_some_and(|last| {
            last.ends_with("password") || matches!(last.as_str(), "passwd" | "passphrase" | "pwd" | "pass")
        })
}

fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower = false;
    for c in name.chars() {
        if !word.is_empty() && (!c.is_alphanumeric() || (c.is_uppercase() && lower)) {
            words.push(std::mem::take(&mut word));
        }
        lower = c.is_lowercase();
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is spared the cutting into words has none of the words that anything is known by.
    #[test]
    fn every_word_that_tells_something_is_looked_for() {
        for word in LAST.iter().chain(&NEAR).chain(&["connectionString", "ACCESS_KEY_ID", "DbPassWd"]) {
            assert!(may_sound(word) && may_sound(&word.to_uppercase()), "{word}");
        }
        assert!(!may_sound("spark.sql.shuffle.partitions"));
    }

    #[test]
    fn names_of_credentials_are_known_by_their_end() {
        for name in [
            "spark.hadoop.fs.s3a.secret.key",
            "spark.hadoop.fs.s3a.access.key",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_ACCESS_KEY_ID",
            "javax.jdo.option.ConnectionPassword",
            "PGPASSWORD",
            "DB_PASS",
            "AIRFLOW__CORE__FERNET_KEY",
            "apiKey",
            "spark.authenticate.secret",
            "github-token",
        ] {
            assert_eq!(sound(name), Sound::Credential, "{name}");
        }
        for name in [
            "spark.hadoop.fs.s3a.aws.credentials.provider",
            "spark.authenticate",
            "spark.kubernetes.executor.secretKeyRef.AWS_SECRET_ACCESS_KEY",
            "PWD",
            "secretName",
            "POSTGRES_PASSWORD_FILE",
            "spark.authenticate.secretBitLength",
            "topologyKey",
        ] {
            assert!(sound(name) < Sound::Credential, "{name}");
        }
        assert_eq!(sound("publicKeyFingerprint"), Sound::Plain);
    }
}
