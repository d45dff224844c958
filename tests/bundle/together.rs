//! Several writers below one output root.

use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sparkctl::bundle::{BundlePath, OutputRoot, Place, WriteOptions, compare, write};

use crate::support::{IDLE, Output, bundle, large, role, tree, tree_of};

#[test]
fn threads_that_write_the_same_bundle() {
    let output = Output::with(&large("a"));
    let place = output.place();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers = ["a", "b", "a"].map(|name| {
            let place = &place;
            scope.spawn(move || {
                (0..40).for_each(|_| drop(write(&large(name), place, WriteOptions::default()).unwrap()))
            })
        });
        let (place, done, path) = (&place, &done, place.path());
        let looker = scope.spawn(move || {
            let mut looks = 0;
            while !done.load(Ordering::Relaxed) {
                assert!(path.is_dir(), "at every instant there is a bundle");
                looks += 1;
            }
            looks
        });
        let checker = scope.spawn(move || {
            while !done.load(Ordering::Relaxed) {
                for name in ["a", "b"] {
                    // One look sees one bundle: all is as rendered, or all differs.
                    let drifts = compare(&large(name), place).unwrap().len();
                    assert!([0, 42 + 8].contains(&drifts), "a mixture: {drifts} drifts");
                }
            }
        });
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        done.store(true, Ordering::Relaxed);
        assert!(looker.join().unwrap() > 100);
        checker.join().unwrap();
    });
    assert!([large("a"), large("b")].iter().any(|bundle| tree(&output.at("")) == tree_of(bundle)));
    assert_eq!(output.work(), IDLE);
}

#[test]
fn processes_that_write_the_same_bundle() {
    let output = Output::with(&large("a"));
    let place = output.place();
    let mut writers: Vec<Child> = (0..3)
        .map(|number| {
            let part = if number == 0 { "kill::renames_until_killed" } else { "kill::writes_until_killed" };
            role(part, &output.root()).spawn().unwrap()
        })
        .collect();
    let start = Instant::now();
    let mut seen = [0, 0];
    // For a second, and until both bundles were seen, however slow the machine.
    while start.elapsed() < Duration::from_secs(1) || seen.contains(&0) {
        assert!(start.elapsed() < Duration::from_secs(30), "only one bundle was seen: {seen:?}");
        for (count, name) in seen.iter_mut().zip(["a", "b"]) {
            let drifts = compare(&large(name), &place).unwrap().len();
            assert!([0, 42 + 8].contains(&drifts), "a mixture: {drifts} drifts");
            *count += usize::from(drifts == 0);
        }
    }
    for writer in &mut writers {
        assert_eq!(writer.try_wait().unwrap(), None, "a writer failed");
        writer.kill().unwrap();
        writer.wait().unwrap();
    }
    output.write(&large("b")).unwrap();
    assert_eq!(tree(&output.at("")), tree_of(&large("b")));
    assert_eq!(output.work(), IDLE);
}

#[test]
fn threads_and_processes_that_write_different_bundles() {
    let output = Output::new();
    let mut other = role("kill::writes_until_killed", &output.root()).spawn().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let output = &output;
            scope.spawn(move || {
                for number in 0..15 {
                    let name = format!("team-{thread}/release-{}", number % 5);
                    let place = Place { bundle: name.parse().unwrap(), ..output.place() };
                    let bundle = bundle(&name, &[("connect/a.yaml", &number.to_string())]);
                    write(&bundle, &place, WriteOptions::default()).unwrap();
                    assert_eq!(tree(&place.path()), tree_of(&bundle));
                }
            });
        }
    });
    assert_eq!(other.try_wait().unwrap(), None, "the other writer failed");
    other.kill().unwrap();
    other.wait().unwrap();
    output.write(&large("a")).unwrap();
    assert_eq!(tree(&output.at("")), tree_of(&large("a")));
    assert_eq!(output.work(), IDLE);
}

#[test]
fn a_writer_waits_for_the_one_before() {
    let output = Output::new();
    let held = OutputRoot::lock(&output.root()).unwrap();
    let (begun, written) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            begun.store(true, Ordering::SeqCst);
            output.write(&bundle("late", &[])).unwrap();
            written.store(true, Ordering::SeqCst);
        });
        while !begun.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_millis(50));
        assert!(!written.load(Ordering::SeqCst));
        let place: BundlePath = "dev/early".parse().unwrap();
        held.write(&bundle("early", &[]), &place, WriteOptions::default()).unwrap();
        assert!(!written.load(Ordering::SeqCst));
        drop(held);
    });
    assert!(written.load(Ordering::SeqCst));
}

#[test]
fn a_work_folder_deleted_while_a_writer_waits_is_made_anew() {
    let output = Output::new();
    let held = OutputRoot::lock(&output.root()).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| output.write(&bundle("late", &[])).unwrap());
        std::thread::sleep(Duration::from_millis(50));
        std::fs::remove_dir_all(output.root().join(".sparkctl")).unwrap();
        drop(held);
        waiting.join().unwrap();
    });
    assert_eq!(output.work(), IDLE);
    assert_eq!(tree(&output.at("")), tree_of(&bundle("late", &[])));
}
