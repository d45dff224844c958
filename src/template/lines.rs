//! Which template line a rendered line came from.
//!
//! Each line of a template is given a mark, made of characters from a private-use area that no
//! value can bring in (they are escaped on output); the marks are taken out of what was rendered,
//! and where they stood is the map.

use super::pieces::{Piece, cut};
use crate::source::SourceId;
use std::fmt::Write as _;

const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// Whether a text holds a character that marks are made of.
pub fn holds_marks(text: &str) -> bool {
    text.contains([OPEN, CLOSE])
}

/// A template with its lines marked, and where the marks went in.
#[derive(Debug)]
pub struct Marked {
    /// What the engine gets.
    pub text: String,
    /// Offsets in the marked text, each with the number of bytes put in there.
    inserted: Vec<(usize, usize)>,
}

impl Marked {
    /// Marks the lines of template number `template`. A text whose tags cannot be told apart stays as it is.
    pub fn new(template: usize, text: &str) -> Self {
        let Ok(pieces) = cut(text) else { return Marked { text: text.to_owned(), inserted: Vec::new() } };
        let mut marked = Marked { text: String::with_capacity(text.len() * 5 / 4), inserted: Vec::new() };
        let (mut line, mut fresh) = (1, true);
        for (piece, range) in pieces {
            let part = &text[range];
            match piece {
                Piece::Text => {
                    for segment in part.split_inclusive('\n') {
                        if fresh && !segment.trim().is_empty() {
                            let indent = segment.len() - segment.trim_start_matches(' ').len();
                            marked.text.push_str(&segment[..indent]);
                            marked.mark(template, line);
                            marked.text.push_str(&segment[indent..]);
                            fresh = false;
                        } else {
                            marked.text.push_str(segment);
                        }
                        if segment.ends_with('\n') {
                            line += 1;
                            fresh = true;
                        }
                    }
                    continue;
                }
                Piece::Output if fresh && !part.starts_with("{{-") => {
                    marked.mark(template, line);
                    fresh = false;
                }
                Piece::Output => fresh = false,
                Piece::Statement | Piece::Comment => {}
            }
            marked.text.push_str(part);
            line += part.matches('\n').count();
        }
        marked
    }

    fn mark(&mut self, template: usize, line: usize) {
        let at = self.text.len();
        let _ = write!(self.text, "{OPEN}{template}:{line}{CLOSE}");
        self.inserted.push((at, self.text.len() - at));
    }

    /// The offset in the template of an offset in the marked text.
    pub fn original(&self, offset: usize) -> usize {
        let before = self.inserted.iter().take_while(|(at, _)| *at < offset);
        offset.saturating_sub(before.map(|(_, length)| length).sum())
    }
}

/// For each rendered line, from 1: the template and its line that made it.
#[derive(Debug, Clone, Default)]
pub struct LineMap(Vec<Option<(usize, usize)>>);

impl From<Vec<Option<(usize, usize)>>> for LineMap {
    fn from(lines: Vec<Option<(usize, usize)>>) -> Self {
        LineMap(lines)
    }
}

impl LineMap {
    /// Takes the marks out of a rendered text.
    pub fn strip(rendered: &str) -> (String, LineMap) {
        let mut text = String::with_capacity(rendered.len());
        let mut lines = Vec::new();
        let mut last = None;
        for line in rendered.split_inclusive('\n') {
            let mut own = None;
            let mut rest = line;
            while let Some((before, after)) = rest.split_once(OPEN) {
                text.push_str(before);
                let (mark, after) = after.split_once(CLOSE).unwrap_or((after, ""));
                let numbers =
                    mark.split_once(':').and_then(|(t, l)| Some((t.parse().ok()?, l.parse().ok()?)));
                own = own.or(numbers);
                rest = after;
            }
            text.push_str(rest);
            last = own.or(last);
            lines.push(last);
        }
        (text, LineMap(lines))
    }

    /// The template number and line behind rendered line `line` (from 1).
    pub fn get(&self, line: usize) -> Option<(usize, usize)> {
        *self.0.get(line.checked_sub(1)?)?
    }
}

/// A line of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplateLine {
    /// The template.
    pub source: SourceId,
    /// The line, from 1.
    pub line: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_out_as_they_went_in() {
        let template = "a: 1\n{% if x %}\n  b: {{ y }}\n{% endif %}\n\n- c\n{{ k }}: {{ v }}\n";
        let marked = Marked::new(7, template);
        let (text, map) = LineMap::strip(&marked.text);
        assert_eq!(text, template);
        let found: Vec<_> = (1..=7).map(|line| map.get(line)).collect();
        let line = |n| Some((7, n));
        assert_eq!(found, [line(1), line(1), line(3), line(3), line(3), line(6), line(7)]);
        let at = marked.text.find("y }}").unwrap();
        assert_eq!(marked.original(at), template.find("y }}").unwrap());
    }
}
