//! The texts a compilation reads, and places in them.
//!
//! A place is twelve bytes: which text, and where it starts and ends. Line and column are computed
//! when something is reported, never before.

use std::sync::Arc;

/// Which text of a [`Sources`] a [`Span`] lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(u32);

/// A half-open range of bytes in one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The text.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Whether `inner` lies wholly inside this range.
    pub fn contains(self, inner: Span) -> bool {
        self.source == inner.source && self.start <= inner.start && inner.end <= self.end
    }

    /// The range of bytes, to slice the text with.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Line and column of a place, both counted from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The line (from 1) that a byte of a text lies in.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// One text with the name that users know it by.
#[derive(Debug, Clone)]
pub struct Source {
    /// A path relative to the project (`environments/prod.yaml`), `built-in:` and the path of a
    /// file inside the binary, or the name of an argument (`--set`).
    pub name: String,
    /// The whole text.
    pub text: Arc<str>,
}

impl Source {
    /// Line and column of a byte offset; offsets past the end give the end.
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position { line: line_of(&self.text, offset), column: before[line_start..].chars().count() + 1 }
    }

    /// The byte range of line `line` (from 1), without its line break; the last line if it is past the end.
    pub fn line_range(&self, line: usize) -> std::ops::Range<usize> {
        let mut start = 0;
        for _ in 1..line {
            match self.text[start..].find('\n') {
                Some(newline) => start += newline + 1,
                None => break,
            }
        }
        let end = self.text[start..].find('\n').map_or(self.text.len(), |newline| start + newline);
        start..end
    }
}

/// Every text of one compilation, in the order they were read. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    texts: Vec<Source>,
}

impl Sources {
    /// Takes a text in and names it.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        self.texts.push(Source { name: name.into(), text: text.into() });
        SourceId(self.texts.len() as u32 - 1)
    }

    /// The id that the next text will get: for positions in a text that is not kept here.
    pub fn scratch(&self) -> SourceId {
        SourceId(self.texts.len() as u32)
    }

    /// The text behind an id.
    ///
    /// The id of a text that is not here gives an empty text: a scratch text that nobody kept.
    pub fn get(&self, id: SourceId) -> &Source {
        static NOTHING: std::sync::LazyLock<Source> =
            std::sync::LazyLock::new(|| Source { name: String::new(), text: "".into() });
        self.texts.get(id.0 as usize).unwrap_or(&NOTHING)
    }

    /// Whether the text behind an id is here.
    pub fn holds(&self, id: SourceId) -> bool {
        (id.0 as usize) < self.texts.len()
    }

    /// The part of a text that a span covers; empty where the span does not fit.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.source).text.get(span.range()).unwrap_or_default()
    }

    /// A span over the whole of a text.
    pub fn whole(&self, source: SourceId) -> Span {
        Span { source, start: 0, end: self.get(source).text.len() as u32 }
    }

    /// Line and column of a span's first character.
    pub fn position(&self, span: Span) -> Position {
        self.get(span.source).position(span.start as usize)
    }

    /// `name:line:column`, as terminals and editors make a link of it.
    pub fn locate(&self, span: Span) -> String {
        let position = self.position(span);
        format!("{}:{}:{}", self.get(span.source).name, position.line, position.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_not_bytes() {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", "one\nдва: 3\n");
        let at = "one\nдва: ".len() as u32;
        let span = Span { source, start: at, end: at + 1 };
        assert_eq!(sources.position(span), Position { line: 2, column: 6 });
        assert_eq!(sources.locate(span), "a.yaml:2:6");
        assert_eq!(sources.slice(span), "3");
        assert_eq!(&sources.get(source).text[sources.get(source).line_range(2)], "два: 3");
    }
}
