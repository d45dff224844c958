//! A writer killed at any instant.
//!
//! A child writes one of two bundles after the other; after a while that differs each time it is
//! killed. The visible bundle must then be one of the two, whole.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use sparkctl::bundle::{Bundle, Swap, SwapStrategy, WriteOptions, write};

use crate::support::{
    IDLE, Output, end_with_parent, given_root, large, place, put_foreign, role, tree, tree_of,
    tree_of_foreign, work,
};

/// Twice what one write takes in a debug build, so that kills fall everywhere in it.
const LONGEST_WAIT: Duration = Duration::from_millis(16);

#[test]
#[ignore = "played by a child process of the other tests"]
fn writes_until_killed() {
    write_for_ever(SwapStrategy::Auto);
}

#[test]
#[ignore = "played by a child process of the other tests"]
fn renames_until_killed() {
    write_for_ever(SwapStrategy::RenameOnly);
}

pub fn write_for_ever(swap: SwapStrategy) {
    let place = place(&given_root());
    let options = WriteOptions { swap, ..WriteOptions::default() };
    end_with_parent();
    println!("ready");
    loop {
        write(&large("b"), &place, options).unwrap();
        write(&large("a"), &place, options).unwrap();
    }
}

/// What a kill left behind.
#[derive(Debug, Default)]
struct Seen {
    a: usize,
    b: usize,
    nothing: usize,
    /// Kills that fell within a write: something staged, or half removed, was left.
    within: usize,
}

/// Kills a writer so many times; looks, repairs by one more write, and looks again.
fn kill(times: u32, part: &str, foreign: bool) -> Seen {
    let (a, b) = (large("a"), large("b"));
    let mut seen = Seen::default();
    let mut output = Output::new();
    // A fixed sequence of waits, spread evenly; the scheduler adds the chance.
    for number in 0..times {
        if foreign && number == 0 {
            output.write(&a).unwrap();
            put_foreign(&output.at(""));
        } else if !foreign {
            output = Output::new();
        }
        let mut child = start(part, &output.root());
        std::thread::sleep(LONGEST_WAIT * (number * 37 % 101) / 100);
        child.kill().unwrap();
        child.wait().unwrap();

        let rubbish = output.root().join(".sparkctl").exists() && output.work() != IDLE;
        seen.within += usize::from(rubbish);
        match visible(&output, foreign).as_deref() {
            Some("a") => seen.a += 1,
            Some("b") => seen.b += 1,
            _ => seen.nothing += 1,
        }
        let repair = if number % 2 == 0 { &a } else { &b };
        let written = output.write(repair).unwrap();
        assert_ne!(visible(&output, foreign), None, "{written:?}");
        assert_eq!(tree(&output.at("")).get(".sparkctl.lock"), tree_of(repair).get(".sparkctl.lock"));
        assert_eq!(output.work(), IDLE);
    }
    println!("{part}: {seen:?}");
    seen
}

fn start(part: &str, root: &Path) -> Child {
    let mut child = role(&format!("kill::{part}"), root).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains("ready")), "the child never began");
    child
}

/// Which of the two bundles is there, whole and with all that is foreign; none if there is no
/// bundle; anything else fails.
fn visible(output: &Output, foreign: bool) -> Option<String> {
    if !output.at("").exists() {
        return None;
    }
    let found = tree(&output.at(""));
    let is = |bundle: &Bundle| {
        let mut expected = tree_of(bundle);
        if foreign {
            expected.extend(tree_of_foreign());
        }
        expected == found
    };
    let name = ["a", "b"].into_iter().find(|name| is(&large(name)));
    Some(name.unwrap_or_else(|| panic!("neither bundle: {:?}", found.keys())).to_owned())
}

#[test]
fn a_killed_writer_leaves_the_old_bundle_or_the_new_one() {
    let seen = kill(500, "writes_until_killed", true);
    assert_eq!(seen.nothing, 0, "{seen:?}");
    assert!(
        seen.a > 20 && seen.b > 20 && seen.within > 100,
        "the kills fell too early or too late: {seen:?}"
    );
}

#[test]
fn a_killed_writer_that_cannot_exchange_leaves_at_worst_no_bundle() {
    let seen = kill(150, "renames_until_killed", true);
    assert!(seen.a > 5 && seen.b > 5 && seen.within > 30, "the kills fell too early or too late: {seen:?}");
}

#[test]
fn a_killed_first_writer_leaves_nothing_or_a_whole_bundle() {
    let seen = kill(60, "writes_until_killed", false);
    assert!(seen.within > 10, "the kills fell too early or too late: {seen:?}");
}

#[test]
fn the_writers_write_as_they_are_told_to() {
    // Were the exchange refused where tests run, the first test above would test the fallback.
    let output = Output::with(&large("a"));
    assert_eq!(output.write(&large("b")).unwrap().swap, Swap::Exchange);
    assert_eq!(work(&output.root()), IDLE);
}
