//! Every error as a user reads it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use sparkctl::bundle::{Bundle, BundleError, BundlePath, LockProblem, OutputRoot, Place, compare};

use crate::support::{Output, bundle, put};

fn old() -> Bundle {
    bundle(
        "old",
        &[
            ("kustomization.yaml", "a"),
            ("connect/a.yaml", "b"),
            ("history/h.yaml", "h"),
        ],
    )
}

fn new() -> Bundle {
    bundle(
        "new",
        &[
            ("kustomization.yaml", "A"),
            ("connect/a.yaml", "B"),
            ("jupyter/j.yaml", "j"),
        ],
    )
}

fn told(output: &Output, bundle: &Bundle) -> String {
    output.text(&output.write(bundle).unwrap_err())
}

#[test]
fn edited_and_foreign() {
    let output = Output::with(&old());
    put(output.at("connect/a.yaml"), "by hand");
    put(output.at("history/h.yaml"), "by hand");
    put(output.at("jupyter/j.yaml"), "foreign");
    insta::assert_snapshot!(told(&output, &new()), @r"
    `rendered/prod/connect` would lose what was changed by hand: `connect/a.yaml` (edited), `history/h.yaml` (edited), `jupyter/j.yaml` (not sparkctl's)
    help: nothing was written; move each change into a layer or a kustomize overlay and each file that is not sparkctl's out of the way, or discard them all with `--overwrite-edited`
    ");
}

#[test]
fn names_that_would_rewrite_the_terminal() {
    let output = Output::with(&bundle("old", &[("connect/a.yaml/b.yaml", "b")]));
    put(output.at("connect/a.yaml/\u{1b}[2J\nall is well"), "");
    insta::assert_snapshot!(told(&output, &new()), @r"
    `rendered/prod/connect` would lose what was changed by hand: `connect/a.yaml/\u{1b}[2J\nall is well` (not sparkctl's)
    help: nothing was written; move each change into a layer or a kustomize overlay and each file that is not sparkctl's out of the way, or discard them all with `--overwrite-edited`
    ");
}

#[test]
fn links() {
    let output = Output::new();
    fs::create_dir(output.root()).unwrap();
    symlink("/tmp", output.root().join("prod")).unwrap();
    insta::assert_snapshot!(told(&output, &new()), @r"
    `rendered/prod` is a symbolic link, and none is followed below the output root
    help: replace the link by a directory or a file, or name the directory it leads to as the output root
    ");
}

#[test]
fn files_where_directories_should_be() {
    let output = Output::new();
    put(output.root().join("prod"), "");
    insta::assert_snapshot!(told(&output, &new()), @r"
    `rendered/prod` is not a directory
    help: move it away, or choose another output root
    ");

    let output = Output::new();
    put(output.root(), "");
    insta::assert_snapshot!(told(&output, &new()), @r"
    `rendered` is not a directory
    help: move it away, or choose another output root
    ");
    assert!(matches!(
        compare(&new(), &output.place()),
        Err(BundleError::NotADirectory { .. })
    ));

    let output = Output::new();
    put(output.directory.path().join("file"), "");
    let place = Place {
        root: output.directory.path().join("file/rendered"),
        ..output.place()
    };
    insta::assert_snapshot!(output.text(&OutputRoot::lock(&place.root).unwrap_err()), @r"
    cannot open `file/rendered`: Not a directory (os error 20)
    help: choose an output root that is a directory one can write to
    ");
}

#[test]
fn a_directory_where_a_file_should_be() {
    let output = Output::with(&old());
    fs::remove_file(output.root().join(".sparkctl/lock")).unwrap();
    fs::create_dir(output.root().join(".sparkctl/lock")).unwrap();
    insta::assert_snapshot!(told(&output, &new()), @r"
    `rendered/.sparkctl/lock` is not a file
    help: move it away, or choose another output root
    ");
}

#[test]
fn nowhere_to_write() {
    let output = Output::new();
    let error = OutputRoot::lock(&PathBuf::from("/proc/sparkctl/rendered")).unwrap_err();
    insta::assert_snapshot!(output.text(&error), @r"
    cannot create `/proc/sparkctl/rendered`: No such file or directory (os error 2)
    help: none
    ");
}

#[test]
fn what_the_operating_system_says() {
    let say = |number| {
        let path = PathBuf::from("rendered/prod/connect/kustomization.yaml");
        let cause = std::io::Error::from_raw_os_error(number);
        let error = BundleError::Io {
            doing: "write",
            path,
            cause,
        };
        format!(
            "{error}\nhelp: {}",
            error.help().unwrap_or_else(|| "none".to_owned())
        )
    };
    let errors: Vec<_> = [28, 122, 27, 13, 30, 95, 5].map(say).into();
    insta::assert_snapshot!(errors.join("\n\n"), @r"
    cannot write `rendered/prod/connect/kustomization.yaml`: No space left on device (os error 28)
    help: make room and render again; the bundle that was there is unchanged

    cannot write `rendered/prod/connect/kustomization.yaml`: Disk quota exceeded (os error 122)
    help: make room and render again; the bundle that was there is unchanged

    cannot write `rendered/prod/connect/kustomization.yaml`: File too large (os error 27)
    help: make room and render again; the bundle that was there is unchanged

    cannot write `rendered/prod/connect/kustomization.yaml`: Permission denied (os error 13)
    help: render as a user who may write there, or choose another output root; nothing was changed

    cannot write `rendered/prod/connect/kustomization.yaml`: Read-only file system (os error 30)
    help: choose an output root that is a directory one can write to

    cannot write `rendered/prod/connect/kustomization.yaml`: Operation not supported (os error 95)
    help: this file system lacks something that replacing a bundle needs; choose an output root on a local one

    cannot write `rendered/prod/connect/kustomization.yaml`: Input/output error (os error 5)
    help: none
    ");
}

#[test]
fn overlapping_files() {
    let output = Output::new();
    let files = [
        ("connect", "a"),
        ("connect-b", "b"),
        ("connect/a/b.yaml", "c"),
    ];
    insta::assert_snapshot!(told(&output, &bundle("x", &files)), @r"
    `connect` would be a file and, because of `connect/a/b.yaml`, a directory
    help: give one of the two components or objects another name
    ");
    assert!(!output.root().join("prod").exists());
}

#[test]
fn locks() {
    let output = Output::with(&old());
    let lock = fs::read_to_string(output.at(".sparkctl.lock")).unwrap();
    let say = |text: String| {
        fs::write(output.at(".sparkctl.lock"), text).unwrap();
        told(&output, &new())
    };
    let errors = [
        say(lock.replace("\"format\": 1", "\"format\": 2")),
        say(lock[..100].to_owned()),
        say(lock.replace("connect/a.yaml", "../../../etc/passwd")),
        say(format!("<<<<<<< HEAD\n{lock}")),
    ];
    insta::assert_snapshot!(errors.join("\n\n"), @r"
    the lock `rendered/prod/connect/.sparkctl.lock` has format 2, and this sparkctl reads format 1
    help: a newer sparkctl wrote it: render with that one, or restore the bundle that this one wrote

    the lock `rendered/prod/connect/.sparkctl.lock` cannot be read: EOF while parsing a list at line 7 column 2
    help: restore it from version control; or delete it: then no file in the bundle counts as sparkctl's, and those that differ from the new ones need `--overwrite-edited`

    the lock `rendered/prod/connect/.sparkctl.lock` cannot be read: `../../../etc/passwd` is not a path inside a bundle: a name in it begins with a dot at line 14 column 25
    help: restore it from version control; or delete it: then no file in the bundle counts as sparkctl's, and those that differ from the new ones need `--overwrite-edited`

    the lock `rendered/prod/connect/.sparkctl.lock` holds a merge conflict
    help: take either side whole (`git checkout --ours` or `--theirs`) for the bundle's directory, then render again
    ");
}

#[test]
fn what_only_mounts_and_kills_bring_about() {
    let path = || PathBuf::from("rendered/prod/connect");
    let errors = [
        BundleError::Mount {
            path: path().join("volume"),
        },
        BundleError::Immovable {
            path: path(),
            cause: std::io::Error::from_raw_os_error(18),
        },
        BundleError::Interrupted {
            path: path(),
            kept: "rendered/.sparkctl/replaced-7-0".into(),
        },
    ];
    let say = |error: BundleError| format!("{error}\nhelp: {}", error.help().unwrap());
    insta::assert_snapshot!(errors.map(say).join("\n\n"), @r"
    another file system is mounted on `rendered/prod/connect/volume`, inside the bundle
    help: unmount it, or mount it outside the bundle; nothing was written

    `rendered/prod/connect` cannot be put in place by renaming: Invalid cross-device link (os error 18)
    help: a bundle is replaced by renaming its directory, so it can be neither a mount point nor on another file system than the output root, nor come from a lower layer of a container image: choose an output root where it is an ordinary directory, or remove the directory and render again

    an interrupted run left the bundle in `rendered/.sparkctl/replaced-7-0`, and something else is now at `rendered/prod/connect`
    help: compare the two; to restore the bundle, remove `rendered/prod/connect` and render again; to give it up, remove `rendered/.sparkctl/replaced-7-0`
    ");
}

#[test]
fn a_damaged_journal() {
    let output = Output::with(&old());
    put(output.root().join(".sparkctl/journal-7-0"), "prod/../..\n");
    fs::create_dir(output.root().join(".sparkctl/replaced-7-0")).unwrap();
    insta::assert_snapshot!(told(&output, &new()), @r"
    cannot read `rendered/.sparkctl/journal-7-0`: `prod/../..` is not a path inside a bundle: a name in it begins with a dot
    help: a run was interrupted, and its journal is damaged: the bundle it moved away is beside the journal, under the name `replaced-` and the same number; move that back to its place, then remove the journal
    ");
}

#[test]
fn paths() {
    let long = "x".repeat(256);
    let texts = [
        "",
        "/etc",
        "a//b",
        "a/",
        "..",
        "a/../b",
        ".sparkctl/lock",
        "a\\b",
        "a\nb",
        &long,
    ];
    let errors: Vec<_> = texts
        .map(|text| text.parse::<BundlePath>().unwrap_err().to_string())
        .into();
    insta::assert_snapshot!(errors.join("\n").replace(&long, "xxx..."), @r"
    `` is not a path inside a bundle: it begins or ends with `/`, or a name in it is empty
    `/etc` is not a path inside a bundle: it begins or ends with `/`, or a name in it is empty
    `a//b` is not a path inside a bundle: it begins or ends with `/`, or a name in it is empty
    `a/` is not a path inside a bundle: it begins or ends with `/`, or a name in it is empty
    `..` is not a path inside a bundle: a name in it begins with a dot
    `a/../b` is not a path inside a bundle: a name in it begins with a dot
    `.sparkctl/lock` is not a path inside a bundle: a name in it begins with a dot
    `a\b` is not a path inside a bundle: there is a backslash in it
    `a\nb` is not a path inside a bundle: there is a control character in it
    `xxx...` is not a path inside a bundle: a name in it is longer than 255 bytes
    ");
}

#[test]
fn only_work_done_by_hand_is_a_refusal() {
    let path = PathBuf::from("x");
    assert!(
        BundleError::Edited {
            bundle: path.clone(),
            edited: vec![],
            foreign: vec![]
        }
        .is_refusal()
    );
    assert!(!BundleError::Link { path: path.clone() }.is_refusal());
    assert!(
        !BundleError::Lock {
            path,
            problem: LockProblem::Conflict
        }
        .is_refusal()
    );
}
