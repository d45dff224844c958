//! A positioned tree against a schema: every violation as a finding at its own line.

use super::formats::{FORMATS, refusal};
use super::{Schemas, descend, describe, types};
use crate::diagnostic::{Finding, did_you_mean, nearest};
use crate::layer::parse::MAX_FINDINGS;
use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::{Node, Value};
use crate::source::{Sources, Span};
use jsonschema::error::ValidationErrorKind;
use serde_json::Value as Json;

/// Which of the two schemas to hold a tree against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A layer document.
    Layer,
    /// A merged spec.
    Spec,
}

impl Schemas {
    /// Every place where `tree` does not satisfy the schema.
    pub fn check(&self, kind: Kind, tree: &Node, sources: &Sources) -> Vec<Finding> {
        let (schema, cell) = match kind {
            Kind::Layer => (self.layer(), &self.layer_check),
            Kind::Spec => (self.spec(), &self.full_check),
        };
        match cell.get_or_init(|| validator(schema)) {
            Ok(validator) => check(validator, schema, tree, sources),
            Err(reason) => vec![
                Finding::error(
                    "library/bad-schema",
                    format!("a component's settings schema is broken: {reason}"),
                )
                .at(tree.span, "checked against it"),
            ],
        }
    }
}

/// Compiles a schema without ever reaching for the network, with a linear-time pattern engine.
pub fn validator(schema: &Json) -> Result<jsonschema::Validator, String> {
    let mut options = jsonschema::options()
        .with_pattern_options(jsonschema::PatternOptions::regex())
        .should_validate_formats(true);
    for (name, refuse) in FORMATS {
        options = options.with_format(name, move |text: &str| refuse(text).is_none());
    }
    options.offline().build(schema).map_err(|error| error.to_string())
}

/// Holds any document against any schema in plain form.
pub fn check(
    validator: &jsonschema::Validator,
    schema: &Json,
    tree: &Node,
    sources: &Sources,
) -> Vec<Finding> {
    let json = tree.to_json();
    if validator.is_valid(&json) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for error in validator.iter_errors(&json) {
        if findings.len() > MAX_FINDINGS {
            break;
        }
        let is_list = |path: &SpecPath| matches!(tree.at(path).map(|node| &node.value), Some(Value::List(_)));
        let path = SpecPath::from_pointer(error.instance_path().as_str(), is_list);
        let here = Here { schema, tree, sources, path: &path };
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                findings.extend(unexpected.iter().take(MAX_FINDINGS + 1).map(|key| here.unknown_key(key)));
            }
            ValidationErrorKind::Required { property } => {
                findings.push(here.missing_key(property.as_str().unwrap_or_default()));
            }
            ValidationErrorKind::PropertyNames { error } => {
                findings.push(here.wrong_name(error.instance().as_str().unwrap_or_default()));
            }
            _ => findings.push(here.wrong_value()),
        }
    }
    if findings.len() > MAX_FINDINGS {
        findings.truncate(MAX_FINDINGS);
        let message = format!("more than {MAX_FINDINGS} places do not fit the schema");
        findings.push(Finding::error("layer/too-large", message).at(tree.span, "the others are not shown"));
    }
    findings
}

struct Here<'a> {
    schema: &'a Json,
    tree: &'a Node,
    sources: &'a Sources,
    path: &'a SpecPath,
}

impl Here<'_> {
    fn below(&self) -> &Json {
        descend(self.schema, &self.path.0).unwrap_or(&Json::Null)
    }

    fn span(&self) -> Span {
        self.tree.at(self.path).unwrap_or(self.tree).span
    }

    fn known_keys(&self) -> Vec<&str> {
        let properties = self.below().get("properties").and_then(Json::as_object);
        properties.into_iter().flat_map(|map| map.keys()).map(String::as_str).collect()
    }

    fn unknown_key(&self, key: &str) -> Finding {
        let path = self.path.key(key);
        let at = self.tree.key_span(&path).unwrap_or(self.span());
        let known = self.known_keys();
        let near = nearest(key, known.iter().copied());
        let help = match near {
            Some(found) => Some(format!("did you mean `{found}`?")),
            None => self.elsewhere(key).or_else(|| did_you_mean(key, known.iter().copied())),
        };
        Finding::error("layer/unknown-key", format!("unknown key `{}`", shown(&path)))
            .at(at, "nothing reads this key")
            .why("a key that nothing reads changes nothing, and whoever wrote it believes that it does")
            .help_if(help)
    }

    /// A key that is right somewhere else: `memory` under `connect` belongs under `connect.driver`.
    fn elsewhere(&self, key: &str) -> Option<String> {
        fn find(schema: &Json, path: &SpecPath, key: &str, found: &mut Vec<SpecPath>) {
            if let Some(properties) = schema.get("properties").and_then(Json::as_object) {
                for (name, below) in properties {
                    let path = path.key(name.as_str());
                    if name == key {
                        found.push(path.clone());
                    }
                    find(below, &path, key, found);
                }
            }
        }
        let mut found = Vec::new();
        find(self.below(), self.path, key, &mut found);
        let own = shown(&self.path.key(key));
        let full =
            |path: &SpecPath| Some(shown(path)).filter(|text| *text != own).unwrap_or(path.to_string());
        let places: Vec<String> = found.iter().take(3).map(|path| format!("`{}`", full(path))).collect();
        (!places.is_empty()).then(|| format!("the key exists deeper: {}", places.join(", ")))
    }

    fn missing_key(&self, key: &str) -> Finding {
        let path = self.path.key(key);
        let expected =
            descend(self.below(), &[Segment::Key(key.to_owned())]).map(describe).unwrap_or_default();
        let finding = Finding::error("layer/missing-key", format!("`{}` is not set", shown(&path)))
            .help(format!("set it to {expected}"));
        let above = self.tree.at(self.path).and_then(Node::as_map);
        match above.and_then(|map| map.removed.get(key)) {
            Some(deletion) => {
                let finding = finding.at(deletion.node.span, "deleted here");
                match &deletion.node.overrode {
                    Some(old) => finding.and(old.span, "the value that stood here"),
                    None => finding,
                }
            }
            None => finding.at(
                self.tree.key_span(self.path).unwrap_or(self.span()),
                format!("`{key}` is missing under this"),
            ),
        }
    }

    /// A key with dots that was written, or read by `--set`, as mappings in one another.
    fn dotted_key(&self, node: &Node) -> Option<String> {
        let above = self.path.parent()?;
        descend(self.schema, &above.0)?.get("additionalProperties").filter(|free| free.is_object())?;
        let Some(Segment::Key(first)) = self.path.0.last() else { return None };
        let (mut key, mut node) = (first.clone(), node);
        while let Some((name, entry)) = node.as_map().filter(|map| map.entries.len() == 1)?.entries.first() {
            key = format!("{key}.{name}");
            node = &entry.node;
            if node.as_map().is_none() {
                return Some(format!("a key with dots is one key in quotes: `{}`", shown(&above.key(key))));
            }
        }
        None
    }

    fn wrong_name(&self, key: &str) -> Finding {
        let path = self.path.key(key);
        let names = self.below().get("propertyNames").unwrap_or(&Json::Null);
        Finding::error(
            "layer/wrong-value",
            format!("the name in `{}` must be {}", shown(&path), describe(names)),
        )
        .at(self.tree.key_span(&path).unwrap_or(self.span()), format!("`{key}` is not"))
    }

    fn wrong_value(&self) -> Finding {
        let schema = self.below();
        let node = self.tree.at(self.path).unwrap_or(self.tree);
        let written = self.sources.slice(node.span);
        let shown_path = shown(self.path);
        let expected = describe(schema);
        let label = match &node.value {
            Value::Map(_) | Value::List(_) => format!("this is {}", node.value.kind()),
            Value::String(text) if text.is_empty() => "this is empty text".to_owned(),
            value => format!("this is {}", value.kind()),
        };
        let is_text = matches!(node.value, Value::String(_));
        let message = format!("`{shown_path}` must be {expected}");
        if let (Value::String(text), Some(format)) =
            (&node.value, schema.get("format").and_then(Json::as_str))
        {
            if text.is_empty() {
                return Finding::error("layer/wrong-value", message).at(node.span, label);
            }
            let reason = refusal(format, text).unwrap_or_else(|| format!("`{text}` is not"));
            let (what, help) = match reason.split_once(": ") {
                Some((what, help)) => (what.to_owned(), Some(help.to_owned())),
                None => (reason, None),
            };
            return Finding::error("layer/wrong-value", message).at(node.span, what).help_if(help);
        }
        let allows = |name: &str| types(schema).any(|found| found == name);
        let help = match &node.value {
            Value::Int(_) | Value::Float(_) | Value::Bool(_) if allows("string") && !is_text => {
                Some(format!("write it in quotes: \"{written}\""))
            }
            Value::String(text) if !allows("string") && scalar_of(text) => {
                Some(format!("write it without quotes: {text}"))
            }
            Value::Map(_) if !allows("object") => self.dotted_key(node),
            Value::String(text) => schema.get("enum").and_then(Json::as_array).and_then(|options| {
                nearest(text, options.iter().filter_map(Json::as_str))
                    .map(|found| format!("did you mean `{found}`?"))
            }),
            _ => None,
        };
        let rule = if is_text && allows("string") { "layer/wrong-value" } else { "layer/wrong-type" };
        Finding::error(rule, message).at(node.span, label).help_if(help)
    }
}

fn scalar_of(text: &str) -> bool {
    text.parse::<f64>().is_ok() || matches!(text, "true" | "false")
}

/// A path as users write it: inside a layer document, without the `spec` or `overlays.NAME` around it.
fn shown(path: &SpecPath) -> String {
    let keys = |at: usize| match path.0.get(at) {
        Some(Segment::Key(key)) => key.as_str(),
        _ => "",
    };
    let skip = match keys(0) {
        "spec" if path.0.len() > 1 => 1,
        "overlays" if path.0.len() > 2 => 2,
        _ => 0,
    };
    SpecPath(path.0[skip..].to_vec()).to_string()
}
