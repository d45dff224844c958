//! Where expressions may stand in a YAML template.
//!
//! An expression yields a whole YAML value, so it may stand only where a value or a key begins:
//! after `key: `, after `- `, or as a key before `: `. Anywhere else, inside a word, inside quotes,
//! inside block text, the result would parse and be wrong.

use super::pieces::{Piece, cut};
use crate::diagnostic::Finding;
use crate::source::{SourceId, Span};
use std::ops::Range;

/// Stands for an output expression in the shape of a line.
const HOLE: char = '\u{1}';
/// Statements that would turn text into output unescaped, or values into text.
const FORBIDDEN: [&str; 6] = ["filter", "autoescape", "macro", "call", "raw", "block"];

/// Every expression and tag of a YAML template that stands where it must not.
pub fn check(source: SourceId, text: &str) -> Vec<Finding> {
    let span = |range: Range<usize>| Span { source, start: range.start as u32, end: range.end as u32 };
    let pieces = match cut(text) {
        Ok(pieces) => pieces,
        Err(unclosed) => {
            let finding = Finding::error("template/syntax", "a tag is opened and never closed");
            return vec![finding.at(span(unclosed.0..unclosed.0 + 2), "opened here")];
        }
    };
    let mut findings = Vec::new();
    // Whether the line is empty so far.
    let mut fresh = true;
    for (piece, range) in &pieces {
        if *piece == Piece::Text {
            let (above, line) = text[range.clone()]
                .rsplit_once('\n')
                .map_or((None, &text[range.clone()]), |(a, l)| (Some(a), l));
            fresh = (fresh || above.is_some()) && line.trim().is_empty();
            continue;
        }
        let stands_first = std::mem::replace(&mut fresh, false);
        check_tag(text, *piece, range, stands_first, &mut |message, label, help| {
            findings.push(
                Finding::error("template/misplaced-tag", message).at(span(range.clone()), label).help(help),
            );
        });
    }
    let mut state = State::default();
    for line in lines(text, &pieces) {
        let shape = line.shape(text);
        let misplaced = state.next(&shape);
        for hole in line.outputs.iter().filter(|_| misplaced.is_some()) {
            findings.push(
                Finding::error("template/misplaced-expression", "an expression cannot stand here")
                    .at(span(hole.clone()), misplaced.unwrap_or_default())
                    .why("an expression yields a complete YAML value; as a part of one the result would parse and be wrong")
                    .help("let the expression make the whole value: name: {{ \"prefix-\" ~ x }}, not name: prefix-{{ x }}; longer texts are templates of their own, brought in by text(\"...\")"),
            );
        }
        if let (Some(reason), true) = (state.broken.take(), line.outputs.is_empty()) {
            findings.push(
                Finding::error("template/misplaced-tag", "text in quotes must end on its own line")
                    .at(span(line.range.clone()), reason),
            );
        }
    }
    findings
}

fn check_tag(
    text: &str,
    piece: Piece,
    range: &Range<usize>,
    stands_first: bool,
    report: &mut impl FnMut(String, &'static str, &'static str),
) {
    let tag = &text[range.clone()];
    let inner = &tag[2..tag.len() - 2];
    if inner.starts_with(['-', '+']) || inner.ends_with(['-', '+']) {
        report(
            "whitespace control is not used in YAML templates".to_owned(),
            "this tag trims what stands beside it",
            "leave the `-` out: statements stand on lines of their own, which vanish with them",
        );
    }
    if piece == Piece::Output {
        return;
    }
    let after = text[range.end..].trim_start_matches([' ', '\t', '\r']);
    if !stands_first || !(after.is_empty() || after.starts_with('\n')) {
        report(
            "a statement or comment needs a line of its own".to_owned(),
            "other text stands on this line",
            "choose within a line by an expression: key: {{ a if condition else b }}",
        );
    }
    let word = inner.split_whitespace().next().unwrap_or_default();
    if piece == Piece::Statement && FORBIDDEN.contains(&word.trim_start_matches("end")) {
        report(
            format!("`{word}` does not exist in YAML templates"),
            "this statement makes text, not values",
            "pass mappings as values, include whole documents, or make text a template of its own",
        );
    }
}

/// One line that holds more than statements.
struct Line {
    range: Range<usize>,
    outputs: Vec<Range<usize>>,
}

impl Line {
    /// The line with every output replaced by a hole.
    fn shape(&self, text: &str) -> String {
        let mut shape = String::new();
        let mut at = self.range.start;
        for output in &self.outputs {
            shape.push_str(&text[at..output.start]);
            shape.push(HOLE);
            at = output.end;
        }
        shape.push_str(&text[at..self.range.end.max(at)]);
        shape
    }
}

/// The lines of a template without statements and comments; an output that spans several lines
/// belongs to the line where it begins.
fn lines(text: &str, pieces: &[(Piece, Range<usize>)]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut current = Line { range: 0..0, outputs: Vec::new() };
    for (piece, range) in pieces {
        match piece {
            Piece::Text => {
                for (offset, _) in text[range.clone()].match_indices('\n') {
                    let end = range.start + offset;
                    current.range.end = end;
                    lines.push(std::mem::replace(
                        &mut current,
                        Line { range: end + 1..end + 1, outputs: Vec::new() },
                    ));
                }
                current.range.end = range.end;
            }
            Piece::Output => {
                current.outputs.push(range.clone());
                current.range.end = range.end;
            }
            Piece::Statement | Piece::Comment => current.range = range.end..range.end,
        }
    }
    lines.push(current);
    lines
}

/// What is known from the lines before.
#[derive(Default)]
struct State {
    /// Inside block text: its lines are indented deeper than this.
    block: Option<usize>,
    /// The line before ended where a value may begin on the next one.
    open: bool,
    broken: Option<&'static str>,
}

impl State {
    /// Takes one line; says why an expression on it is misplaced, if one is.
    fn next(&mut self, shape: &str) -> Option<&'static str> {
        let content = shape.trim_start_matches(' ');
        let mut indent = shape.len() - content.len();
        if content.trim().is_empty() {
            return None;
        }
        if let Some(block) = self.block {
            if indent > block {
                return shape.contains(HOLE).then_some("this is inside block text");
            }
            self.block = None;
        }
        if content.starts_with('#') {
            return shape.contains(HOLE).then_some("this is inside a comment");
        }
        let (mut rest, mut listed) = (content, false);
        while let Some(item) = rest.strip_prefix("- ") {
            let trimmed = item.trim_start_matches(' ');
            indent += rest.len() - trimmed.len();
            rest = trimmed;
            listed = true;
        }
        let was_open = std::mem::replace(&mut self.open, false);
        let (key, value) = match split_key(rest) {
            Some((key, value)) => (Some(key), value),
            None => (None, rest),
        };
        if key.is_some_and(|key| key.contains(HOLE) && key != HOLE.to_string()) {
            return Some("this is inside a key");
        }
        let value = without_comment(value);
        if value.1.contains(HOLE) {
            return Some("this is inside a comment");
        }
        self.value(value.0, indent, key.is_some() || listed || was_open, key.is_none() && listed)
    }

    fn value(&mut self, value: &str, indent: usize, begins: bool, dash_only: bool) -> Option<&'static str> {
        let hole = HOLE.to_string();
        match value {
            "" | "-" | "---" => self.open = true,
            _ if value == hole => {
                return (!begins)
                    .then_some("no value begins on this line: the line above does not end in `:` or `-`");
            }
            _ if value.contains(HOLE) => return Some("this is inside a value"),
            _ if value.starts_with(['|', '>']) => {
                self.block = Some(if dash_only { indent.saturating_sub(2) } else { indent });
            }
            _ if value.starts_with(['"', '\'']) => {
                let quote = &value[..1];
                if value.len() < 2 || !value.ends_with(quote) {
                    self.broken = Some("the quotes are not closed on this line");
                }
            }
            _ => {}
        }
        None
    }
}

/// `key: value` apart; the key may be a word, text in quotes, or an expression.
fn split_key(line: &str) -> Option<(&str, &str)> {
    let end = match line.chars().next()? {
        quote @ ('"' | '\'') => line[1..].find(quote)? + 2,
        '[' | '{' => return None,
        _ => line.find(": ").or_else(|| line.strip_suffix(':').map(str::len))?,
    };
    let rest = line[end..].strip_prefix(':')?;
    (rest.is_empty() || rest.starts_with(' ')).then(|| (&line[..end], rest.trim()))
}

/// A value and the comment behind it.
fn without_comment(value: &str) -> (&str, &str) {
    if value.starts_with(['"', '\'']) {
        let quote = &value[..1];
        if let Some(end) = value[1..].find(quote) {
            let (text, rest) = value.split_at(end + 2);
            if rest.trim_start().starts_with('#') {
                return (text, rest);
            }
        }
        return (value, "");
    }
    match value.find(" #") {
        Some(at) => (value[..at].trim_end(), &value[at..]),
        None if value.starts_with('#') => ("", value),
        None => (value, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn refused(text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let source = sources.add("t.yaml.j2", text);
        let findings = check(source, text);
        findings.iter().map(|finding| finding.primary.as_ref().unwrap().text.clone()).collect()
    }

    #[test]
    fn an_expression_may_stand_where_a_value_or_key_begins() {
        let good = "\
metadata:
  name: {{ name }}   # the name
  labels: {{ labels }}
  annotations:
    {% for key, value in annotations | dictsort %}
    {{ key }}: {{ value }}
    {% endfor %}
spec:
  args:
  - {{ first }}
  - - {{ nested }}
  -
    {{ second }}
  - name: {{ third }}
    \"quoted: key\": {{ value }}
  other:
    {{ {'a':
        1} }}
";
        assert_eq!(refused(good), Vec::<String>::new());
    }

    #[test]
    fn anywhere_else_it_is_refused() {
        for (text, reason) in [
            ("name: pre-{{ x }}\n", "this is inside a value"),
            ("name: {{ x }}-post\n", "this is inside a value"),
            ("name: \"{{ x }}\"\n", "this is inside a value"),
            ("name: '{{ x }}'\n", "this is inside a value"),
            ("name: [a, {{ x }}]\n", "this is inside a value"),
            ("name: {{ a }}{{ b }}\n", "this is inside a value"),
            ("{{ a }}-{{ b }}: 1\n", "this is inside a key"),
            ("script: |\n  echo {{ x }}\n", "this is inside block text"),
            ("a:\n- b: |\n    {{ x }}\n", "this is inside block text"),
            ("- |\n {{ x }}\n", "this is inside block text"),
            ("# about {{ x }}\n", "this is inside a comment"),
            ("a: b # about {{ x }}\n", "this is inside a comment"),
            ("a: b\n  {{ x }}\n", "no value begins on this line: the line above does not end in `:` or `-`"),
            ("a: {% if b %}c{% endif %}\n", "other text stands on this line"),
            ("a: {{- b }}\n", "this tag trims what stands beside it"),
            ("{% raw %}\n", "this statement makes text, not values"),
            ("a: \"b\n  c\"\n", "the quotes are not closed on this line"),
            ("a: {{ b\n", "opened here"),
        ] {
            let found = refused(text);
            assert!(found.iter().any(|found| found == reason), "{text:?} gave {found:?}");
        }
    }
}
