//! Single faults in good bundles: of those generated, 99 in 100 are caught at least.
//!
//! Every release of the matrix gives a share of its faults, and some give all: what is broken, and how, is
//! listed in `mutations/`. A fault is one that would hurt: a cluster would refuse the object, pods would not
//! start, a connection would fail, a credential would be readable, or production would lose a promise.

mod faults;
mod releases;
mod spark;

use crate::support::library;
use faults::Fault;
use serde_json::Value as Json;
use sparkctl::compile::Compiled;
use sparkctl::layer::tree::{Node, Value};
use sparkctl::manifest::{ObjectId, identify};
use sparkctl::rules::set::{Known, Object, Set};
use sparkctl::rules::{self, Problem};
use sparkctl::source::{Sources, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Each release is given every fault whose number leaves this rest.
const SHARE: usize = 480;

type Tree = (ObjectId, Node);

fn tree(object: &Json) -> Option<Tree> {
    let span = Span { source: Sources::default().scratch(), start: 0, end: 0 };
    let node = Node::new(span, Value::from_json(object, span));
    Some((identify(&node).ok()?, node))
}

fn check(trees: &[Tree], compiled: &Compiled) -> Vec<Problem> {
    let objects = trees.iter().map(|(id, node)| Object { id, node }).collect();
    rules::check(&Set::new(objects, Some(Known { library: library(), compiled })).view())
}

/// What came of the faults of one class: how many there were, which rules saw them, which nobody saw.
#[derive(Default)]
struct Tally {
    tried: usize,
    rules: BTreeSet<&'static str>,
    missed: Vec<String>,
}

/// Breaks a release in each way given, and asks the rules.
fn run(
    label: &str,
    compiled: &Compiled,
    whole: bool,
    offset: usize,
    tallies: &mut BTreeMap<&'static str, Tally>,
) {
    let objects: Vec<Json> = compiled.manifests.iter().map(|manifest| manifest.object.to_json()).collect();
    let mut trees: Vec<Tree> = objects.iter().map(|object| tree(object).unwrap()).collect();
    let before = check(&trees, compiled);
    assert!(before.is_empty(), "{label}: {before:#?}");
    for (number, fault) in faults::all(&objects, compiled).into_iter().enumerate() {
        if !whole && number % SHARE != offset % SHARE {
            continue;
        }
        let Fault { class, what, object, broken } = fault;
        let found = match (object, broken) {
            (Some(at), Some(broken)) => {
                // An object without a name is refused by the compiler before there is a set.
                let Some(broken) = tree(&broken) else { continue };
                let good = std::mem::replace(&mut trees[at], broken);
                let found = check(&trees, compiled);
                trees[at] = good;
                found
            }
            (Some(at), None) => {
                let good = trees.remove(at);
                let found = check(&trees, compiled);
                trees.insert(at, good);
                found
            }
            (None, Some(added)) => {
                trees.extend(tree(&added));
                let found = check(&trees, compiled);
                trees.pop();
                found
            }
            (None, None) => continue,
        };
        let tally = tallies.entry(class).or_default();
        tally.tried += 1;
        tally.rules.extend(found.iter().map(|problem| problem.rule));
        if found.is_empty() {
            tally.missed.push(format!("{label}: {what}"));
        }
    }
}

#[test]
fn of_single_faults_99_in_100_are_caught() {
    let releases = releases::all();
    let parts: Vec<BTreeMap<&'static str, Tally>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|half| {
                let releases = &releases;
                scope.spawn(move || {
                    let mut tallies = BTreeMap::new();
                    for (at, (label, release, whole)) in releases.iter().enumerate().skip(half).step_by(2) {
                        if let Some(compiled) = releases::compiled(release) {
                            run(label, &compiled, *whole, at * 7, &mut tallies);
                        }
                    }
                    tallies
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut tallies: BTreeMap<&'static str, Tally> = BTreeMap::new();
    for (class, part) in parts.into_iter().flatten() {
        let tally = tallies.entry(class).or_default();
        tally.tried += part.tried;
        tally.rules.extend(part.rules);
        tally.missed.extend(part.missed);
    }
    let tried: usize = tallies.values().map(|tally| tally.tried).sum();
    let missed: usize = tallies.values().map(|tally| tally.missed.len()).sum();
    for (class, tally) in &tallies {
        let rules: Vec<_> = tally.rules.iter().copied().collect();
        println!(
            "{class}: {} of {} caught, by {}",
            tally.tried - tally.missed.len(),
            tally.tried,
            rules.join(" ")
        );
        tally.missed.iter().for_each(|what| println!("  missed: {what}"));
    }
    println!("{} of {tried} faults in {} classes were caught", tried - missed, tallies.len());
    assert!(tried >= 300 && tallies.len() >= 30, "too little was tried: {tried}");
    assert!(missed * 100 <= tried, "{missed} of {tried} faults were not caught");
}
