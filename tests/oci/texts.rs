//! References and challenges.

use sparkctl::oci::challenge::parse;
use sparkctl::oci::{Error, Reference};

#[test]
fn references() {
    for good in [
        "oci://registry.example/connect:v1",
        "oci://registry.example:5000/data/platform/connect:1.2.3_b4",
        "oci://localhost/a--b__c.d/e:_x",
        "oci://[::1]:5000/a:b",
    ] {
        assert_eq!(good.parse::<Reference>().unwrap().to_string(), good);
    }
    let loopback = |text: &str| text.parse::<Reference>().unwrap().is_loopback();
    assert!(
        loopback("oci://localhost:5000/a:b")
            && loopback("oci://127.0.0.1/a:b")
            && loopback("oci://[::1]/a:b")
    );
    assert!(!loopback("oci://localhost.example/a:b") && !loopback("oci://10.0.0.1/a:b"));
}

#[test]
fn references_that_are_none() {
    let mut said = String::new();
    for bad in [
        "registry.example/connect:v1",
        "https://registry.example/connect:v1",
        "oci://registry.example",
        "oci://registry.example/connect",
        "oci://registry.example/connect:",
        "oci://registry.example/Connect:v1",
        "oci://registry.example//connect:v1",
        "oci://registry.example/a___b:v1",
        "oci://registry.example/connect:-v1",
        "oci://registry.example:99999/connect:v1",
        "oci:///connect:v1",
        "oci://registry.example/connect@sha256:00",
        "oci://alice:hunter2@registry.example/connect:v1",
    ] {
        let error = bad.parse::<Reference>().unwrap_err();
        assert!(matches!(error, Error::Reference { .. }) && error.help().is_some());
        said.push_str(&format!("{error}\n"));
    }
    assert!(!said.contains("hunter2"));
    insta::assert_snapshot!(said);
}

#[test]
fn challenges() {
    let mut read = String::new();
    for header in [
        r#"Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push""#,
        r#"Basic realm="a \"quoted\" realm, with a comma""#,
        r#"bearer realm=https://auth.example/token , Basic realm="x""#,
        "Negotiate, Basic realm=x",
        "Bearer realm=\"never closed",
        "=,=",
        "",
    ] {
        read.push_str(&format!("{header}\n"));
        for challenge in parse(header) {
            read.push_str(&format!("  {} {:?}\n", challenge.scheme, challenge.parameters));
        }
    }
    insta::assert_snapshot!(read);
}
