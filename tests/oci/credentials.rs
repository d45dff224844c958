//! Which credentials are found, and that nothing of them is told.

use sparkctl::oci::credentials::{Credentials, Environment, Secret};
use std::fs;
use std::path::Path;

fn find(config: &str, host: &str, repository: &str) -> Result<Credentials, String> {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".docker")).unwrap();
    fs::write(home.path().join(".docker/config.json"), config).unwrap();
    let environment = Environment { home: Some(home.path().to_owned()), ..Environment::default() };
    let short = |text: String| text.replace(home.path().to_str().unwrap(), "~");
    let found =
        Credentials::find(host, repository, &environment).map_err(|error| short(error.to_string()))?;
    Ok(Credentials { origin: short(found.origin), ..found })
}

fn password(user: &str, password: &str) -> Option<Secret> {
    Some(Secret::Password { user: user.into(), password: password.into() })
}

#[test]
fn entries_of_auths() {
    // alice:hunter2, bob:a:b
    let config = r#"{"auths": {
        "registry.example": {"auth": "YWxpY2U6aHVudGVyMg=="},
        "registry.example/data": {"auth": "Ym9iOmE6Yg=="},
        "https://old.example/v1/": {"username": "carol", "password": "p"},
        "token.example:5000": {"auth": "YWxpY2U6eA==", "identitytoken": "t0ken"},
        "https://index.docker.io/v1/": {"auth": "YWxpY2U6aHVudGVyMg=="},
        "empty.example": {}
    }}"#;
    let secret = |host, repository| find(config, host, repository).unwrap().secret;
    assert_eq!(secret("registry.example", "other/connect"), password("alice", "hunter2"));
    assert_eq!(secret("registry.example", "data/connect"), password("bob", "a:b"));
    assert_eq!(secret("registry.example", "data2/connect"), password("alice", "hunter2"));
    assert_eq!(secret("old.example", "a"), password("carol", "p"));
    assert_eq!(secret("token.example:5000", "a"), Some(Secret::Identity("t0ken".into())));
    assert_eq!(secret("docker.io", "library/a"), password("alice", "hunter2"));
    assert_eq!(secret("empty.example", "a"), None);
    assert_eq!(secret("token.example", "a"), None);
    let origin = |host| find(config, host, "a").unwrap().origin;
    insta::assert_snapshot!(
        [origin("registry.example"), origin("token.example:5000"), origin("empty.example")].join("\n")
    );
}

#[test]
fn no_secret_is_told() {
    let found =
        find(r#"{"auths": {"a.example": {"auth": "YWxpY2U6aHVudGVyMg=="}}}"#, "a.example", "a").unwrap();
    let told = format!("{found:?} {}", found.origin);
    assert!(!told.contains("hunter2") && !told.contains("YWxp"), "{told}");
}

#[test]
fn what_is_wrong_is_told_without_what_is_in_it() {
    let mut said = String::new();
    for config in [
        "{\"auths\": {\"a.example\": {\"auth\": \"hunter2\n",
        r#"{"auths": {"a.example": {"auth": "hunter2!"}}}"#,
        r#"{"auths": {"a.example": {"auth": "aHVudGVyMg=="}}}"#,
        r#"{"credsStore": "../../bin/sh"}"#,
        r#"{"credHelpers": {"a.example": "of-nobody"}}"#,
    ] {
        said.push_str(&format!("{}\n", find(config, "a.example", "a").unwrap_err()));
    }
    assert!(!said.contains("hunter2"), "{said}");
    insta::assert_snapshot!(said);
}

#[test]
fn the_file_is_podmans_then_dockers_then_homes() {
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str, auth: &str| {
        let path = place.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(
            &path,
            format!(r#"{{"auths": {{"a.example": {{"username": "{auth}", "password": "x"}}}}}}"#),
        )
        .unwrap();
        path
    };
    let auth_file = write("auth.json", "podman");
    write("docker/config.json", "docker");
    write("home/.docker/config.json", "home");
    let found = |environment: &Environment| Credentials::find("a.example", "b", environment).unwrap().secret;
    let mut environment = Environment {
        auth_file: Some(auth_file),
        docker_config: Some(place.path().join("docker")),
        home: Some(place.path().join("home")),
    };
    assert_eq!(found(&environment), password("podman", "x"));
    environment.auth_file = None;
    assert_eq!(found(&environment), password("docker", "x"));
    environment.docker_config = None;
    assert_eq!(found(&environment), password("home", "x"));
    environment.home = Some(Path::new("/nowhere").to_owned());
    assert_eq!(found(&environment), None);
    environment.home = None;
    assert_eq!(found(&environment), None);
}
