//! From a challenge and credentials to an `Authorization` header (distribution specification, "Token
//! Authentication"; the same that `docker push` does).

use super::address::{query, with_parameter};
use super::challenge::Challenge;
use super::credentials::{Credentials, Secret};
use super::error::{Error, Result};
use super::http::{Answer, Connection, Question};
use serde_json::Value;

/// How a registry's challenge was answered.
pub enum Reply {
    /// With this header.
    Header(String),
    /// Not at all: nothing here fits the challenge.
    Nothing,
    /// Who gives tokens refuses to.
    Refused(Answer),
}

/// Answers the first challenge that can be answered: a token before a password.
///
/// # Errors
/// If who gives tokens cannot be reached, or is not to be told a password.
pub fn reply(
    connection: &Connection,
    challenges: &[Challenge],
    credentials: &Credentials,
    repository: &str,
    registry: &Answer,
) -> Result<Reply> {
    let of = |scheme: &str| challenges.iter().find(|challenge| challenge.scheme == scheme);
    if let Some(bearer) = of("bearer") {
        return token(connection, bearer, credentials, repository, registry);
    }
    Ok(match (of("basic"), &credentials.secret) {
        (Some(_), Some(Secret::Password { user, password })) => {
            Reply::Header(Credentials::basic(user, password))
        }
        _ => Reply::Nothing,
    })
}

fn token(
    connection: &Connection,
    challenge: &Challenge,
    credentials: &Credentials,
    repository: &str,
    registry: &Answer,
) -> Result<Reply> {
    let Some(realm) = challenge.get("realm") else { return Ok(Reply::Nothing) };
    // As a redirect: an address, and not without TLS where the registry has it.
    let realm = connection.follow(registry, realm)?;
    let scope = format!("repository:{repository}:pull,push");
    let mut pairs = vec![("scope", scope.as_str())];
    pairs.extend(challenge.get("service").map(|service| ("service", service)));
    let answer = match &credentials.secret {
        Some(Secret::Identity(token)) => {
            pairs.extend([
                ("grant_type", "refresh_token"),
                ("client_id", "sparkctl"),
                ("refresh_token", token),
            ]);
            let form = query(&pairs);
            let body = Some(("application/x-www-form-urlencoded", form.as_bytes()));
            connection.ask(&Question { method: "POST", address: &realm, body, accept: None }, None)?
        }
        other => {
            let address = pairs.iter().fold(realm.clone(), |address, (name, value)| {
                with_parameter(&address, name, &super::address::encode(value))
            });
            let basic = match other {
                Some(Secret::Password { user, password }) => Some(Credentials::basic(user, password)),
                _ => None,
            };
            let question = Question { method: "GET", address: &address, body: None, accept: None };
            connection.ask(&question, basic.as_deref())?
        }
    };
    if answer.status != 200 {
        return Ok(Reply::Refused(answer));
    }
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let text = |key: &str| body.as_ref()?.get(key)?.as_str();
    match text("token").or_else(|| text("access_token")) {
        Some(token) => Ok(Reply::Header(format!("Bearer {token}"))),
        None => Err(Error::Answer {
            host: super::address::host_of(&answer.address),
            what: "no token where one was asked for".to_owned(),
        }),
    }
}
