//! YAML text to positioned trees: the one YAML reader, for layers, descriptors, projects and rendered
//! manifests alike.
//!
//! Texts may come from a stranger's pull request: size, depth and the number of nodes after alias
//! expansion are bounded, and time is linear in them.

use super::scalar::{self, Plain};
use super::tree::{Entry, Mapping, Node, Value};
use crate::diagnostic::Finding;
use crate::source::{SourceId, Span};
use granit_parser::{Event, Options, Parser, ScalarStyle};
use std::collections::HashMap;

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// A text of sparkctl's: what readers disagree on is refused.
    Strict,
    /// Anybody's manifests, as Kubernetes' own tools read them.
    Kubernetes,
}

impl Mode {
    fn limits(self) -> Limits {
        match self {
            Mode::Strict => Limits { bytes: MAX_BYTES, nodes: MAX_NODES, depth: MAX_DEPTH },
            // Definitions of custom resources come in files of several megabytes, and nest deeply.
            Mode::Kubernetes => Limits { bytes: 4 * MAX_BYTES, nodes: 5 * MAX_NODES, depth: 2 * MAX_DEPTH },
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    bytes: usize,
    nodes: usize,
    depth: usize,
}

/// Largest text read, in bytes.
pub const MAX_BYTES: usize = 4 << 20;
/// Most nodes in one text, what aliases expand to counted each time.
pub const MAX_NODES: usize = 200_000;
/// Most mistakes reported of one text.
pub const MAX_FINDINGS: usize = 1_000;
/// Deepest nesting.
pub const MAX_DEPTH: usize = 64;

/// Reads every document of `text`, which is the text behind `source`.
///
/// Gives the documents that could be read whole, and what is wrong with the text: all duplicate keys
/// and ambiguous scalars of it, and at most one syntax error, where reading stops.
pub fn parse(source: SourceId, text: &str) -> (Vec<Node>, Vec<Finding>) {
    read(source, text, Mode::Strict)
}

/// Reads manifests that anybody wrote or rendered, as kubectl and Helm do: `yes` is a flag, `0744` an octal
/// number, `<<` a merge key, and a tag is obeyed. What no reader takes, and keys that stand twice, are
/// findings as in [`parse`].
pub fn parse_manifests(source: SourceId, text: &str) -> (Vec<Node>, Vec<Finding>) {
    read(source, text, Mode::Kubernetes)
}

fn read(source: SourceId, text: &str, mode: Mode) -> (Vec<Node>, Vec<Finding>) {
    let limits = mode.limits();
    let mut reader = Reader {
        mode,
        limits,
        source,
        text,
        findings: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        depth: 0,
        documents: Vec::new(),
    };
    if text.len() > limits.bytes {
        let start = Span { source, start: 0, end: 0 };
        reader.findings.push(
            Finding::error(
                "layer/too-large",
                format!("the text has {} bytes, more than {}", text.len(), limits.bytes),
            )
            .at(start, "this file"),
        );
    } else if let Err(finding) = reader.read() {
        reader.findings.push(*finding);
    }
    (reader.documents, reader.findings)
}

/// Reads a text that must hold exactly one document; none, and findings, if it does not.
pub fn parse_one(source: SourceId, text: &str) -> (Option<Node>, Vec<Finding>) {
    let (mut documents, mut findings) = parse(source, text);
    if documents.len() > 1 {
        findings.push(
            Finding::error("layer/several-documents", "a layer is one YAML document, this file has several")
                .at(documents[1].span, "the second one begins here")
                .help("put each layer in a file of its own"),
        );
    }
    if documents.is_empty() && findings.is_empty() {
        let start = Span { source, start: 0, end: 0 };
        findings.push(Finding::error("layer/empty", "the file is empty").at(start, "nothing here"));
    }
    (if documents.is_empty() { None } else { Some(documents.swap_remove(0)) }, findings)
}

type Stop = Box<Finding>;

struct Reader<'a> {
    mode: Mode,
    limits: Limits,
    source: SourceId,
    text: &'a str,
    findings: Vec<Finding>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    depth: usize,
    documents: Vec<Node>,
}

type Events<'a> = Parser<'a, granit_parser::StrInput<'a>>;

impl<'a> Reader<'a> {
    fn read(&mut self) -> Result<(), Stop> {
        let mut options = Options::default();
        options.disallow_directives = self.mode == Mode::Strict;
        let mut events = Parser::new_from_str_with_options(self.text, options);
        while let Some((event, span)) = self.next(&mut events)? {
            match event {
                Event::DocumentStart(..) => self.anchors.clear(),
                Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
                other => {
                    let node = self.node(other, span, &mut events)?;
                    self.documents.push(node);
                }
            }
        }
        Ok(())
    }

    fn next(&mut self, events: &mut Events<'a>) -> Result<Option<(Event<'a>, Span)>, Stop> {
        match events.next() {
            None => Ok(None),
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or(0..0);
                Ok(Some((
                    event,
                    Span { source: self.source, start: range.start as u32, end: range.end as u32 },
                )))
            }
            Some(Err(error)) => {
                let start = error.marker().byte_offset().unwrap_or(0) as u32;
                let span = Span { source: self.source, start, end: start };
                let what = error.info();
                Err(Box::new(
                    Finding::error("layer/syntax", "this is not YAML")
                        .at(span, what)
                        .help_if(self.syntax_help(start as usize)),
                ))
            }
        }
    }

    /// Most syntax errors in hand-written layers are one of four.
    fn syntax_help(&self, offset: usize) -> Option<String> {
        let before = self.text.get(..offset)?;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = self.text[start..].lines().next()?;
        let previous = before[..start.saturating_sub(1)].lines().next_back().unwrap_or_default();
        [line, previous].into_iter().find_map(|line| {
            if line.trim_start_matches(' ').starts_with('\t') {
                return Some("indent with spaces: YAML allows no tabs there".to_owned());
            }
            if line.contains("{{") && self.mode == Mode::Kubernetes {
                return Some(
                    "this is a template of Helm, not a manifest: `helm template NAME CHART | sparkctl check --manifests -`"
                        .to_owned(),
                );
            }
            if line.contains("{{") || line.contains("{%") {
                return Some("layers are plain YAML: template expressions belong in templates/".to_owned());
            }
            let (key, value) = line.split_once(": ")?;
            // Lines added under `spec: {}`, as a fresh project has it.
            if matches!(value.trim(), "{}" | "[]") {
                let key = key.trim();
                return Some(format!("`{key}: {}` is whole as it is: write `{key}:` above these lines", value.trim()));
            }
            (value.contains(": ") || value.starts_with(['@', '`', '%', '*', '&', '!'])).then(|| {
                let quoted = format!("put the value in quotes: \"{}\"", value.trim().replace('"', "\\\""));
                match value.contains(": ") {
                    true => {
                        format!(
                            "{quoted}; or, where a mapping is meant, put it on lines of its own, indented"
                        )
                    }
                    false => quoted,
                }
            })
        })
    }

    fn count(&mut self, span: Span, nodes: usize) -> Result<(), Stop> {
        self.nodes += nodes;
        let most = self.limits.nodes;
        if self.nodes <= most {
            return Ok(());
        }
        Err(Box::new(
            Finding::error("layer/too-large", format!("the document grows beyond {most} values here"))
                .at(span, "reading stopped at this value")
                .why("aliases are expanded where they stand; a few lines of nested aliases can fill a machine's memory"),
        ))
    }

    fn node(&mut self, event: Event<'a>, span: Span, events: &mut Events<'a>) -> Result<Node, Stop> {
        self.count(span, 1)?;
        if self.findings.len() >= MAX_FINDINGS {
            let message = format!("there are more than {MAX_FINDINGS} mistakes");
            return Err(Box::new(
                Finding::error("layer/too-large", message).at(span, "reading stopped here"),
            ));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if self.mode == Mode::Kubernetes {
                    let tag = tag.as_ref().and_then(|tag| tag.core_suffix());
                    let value = scalar::by_kubernetes(&text, matches!(style, ScalarStyle::Plain), tag);
                    return Ok(self.anchored(anchor, Node::new(span, value)));
                }
                let plain = matches!(style, ScalarStyle::Plain) && tag.is_none();
                if let Some(tag) = tag.filter(|tag| tag.core_suffix() != Some("str")) {
                    self.refuse_tag(span, tag.suffix());
                }
                let value = if plain { self.plain(&text, span) } else { Value::String(text.into_owned()) };
                Ok(self.anchored(anchor, Node::new(span, value)))
            }
            Event::Alias(anchor) => {
                let Some(expanded) = self.anchors.get(&anchor).map(size) else {
                    return Err(Box::new(
                        Finding::error("layer/syntax", "an alias cannot stand inside what it refers to")
                            .at(span, "here"),
                    ));
                };
                self.count(span, expanded)?;
                let mut node = self.anchors[&anchor].clone();
                move_to(&mut node, span);
                Ok(node)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.enter(span)?;
                let mut items = Vec::new();
                let end = loop {
                    match self.next(events)? {
                        Some((Event::SequenceEnd, end)) => break end,
                        Some((event, span)) => items.push(self.node(event, span, events)?),
                        None => break span,
                    }
                };
                self.depth -= 1;
                let span = Span { end: end.end.max(span.end), ..span };
                Ok(self.anchored(anchor, Node::new(span, Value::List(items))))
            }
            Event::MappingStart(_, anchor, _) => {
                self.enter(span)?;
                let (mut map, mut merged) = (Mapping::default(), Vec::new());
                let end = loop {
                    match self.next(events)? {
                        Some((Event::MappingEnd, end)) => break end,
                        Some((event, span)) => self.entry(event, span, events, &mut map, &mut merged)?,
                        None => break span,
                    }
                };
                merge_keys(&mut map, merged);
                self.depth -= 1;
                let span = Span { end: end.end.max(span.end), ..span };
                Ok(self.anchored(anchor, Node::new(span, Value::Map(map))))
            }
            _ => {
                Err(Box::new(Finding::error("layer/syntax", "this is not YAML").at(span, "unexpected here")))
            }
        }
    }

    fn enter(&mut self, span: Span) -> Result<(), Stop> {
        self.depth += 1;
        let most = self.limits.depth;
        if self.depth <= most {
            return Ok(());
        }
        let message = format!("values are nested more than {most} deep");
        Err(Box::new(Finding::error("layer/too-large", message).at(span, "reading stopped here")))
    }

    fn entry(
        &mut self,
        event: Event<'a>,
        key: Span,
        events: &mut Events<'a>,
        map: &mut Mapping,
        merged: &mut Vec<Node>,
    ) -> Result<(), Stop> {
        let Event::Scalar(name, style, _, _) = event else {
            return Err(Box::new(
                Finding::error("layer/syntax", "a key must be a plain word or text in quotes")
                    .at(key, "this key is a collection or an alias")
                    .help_if(self.syntax_help(key.start as usize)),
            ));
        };
        let plain = matches!(style, ScalarStyle::Plain);
        let mut name = name.into_owned();
        match self.mode {
            Mode::Strict if plain => self.check_plain_key(&name, key),
            // A key in JSON is text: `on` is "true" there, and `0744` is "484".
            Mode::Kubernetes if plain => name = scalar::key_by_kubernetes(name),
            _ => {}
        }
        let node = match self.next(events)? {
            Some((event, span)) => self.node(event, span, events)?,
            None => return Ok(()),
        };
        if plain && name == "<<" {
            match (self.mode, node.value) {
                // Found already; nobody else needs to wonder what it is.
                (Mode::Strict, _) => {}
                (Mode::Kubernetes, Value::List(items)) => merged.extend(items),
                (Mode::Kubernetes, value) => merged.push(Node::new(node.span, value)),
            }
            return Ok(());
        }
        match map.entries.get(&name) {
            Some(first) => self.findings.push(
                Finding::error(
                    "layer/duplicate-key",
                    format!("the key `{name}` stands twice in one mapping"),
                )
                .at(key, "the second one")
                .and(first.key, "the first one")
                .why("YAML readers keep one of the two and drop the other without a word")
                .help("keep one of them"),
            ),
            None => {
                map.entries.insert(name, Entry { key, node });
            }
        }
        Ok(())
    }

    fn check_plain_key(&mut self, name: &str, key: Span) {
        if name == "<<" {
            self.findings.push(
                Finding::error("layer/ambiguous-scalar", "merge keys (`<<`) are not part of YAML 1.2")
                    .at(key, "readers disagree on what this means")
                    .help("layers merge by themselves: write the values out, or put them in a layer below"),
            );
        } else if let Plain::Ambiguous { read_as, .. } = scalar::resolve(name) {
            self.ambiguous(name, key, &read_as, &[format!("\"{name}\"")]);
        }
    }

    fn plain(&mut self, text: &str, span: Span) -> Value {
        match scalar::resolve(text) {
            Plain::Agreed(agreed) => agreed.value(text),
            Plain::Ambiguous { read_as, instead } => {
                self.ambiguous(text, span, &read_as, &instead);
                Value::String(text.to_owned())
            }
        }
    }

    fn ambiguous(&mut self, text: &str, span: Span, read_as: &str, instead: &[String]) {
        self.findings.push(
            Finding::error(
                "layer/ambiguous-scalar",
                format!("`{text}` means different things to different YAML readers"),
            )
            .at(span, format!("read as {read_as}"))
            .help(format!("write {}", instead.join(" or "))),
        );
    }

    fn refuse_tag(&mut self, span: Span, tag: &str) {
        self.findings.push(
            Finding::error("layer/tag", format!("the tag `!{tag}` is not used here"))
                .at(span, "tagged value")
                .help("leave the tag out; put text in quotes"),
        );
    }

    fn anchored(&mut self, anchor: usize, node: Node) -> Node {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        node
    }
}

/// Adds what merge keys (`<<`) name: what the mapping says itself goes first, then the first of several.
fn merge_keys(map: &mut Mapping, merged: Vec<Node>) {
    for node in merged {
        let Value::Map(more) = node.value else { continue };
        for (key, entry) in more.entries {
            map.entries.entry(key).or_insert(entry);
        }
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(map) => map.entries.values().map(|entry| size(&entry.node)).sum(),
        _ => 0,
    }
}

/// Says that a whole value was written at `span`.
pub(crate) fn move_to(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| move_to(item, span)),
        Value::Map(map) => {
            for entry in map.entries.values_mut() {
                entry.key = span;
                move_to(&mut entry.node, span);
            }
        }
        _ => {}
    }
}
