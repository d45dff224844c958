//! File systems that refuse: read-only ones, mount points, overlays. All are mounted in a namespace
//! of the child's own; the tests fail, and do not skip, where that is forbidden: their names begin
//! with `needs_mount`.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use sparkctl::bundle::{BundleError, Swap, WriteOptions, compare, write};

use crate::support::{
    IDLE, OVERWRITE, Output, bundle, given_root, paths, place, play, private_mounts, put, stats, tree,
    tree_of, work, wrapped,
};

fn old() -> sparkctl::bundle::Bundle {
    bundle("old", &[("kustomization.yaml", "a"), ("connect/a.yaml", "b")])
}

fn new() -> sparkctl::bundle::Bundle {
    bundle("new", &[("kustomization.yaml", "A"), ("connect/a.yaml", "B")])
}

/// Runs a part of this file after a script that mounts; `$R` in it is the output root, which holds
/// the old bundle.
fn after(script: &str, part: &str) {
    let output = Output::with(&old());
    put(output.at("notes.txt"), "mine");
    let script = format!("set -e; R='{}'; {script}; exec \"$@\"", output.root().display());
    let wrapper = [&private_mounts()[..], &["sh", "-c", &script, "sh"]].concat();
    play(wrapped(&wrapper, &format!("mounts::{part}"), &output.root()));
}

/// Every way to write fails, changes nothing and says why.
fn refuses(expected: impl Fn(&BundleError) -> bool) {
    let place = place(&given_root());
    let before = tree(&place.path());
    for options in [WriteOptions::default(), OVERWRITE] {
        let error = write(&new(), &place, options).unwrap_err();
        assert!(expected(&error) && error.help().is_some(), "{error}");
        assert_eq!(tree(&place.path()), before);
    }
}

#[test]
#[ignore = "played by a child process of another test"]
fn read_only() {
    let root = given_root();
    let before = stats(&root);
    refuses(|error| error.to_string().ends_with("Read-only file system (os error 30)"));
    assert_eq!(
        compare(&old(), &place(&root)).unwrap().len(),
        1,
        "checking works all the same: only notes.txt is told"
    );
    assert_eq!(stats(&root), before);
}

#[test]
fn needs_mount_a_read_only_output_root() {
    after("mount --bind \"$R\" \"$R\"; mount -o remount,bind,ro \"$R\"", "read_only");
}

#[test]
#[ignore = "played by a child process of another test"]
fn mounted_bundle() {
    refuses(
        |error| matches!(error, BundleError::Immovable { path, .. } if *path == place(&given_root()).path()),
    );
    assert_eq!(work(&given_root()), IDLE);
}

#[test]
fn needs_mount_a_bundle_that_is_a_mount_point() {
    after("mount --bind \"$R/prod/connect\" \"$R/prod/connect\"", "mounted_bundle");
}

#[test]
fn needs_mount_an_environment_on_another_file_system() {
    after(
        "cp -a \"$R/prod/connect\" \"$R/copy\"; mount -t tmpfs none \"$R/prod\"; \
         mv \"$R/copy\" \"$R/prod/connect\"",
        "mounted_bundle",
    );
}

#[test]
#[ignore = "played by a child process of another test"]
fn mounted_environment() {
    let error = write(&new(), &place(&given_root()), WriteOptions::default()).unwrap_err();
    assert!(matches!(error, BundleError::Immovable { .. }), "{error}");
    assert_eq!(tree(&given_root().join("prod")), [].into());
    assert_eq!(work(&given_root()), IDLE);
}

#[test]
fn needs_mount_a_first_bundle_on_another_file_system() {
    after("mount -t tmpfs none \"$R/prod\"", "mounted_environment");
}

#[test]
#[ignore = "played by a child process of another test"]
fn mount_inside() {
    // Whichever of the two tests below plays it.
    let bundle = place(&given_root()).path();
    let mounted = |name| Some(bundle.join(name)).filter(|path| path.join("data").exists());
    let inside = mounted("volume").or(mounted("connect")).unwrap();
    refuses(|error| matches!(error, BundleError::Mount { path } if *path == inside));
    assert_eq!(fs::read_to_string(inside.join("data")).unwrap(), "precious");
}

#[test]
fn needs_mount_a_mount_inside_the_bundle_is_not_emptied() {
    after(
        "M=\"$R/prod/connect/volume\"; mkdir \"$M\"; mount -t tmpfs none \"$M\"; \
         printf precious >\"$M/data\"",
        "mount_inside",
    );
}

#[test]
fn needs_mount_a_mount_on_a_component_is_not_emptied() {
    after(
        "M=\"$R/prod/connect/connect\"; mount -t tmpfs none \"$M\"; printf precious >\"$M/data\"",
        "mount_inside",
    );
}

#[test]
#[ignore = "played by a child process of another test"]
fn mounted_file() {
    let root = given_root();
    let notes = place(&root).path().join("notes.txt");
    let before = fs::metadata(&notes).unwrap();
    let written = write(&new(), &place(&root), WriteOptions::default()).unwrap();
    assert_eq!(written.foreign, paths(&["notes.txt"]));
    assert_eq!(fs::read_to_string(&notes).unwrap(), "elsewhere");
    let after = fs::metadata(&notes).unwrap();
    assert_ne!(after.ino(), before.ino());
    assert_eq!(
        (after.mode(), after.mtime(), after.mtime_nsec()),
        (before.mode(), before.mtime(), before.mtime_nsec())
    );
    // The mount itself went away with the old bundle, and cannot be removed.
    let left: Vec<PathBuf> = written.left_behind;
    assert!(left.len() == 1 && left[0].starts_with(root.join(".sparkctl")) && left[0].exists(), "{left:?}");
    assert_eq!(write(&old(), &place(&root), WriteOptions::default()).unwrap().left_behind, left);
}

#[test]
fn needs_mount_a_file_that_cannot_be_linked_is_copied() {
    after(
        "E=\"$R/../elsewhere\"; printf elsewhere >\"$E\"; chmod 640 \"$E\"; touch -d 2001-02-03 \"$E\"; \
         mount --bind \"$E\" \"$R/prod/connect/notes.txt\"",
        "mounted_file",
    );
}

#[test]
#[ignore = "played by a child process of another test"]
fn overlay() {
    let place = place(&given_root());
    // What lies in a lower layer (a container image) can be neither exchanged nor renamed: nothing
    // to be done.
    refuses(|error| matches!(error, BundleError::Immovable { path, .. } if *path == place.path()));
    // What this container made can be replaced.
    fs::remove_dir_all(place.path()).unwrap();
    assert_eq!(write(&old(), &place, WriteOptions::default()).unwrap().swap, Swap::Created);
    assert_eq!(write(&new(), &place, WriteOptions::default()).unwrap().swap, Swap::Exchange);
    assert_eq!(tree(&place.path()), tree_of(&new()));
    assert_eq!(work(&given_root()), IDLE);
}

#[test]
fn needs_mount_an_overlay() {
    after(
        "O=\"$R/../o\"; mkdir \"$O\"; mount -t tmpfs none \"$O\"; mkdir \"$O/upper\" \"$O/work\"; \
         L=userxattr,lowerdir=\"$R\",upperdir=\"$O/upper\",workdir=\"$O/work\"; \
         mount -t overlay overlay -o \"$L\" \"$R\"",
        "overlay",
    );
}
