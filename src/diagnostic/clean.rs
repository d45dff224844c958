//! Characters that must not reach a terminal or a log as they are.
//!
//! Findings quote layers and templates, and those may be a stranger's: an escape sequence in them
//! could recolour, overwrite or hide what a terminal shows, and a direction mark make a line read
//! as another.

/// Longest text shown: a message may quote a value of any size.
const MAX_CHARS: usize = 2_000;

/// What is shown for a character: control characters as their picture (`␛`), what is invisible or
/// turns the direction of writing as `�`, everything else as itself. Always one character for one, so
/// that columns stay where they are.
pub fn character(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        // The second set of control characters, U+009B is another way to begin an escape sequence.
        '\u{80}'..='\u{9f}' => '\u{fffd}',
        // Soft hyphen, zero-width characters, direction marks, line separators, byte-order mark, tags.
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
        _ => c,
    }
}

/// A text of one or more lines, without white space at its end.
pub fn text(text: &str) -> String {
    let text = text.trim_end();
    let mut clean: String = text
        .chars()
        .filter(|c| *c != '\r')
        .take(MAX_CHARS)
        .map(|c| match c {
            '\n' => '\n',
            '\t' => ' ',
            _ => character(c),
        })
        .collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        clean.push('…');
    }
    clean
}

/// A text in one line.
pub fn line(text: &str) -> String {
    self::text(text).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_passes() {
        assert_eq!(text("a\u{1b}[31mred\u{9b}0m\u{7f}\r\nb\tc\n"), "a␛[31mred�0m␡\nb c");
        assert_eq!(line("user\u{202e}nimda\n\u{feff}x"), "user�nimda �x");
        assert_eq!(line("größe 東京 🚀"), "größe 東京 🚀");
    }

    #[test]
    fn a_huge_quotation_is_cut() {
        assert_eq!(text(&"x".repeat(10_000)).chars().count(), MAX_CHARS + 1);
    }
}
