//! What registries answer, and what is done about it.

use super::fake::{Asked, Fake, Told, empty, told};
use super::packing::sample;
use sparkctl::oci::annotations::Annotations;
use sparkctl::oci::credentials::{Credentials, Secret};
use sparkctl::oci::{Artifact, Error, Options, Pushed, Reference, Registry};
use std::time::Duration;

const BASIC: &str = "Basic YWxpY2U6aHVudGVyMg==";

fn artifact() -> Artifact {
    Artifact::bundle(&sample(), &Annotations::new()).unwrap()
}

fn push(fake: &Fake, secret: Option<Secret>) -> Result<Pushed, Error> {
    let reference: Reference = format!("oci://{}/data/connect:v1", fake.host).parse().unwrap();
    let credentials = Credentials { secret, origin: "sent were those of alice".into() };
    let options = Options { plain_http: true, pause: Duration::from_millis(1), ..Options::default() };
    let pushed = Registry::new(&reference, credentials, &options).unwrap().push(&artifact());
    if let Err(error) = &pushed {
        assert!(!error.to_string().contains("hunter2") && error.help().is_some());
    }
    pushed
}

fn alice() -> Option<Secret> {
    Some(Secret::Password { user: "alice".into(), password: "hunter2".into() })
}

fn error(status: u16, code: &str, message: &str) -> Told {
    Told(status, vec![], format!(r#"{{"errors": [{{"code": "{code}", "message": "{message}"}}]}}"#))
}

#[test]
fn blobs_go_first_and_the_manifest_last() {
    let fake = Fake::start(|asked, _| empty(asked));
    let pushed = push(&fake, alice()).unwrap();
    let artifact = artifact();
    assert_eq!(pushed.sent, [artifact.config.digest.clone(), artifact.layer.digest.clone()]);
    let blobs = "/v2/data/connect/blobs";
    assert_eq!(
        fake.lines(),
        [
            "HEAD /v2/data/connect/manifests/v1".to_owned(),
            format!("HEAD {blobs}/{}", artifact.config.digest),
            format!("POST {blobs}/uploads/"),
            "PUT /upload/1".to_owned(),
            format!("HEAD {blobs}/{}", artifact.layer.digest),
            format!("POST {blobs}/uploads/"),
            "PUT /upload/1".to_owned(),
            "PUT /v2/data/connect/manifests/v1".to_owned(),
        ]
    );
    let asked = fake.asked();
    assert_eq!(asked[3].path, format!("/upload/1?state=x&digest={}", artifact.config.digest));
    assert_eq!(asked[6].body, artifact.layer.bytes);
    assert_eq!(asked[7].body, artifact.manifest.bytes);
    assert_eq!(asked[7].headers["content-type"], "application/vnd.oci.image.manifest.v1+json");
    assert!(asked.iter().all(|asked| asked.authorization().is_none()), "nobody asked who it is");
}

#[test]
fn what_is_there_is_not_sent() {
    let all =
        Fake::start(|_, _| Told(200, vec![("Docker-Content-Digest", artifact().digest().into())], "".into()));
    assert_eq!(push(&all, None).unwrap(), Pushed { sent: vec![], unchanged: true });
    assert_eq!(all.lines(), ["HEAD /v2/data/connect/manifests/v1"]);

    let layer =
        Fake::start(
            |asked, _| {
                if asked.path.ends_with(&artifact().layer.digest) { told(200) } else { empty(asked) }
            },
        );
    assert_eq!(push(&layer, None).unwrap().sent, [artifact().config.digest]);
}

#[test]
fn a_password_is_sent_where_one_is_asked_for() {
    let fake = Fake::start(|asked, _| match asked.authorization() {
        Some(BASIC) => empty(asked),
        _ => Told(401, vec![("WWW-Authenticate", "Basic realm=\"x\"".into())], String::new()),
    });
    push(&fake, alice()).unwrap();
    assert_eq!(fake.asked().iter().filter(|asked| asked.authorization().is_none()).count(), 1);

    let error = push(&fake, None).unwrap_err();
    insta::assert_snapshot!(error.to_string().replace(&fake.host, "HOST"));
}

/// A token server of its own, which alone gets the password.
fn tokens(wanted: &'static str) -> Fake {
    Fake::start(move |asked, _| {
        let form = String::from_utf8(asked.body.clone()).unwrap();
        let fits = asked.authorization() == Some(wanted) || (asked.method == "POST" && form.contains(wanted));
        if fits {
            Told(200, vec![], r#"{"token": "t1"}"#.into())
        } else {
            error(401, "DENIED", "who are you")
        }
    })
}

fn with_tokens(server: &Fake) -> Fake {
    let challenge = format!("Bearer realm=\"http://{}/token\",service=\"a b\"", server.host);
    Fake::start(move |asked, _| match asked.authorization() {
        Some("Bearer t1") => empty(asked),
        _ => Told(401, vec![("WWW-Authenticate", challenge.clone())], String::new()),
    })
}

#[test]
fn a_token_is_fetched_and_kept() {
    let server = tokens(BASIC);
    let fake = with_tokens(&server);
    push(&fake, alice()).unwrap();
    let scope = "scope=repository%3Adata%2Fconnect%3Apull%2Cpush";
    let paths: Vec<_> = server.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(paths, [format!("/token?{scope}&service=a%20b")]);
    assert!(fake.asked().iter().all(|asked| asked.authorization() != Some(BASIC)));
}

#[test]
fn an_identity_token_is_exchanged() {
    let server = tokens("grant_type=refresh_token&client_id=sparkctl&refresh_token=a%2Fb");
    push(&with_tokens(&server), Some(Secret::Identity("a/b".into()))).unwrap();
    assert_eq!(server.lines(), ["POST /token"]);
}

#[test]
fn a_wrong_password_is_refused_by_whoever_gives_tokens() {
    let server = tokens("Basic other");
    let fake = with_tokens(&server);
    let error = push(&fake, alice()).unwrap_err();
    insta::assert_snapshot!(error.to_string().replace(&fake.host, "HOST"));
}

#[test]
fn credentials_stay_with_their_origin() {
    let store = Fake::start(|_, _| told(201));
    let elsewhere = format!("http://{}/signed?key=1", store.host);
    let fake = Fake::start(move |asked, _| match (asked.authorization(), asked.method.as_str()) {
        (None, _) => Told(401, vec![("WWW-Authenticate", "Basic realm=x".into())], String::new()),
        (Some(_), "POST") => Told(202, vec![("Location", elsewhere.clone())], String::new()),
        (Some(_), "PUT") => Told(307, vec![("Location", elsewhere.clone())], String::new()),
        (Some(_), _) => told(404),
    });
    push(&fake, alice()).unwrap();
    let stored = store.asked();
    assert_eq!(stored.len(), 3, "two uploads by Location, the manifest by a redirect");
    assert!(stored.iter().all(|asked| asked.authorization().is_none() && asked.method == "PUT"));
    assert_eq!(stored[2].body, artifact().manifest.bytes, "a redirect keeps method and body");
}

#[test]
fn nobody_elsewhere_is_told_who_asks() {
    let thief =
        Fake::start(|_, _| Told(401, vec![("WWW-Authenticate", "Basic realm=x".into())], String::new()));
    let elsewhere = format!("http://{}/", thief.host);
    let fake = Fake::start(move |_, _| Told(307, vec![("Location", elsewhere.clone())], String::new()));
    push(&fake, alice()).unwrap_err();
    assert!(!thief.asked().is_empty());
    assert!(thief.asked().iter().all(|asked| asked.authorization().is_none()));
}

#[test]
fn redirects_end() {
    let fake = Fake::start(|asked, _| Told(307, vec![("Location", asked.path.clone())], String::new()));
    let error = push(&fake, None).unwrap_err();
    insta::assert_snapshot!(error.to_string().replace(&fake.host, "HOST"));
}

#[test]
fn what_may_pass_is_tried_again() {
    let busy = |asked: &Asked, before: usize| if before.is_multiple_of(3) { told(503) } else { empty(asked) };
    let fake = Fake::start(busy);
    push(&fake, None).unwrap();
    assert!(fake.asked().len() > 10);

    let fake = Fake::start(|_, _| Told(429, vec![("Retry-After", "0".into())], String::new()));
    let error = push(&fake, None).unwrap_err();
    assert_eq!(fake.asked().len(), 4);
    insta::assert_snapshot!(error.to_string().replace(&fake.host, "HOST"));
}

#[test]
fn what_will_not_pass_is_told_at_once() {
    let mut said = String::new();
    for (status, code, message) in
        [(403, "DENIED", "read only"), (404, "NAME_UNKNOWN", "no project data"), (413, "SIZE", "too large")]
    {
        let answer = move |asked: &Asked, _| {
            if asked.method == "HEAD" { told(404) } else { error(status, code, message) }
        };
        let fake = Fake::start(answer);
        let error = push(&fake, alice()).unwrap_err();
        said.push_str(&format!("{error}\n  help: {}\n", error.help().unwrap()).replace(&fake.host, "HOST"));
        assert_eq!(fake.asked().len(), 3);
    }
    insta::assert_snapshot!(said);
}

#[test]
fn another_digest_is_told() {
    let fake = Fake::start(|asked, _| match asked.method.as_str() {
        "PUT" => Told(201, vec![("Docker-Content-Digest", "sha256:0".into())], String::new()),
        _ => empty(asked),
    });
    assert!(matches!(push(&fake, None), Err(Error::Digest { .. })));
}

#[test]
fn nobody_there() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    drop(listener);
    let reference: Reference = format!("oci://{host}/a:b").parse().unwrap();
    let credentials = Credentials { secret: None, origin: String::new() };
    let mut registry = Registry::new(&reference, credentials, &Options::default()).unwrap();
    let error = registry.push(&artifact()).unwrap_err();
    insta::assert_snapshot!(error.to_string().replace(&host, "HOST"));
}
