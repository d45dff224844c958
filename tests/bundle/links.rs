//! Planted links: whatever is a link that should not be one, nothing outside the output root is
//! made or changed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use sparkctl::bundle::{BundleError, DriftKind, WriteOptions, compare, write};

use crate::support::{OVERWRITE, Output, bundle, put, stats, tree, tree_of};

/// A directory outside the output root that looks like what sparkctl would be glad to find there.
fn outside(output: &Output) -> std::path::PathBuf {
    let outside = output.directory.path().join("outside");
    for name in ["connect", "prod/connect", "staged-1-0", "."] {
        put(outside.join(name).join("a.yaml"), "precious");
        put(outside.join(name).join("kustomization.yaml"), "precious");
    }
    put(outside.join("lock"), "");
    put(outside.join(".sparkctl.lock"), "precious");
    outside
}

/// Replaces a path by a link to a path outside, then tries everything; every try must fail on that
/// link.
fn refuses(link: &str, target: &str) {
    let output = Output::with(&bundle(
        "old",
        &[("kustomization.yaml", "a"), ("connect/a.yaml", "b")],
    ));
    let outside = outside(&output);
    let link = output.root().join(link);
    let _ = if link.is_dir() {
        fs::remove_dir_all(&link)
    } else {
        fs::remove_file(&link)
    };
    symlink(outside.join(target), &link).unwrap();
    let before = stats(output.directory.path());

    let new = bundle(
        "new",
        &[("kustomization.yaml", "A"), ("connect/a.yaml", "B")],
    );
    let tries = [
        write(&new, &output.place(), WriteOptions::default()).map(|_| ()),
        write(&new, &output.place(), OVERWRITE).map(|_| ()),
        compare(&new, &output.place()).map(|_| ()),
    ];
    for result in tries {
        let Err(BundleError::Link { path }) = result else {
            panic!("{link:?} -> {target}: {result:?}")
        };
        assert_eq!(path, link);
        assert_eq!(stats(&outside), stats_below(&before, &outside));
    }
    assert_eq!(fs::read_link(&link).unwrap(), outside.join(target));
}

fn stats_below(
    all: &std::collections::BTreeMap<std::path::PathBuf, (u64, u32, u64, i64, i64)>,
    directory: &Path,
) -> std::collections::BTreeMap<std::path::PathBuf, (u64, u32, u64, i64, i64)> {
    all.iter()
        .filter(|(path, _)| path.starts_with(directory))
        .map(|(path, stat)| (path.clone(), *stat))
        .collect()
}

#[test]
fn the_work_folder_may_not_be_a_link() {
    refuses(".sparkctl", "");
    refuses(".sparkctl", "missing");
}

#[test]
fn the_writers_lock_may_not_be_a_link() {
    refuses(".sparkctl/lock", "lock");
    refuses(".sparkctl/lock", "missing");
}

#[test]
fn no_directory_above_the_bundle_may_be_a_link() {
    refuses("prod", "prod");
    refuses("prod", "missing");
}

#[test]
fn the_bundle_may_not_be_a_link() {
    refuses("prod/connect", "prod/connect");
    refuses("prod/connect", "missing");
}

#[test]
fn the_lock_may_not_be_a_link() {
    refuses("prod/connect/.sparkctl.lock", ".sparkctl.lock");
    refuses("prod/connect/.sparkctl.lock", "missing");
}

#[test]
fn a_component_s_directory_that_is_a_link_is_foreign_and_never_written_through() {
    let output = Output::with(&bundle(
        "old",
        &[("kustomization.yaml", "a"), ("connect/a.yaml", "b")],
    ));
    let outside = outside(&output);
    fs::remove_dir_all(output.at("connect")).unwrap();
    symlink(outside.join("connect"), output.at("connect")).unwrap();
    let before = stats(&outside);

    let new = bundle(
        "new",
        &[("kustomization.yaml", "A"), ("connect/a.yaml", "B")],
    );
    let error = output.write(&new).unwrap_err();
    let BundleError::Edited {
        edited, foreign, ..
    } = &error
    else {
        panic!("{error}")
    };
    assert!(
        edited.is_empty() && foreign == &[Path::new("connect")],
        "{error}"
    );
    let drifts = compare(&new, &output.place()).unwrap();
    assert!(
        drifts
            .iter()
            .any(|drift| drift.path == Path::new("connect") && drift.kind == DriftKind::InTheWay)
    );

    let without = bundle("without", &[("kustomization.yaml", "A")]);
    assert_eq!(
        output.write(&without).unwrap().foreign,
        [Path::new("connect")]
    );
    assert_eq!(
        fs::read_link(output.at("connect")).unwrap(),
        outside.join("connect"),
        "kept as a link"
    );

    write(&new, &output.place(), OVERWRITE).unwrap();
    assert_eq!(tree(&output.at("")), tree_of(&new));
    assert_eq!(stats(&outside), before);
}

#[test]
fn links_in_the_work_folder_are_removed_and_what_they_lead_to_is_not() {
    let output = Output::with(&bundle("old", &[("kustomization.yaml", "a")]));
    let outside = outside(&output);
    let before = stats(&outside);
    let work = output.root().join(".sparkctl");
    symlink(&outside, work.join("staged-1-0")).unwrap();
    symlink(&outside, work.join("replaced-1-0")).unwrap();
    fs::write(work.join("journal-1-0"), "prod/stolen\n").unwrap();
    fs::create_dir(work.join("staged-2-0")).unwrap();
    symlink(&outside, work.join("staged-2-0/inner")).unwrap();
    fs::remove_file(work.join(".gitignore")).unwrap();
    symlink(outside.join("lock"), work.join(".gitignore")).unwrap();

    output
        .write(&bundle("new", &[("kustomization.yaml", "A")]))
        .unwrap();
    assert_eq!(stats(&outside), before);
    assert!(!output.root().join("prod/stolen").exists());
    assert!(
        output
            .work()
            .iter()
            .all(|name| !name.starts_with("staged-") && !name.starts_with("journal-"))
    );
}

#[test]
fn a_root_that_the_user_gave_as_a_link_is_followed() {
    let output = Output::new();
    let real = output.directory.path().join("elsewhere");
    fs::create_dir(&real).unwrap();
    symlink(&real, output.root()).unwrap();
    let bundle = bundle("old", &[("kustomization.yaml", "a")]);
    output.write(&bundle).unwrap();
    assert_eq!(tree(&real.join("prod/connect")), tree_of(&bundle));
    assert_eq!(compare(&bundle, &output.place()).unwrap(), []);
}

#[test]
fn a_lock_that_leads_out_of_the_bundle_is_refused() {
    for path in [
        "../../../outside/a.yaml",
        "/etc/passwd",
        "connect/../../../x",
        ".sparkctl.lock",
        "a//b",
        "a\\b",
    ] {
        let output = Output::with(&bundle("old", &[("kustomization.yaml", "a")]));
        let outside = outside(&output);
        let before = stats(&outside);
        let lock = serde_json::json!({
            "format": 1, "release": {}, "inputs": {},
            "outputs": {path: sparkctl::bundle::Digest::of(b"precious").to_string()},
        });
        fs::write(output.at(".sparkctl.lock"), lock.to_string()).unwrap();
        for options in [WriteOptions::default(), OVERWRITE] {
            let error = write(&bundle("new", &[]), &output.place(), options).unwrap_err();
            assert!(
                matches!(&error, BundleError::Lock { .. })
                    && error.to_string().contains("not a path inside"),
                "{error}"
            );
        }
        assert_eq!(stats(&outside), before);
        assert_eq!(tree(&output.at("")).get("kustomization.yaml").unwrap(), "a");
        assert_eq!(
            fs::read_to_string(output.at(".sparkctl.lock")).unwrap(),
            lock.to_string()
        );
    }
}
