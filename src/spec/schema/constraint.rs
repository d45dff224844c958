//! Constraints of environments, clusters and teams: a JSON Schema with two keywords more, `atLeast`
//! and `atMost`, which compare amounts rather than texts.

use crate::diagnostic::Finding;
use crate::layer::path::SpecPath;
use crate::layer::tree::{Node, Value};
use crate::spec::types::{Duration, Quantity, SparkMemory};
use jsonschema::{Keyword, ValidationError};
use serde_json::Value as Json;
use std::cmp::Ordering;

/// Every place where the merged spec does not satisfy the constraints of the layer called `owner`.
pub fn check_constraints(constraints: &Node, owner: &str, merged: &Node) -> Vec<Finding> {
    let schema = constraints.to_json();
    let json = merged.to_json();
    if plainly_holds(&schema, &json) {
        return Vec::new();
    }
    let validator = match constraining(&schema) {
        Ok(validator) => validator,
        Err(error) => {
            return vec![
                Finding::error(
                    "layer/bad-constraint",
                    format!("the constraints of {owner} are no JSON Schema"),
                )
                .at(constraints.span, error.to_string()),
            ];
        }
    };
    let errors = validator.iter_errors(&json);
    errors.map(|error| violation(&error, constraints, owner, merged)).collect()
}

/// The schema library's validator with the two keywords more.
fn constraining(schema: &Json) -> Result<jsonschema::Validator, ValidationError<'static>> {
    jsonschema::options()
        .with_pattern_options(jsonschema::PatternOptions::regex())
        .with_keyword("atLeast", |_, bound, _| bounded(bound, Ordering::Less))
        .with_keyword("atMost", |_, bound, _| bounded(bound, Ordering::Greater))
        .offline()
        .build(schema)
}

/// Holds one value to a constraint of its own.
///
/// # Errors
/// What is wrong with the value, or with the constraint, as the end of a sentence about the value.
pub fn check_bounds(constraint: &Json, value: &Json) -> Result<(), String> {
    if plainly_holds(constraint, value) {
        return Ok(());
    }
    let validator =
        constraining(constraint).map_err(|error| format!("cannot be held to a bound: {error}"))?;
    let Some(error) = validator.iter_errors(value).next() else { return Ok(()) };
    Err(match error.kind() {
        jsonschema::error::ValidationErrorKind::Custom { message, .. } => message.clone(),
        _ => format!("breaks a bound: {error}"),
    })
}

fn violation(error: &ValidationError<'_>, constraints: &Node, owner: &str, merged: &Node) -> Finding {
    let pointer = |text: &str, tree: &Node| {
        SpecPath::from_pointer(text, |path| {
            matches!(tree.at(path).map(|node| &node.value), Some(Value::List(_)))
        })
    };
    let path = pointer(error.instance_path().as_str(), merged);
    let rule_path = pointer(error.schema_path().as_str(), constraints);
    let value = merged.at(&path).unwrap_or(merged);
    let rule = constraints.nearest(&rule_path).0;
    let message = match error.kind() {
        jsonschema::error::ValidationErrorKind::Custom { message, .. } => format!("`{path}` {message}"),
        _ => format!("`{path}` does not satisfy a constraint of {owner}"),
    };
    let label = match error.kind() {
        jsonschema::error::ValidationErrorKind::Custom { .. } => "this value".to_owned(),
        _ => error.to_string(),
    };
    let reason = rule_path.parent().and_then(|above| constraints.at(&above)?.get("description")?.as_str());
    let mut finding = Finding::error("layer/constraint", message)
        .at(value.span, label)
        .and(rule.span, format!("{owner} demands it here"));
    if let Some(reason) = reason {
        finding = finding.why(reason);
    }
    finding
        .help("choose a value that satisfies it; whoever owns the layer with the constraint can change that")
}

/// Whether a constraint of the usual kind (bounds on values under `properties`) holds. False where it
/// does not or is of another kind: then the schema library, which takes a hundred times longer to
/// begin, decides.
fn plainly_holds(schema: &Json, value: &Json) -> bool {
    let Some(keywords) = schema.as_object() else { return false };
    keywords.iter().all(|(keyword, operand)| match keyword.as_str() {
        "description" | "title" => true,
        "properties" => operand.as_object().is_some_and(|properties| {
            value.is_object()
                && properties
                    .iter()
                    .all(|(key, below)| value.get(key).is_some_and(|value| plainly_holds(below, value)))
        }),
        "minimum" | "maximum" => match (value.as_i64(), operand.as_i64()) {
            (Some(value), Some(bound)) if keyword == "minimum" => value >= bound,
            (Some(value), Some(bound)) => value <= bound,
            _ => false,
        },
        "enum" => operand.as_array().is_some_and(|options| options.contains(value)),
        "const" => operand == value,
        "atLeast" | "atMost" => {
            let breaks = if keyword == "atLeast" { Ordering::Less } else { Ordering::Greater };
            let text = plain(operand);
            Amount::read(&text).is_some_and(|amount| Bound { text, amount, breaks }.refusal(value).is_none())
        }
        _ => false,
    })
}

struct Bound {
    text: String,
    amount: Amount,
    /// How a value that breaks the bound compares with it.
    breaks: Ordering,
}

fn bounded<'a>(
    bound: &'a Json,
    breaks: Ordering,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>> {
    let text = plain(bound);
    match Amount::read(&text) {
        Some(amount) => Ok(Box::new(Bound { text, amount, breaks })),
        None => Err(ValidationError::schema(format!(
            "`{text}` is no number, quantity, Spark memory size or duration"
        ))),
    }
}

impl Bound {
    fn refusal(&self, value: &Json) -> Option<String> {
        let text = plain(value);
        let word = if self.breaks == Ordering::Less { "at least" } else { "at most" };
        match Amount::read(&text).and_then(|amount| amount.compare(&self.amount)) {
            Some(ordering) if ordering == self.breaks => {
                Some(format!("is {text}, but must be {word} {}", self.text))
            }
            Some(_) => None,
            None => Some(format!("is {text}, which cannot be compared with {}", self.text)),
        }
    }
}

impl<'i> Keyword<'i> for Bound {
    fn validate(&self, value: &'i Json) -> Result<(), ValidationError<'i>> {
        match self.refusal(value) {
            Some(message) => Err(ValidationError::custom(message)),
            None => Ok(()),
        }
    }

    fn is_valid(&self, value: &'i Json) -> bool {
        self.refusal(value).is_none()
    }
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// An amount by every way in which it can be read: `5m` is a duration, a quantity and a memory size;
/// two amounts compare by the first way that both allow.
struct Amount {
    memory: Option<SparkMemory>,
    duration: Option<Duration>,
    quantity: Option<Quantity>,
}

impl Amount {
    fn read(text: &str) -> Option<Amount> {
        let amount =
            Amount { memory: text.parse().ok(), duration: text.parse().ok(), quantity: text.parse().ok() };
        let any = amount.memory.is_some() || amount.duration.is_some() || amount.quantity.is_some();
        any.then_some(amount)
    }

    fn compare(&self, other: &Amount) -> Option<Ordering> {
        fn both<T: Ord>(a: &Option<T>, b: &Option<T>) -> Option<Ordering> {
            Some(a.as_ref()?.cmp(b.as_ref()?))
        }
        both(&self.memory, &other.memory)
            .or_else(|| both(&self.duration, &other.duration))
            .or_else(|| both(&self.quantity, &other.quantity))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_never_allows_what_the_long_way_refuses() {
        let json = serde_json::json!({"a": {"n": 3, "m": "8g", "t": "x", "l": [1]}});
        for (schema, holds) in [
            (
                serde_json::json!({"properties": {"a": {"properties": {"n": {"minimum": 3}, "m": {"atMost": "8192m"}}}}}),
                true,
            ),
            (serde_json::json!({"properties": {"a": {"properties": {"n": {"minimum": 4}}}}}), false),
            (serde_json::json!({"properties": {"a": {"properties": {"n": {"maximum": 2}}}}}), false),
            (serde_json::json!({"properties": {"a": {"properties": {"m": {"atLeast": "9g"}}}}}), false),
            (serde_json::json!({"properties": {"a": {"properties": {"t": {"enum": ["y"]}}}}}), false),
            (
                serde_json::json!({"properties": {"a": {"properties": {"t": {"const": "x"}, "absent": {"const": 1}}}}}),
                false,
            ),
            (serde_json::json!({"properties": {"a": {"properties": {"t": {"minimum": 1}}}}}), false),
            (serde_json::json!({"required": ["b"]}), false),
            (serde_json::json!({"properties": {"a": {"pattern": "x"}}}), false),
            (serde_json::json!(true), false),
        ] {
            assert_eq!(plainly_holds(&schema, &json), holds, "{schema}");
        }
    }

    #[test]
    fn amounts_compare_by_what_they_mean() {
        let compare = |a: &str, b: &str| Amount::read(a).unwrap().compare(&Amount::read(b).unwrap());
        assert_eq!(compare("8g", "8192m"), Some(Ordering::Equal));
        assert_eq!(compare("1h", "3m"), Some(Ordering::Greater));
        assert_eq!(compare("500m", "1"), Some(Ordering::Less));
        assert_eq!(compare("1Gi", "900Mi"), Some(Ordering::Greater));
        assert_eq!(compare("1h", "1Gi"), None);
        assert!(Amount::read("much").is_none());
    }
}
