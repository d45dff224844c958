//! The lock as a file: its bytes, and what is refused.

use std::fs;

use sparkctl::bundle::{BundleError, Lock, LockProblem, WriteOptions, compare, read_lock, write};

use crate::support::{OVERWRITE, Output, bundle, stats};

#[test]
fn its_bytes_are_fixed() {
    let bundle = bundle(
        "connect",
        &[("kustomization.yaml", "a"), ("connect/a.yaml", "b")],
    );
    insta::assert_snapshot!(String::from_utf8(bundle.lock().to_bytes()).unwrap(), @r#"
    {
      "format": 1,
      "release": {
        "environment": "prod",
        "preset": "connect",
        "features": [
          "iceberg"
        ]
      },
      "inputs": {
        "presets/base.yaml": "5a638a128ca67348f1073ba0aed26d85905a29128cbd71b250c9cf4e598c7f0d"
      },
      "outputs": {
        "connect/a.yaml": "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d",
        "kustomization.yaml": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
      }
    }
    "#);
}

#[test]
fn it_gives_the_release_back() {
    let bundle = bundle("connect", &[("kustomization.yaml", "a")]);
    let output = Output::with(&bundle);
    assert_eq!(read_lock(&output.at("")).unwrap(), Some(bundle.lock()));
    assert_eq!(read_lock(&output.root()).unwrap(), None, "no lock here");
    assert_eq!(read_lock(&output.at("missing")).unwrap(), None);
    assert!(matches!(
        read_lock(&output.at("kustomization.yaml")),
        Err(BundleError::NotADirectory { .. })
    ));
}

#[test]
fn a_lock_that_is_not_understood_is_never_overwritten() {
    let good = String::from_utf8(bundle("connect", &[("a.yaml", "a")]).lock().to_bytes()).unwrap();
    let digest = sparkctl::bundle::Digest::of(b"a").to_string();
    let cases = [
        String::new(),
        "not JSON".to_owned(),
        good[..good.len() / 2].to_owned(),
        good.replace("\"format\": 1", "\"format\": 2"),
        good.replace("\"format\": 1", "\"format\": \"1\""),
        good.replace("\"format\": 1,", ""),
        good.replace("\"inputs\"", "\"inptus\""),
        good.replace("\"format\": 1", "\"format\": 1, \"more\": 1"),
        good.replace(&digest, &digest.to_uppercase()),
        good.replace(&digest, &digest[1..]),
        format!("<<<<<<< HEAD\n{good}=======\n{good}>>>>>>> theirs\n"),
        format!("{good}{good}"),
        "[".repeat(100_000),
    ];
    for text in cases {
        let output = Output::with(&bundle("connect", &[("a.yaml", "a")]));
        fs::write(output.at(".sparkctl.lock"), &text).unwrap();
        let before = stats(&output.at(""));
        let new = bundle("new", &[("a.yaml", "A")]);
        for options in [WriteOptions::default(), OVERWRITE] {
            let error = write(&new, &output.place(), options).unwrap_err();
            assert!(
                matches!(error, BundleError::Lock { .. }) && !error.is_refusal(),
                "{error}"
            );
        }
        assert!(matches!(
            compare(&new, &output.place()),
            Err(BundleError::Lock { .. })
        ));
        assert!(matches!(
            read_lock(&output.at("")),
            Err(BundleError::Lock { .. })
        ));
        assert_eq!(stats(&output.at("")), before);
    }
}

#[test]
fn a_lock_of_absurd_size_is_not_read() {
    let output = Output::with(&bundle("connect", &[]));
    fs::File::create(output.at(".sparkctl.lock"))
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    let error = output.write(&bundle("new", &[])).unwrap_err();
    assert!(error.to_string().contains("larger than 16 MiB"), "{error}");
}

#[test]
fn a_lock_that_is_no_file_is_refused() {
    let output = Output::with(&bundle("connect", &[]));
    fs::remove_file(output.at(".sparkctl.lock")).unwrap();
    assert!(
        std::process::Command::new("mkfifo")
            .arg(output.at(".sparkctl.lock"))
            .status()
            .unwrap()
            .success()
    );
    assert!(matches!(
        output.write(&bundle("new", &[])),
        Err(BundleError::NotAFile { .. })
    ));
    fs::remove_file(output.at(".sparkctl.lock")).unwrap();
    fs::create_dir(output.at(".sparkctl.lock")).unwrap();
    assert!(matches!(
        output.write(&bundle("new", &[])),
        Err(BundleError::NotAFile { .. })
    ));
}

#[test]
fn problems_are_told_apart() {
    assert_eq!(Lock::parse(b"{\"format\": 7}"), Err(LockProblem::Format(7)));
    assert_eq!(
        Lock::parse(b"{\n<<<<<<< HEAD\n"),
        Err(LockProblem::Conflict)
    );
    assert!(matches!(
        Lock::parse(b"\xff"),
        Err(LockProblem::Unreadable(_))
    ));
}
