//! The JSON Schemas: the full one, which a merged spec satisfies, and the partial one, for a layer.
//! Both are assembled from the typed spec and from what the components' descriptors say.

mod assemble;
mod check;
mod constraint;
mod describe;
mod formats;
mod plain;

pub use assemble::of;
pub use check::{Kind, check, validator};
pub use constraint::{check_bounds, check_constraints};
pub use describe::{describe, unit};
pub use plain::certain;

use crate::layer::path::{Segment, SpecPath};
use serde_json::{Map, Value as Json};
use std::sync::OnceLock;

/// The schemas of one library.
#[derive(Debug)]
pub struct Schemas {
    full: Json,
    partial: OnceLock<Json>,
    full_check: OnceLock<Result<jsonschema::Validator, String>>,
    layer_check: OnceLock<Result<jsonschema::Validator, String>>,
}

impl Schemas {
    /// Assembles the schemas of the typed spec and of the components' own settings, by their key in the spec.
    pub fn new(settings: impl IntoIterator<Item = (String, Json)>) -> Self {
        Schemas {
            full: assemble::full(settings),
            partial: OnceLock::new(),
            full_check: OnceLock::new(),
            layer_check: OnceLock::new(),
        }
    }

    /// The schema of a merged spec.
    pub fn spec(&self) -> &Json {
        &self.full
    }

    /// The schema of a layer document.
    pub fn layer(&self) -> &Json {
        self.partial.get_or_init(|| assemble::layer(&self.full))
    }

    /// The schema of what stands at a path of the spec; none where nothing may stand.
    pub fn at(&self, path: &SpecPath) -> Option<&Json> {
        descend(&self.full, &path.0)
    }

    /// What `--set` may write at a path.
    pub fn allowed(&self, path: &SpecPath) -> crate::layer::set::Allowed {
        let Some(schema) = self.at(path) else { return Default::default() };
        let is = |name: &str| types(schema).any(|found| found == name);
        crate::layer::set::Allowed {
            text: is("string"),
            number: is("integer") || is("number"),
            boolean: is("boolean"),
            collection: is("array") || is("object"),
        }
    }

    /// Every path that the schema names and that has nothing below it: scalars, lists, and mappings
    /// with free keys (as the mapping itself).
    pub fn leaves(&self) -> Vec<SpecPath> {
        fn walk(schema: &Json, path: &SpecPath, found: &mut Vec<SpecPath>) {
            match schema.get("properties").and_then(Json::as_object) {
                Some(properties) if !properties.is_empty() => {
                    for (key, below) in properties {
                        walk(below, &path.key(key.as_str()), found);
                    }
                }
                _ => found.push(path.clone()),
            }
        }
        let mut found = Vec::new();
        walk(&self.full, &SpecPath::root(), &mut found);
        found
    }

    /// Every path below `path` that the schema names and `present` lacks, mappings not entered:
    /// the optional fields that nobody set.
    pub fn optional_keys<'a>(
        schema: &'a Json,
        present: &'a impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = &'a str> {
        let properties = schema.get("properties").and_then(Json::as_object);
        properties.into_iter().flat_map(Map::keys).map(String::as_str).filter(move |key| !present(key))
    }
}

/// The schema below `schema` at `segments`.
pub fn descend<'a>(schema: &'a Json, segments: &[Segment]) -> Option<&'a Json> {
    segments.iter().try_fold(schema, |schema, segment| match segment {
        Segment::Key(key) => child(schema, key),
        Segment::Index(_) => schema.get("items"),
    })
}

/// The schema of what stands at a key.
pub fn child<'a>(schema: &'a Json, key: &str) -> Option<&'a Json> {
    let named = schema.get("properties").and_then(|properties| properties.get(key));
    named.or_else(|| schema.get("additionalProperties").filter(|free| free.is_object()))
}

/// Whether a schema allows a value; a schema that is none allows nothing.
pub fn validates(schema: &Json, value: &Json) -> bool {
    plain::certain(schema, value)
        .unwrap_or_else(|| validator(schema).is_ok_and(|validator| validator.is_valid(value)))
}

/// The types that a schema allows.
pub fn types(schema: &Json) -> impl Iterator<Item = &str> {
    let (one, many) = match schema.get("type") {
        Some(Json::String(one)) => (Some(one.as_str()), None),
        Some(Json::Array(many)) => (None, Some(many)),
        _ => (None, None),
    };
    one.into_iter().chain(many.into_iter().flatten().filter_map(Json::as_str))
}
