//! How those who sync have to treat objects: annotations, by a table that is data (`gitops/care.yaml`).
//!
//! Only an object's own metadata is touched, never a pod template's: nothing restarts because of it.

use crate::diagnostic::Finding;
use crate::layer::path::SpecPath;
use crate::layer::tree::{Entry, Mapping, Node, Value};
use crate::manifest::ObjectId;
use crate::source::{SourceId, Span};
use std::collections::BTreeSet;

/// The table's place among what is built in.
pub const TABLE: &str = "gitops/care.yaml";

/// The table, with its places.
#[derive(Debug)]
pub struct Care {
    /// Its text.
    pub source: SourceId,
    rows: Vec<Row>,
}

/// Annotations, and what gets them.
#[derive(Debug)]
struct Row {
    kinds: Vec<String>,
    texts: Vec<String>,
    annotations: Vec<Annotation>,
    /// The line above the annotations.
    at: Span,
}

#[derive(Debug)]
struct Annotation {
    key: String,
    value: String,
    at: Span,
}

impl Care {
    /// Reads the table. A test holds it to its form.
    ///
    /// # Errors
    /// If it is no YAML.
    pub fn read(source: SourceId, text: &str) -> Result<Care, Vec<Finding>> {
        let (tree, findings) = crate::layer::parse::parse_one(source, text);
        let Some(tree) = tree.filter(|_| findings.is_empty()) else { return Err(findings) };
        let key = SpecPath::root().key("annotations");
        let rows = tree.list("care").iter().map(|row| Row {
            kinds: texts(row.list("kinds")),
            texts: texts(row.list("texts")),
            annotations: row.get("annotations").and_then(Node::as_map).map(annotations).unwrap_or_default(),
            at: row.key_span(&key).unwrap_or(row.span),
        });
        Ok(Care { source, rows: rows.collect() })
    }

    /// Annotates an object as its kind and its texts want it. What it says itself stays.
    ///
    /// What is put in gets the place of the whole object, which nothing that was written has: so it can be
    /// told later ([`Care::behind`]).
    pub fn annotate(&self, id: &ObjectId, object: &mut Node) {
        let wanted: Vec<&Annotation> =
            self.rows.iter().filter(|row| row.wants(id, object)).flat_map(|row| &row.annotations).collect();
        let span = object.span;
        let Value::Map(root) = &mut object.value else { return };
        let Some(metadata) = root.entries.get_mut("metadata") else { return };
        let Value::Map(metadata) = &mut metadata.node.value else { return };
        if wanted.is_empty() {
            return;
        }
        let empty = || Entry { key: span, node: Node::new(span, Value::Map(Mapping::default())) };
        let annotations = metadata.entries.entry("annotations".to_owned()).or_insert_with(empty);
        let Value::Map(annotations) = &mut annotations.node.value else { return };
        for Annotation { key, value, .. } in wanted {
            let put = || Entry { key: span, node: Node::new(span, Value::String(value.clone())) };
            annotations.entries.entry(key.clone()).or_insert_with(put);
        }
    }

    /// The line of the table behind a field of an annotated object; none where a template made it.
    pub fn behind(&self, id: &ObjectId, object: &Node, path: &SpecPath) -> Option<Span> {
        let put = |path: &SpecPath| object.key_span(path) == Some(object.span);
        let annotations = SpecPath::root().key("metadata").key("annotations");
        if !annotations.covers(path) || !put(path) {
            return None;
        }
        let mut wanted = self.rows.iter().filter(|row| row.wants(id, object));
        if *path == annotations {
            return Some(wanted.next()?.at);
        }
        let own = |annotation: &&Annotation| *path == annotations.key(annotation.key.as_str());
        Some(wanted.flat_map(|row| &row.annotations).find(own)?.at)
    }
}

impl Row {
    fn wants(&self, id: &ObjectId, object: &Node) -> bool {
        let kind = |known: &String| match known.split_once('.') {
            Some((kind, group)) => id.kind == kind && id.group() == group,
            None => id.kind == *known && id.group().is_empty(),
        };
        let firsts: BTreeSet<u8> = self.texts.iter().filter_map(|text| text.bytes().next()).collect();
        let firsts: Vec<u8> = firsts.into_iter().collect();
        self.kinds.iter().any(kind) || !firsts.is_empty() && holds(object, &self.texts, &firsts)
    }
}

/// Whether some text in a tree, a key or a value, holds one of `parts`, which begin with one of `firsts`.
fn holds(node: &Node, parts: &[String], firsts: &[u8]) -> bool {
    // A byte is found faster than a text, and nearly no text holds the byte.
    let begins = |text: &str| firsts.iter().any(|first| text.as_bytes().contains(first));
    let found = |text: &str| begins(text) && parts.iter().any(|part| text.contains(part.as_str()));
    match &node.value {
        Value::String(text) => found(text),
        Value::List(items) => items.iter().any(|item| holds(item, parts, firsts)),
        Value::Map(map) => {
            map.entries.iter().any(|(key, entry)| found(key) || holds(&entry.node, parts, firsts))
        }
        _ => false,
    }
}

fn texts(items: &[Node]) -> Vec<String> {
    items.iter().filter_map(Node::as_str).map(str::to_owned).collect()
}

/// The annotations of a row with the lines they stand on.
fn annotations(map: &Mapping) -> Vec<Annotation> {
    let each = map.entries.iter().filter_map(|(key, entry)| {
        let at = Span { end: entry.node.span.end, ..entry.key };
        Some(Annotation { key: key.clone(), value: entry.node.as_str()?.to_owned(), at })
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::parse::parse;
    use crate::manifest::{emit::emit, identify};
    use crate::source::Sources;
    use std::collections::BTreeSet;

    const TEXT: &str = include_str!("../../gitops/care.yaml");

    fn care() -> Care {
        Care::read(Sources::default().scratch(), TEXT).unwrap()
    }

    fn annotated(text: &str) -> String {
        let mut object = parse(Sources::default().scratch(), text).0.remove(0);
        care().annotate(&identify(&object).unwrap(), &mut object);
        emit(&object).unwrap()
    }

    #[test]
    fn the_table_says_nothing_twice_and_nothing_in_vain() {
        let rows = care().rows;
        let (written, _) = parse(Sources::default().scratch(), TEXT);
        assert_eq!(rows.len(), written[0].list("care").len());
        let mut said = BTreeSet::new();
        for row in rows {
            assert!(row.kinds.is_empty() != row.texts.is_empty() && !row.annotations.is_empty());
            for (kind, annotation) in
                row.kinds.iter().flat_map(|kind| row.annotations.iter().map(move |found| (kind, found)))
            {
                assert!(said.insert((kind.clone(), annotation.key.clone())), "{kind}: {}", annotation.key);
            }
        }
        let known = ["care", "why", "kinds", "texts", "annotations"];
        for row in written[0].list("care") {
            assert!(row.as_map().unwrap().entries.keys().all(|key| known.contains(&key.as_str())));
            assert!(row.text("why").is_some());
        }
    }

    #[test]
    fn what_a_template_says_itself_stays() {
        let object = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: spark\n  annotations:\n    argocd.argoproj.io/sync-options: Prune=confirm\n";
        let text = annotated(object);
        assert!(text.contains("sync-options: Prune=confirm\n"), "{text}");
        assert!(text.contains("kustomize.toolkit.fluxcd.io/prune: disabled\n"), "{text}");
        assert_eq!(text.matches("sync-options").count(), 1, "{text}");
    }

    #[test]
    fn kinds_of_other_groups_are_other_kinds() {
        let object = "apiVersion: other.example/v1\nkind: Namespace\nmetadata:\n  name: spark\n";
        assert_eq!(annotated(object), object);
        let plain = "apiVersion: v1\nkind: Service\nmetadata:\n  name: spark\n";
        assert_eq!(annotated(plain), plain);
    }

    #[test]
    fn keys_are_texts_too() {
        for data in ["a: ${HOME}/x", "${a}: x", "a: echo $$"] {
            let object = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  {data}\n");
            assert!(annotated(&object).contains("substitute: disabled"), "{data}");
        }
        let object = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  a: $HOME $(x)\n";
        assert_eq!(annotated(object), object);
    }
}
