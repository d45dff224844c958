//! Places for machines: file, line and column of a span, and whether there is such a file.

use crate::library::files::BUILT_IN_PREFIX;
use crate::source::{Position, SourceId, Sources, Span};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::HashMap;

/// A span as people count: lines and columns from 1, columns in characters, the end exclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The name of the text: a path, `built-in:` and a path, or `--set`.
    pub file: String,
    /// First line.
    pub line: usize,
    /// Column of the first character.
    pub column: usize,
    /// Last line.
    pub end_line: usize,
    /// Column behind the last character.
    pub end_column: usize,
}

/// Bytes between two known positions of a text.
const STEP: usize = 1024;

/// Turns spans into places. A stranger's layer can hold a hundred thousand mistakes, so that the
/// text is not read from its beginning for each.
pub struct Places<'a> {
    sources: &'a Sources,
    /// For each text met so far, the position of every [`STEP`]th byte.
    known: RefCell<HashMap<SourceId, Vec<Position>>>,
}

impl<'a> Places<'a> {
    /// Places in these texts.
    pub fn new(sources: &'a Sources) -> Self {
        Places { sources, known: RefCell::new(HashMap::new()) }
    }

    /// The place of a span, without the white space around it.
    pub fn of(&self, span: Span) -> Place {
        let range = fit(span, &self.sources.get(span.source).text);
        self.between(span.source, range.start, range.end)
    }

    /// The first line of it: a whole mapping is best shown by its beginning.
    pub fn first_line(&self, span: Span) -> Place {
        let text = &self.sources.get(span.source).text;
        let range = fit(span, text);
        self.between(span.source, range.start, range.start + first_line(&text[range]).len())
    }

    fn between(&self, source: SourceId, start: usize, end: usize) -> Place {
        let (start, end) = (self.position(source, start), self.position(source, end));
        Place {
            file: self.sources.get(source).name.clone(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }

    fn position(&self, source: SourceId, offset: usize) -> Position {
        let text = &self.sources.get(source).text;
        let mut known = self.known.borrow_mut();
        let known = known.entry(source).or_insert_with(|| {
            let mut known = vec![Position { line: 1, column: 1 }];
            for (at, from) in (0..text.len()).step_by(STEP).enumerate() {
                known.push(advance(known[at], text, from, from + STEP));
            }
            known
        });
        let step = (offset / STEP).min(known.len() - 1);
        advance(known[step], text, step * STEP, offset)
    }
}

/// The position at byte `to`, from the one at byte `from`.
fn advance(mut position: Position, text: &str, from: usize, to: usize) -> Position {
    for c in text[text.floor_char_boundary(from)..text.floor_char_boundary(to)].chars() {
        position.column += 1;
        if c == '\n' {
            position = Position { line: position.line + 1, column: 1 };
        }
    }
    position
}

impl Place {
    /// The file's path, if it is one on the disk: not built in, not an argument, not a rendered text.
    pub fn path(&self) -> Option<&str> {
        let made = ["--", BUILT_IN_PREFIX, "rendered from "];
        let is_file =
            !matches!(self.file.as_str(), "" | "-") && !made.iter().any(|m| self.file.starts_with(m));
        is_file.then_some(self.file.as_str())
    }

    /// `file:line:column`; empty where the text has no name.
    pub fn link(&self) -> String {
        match self.file.as_str() {
            "" => String::new(),
            file => format!("{file}:{}:{}", self.line, self.column),
        }
    }
}

/// The part of a text that a span covers, whatever the span says: inside the text, between
/// characters, without white space around it; of nothing but white space, its beginning.
pub fn fit(span: Span, text: &str) -> std::ops::Range<usize> {
    let start = text.floor_char_boundary(span.start as usize);
    let end = text.floor_char_boundary(span.end as usize).max(start);
    let content = text[start..end].trim_end();
    let start = start + content.len() - content.trim_start().len();
    start..start + content.trim_start().len()
}

/// The beginning of a text up to its first line break.
pub fn first_line(text: &str) -> &str {
    text.split('\n').next().unwrap_or_default().trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, start: u32, end: u32) -> (usize, usize, usize, usize) {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", text);
        let span = Span { source, start, end };
        let Place { line, column, end_line, end_column, .. } = Places::new(&sources).of(span);
        (line, column, end_line, end_column)
    }

    #[test]
    fn ends_are_exclusive_and_white_space_does_not_count() {
        assert_eq!(place("a: 1\nb: 2\n", 5, 9), (2, 1, 2, 5));
        assert_eq!(place("a:\n  b: 1\n  c: 2\n\nd: 3\n", 5, 18), (2, 3, 3, 7));
        assert_eq!(place("größe: 東京\r\n", 9, 17), (1, 8, 1, 10));
        assert_eq!(place("a:\n  b: 1\n", 3, 9), (2, 3, 2, 7));
        assert_eq!(place("a:\n  b: 1\n", 3, 5), (2, 1, 2, 1));
    }

    #[test]
    fn spans_that_do_not_fit_are_made_to() {
        assert_eq!(place("a", 7, 9), (1, 2, 1, 2));
        assert_eq!(place("a: 1", 3, 1), (1, 4, 1, 4));
        assert_eq!(place("é", 1, 2), (1, 1, 1, 2));
        assert_eq!(place("", 0, 0), (1, 1, 1, 1));
    }

    #[test]
    fn positions_are_those_that_reading_from_the_beginning_gives() {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", "größe: 東京 🚀\r\nb: [1, 2]\n".repeat(200));
        let text = sources.get(source);
        let places = Places::new(&sources);
        for offset in (0..=text.text.len()).filter(|offset| text.text.is_char_boundary(*offset)) {
            assert_eq!(places.position(source, offset), text.position(offset), "{offset}");
        }
    }

    #[test]
    fn only_files_have_a_path() {
        let path = |file: &str| {
            let place = Place { file: file.to_owned(), line: 1, column: 1, end_line: 1, end_column: 1 };
            place.path().is_some()
        };
        assert!(path("environments/prod.yaml") && path("../x/sparkctl.yaml") && path("/abs.yaml"));
        assert!(!path("built-in:presets/base.yaml") && !path("--set") && !path("") && !path("-"));
        assert!(!path("rendered from templates/a/b.yaml.j2"));
    }
}
