//! Templates as values: `text("x.conf.j2")` and `document("_x.yaml.j2")`.

use super::{memo, refused};
use crate::layer::parse::parse;
use crate::layer::tree::{Node, Value as Tree};
use crate::manifest::{drop_nulls, emit::emit};
use crate::source::{Sources, line_of};
use crate::template::format::Format;
use crate::template::lines::LineMap;
use crate::template::shape::{SHAPES, Shape, Shapes, VALUES, Values};
use crate::template::{GLOBALS, MAX_OUTPUT, bounded};
use minijinja::value::{Kwargs, Value};
use minijinja::{Error, State};
use std::sync::{Arc, Mutex};

/// The name under which a rendering keeps the texts it made, for finding their template lines.
pub const TEXTS: &str = "%texts";
/// The folder of templates that belong to no component.
pub const SHARED: &str = "shared/";
/// How deep texts may bring in texts.
const MAX_DEPTH: u32 = 4;

/// The texts that one rendering made, for finding their template lines later.
#[derive(Debug, Default)]
pub struct Texts(Mutex<Vec<Arc<Kept>>>);

/// One text and how to find its lines.
#[derive(Debug)]
pub struct Kept {
    text: String,
    /// The lines of what was rendered.
    lines: LineMap,
    /// For an object that was read and written again: the object and the text that its places lie in.
    document: Option<(Node, Arc<Shape>)>,
}

impl Texts {
    fn keep(&self, kept: Arc<Kept>) {
        if let Ok(mut texts) = self.0.lock() {
            texts.push(kept);
        }
    }

    /// The texts from a number on.
    pub fn since(&self, number: usize) -> Vec<Arc<Kept>> {
        self.0.lock().map(|texts| texts.iter().skip(number).cloned().collect()).unwrap_or_default()
    }

    /// The line map of a text that this rendering made.
    pub fn lines_of(&self, text: &str) -> Option<LineMap> {
        let texts = self.0.lock().ok()?;
        let kept = texts.iter().find(|kept| kept.text == text)?;
        Some(match &kept.document {
            Some((object, shape)) => through(object, shape, &kept.text),
            None => kept.lines.clone(),
        })
    }
}

impl minijinja::value::Object for Texts {
    fn repr(self: &Arc<Self>) -> minijinja::value::ObjectRepr {
        minijinja::value::ObjectRepr::Plain
    }
}

/// `text("spark-defaults.conf.j2")`: another template of the same component as one value. Names given
/// besides (`text("x.sh.j2", port=1)`) are known in it.
pub fn text(state: &mut State<'_, '_>, name: &str, more: Kwargs) -> Result<Value, Error> {
    if Format::of(name).is_none_or(|format| format == Format::Yaml) {
        return Err(refused(format!("text() takes templates of texts such as x.conf.j2, not `{name}`")));
    }
    memo::value(state, "text", name, &more, |state| {
        let (text, lines) = render(state, name, &more)?;
        keep(state, Arc::new(Kept { text: text.clone(), lines, document: None }));
        Ok(Value::from(text))
    })
}

/// `document("_executor.yaml.j2")`: another YAML template of the same component, rendered, read and
/// written again as one value; for objects that live inside a ConfigMap.
pub fn document(state: &mut State<'_, '_>, name: &str, more: Kwargs) -> Result<Value, Error> {
    if !name.starts_with('_') || Format::of(name) != Some(Format::Yaml) {
        return Err(refused(format!("document() takes YAML templates that begin with `_`, not `{name}`")));
    }
    memo::value(state, "document", name, &more, |state| {
        let (mut object, shape) = read(state, name, &more)?;
        drop_nulls(&mut object);
        let text = emit(&object).map_err(|error| refused(error.to_string()))?;
        let document = Some((object, shape));
        keep(state, Arc::new(Kept { text: text.clone(), lines: LineMap::default(), document }));
        Ok(Value::from(text))
    })
}

/// `piece("shared/store-env.yaml.j2")`: a YAML template as a mapping or list of values. Pieces that
/// several components share lie in `templates/shared/`; a component's own begin with `_`.
pub fn piece(state: &mut State<'_, '_>, name: &str, more: Kwargs) -> Result<Value, Error> {
    let own = name.starts_with('_') || name.starts_with(SHARED);
    if !own || Format::of(name) != Some(Format::Yaml) {
        return Err(refused(format!(
            "piece() takes YAML templates that begin with `_` or lie in {SHARED}, not `{name}`"
        )));
    }
    memo::value(state, "piece", name, &more, |state| {
        let (mut object, ..) = read(state, name, &more)?;
        drop_nulls(&mut object);
        Ok(value(&object))
    })
}

/// A tree as an engine value, mappings in the order in which they were written.
fn value(node: &Node) -> Value {
    match &node.value {
        Tree::Null => Value::from(()),
        Tree::Bool(flag) => Value::from(*flag),
        Tree::Int(number) => Value::from(*number),
        Tree::Float(number) => Value::from(*number),
        Tree::String(text) => Value::from(text.as_str()),
        Tree::List(items) => items.iter().map(value).collect(),
        Tree::Map(map) => {
            Value::from_pairs(map.entries.iter().map(|(key, entry)| (key.as_str(), value(&entry.node))))
        }
    }
}

/// Another YAML template, rendered and read: its one document, and the text that its places lie in.
fn read(state: &mut State<'_, '_>, name: &str, more: &Kwargs) -> Result<(Node, Arc<Shape>), Error> {
    let one = |mut documents: Vec<Node>| match (documents.pop(), documents.is_empty()) {
        (Some(object), true) => Ok(object),
        _ => Err(refused(format!("`{name}` must hold exactly one document"))),
    };
    let values = Arc::new(Values::default());
    let known = [(VALUES, Value::from_dyn_object(values.clone()))];
    let marked = written(state, name, more, &known)?;
    let scratch = Sources::default().scratch();
    let shapes = state.lookup(SHAPES);
    if let Some(shapes) = shapes.as_ref().and_then(|shapes| shapes.downcast_object_ref::<Shapes>()) {
        let shape = shapes.of(marked);
        if let Some(documents) = shape.filled(scratch, values.take()) {
            return Ok((one(documents)?, shape));
        }
    }
    let (text, lines) = render(state, name, more)?;
    let (documents, findings) = parse(scratch, &text);
    if let Some(finding) = findings.first() {
        let label = finding.primary.as_ref();
        let line = label.map_or(0, |label| line_of(&text, label.span.start as usize));
        let behind = lines.get(line).map_or(0, |(_, line)| line);
        let detail = label.map_or("", |label| label.text.as_str());
        return Err(refused(format!(
            "`{name}` renders to broken YAML at its line {behind}: {} ({detail})",
            finding.message
        )));
    }
    Ok((one(documents)?, Arc::new(Shape::whole(text, lines))))
}

fn render(state: &mut State<'_, '_>, name: &str, more: &Kwargs) -> Result<(String, LineMap), Error> {
    Ok(LineMap::strip(&written(state, name, more, &[])?))
}

/// What another template writes, knowing some names besides, with the marks of its lines.
fn written(
    state: &mut State<'_, '_>,
    name: &str,
    more: &Kwargs,
    known: &[(&str, Value)],
) -> Result<String, Error> {
    let depth = state.lookup("%depth").and_then(|depth| u32::try_from(depth).ok()).unwrap_or(0);
    if depth >= MAX_DEPTH {
        return Err(refused("texts bring each other in without end"));
    }
    let path = match state.name().rsplit_once('/') {
        Some((folder, _)) if !name.starts_with(SHARED) => format!("{folder}/{name}"),
        _ => name.to_owned(),
    };
    let mut context: Vec<(String, Value)> =
        GLOBALS.iter().filter_map(|known| Some(((*known).to_owned(), state.lookup(known)?))).collect();
    context.push(("%depth".to_owned(), Value::from(depth + 1)));
    context.extend(known.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    for key in more.args().map(str::to_owned).collect::<Vec<_>>() {
        context.push((key.clone(), more.get(&key)?));
    }
    let template = state.get_template(&path)?;
    let written = bounded::render(&template, Value::from_pairs(context))?;
    written.ok_or_else(|| refused(format!("`{name}` writes more than {MAX_OUTPUT} bytes")))
}

/// Adds a text to those of the rendering.
pub fn keep(state: &State<'_, '_>, kept: Arc<Kept>) {
    let texts = state.lookup(TEXTS);
    if let Some(texts) = texts.as_ref().and_then(|texts| texts.downcast_object_ref::<Texts>()) {
        texts.keep(kept);
    }
}

/// The line map of an object that was read from a shape and written as `written`.
fn through(object: &Node, shape: &Shape, written: &str) -> LineMap {
    fn pair(old: &Node, new: &Node, found: &mut impl FnMut(u32, u32)) {
        found(old.span.start, new.span.start);
        match (&old.value, &new.value) {
            (Tree::Map(old), Tree::Map(new)) => {
                for (key, entry) in &new.entries {
                    if let Some(before) = old.entries.get(key) {
                        found(before.key.start, entry.key.start);
                        pair(&before.node, &entry.node, found);
                    }
                }
            }
            (Tree::List(old), Tree::List(new)) => {
                old.iter().zip(new).for_each(|(old, new)| pair(old, new, found));
            }
            _ => {}
        }
    }
    let (documents, _) = parse(Sources::default().scratch(), written);
    let mut map = vec![None; written.lines().count()];
    if let Some(again) = documents.first() {
        pair(object, again, &mut |old, new| {
            let line = line_of(written, new as usize);
            if let Some(slot) = map.get_mut(line - 1) {
                *slot = shape.lines.get(line_of(&shape.text, old as usize));
            }
        });
    }
    LineMap::from(map)
}
