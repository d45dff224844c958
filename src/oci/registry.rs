//! A registry, as the OCI distribution specification 1.1 describes pushing: what is there already is not
//! sent, each blob goes in one piece, the manifest last, so that nothing is tagged before it is whole.

use super::address::{same_origin, with_parameter};
use super::artifact::{Artifact, Blob};
use super::authenticate::{Reply, reply};
use super::challenge;
use super::credentials::Credentials;
use super::error::{Error, Result};
use super::http::{Answer, Connection, Options, Question};
use super::reference::Reference;
use serde_json::Value;
use std::thread::sleep;
use std::time::Duration;

/// How often something is tried.
const TRIES: u32 = 4;
/// What a registry may make us wait at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// As much of what a registry says as a message takes.
const LONGEST_SAYING: usize = 400;
/// Where a registry tells a digest.
const DIGEST: &str = "docker-content-digest";

/// One repository of a registry.
pub struct Registry {
    connection: Connection,
    reference: Reference,
    /// `https://HOST/v2/REPOSITORY`
    base: String,
    credentials: Credentials,
    /// What was last good enough.
    authorization: Option<String>,
    pause: Duration,
}

/// What pushing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The digests of the blobs that were sent; the others were there.
    pub sent: Vec<String>,
    /// Whether the tag named this very artifact already, and nothing was done.
    pub unchanged: bool,
}

impl Registry {
    /// Prepares; connects to nothing yet.
    ///
    /// # Errors
    /// If the file of certificate authorities cannot be used.
    pub fn new(reference: &Reference, credentials: Credentials, options: &Options) -> Result<Registry> {
        let scheme = if options.plain_http { "http" } else { "https" };
        let host = if reference.host == "docker.io" { "registry-1.docker.io" } else { &reference.host };
        Ok(Registry {
            connection: Connection::new(reference, options)?,
            reference: reference.clone(),
            base: format!("{scheme}://{host}/v2/{}", reference.repository),
            credentials,
            authorization: None,
            pause: options.pause,
        })
    }

    /// Pushes an artifact and names it by the reference's tag.
    ///
    /// # Errors
    /// If the registry cannot be reached or trusted, refuses, or keeps something else.
    pub fn push(&mut self, artifact: &Artifact) -> Result<Pushed> {
        if self.again(Self::tagged)?.as_deref() == Some(artifact.digest()) {
            return Ok(Pushed { sent: Vec::new(), unchanged: true });
        }
        let mut sent = Vec::new();
        for blob in [&artifact.config, &artifact.layer] {
            if !self.again(|registry| registry.has(blob))? {
                self.again(|registry| registry.send(blob))?;
                sent.push(blob.digest.clone());
            }
        }
        self.again(|registry| registry.tag(&artifact.manifest))?;
        Ok(Pushed { sent, unchanged: false })
    }

    /// The digest that the tag names; none where there is no such tag, or nobody may ask.
    fn tagged(&mut self) -> Result<Option<String>> {
        let address = format!("{}/manifests/{}", self.base, self.reference.tag);
        let accept = Some(super::artifact::MANIFEST);
        let answer = self.ask(&Question { method: "HEAD", address: &address, body: None, accept })?;
        self.passing(&answer)?;
        let digest = answer.header(DIGEST).filter(|_| answer.status == 200);
        Ok(digest.map(str::to_owned))
    }

    /// Whether the blob is there. Who may not ask, sends.
    fn has(&mut self, blob: &Blob) -> Result<bool> {
        let address = format!("{}/blobs/{}", self.base, blob.digest);
        let answer = self.ask(&Question { method: "HEAD", address: &address, body: None, accept: None })?;
        self.passing(&answer)?;
        Ok(answer.status == 200)
    }

    fn send(&mut self, blob: &Blob) -> Result<()> {
        let address = format!("{}/blobs/uploads/", self.base);
        let kind = "application/octet-stream";
        let body = Some((kind, &[][..]));
        let begun = self.ask(&Question { method: "POST", address: &address, body, accept: None })?;
        if begun.status != 202 {
            return Err(self.refusal(&begun));
        }
        let location = self.connection.follow(&begun, begun.header("location").unwrap_or_default())?;
        let address = with_parameter(&location, "digest", &blob.digest);
        let body = Some((kind, blob.bytes.as_slice()));
        let done = self.ask(&Question { method: "PUT", address: &address, body, accept: None })?;
        if done.status != 201 {
            return Err(self.refusal(&done));
        }
        self.same_digest(&done, blob)
    }

    fn tag(&mut self, manifest: &Blob) -> Result<()> {
        let address = format!("{}/manifests/{}", self.base, self.reference.tag);
        let body = Some((manifest.media_type, manifest.bytes.as_slice()));
        let done = self.ask(&Question { method: "PUT", address: &address, body, accept: None })?;
        if done.status != 201 {
            return Err(self.refusal(&done));
        }
        self.same_digest(&done, manifest)
    }

    /// Asks; answers one challenge where there is one.
    fn ask(&mut self, question: &Question<'_>) -> Result<Answer> {
        // An upload may go elsewhere, to an address that is signed: no credentials go there.
        let own = same_origin(question.address, &self.base);
        let authorization = self.authorization.as_deref().filter(|_| own);
        let answer = self.connection.ask(question, authorization)?;
        if answer.status != 401 || !own || !same_origin(&answer.address, &self.base) {
            return Ok(answer);
        }
        let headers = answer.headers.get_all("www-authenticate").iter();
        let texts = headers.filter_map(|header| header.to_str().ok());
        let challenges: Vec<_> = texts.flat_map(challenge::parse).collect();
        let (credentials, repository) = (&self.credentials, &self.reference.repository);
        match reply(&self.connection, &challenges, credentials, repository, &answer)? {
            Reply::Header(header) => {
                let again = self.connection.ask(question, Some(&header))?;
                self.authorization = Some(header);
                Ok(again)
            }
            Reply::Nothing => Ok(answer),
            Reply::Refused(answer) => Err(self.refusal(&answer)),
        }
    }

    /// Does something again while what is wrong may pass.
    fn again<T>(&mut self, mut work: impl FnMut(&mut Self) -> Result<T>) -> Result<T> {
        let mut pause = self.pause;
        for _ in 1..TRIES {
            match work(self) {
                Err(error) if error.is_passing() => {
                    let asked = match error {
                        Error::Busy { after, .. } => after,
                        _ => None,
                    };
                    sleep(asked.unwrap_or(pause).min(LONGEST_PAUSE));
                    pause *= 2;
                }
                result => return result,
            }
        }
        work(self)
    }

    /// Refuses an answer that may be another one soon.
    fn passing(&self, answer: &Answer) -> Result<()> {
        if answer.status == 429 || answer.status >= 500 { Err(self.refusal(answer)) } else { Ok(()) }
    }

    /// What an answer that is no success means.
    fn refusal(&self, answer: &Answer) -> Error {
        let Reference { host, repository, .. } = self.reference.clone();
        let (status, said) = (answer.status, saying(&answer.body));
        match status {
            401 | 403 => {
                let credentials = self.credentials.origin.clone();
                Error::Denied { host, repository, status, said, credentials }
            }
            404 => Error::Missing { host, repository, said },
            429 | 500.. => {
                let seconds = answer.header("retry-after").and_then(|text| text.trim().parse().ok());
                Error::Busy { host, status, said, after: seconds.map(Duration::from_secs) }
            }
            400..500 if !said.is_empty() => Error::Refused { host, repository, status, said },
            _ => Error::Answer { host, what: format!("HTTP {status}{said}") },
        }
    }

    fn same_digest(&self, answer: &Answer, blob: &Blob) -> Result<()> {
        match answer.header(DIGEST) {
            Some(found) if found != blob.digest => Err(Error::Digest {
                host: self.reference.host.clone(),
                sent: blob.digest.clone(),
                found: found.to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

/// What a registry says is wrong: `: CODE: message`; empty where it says nothing that is meant to be read.
fn saying(body: &[u8]) -> String {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return String::new() };
    let errors = body.get("errors").and_then(Value::as_array);
    let of = |error: &Value| {
        let text = |key: &str| error.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let parts: Vec<&str> = [text("code"), text("message")].into_iter().flatten().collect();
        parts.join(": ")
    };
    let all: Vec<String> = errors.into_iter().flatten().map(of).filter(|text| !text.is_empty()).collect();
    let all: String = all.join("; ").chars().take(LONGEST_SAYING).collect();
    if all.is_empty() { all } else { format!(": {all}") }
}
