//! The Jinja environment: where expressions may stand, what they yield, what they may cost, and
//! which template line made which rendered line.

mod bounded;
pub mod context;
mod error;
pub mod format;
pub mod functions;
pub mod lines;
pub mod pieces;
pub mod position;
pub mod shape;

use crate::diagnostic::Finding;
use crate::layer::parse::parse;
use crate::layer::tree::Node;
use crate::source::{SourceId, Sources, Span};
use format::Format;
use functions::Texts;
use lines::{LineMap, Marked, TemplateLine};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{Environment, TemplateSource, UndefinedBehavior};
use shape::{Shape, Shapes, Values};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// What every template knows.
pub const GLOBALS: [&str; 14] = [
    "spec",
    "release",
    "component",
    "pods",
    "spark",
    "totals",
    "guests",
    "ports",
    "end_ports",
    "service_accounts",
    crate::images::NAME,
    functions::MEMO,
    "%texts",
    "%depth",
];
/// Instructions that one rendering may take: about a hundred times what the largest built-in template needs.
pub const FUEL: u64 = 2_000_000;
/// Bytes that one rendering may write.
pub const MAX_OUTPUT: usize = 4 << 20;

/// Every template of a library, compiled when first used.
#[derive(Debug)]
pub struct Templates {
    env: Environment<'static>,
    index: Arc<Index>,
    shapes: Arc<Shapes>,
}

#[derive(Debug, Default)]
struct Index {
    names: BTreeMap<String, usize>,
    sources: Vec<SourceId>,
    texts: Vec<Arc<str>>,
    /// Made when first used: a release uses about half of them.
    marked: Vec<OnceLock<Marked>>,
}

impl Index {
    fn marked(&self, number: usize) -> &Marked {
        self.marked[number].get_or_init(|| Marked::new(number, &self.texts[number]))
    }
}

/// What one template made.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The text, marks taken out.
    pub text: String,
    /// Which template line made each of its lines.
    pub lines: LineMap,
    /// The texts that it brought in as values.
    pub texts: Arc<Texts>,
}

/// What one template made, read.
#[derive(Debug)]
pub struct Documents {
    /// The documents that could be read whole.
    pub documents: Vec<Node>,
    /// The text that their places lie in.
    pub shape: Arc<Shape>,
    /// The texts that it brought in as values.
    pub texts: Arc<Texts>,
    /// What is wrong with the text as YAML; then the text is whole, with all values.
    pub wrong: Vec<Finding>,
}

impl Templates {
    /// Takes templates by their path under `templates/`, with the text behind each.
    pub fn new(files: impl IntoIterator<Item = (String, SourceId)>, sources: &Sources) -> Self {
        let mut index = Index::default();
        for (name, source) in files {
            let number = index.sources.len();
            index.marked.push(OnceLock::new());
            index.texts.push(sources.get(source).text.clone());
            index.sources.push(source);
            index.names.insert(name, number);
        }
        let index = Arc::new(index);
        let mut env = Environment::new();
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
        if let Ok(syntax) = syntax.build() {
            env.set_syntax(syntax);
        }
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_fuel(Some(FUEL));
        env.set_recursion_limit(64);
        env.set_debug(true);
        env.set_auto_escape_callback(|name| Format::of(name).unwrap_or(Format::Text).auto_escape());
        env.set_formatter(format::write);
        functions::install(&mut env);
        let loader = index.clone();
        env.set_loader(move |name| {
            Ok(loader.names.get(name).map(|number| TemplateSource::new(loader.marked(*number).text.clone())))
        });
        let shapes = Arc::new(Shapes::default());
        env.add_global(shape::SHAPES, Value::from_dyn_object(shapes.clone()));
        Templates { env, index, shapes }
    }

    /// The names of the templates in a folder, in order.
    pub fn in_folder<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a str> {
        let prefix = format!("{folder}/");
        let names = self.index.names.range(prefix.clone()..).map(|(name, _)| name.as_str());
        names.take_while(move |name| name.starts_with(&prefix))
    }

    /// The text behind a template.
    pub fn source(&self, name: &str) -> Option<SourceId> {
        Some(self.index.sources[*self.index.names.get(name)?])
    }

    /// The template line behind rendered line `line` (from 1).
    pub fn line_behind(&self, lines: &LineMap, line: usize) -> Option<TemplateLine> {
        let (number, line) = lines.get(line)?;
        Some(TemplateLine { source: *self.index.sources.get(number)?, line })
    }

    /// Renders one template.
    ///
    /// # Errors
    /// A finding in the template's coordinates.
    pub fn render(
        &self,
        name: &str,
        context: &[(&str, Value)],
        sources: &Sources,
    ) -> Result<Rendered, Box<Finding>> {
        let (rendered, texts) = self.written(name, context, None, sources)?;
        let Some(rendered) = rendered else {
            let span = self.source(name).map(|source| Span { source, start: 0, end: 0 });
            let finding =
                Finding::error("template/too-large", format!("`{name}` writes more than {MAX_OUTPUT} bytes"));
            return Err(Box::new(match span {
                Some(span) => finding.at(span, "this template"),
                None => finding,
            }));
        };
        let (text, lines) = LineMap::strip(&rendered);
        Ok(Rendered { text, lines, texts })
    }

    /// What a template writes, with the marks of its lines, and the texts that it brought in; nothing where that is
    /// too long. With `values`, those of its expressions go there, and marks stand for them.
    fn written(
        &self,
        name: &str,
        context: &[(&str, Value)],
        values: Option<&Arc<Values>>,
        sources: &Sources,
    ) -> Result<(Option<String>, Arc<Texts>), Box<Finding>> {
        let texts = Arc::new(Texts::default());
        let mut names: Vec<(&str, Value)> = context.to_vec();
        names.push((functions::TEXTS, Value::from_dyn_object(texts.clone())));
        names.extend(values.map(|values| (shape::VALUES, Value::from_dyn_object(values.clone()))));
        let template = self.env.get_template(name).map_err(|error| self.finding(name, error, sources))?;
        let written = bounded::render(&template, Value::from_pairs(names));
        Ok((written.map_err(|error| self.finding(name, error, sources))?, texts))
    }

    /// Renders one template and reads what it makes: the same trees as reading the text that [`Templates::render`]
    /// gives, without writing and reading what did not change since another release had it.
    ///
    /// # Errors
    /// As [`Templates::render`].
    pub fn documents(
        &self,
        name: &str,
        context: &[(&str, Value)],
        sources: &Sources,
    ) -> Result<Documents, Box<Finding>> {
        let values = Arc::new(Values::default());
        let (rendered, texts) = self.written(name, context, Some(&values), sources)?;
        if let Some(shape) = rendered.map(|rendered| self.shapes.of(rendered))
            && let Some(documents) = shape.filled(sources.scratch(), values.take())
        {
            return Ok(Documents { documents, shape, texts, wrong: Vec::new() });
        }
        let Rendered { text, lines, texts } = self.render(name, context, sources)?;
        let (documents, wrong) = parse(sources.scratch(), &text);
        Ok(Documents { documents, shape: Arc::new(Shape::whole(text, lines)), texts, wrong })
    }

    /// Evaluates an expression of a descriptor.
    ///
    /// # Errors
    /// What the engine says, for the caller to point at the descriptor's line.
    pub fn evaluate(&self, expression: &str, context: &[(&str, Value)]) -> Result<Value, String> {
        let compiled = self.env.compile_expression_owned(expression.to_owned()).map_err(error::reason)?;
        compiled.eval(Value::from_pairs(context.to_vec())).map_err(error::reason)
    }

    /// Renders a text of a descriptor, such as a precondition's command.
    ///
    /// # Errors
    /// As [`Templates::evaluate`].
    pub fn render_text(&self, text: &str, context: &[(&str, Value)]) -> Result<String, String> {
        self.env
            .render_named_str("descriptor.txt.j2", text, Value::from_pairs(context.to_vec()))
            .map_err(error::reason)
    }
}
