//! First, second and changed writes.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use sparkctl::bundle::{
    BundlePath, FileChange, OutputRoot, Swap, SwapStrategy, WriteOptions, write,
};

use crate::support::{IDLE, Output, bundle, large, stats, tree, tree_of};

fn changes(written: &sparkctl::bundle::Written) -> Vec<(&str, FileChange)> {
    written
        .files
        .iter()
        .map(|(path, change)| (path.as_str(), *change))
        .collect()
}

#[test]
fn a_first_write_creates_the_bundle_and_nothing_else() {
    let output = Output::new();
    let bundle = bundle(
        "connect",
        &[("kustomization.yaml", "a"), ("connect/service-a.yaml", "b")],
    );
    let written = output.write(&bundle).unwrap();

    assert_eq!(written.swap, Swap::Created);
    assert_eq!(
        changes(&written),
        [
            ("connect/service-a.yaml", FileChange::Added),
            ("kustomization.yaml", FileChange::Added)
        ]
    );
    assert!(written.foreign.is_empty() && written.overwritten.is_empty());
    assert!(written.recovered.is_empty() && written.left_behind.is_empty());
    assert_eq!(tree(&output.at("")), tree_of(&bundle));
    assert_eq!(output.work(), IDLE);
    assert_eq!(
        fs::read_to_string(output.root().join(".sparkctl/.gitignore")).unwrap(),
        "*\n"
    );
    let names = fs::read_dir(output.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert_eq!(
        names.collect::<std::collections::BTreeSet<_>>(),
        [".sparkctl".into(), "prod".into()].into()
    );
}

#[test]
fn permissions_are_the_usual_ones() {
    let output = Output::with(&bundle("connect", &[("connect/service-a.yaml", "b")]));
    let mode = |path| fs::metadata(output.at(path)).unwrap().permissions().mode() & 0o7777;
    // As the umask leaves them, which a file and a directory made here show.
    fs::write(output.directory.path().join("file"), "").unwrap();
    fs::create_dir(output.directory.path().join("folder")).unwrap();
    let usual = |name| {
        fs::metadata(output.directory.path().join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o7777
    };
    assert_eq!(mode("connect/service-a.yaml"), usual("file") & 0o644);
    assert_eq!(mode(".sparkctl.lock"), usual("file") & 0o644);
    assert_eq!(mode("connect"), usual("folder") & 0o755);
    assert_eq!(mode(""), usual("folder") & 0o755);
}

#[test]
fn a_second_identical_write_touches_nothing() {
    let output = Output::with(&large("a"));
    let before = stats(&output.at(""));
    let written = output.write(&large("a")).unwrap();
    assert_eq!(written.swap, Swap::Unchanged);
    assert!(
        written
            .files
            .values()
            .all(|change| *change == FileChange::Unchanged)
    );
    assert_eq!(written.files.len(), 41);
    assert_eq!(stats(&output.at("")), before);
    assert_eq!(output.work(), IDLE);
}

#[test]
fn files_are_added_changed_and_removed() {
    let old = [
        ("kustomization.yaml", "a"),
        ("connect/service-a.yaml", "b"),
        ("metastore/job-x.yaml", "c"),
    ];
    let new = [
        ("kustomization.yaml", "A"),
        ("connect/service-a.yaml", "b"),
        ("history/service-h.yaml", "d"),
    ];
    for (strategy, swap) in [
        (SwapStrategy::Auto, Swap::Exchange),
        (SwapStrategy::RenameOnly, Swap::Rename),
    ] {
        let output = Output::with(&bundle("old", &old));
        let new = bundle("new", &new);
        let written = write(
            &new,
            &output.place(),
            WriteOptions {
                swap: strategy,
                ..WriteOptions::default()
            },
        )
        .unwrap();
        assert_eq!(written.swap, swap);
        assert_eq!(
            changes(&written),
            [
                ("connect/service-a.yaml", FileChange::Unchanged),
                ("history/service-h.yaml", FileChange::Added),
                ("kustomization.yaml", FileChange::Changed),
                ("metastore/job-x.yaml", FileChange::Removed),
            ]
        );
        assert_eq!(
            tree(&output.at("")),
            tree_of(&new),
            "the emptied component's directory is gone too"
        );
        assert_eq!(output.work(), IDLE);
    }
}

#[test]
fn a_file_may_become_a_directory_and_a_directory_a_file() {
    let one = bundle("x", &[("connect", "file"), ("history/a/b.yaml", "deep")]);
    let other = bundle("x", &[("connect/a.yaml", "deep"), ("history", "file")]);
    let output = Output::with(&one);
    for bundle in [&other, &one, &other] {
        output.write(bundle).unwrap();
        assert_eq!(tree(&output.at("")), tree_of(bundle));
    }
}

#[test]
fn a_lock_that_differs_is_reason_enough_to_write() {
    let files = [("kustomization.yaml", "a")];
    let output = Output::with(&bundle("one", &files));
    let other = bundle("other", &files);
    let written = output.write(&other).unwrap();
    assert_eq!(written.swap, Swap::Exchange);
    assert_eq!(
        changes(&written),
        [("kustomization.yaml", FileChange::Unchanged)]
    );
    assert_eq!(tree(&output.at("")), tree_of(&other));
}

#[test]
fn a_directory_that_was_there_and_empty_becomes_the_bundle() {
    let output = Output::new();
    fs::create_dir_all(output.at("")).unwrap();
    let bundle = bundle("one", &[("kustomization.yaml", "a")]);
    output.write(&bundle).unwrap();
    assert_eq!(tree(&output.at("")), tree_of(&bundle));
}

#[test]
fn an_empty_bundle_is_a_bundle() {
    let output = Output::with(&bundle("full", &[("a/b.yaml", "b")]));
    let empty = bundle("empty", &[]);
    output.write(&empty).unwrap();
    assert_eq!(tree(&output.at("")), tree_of(&empty));
}

#[test]
fn threads_share_a_root_locked_once() {
    let output = Output::new();
    let root = OutputRoot::lock(&output.root()).unwrap();
    let places: Vec<BundlePath> = (0..40)
        .map(|number| format!("prod/team-{number}").parse().unwrap())
        .collect();
    std::thread::scope(|scope| {
        for half in places.chunks(20) {
            let root = &root;
            scope.spawn(move || {
                for place in half {
                    let bundle = bundle(place.as_str(), &[("connect/a.yaml", place.as_str())]);
                    assert_eq!(
                        root.write(&bundle, place, WriteOptions::default())
                            .unwrap()
                            .swap,
                        Swap::Created
                    );
                }
            });
        }
    });
    for place in &places {
        let bundle = bundle(place.as_str(), &[("connect/a.yaml", place.as_str())]);
        assert_eq!(tree(&output.root().join(place)), tree_of(&bundle));
    }
    assert_eq!(output.work(), IDLE);
}
