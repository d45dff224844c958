//! Another value that the schema allows too: for asking what a leaf decides, and for the test that
//! every leaf decides something.

use super::schema::{certain, types, validator};
use serde_json::{Value as Json, json};
use std::cell::LazyCell;

/// Most values that are tried for one leaf.
const MOST: usize = 8;

/// Values other than `current` that `schema` allows, the likeliest to show a difference first; at
/// most a handful. `current` is none where an optional leaf is not set.
pub fn others(schema: &Json, current: Option<&Json>) -> Vec<Json> {
    first_others(schema, current, MOST)
}

/// As [`others`], the first few of them: the fewer are asked for, the less has to be looked at.
pub fn first_others(schema: &Json, current: Option<&Json>, most: usize) -> Vec<Json> {
    // Building the schema library's validator takes longer than all the rest.
    let library = LazyCell::new(|| validator(schema).ok());
    let is_allowed = |value: &Json| {
        certain(schema, value)
            .unwrap_or_else(|| library.as_ref().is_some_and(|library| library.is_valid(value)))
    };
    let mut found: Vec<Json> = Vec::new();
    for value in candidates(schema, current) {
        if found.len() == most.min(MOST) {
            break;
        }
        if Some(&value) != current && found.last() != Some(&value) && is_allowed(&value) {
            found.push(value);
        }
    }
    found
}

fn candidates(schema: &Json, current: Option<&Json>) -> Vec<Json> {
    if let Some(options) = schema.get("enum").and_then(Json::as_array) {
        return options.iter().filter(|option| !option.is_null()).cloned().collect();
    }
    types(schema)
        .flat_map(|name| match name {
            "boolean" => vec![json!(current != Some(&json!(true)))],
            "integer" | "number" => {
                let now = current.and_then(Json::as_i64).unwrap_or(1);
                vec![json!(now.saturating_add(1)), json!(now.saturating_sub(1)), json!(1), json!(2)]
            }
            "string" => texts(schema, current.and_then(Json::as_str)),
            "array" => lists(schema, current.and_then(Json::as_array)),
            "object" => mappings(schema, current),
            _ => Vec::new(),
        })
        .collect()
}

fn texts(schema: &Json, now: Option<&str>) -> Vec<Json> {
    let fixed: &[&str] = match schema.get("format").and_then(Json::as_str) {
        Some("kubernetes-quantity") => &["3", "7Gi", "650m"],
        Some("spark-memory") => &["3g", "1500m"],
        Some("duration-with-unit") => &["45s", "77s", "11m"],
        Some("cidr") => &["198.51.100.0/24", "10.9.0.0/16"],
        Some("host") => &["other.varied.example"],
        Some("kubernetes-name") => &["varied"],
        Some("iam-role-arn") => &["arn:aws:iam::123456789012:role/varied"],
        Some("google-service-account") => &["varied@varied.iam.gserviceaccount.com"],
        Some("uuid-lower-case") => &["01234567-89ab-cdef-0123-456789abcdef"],
        Some("web-address") => &["https://varied.example:8443/varied"],
        _ => &[],
    };
    let grown = now.map(|now| [format!("{now}x"), format!("{now}1")]).into_iter().flatten();
    let digest = format!("sha256:{}", "0".repeat(64));
    let general =
        ["varied", "1.99", "4.1", "varied/spark", "varied.example/spark", "/varied", digest.as_str()];
    fixed.iter().map(|text| json!(text)).chain(grown.map(Json::from)).chain(general.map(Json::from)).collect()
}

fn lists(schema: &Json, now: Option<&Vec<Json>>) -> Vec<Json> {
    let now = now.cloned().unwrap_or_default();
    let mut found = Vec::new();
    if let Some((_, rest)) = now.split_last() {
        found.push(Json::from(rest.to_vec()));
    }
    if let Some(items) = schema.get("items") {
        for item in others(items, now.last()) {
            let mut longer = now.clone();
            longer.push(item);
            found.push(Json::from(longer));
        }
    }
    found
}

fn mappings(schema: &Json, now: Option<&Json>) -> Vec<Json> {
    let mut found = Vec::new();
    let now = now.and_then(Json::as_object).cloned().unwrap_or_default();
    if let Some(free) = schema.get("additionalProperties").filter(|free| free.is_object()) {
        for value in others(free, now.values().next()).into_iter().chain(example(free)) {
            let mut more = now.clone();
            more.insert("varied".to_owned(), value);
            found.push(Json::Object(more));
        }
        found.push(json!({}));
    } else {
        found.extend(example(schema));
    }
    found
}

/// The smallest value that a schema allows.
pub fn example(schema: &Json) -> Option<Json> {
    if types(schema).any(|name| name == "object") {
        let mut map = serde_json::Map::new();
        let required = schema.get("required").and_then(Json::as_array).into_iter().flatten();
        for key in required.filter_map(Json::as_str) {
            map.insert(key.to_owned(), example(schema.get("properties")?.get(key)?)?);
        }
        return Some(Json::Object(map));
    }
    others(schema, None).into_iter().next()
}
