//! Properties: their keys, their values, and what they add up to.

mod bounds;
mod command;
mod form;
mod java;
mod keys;
mod launch;
mod memory;
mod quota;
mod sizes;
mod spec;
mod values;
mod variables;

use crate::layer::path::SpecPath;
use crate::layer::tree::{Node, Value};
use crate::rules::set::{Application, ConfigFile, Property, Source, Subject, properties_of};
use crate::rules::{Place, Problem};
use crate::spark::conf_keys;
pub use command::leaves_spark_behind;
use launch::Launch;
use spec::Told;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Every rule about properties.
///
/// Returns the keys of `spark/computed-key`.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) -> BTreeSet<String> {
    let told = spec::check(subject, problems);
    let context = Context::new(subject, told);
    keys::check(&context, problems);
    values::check(&context, problems);
    form::check(&context, problems);
    command::check(&context, problems);
    java::check(&context, problems);
    variables::check(&context, problems);
    memory::check(&context, problems);
    sizes::check(&context, problems);
    bounds::check(&context, problems);
    quota::check(&context, problems);
    context.told.computed
}

/// What all these rules look at.
struct Context<'a, 's> {
    subject: &'s Subject<'a>,
    /// The version that runs, where the table of keys knows it; else none.
    version: Option<&'a str>,
    /// Every Spark process.
    processes: Vec<Process<'a, 's>>,
    /// Every file of properties that Spark reads.
    files: Vec<PropertiesFile<'a, 's>>,
    /// What was found in the spec already.
    told: Told,
}

/// A file of properties.
struct PropertiesFile<'a, 's> {
    file: ConfigFile<'a>,
    properties: Cow<'s, [Property<'a>]>,
}

/// A container that runs Spark, with what its command line says.
struct Process<'a, 's> {
    app: &'s Application<'a>,
    launch: Launch<'a>,
}

impl<'a, 's> Context<'a, 's> {
    fn new(subject: &'s Subject<'a>, told: Told) -> Self {
        let version =
            subject.spark_version().filter(|version| conf_keys::known(version, "spark.app.name").is_some());
        let apps = subject.applications.iter();
        let processes = apps.map(|app| Process { app, launch: Launch::read(app) }).collect();
        Context { subject, version, processes, files: files(subject), told }
    }

    /// The version for what differs little between them: the newest where it is not known.
    fn version_or_newest(&self) -> &'a str {
        self.version.unwrap_or("4.3")
    }

    /// Every property: those of files, then those of command lines and of `-D` options in variables.
    fn properties(&self) -> impl Iterator<Item = &Property<'a>> {
        let files = self.files.iter().flat_map(|file| file.properties.iter());
        files.chain(self.processes.iter().flat_map(|process| &process.launch.conf))
    }

    /// Where a property was set: in the spec, if what the spec says is what stands there.
    fn place(&self, property: &Property<'_>) -> Place {
        if let (Source::Line(..), Some(known)) = (property.source, self.subject.known()) {
            let path = SpecPath::root().key("spark").key("conf").key(property.key.as_str());
            let node = known.compiled.merged.root.at(&path);
            if node.is_some_and(|node| text(node) == property.value) {
                return Place::Spec(path);
            }
        }
        property.place(self.subject)
    }
}

impl<'a> Process<'a, '_> {
    /// The property in effect: options of the command line win over its `--conf`, these over the file.
    fn property(&self, key: &str) -> Option<&Property<'a>> {
        let here = self.launch.conf.iter().rev().find(|property| property.key == key);
        here.or_else(|| self.app.properties.iter().rev().find(|property| property.key == key))
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.property(key).map(|property| property.value.as_str())
    }

    fn is_on(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    }

    /// Whether all that it reads is in the set: its file is.
    fn is_whole(&self) -> bool {
        self.app.file.is_some()
    }

    fn is_on_kubernetes(&self) -> bool {
        self.app.is_driver() && self.get("spark.master").is_some_and(|master| master.starts_with("k8s://"))
    }

    /// The value of a variable, where it is written out.
    fn variable(&self, name: &str) -> Option<&'a Node> {
        let entry = self.app.container.list("env").iter().find(|entry| entry.text("name") == Some(name));
        entry.and_then(|entry| entry.get("value"))
    }

    /// As messages name it: `the container server of StatefulSet/x`.
    fn name(&self, subject: &Subject<'_>) -> String {
        let container = self.app.container.text("name").unwrap_or_default();
        format!("`{container}` of {}", subject.pods[self.app.pod].name())
    }
}

/// A scalar as text, as it is rendered.
fn text(node: &Node) -> String {
    match &node.value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => String::new(),
    }
}

/// Files of properties: what a Spark process reads, and whatever is mounted as `spark-defaults.conf`.
fn files<'a, 's>(subject: &'s Subject<'a>) -> Vec<PropertiesFile<'a, 's>> {
    let mounted = |file: &ConfigFile<'a>| {
        let owner = subject.objects()[file.object];
        subject.pods.iter().any(|pod| {
            pod.namespace() == owner.namespace()
                && pod.spec.list("volumes").iter().filter_map(|volume| volume.get("configMap")).any(|map| {
                    let is_it = |item: &Node| {
                        item.text("key") == Some(file.key)
                            && item.text("path").is_some_and(|path| path.ends_with("spark-defaults.conf"))
                    };
                    map.text("name") == Some(owner.id.name.as_str()) && map.list("items").iter().any(is_it)
                })
        })
    };
    let reader = |file: &ConfigFile<'a>| {
        let mut apps = subject.applications.iter();
        apps.find(|app| app.file.is_some_and(|own| std::ptr::eq(own.node, file.node)))
    };
    let wanted = |file: &&ConfigFile<'a>| {
        let is_text = file.key.ends_with(".conf") || file.key.ends_with(".properties");
        file.key == "spark-defaults.conf" || reader(file).is_some() || (is_text && mounted(file))
    };
    let parsed = |file: &ConfigFile<'a>| PropertiesFile {
        file: *file,
        properties: match reader(file) {
            Some(app) => Cow::Borrowed(app.of_file()),
            None => Cow::Owned(properties_of(file)),
        },
    };
    subject.files.iter().filter(wanted).map(parsed).collect()
}
