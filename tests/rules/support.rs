//! Bundles with one fault in them.
#![allow(dead_code)]

use serde_json::{Value as Json, json};
use sparkctl::compile::{Compiled, compile_all};
use sparkctl::diagnostic::Finding;
use sparkctl::failure::Failure;
use sparkctl::layer::parse::parse;
use sparkctl::layer::tree::{Node, Value};
use sparkctl::library::Library;
use sparkctl::manifest::{ObjectId, identify};
use sparkctl::release::Release;
use sparkctl::rules::set::{Known, Object, Set};
use sparkctl::rules::{self, Problem};
use sparkctl::source::{Sources, Span};
use std::sync::{Arc, OnceLock};

/// The built-in library.
pub fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| Library::load(None, "").unwrap())
}

/// A release from `ENVIRONMENT/SCENARIO [+FEATURE ...]`, and what `--set` sets on top.
fn release(words: &str, set: &[&str]) -> Release {
    let mut words = words.split_whitespace();
    let (environment, preset) = words.next().unwrap().split_once('/').unwrap();
    let mut release = Release::of(environment, preset).unwrap();
    release.features = words.map(|word| word.trim_start_matches('+').to_owned()).collect();
    release.set = set.iter().map(|word| (*word).to_owned()).collect();
    release
}

/// What compiling finds, warnings and errors.
pub fn findings(words: &str, set: &[&str]) -> Vec<Finding> {
    match compile_all(library(), &release(words, set)) {
        Ok(compiled) => compiled.report.findings,
        Err(Failure::Findings(report)) => report.findings,
        Err(other) => panic!("{words}: {other}"),
    }
}

/// A compiled release whose objects can be broken.
#[derive(Clone)]
pub struct Bundle {
    compiled: Arc<Compiled>,
    /// The objects, as plain JSON.
    pub objects: Vec<Json>,
}

/// `bundle("prod/jupyter-connect +history", &["connect.replicas=1"])`.
pub fn bundle(words: &str, set: &[&str]) -> Bundle {
    let compiled = compile_all(library(), &release(words, set)).unwrap();
    let objects = compiled.manifests.iter().map(|manifest| manifest.object.to_json()).collect();
    Bundle { compiled: Arc::new(compiled), objects }
}

impl Bundle {
    /// The compiled release as it was before anything was broken.
    pub fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    /// The object `KIND/NAME`; `NAME` may be the end of the name: `StatefulSet/-spark-connect`.
    pub fn object(&mut self, id: &str) -> &mut Json {
        let (kind, name) = id.split_once('/').unwrap();
        let found = self.objects.iter_mut().find(|object| {
            object["kind"] == kind && object["metadata"]["name"].as_str().unwrap().ends_with(name)
        });
        found.unwrap_or_else(|| panic!("there is no {id}"))
    }

    /// Sets a value at a JSON pointer; `null` takes it away.
    pub fn set(&mut self, id: &str, pointer: &str, value: Json) -> &mut Bundle {
        let (above, key) = pointer.rsplit_once('/').unwrap();
        let key = key.replace("~1", "/").replace("~0", "~");
        let holder = self.object(id).pointer_mut(above).unwrap_or_else(|| panic!("{id} has no {above}"));
        match (holder, value) {
            (Json::Object(map), Json::Null) => {
                map.shift_remove(&key).unwrap_or_else(|| panic!("{id} has no {pointer}"));
            }
            (Json::Object(map), value) => {
                map.insert(key, value);
            }
            (Json::Array(items), Json::Null) => {
                items.remove(key.parse().unwrap());
            }
            (Json::Array(items), value) if key == "-" => items.push(value),
            (Json::Array(items), value) => items[key.parse::<usize>().unwrap()] = value,
            (other, _) => panic!("{above} is {other}"),
        }
        self
    }

    /// Changes a text at a JSON pointer.
    pub fn edit(&mut self, id: &str, pointer: &str, change: impl Fn(&str) -> String) -> &mut Bundle {
        let text = self.object(id).pointer_mut(pointer).unwrap_or_else(|| panic!("{id} has no {pointer}"));
        let changed = change(text.as_str().unwrap());
        assert_ne!(text.as_str().unwrap(), changed, "nothing was changed");
        *text = json!(changed);
        self
    }

    /// Sets, or with `None` takes away, a property of the Connect server's spark-defaults.conf.
    pub fn conf(&mut self, key: &str, value: Option<&str>) -> &mut Bundle {
        self.edit("ConfigMap/-spark-connect", "/data/spark-defaults.conf", |text| {
            let others: Vec<&str> = text.lines().filter(|line| line.split('=').next() != Some(key)).collect();
            let own = value.map(|value| format!("{key}={value}\n")).unwrap_or_default();
            format!("{}\n{own}", others.join("\n"))
        })
    }

    /// Takes an object out.
    pub fn remove(&mut self, id: &str) -> &mut Bundle {
        let name = self.object(id)["metadata"]["name"].clone();
        let kind = id.split('/').next().unwrap();
        self.objects.retain(|object| object["kind"] != kind || object["metadata"]["name"] != name);
        self
    }

    /// Puts an object in.
    pub fn add(&mut self, object: Json) -> &mut Bundle {
        self.objects.push(object);
        self
    }

    /// What the rules find in it as it is now.
    pub fn problems(&self) -> Vec<Problem> {
        let objects: Vec<(ObjectId, Node)> = self.objects.iter().map(node).collect();
        check(&objects, Some(Known { library: library(), compiled: &self.compiled }))
    }
}

fn node(object: &Json) -> (ObjectId, Node) {
    let span = Span { source: Sources::default().scratch(), start: 0, end: 0 };
    let node = Node::new(span, Value::from_json(object, span));
    (identify(&node).unwrap(), node)
}

fn check(objects: &[(ObjectId, Node)], known: Option<Known<'_>>) -> Vec<Problem> {
    let objects = objects.iter().map(|(id, node)| Object { id, node }).collect();
    rules::check(&Set::new(objects, known).view())
}

/// What the rules find in somebody else's manifests: a YAML stream.
pub fn foreign(text: &str) -> Vec<Problem> {
    let mut sources = Sources::default();
    let source = sources.add("manifests.yaml", text);
    let (documents, wrong) = parse(source, text);
    assert_eq!(wrong, []);
    let objects: Vec<(ObjectId, Node)> =
        documents.into_iter().map(|node| (identify(&node).unwrap(), node)).collect();
    check(&objects, None)
}

/// Holds that a rule finds something, and gives what it found first.
#[track_caller]
pub fn fires(rule: &str, problems: impl Found) -> String {
    let found = problems.found();
    let own = found.iter().find(|(name, _)| *name == rule);
    own.unwrap_or_else(|| panic!("{rule} is not among {found:#?}")).1.clone()
}

/// Holds that a rule finds nothing.
#[track_caller]
pub fn quiet(rule: &str, problems: impl Found) {
    assert!(rules::find(rule).is_some(), "there is no rule {rule}");
    let found: Vec<_> = problems.found().into_iter().filter(|(name, _)| *name == rule).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// What was found, by rule and message.
pub trait Found {
    /// Rule and message of each.
    fn found(&self) -> Vec<(&'static str, String)>;
}

impl Found for Vec<Problem> {
    fn found(&self) -> Vec<(&'static str, String)> {
        self.iter().map(|problem| (problem.rule, problem.message.clone())).collect()
    }
}

impl Found for Vec<Finding> {
    fn found(&self) -> Vec<(&'static str, String)> {
        self.iter().map(|finding| (finding.rule, finding.message.clone())).collect()
    }
}

impl Found for &Bundle {
    fn found(&self) -> Vec<(&'static str, String)> {
        self.problems().found()
    }
}

impl Found for &mut Bundle {
    fn found(&self) -> Vec<(&'static str, String)> {
        self.problems().found()
    }
}
