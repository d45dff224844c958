//! The schemas in `schemas/` are what the types say, and the types say all that the schemas do.

use super::library;
use serde_json::Value as Json;
use sparkctl::contract::contract_schema;
use sparkctl::diff::view::json;
use sparkctl::images::descriptor::image_schema;
use sparkctl::layer::path::{Segment, SpecPath};
use sparkctl::library::descriptor::descriptor_schema;
use sparkctl::library::project::project_schema;
use sparkctl::spec::{Spec, schema, vary};

#[test]
fn schema_files_are_fresh() {
    let schemas = library().schemas;
    let component = descriptor_schema();
    let diff = json::schema();
    let image = image_schema();
    let contract = contract_schema();
    let project = project_schema(schemas.layer());
    for (name, schema) in [
        ("layer", schemas.layer()),
        ("spec", schemas.spec()),
        ("project", &project),
        ("component", &component),
        ("image", &image),
        ("contract", &contract),
        ("diff", &diff),
    ] {
        let path = format!("{}/schemas/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
        let text = serde_json::to_string_pretty(schema).unwrap() + "\n";
        if std::env::var_os("SPARKCTL_BLESS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let on_disk = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(on_disk == text, "{path} is stale: SPARKCTL_BLESS=1 cargo test --test spec schema_files");
    }
}

/// The merged spec of prod, which has every section filled.
fn prod() -> Json {
    let library = library();
    let compiled = sparkctl::compile::compile(&library, &super::release("prod", &[], "")).unwrap();
    compiled.merged.root.to_json()
}

fn set(spec: &Json, path: &SpecPath, value: Json) -> Json {
    let mut changed = spec.clone();
    let mut here = &mut changed;
    for segment in &path.0 {
        let Segment::Key(key) = segment else { panic!("leaves have no list positions") };
        here = &mut here[key];
    }
    *here = value;
    changed
}

/// The keys of the spec that components' own schemas describe: the types know nothing of them.
fn own_keys() -> Vec<String> {
    let components = library().components;
    let settings = components.into_iter().filter_map(|component| component.descriptor.settings);
    settings.map(|settings| settings.key).collect()
}

/// Whether the types accept a spec, components' settings aside.
fn typed(spec: &Json, own: &[String]) -> bool {
    let mut rest = spec.clone();
    rest.as_object_mut().unwrap().retain(|key, _| !own.contains(key));
    serde_json::from_value::<Spec>(rest).is_ok()
}

/// Compiling asks the types alone whether a spec is right, and the schema only for what is wrong: so
/// they must never disagree.
#[test]
fn types_and_schema_accept_the_same_specs() {
    let schemas = library().schemas;
    let validator = schema::validator(schemas.spec()).unwrap();
    let (good, own) = (prod(), own_keys());
    assert!(validator.is_valid(&good) && typed(&good, &own));
    let odd = serde_json::json!([
        null, true, -1, 0, 1, 51, 257, 5001, 65536, 4294967296_i64, 1.5, "", "x", "8Gi", "8g", "5m", "1.32", "a b", "A", "s3", "none",
        "registry.example/", "192.0.2.0/33", "192.0.2.0/24", "sha256:00", [], ["x"], [0], {}, {"x": 1}, {"host": "a", "port": 1},
    ]);
    let mut compared = 0;
    let of_types =
        |path: &SpecPath| !own.iter().any(|key| path.0.first() == Some(&Segment::Key(key.clone())));
    for path in schemas.leaves().into_iter().filter(of_types) {
        let schema = schemas.at(&path).unwrap();
        let others = vary::others(schema, None);
        for value in others.iter().chain(odd.as_array().unwrap()) {
            // In a merged spec nothing is null.
            if value.is_null() {
                continue;
            }
            let spec = set(&good, &path, value.clone());
            let (by_schema, by_types) = (validator.is_valid(&spec), typed(&spec, &own));
            assert_eq!(
                by_schema, by_types,
                "`{path}` = {value}: the schema says {by_schema}, the types {by_types}"
            );
            compared += 1;
        }
    }
    assert!(compared > 2_000, "only {compared} specs were compared");
}

#[test]
fn a_missing_or_unknown_key_is_refused_by_both() {
    let schemas = library().schemas;
    let validator = schema::validator(schemas.spec()).unwrap();
    let (good, own) = (prod(), own_keys());
    for key in good.as_object().unwrap().keys() {
        let mut less = good.clone();
        less.as_object_mut().unwrap().remove(key);
        assert!(!validator.is_valid(&less), "without {key}");
        assert!(own.contains(key) || !typed(&less, &own), "without {key}");
    }
    let mut more = good;
    more["surprise"] = serde_json::json!({});
    assert!(!validator.is_valid(&more) && !typed(&more, &own));
}

/// Editors complete from descriptions: every field has one.
#[test]
fn every_field_is_described() {
    fn walk(schema: &Json, path: &SpecPath, missing: &mut Vec<String>) {
        for (key, below) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
            let path = path.key(key.as_str());
            if below.get("description").and_then(Json::as_str).is_none_or(str::is_empty) {
                missing.push(path.to_string());
            }
            walk(below, &path, missing);
        }
        for keyword in ["additionalProperties", "items"] {
            if let Some(below) = schema.get(keyword) {
                walk(below, &path.key(keyword), missing);
            }
        }
    }
    let mut missing = Vec::new();
    walk(library().schemas.layer(), &SpecPath::root(), &mut missing);
    assert_eq!(missing, Vec::<String>::new());
}
