//! A full disk, at every point of a write.

use std::fs;
use std::path::Path;

use sparkctl::bundle::{Bundle, BundleError, SwapStrategy, WriteOptions, write};

use crate::support::{
    IDLE, Output, bundle, given_root, large, place, play, private_mounts, put_foreign, role, stats,
    tree, tree_of, tree_of_foreign, work, wrapped,
};

fn old() -> Bundle {
    bundle(
        "old",
        &[("kustomization.yaml", "a"), ("connect/a.yaml", "b")],
    )
}

fn growing() -> Bundle {
    let (small, large) = ("s".repeat(700), "l".repeat(9_000));
    bundle(
        "growing",
        &[
            ("a.yaml", &small),
            ("connect/a.yaml", "tiny"),
            ("connect/b.yaml", &large),
            ("z.yaml", &small),
        ],
    )
}

fn whole(root: &Path, bundle: &Bundle) {
    let mut expected = tree_of_foreign();
    expected.extend(tree_of(bundle));
    assert_eq!(tree(&place(root).path()), expected);
    assert_eq!(work(root), IDLE);
}

#[test]
#[ignore = "played by a child process of `a_limit_on_file_sizes_leaves_the_old_bundle`"]
fn writes_under_a_limit() {
    let root = given_root();
    let before = stats(&place(&root).path());
    match write(&growing(), &place(&root), WriteOptions::default()) {
        Ok(_) => println!("written"),
        Err(error) => {
            assert!(
                error
                    .to_string()
                    .ends_with(": File too large (os error 27)"),
                "{error}"
            );
            assert!(error.help().unwrap().starts_with("make room"), "{error}");
            assert_eq!(stats(&place(&root).path()), before);
            println!("failed at {error}");
        }
    }
}

/// Needs no privilege: the kernel refuses a file's growth instead of the disk.
#[test]
fn a_limit_on_file_sizes_leaves_the_old_bundle() {
    let mut failed_at = std::collections::BTreeSet::new();
    // In blocks of 512 bytes; enough at last.
    for blocks in 0..=20 {
        let output = Output::with(&old());
        put_foreign(&output.at(""));
        let limit = format!("trap '' XFSZ; ulimit -f {blocks} || exit 9; exec \"$@\"");
        let told = play(wrapped(
            &["sh", "-c", &limit, "sh"],
            "disk::writes_under_a_limit",
            &output.root(),
        ));
        if told.contains("written") {
            whole(&output.root(), &growing());
        } else {
            whole(&output.root(), &old());
            let line = told
                .lines()
                .find(|line| line.contains("failed at"))
                .unwrap()
                .to_owned();
            failed_at.insert(
                line.split('`')
                    .nth(1)
                    .unwrap()
                    .rsplit_once("/prod/connect/")
                    .unwrap()
                    .1
                    .to_owned(),
            );
        }
        assert_eq!(told.contains("written"), blocks >= 18, "{blocks}: {told}");
    }
    assert_eq!(
        failed_at,
        ["a.yaml".to_owned(), "connect/b.yaml".to_owned()].into()
    );
}

#[test]
fn a_limit_is_not_met_by_chance() {
    let output = Output::with(&old());
    put_foreign(&output.at(""));
    assert!(play(role("disk::writes_under_a_limit", &output.root())).contains("written"));
}

#[test]
#[ignore = "played by a child process of the tests below, on a file system of its own"]
fn fills_a_small_disk() {
    for swap in [SwapStrategy::Auto, SwapStrategy::RenameOnly] {
        let root = given_root().join(format!("{swap:?}")).join("rendered");
        let place = place(&root);
        let options = WriteOptions {
            swap,
            ..WriteOptions::default()
        };
        write(&old(), &place, options).unwrap();
        put_foreign(&place.path());
        let new = large("new");
        let mut failures = 0;
        loop {
            let filler = Filler::leave(&given_root(), failures);
            let before = stats(&place.path());
            match write(&new, &place, options) {
                Ok(_) => break,
                Err(error) => {
                    let BundleError::Io { cause, .. } = &error else {
                        panic!("{error}")
                    };
                    assert_eq!(cause.kind(), std::io::ErrorKind::StorageFull, "{error}");
                    assert_eq!(stats(&place.path()), before, "{error}");
                    whole(&root, &old());
                }
            }
            drop(filler);
            failures += 1;
        }
        whole(&root, &new);
        println!("full {failures} times");
        // One block and one inode a file at the least.
        assert!(failures >= new.files.len(), "only {failures}");
        fs::remove_dir_all(root).unwrap();
    }
}

/// Fills a file system but for so many blocks and inodes.
struct Filler(std::path::PathBuf);

impl Filler {
    fn leave(directory: &Path, count: usize) -> Self {
        let filler = Self(directory.join("filler"));
        fs::create_dir(&filler.0).unwrap();
        let mut files = 0;
        // Each takes one inode and one block, so that whichever runs out first is left over `count`
        // times.
        while fs::write(filler.0.join(files.to_string()), [0; 4096]).is_ok() {
            files += 1;
        }
        let _ = fs::remove_file(filler.0.join(files.to_string()));
        assert!(files > count, "the disk is too small for the bundle");
        (0..count).for_each(|number| fs::remove_file(filler.0.join(number.to_string())).unwrap());
        filler
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Mounts a file system of this size in a mount namespace of its own and fills it there. It fails,
/// and does not skip, where user namespaces are forbidden and the tests do not run as root: filter
/// it out by its name there.
fn mount_and_fill(size: &str) {
    let output = Output::new();
    fs::create_dir(output.root()).unwrap();
    let mount = format!(
        "mount -t tmpfs -o {size} none '{}' && exec \"$@\"",
        output.root().display()
    );
    let wrapper = [&private_mounts()[..], &["sh", "-c", &mount, "sh"]].concat();
    let told = play(wrapped(
        &wrapper,
        "disk::fills_a_small_disk",
        &output.root(),
    ));
    assert_eq!(told.matches("full ").count(), 2, "{told}");
    assert_eq!(
        fs::read_dir(output.root()).unwrap().count(),
        0,
        "the mount was private"
    );
}

#[test]
fn needs_mount_a_disk_without_free_blocks_leaves_the_old_bundle() {
    mount_and_fill("size=512k");
}

#[test]
fn needs_mount_a_disk_without_free_inodes_leaves_the_old_bundle() {
    mount_and_fill("size=4m,nr_inodes=140");
}
