//! Smallest sets that pass a test.

/// Most trials for one set.
pub const MOST_TRIALS: usize = 400;

/// Leaves out one by one what is not needed for passing.
pub fn without_needless(mut pieces: Vec<usize>, passes: &dyn Fn(&[usize]) -> bool) -> Vec<usize> {
    for at in (0..pieces.len()).rev() {
        let mut fewer = pieces.clone();
        fewer.remove(at);
        if passes(&fewer) {
            pieces = fewer;
        }
    }
    pieces
}

/// A subset of `all` that passes, none of which can be left out; none where all of them do not pass. With halves
/// first, so that few out of many cost few trials (QuickXplain: Junker, AAAI 2004).
pub fn smallest(all: &[usize], most: usize, passes: &dyn Fn(&[usize]) -> bool) -> Option<Vec<usize>> {
    if passes(&[]) {
        return Some(Vec::new());
    }
    if !passes(all) {
        return None;
    }
    let left = std::cell::Cell::new(most);
    let tries = |pieces: &[usize]| {
        left.set(left.get().saturating_sub(1));
        left.get() > 0 && passes(pieces)
    };
    let mut found = halves(&[], false, all, &tries);
    // Where more pieces can pass less than fewer do, halves may leave out too much.
    if !passes(&found) {
        found = all.to_vec();
    }
    found.sort_unstable();
    Some(without_needless(found, &tries))
}

fn halves(with: &[usize], is_new: bool, pieces: &[usize], passes: &dyn Fn(&[usize]) -> bool) -> Vec<usize> {
    if is_new && passes(with) {
        return Vec::new();
    }
    if pieces.len() <= 1 {
        return pieces.to_vec();
    }
    let (first, second) = pieces.split_at(pieces.len() / 2);
    let both = |more: &[usize]| -> Vec<usize> { with.iter().chain(more).copied().collect() };
    let mut of_second = halves(&both(first), true, second, passes);
    let of_first = halves(&both(&of_second), !of_second.is_empty(), first, passes);
    of_second.extend(of_first);
    of_second
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_set_is_found_in_few_trials() {
        let all: Vec<usize> = (0..64).collect();
        let trials = std::cell::Cell::new(0);
        let found = smallest(&all, MOST_TRIALS, &|pieces| {
            trials.set(trials.get() + 1);
            pieces.contains(&7) && pieces.contains(&40)
        });
        assert_eq!(found, Some(vec![7, 40]));
        assert!(trials.get() < 32, "{} trials", trials.get());
    }

    #[test]
    fn what_passes_already_needs_nothing_and_what_never_does_has_no_set() {
        assert_eq!(smallest(&[1, 2], MOST_TRIALS, &|_| true), Some(Vec::new()));
        assert_eq!(smallest(&[1, 2], MOST_TRIALS, &|_| false), None);
    }

    #[test]
    fn pieces_that_undo_each_other_are_no_trap() {
        // 1 alone passes, 1 with 2 does not, all three do.
        let passes = |pieces: &[usize]| pieces.contains(&1) && (!pieces.contains(&2) || pieces.contains(&3));
        let found = smallest(&[1, 2, 3], MOST_TRIALS, &passes).unwrap();
        assert!(passes(&found));
        assert_eq!(found, [1]);
    }
}
