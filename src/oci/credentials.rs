//! Credentials from where `docker login`, `podman login`, `helm registry login` and `oras login` put them.
//!
//! A file is parsed to a tree of its own and read by hand: a typed reader's messages quote what they read.

use super::error::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What a Docker credential helper says where it has nothing (docker-credential-helpers, `credentials/error.go`).
const NOTHING_KEPT: &str = "credentials not found";
/// The user name with which a helper marks an identity token (docker/cli, `credentials/native_store.go`).
const TOKEN_USER: &str = "<token>";

/// What of the process's environment says where credentials are.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `$REGISTRY_AUTH_FILE`, as podman, skopeo and buildah know it.
    pub auth_file: Option<PathBuf>,
    /// `$DOCKER_CONFIG`, a directory.
    pub docker_config: Option<PathBuf>,
    /// `$HOME`.
    pub home: Option<PathBuf>,
}

impl Environment {
    /// That of this process.
    pub fn of_process() -> Self {
        let path = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Environment {
            auth_file: path("REGISTRY_AUTH_FILE"),
            docker_config: path("DOCKER_CONFIG"),
            home: path("HOME"),
        }
    }

    fn file(&self) -> Option<PathBuf> {
        let docker = || self.docker_config.clone().or_else(|| Some(self.home.as_ref()?.join(".docker")));
        self.auth_file.clone().or_else(|| Some(docker()?.join("config.json")))
    }
}

/// What proves who one is.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// A name and a password.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// A token for which the registry's authority gives others (OAuth 2 `refresh_token`).
    Identity(String),
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What there is for one registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The secret; none for an anonymous push.
    pub secret: Option<Secret>,
    /// Where it comes from, or where nothing was found: a sentence without the secret.
    pub origin: String,
}

impl Credentials {
    /// Looks for the credentials of a repository at a registry.
    ///
    /// # Errors
    /// If the file cannot be read or understood, or the helper that it names fails.
    pub fn find(host: &str, repository: &str, environment: &Environment) -> Result<Credentials> {
        // `docker login` without a host writes this one.
        let server = if host == "docker.io" { "https://index.docker.io/v1/" } else { host };
        let host = bare(server);
        let none = |origin: String| Ok(Credentials { secret: None, origin });
        let Some(path) = environment.file() else {
            return none(
                "no credentials were sent: neither REGISTRY_AUTH_FILE, DOCKER_CONFIG nor HOME is set".into(),
            );
        };
        let shown = path.display().to_string();
        let wrong = |what: String| Error::Credentials { path: shown.clone(), what };
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return none(format!("no credentials were sent: there is no `{shown}`"));
            }
            Err(error) => return Err(wrong(error.to_string())),
        };
        let config: Value = serde_json::from_slice(&text)
            .map_err(|error| wrong(format!("line {} is not JSON", error.line())))?;

        let helper = config.get("credHelpers").and_then(|helpers| helpers.get(host));
        let helper = helper.or_else(|| config.get("credsStore")).and_then(Value::as_str);
        if let Some(helper) = helper.filter(|helper| !helper.is_empty())
            && let Some(found) = ask(helper, server, &shown)?
        {
            return Ok(found);
        }
        let auths = config.get("auths").and_then(Value::as_object);
        let entries = auths.into_iter().flatten().map(|(key, entry)| (bare(key), entry));
        let fits = |key: &str| key == host || format!("{host}/{repository}/").starts_with(&format!("{key}/"));
        let entry = entries.filter(|(key, _)| fits(key)).max_by_key(|(key, _)| key.len());
        let secret = entry
            .map(|(_, entry)| secret(entry))
            .transpose()
            .map_err(|what| wrong(format!("what `auths` has for {host} {what}")))?;
        match secret.flatten() {
            None => none(format!("no credentials were sent: `{shown}` has none for {host}")),
            Some(secret) => {
                let origin = format!("sent were those that `{shown}` has for {host}{}", of(&secret));
                Ok(Credentials { secret: Some(secret), origin })
            }
        }
    }

    /// The value of an `Authorization` header with a name and a password.
    pub fn basic(user: &str, password: &str) -> String {
        format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
    }
}

/// ` (user `alice`)`
fn of(secret: &Secret) -> String {
    match secret {
        Secret::Password { user, .. } => format!(" (user `{user}`)"),
        Secret::Identity(_) => " (an identity token)".to_owned(),
    }
}

/// Keys of `auths` may be addresses: `https://registry.example/v1/`.
fn bare(key: &str) -> &str {
    let key = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let key = key.trim_end_matches('/');
    key.strip_suffix("/v1").or_else(|| key.strip_suffix("/v2")).unwrap_or(key)
}

/// What an entry of `auths` holds; none where it is empty, as it is beside a helper.
fn secret(entry: &Value) -> Result<Option<Secret>, &'static str> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(token) = text("identitytoken") {
        return Ok(Some(Secret::Identity(token.to_owned())));
    }
    if let Some(auth) = text("auth") {
        let decoded = STANDARD.decode(auth.trim()).map_err(|_| "is no base64")?;
        let decoded = String::from_utf8(decoded).map_err(|_| "is no text in base64")?;
        let (user, password) = decoded.split_once(':').ok_or("has no `:` between user and password")?;
        let password = password.trim_end_matches('\0').to_owned();
        return Ok(Some(Secret::Password { user: user.to_owned(), password }));
    }
    let password =
        |user: &str| Some(Secret::Password { user: user.into(), password: text("password")?.into() });
    Ok(text("username").and_then(password))
}

/// Asks `docker-credential-NAME`; none where it keeps nothing for this host.
fn ask(helper: &str, host: &str, path: &str) -> Result<Option<Credentials>> {
    let program = format!("docker-credential-{helper}");
    let failed = |what: &str| Error::Helper {
        program: program.clone(),
        path: path.to_owned(),
        host: host.to_owned(),
        what: what.to_owned(),
    };
    if !helper.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        return Err(failed("its name has characters that no helper's has"));
    }
    let mut command = Command::new(&program);
    command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().map_err(|error| failed(&error.to_string()))?;
    if let Some(mut input) = child.stdin.take() {
        // A helper that reads nothing may be gone already; its answer counts.
        let _ = input.write_all(host.as_bytes());
    }
    let output = child.wait_with_output().map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        let nothing = String::from_utf8_lossy(&output.stdout).contains(NOTHING_KEPT);
        return if nothing { Ok(None) } else { Err(failed(&output.status.to_string())) };
    }
    let answer: Value = serde_json::from_slice(&output.stdout).map_err(|_| failed("it printed no JSON"))?;
    let text = |key: &str| answer.get(key).and_then(Value::as_str).map(str::to_owned);
    let (Some(user), Some(password)) = (text("Username"), text("Secret")) else {
        return Err(failed("it printed no `Username` and `Secret`"));
    };
    let secret =
        if user == TOKEN_USER { Secret::Identity(password) } else { Secret::Password { user, password } };
    let origin = format!("sent were those that `{program}` keeps for {host}{}", of(&secret));
    Ok(Some(Credentials { secret: Some(secret), origin }))
}
