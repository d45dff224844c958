//! Values in a line, and texts of several lines as what of them differs.

use crate::diagnostic::clean::character;
use crate::layer::tree::{Node, Value};
use crate::manifest::emit::emit;
use crate::source::{Sources, Span};
use serde_json::Value as Json;
use similar::{ChangeTag, TextDiff};

/// Longest value in a line, in characters.
pub const MOST: usize = 72;
/// Longest line of a text.
const LINE: usize = 160;
/// Most lines of one text.
const LINES: usize = 24;

/// A value in one line: texts as they are, mappings and lists as YAML's flow style, cut where it is long.
pub fn short(value: &Json, most: usize) -> String {
    let mut text = String::new();
    write(value, true, most + 1, &mut text);
    cut(&text, most)
}

/// Whether a value fits into a line without loss.
pub fn fits(value: &Json, most: usize) -> bool {
    let mut text = String::new();
    write(value, true, most + 1, &mut text);
    text.chars().count() <= most && !value.as_str().is_some_and(|text| text.contains('\n'))
}

fn write(value: &Json, is_whole: bool, most: usize, out: &mut String) {
    if out.len() > most * 4 {
        return;
    }
    match value {
        Json::String(text) => scalar(text, is_whole, out),
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                write(item, false, most, out);
            }
            out.push(']');
        }
        Json::Object(map) => {
            out.push('{');
            for (at, (key, item)) in map.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                scalar(key, false, out);
                out.push_str(": ");
                write(item, false, most, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// Text without quotes where none are needed to see where it begins and ends, and inside others that it is text.
fn scalar(text: &str, is_whole: bool, out: &mut String) {
    let is_bounded = !text.is_empty() && text.trim() == text;
    let is_other = !is_whole && serde_json::from_str::<Json>(text).is_ok_and(|value| !value.is_string());
    let is_flow = !is_whole && text.contains([',', '{', '}', '[', ']', ':', '#', '"']);
    if is_bounded && !is_flow && !is_other {
        out.extend(text.chars().map(character));
    } else {
        out.extend(Json::from(text).to_string().chars().map(character));
    }
}

/// The beginning of a line that is too long.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

/// A line of a text, with what becomes of it: `-`, `+` or a space.
pub type Line = (char, String);

/// What differs between two texts, with a line around it; of long ones the beginning.
pub fn hunk(before: &str, after: &str) -> Vec<Line> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for (at, group) in diff.grouped_ops(1).iter().enumerate() {
        if at > 0 {
            lines.push((' ', "⋮".to_owned()));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            lines.push((sign, line(change.value())));
        }
    }
    limited(lines)
}

/// The lines of a value that one side has.
pub fn whole(sign: char, value: &Json) -> Vec<Line> {
    match value {
        Json::String(text) => limited(text.lines().map(|text| (sign, line(text))).collect()),
        other => vec![(sign, short(other, LINE))],
    }
}

/// A mapping or a list as YAML, whole.
pub fn yaml(sign: char, value: &Json) -> Vec<Line> {
    let span = Span { source: Sources::default().scratch(), start: 0, end: 0 };
    match emit(&Node::new(span, Value::from_json(value, span))) {
        Ok(text) => text.lines().map(|text| (sign, line(text))).collect(),
        Err(_) => vec![(sign, short(value, LINE))],
    }
}

/// The first lines, and how many more there are.
pub fn limited(mut lines: Vec<Line>) -> Vec<Line> {
    if lines.len() > LINES + 1 {
        let more = lines.len() - LINES;
        lines.truncate(LINES);
        lines.push((' ', format!("… and {more} more lines")));
    }
    lines
}

/// A line of a text, without what a terminal would obey.
pub fn line(text: &str) -> String {
    let text = text.trim_end_matches(['\n', '\r']);
    cut(&text.chars().map(|c| if c == '\t' { ' ' } else { character(c) }).collect::<String>(), LINE)
}

/// A name in one line.
pub fn clean(text: &str) -> String {
    text.chars().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_stand_in_a_line_and_are_told_from_each_other() {
        let shown = |value: Json| short(&value, 40);
        assert_eq!(shown(json!(3)), "3");
        assert_eq!(shown(json!("3")), "3");
        assert_eq!(shown(json!(["3", 3, "true"])), "[\"3\", 3, \"true\"]");
        assert_eq!(shown(json!("8g")), "8g");
        assert_eq!(shown(json!("")), "\"\"");
        assert_eq!(shown(json!(" x")), "\" x\"");
        assert_eq!(shown(json!(null)), "null");
        assert_eq!(shown(json!({"a": 1, "b": ["x", "y:z"]})), "{a: 1, b: [x, \"y:z\"]}");
        assert_eq!(shown(json!("s3a://bucket/a")), "s3a://bucket/a");
        assert_eq!(shown(json!("x\u{1b}[31m")), "x␛[31m");
        assert_eq!(shown(json!("y".repeat(50))), format!("{}…", "y".repeat(40)));
    }

    #[test]
    fn texts_are_told_by_what_differs_in_them() {
        let before: String = (0..40).map(|at| format!("line {at}\n")).collect();
        let after = before.replace("line 20\n", "line twenty\n");
        let expected = [(' ', "line 19"), ('-', "line 20"), ('+', "line twenty"), (' ', "line 21")]
            .map(|(sign, text)| (sign, text.to_owned()));
        assert_eq!(hunk(&before, &after), expected);
        let lines = hunk("", &before);
        assert_eq!(lines.len(), 25);
        assert_eq!(lines[24], (' ', "… and 16 more lines".to_owned()));
    }
}
