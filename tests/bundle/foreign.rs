//! What sparkctl did not write, or wrote and somebody changed.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use sparkctl::bundle::{Bundle, BundleError, FileChange, Swap, SwapStrategy, WriteOptions, write};

use crate::support::{
    FOREIGN, IDLE, OVERWRITE, Output, bundle, paths, put, put_foreign, stats, tree, tree_of, tree_of_foreign,
};

fn old() -> Bundle {
    bundle("old", &[("kustomization.yaml", "a"), ("connect/a.yaml", "b"), ("history/h.yaml", "h")])
}

fn new() -> Bundle {
    bundle("new", &[("kustomization.yaml", "A"), ("connect/a.yaml", "B")])
}

/// The two lists of a refusal.
fn refused(output: &Output, bundle: &Bundle) -> (Vec<String>, Vec<String>) {
    let before = stats(&output.at(""));
    let error = output.write(bundle).unwrap_err();
    assert!(error.is_refusal(), "{error}");
    assert_eq!(stats(&output.at("")), before, "a refusal changes nothing");
    assert_eq!(output.work(), IDLE);
    let BundleError::Edited { edited, foreign, .. } = error else { panic!("{error}") };
    let texts =
        |paths: Vec<std::path::PathBuf>| paths.iter().map(|path| path.display().to_string()).collect();
    (texts(edited), texts(foreign))
}

#[test]
fn foreign_files_directories_and_links_are_kept_and_named() {
    for swap in [SwapStrategy::Auto, SwapStrategy::RenameOnly] {
        let output = Output::with(&old());
        put_foreign(&output.at(""));
        fs::set_permissions(output.at("notes.txt"), fs::Permissions::from_mode(0o750)).unwrap();
        fs::set_permissions(output.at("overlay/deep"), fs::Permissions::from_mode(0o500)).unwrap();
        let inode = fs::metadata(output.at("notes.txt")).unwrap().ino();

        let written =
            write(&new(), &output.place(), WriteOptions { swap, ..WriteOptions::default() }).unwrap();
        assert_eq!(written.foreign, paths(&FOREIGN));
        assert_eq!(written.files.get("history/h.yaml"), Some(&FileChange::Removed));
        let mut expected = tree_of_foreign();
        expected.extend(tree_of(&new()));
        assert_eq!(tree(&output.at("")), expected);
        let notes = fs::metadata(output.at("notes.txt")).unwrap();
        assert_eq!((notes.mode() & 0o777, notes.ino(), notes.nlink()), (0o750, inode, 1));
        assert_eq!(fs::metadata(output.at("overlay/deep")).unwrap().mode() & 0o777, 0o500);
        assert_eq!(output.work(), IDLE);
        assert_eq!(written.left_behind, paths(&[]));
        // So that the test's own directory can be removed.
        fs::set_permissions(output.at("overlay/deep"), fs::Permissions::from_mode(0o700)).unwrap();
    }
}

#[test]
fn a_foreign_file_keeps_the_directory_of_a_component_that_is_gone() {
    let output = Output::with(&old());
    put(output.at("history/mine.yaml"), "mine");
    output.write(&new()).unwrap();
    assert_eq!(fs::read_to_string(output.at("history/mine.yaml")).unwrap(), "mine");
    assert!(!output.at("history/h.yaml").exists());
}

#[test]
fn foreign_things_of_odd_kinds_and_names_are_kept() {
    let output = Output::with(&old());
    let odd = output.at("").join(std::ffi::OsStr::from_bytes(b"caf\xe9.txt"));
    fs::write(&odd, "latin").unwrap();
    let _socket = UnixListener::bind(output.at("socket")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(output.at("pipe")).status().unwrap().success());
    let written = output.write(&new()).unwrap();
    assert_eq!(written.foreign.len(), 3);
    assert_eq!(fs::read(&odd).unwrap(), b"latin");
    let kind = |name| fs::symlink_metadata(output.at(name)).unwrap().mode() & 0o170_000;
    assert_eq!((kind("socket"), kind("pipe")), (0o140_000, 0o010_000));
}

#[test]
fn other_bundles_and_foreign_files_around_the_bundle_are_not_touched() {
    let output = Output::with(&old());
    put(output.root().join("README.md"), "mine");
    put(output.root().join("prod/other/kustomization.yaml"), "other");
    let before = stats(&output.root().join("prod/other"));
    output.write(&new()).unwrap();
    assert_eq!(stats(&output.root().join("prod/other")), before);
    assert_eq!(fs::read_to_string(output.root().join("README.md")).unwrap(), "mine");
}

#[test]
fn edited_files_are_refused_and_overwritten_when_told_to() {
    let output = Output::with(&old());
    put(output.at("connect/a.yaml"), "by hand");
    put(output.at("history/h.yaml"), "by hand too");
    let lists = refused(&output, &new());
    assert_eq!(lists, (vec!["connect/a.yaml".to_owned(), "history/h.yaml".to_owned()], vec![]));
    let lists = refused(&output, &old());
    assert_eq!(lists.0.len(), 2, "the same release again does not undo the edit either");

    let written = write(&new(), &output.place(), OVERWRITE).unwrap();
    assert_eq!(written.overwritten, paths(&["connect/a.yaml", "history/h.yaml"]));
    assert_eq!(written.files.get("connect/a.yaml"), Some(&FileChange::Changed));
    assert_eq!(written.files.get("history/h.yaml"), Some(&FileChange::Removed));
    assert_eq!(tree(&output.at("")), tree_of(&new()));
}

#[test]
fn an_edit_that_is_what_would_be_rendered_is_no_edit() {
    let output = Output::with(&old());
    put(output.at("connect/a.yaml"), "B");
    let written = output.write(&new()).unwrap();
    assert_eq!(written.files.get("connect/a.yaml"), Some(&FileChange::Unchanged));
    assert_eq!(tree(&output.at("")), tree_of(&new()));
}

#[test]
fn a_file_removed_by_hand_comes_back() {
    let output = Output::with(&old());
    fs::remove_dir_all(output.at("connect")).unwrap();
    let written = output.write(&old()).unwrap();
    assert_eq!(
        (written.swap, written.files.get("connect/a.yaml")),
        (Swap::Exchange, Some(&FileChange::Added))
    );
    assert_eq!(tree(&output.at("")), tree_of(&old()));
}

#[test]
fn a_file_removed_by_hand_and_from_the_release_is_nobody_s_business() {
    let output = Output::with(&old());
    fs::remove_file(output.at("history/h.yaml")).unwrap();
    let written = output.write(&new()).unwrap();
    assert_eq!(written.files.get("history/h.yaml"), None);
    assert_eq!(tree(&output.at("")), tree_of(&new()), "the directory left empty was sparkctl's");
}

#[test]
fn a_file_replaced_by_a_link_or_a_pipe_is_edited() {
    for make in [
        |path: &std::path::Path| symlink("/etc/passwd", path).unwrap(),
        |path: &std::path::Path| {
            assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
        },
    ] {
        let output = Output::with(&old());
        fs::remove_file(output.at("connect/a.yaml")).unwrap();
        make(&output.at("connect/a.yaml"));
        assert_eq!(refused(&output, &new()).0, ["connect/a.yaml"]);
        write(&new(), &output.place(), OVERWRITE).unwrap();
        assert_eq!(tree(&output.at("")), tree_of(&new()));
    }
}

#[test]
fn a_directory_without_a_lock_is_all_foreign() {
    let output = Output::new();
    put(output.at("kustomization.yaml"), "somebody's");
    put(output.at("connect/a.yaml"), "B");
    put(output.at("extra.yaml"), "somebody's");
    let lists = refused(&output, &new());
    assert_eq!(
        lists,
        (vec![], vec!["kustomization.yaml".to_owned()]),
        "what is as rendered may be taken over"
    );

    let written = write(&new(), &output.place(), OVERWRITE).unwrap();
    assert_eq!(written.overwritten, paths(&["kustomization.yaml"]));
    assert_eq!(written.foreign, paths(&["extra.yaml"]));
    assert_eq!(written.files.get("kustomization.yaml"), Some(&FileChange::Changed));
    assert_eq!(written.files.get("connect/a.yaml"), Some(&FileChange::Unchanged));
    assert_eq!(fs::read_to_string(output.at("extra.yaml")).unwrap(), "somebody's");
}

#[test]
fn a_foreign_file_above_or_below_a_new_path_is_in_the_way() {
    let above = Output::with(&bundle("x", &[("kustomization.yaml", "a")]));
    put(above.at("connect"), "a file where a directory has to be");
    assert_eq!(refused(&above, &new()).1, ["connect"]);
    write(&new(), &above.place(), OVERWRITE).unwrap();
    assert_eq!(tree(&above.at("")), tree_of(&new()));

    let at = Output::with(&bundle("x", &[("kustomization.yaml", "a")]));
    put(at.at("connect/a.yaml/mine"), "a directory where a file has to be");
    assert_eq!(refused(&at, &new()).1, ["connect/a.yaml/"]);
    write(&new(), &at.place(), OVERWRITE).unwrap();
    assert_eq!(tree(&at.at("")), tree_of(&new()));

    let below = Output::with(&bundle("x", &[("connect/a.yaml/b.yaml", "a")]));
    put(below.at("connect/a.yaml/mine"), "beside what was sparkctl's");
    assert_eq!(refused(&below, &new()).1, ["connect/a.yaml/mine"]);
    write(&new(), &below.place(), OVERWRITE).unwrap();
    assert_eq!(tree(&below.at("")), tree_of(&new()));
}
