//! Long sentences and lists over several lines.

/// Longest line.
const WIDTH: usize = 110;

/// A text in lines, each behind so many spaces, those after the first behind `hang` more. Words are never broken.
pub fn wrap(text: &str, indent: usize, hang: usize) -> String {
    let mut out = String::new();
    let mut line = " ".repeat(indent);
    let mut is_empty = true;
    for word in text.split(' ') {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            line = " ".repeat(indent + hang);
            is_empty = true;
        }
        line.push_str(if is_empty { "" } else { " " });
        line.push_str(word);
        is_empty = false;
    }
    out + &line + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_and_lines_short() {
        assert_eq!(wrap("a b", 2, 2), "  a b\n");
        let text = wrap(&"word ".repeat(60), 4, 2);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("      word")), "{text}");
        let long = "x".repeat(200);
        assert_eq!(wrap(&format!("a {long}"), 0, 2), format!("a\n  {long}\n"));
    }
}
