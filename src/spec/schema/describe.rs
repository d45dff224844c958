//! A schema in words, for messages and for `explain`.

use super::types;
use serde_json::Value as Json;

/// What may stand there, in words: `a whole number from 0 to 50`, ``one of `a`, `b` ``.
pub fn describe(schema: &Json) -> String {
    if let Some(options) = schema.get("enum").and_then(Json::as_array) {
        let names: Vec<String> =
            options.iter().filter_map(Json::as_str).map(|name| format!("`{name}`")).collect();
        return if names.len() == 1 { names.concat() } else { format!("one of {}", names.join(", ")) };
    }
    let words: Vec<&str> = types(schema)
        .filter(|name| *name != "null")
        .map(|name| match name {
            "string" => match schema.get("format").and_then(Json::as_str) {
                Some("kubernetes-quantity") => "a Kubernetes quantity such as 500m or 4Gi",
                Some("spark-memory") => "a Spark memory size such as 512m or 8g",
                Some("duration-with-unit") => "a duration such as 30s, 5m or 7d",
                Some("cidr") => "a range of addresses such as 10.0.0.0/8",
                Some("host") => "a host name",
                Some("kubernetes-name") => "a Kubernetes name",
                Some("kubernetes-version") => "a version of Kubernetes such as \"1.33\"",
                Some("spark-version") => "a minor version of Spark such as \"4.1\"",
                Some("registry-path") => "a registry and path such as registry.example/data-platform",
                Some("web-address") => "an address such as https://pypi.org/simple",
                Some("image-repository") => "an image repository such as docker.io/apache/spark",
                Some("image-tag") => "an image tag",
                Some("image-digest") => "an image digest: sha256: and 64 hexadecimal digits",
                Some("secret-key") => "a key of a Secret",
                Some("bucket") => "a bucket name",
                Some("project-folder") => "a folder inside the project",
                Some("date") => "a day such as \"2027-01-31\"",
                Some("object-prefix") => "a prefix inside a bucket such as spark/events",
                _ => "text",
            },
            "integer" => "a whole number",
            "number" => "a number",
            "boolean" => "true or false",
            "array" => "a list",
            "object" => "a mapping",
            _ => "anything",
        })
        .collect();
    let mut text = match words.as_slice() {
        [] => "anything".to_owned(),
        words => words.join(" or "),
    };
    let bound = |keyword: &str| schema.get(keyword).filter(|value| value.is_number());
    match (bound("minimum"), bound("maximum")) {
        (Some(low), Some(high)) => text.push_str(&format!(" from {low} to {high}")),
        (Some(low), None) => text.push_str(&format!(" of at least {low}")),
        (None, Some(high)) => text.push_str(&format!(" of at most {high}")),
        (None, None) => {}
    }
    if let (Some(pattern), None) = (schema.get("pattern").and_then(Json::as_str), schema.get("format")) {
        text.push_str(&format!(" matching {pattern}"));
    }
    text
}

/// The unit of a value, by its type: what `8g` or `5m` counts in.
pub fn unit(schema: &Json) -> Option<&'static str> {
    Some(match schema.get("format").and_then(Json::as_str)? {
        "kubernetes-quantity" => {
            "cores, or bytes with Ki, Mi, Gi (binary) or k, M, G (decimal); m is a thousandth"
        }
        "spark-memory" => "binary: 1g = 1024m = 1048576k",
        "duration-with-unit" => "s seconds, m minutes, h hours, d days",
        _ => return None,
    })
}
