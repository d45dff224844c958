//! Every leaf has an effect: for each one, some value that the schema allows changes what a user sees,
//! in a scenario where the leaf's component is on.

use super::{library, release, seen};
use serde_json::{Value as Json, json};
use sparkctl::layer::path::{Segment, SpecPath};
use sparkctl::library::Library;
use sparkctl::release::Release;
use sparkctl::spec::vary;
use std::collections::BTreeMap;

/// A release in which leaves are changed.
struct Place {
    environment: &'static str,
    preset: &'static str,
    features: &'static [&'static str],
    values: &'static str,
}

const fn place(
    environment: &'static str,
    preset: &'static str,
    features: &'static [&'static str],
    values: &'static str,
) -> Place {
    Place { environment, preset, features, values }
}

impl Place {
    /// Its release, with more values over its own.
    fn release(&self, more: &Json) -> Release {
        let mut values: Json =
            if self.values.is_empty() { json!({}) } else { serde_yaml::from_str(self.values).unwrap() };
        merge(&mut values, more);
        let mut release = release(self.environment, self.features, &values.to_string());
        release.preset = self.preset.to_owned();
        release
    }
}

fn merge(below: &mut Json, above: &Json) {
    match (below, above) {
        (Json::Object(below), Json::Object(above)) => {
            above.iter().for_each(|(key, value)| merge(below.entry(key).or_insert(Json::Null), value));
        }
        (below, above) => *below = above.clone(),
    }
}

/// Where to look for the effect, the likeliest first.
const PLACES: [Place; 12] = [
    place("prod", "connect", &[], ""),
    place("dev", "connect", &["spot"], ""),
    place("dev", "connect", &[], ""),
    place("prod", "jupyter-connect", &["iceberg"], HOST),
    place("dev", "jupyter-connect", &["iceberg"], ""),
    place("prod", "airflow-connect", &[], ""),
    place("prod", "standalone", &[], ""),
    place("prod", "connect", &["history"], PAGE),
    place("prod", "connect", &[], GCS),
    place("prod", "connect", &[], AZURE),
    place("prod", "connect", &["iceberg"], REST),
    place("prod", "connect", &[], POD_IDENTITY),
];
const POD_IDENTITY: &str = "{site: {objectStore: {s3: {credentials: {type: podIdentity}}}}}";
const HOST: &str = "{jupyter: {host: notebooks.corp.internal}}";
const PAGE: &str = "{history: {host: history.corp.internal}}";
const GCS: &str = "{site: {objectStore: {type: gcs}}}";
const AZURE: &str = "{site: {objectStore: {type: azure}}}";
const REST: &str = "
connect: {tls: {type: secret}}
site: {objectStore: {s3: {credentials: {type: irsa}}}}
iceberg:
  catalogs:
    varied:
      type: rest
      rest:
        endpoint: {host: catalog.corp.internal, port: 443}
        tls: false
        path: /catalog
        warehouse: main
        credential: {secret: catalog, key: credential}
";
/// Findings that only say that the change itself was not allowed.
const NOT_EFFECTS: [&str; 7] = [
    "layer/unknown-key",
    "layer/missing-key",
    "layer/wrong-type",
    "layer/wrong-value",
    "layer/locked",
    "layer/constraint",
    "layer/ambiguous-scalar",
];

/// The smallest document that sets one path.
fn document(path: &SpecPath, value: &Json) -> Json {
    path.0.iter().rev().fold(value.clone(), |below, segment| match segment {
        Segment::Key(key) => json!({ key: below }),
        Segment::Index(_) => panic!("leaves have no list positions"),
    })
}

struct Seen<'a> {
    library: &'a Library,
    known: BTreeMap<(usize, String), Result<String, Vec<&'static str>>>,
}

impl Seen<'_> {
    fn at(&mut self, place: usize, values: &Json) -> Result<String, Vec<&'static str>> {
        let library = self.library;
        self.known
            .entry((place, values.to_string()))
            .or_insert_with(|| seen(library, &PLACES[place].release(values)))
            .clone()
    }

    /// Whether the second document shows something else than the first, other than that it is not allowed.
    fn differ(&mut self, place: usize, before: &Json, after: &Json) -> bool {
        let (before, after) = (self.at(place, before), self.at(place, after));
        match after {
            Ok(_) => before != after,
            Err(rules) => rules.iter().any(|rule| !NOT_EFFECTS.contains(rule)),
        }
    }
}

#[test]
fn every_leaf_has_an_effect() {
    let library = library();
    let mut seen = Seen { library: &library, known: BTreeMap::new() };
    let mut idle = Vec::new();
    let leaves = library.schemas.leaves();
    for path in &leaves {
        let schema = library.schemas.at(path).unwrap();
        let works = (0..PLACES.len()).any(|place| {
            let compiled = sparkctl::compile::compile(&library, &PLACES[place].release(&json!({}))).unwrap();
            let current = compiled.merged.root.at(path).map(|node| node.to_json());
            vary::others(schema, current.as_ref())
                .iter()
                .any(|other| seen.differ(place, &json!({}), &document(path, other)))
        });
        if !works {
            idle.push(path.to_string());
        }
    }
    assert!(leaves.len() > 70, "only {} leaves were looked at", leaves.len());
    assert_eq!(idle, Vec::<String>::new(), "these leaves change nothing");
}

/// The same for what stands inside mappings with free keys: an entry is put in, then each of its
/// fields is changed.
#[test]
fn every_field_of_an_entry_has_an_effect() {
    fn fields(schema: &Json, path: &SpecPath, found: &mut Vec<SpecPath>) {
        match schema.get("properties").and_then(Json::as_object) {
            Some(properties) => {
                properties.iter().for_each(|(key, below)| fields(below, &path.key(key.as_str()), found))
            }
            None => found.push(path.clone()),
        }
    }
    let library = library();
    let mut seen = Seen { library: &library, known: BTreeMap::new() };
    let (mut idle, mut looked_at) = (Vec::new(), 0);
    for map in library.schemas.leaves() {
        let Some(entry) =
            library.schemas.at(&map).unwrap().get("additionalProperties").filter(|free| free.is_object())
        else {
            continue;
        };
        let mut below = Vec::new();
        fields(entry, &SpecPath::root(), &mut below);
        let example = vary::example(entry).unwrap();
        for field in below.iter().filter(|field| !field.0.is_empty()) {
            looked_at += 1;
            let path = map.key("varied");
            let full = SpecPath(path.0.iter().chain(&field.0).cloned().collect());
            let schema = library.schemas.at(&full).unwrap();
            let before = document(&path, &example);
            let current = field.0.iter().try_fold(&example, |here, segment| match segment {
                Segment::Key(key) => here.get(key),
                Segment::Index(_) => None,
            });
            let works = (0..PLACES.len()).any(|place| {
                vary::others(schema, current).iter().any(|other| {
                    let mut changed = example.clone();
                    let mut here = &mut changed;
                    for segment in &field.0 {
                        let Segment::Key(key) = segment else { return false };
                        here = &mut here[key];
                    }
                    *here = other.clone();
                    seen.differ(place, &before, &document(&path, &changed))
                })
            });
            if !works {
                idle.push(full.to_string());
            }
        }
    }
    assert!(looked_at >= 15, "only {looked_at} fields were looked at");
    assert_eq!(idle, Vec::<String>::new(), "these fields change nothing");
}
