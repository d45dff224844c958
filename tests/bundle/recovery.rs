//! Every state in which a kill between two renames can leave the disk, made by hand: kills seldom
//! fall there.

use std::fs;
use std::path::PathBuf;

use sparkctl::bundle::{Bundle, BundleError, BundlePath, Swap, SwapStrategy, WriteOptions, write};

use crate::support::{IDLE, Output, bundle, put, stats, tree, tree_of};

fn old() -> Bundle {
    bundle(
        "old",
        &[("kustomization.yaml", "a"), ("connect/a.yaml", "b")],
    )
}

fn new() -> Bundle {
    bundle(
        "new",
        &[("kustomization.yaml", "A"), ("connect/a.yaml", "B")],
    )
}

/// An output root with the old bundle in place and the new one staged, as just before the first
/// rename.
struct Halfway {
    output: Output,
    staged: PathBuf,
    replaced: PathBuf,
    journal: PathBuf,
}

impl Halfway {
    fn new() -> Self {
        let output = Output::with(&old());
        put(output.at("notes.txt"), "mine");
        let work = output.root().join(".sparkctl");
        let at = |name| work.join(name);
        let halfway = Self {
            staged: at("staged-7-0"),
            replaced: at("replaced-7-0"),
            journal: at("journal-7-0"),
            output,
        };
        for (path, bytes) in &new().files {
            put(
                halfway.staged.join(path),
                std::str::from_utf8(bytes).unwrap(),
            );
        }
        fs::write(
            halfway.staged.join(".sparkctl.lock"),
            new().lock().to_bytes(),
        )
        .unwrap();
        fs::hard_link(
            halfway.output.at("notes.txt"),
            halfway.staged.join("notes.txt"),
        )
        .unwrap();
        halfway
    }

    fn journalled(self) -> Self {
        fs::write(&self.journal, "prod/connect\n").unwrap();
        self
    }

    fn moved_away(self) -> Self {
        fs::rename(self.output.at(""), &self.replaced).unwrap();
        self
    }

    fn moved_in(self) -> Self {
        fs::rename(&self.staged, self.output.at("")).unwrap();
        self
    }

    /// Some other release is written: the next run of anybody repairs.
    fn next_run(&self) -> Vec<BundlePath> {
        let place = sparkctl::bundle::Place {
            bundle: "dev/other".parse().unwrap(),
            ..self.output.place()
        };
        let written = write(&new(), &place, WriteOptions::default()).unwrap();
        assert_eq!(self.output.work(), IDLE);
        assert_eq!(
            fs::read_to_string(self.output.at("notes.txt")).unwrap(),
            "mine"
        );
        written.recovered
    }

    fn holds(&self, bundle: &Bundle) {
        let mut expected = tree_of(bundle);
        expected.insert("notes.txt".to_owned(), "mine".to_owned());
        assert_eq!(tree(&self.output.at("")), expected);
    }
}

#[test]
fn killed_before_the_journal() {
    let halfway = Halfway::new();
    assert_eq!(halfway.next_run(), []);
    halfway.holds(&old());
}

#[test]
fn killed_while_the_journal_was_written() {
    for text in ["", "prod/con", "prod/connect"] {
        let halfway = Halfway::new();
        fs::write(&halfway.journal, text).unwrap();
        assert_eq!(halfway.next_run(), []);
        halfway.holds(&old());
    }
}

#[test]
fn killed_after_the_journal() {
    let halfway = Halfway::new().journalled();
    assert_eq!(halfway.next_run(), []);
    halfway.holds(&old());
}

#[test]
fn killed_between_the_renames() {
    let halfway = Halfway::new().journalled().moved_away();
    assert!(!halfway.output.at("").exists());
    assert_eq!(halfway.next_run(), ["prod/connect".parse().unwrap()]);
    halfway.holds(&old());
}

#[test]
fn killed_between_the_renames_and_then_the_environment_was_deleted() {
    let halfway = Halfway::new().journalled().moved_away();
    fs::remove_dir(halfway.output.root().join("prod")).unwrap();
    assert_eq!(halfway.next_run(), ["prod/connect".parse().unwrap()]);
    halfway.holds(&old());
}

#[test]
fn killed_between_the_renames_and_again_while_restoring() {
    let halfway = Halfway::new().journalled().moved_away();
    fs::rename(&halfway.replaced, halfway.output.at("")).unwrap();
    assert_eq!(halfway.next_run(), []);
    halfway.holds(&old());
}

#[test]
fn killed_after_both_renames() {
    let halfway = Halfway::new().journalled().moved_away().moved_in();
    assert_eq!(halfway.next_run(), []);
    halfway.holds(&new());
}

#[test]
fn killed_before_the_journal_was_removed() {
    let halfway = Halfway::new().journalled().moved_away().moved_in();
    fs::rename(&halfway.replaced, &halfway.staged).unwrap();
    assert_eq!(halfway.next_run(), []);
    halfway.holds(&new());
}

#[test]
fn killed_while_the_old_bundle_was_removed() {
    let halfway = Halfway::new().moved_away().moved_in();
    fs::rename(&halfway.replaced, &halfway.staged).unwrap();
    fs::remove_file(halfway.staged.join("kustomization.yaml")).unwrap();
    assert_eq!(halfway.next_run(), []);
    halfway.holds(&new());
}

#[test]
fn the_run_that_restores_may_be_the_run_that_writes() {
    for swap in [SwapStrategy::Auto, SwapStrategy::RenameOnly] {
        let halfway = Halfway::new().journalled().moved_away();
        let options = WriteOptions {
            swap,
            ..WriteOptions::default()
        };
        let written = write(&new(), &halfway.output.place(), options).unwrap();
        assert_eq!(written.recovered, ["prod/connect".parse().unwrap()]);
        assert_ne!(written.swap, Swap::Created);
        halfway.holds(&new());
        assert_eq!(halfway.output.work(), IDLE);
    }
}

#[test]
fn a_place_that_somebody_filled_meanwhile_is_not_guessed_about() {
    let halfway = Halfway::new().journalled().moved_away();
    put(
        halfway.output.at("kustomization.yaml"),
        "from version control",
    );
    let before = stats(&halfway.output.root());
    let error = halfway.output.write(&new()).unwrap_err();
    let BundleError::Interrupted { path, kept } = &error else {
        panic!("{error}")
    };
    assert_eq!(
        (path, kept),
        (&halfway.output.at("").join(""), &halfway.replaced),
        "{error}"
    );
    assert_eq!(stats(&halfway.output.root()), before);

    // What the help says: give the old one up, or restore it.
    fs::remove_dir_all(halfway.output.at("")).unwrap();
    assert_eq!(halfway.next_run(), ["prod/connect".parse().unwrap()]);
    halfway.holds(&old());
}

#[test]
fn a_journal_that_leads_elsewhere_is_refused() {
    for text in [
        "../../outside\n",
        "/etc\n",
        ".sparkctl/x\n",
        "\n",
        "prod/connect\nprod/other\n",
    ] {
        let halfway = Halfway::new().moved_away();
        fs::write(&halfway.journal, text).unwrap();
        let before = stats(halfway.output.directory.path());
        let error = halfway.output.write(&new()).unwrap_err();
        assert!(
            matches!(&error, BundleError::Io { path, .. } if *path == halfway.journal),
            "{error}"
        );
        assert_eq!(stats(halfway.output.directory.path()), before);
    }
}

#[test]
fn names_in_the_work_folder_that_are_not_sparkctl_s_stay() {
    let output = Output::with(&old());
    put(output.root().join(".sparkctl/mine"), "mine");
    output.write(&new()).unwrap();
    assert_eq!(output.work(), [".gitignore", "lock", "mine"]);
}
