//! Any text: what goes in comes out.

use crate::support::{Project, manifest, release};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use sparkctl::layer::parse::parse;
use sparkctl::layer::tree::{Node, Value};
use sparkctl::manifest::emit::emit;
use sparkctl::source::{Sources, Span};

fn nasty() -> Vec<String> {
    let strings: Vec<String> = serde_json::from_str(include_str!("../fixtures/nasty-strings.json")).unwrap();
    assert!(strings.len() >= 150);
    strings
}

/// What both readers make of a YAML text: serde_yaml, which is libyaml translated, and our own.
fn read_back(text: &str) -> Result<Json, String> {
    let theirs: Json = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let (documents, findings) = parse(Sources::default().scratch(), text);
    if let Some(finding) = findings.first() {
        return Err(format!("{finding:?}"));
    }
    let ours = documents.first().ok_or("no document")?.to_json();
    if ours == theirs { Ok(ours) } else { Err(format!("ours: {ours}\ntheirs: {theirs}")) }
}

#[test]
fn every_nasty_string_goes_through_a_preset_into_a_manifest_unchanged() {
    let strings = nasty();
    let annotations: Json =
        strings.iter().enumerate().map(|(n, text)| (format!("k{n:04}"), Json::from(text.as_str()))).collect();
    // JSON, but for characters beyond the basic plane, which YAML escapes otherwise: they stay as they are.
    let preset = format!(
        "apiVersion: sparkctl/v1alpha1\nkind: Preset\nmetadata: {{name: nasty, role: feature}}\nspec: {{namespace: {{annotations: {}}}}}\n",
        in_quotes(&annotations)
    );
    let project = Project::of([("presets/nasty.yaml", preset.as_str())]);
    let mut release = release("dev");
    release.features.insert("nasty".to_owned());
    let compiled = project.compile(&release).unwrap();
    let namespace = manifest(&compiled, "Namespace", "spark");
    let mut made = namespace.object.to_json()["metadata"]["annotations"].clone();
    // Besides what sparkctl says to those who sync it.
    made.as_object_mut().unwrap().retain(|key, _| !key.contains('/'));
    assert_eq!(made, annotations);
    let written = emit(&namespace.object).unwrap();
    let found = read_back(&written).unwrap();
    for (key, text) in annotations.as_object().unwrap() {
        assert_eq!(&found["metadata"]["annotations"][key], text, "{key}");
    }
    assert!(
        written.chars().all(|c| c == '\n' || !c.is_control()),
        "control characters are written by number"
    );
}

/// As JSON with every character written by number that YAML texts may not hold.
fn in_quotes(value: &Json) -> String {
    value
        .to_string()
        .chars()
        .map(|c| match c as u32 {
            0x20..0x7f | 0xa0..0x2028 | 0x202a..0xd800 | 0x10000..0x1fffe => c.to_string(),
            code => format!("\\U{code:08x}"),
        })
        .collect()
}

fn node(json: &Json) -> Node {
    let span = Span { source: Sources::default().scratch(), start: 0, end: 0 };
    Node::new(span, Value::from_json(json, span))
}

#[test]
fn every_nasty_string_is_written_and_read_back_as_value_item_and_key() {
    let mut wrong = Vec::new();
    for text in nasty() {
        for value in [
            json!({"k": text, "next": 1}),
            json!({"k": [text, {"a": text}, [text]], "next": 1}),
            json!({text.as_str(): 1, "next": {text.as_str(): text}}),
            json!({"deep": {"deeper": [{"k": text, "next": text}]}, "next": 1}),
        ] {
            let written = emit(&node(&value)).unwrap();
            match read_back(&written) {
                Ok(found) if found == value => {}
                Ok(found) => wrong.push(format!("{text:.60?}: {found:.200}\n{written:.200}")),
                Err(error) => wrong.push(format!("{text:.60?}: {error:.200}\n{written:.200}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-?:,\\[\\]{}#&*!|>'\"%@` \n\t~=<.0-9abxeyno_\\\\]{0,8}",
        "[\r\n\t \u{85}\u{2028}\u{feff}a:#-]{0,6}",
        "[0-9+.:_eExXoObB-]{0,7}",
        any::<String>(),
    ]
}

fn tree() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        6 => text().prop_map(Json::from),
        1 => any::<bool>().prop_map(Json::from),
        1 => any::<i64>().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::vec((text(), inner), 0..5).prop_map(|pairs| pairs.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back_the_same(tree in tree()) {
        let value = json!({"a": tree, "z": "end"});
        let written = emit(&node(&value)).unwrap();
        let found = read_back(&written).map_err(|error| TestCaseError::fail(format!("{error}\n{written}")))?;
        prop_assert_eq!(found, value, "{}", written);
    }
}
