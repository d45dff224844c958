//! Why something could not be done. "Found something" is a [`Report`]; "could not run" is the rest.

use crate::bundle::BundleError;
use crate::diagnostic::Report;
use std::io;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The input has errors. Exit status 1.
    #[error("{} errors found", .0.count().0)]
    Findings(Box<Report>),
    /// The system refused. Exit status 2.
    #[error("cannot {verb} `{what}`: {source}")]
    Io {
        /// `read`, `write`, ...
        verb: &'static str,
        /// What it was about, as users name it.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// The output directory could not be written. Exit status 1 where sparkctl refuses to overwrite
    /// somebody's work, 2 where the system refused.
    #[error("{what}")]
    Output {
        /// Whether sparkctl refused, rather than the system.
        refusal: bool,
        /// What is wrong.
        what: String,
        /// What to do instead.
        help: Option<String>,
    },
    /// sparkctl refuses, or was asked for something that does not exist. Exit status 2.
    #[error("{what}")]
    Refused {
        /// What is wrong.
        what: String,
        /// What to do instead.
        help: Option<String>,
    },
}

impl From<BundleError> for Failure {
    fn from(error: BundleError) -> Failure {
        Failure::Output { refusal: error.is_refusal(), help: error.help(), what: error.to_string() }
    }
}

impl Failure {
    /// The system refused `verb` on `what`.
    pub fn io(verb: &'static str, what: impl Into<String>, source: io::Error) -> Self {
        Failure::Io { verb, what: what.into(), source }
    }

    /// sparkctl refuses, with what to do instead.
    pub fn refused(what: impl Into<String>, help: impl Into<String>) -> Self {
        Failure::Refused { what: what.into(), help: Some(help.into()) }
    }

    /// A name that does not exist, with the nearest one that does.
    pub fn unknown<'a>(kind: &str, name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        Failure::Refused {
            what: format!("there is no {kind} `{name}`"),
            help: crate::diagnostic::did_you_mean(name, known),
        }
    }

    /// The exit status for it.
    pub fn status(&self) -> u8 {
        match self {
            Failure::Findings(_) | Failure::Output { refusal: true, .. } => 1,
            _ => 2,
        }
    }

    /// What to do instead.
    pub fn help(&self) -> Option<&str> {
        match self {
            Failure::Refused { help, .. } | Failure::Output { help, .. } => help.as_deref(),
            Failure::Io { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => Some("check who owns it and what its permissions are"),
                io::ErrorKind::NotFound => Some("check the path; it is read from the current directory"),
                io::ErrorKind::StorageFull => {
                    Some("make room on the disk; what was there before is unchanged")
                }
                _ => None,
            },
            Failure::Findings(_) => None,
        }
    }
}
