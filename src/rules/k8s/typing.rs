//! Every object against its type, in one walk: fields that do not exist, are missing, or hold what they
//! cannot; entries that are there twice; and of choices more than one.

use super::types::{self, Field, Shape, Type};
use super::{duplicates, forms, sense};
use crate::diagnostic::did_you_mean;
use crate::layer::tree::{Mapping, Node, Value};
use crate::rules::set::{PodKind, Subject};
use crate::rules::{Place, Problem};

/// Holds every object whose kind is known, and every pod template in a ConfigMap, against its type.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for object in subject.objects() {
        let of = types::kind(&object.id.api_version, &object.id.kind).and_then(types::Kind::of);
        if let Some(of) = of {
            let mut walk = Walk { subject, problems, of: object.id.to_string(), is_executor: false };
            walk.fields(object.node, of, "");
        }
    }
    let pod = types::kind("v1", "Pod").and_then(types::Kind::of);
    for template in subject.pods.iter().filter(|pod| pod.kind == PodKind::Executor) {
        if let Some(pod) = pod {
            let mut walk = Walk { subject, problems, of: template.name(), is_executor: true };
            walk.fields(template.template, pod, "");
        }
    }
}

struct Walk<'s, 'p> {
    subject: &'s Subject<'s>,
    problems: &'p mut Vec<Problem>,
    /// What messages call the object.
    of: String,
    is_executor: bool,
}

impl Walk<'_, '_> {
    fn found(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn fields(&mut self, node: &Node, of: &'static Type, at: &str) {
        let Some(map) = self.mapping(node, at) else { return };
        for (name, entry) in &map.entries {
            match of.field(name) {
                Some(field) => {
                    if !matches!(entry.node.value, Value::Null) {
                        self.since(&entry.node, field, of);
                        self.field(&entry.node, field);
                    }
                }
                None => self.unknown(&entry.node, name, of),
            }
        }
        let body = of.body();
        for field in body.fields.iter().filter(|field| field.is_required) {
            // Spark makes the executor's container where a template has none.
            let made = self.is_executor && field.name == "containers";
            if !made
                && map.entries.get(field.name).is_none_or(|entry| matches!(entry.node.value, Value::Null))
            {
                self.missing(node, field, of);
            }
        }
        if !body.choices.is_empty() {
            self.choices(node, map, of);
        }
        sense::check(self.subject, of.name(), node, &self.of, self.problems);
    }

    /// A field that came after the oldest version supported: fine in others' manifests, which may be for a
    /// newer one.
    fn since(&mut self, node: &Node, field: &Field, of: &Type) {
        let (Some(since), Some(known)) = (field.since, self.subject.known()) else { return };
        let runs = known.compiled.spec.cluster.kubernetes.as_str();
        if minor(runs) < minor(since) {
            let message =
                format!("{} has no field `{}` in Kubernetes {runs}", article(of.name()), field.name);
            let place = self.subject.place(node);
            self.found(
                Problem::new("k8s/unknown-field", message, place, format!("came with {since}"))
                    .help("leave it out, or raise `cluster.kubernetes`"),
            );
        }
    }

    fn unknown(&mut self, node: &Node, name: &str, of: &'static Type) {
        let names = of.body().fields.iter().map(|field| field.name);
        let help = did_you_mean(name, names).map(|help| help + elsewhere(name, of));
        let message = format!("{} has no field `{name}`", article(of.name()));
        let label = format!("in {}", self.of);
        let place = self.subject.place(node);
        self.found(Problem::new("k8s/unknown-field", message, place, label).help_if(help));
    }

    fn missing(&mut self, node: &Node, field: &Field, of: &Type) {
        let message = format!("{} needs `{}`", article(of.name()), field.name);
        let place = self.subject.missing(node, &[field.name]);
        let help = match &field.values {
            Some(values) => format!("set `{}` to one of {}", field.name, spoken(values)),
            None => format!("set `{}`: {}", field.name, expected(&field.shape)),
        };
        let label = format!("missing in {}", self.of);
        self.found(Problem::new("k8s/missing-field", message, place, label).help(help));
    }

    fn choices(&mut self, node: &Node, map: &Mapping, of: &Type) {
        // An empty text is no value: that is how templates switch `value` off.
        let is_set = |name: &str| {
            map.entries.get(name).is_some_and(|entry| {
                !matches!(&entry.node.value, Value::Null)
                    && !(matches!(&entry.node.value, Value::String(text) if text.is_empty()))
            })
        };
        for choice in &of.body().choices {
            let mut chosen = choice.ways.iter().filter(|way| way.iter().any(|name| is_set(name)));
            match (chosen.next(), chosen.next()) {
                (Some(one), Some(other)) => {
                    let name = |way: &[&'static str]| {
                        way.iter().copied().find(|name| is_set(name)).unwrap_or_default()
                    };
                    let (one, other) = (name(one), name(other));
                    let message = format!("{} has `{one}` and `{other}`", article(of.name()));
                    let place = node.get(other).map_or(Place::Whole, |node| self.subject.place(node));
                    let first = node.get(one).map(|node| self.subject.place(node));
                    self.found(
                        Problem::new("k8s/one-of", message, place, "this one")
                            .and_if(first, "and this one")
                            .help(format!("leave out `{one}` or `{other}`")),
                    );
                }
                (None, _) if choice.is_required => {
                    let message = format!("{} has none of what it can be", article(of.name()));
                    let names: Vec<&str> = choice.ways.iter().flatten().copied().collect();
                    let help = match names.len() {
                        ..=8 => format!("set one of {}", spoken(&names)),
                        _ => "set one, such as `emptyDir`, `configMap`, `secret` or `persistentVolumeClaim`"
                            .to_owned(),
                    };
                    let place = self.subject.place(node);
                    let label = format!("in {}", self.of);
                    self.found(Problem::new("k8s/one-of", message, place, label).help(help));
                }
                _ => {}
            }
        }
    }

    fn field(&mut self, node: &Node, field: &Field) {
        if field.is_some && matches!(&node.value, Value::List(items) if items.is_empty()) {
            let message = format!("`{}` is empty", field.name);
            let place = self.subject.place(node);
            self.found(
                Problem::new("k8s/missing-field", message, place, format!("in {}", self.of))
                    .help("list at least one"),
            );
        }
        self.value(node, &field.shape, field);
        duplicates::check(self.subject, node, field, self.problems);
    }

    fn value(&mut self, node: &Node, shape: &Shape, field: &Field) {
        let holds = match (shape, &node.value) {
            (Shape::Any, _) => return,
            (Shape::List(of), Value::List(items)) => {
                return items.iter().for_each(|item| self.value(item, of, field));
            }
            (Shape::Map(of), Value::Map(map)) => {
                self.keys(map, field);
                for entry in map.entries.values() {
                    // Go reads a null in a mapping of texts as the empty text.
                    if !matches!(entry.node.value, Value::Null) {
                        self.value(&entry.node, of, field);
                    }
                }
                return;
            }
            (Shape::Of(of), _) => return self.fields(node, of, field.name),
            (Shape::Text, Value::String(text)) => return self.text(node, text, field),
            (Shape::Bytes, Value::String(text)) => {
                if !forms::is_base64(text) {
                    let place = self.subject.place(node);
                    self.found(
                        Problem::new(
                            "k8s/wrong-value",
                            format!("`{}` is not base64", field.name),
                            place,
                            "not base64",
                        )
                        .secret()
                        .help("encode it, or write it under `stringData` as it is"),
                    );
                }
                return;
            }
            (Shape::Whole, Value::Int(number)) => return self.number(node, *number, field),
            (Shape::WholeOrText, Value::Int(number)) => {
                let bounds = match field.form {
                    Some("port") => (Some(1), Some(65535)),
                    Some("percent") => (Some(0), None),
                    _ => (field.least, field.most),
                };
                return self.within(node, *number, field.name, bounds);
            }
            (Shape::WholeOrText, Value::String(text)) => return self.text(node, text, field),
            (Shape::Quantity, Value::String(_)) => return self.quantity(node, field),
            (Shape::Quantity | Shape::Number, Value::Int(_) | Value::Float(_)) => true,
            (Shape::Flag, Value::Bool(_)) => true,
            _ => false,
        };
        if !holds {
            self.wrong_type(node, shape, field.name);
        }
    }

    fn mapping<'n>(&mut self, node: &'n Node, name: &str) -> Option<&'n Mapping> {
        let map = node.as_map();
        if map.is_none() {
            let message = format!("`{name}` is {}, not a mapping", node.value.kind());
            let place = self.subject.place(node);
            let label = format!("in {}", self.of);
            self.found(Problem::new("k8s/wrong-type", message, place, label));
        }
        map
    }

    fn wrong_type(&mut self, node: &Node, shape: &Shape, name: &str) {
        let message = format!("`{name}` is {}, not {}", node.value.kind(), expected(shape));
        let help = match (&node.value, shape) {
            (Value::Int(_) | Value::Float(_) | Value::Bool(_), Shape::Text | Shape::Map(_)) => {
                Some("put it in quotes".to_owned())
            }
            (Value::String(text), Shape::Whole | Shape::Flag | Shape::Number) => {
                let bare = text.parse::<f64>().is_ok() || matches!(text.as_str(), "true" | "false");
                bare.then(|| "take the quotes away".to_owned())
            }
            _ => None,
        };
        let place = self.subject.place(node);
        let label = format!("in {}", self.of);
        self.found(Problem::new("k8s/wrong-type", message, place, label).help_if(help));
    }

    fn text(&mut self, node: &Node, text: &str, field: &Field) {
        if let Some(values) = &field.values
            && !values.iter().any(|value| is_value(value, text))
        {
            let message = format!("`{}` cannot be `{text}`", field.name);
            let place = self.subject.place(node);
            let choices = values.iter().copied().filter(|value| !value.is_empty() && !value.contains('*'));
            let help = did_you_mean(text, choices);
            let label = format!("in {}", self.of);
            self.found(Problem::new("k8s/wrong-value", message, place, label).help_if(help));
        }
        let Some(form) = field.form.filter(|_| !text.is_empty() || field.is_required) else { return };
        if let Some(wrong) = forms::wrong(form, text) {
            let rule = match form {
                "label" | "subdomain" | "port" | "portName" | "env" | "key" => "k8s/bad-name",
                "labels" | "labelKey" | "labelValue" => "k8s/bad-label",
                _ => "k8s/wrong-value",
            };
            let message = format!("`{}` cannot be `{text}`", field.name);
            let place = self.subject.place(node);
            self.found(Problem::new(rule, message, place, format!("in {}", self.of)).help(wrong));
        }
    }

    fn keys(&mut self, map: &Mapping, field: &Field) {
        let (of_keys, of_values): (fn(&str) -> Option<String>, _) = match field.form {
            Some("labels") => (forms::label_key, true),
            Some("annotations") => (|key| forms::label_key(&key.to_ascii_lowercase()), false),
            Some("keys") => (|key| forms::wrong("key", key), false),
            _ => return,
        };
        let rule = if field.form == Some("keys") { "k8s/bad-name" } else { "k8s/bad-label" };
        for (key, entry) in &map.entries {
            if let Some(wrong) = of_keys(key) {
                let message = format!("`{}` cannot have the key `{key}`", field.name);
                let place = self.subject.place(&entry.node);
                let problem = Problem::new(rule, message, place, format!("in {}", self.of)).help(wrong);
                self.found(problem);
            }
            if let Some(text) = entry.node.as_str().filter(|_| of_values)
                && let Some(wrong) = forms::label_value(text)
            {
                let message = format!("the label `{key}` cannot be `{text}`");
                let place = self.subject.place(&entry.node);
                self.found(Problem::new(rule, message, place, format!("in {}", self.of)).help(wrong));
            }
        }
    }

    fn number(&mut self, node: &Node, number: i64, field: &Field) {
        self.within(node, number, field.name, (field.least, field.most));
    }

    fn within(&mut self, node: &Node, number: i64, name: &str, (least, most): (Option<i64>, Option<i64>)) {
        let bound = match (least, most) {
            (Some(least), _) if number < least => format!("at least {least}"),
            (_, Some(most)) if number > most => format!("at most {most}"),
            _ => return,
        };
        let message = format!("`{name}` cannot be {number}");
        let place = self.subject.place(node);
        let mut help = format!("it is {bound}");
        if most == Some(511) {
            help += "; modes of files are decimal here: 0440 is 288, 0644 is 420, 0755 is 493";
        }
        self.found(Problem::new("k8s/wrong-value", message, place, format!("in {}", self.of)).help(help));
    }

    fn quantity(&mut self, node: &Node, field: &Field) {
        let text = node.as_str().unwrap_or_default();
        if forms::is_quantity(node) {
            return;
        }
        let lower = text.to_ascii_lowercase();
        let digits = lower.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = match &lower[digits.len()..] {
            "g" | "gb" | "gib" | "gi" => Some("Gi"),
            "mb" | "mib" | "mi" => Some("Mi"),
            "kb" | "kib" | "ki" => Some("Ki"),
            "t" | "tb" | "tib" | "ti" => Some("Ti"),
            _ => None,
        };
        let help = match unit {
            Some(unit) if !digits.is_empty() => format!("write `{digits}{unit}`"),
            _ => "write an amount such as `500m`, `2` or `4Gi`".to_owned(),
        };
        let message = format!("`{text}` in `{}` is no amount that Kubernetes reads", field.name);
        let place = self.subject.place(node);
        let label = format!("in {}", self.of);
        self.found(Problem::new("k8s/bad-quantity", message, place, label).help(help));
    }
}

/// What people have in mind who write a field where it does not exist.
fn elsewhere(name: &str, of: &Type) -> &'static str {
    match (of.name(), name) {
        ("NetworkPolicySpec", "ports") => " (ports stand in the items of `ingress` and `egress`)",
        ("PodSpec", "resources" | "env" | "image") => " (it stands in a container)",
        ("Container", "volumes") => " (volumes stand in the pod's spec, beside `containers`)",
        _ => "",
    }
}

fn is_value(value: &str, text: &str) -> bool {
    match value.strip_suffix('*') {
        Some("*/") => text.contains('/'),
        Some(begin) => text.starts_with(begin),
        None => value == text,
    }
}

fn expected(shape: &Shape) -> String {
    match shape {
        Shape::Text => "text".to_owned(),
        Shape::Bytes => "text in base64".to_owned(),
        Shape::Flag => "true or false".to_owned(),
        Shape::Whole => "a whole number".to_owned(),
        Shape::Number => "a number".to_owned(),
        Shape::Quantity => "an amount such as 500m or 4Gi".to_owned(),
        Shape::WholeOrText => "a whole number or text".to_owned(),
        Shape::Any => "anything".to_owned(),
        Shape::List(_) => "a list".to_owned(),
        Shape::Map(_) | Shape::Of(_) => "a mapping".to_owned(),
    }
}

fn spoken(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn article(name: &str) -> String {
    let vowel = name.starts_with(['A', 'E', 'I', 'O', 'H']) && !name.starts_with("Ho");
    format!("{} {name}", if vowel { "an" } else { "a" })
}

/// The second number of `1.33`.
pub fn minor(version: &str) -> u32 {
    version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or_default()
}
