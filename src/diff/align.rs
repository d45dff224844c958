//! Two sequences held against each other: what stands in both in the same order, and what stands between.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// What differs at one place of two sequences that were aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aligned {
    /// An item of each side: the same one, or two that stand at the same place.
    Both(usize, usize),
    /// Only the first side has it.
    Before(usize),
    /// Only the second side has it.
    After(usize),
}

/// Most items, those at both ends that are the same left out, for which the longest common subsequence is looked
/// for: that takes time in proportion to their number times the number of differences.
const MOST: usize = 20_000;

/// Matches the items of a longest common subsequence, and what stands between two of these by position. The same
/// whichever side comes first.
pub fn align(before: &[u64], after: &[u64]) -> Vec<Aligned> {
    let start = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (rest, other) = (&before[start..], &after[start..]);
    let end = rest.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let (rest, other) = (&rest[..rest.len() - end], &other[..other.len() - end]);
    let mut found: Vec<Aligned> = (0..start).map(|at| Aligned::Both(at, at)).collect();
    match rest.len() + other.len() <= MOST {
        // There may be several longest subsequences: which is taken must not depend on the direction.
        true if rest > other => found.extend(between(other, rest).into_iter().map(|one| match one {
            Aligned::Both(a, b) => Aligned::Both(start + b, start + a),
            Aligned::Before(at) => Aligned::After(start + at),
            Aligned::After(at) => Aligned::Before(start + at),
        })),
        true => found.extend(between(rest, other).into_iter().map(|one| match one {
            Aligned::Both(a, b) => Aligned::Both(start + a, start + b),
            Aligned::Before(at) => Aligned::Before(start + at),
            Aligned::After(at) => Aligned::After(start + at),
        })),
        false => by_position(start, rest.len(), start, other.len(), &mut found),
    }
    found.extend((0..end).map(|at| Aligned::Both(start + rest.len() + at, start + other.len() + at)));
    found
}

fn between(before: &[u64], after: &[u64]) -> Vec<Aligned> {
    let mut found = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, before, after) {
        match op {
            DiffOp::Equal { old_index, new_index, len } => {
                found.extend((0..len).map(|at| Aligned::Both(old_index + at, new_index + at)));
            }
            DiffOp::Delete { old_index, old_len, new_index } => {
                by_position(old_index, old_len, new_index, 0, &mut found);
            }
            DiffOp::Insert { old_index, new_index, new_len } => {
                by_position(old_index, 0, new_index, new_len, &mut found);
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                by_position(old_index, old_len, new_index, new_len, &mut found);
            }
        }
    }
    found
}

fn by_position(before: usize, long: usize, after: usize, wide: usize, found: &mut Vec<Aligned>) {
    let both = long.min(wide);
    found.extend((0..both).map(|at| Aligned::Both(before + at, after + at)));
    found.extend((both..long).map(|at| Aligned::Before(before + at)));
    found.extend((both..wide).map(|at| Aligned::After(after + at)));
}
