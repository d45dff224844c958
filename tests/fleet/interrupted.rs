//! A fleet's render that is killed: at any instant every bundle is whole, old or new, and the next run repairs
//! the rest.

use crate::support::{Project, bundles};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const FLEET: &str = "matrix:
  all:
    presets: [connect]
    environments: [dev]
    clusters: ['*']
    teams: ['*']";

/// When the process is killed.
enum When {
    /// As soon as this many bundles lie staged.
    Staged(usize),
    /// As soon as this many bundles were put in place.
    Swapped(usize),
}

#[test]
fn a_killed_run_leaves_every_bundle_whole() {
    let project = Project::fleet(FLEET);
    project.ok("render");
    let old = bundles(&project.files("rendered"));
    project.layer("Environment", "dev", "spark: {version: '4.0'}");
    project.ok("render --out reference");
    let new = bundles(&project.files("reference"));
    assert!(old.len() == 6 && old.iter().all(|(place, files)| new[place] != *files));
    let mut stopped = 0;
    for when in [When::Staged(1), When::Staged(4), When::Swapped(1), When::Swapped(3), When::Swapped(5)] {
        // Back to the old state, by sparkctl itself.
        project.layer("Environment", "dev", "spark: {version: '4.1'}");
        project.ok("render");
        project.layer("Environment", "dev", "spark: {version: '4.0'}");
        let mut child = project.command("render --quiet --jobs 1").spawn().unwrap();
        let begun = Instant::now();
        while child.try_wait().unwrap().is_none() && !reached(&project, &when, &old) {
            assert!(begun.elapsed() < Duration::from_secs(300), "the run does not end");
        }
        let _ = child.kill();
        stopped += usize::from(!child.wait().unwrap().success());
        for (place, files) in bundles(&project.files("rendered")) {
            let same =
                |known: &std::collections::BTreeMap<String, std::collections::BTreeMap<String, Vec<u8>>>| {
                    known.get(&place).is_some_and(|known| {
                        known
                            .iter()
                            .filter(|(path, _)| !path.ends_with(".lock"))
                            .all(|(path, bytes)| files.get(path) == Some(bytes))
                    })
                };
            assert!(same(&old) || same(&new), "{place} is a mixture");
        }
        project.ok("render");
        assert_eq!(bundles(&project.files("rendered")), new);
        let left: Vec<String> = names(&project.path("rendered/.sparkctl"));
        assert!(!left.iter().any(|name| name.starts_with("staged-")), "{left:?}");
    }
    assert!(stopped >= 3, "only {stopped} of the runs were killed before they were done");
}

fn reached(
    project: &Project,
    when: &When,
    old: &std::collections::BTreeMap<String, std::collections::BTreeMap<String, Vec<u8>>>,
) -> bool {
    match when {
        When::Staged(count) => {
            let names = names(&project.path("rendered/.sparkctl"));
            names.iter().filter(|name| name.starts_with("staged-")).count() >= *count
        }
        When::Swapped(count) => {
            let swapped = old.iter().filter(|(place, files)| {
                let lock = fs::read(project.path(&format!("rendered/{place}/.sparkctl.lock")));
                lock.is_ok_and(|lock| files["/.sparkctl.lock"] != lock)
            });
            swapped.count() >= *count
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}
