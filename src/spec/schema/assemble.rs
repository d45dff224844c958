//! From types and descriptors to the two schemas.

use crate::layer::document::{API_VERSION, LayerKind, Metadata};
use crate::spec::Spec;
use crate::spec::types::Date;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

/// The schema of a merged spec, components' own settings included.
pub fn full(settings: impl IntoIterator<Item = (String, Json)>) -> Json {
    let mut schema = of::<Spec>();
    schema["title"] = json!("sparkctl spec");
    for (key, settings) in settings {
        if let Some(properties) = schema["properties"].as_object_mut() {
            let mut settings = settings;
            normalise(&mut settings);
            properties.insert(key.clone(), settings);
        }
        if let Some(required) = schema["required"].as_array_mut() {
            required.push(Json::String(key));
        }
    }
    schema
}

/// The schema of a layer document around a part of the spec.
pub fn layer(full: &Json) -> Json {
    let mut part = full.clone();
    if let Some(map) = part.as_object_mut() {
        map.remove("$schema");
        map.remove("title");
    }
    soften(&mut part);
    let kinds = of::<LayerKind>();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sparkctl layer",
        "description": "One layer: a YAML document that sets part of the spec. `null` deletes what stands below.",
        "type": "object",
        "additionalProperties": false,
        "required": ["apiVersion", "kind", "metadata"],
        "properties": {
            "apiVersion": {"description": "The version of this format.", "type": "string", "enum": [API_VERSION]},
            "kind": kinds,
            "metadata": of::<Metadata>(),
            "spec": part,
            "overlays": {
                "description": "Presets: what differs by environment, under the environment's name.",
                "type": "object",
                "additionalProperties": part,
            },
            "locks": {
                "description": "Base and environments: paths that no later layer may change.",
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["path", "reason"],
                    "properties": {
                        "path": {"description": "The path; it covers everything below it.", "type": "string"},
                        "reason": {"description": "Why, for whoever runs into it.", "type": "string"},
                    },
                },
            },
            "silenced": {
                "description": "Findings that are known and accepted until a day: each with a path of the spec or an object that it is about.",
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["rule", "reason", "until"],
                    "properties": {
                        "rule": {"description": "The rule's name: `sparkctl rules` lists them.", "type": "string"},
                        "path": {"description": "The path of the spec that causes the finding; it covers everything below it.", "type": "string"},
                        "object": {"description": "In place of a path, for what templates cause: KIND/NAME, where `*` stands for any part of the name.", "type": "string", "pattern": "^[A-Za-z]+/[A-Za-z0-9.*-]+$"},
                        "reason": {"description": "Why it is accepted.", "type": "string", "minLength": 1},
                        "until": of::<Date>(),
                    },
                },
            },
            "constraints": {
                "description": "A JSON Schema that the merged spec must also satisfy. Two keywords more than the standard's: atLeast and atMost compare quantities, durations and Spark memory.",
                "type": "object",
            },
        },
    })
}

/// The schema of a type, without references, in the plain form that the rest of sparkctl walks.
pub fn of<T: schemars::JsonSchema>() -> Json {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    normalise(&mut schema);
    schema
}

/// Brings a schema into the plain form: no `null` branches, no `oneOf` where an `enum` or a list of
/// types says the same.
pub fn normalise(schema: &mut Json) {
    let Json::Object(map) = schema else { return };
    for keyword in ["anyOf", "oneOf"] {
        if let Some(Json::Array(mut branches)) = map.remove(keyword) {
            branches.retain(|branch| branch.get("type").and_then(Json::as_str) != Some("null"));
            branches.iter_mut().for_each(normalise);
            collapse(map, keyword, branches);
        }
    }
    if let Some(Json::Array(types)) = map.get_mut("type") {
        types.retain(|name| name != "null");
        let only = if let [only] = types.as_slice() { Some(only.clone()) } else { None };
        if let Some(only) = only {
            map.insert("type".to_owned(), only);
        }
    }
    keys_apart(map);
    if map.get("default") == Some(&Json::Null) {
        map.remove("default");
    }
    if let Some(text) = map.get("description").and_then(Json::as_str).filter(|text| text.contains('\n')) {
        let joined = text.split('\n').map(str::trim).collect::<Vec<_>>().join(" ");
        map.insert("description".to_owned(), Json::String(joined));
    }
    let format = map.get("format").and_then(Json::as_str);
    if matches!(format, Some("uint16" | "uint32" | "int64" | "double")) {
        map.remove("format");
    }
    each_subschema(map, &mut normalise);
}

/// A mapping whose keys follow one pattern: the keys' schema as `propertyNames`, the values' as
/// `additionalProperties`, where all free mappings have it.
fn keys_apart(map: &mut Map<String, Json>) {
    let Some(Json::Object(patterns)) = map.get("patternProperties") else { return };
    let (1, Some((pattern, values))) = (patterns.len(), patterns.iter().next()) else { return };
    if map.get("additionalProperties") != Some(&Json::Bool(false)) || map.contains_key("properties") {
        return;
    }
    let (names, values) = (json!({"type": "string", "pattern": pattern}), values.clone());
    map.remove("patternProperties");
    map.insert("propertyNames".to_owned(), names);
    map.insert("additionalProperties".to_owned(), values);
}

/// Puts the branches that are left back in the simplest way that means the same.
fn collapse(map: &mut Map<String, Json>, keyword: &str, branches: Vec<Json>) {
    if let [Json::Object(only)] = branches.as_slice() {
        for (key, value) in only {
            map.entry(key.clone()).or_insert_with(|| value.clone());
        }
    } else if branches.iter().all(|branch| branch.get("const").or(branch.get("enum")).is_some()) {
        let mut options = Vec::new();
        let mut meanings = Map::new();
        for branch in &branches {
            let values = match (branch.get("const"), branch.get("enum").and_then(Json::as_array)) {
                (Some(one), _) => vec![one.clone()],
                (None, many) => many.cloned().unwrap_or_default(),
            };
            for value in values {
                if let (Some(name), Some(meaning)) = (value.as_str(), branch.get("description")) {
                    meanings.insert(name.to_owned(), meaning.clone());
                }
                options.push(value);
            }
        }
        map.insert("type".to_owned(), json!("string"));
        map.insert("enum".to_owned(), Json::Array(options));
        if !meanings.is_empty() {
            map.insert("x-meanings".to_owned(), Json::Object(meanings));
        }
    } else if branches.iter().all(|branch| branch.get("type").is_some() && branch.get("properties").is_none())
    {
        map.insert("type".to_owned(), branches.iter().map(|branch| branch["type"].clone()).collect());
    } else {
        map.insert(keyword.to_owned(), Json::Array(branches));
    }
}

/// Nothing required, `null` allowed wherever a key of a mapping may stand.
fn soften(schema: &mut Json) {
    let Json::Object(map) = schema else { return };
    map.remove("required");
    for keyword in ["properties", "additionalProperties"] {
        match map.get_mut(keyword) {
            Some(Json::Object(properties)) if keyword == "properties" => {
                properties.values_mut().for_each(|below| {
                    soften(below);
                    allow_null(below);
                });
            }
            Some(free @ Json::Object(_)) => {
                soften(free);
                allow_null(free);
            }
            _ => {}
        }
    }
}

fn allow_null(schema: &mut Json) {
    match schema.get_mut("type") {
        Some(Json::Array(types)) => types.push(json!("null")),
        Some(one @ Json::String(_)) => *one = json!([one.clone(), "null"]),
        _ => {}
    }
    if let Some(Json::Array(options)) = schema.get_mut("enum") {
        options.push(Json::Null);
    }
}

fn each_subschema(map: &mut Map<String, Json>, visit: &mut impl FnMut(&mut Json)) {
    if let Some(Json::Object(properties)) = map.get_mut("properties") {
        properties.values_mut().for_each(&mut *visit);
    }
    for keyword in ["additionalProperties", "items"] {
        if let Some(below) = map.get_mut(keyword) {
            visit(below);
        }
    }
}
