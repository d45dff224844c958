//! What stays open in one object, put into it as holes.

use super::EATEN;
use super::images::{self, CONTAINERS, References};
use super::template::{Hole, Holes, list, literal, without_angles};
use crate::layer::tree::{Entry, Mapping, Node, Value};
use crate::manifest::ObjectId;
use crate::source::Span;

/// Restarts pods whose configuration changed.
const CONFIG_HASH: &str = "sparkctl.dev/config-hash";

/// The property with the image of executors, and the one with the credentials to pull it
/// (`Config.scala` of Spark's Kubernetes module).
const EXECUTOR_IMAGE: &str = "spark.kubernetes.container.image=";
const PULL_SECRETS: &str = "spark.kubernetes.container.image.pullSecrets";

/// Helm leaves an object with it alone when its release goes.
const KEEP: (&str, &str) = ("helm.sh/resource-policy", "keep");

/// Puts the holes of `object` into it; `chart` is the name that its helpers begin with.
pub fn open(object: &mut Node, id: &ObjectId, chart: &str, references: &References, holes: &mut Holes) {
    let mut opening = Opening { chart, references, holes };
    if id.kind == "PersistentVolumeClaim" {
        keep(object);
    }
    let pods = matches!(id.group(), "" | "apps" | "batch");
    opening.walk(object, pods);
    if let Some(metadata) = entry(object, "metadata") {
        opening.more(metadata, "annotations", "commonAnnotations", id);
        opening.more(metadata, "labels", "commonLabels", id);
    }
}

struct Opening<'a> {
    chart: &'a str,
    references: &'a References,
    holes: &'a mut Holes,
}

impl Opening<'_> {
    fn walk(&mut self, node: &mut Node, pods: bool) {
        let span = node.span;
        match &mut node.value {
            Value::Map(map) => {
                if pods && map.entries.contains_key("containers") {
                    self.pod(map, span);
                }
                for (key, entry) in &mut map.entries {
                    match (key.as_str(), entry.node.as_str()) {
                        (CONFIG_HASH, Some(hash)) => {
                            let hash =
                                format!("include \"{}.configHash\" (list $ {})", self.chart, literal(hash));
                            entry.node.value = Value::String(self.holes.put(Hole::Scalar(hash)));
                        }
                        _ => self.walk(&mut entry.node, pods),
                    }
                }
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.walk(item, pods)),
            Value::String(text) => self.text(text),
            _ => {}
        }
    }

    /// A pod's images, and the credentials to pull them, which come first so that nothing that ends in line
    /// breaks stands before them.
    fn pod(&mut self, pod: &mut Mapping, span: Span) {
        for key in CONTAINERS {
            let Some(Value::List(containers)) = pod.entries.get_mut(key).map(|entry| &mut entry.node.value)
            else {
                continue;
            };
            for container in containers {
                if let Some(Value::String(image)) = entry(container, "image").map(|image| &mut image.value) {
                    *image = self.holes.put(Hole::Scalar(image_action(self.chart, image)));
                }
            }
        }
        let own = pod.entries.shift_remove("imagePullSecrets");
        let own = own.iter().flat_map(|own| own.node.items()).filter_map(|secret| secret.text("name"));
        let action = format!("include \"{}.imagePullSecrets\" (list $ {})", self.chart, list(own));
        self.line_first(pod, action, span);
    }

    /// A text that may name images, or that Helm would take something out of.
    fn text(&mut self, text: &mut String) {
        let mut lines: Vec<String> = text.split('\n').map(|line| self.images(line)).collect();
        if lines.len() > 1 {
            self.pull_secrets(text, &mut lines);
        }
        let opened = lines.join("\n");
        *text = if opened.contains(EATEN) {
            self.holes.put(Hole::Written(without_angles(&opened)))
        } else {
            opened
        };
    }

    fn images(&mut self, line: &str) -> String {
        let put = |image: &str| self.holes.put(Hole::Inline(image_action(self.chart, image)));
        self.references.replaced(line, put).unwrap_or_else(|| line.to_owned())
    }

    /// Spark's property with the credentials that executors are pulled with: what it says already, or a line
    /// more after the executors' image.
    fn pull_secrets(&mut self, text: &str, lines: &mut [String]) {
        let value = |line: &'_ str| Some(line.strip_prefix(PULL_SECRETS)?.strip_prefix('=')?.to_owned());
        let told = text.split('\n').enumerate().find_map(|(number, line)| Some((number, value(line)?)));
        let image = text.split('\n').position(|line| line.starts_with(EXECUTOR_IMAGE));
        let action = |own: &str| {
            let own = list(own.split(',').filter(|name| !name.is_empty()));
            format!("include \"{}.pullSecrets\" (list $ {own})", self.chart)
        };
        let (number, hole, before) = match (told, image) {
            (Some((number, own)), _) => {
                (number, Hole::Inline(action(&own)), Some(format!("{PULL_SECRETS}=")))
            }
            (None, Some(number)) => {
                let (after, key) = (EXECUTOR_IMAGE, PULL_SECRETS);
                (number, Hole::Property { after, key, action: action("") }, None)
            }
            (None, None) => return,
        };
        let token = self.holes.put(hole);
        if let Some(line) = lines.get_mut(number) {
            *line = before.unwrap_or_else(|| line.clone()) + &token;
        }
    }

    /// Room for more labels or annotations, before those that the object has.
    fn more(&mut self, metadata: &mut Node, field: &str, value: &str, id: &ObjectId) {
        let span = metadata.span;
        let action = |own: &Mapping| {
            format!(
                "include \"{}.more\" (list \"{value}\" $.Values.{value} {} {}) | trim",
                self.chart,
                literal(&id.to_string()),
                list(own.entries.keys().map(String::as_str)),
            )
        };
        match entry(metadata, field).map(|own| &mut own.value) {
            Some(Value::Map(own)) => {
                let action = action(own);
                self.line_first(own, action, span);
            }
            _ => {
                let wrapped = format!(
                    "include \"{}.field\" (list \"{field}\" ({}))",
                    self.chart,
                    action(&Mapping::default())
                );
                if let Value::Map(metadata) = &mut metadata.value {
                    // Under the field's own name, by which the emitter puts it in its place.
                    let token = self.holes.put(Hole::Line(wrapped));
                    metadata.entries.insert(field.to_owned(), text_entry(token, span));
                }
            }
        }
    }

    fn line_first(&mut self, map: &mut Mapping, action: String, span: Span) {
        let token = self.holes.put(Hole::Line(action));
        map.entries.shift_insert(0, token.clone(), text_entry("line".to_owned(), span));
    }
}

/// What holds data must outlive the release.
fn keep(object: &mut Node) {
    let span = object.span;
    let Some(Value::Map(metadata)) = entry(object, "metadata").map(|metadata| &mut metadata.value) else {
        return;
    };
    let empty = || Entry { key: span, node: Node::new(span, Value::Map(Mapping::default())) };
    let annotations = metadata.entries.entry("annotations".to_owned()).or_insert_with(empty);
    if let Value::Map(annotations) = &mut annotations.node.value {
        let (key, value) = KEEP;
        annotations.entries.entry(key.to_owned()).or_insert_with(|| text_entry(value.to_owned(), span));
    }
}

fn image_action(chart: &str, image: &str) -> String {
    let (registry, rest) = images::split(image);
    format!("include \"{chart}.image\" (list $ {} {})", literal(registry), literal(rest))
}

fn entry<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    match &mut node.value {
        Value::Map(map) => Some(&mut map.entries.get_mut(key)?.node),
        _ => None,
    }
}

fn text_entry(text: String, span: Span) -> Entry {
    Entry { key: span, node: Node::new(span, Value::String(text)) }
}
