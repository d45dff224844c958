//! A set of objects as rules see it: [`Set`] owns what had to be read out of texts, [`Subject`] is the view
//! that every rule takes.

mod applications;
pub mod asked;
mod files;
mod pods;
pub mod scripts;
pub mod selectors;

pub use applications::{Application, Property, Role, Source, properties_of};
pub use files::{ConfigFile, below, properties};
pub use pods::{Pod, PodKind};

use super::Place;
use crate::compile::Compiled;
use crate::compile::cause::{Field, TextLine};
use crate::layer::parse::parse_manifests;
use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::{Node, Value};
use crate::library::Library;
use crate::manifest::ObjectId;
use crate::source::{Sources, line_of};
use std::collections::BTreeMap;

/// One object of a set.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a> {
    /// What it is called.
    pub id: &'a ObjectId,
    /// The object.
    pub node: &'a Node,
}

impl Object<'_> {
    /// The API group; empty for the core.
    pub fn group(&self) -> &str {
        self.id.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// The namespace; empty where none is written.
    pub fn namespace(&self) -> &str {
        self.id.namespace.as_deref().unwrap_or_default()
    }
}

/// What is known only of a release that sparkctl compiled.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Where its layers and templates come from.
    pub library: &'a Library,
    /// The release; its report is not filled yet.
    pub compiled: &'a Compiled,
}

/// A set of objects with what was read out of their texts.
#[derive(Debug)]
pub struct Set<'a> {
    objects: Vec<Object<'a>>,
    nested: Vec<Nested>,
    known: Option<Known<'a>>,
    version: Option<&'a str>,
}

/// A pod template inside a ConfigMap.
#[derive(Debug)]
struct Nested {
    object: usize,
    key: String,
    text: String,
    node: Node,
}

impl<'a> Set<'a> {
    /// Takes any objects; `known` where sparkctl compiled them.
    pub fn new(objects: Vec<Object<'a>>, known: Option<Known<'a>>) -> Self {
        let nested = objects
            .iter()
            .enumerate()
            .filter(|(_, object)| object.id.kind == "ConfigMap")
            .flat_map(|(at, object)| nested(at, object.node))
            .collect();
        Set { objects, nested, known, version: None }
    }

    /// Says which minor version of Spark runs, where somebody has said so.
    #[must_use]
    pub fn for_spark(mut self, version: Option<&'a str>) -> Self {
        self.version = version;
        self
    }

    /// The objects of a compiled release.
    pub fn of(library: &'a Library, compiled: &'a Compiled) -> Self {
        let objects =
            compiled.manifests.iter().map(|manifest| Object { id: &manifest.id, node: &manifest.object });
        Set::new(objects.collect(), Some(Known { library, compiled }))
    }

    /// What rules look at.
    pub fn view(&'a self) -> Subject<'a> {
        let mut index = BTreeMap::new();
        for (at, object) in self.objects.iter().enumerate() {
            index.entry((object.id.kind.as_str(), object.namespace(), object.id.name.as_str())).or_insert(at);
        }
        let pods = pods::all(self);
        let files = files::all(self);
        let applications = applications::all(self, &pods, &files);
        Subject { set: self, index, pods, files, applications }
    }
}

/// The pod templates in the texts of a ConfigMap: documents of kind Pod.
fn nested(object: usize, node: &Node) -> Vec<Nested> {
    let texts = node.get("data").and_then(Node::as_map).into_iter().flat_map(|data| &data.entries);
    texts
        .filter_map(|(key, entry)| Some((key, entry.node.as_str()?)))
        .filter(|(key, text)| (key.ends_with(".yaml") || key.ends_with(".yml")) && text.contains("kind: Pod"))
        .filter_map(|(key, text)| {
            let (documents, wrong) = parse_manifests(Sources::default().scratch(), text);
            let node = documents.into_iter().next().filter(|_| wrong.is_empty())?;
            let is_pod = node.get("kind").and_then(Node::as_str) == Some("Pod");
            is_pod.then(|| Nested { object, key: key.clone(), text: text.to_owned(), node })
        })
        .collect()
}

/// A set of objects, with the pods, configuration files and Spark processes found in them.
#[derive(Debug)]
pub struct Subject<'a> {
    set: &'a Set<'a>,
    index: BTreeMap<(&'a str, &'a str, &'a str), usize>,
    /// Every pod template, executors' included.
    pub pods: Vec<Pod<'a>>,
    /// Every text of every ConfigMap.
    pub files: Vec<ConfigFile<'a>>,
    /// Every container that runs Spark, with the configuration that it reads.
    pub applications: Vec<Application<'a>>,
}

impl<'a> Subject<'a> {
    /// The objects.
    pub fn objects(&self) -> &'a [Object<'a>] {
        &self.set.objects
    }

    /// What is known only of a release that sparkctl compiled; none for others' manifests.
    pub fn known(&self) -> Option<Known<'a>> {
        self.set.known
    }

    /// The objects of one kind.
    pub fn of<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = &'a Object<'a>> + use<'a, 's> {
        self.set.objects.iter().filter(move |object| object.id.kind == kind)
    }

    /// The object of this kind, namespace and name.
    pub fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<&'a Object<'a>> {
        self.index.get(&(kind, namespace, name)).map(|at| &self.set.objects[*at])
    }

    /// The Spark version that runs: of a compiled release its own, else what was said, else what the tags of images say
    /// (`spark:4.1.2` is `4.1`).
    pub fn spark_version(&self) -> Option<&'a str> {
        if let Some(known) = self.known() {
            return Some(&known.compiled.platform.version.version);
        }
        if self.set.version.is_some() {
            return self.set.version;
        }
        self.applications.iter().find_map(|application| {
            let image = application.container.get("image")?.as_str()?;
            let (name, tag) = image.rsplit_once(':')?;
            let minor = tag.match_indices('.').nth(1).map_or(tag, |(at, _)| &tag[..at]);
            let is_version =
                minor.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && minor.contains('.');
            (name.contains("spark") && is_version).then_some(minor)
        })
    }

    /// Where a node of an object, or of a pod template in a ConfigMap, stands.
    pub fn place(&self, node: &Node) -> Place {
        self.missing(node, &[])
    }

    /// Where a field below a node would stand if it were there.
    pub fn missing(&self, node: &Node, below: &[&str]) -> Place {
        let extended = |mut path: SpecPath| {
            path.0.extend(below.iter().map(|key| Segment::Key((*key).to_owned())));
            path
        };
        for (at, object) in self.set.objects.iter().enumerate() {
            if let Some(path) = path_to(object.node, node) {
                return Place::Field(at, Field { path: extended(path), line: None });
            }
        }
        for nested in &self.set.nested {
            if path_to(&nested.node, node).is_some() {
                let line = line_of(&nested.text, node.span.start as usize);
                return self.line_in(nested.object, &nested.key, &nested.text, line);
            }
        }
        Place::Whole
    }

    /// A line (from 1) of a text that is a value of an object.
    pub fn line(&self, text: &Node, line: usize) -> Place {
        match (self.place(text), text.as_str()) {
            (Place::Field(at, field), Some(written)) if written.contains('\n') => {
                let text = written.lines().nth(line.saturating_sub(1)).unwrap_or_default();
                let line = Some(TextLine { number: line, text: text.trim_start().to_owned() });
                Place::Field(at, Field { path: field.path, line })
            }
            (place, _) => place,
        }
    }

    fn line_in(&self, object: usize, key: &str, text: &str, line: usize) -> Place {
        let path = SpecPath::root().key("data").key(key);
        let words = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim_start().to_owned();
        Place::Field(object, Field { path, line: Some(TextLine { number: line, text: words }) })
    }
}

/// The path from a tree's root to one of its very nodes.
fn path_to(root: &Node, wanted: &Node) -> Option<SpecPath> {
    /// Collects the steps on the way back, the last one first: most of the tree is only passed through.
    fn walk(node: &Node, wanted: &Node, steps: &mut Vec<Segment>) -> bool {
        if std::ptr::eq(node, wanted) {
            return true;
        }
        let step = match &node.value {
            Value::Map(map) => {
                let found = map.entries.iter().find(|(_, entry)| walk(&entry.node, wanted, steps));
                found.map(|(key, _)| Segment::Key(key.clone()))
            }
            Value::List(items) => items.iter().position(|item| walk(item, wanted, steps)).map(Segment::Index),
            _ => None,
        };
        let found = step.is_some();
        steps.extend(step);
        found
    }
    let mut steps = Vec::new();
    walk(root, wanted, &mut steps).then(|| {
        steps.reverse();
        SpecPath(steps)
    })
}
