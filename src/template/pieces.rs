//! A template as a row of pieces: literal text, output expressions, statements, comments.
//!
//! Only the borders of tags are found here, text in quotes inside them skipped; what a tag means is
//! the engine's business.

use std::ops::Range;

/// What a piece of a template is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// Literal text.
    Text,
    /// `{{ ... }}`
    Output,
    /// `{% ... %}`
    Statement,
    /// `{# ... #}`
    Comment,
}

/// A tag that is opened and never closed, by the offset where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unclosed(pub usize);

/// Cuts a template into its pieces, which cover it without gaps.
///
/// # Errors
/// The offset of a tag that is not closed.
pub fn cut(text: &str) -> Result<Vec<(Piece, Range<usize>)>, Unclosed> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let Some(offset) = next_tag(&text[at..]) else {
            pieces.push((Piece::Text, at..text.len()));
            break;
        };
        let open = at + offset;
        if open > at {
            pieces.push((Piece::Text, at..open));
        }
        let (piece, close) = match text.as_bytes()[open + 1] {
            b'{' => (Piece::Output, "}}"),
            b'%' => (Piece::Statement, "%}"),
            _ => (Piece::Comment, "#}"),
        };
        let quoted = piece != Piece::Comment;
        let length = find_close(&text[open + 2..], close, quoted).ok_or(Unclosed(open))?;
        at = open + 2 + length;
        pieces.push((piece, open..at));
    }
    Ok(pieces)
}

fn next_tag(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len().saturating_sub(1))
        .find(|&i| bytes[i] == b'{' && matches!(bytes[i + 1], b'{' | b'%' | b'#'))
}

/// How far the end of `close` is, text in quotes and brackets of mappings skipped where `quoted`.
fn find_close(text: &str, close: &str, quoted: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while at < bytes.len() {
        if depth == 0 && bytes[at..].starts_with(close.as_bytes()) {
            return Some(at + close.len());
        }
        match bytes[at] {
            quote @ (b'"' | b'\'') if quoted => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'{' if quoted => depth += 1,
            b'}' if quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(Piece, &str)> {
        cut(text).unwrap().into_iter().map(|(piece, range)| (piece, &text[range])).collect()
    }

    #[test]
    fn quotes_and_mappings_inside_tags_do_not_close_them() {
        assert_eq!(
            shown("a: {{ \"}}\" ~ x }}\n{# note #}{% set m = {'a': {'b': 1}} %}\n"),
            [
                (Piece::Text, "a: "),
                (Piece::Output, "{{ \"}}\" ~ x }}"),
                (Piece::Text, "\n"),
                (Piece::Comment, "{# note #}"),
                (Piece::Statement, "{% set m = {'a': {'b': 1}} %}"),
                (Piece::Text, "\n"),
            ]
        );
    }

    #[test]
    fn an_open_tag_is_found() {
        assert_eq!(cut("a {{ b"), Err(Unclosed(2)));
    }
}
