//! Why nobody answered, in words: from what the HTTP and the TLS library say.

use super::error::Error;
use rustls::CertificateError;
use std::io;

/// Why nobody answered.
pub fn failure(host: String, error: ureq::Error) -> Error {
    let error = match error {
        ureq::Error::Io(error) => {
            let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            if let Some(tls) = tls {
                return tls_failure(host, tls);
            }
            let what = match error.kind() {
                io::ErrorKind::ConnectionRefused => "nothing listens at its port".to_owned(),
                _ => error.to_string(),
            };
            let again = matches!(
                error.kind(),
                io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
                    | io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::TimedOut
            );
            return Error::Unreachable { host, what, again };
        }
        other => other,
    };
    match error {
        ureq::Error::Rustls(error) => tls_failure(host, &error),
        ureq::Error::HostNotFound => {
            Error::Unreachable { host, what: "no such host is known".to_owned(), again: false }
        }
        ureq::Error::Timeout(which) => Error::Unreachable {
            host,
            what: format!("it took too long to {}", waited_for(which)),
            again: true,
        },
        other => Error::Unreachable { host, what: other.to_string(), again: false },
    }
}

fn waited_for(which: ureq::Timeout) -> &'static str {
    match which {
        ureq::Timeout::Resolve => "find its address",
        ureq::Timeout::Connect => "connect",
        ureq::Timeout::SendBody | ureq::Timeout::SendRequest => "send",
        _ => "answer",
    }
}

fn tls_failure(host: String, error: &rustls::Error) -> Error {
    let (what, unknown_authority) = match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            ("no authority that is trusted here signed its certificate".to_owned(), true)
        }
        rustls::Error::InvalidMessage(_) => ("it does not speak TLS at this port".to_owned(), true),
        other => (other.to_string(), false),
    };
    Error::Certificate { host, what, unknown_authority }
}
