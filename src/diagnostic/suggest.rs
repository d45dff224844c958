//! "Did you mean ...?": the nearest of the names that would have been right.

/// The candidate nearest to `word`, if any is near enough to be what was meant: at most a third of
/// its letters differ, or it differs in case only, or one is the beginning of the other.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = candidate.to_lowercase();
            let (one, two) = (lower.chars().count(), other.chars().count());
            let length = one.max(two);
            let prefix = lower.len() >= 3 && (other.starts_with(&lower) || lower.starts_with(&other));
            // The distance takes time and memory as both lengths together, and is no less than what they
            // differ by: a word of a megabyte is near to nothing.
            let distance = match one.abs_diff(two) {
                apart if apart * 3 > length.max(3) => apart,
                _ if other == lower => 0,
                _ => strsim::damerau_levenshtein(&lower, &other),
            };
            (distance * 3 <= length.max(3) || prefix).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// A sentence for a finding's help: the nearest candidate, or else all of them (at most a dozen).
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(found) = nearest(word, candidates.clone()) {
        return Some(format!("did you mean `{found}`?"));
    }
    let mut all: Vec<&str> = candidates.into_iter().collect();
    all.sort_unstable();
    all.dedup();
    match all.len() {
        0 => None,
        1..=12 => Some(format!("known here: {}", quoted(&all))),
        more => Some(format!("known here: {} and {} more", quoted(&all[..10]), more - 10)),
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        assert_eq!(nearest("conect", ["connect", "jupyter-connect", "standalone"]), Some("connect"));
        assert_eq!(nearest("Prod", ["dev", "prod"]), Some("prod"));
        assert_eq!(nearest("production", ["dev", "prod"]), Some("prod"));
        assert_eq!(nearest("zebra", ["dev", "prod"]), None);
    }

    #[test]
    fn with_nothing_near_the_choices_are_listed() {
        assert_eq!(did_you_mean("zebra", ["prod", "dev"]).as_deref(), Some("known here: `dev`, `prod`"));
        assert_eq!(did_you_mean("zebra", []), None);
    }
}
