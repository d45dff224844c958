//! The usual schemas, decided by a short walk. Building the schema library's validator takes a hundred
//! times longer than that, at every start.

use super::formats;
use serde_json::Value as Json;

/// Whether a value satisfies a schema; nothing where the schema says something that this walk does not know
/// and that would decide: then the schema library has to be asked.
pub fn certain(schema: &Json, value: &Json) -> Option<bool> {
    let keywords = schema.as_object()?;
    all(keywords.iter().map(|(keyword, operand)| match keyword.as_str() {
        "description" | "title" | "default" | "x-meanings" => Some(true),
        "type" => is(operand, value),
        "enum" => Some(operand.as_array()?.contains(value)),
        "const" => Some(operand == value),
        "minimum" if !value.is_number() => Some(true),
        "maximum" if !value.is_number() => Some(true),
        "minimum" => Some(value.as_i64()? >= operand.as_i64()?),
        "maximum" => Some(value.as_i64()? <= operand.as_i64()?),
        "format" => match value.as_str() {
            Some(text) => formats::is_ours(operand.as_str()?)
                .then(|| formats::refusal(operand.as_str().unwrap_or_default(), text).is_none()),
            None => Some(true),
        },
        "items" => all(value.as_array().into_iter().flatten().map(|item| certain(operand, item))),
        "required" => match value.as_object() {
            Some(map) => Some(
                operand.as_array()?.iter().all(|key| key.as_str().is_some_and(|key| map.contains_key(key))),
            ),
            None => Some(true),
        },
        "properties" => {
            let properties = operand.as_object()?.iter();
            all(properties
                .filter_map(|(key, below)| Some((below, value.get(key)?)))
                .map(|(below, value)| certain(below, value)))
        }
        "additionalProperties" => {
            let named = schema.get("properties");
            let others = value.as_object().into_iter().flatten();
            let mut others = others.filter(|(key, _)| named.and_then(|named| named.get(*key)).is_none());
            match operand {
                Json::Bool(allowed) => Some(*allowed || others.next().is_none()),
                below => all(others.map(|(_, value)| certain(below, value))),
            }
        }
        _ => None,
    }))
}

/// Whether all are true: one that is false decides, whatever is not known beside it.
fn all(mut each: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    each.try_fold(Some(true), |so_far, one| match one {
        Some(false) => Err(Some(false)),
        Some(true) => Ok(so_far),
        None => Ok(None),
    })
    .unwrap_or_else(|decided| decided)
}

fn is(names: &Json, value: &Json) -> Option<bool> {
    let one = |name: &str| match name {
        "object" => Some(value.is_object()),
        "array" => Some(value.is_array()),
        "string" => Some(value.is_string()),
        "boolean" => Some(value.is_boolean()),
        "null" => Some(value.is_null()),
        "number" => Some(value.is_number()),
        // A float may be a whole number.
        "integer" if value.is_f64() => None,
        "integer" => Some(value.is_i64() || value.is_u64()),
        _ => None,
    };
    match names {
        Json::String(name) => one(name),
        Json::Array(names) => {
            let found: Vec<_> = names.iter().map(|name| one(name.as_str()?)).collect();
            if found.contains(&Some(true)) { Some(true) } else { all(found.into_iter()) }
        }
        _ => None,
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
        for (value, expected) in [
            (json!({"size": "1Gi", "count": 3}), Some(true)),
            (json!({"size": "1GB"}), Some(false)),
            (json!({"size": "1Gi", "count": 4}), Some(false)),
            (json!({"size": "1Gi", "other": 1}), Some(false)),
            (json!({"count": 1}), Some(false)),
            // Right, but only the library can tell.
            (json!({"size": "1Gi", "name": "a"}), None),
        ] {
            assert_eq!(certain(&schema, &value), expected, "{value}");
            let library = super::super::validator(&schema).unwrap();
            assert!(expected.is_none_or(|expected| expected == library.is_valid(&value)), "{value}");
        }
    }
}
