//! The usual schemas, decided by a short walk. Building the schema library's validator takes a hundred
//! times longer than that, at every start.

use super::formats;
use serde_json::Value as Json;

/// Whether a value certainly satisfies a schema. False where it does not, and where the schema says
/// something that this walk does not know: then the schema library decides.
pub fn holds(schema: &Json, value: &Json) -> bool {
    let Some(keywords) = schema.as_object() else { return false };
    keywords.iter().all(|(keyword, operand)| match keyword.as_str() {
        "description" | "title" => true,
        "type" => operand.as_str().is_some_and(|name| is(name, value)),
        "enum" => operand.as_array().is_some_and(|options| options.contains(value)),
        "const" => operand == value,
        "minimum" => value.as_i64().zip(operand.as_i64()).is_some_and(|(value, bound)| value >= bound),
        "maximum" => value.as_i64().zip(operand.as_i64()).is_some_and(|(value, bound)| value <= bound),
        "format" => match (operand.as_str(), value.as_str()) {
            (Some(format), Some(text)) => formats::refusal(format, text).is_none(),
            _ => false,
        },
        "items" => value.as_array().is_some_and(|items| items.iter().all(|item| holds(operand, item))),
        "required" => operand.as_array().is_some_and(|keys| {
            keys.iter().all(|key| key.as_str().is_some_and(|key| value.get(key).is_some()))
        }),
        "properties" => match (operand.as_object(), value.as_object()) {
            (Some(properties), Some(map)) => {
                properties.iter().all(|(key, below)| map.get(key).is_none_or(|value| holds(below, value)))
            }
            _ => false,
        },
        "additionalProperties" => value.as_object().is_some_and(|map| {
            let named = schema.get("properties");
            let others = map.iter().filter(|(key, _)| named.and_then(|named| named.get(*key)).is_none());
            match operand {
                Json::Bool(allowed) => *allowed || others.count() == 0,
                below => others.into_iter().all(|(_, value)| holds(below, value)),
            }
        }),
        _ => false,
    })
}

fn is(name: &str, value: &Json) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_it_does_not_know_is_left_to_the_library() {
        let schema = json!({
            "type": "object", "required": ["size"], "additionalProperties": false,
            "properties": {
                "size": {"type": "string", "format": "kubernetes-quantity", "description": "How much."},
                "count": {"type": "integer", "minimum": 1, "maximum": 3},
                "name": {"type": "string", "pattern": "^a$"},
            },
        });
        for (value, certain) in [
            (json!({"size": "1Gi", "count": 3}), true),
            (json!({"size": "1GB"}), false),
            (json!({"size": "1Gi", "count": 4}), false),
            (json!({"size": "1Gi", "other": 1}), false),
            (json!({"count": 1}), false),
            // Right, but only the library can tell.
            (json!({"size": "1Gi", "name": "a"}), false),
        ] {
            assert_eq!(holds(&schema, &value), certain, "{value}");
            assert!(!certain || super::super::validates(&schema, &value), "{value}");
        }
    }
}
