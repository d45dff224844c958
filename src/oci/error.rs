//! Why something could not be pushed, and what to do about it. No message holds a credential.

use std::time::Duration;
use thiserror::Error;

/// What this module gives back.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be pushed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// The reference is none.
    #[error("the reference cannot be used: {what}")]
    Reference {
        /// What is wrong with it.
        what: String,
    },
    /// The chart cannot be understood.
    #[error("Chart.yaml cannot be used: {what}")]
    Chart {
        /// What is wrong with it.
        what: String,
    },
    /// The files cannot be packed.
    #[error("cannot pack {what}")]
    Pack {
        /// What could not be packed, and why.
        what: String,
    },
    /// The file with credentials cannot be used.
    #[error("cannot take credentials from `{path}`: {what}")]
    Credentials {
        /// The file.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// The program that keeps credentials failed.
    #[error("`{program}`, which `{path}` names for the credentials of {host}, failed: {what}")]
    Helper {
        /// The program.
        program: String,
        /// The file that names it.
        path: String,
        /// The registry.
        host: String,
        /// How it failed.
        what: String,
    },
    /// The file of certificate authorities cannot be used.
    #[error("cannot take certificate authorities from `{path}`: {what}")]
    Authorities {
        /// The file.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// Nobody answered.
    #[error("cannot reach {host}: {what}")]
    Unreachable {
        /// Who was asked.
        host: String,
        /// What the system said.
        what: String,
        /// Whether another try may help.
        again: bool,
    },
    /// The registry's certificate is not to be trusted.
    #[error("cannot trust {host}: {what}")]
    Certificate {
        /// Who was asked.
        host: String,
        /// What is wrong with the certificate.
        what: String,
        /// Whether nobody knows who signed it.
        unknown_authority: bool,
    },
    /// The registry refuses, for who asks.
    #[error("{host} refuses to take {repository} (HTTP {status}){said}\n  {credentials}")]
    Denied {
        /// Who was asked.
        host: String,
        /// What was asked for.
        repository: String,
        /// 401 or 403.
        status: u16,
        /// What it said, with a colon before it; empty where it said nothing.
        said: String,
        /// Which credentials were sent, without them.
        credentials: String,
    },
    /// There is no such repository, and the registry makes none.
    #[error("{host} has no repository {repository} (HTTP 404){said}")]
    Missing {
        /// Who was asked.
        host: String,
        /// What was asked for.
        repository: String,
        /// What it said, with a colon before it; empty where it said nothing.
        said: String,
    },
    /// The registry refuses, for what it was sent.
    #[error("{host} does not take {repository} (HTTP {status}){said}")]
    Refused {
        /// Who was asked.
        host: String,
        /// What was asked for.
        repository: String,
        /// 400 to 499.
        status: u16,
        /// What it said, with a colon before it.
        said: String,
    },
    /// The registry is busy or broken.
    #[error("{host} cannot take it now (HTTP {status}){said}")]
    Busy {
        /// Who was asked.
        host: String,
        /// 429 or above 499.
        status: u16,
        /// What it said, with a colon before it; empty where it said nothing.
        said: String,
        /// When it wants to be asked again.
        after: Option<Duration>,
    },
    /// An answer that the distribution specification does not know.
    #[error("{host} answered what no registry answers: {what}")]
    Answer {
        /// Who was asked.
        host: String,
        /// What it answered to what.
        what: String,
    },
    /// The registry keeps something else than what was sent.
    #[error("{host} keeps {found}, and {sent} was sent")]
    Digest {
        /// Who was asked.
        host: String,
        /// The digest of what was sent.
        sent: String,
        /// The digest that it told.
        found: String,
    },
}

impl Error {
    /// Whether another try may help.
    pub fn is_passing(&self) -> bool {
        matches!(self, Error::Busy { .. } | Error::Unreachable { again: true, .. })
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Error::Reference { .. } => {
                "write oci://HOST/REPOSITORY:TAG, as oci://registry.example/data/connect:v1"
            }
            Error::Chart { .. } => "a chart has a Chart.yaml with `name` and `version`, both texts",
            Error::Pack { .. } => return None,
            Error::Credentials { .. } => {
                "it is looked for in $REGISTRY_AUTH_FILE, else in $DOCKER_CONFIG/config.json, else in \
                 ~/.docker/config.json; `docker login` writes it"
            }
            Error::Helper { program, host, .. } => {
                return Some(format!("it is run as: echo {host} | {program} get"));
            }
            Error::Authorities { .. } => "--ca-file wants certificates as PEM: -----BEGIN CERTIFICATE-----",
            Error::Unreachable { .. } => {
                "check the host and its port; proxies are taken from HTTPS_PROXY and NO_PROXY"
            }
            Error::Certificate { unknown_authority: true, .. } => {
                "name the authority's certificate with --ca-file FILE.pem, or add it to the system's; a \
                 registry without TLS needs --plain-http"
            }
            Error::Certificate { .. } => "the name in the reference must stand in the registry's certificate",
            Error::Denied { host, .. } => {
                return Some(format!(
                    "log in with an account that may push there: docker login {host} (or podman, helm \
                     registry, oras login)"
                ));
            }
            Error::Missing { .. } => "create the repository or its project in the registry first",
            Error::Refused { .. } => {
                "ask who runs the registry what it takes: it may limit sizes, names, tags and media types"
            }
            Error::Busy { .. } => "it was asked several times; try again later, nothing is tagged yet",
            Error::Answer { .. } => "check that the host is a registry, and which port it listens at",
            Error::Digest { .. } => "something between here and the registry changes what is sent",
        };
        Some(text.to_owned())
    }
}
