//! One HTTP request and its answer: TLS, proxies, time limits, redirects, and who may see credentials.

use super::address::{bare, host_of, same_origin};
use super::error::{Error, Result};
use super::failure::failure;
use super::reference::Reference;
use std::path::PathBuf;
use std::time::Duration;
use ureq::http::{HeaderMap, Request, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, SendBody};

/// To connect, whether or not anybody is there.
const CONNECT: Duration = Duration::from_secs(10);
/// To answer; a registry may copy a layer to its store first.
const ANSWER: Duration = Duration::from_secs(120);
/// To send a layer.
const SEND: Duration = Duration::from_secs(300);
/// More than any manifest, token or error.
const LARGEST_ANSWER: u64 = 4 << 20;
/// As many redirects as browsers and curl follow in practice.
const MOST_REDIRECTS: usize = 5;

/// How a registry is reached.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether without TLS.
    pub plain_http: bool,
    /// Certificate authorities to trust besides the system's, as PEM.
    pub ca_file: Option<PathBuf>,
    /// How long to wait before the second try; each one after it waits twice as long.
    pub pause: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options { plain_http: false, ca_file: None, pause: Duration::from_millis(500) }
    }
}

/// What is asked.
pub struct Question<'a> {
    /// `HEAD`, `GET`, `POST` or `PUT`.
    pub method: &'static str,
    /// The whole address.
    pub address: &'a str,
    /// What is in the body, and its bytes; none has no body.
    pub body: Option<(&'a str, &'a [u8])>,
    /// The `Accept` header.
    pub accept: Option<&'a str>,
}

/// What was answered.
pub struct Answer {
    /// The HTTP status, no redirect.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// The address that answered, after all redirects.
    pub address: String,
}

impl Answer {
    /// A header's value, where it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What requests are sent with.
pub struct Connection {
    agent: Agent,
    plain_http: bool,
}

impl Connection {
    /// For a registry.
    ///
    /// # Errors
    /// If the file of certificate authorities cannot be used.
    pub fn new(reference: &Reference, options: &Options) -> Result<Connection> {
        // Fails where a provider is set already, which then is the one that is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent("sparkctl")
            .timeout_connect(Some(CONNECT))
            .timeout_send_body(Some(SEND))
            .timeout_recv_response(Some(ANSWER))
            .timeout_recv_body(Some(ANSWER));
        if !options.plain_http {
            let roots = RootCerts::new_with_certs(&authorities(options)?);
            config = config.https_only(true).tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        if reference.is_loopback() {
            // No proxy leads back to this machine.
            config = config.proxy(None);
        }
        Ok(Connection { agent: config.build().new_agent(), plain_http: options.plain_http })
    }

    /// Asks, and follows redirects: with the same method and body, with credentials only to the same
    /// origin, and never from TLS to none.
    ///
    /// # Errors
    /// If nobody answers, or nobody who can be trusted. Any status is an answer.
    pub fn ask(&self, question: &Question<'_>, authorization: Option<&str>) -> Result<Answer> {
        let mut address = question.address.to_owned();
        for _ in 0..=MOST_REDIRECTS {
            let authorization = authorization.filter(|_| same_origin(&address, question.address));
            let answer = self.once(question, &address, authorization)?;
            if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
                return Ok(answer);
            }
            address = self.follow(&answer, answer.header("location").unwrap_or_default())?;
        }
        let host = host_of(question.address);
        Err(Error::Answer {
            host,
            what: format!("more than {MOST_REDIRECTS} redirects, last to {}", bare(&address)),
        })
    }

    /// The address that a `Location` header means.
    ///
    /// # Errors
    /// If it means none, or leads from TLS to none.
    pub fn follow(&self, answer: &Answer, location: &str) -> Result<String> {
        let (host, from) = (host_of(&answer.address), bare(&answer.address));
        let scheme = if answer.address.starts_with("https://") { "https" } else { "http" };
        let address = if location.starts_with("//") {
            format!("{scheme}:{location}")
        } else if location.starts_with('/') {
            format!("{scheme}://{host}{location}")
        } else {
            location.to_owned()
        };
        let fits = address.starts_with("https://") || (address.starts_with("http://") && self.plain_http);
        if !fits || address.parse::<Uri>().is_err() {
            let what = if address.starts_with("http://") {
                format!("`{from}` leads to `{}`, without TLS", bare(&address))
            } else {
                format!("`{from}` leads to `{}`, which is no address", bare(&address))
            };
            return Err(Error::Answer { host, what });
        }
        Ok(address)
    }

    fn once(&self, question: &Question<'_>, address: &str, authorization: Option<&str>) -> Result<Answer> {
        let host = host_of(address);
        let failed = |error: ureq::Error| failure(host.clone(), error);
        let mut request = Request::builder().method(question.method).uri(address);
        if let Some(accept) = question.accept {
            request = request.header("accept", accept);
        }
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let response = match question.body {
            Some((kind, mut bytes)) => {
                let request = request.header("content-type", kind).header("content-length", bytes.len());
                let request = request.body(SendBody::from_reader(&mut bytes));
                self.agent.run(request.map_err(|error| failed(error.into()))?)
            }
            None => self.agent.run(request.body(()).map_err(|error| failed(error.into()))?),
        };
        let (parts, mut body) = response.map_err(failed)?.into_parts();
        let body = body.with_config().limit(LARGEST_ANSWER).read_to_vec().map_err(failed)?;
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            address: address.to_owned(),
        })
    }
}

/// What the system trusts, and what the caller trusts besides.
fn authorities(options: &Options) -> Result<Vec<Certificate<'static>>> {
    // What the system has that cannot be read is left out; if nothing is left, no certificate is trusted.
    let system = rustls_native_certs::load_native_certs().certs;
    let mut all: Vec<_> = system.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    if let Some(path) = &options.ca_file {
        let wrong = |what: String| Error::Authorities { path: path.display().to_string(), what };
        let text = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let before = all.len();
        for item in parse_pem(&text) {
            if let PemItem::Certificate(certificate) = item.map_err(|error| wrong(error.to_string()))? {
                all.push(certificate);
            }
        }
        if all.len() == before {
            return Err(wrong("no certificate is in it".to_owned()));
        }
    }
    Ok(all)
}
