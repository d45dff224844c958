//! What a YAML template writes with the values of its expressions left out. An expression yields a whole value or
//! key ([`super::position`] sees to it), so that what it yields need not become text and be read again: the text
//! around it is read once for all releases, and the values are put into the tree.
//!
//! Where that could be anything else than what reading the whole text gives (a key that comes out twice, a text
//! beyond the reader's limits), it says so, and the caller has the text written and read.

use super::lines::LineMap;
use super::{MAX_OUTPUT, format};
use crate::layer::parse::{MAX_DEPTH, MAX_NODES, move_to, parse};
use crate::layer::tree::{Entry, Mapping, Node, Value as Tree};
use crate::source::{SourceId, Sources, Span};
use minijinja::Error;
use minijinja::value::{Object, ObjectRepr, Value};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Private-use characters around the number of a value; other ones than those around the marks of lines.
const OPEN: char = '\u{e002}';
const CLOSE: char = '\u{e003}';
/// Most shapes kept. Built-in templates have a few for each; a stranger's loops may have one for each release.
const MOST: usize = 4_096;

/// A rendered text with its values left out, read.
#[derive(Debug)]
pub struct Shape {
    /// The text, the marks of lines taken out. It has the lines of the whole text: a value takes up no line.
    pub text: String,
    /// Which template line made each of its lines.
    pub lines: LineMap,
    documents: Vec<Node>,
    /// How many values it has room for; none where they cannot be put into the tree.
    room: Option<usize>,
    nodes: usize,
}

impl Shape {
    /// Reads what was rendered with marks for values.
    fn new(rendered: &str) -> Shape {
        let (text, lines) = LineMap::strip(rendered);
        let (documents, wrong) = parse(Sources::default().scratch(), &text);
        let mut found = Found::default();
        documents.iter().for_each(|document| found.look(document));
        // Each mark is a whole scalar or key, and each stands once: a text that only looks like one has no value.
        let whole = wrong.is_empty() && !found.is_odd && found.marks == text.matches(OPEN).count();
        Shape { text, lines, documents, room: whole.then_some(found.marks), nodes: found.nodes }
    }

    /// A text that was written whole, with what was read from it.
    pub(super) fn whole(text: String, lines: LineMap) -> Shape {
        Shape { text, lines, documents: Vec::new(), room: None, nodes: 0 }
    }

    /// Its documents with the values in their places; none where only reading the whole text can tell.
    pub(super) fn filled(&self, source: SourceId, values: Vec<Made>) -> Option<Vec<Node>> {
        let more: usize = values.iter().map(|made| made.nodes).sum();
        if self.room != Some(values.len()) || self.nodes + more > MAX_NODES / 2 {
            return None;
        }
        let mut values: Vec<Option<Made>> = values.into_iter().map(Some).collect();
        self.documents.iter().map(|document| fill(document, source, 1, &mut values)).collect()
    }
}

/// What stands in a tree that was read from a shape.
#[derive(Default)]
struct Found {
    marks: usize,
    nodes: usize,
    /// A mark stands within other text.
    is_odd: bool,
}

impl Found {
    fn look(&mut self, node: &Node) {
        self.nodes += 1;
        match &node.value {
            Tree::String(text) => self.text(text, node.span),
            Tree::List(items) => items.iter().for_each(|item| self.look(item)),
            Tree::Map(map) => {
                for (key, entry) in &map.entries {
                    self.text(key, entry.key);
                    self.look(&entry.node);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, span: Span) {
        match number(text) {
            Some(number) => {
                // Within quotes it is longer than it says.
                self.is_odd |= number != self.marks || (span.end - span.start) as usize != text.len();
                self.marks += 1;
            }
            None => self.is_odd |= text.contains(OPEN),
        }
    }
}

/// The number in a mark.
fn number(text: &str) -> Option<usize> {
    text.strip_prefix(OPEN)?.strip_suffix(CLOSE)?.parse().ok()
}

fn fill(node: &Node, source: SourceId, depth: usize, values: &mut [Option<Made>]) -> Option<Node> {
    let span = Span { source, ..node.span };
    let value = match &node.value {
        Tree::String(text) if text.starts_with(OPEN) => {
            let Made { mut node, depth: deep, .. } = values.get_mut(number(text)?)?.take()?;
            if depth + deep > MAX_DEPTH {
                return None;
            }
            move_to(&mut node, span);
            return Some(node);
        }
        Tree::List(items) => {
            Tree::List(items.iter().map(|item| fill(item, source, depth + 1, values)).collect::<Option<_>>()?)
        }
        Tree::Map(map) => {
            let mut filled = Mapping::default();
            filled.entries.reserve(map.entries.len());
            for (key, entry) in &map.entries {
                let key = match number(key) {
                    None => key.clone(),
                    Some(number) => match values.get_mut(number)?.take()?.node.value {
                        Tree::String(text) => text,
                        _ => return None,
                    },
                };
                let node = fill(&entry.node, source, depth + 1, values)?;
                let entry = Entry { key: Span { source, ..entry.key }, node };
                if filled.entries.insert(key, entry).is_some() {
                    return None;
                }
            }
            Tree::Map(filled)
        }
        scalar => scalar.clone(),
    };
    Some(Node::new(span, value))
}

/// The value of one expression as a tree.
#[derive(Debug)]
pub struct Made {
    /// The tree; its places are put right when it is put into a shape.
    pub node: Node,
    /// How many nodes it has.
    pub nodes: usize,
    /// How deeply it is nested: 0 for a scalar.
    pub depth: usize,
}

impl Made {
    /// What only reading its text can tell: it is too large for any shape.
    pub fn unknown() -> Made {
        let nowhere = Span { source: Sources::default().scratch(), start: 0, end: 0 };
        Made { node: Node::new(nowhere, Tree::Null), nodes: MAX_NODES, depth: 0 }
    }
}

/// The name under which a rendering keeps the values of its expressions.
pub const VALUES: &str = "%values";

/// The values of one rendering's expressions, in the order in which they were written.
#[derive(Debug)]
pub struct Values(Mutex<Taken>);

#[derive(Debug)]
struct Taken {
    values: Vec<Made>,
    /// How many bytes of text the next ones may still come to.
    left: usize,
}

impl Default for Values {
    fn default() -> Self {
        Values(Mutex::new(Taken { values: Vec::new(), left: MAX_OUTPUT }))
    }
}

impl Values {
    /// Takes a value, and writes the mark that stands for it. What would make the text longer than a template may
    /// write is written as it is, so that the text comes out too long.
    ///
    /// # Errors
    /// As [`format::flow`].
    pub fn put(&self, out: &mut String, value: &Value) -> Result<(), Error> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left = taken.left;
        match format::tree(value, &mut left) {
            Ok(made) => {
                let _ = write!(out, "{OPEN}{}{CLOSE}", taken.values.len());
                taken.values.push(made);
                taken.left = left;
                Ok(())
            }
            Err(_) if left == 0 => {
                drop(taken);
                format::flow(out, value)
            }
            Err(error) => Err(error),
        }
    }

    /// All of them.
    pub fn take(&self) -> Vec<Made> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).values)
    }
}

impl Object for Values {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

/// The name under which every template finds the shapes.
pub const SHAPES: &str = "%shapes";

/// The shapes that templates have had so far, by their text with its marks.
#[derive(Debug, Default)]
pub struct Shapes(RwLock<HashMap<String, Arc<Shape>>>);

impl Shapes {
    /// The shape of what was rendered.
    pub fn of(&self, rendered: String) -> Arc<Shape> {
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&rendered) {
            return known.clone();
        }
        let shape = Arc::new(Shape::new(&rendered));
        let mut shapes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if shapes.len() < MOST {
            shapes.insert(rendered, shape.clone());
        }
        shape
    }
}

impl Object for Shapes {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::super::Templates;
    use super::*;
    use minijinja::value::Serde;
    use serde_json::json;

    /// What a template makes: whether its values were put into a shape, and its documents or the mistakes in them.
    fn made(
        template: &str,
        values: serde_json::Value,
    ) -> (bool, Result<serde_json::Value, Vec<&'static str>>) {
        let mut sources = Sources::default();
        let source = sources.add("t.yaml.j2", template);
        let templates = Templates::new([("t/t.yaml.j2".to_owned(), source)], &sources);
        let context = [("v", Value::from(Serde(values)))];
        let made = templates.documents("t/t.yaml.j2", &context, &sources).unwrap();
        let whole = templates.render("t/t.yaml.j2", &context, &sources).unwrap();
        let (expected, wrong) = parse(sources.scratch(), &whole.text);
        let rules: Vec<&str> = made.wrong.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, wrong.iter().map(|finding| finding.rule).collect::<Vec<_>>());
        let json = |documents: &[Node]| documents.iter().map(Node::to_json).collect::<serde_json::Value>();
        assert_eq!(json(&made.documents), json(&expected));
        let is_shaped = made.shape.room.is_some();
        (is_shaped, if rules.is_empty() { Ok(json(&made.documents)) } else { Err(rules) })
    }

    #[test]
    fn values_of_every_kind_come_out_as_if_they_were_read() {
        let values = json!({
            "text": "a: b # \u{e002}0\u{e003}\n", "yes": "yes", "empty": "", "int": -7, "float": 1.5, "none": null, "flag": false, "list": [1, [], {}], "map": {"1": {"a": null}, "": "x"},
        });
        for (key, value) in values.as_object().unwrap() {
            let (is_shaped, found) =
                made(&format!("a: {{{{ v.{key} }}}}\n{{{{ \"k\" ~ 1 }}}}:\n- 1\n"), values.clone());
            assert!(is_shaped, "{key}");
            assert_eq!(found, Ok(json!([{"a": value, "k1": [1]}])), "{key}");
        }
    }

    #[test]
    fn what_only_the_whole_text_tells_is_read_from_it() {
        // A key that a value makes stands there already.
        let twice = made("a: 1\n{{ v }}: 2\n", json!("a"));
        assert_eq!(twice, (false, Err(vec!["layer/duplicate-key"])));
        // A number as a key.
        assert!(!made("{{ v }}: 2\n", json!(3)).0);
        // Numbers that readers disagree on.
        assert_eq!(made("a: {{ v }}\n", json!(1e300)), (false, Err(vec!["layer/ambiguous-scalar"])));
        // A value beyond the depth that is read, though the text around it is not.
        let deep = (0..MAX_DEPTH).fold(json!(1), |below, _| json!([below]));
        assert_eq!(made("a: {{ v }}\n", deep), (false, Err(vec!["layer/too-large"])));
        // Characters of marks in a template of somebody's.
        assert!(!made("a: \u{e002}0\u{e003}\nb: {{ v }}\n", json!(1)).0);
        // What no library lets in, and what would be read on into the next line.
        assert!(!made("a: \"{{ v }}\"\n", json!(1)).0);
        assert!(!made("a: {{ v }}\n  b\n", json!(1)).0);
    }

    #[test]
    fn values_may_not_make_a_text_longer_than_a_template_may_write() {
        let mut sources = Sources::default();
        let source = sources.add("t.yaml.j2", "a: {{ v }}\nb: {{ v }}\nc: {{ v }}\n");
        let templates = Templates::new([("t/t.yaml.j2".to_owned(), source)], &sources);
        let rule = |value: serde_json::Value| {
            let made = templates.documents("t/t.yaml.j2", &[("v", Value::from(Serde(value)))], &sources);
            made.map(|made| made.documents.len()).map_err(|finding| finding.rule)
        };
        let half = "x".repeat(MAX_OUTPUT / 2);
        assert_eq!(rule(json!("x")), Ok(1));
        assert_eq!(rule(json!(half)), Err("template/too-large"));
        assert_eq!(rule(json!({"deep": [{ "er": half }]})), Err("template/too-large"));
        assert_eq!(rule(json!({ half: 1 })), Err("template/too-large"));
        assert_eq!(rule(json!(vec![0; MAX_OUTPUT / 2])), Err("template/too-large"));
    }

    #[test]
    fn a_shape_serves_all_values() {
        let mut sources = Sources::default();
        let source = sources.add("t.yaml.j2", "a: {{ v }}\n");
        let templates = Templates::new([("t/t.yaml.j2".to_owned(), source)], &sources);
        let shape = |value: serde_json::Value| {
            templates.documents("t/t.yaml.j2", &[("v", Value::from(Serde(value)))], &sources).unwrap().shape
        };
        assert!(Arc::ptr_eq(&shape(json!("x")), &shape(json!({"y": [1, 2]}))));
    }
}
