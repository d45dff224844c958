//! Places for machines: file, line and column of a span, and whether there is such a file.

use crate::library::files::BUILT_IN_PREFIX;
use crate::source::{Position, Source, Sources, Span};
use serde::Serialize;

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

impl Place {
    /// The place of a span, without the white space around it.
    pub fn of(span: Span, sources: &Sources) -> Place {
        let source = sources.get(span.source);
        let range = fit(span, &source.text);
        Place::between(source, source.position(range.start), source.position(range.end))
    }

    /// The first line of it: a whole mapping is best shown by its beginning.
    pub fn first_line(span: Span, sources: &Sources) -> Place {
        let source = sources.get(span.source);
        let range = fit(span, &source.text);
        let end = range.start + first_line(&source.text[range.clone()]).len();
        Place::between(source, source.position(range.start), source.position(end))
    }

    fn between(source: &Source, start: Position, end: Position) -> Place {
        Place {
            file: source.name.clone(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }

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
        let Place { line, column, end_line, end_column, .. } =
            Place::of(Span { source, start, end }, &sources);
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
