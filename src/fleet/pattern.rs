//! Patterns of names: `*` stands for any text, `?` for one character.

/// Whether a name fits a pattern.
///
/// ```
/// use sparkctl::fleet::pattern::fits;
///
/// assert!(fits("eu-*", "eu-west-1"));
/// assert!(!fits("eu-?", "eu-west-1"));
/// ```
pub fn fits(pattern: &str, name: &str) -> bool {
    // Greedy with one way back, to the latest star: linear in practice, quadratic at worst, and names
    // are short.
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some('?') => (at, read) = (at + 1, read + 1),
            Some(wanted) if *wanted == name[read] => (at, read) = (at + 1, read + 1),
            _ => match &mut star {
                Some((star_at, taken)) => {
                    *taken += 1;
                    (at, read) = (*star_at + 1, *taken);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|left| *left == '*')
}

/// Whether a text is a pattern, rather than one name.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_take_any_text_and_question_marks_one_character() {
        let fitting =
            [("*", ""), ("*", "a"), ("a*c", "abbc"), ("a*b*c", "aXbXbc"), ("?b", "ab"), ("ab", "ab")];
        for (pattern, name) in fitting {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        let others = [("a", "ab"), ("ab", "a"), ("a*c", "abb"), ("?", ""), ("", "a"), ("*a", "ab")];
        for (pattern, name) in others {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}
