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
    let mut reader = Reader {
        source,
        text,
        findings: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        depth: 0,
        documents: Vec::new(),
    };
    if text.len() > MAX_BYTES {
        let start = Span { source, start: 0, end: 0 };
        reader.findings.push(
            Finding::error(
                "layer/too-large",
                format!("the text has {} bytes, more than {MAX_BYTES}", text.len()),
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
        options.disallow_directives = true;
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

    /// Most syntax errors in hand-written layers are one of three.
    fn syntax_help(&self, offset: usize) -> Option<String> {
        let before = self.text.get(..offset)?;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = self.text[start..].lines().next()?;
        let previous = before[..start.saturating_sub(1)].lines().next_back().unwrap_or_default();
        [line, previous].into_iter().find_map(|line| {
            if line.trim_start_matches(' ').starts_with('\t') {
                return Some("indent with spaces: YAML allows no tabs there".to_owned());
            }
            if line.contains("{{") || line.contains("{%") {
                return Some("layers are plain YAML: template expressions belong in templates/".to_owned());
            }
            let value = line.split_once(": ")?.1;
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
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        Err(Box::new(
            Finding::error("layer/too-large", format!("the document grows beyond {MAX_NODES} values here"))
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
                let mut map = Mapping::default();
                let end = loop {
                    match self.next(events)? {
                        Some((Event::MappingEnd, end)) => break end,
                        Some((event, span)) => self.entry(event, span, events, &mut map)?,
                        None => break span,
                    }
                };
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
        if self.depth <= MAX_DEPTH {
            return Ok(());
        }
        let message = format!("values are nested more than {MAX_DEPTH} deep");
        Err(Box::new(Finding::error("layer/too-large", message).at(span, "reading stopped here")))
    }

    fn entry(
        &mut self,
        event: Event<'a>,
        key: Span,
        events: &mut Events<'a>,
        map: &mut Mapping,
    ) -> Result<(), Stop> {
        let Event::Scalar(name, style, _, _) = event else {
            return Err(Box::new(
                Finding::error("layer/syntax", "a key must be a plain word or text in quotes")
                    .at(key, "this key is a collection or an alias")
                    .help_if(self.syntax_help(key.start as usize)),
            ));
        };
        let plain = matches!(style, ScalarStyle::Plain);
        if plain {
            self.check_plain_key(&name, key);
        }
        let node = match self.next(events)? {
            Some((event, span)) => self.node(event, span, events)?,
            None => return Ok(()),
        };
        if plain && name == "<<" {
            // Found already; nobody else needs to wonder what it is.
            return Ok(());
        }
        match map.entries.get(name.as_ref()) {
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
                map.entries.insert(name.into_owned(), Entry { key, node });
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

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(map) => map.entries.values().map(|entry| size(&entry.node)).sum(),
        _ => 0,
    }
}

/// Says that a whole value was written at `span`.
pub(super) fn move_to(node: &mut Node, span: Span) {
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
