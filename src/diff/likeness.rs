//! Who of one side is who of the other, where no name tells: by how much of what they are made of is the same.

use std::cmp::Reverse;
use std::collections::HashMap;

/// One of those that look for a partner.
#[derive(Debug)]
pub struct One {
    /// What it is made of: numbers, in order. The same number may stand there several times.
    pub features: Vec<u64>,
    /// What decides between equals: a number that stays the same when the sides change places.
    pub tie: u64,
}

/// Most pairs of which each is looked at; of more, those that have something rare in common.
const ALL: usize = 4_096;
/// How many on a side may have a feature that is rare.
const RARE: usize = 12;
/// Most features that are compared of one, those with the smallest numbers.
const MOST: usize = 512;

/// Pairs of positions in both, the likest first taken; each has one partner at most, and shares with it at least
/// `least` hundredths of what the two are made of. The same whichever side comes first. Takes time in proportion to
/// the number of features, not of pairs.
pub fn pairs(before: &[One], after: &[One], least: usize) -> Vec<(usize, usize)> {
    let (before_features, after_features) = (sketches(before), sketches(after));
    let mut found: Vec<(usize, usize)> = Vec::new();
    let (mut left, mut right) = (vec![false; before.len()], vec![false; after.len()]);
    let mut take = |(a, b): (usize, usize)| {
        if !left[a] && !right[b] {
            (left[a], right[b]) = (true, true);
            found.push((a, b));
        }
    };
    identical(&before_features, &after_features).into_iter().for_each(&mut take);
    let mut likely: Vec<(Reverse<usize>, u64, u64, usize, usize)> = Vec::new();
    for (a, b) in candidates(&before_features, &after_features) {
        let (shared, all) = overlap(before_features[a], after_features[b]);
        if all > 0 && shared * 100 >= least * all {
            let tie = (before[a].tie.min(after[b].tie), before[a].tie.max(after[b].tie));
            likely.push((Reverse(shared * 1_000_000 / all), tie.0, tie.1, a, b));
        }
    }
    likely.sort_unstable();
    likely.into_iter().for_each(|(.., a, b)| take((a, b)));
    found.sort_unstable();
    found
}

fn sketches(all: &[One]) -> Vec<&[u64]> {
    all.iter().map(|one| &one.features[..one.features.len().min(MOST)]).collect()
}

fn identical(before: &[&[u64]], after: &[&[u64]]) -> Vec<(usize, usize)> {
    let mut waiting: HashMap<&[u64], Vec<usize>> = HashMap::new();
    for (at, features) in before.iter().enumerate().rev().filter(|(_, features)| !features.is_empty()) {
        waiting.entry(features).or_default().push(at);
    }
    let partner = |(at, features): (usize, &&[u64])| Some((waiting.get_mut(*features)?.pop()?, at));
    after.iter().enumerate().filter_map(partner).collect()
}

fn candidates(before: &[&[u64]], after: &[&[u64]]) -> Vec<(usize, usize)> {
    if before.len().saturating_mul(after.len()) <= ALL {
        return (0..before.len()).flat_map(|a| (0..after.len()).map(move |b| (a, b))).collect();
    }
    let mut owners: HashMap<u64, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for (at, features) in before.iter().enumerate() {
        features.iter().for_each(|feature| owners.entry(*feature).or_default().0.push(at));
    }
    for (at, features) in after.iter().enumerate() {
        features.iter().for_each(|feature| owners.entry(*feature).or_default().1.push(at));
    }
    let rare = owners.values().filter(|(a, b)| a.len() <= RARE && b.len() <= RARE);
    let mut found: Vec<(usize, usize)> =
        rare.flat_map(|(a, b)| a.iter().flat_map(|a| b.iter().map(|b| (*a, *b)))).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// How many features two have in common, and how many they have together.
fn overlap(a: &[u64], b: &[u64]) -> (usize, usize) {
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, shared) = (i + 1, j + 1, shared + 1),
        }
    }
    (shared, a.len() + b.len() - shared)
}
