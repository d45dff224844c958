//! Pairs of objects, and what differs between them.

use super::laws::{between, manifests, told};
use serde_json::{Map, Value as Json};
use sparkctl::diff::Correspondence;
use std::collections::BTreeMap;
use std::fmt::Write as _;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What it shows.
    name: String,
    /// What both sides have.
    #[serde(default)]
    object: Map<String, Json>,
    /// Objects of the first side, each over `object`.
    before: Json,
    /// The same of the second side.
    after: Json,
    /// Namespaces that are one.
    #[serde(default)]
    namespaces: BTreeMap<String, String>,
    /// The names of the release.
    release: Option<(String, String)>,
}

impl Case {
    fn side(&self, side: &Json) -> Vec<Json> {
        let over = |own: &Json| {
            let mut all = self.object.clone();
            all.extend(own.as_object().unwrap().clone());
            Json::from(all)
        };
        match side {
            Json::Array(objects) => objects.iter().map(over).collect(),
            object => vec![over(object)],
        }
    }
}

#[test]
fn every_case_tells_what_differs() {
    insta::glob!("../fixtures/diff", "*.yaml", |path| {
        let cases: Vec<Case> = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut text = String::new();
        for case in cases {
            let same = Correspondence { namespaces: case.namespaces.clone(), release: case.release.clone() };
            let (before, after) = (manifests(&case.side(&case.before)), manifests(&case.side(&case.after)));
            let found = told(&between(&before, &after, &same));
            let found = if found.is_empty() { "nothing\n".to_owned() } else { found };
            writeln!(text, "# {}\n{found}", case.name).unwrap();
        }
        insta::assert_snapshot!(text);
    });
}
