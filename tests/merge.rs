//! The laws of the merge, over layers made at random and written out as YAML, so that positions are
//! real. What a merged tree should hold is computed a second time by a model of a few lines.

// `clippy.toml` allows these in `#[test]` functions; here the helpers are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use sparkctl::layer::document::LayerKind;
use sparkctl::layer::parse::parse_one;
use sparkctl::layer::path::SpecPath;
use sparkctl::layer::stack::{Merged, Placed, Rung, Stack};
use sparkctl::layer::tree::{Node, Value};
use sparkctl::library::Library;
use sparkctl::release::Release;
use sparkctl::source::{SourceId, Sources, Span};
use std::collections::{BTreeMap, BTreeSet};

const KEYS: [&str; 4] = ["a", "b", "c.d", "e f"];

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        any::<bool>().prop_map(Json::from),
        (-3..3_i64).prop_map(Json::from),
        prop_oneof![Just("x"), Just("y: z"), Just("null"), Just(""), Just("- \"q\"\n  r"), Just("é😀")]
            .prop_map(Json::from),
    ]
}

/// A value of a layer: few keys, so that layers meet; nulls and lists among them.
fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![4 => scalar(), 1 => Just(Json::Null)];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            3 => mapping(inner.clone()),
            1 => prop::collection::vec(scalar(), 0..3).prop_map(Json::from),
        ]
    })
}

fn mapping(inner: impl Strategy<Value = Json>) -> impl Strategy<Value = Json> {
    let pairs = prop::collection::vec((prop::sample::select(&KEYS), inner), 0..4);
    pairs.prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn layer() -> impl Strategy<Value = Json> {
    mapping(value())
}

fn layers() -> impl Strategy<Value = Vec<(Json, bool)>> {
    prop::collection::vec((layer(), any::<bool>()), 1..6)
}

/// A layer as text: in block style or as JSON, which is YAML too.
fn written(layer: &Json, block: bool) -> String {
    if !block {
        return serde_json::to_string_pretty(layer).unwrap();
    }
    fn write(value: &Json, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        match value {
            Json::Object(map) if !map.is_empty() => {
                out.push('\n');
                for (key, below) in map {
                    out.push_str(&format!("{indent}{}:", Json::from(key.as_str())));
                    write(below, depth + 1, out);
                }
            }
            Json::Array(items) if !items.is_empty() => {
                out.push('\n');
                items.iter().for_each(|item| out.push_str(&format!("{indent}- {item}\n")));
            }
            other => out.push_str(&format!(" {other}\n")),
        }
    }
    let mut out = String::new();
    write(layer, 0, &mut out);
    out
}

/// Layers that were written out, read back and merged, with their texts.
struct Made {
    sources: Sources,
    ids: Vec<SourceId>,
    merged: Merged,
}

impl Made {
    fn of(layers: &[(Json, bool)]) -> Made {
        let mut sources = Sources::default();
        let start = sources.add("start", "");
        let mut stack = Stack::default();
        let mut ids = Vec::new();
        for (number, (layer, block)) in layers.iter().enumerate() {
            let text = written(layer, *block);
            let source = sources.add(format!("layer {number}"), text.as_str());
            let (node, findings) = parse_one(source, &text);
            assert_eq!(findings, [], "{text}");
            ids.push(source);
            stack.layers.push(placed(format!("layer {number}"), Rung::Plain, node.unwrap()));
        }
        let (merged, findings) = stack.merge(start);
        assert_eq!(findings, []);
        Made { sources, ids, merged }
    }

    fn json(&self) -> Json {
        self.merged.root.to_json()
    }

    /// Which layer, from 0, a node was written in.
    fn layer_of(&self, node: &Node) -> usize {
        self.ids.iter().position(|id| *id == node.span.source).unwrap()
    }

    /// What stands in the layer's text where a node says that it was written.
    fn as_written(&self, node: &Node) -> Json {
        written_at(&self.sources, node.span)
    }
}

/// What stands at a place, read by the other YAML reader.
fn written_at(sources: &Sources, span: Span) -> Json {
    // The first line of a list or mapping in block style begins behind its indentation.
    let indent = " ".repeat(sources.position(span).column - 1);
    let text = format!("{indent}{}", sources.slice(span));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn placed(label: String, rung: Rung, spec: Node) -> Placed {
    Placed { label, rung, spec, locks: Vec::new(), silences: Vec::new(), constraints: None }
}

fn plain(layers: impl IntoIterator<Item = Json>) -> Vec<(Json, bool)> {
    layers.into_iter().map(|layer| (layer, true)).collect()
}

/// The model: what `upper` over `lower` should hold.
fn model(lower: Json, upper: &Json) -> Json {
    let (Json::Object(mut below), Json::Object(above)) = (lower, upper) else { return without_nulls(upper) };
    for (key, value) in above {
        let old = below.shift_remove(key);
        if !value.is_null() {
            below.insert(key.clone(), old.map_or_else(|| without_nulls(value), |old| model(old, value)));
        }
    }
    Json::Object(below)
}

fn without_nulls(value: &Json) -> Json {
    match value {
        Json::Object(map) => {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            kept.map(|(key, value)| (key.clone(), without_nulls(value))).collect()
        }
        other => other.clone(),
    }
}

fn model_of(layers: &[(Json, bool)]) -> Json {
    layers.iter().fold(Json::Object(Map::new()), |lower, (upper, _)| model(lower, upper))
}

/// Every leaf with its path, nulls among them; empty mappings are none.
fn leaves(layer: &Json) -> Vec<(Vec<String>, Json)> {
    fn walk(value: &Json, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, Json)>) {
        match value {
            Json::Object(map) => {
                for (key, below) in map {
                    path.push(key.clone());
                    walk(below, path, found);
                    path.pop();
                }
            }
            other => found.push((path.clone(), other.clone())),
        }
    }
    let mut found = Vec::new();
    walk(layer, &mut Vec::new(), &mut found);
    found
}

fn at<'a>(json: &'a Json, path: &[String]) -> Option<&'a Json> {
    path.iter().try_fold(json, |json, key| json.get(key))
}

fn spec_path(path: &[String]) -> SpecPath {
    path.iter().fold(SpecPath::root(), |above, key| above.key(key.as_str()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_holds_what_the_model_says(layers in layers()) {
        prop_assert_eq!(Made::of(&layers).json(), model_of(&layers));
    }

    #[test]
    fn an_empty_layer_changes_nothing(mut layers in layers(), place in any::<prop::sample::Index>()) {
        let before = Made::of(&layers).json();
        layers.insert(place.index(layers.len() + 1), (json!({}), false));
        prop_assert_eq!(Made::of(&layers).json(), before);
    }

    #[test]
    fn a_layer_twice_is_the_layer_once(mut layers in layers()) {
        let before = Made::of(&layers).json();
        layers.extend(layers.last().cloned());
        prop_assert_eq!(Made::of(&layers).json(), before);
    }

    #[test]
    fn the_last_layer_wins_on_every_leaf_and_its_nulls_delete(layers in layers()) {
        let (last, _) = layers.last().unwrap();
        let merged = Made::of(&layers).json();
        for (path, leaf) in leaves(last) {
            let expected = Some(&leaf).filter(|leaf| !leaf.is_null());
            prop_assert_eq!(at(&merged, &path), expected, "{:?}", path);
        }
    }

    #[test]
    fn deleting_what_is_not_there_is_no_error_and_changes_nothing(
        layers in layers(),
        path in prop::collection::vec("[p-t]", 1..4),
    ) {
        let before = Made::of(&layers).json();
        let null = path.iter().rev().fold(Json::Null, |below, key| json!({key: below}));
        let mut more = layers;
        more.push((null.clone(), true));
        let after = Made::of(&more).json();
        if path.len() == 1 {
            prop_assert_eq!(after, before);
        } else {
            // The mappings around the null are as good as any others.
            prop_assert_eq!(at(&after, &path), None);
            prop_assert_eq!(after, model(before, &null));
        }
    }

    #[test]
    fn lists_and_scalars_replace_whole(
        below in value(),
        above in prop_oneof![scalar(), prop::collection::vec(scalar(), 0..4).prop_map(Json::from)],
    ) {
        let made = Made::of(&plain([json!({"k": below}), json!({"k": above.clone()})]));
        prop_assert_eq!(made.json(), json!({"k": above}));
    }

    #[test]
    fn untouched_siblings_survive(layers in layers(), extra in scalar()) {
        // Beside everything that the layers say stands a key that no upper layer knows.
        let mut first = layers[0].0.clone();
        first["sibling"] = json!({"of": extra.clone()});
        for (path, _) in leaves(&layers[0].0).iter().filter(|(path, _)| path.len() == 2) {
            first[&path[0]]["sibling"] = extra.clone();
        }
        let upper: Vec<Json> = layers[1..].iter().map(|(layer, _)| layer.clone()).collect();
        let merged = Made::of(&plain(std::iter::once(first.clone()).chain(upper.iter().cloned()))).json();
        prop_assert_eq!(&merged["sibling"], &json!({"of": extra.clone()}));
        for (key, below) in first.as_object().unwrap() {
            let always_mapping = upper.iter().all(|layer| layer.get(key).is_none_or(Json::is_object));
            if key != "sibling" && below.get("sibling").is_some() && always_mapping {
                prop_assert_eq!(&merged[key]["sibling"], &extra, "{}", key);
            }
        }
    }

    #[test]
    fn disjoint_layers_may_stand_in_any_order(layers in layers(), order in any::<u64>()) {
        // Disjoint by construction: each has every leaf under a key of its own, some of them deep.
        let own: Vec<Json> = layers
            .iter()
            .enumerate()
            .map(|(number, (layer, _))| json!({format!("own {number}"): layer, "shared": {format!("{number}"): layer}}))
            .collect();
        let mut turned = own.clone();
        turned.sort_by_key(|layer| {
            use std::hash::{DefaultHasher, Hash, Hasher};
            let mut hasher = DefaultHasher::new();
            (order, layer.to_string()).hash(&mut hasher);
            hasher.finish()
        });
        prop_assert_eq!(Made::of(&plain(own)).json(), Made::of(&plain(turned)).json());
    }

    /// Where layers agree on what is a mapping and what is a leaf, the chain behind a leaf is the list
    /// of all that was ever written there, newest first, deletions included.
    #[test]
    fn the_history_of_a_leaf_is_all_that_was_overridden(
        choices in prop::collection::vec(
            (prop::collection::vec(prop::option::weighted(0.7, prop_oneof![3 => scalar(), 1 => Just(Json::Null),
                1 => prop::collection::vec(scalar(), 1..3).prop_map(Json::from)]), 4), any::<bool>()),
            1..6,
        ),
    ) {
        const PATHS: [&[&str]; 4] = [&["a"], &["m", "b"], &["m", "n", "c.d"], &["m", "n", "e f"]];
        let layers: Vec<(Json, bool)> = choices
            .iter()
            .map(|(values, block)| {
                let mut layer = json!({});
                for (path, value) in PATHS.iter().zip(values) {
                    if let Some(value) = value {
                        let mut slot = &mut layer;
                        for key in *path {
                            slot = &mut slot[*key];
                        }
                        *slot = value.clone();
                    }
                }
                (layer, *block)
            })
            .collect();
        let made = Made::of(&layers);
        for path in PATHS {
            let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
            // A null with nothing to delete leaves no trace.
            let mut expected: Vec<(usize, Json)> = Vec::new();
            for (number, (layer, _)) in layers.iter().enumerate() {
                match at(layer, &path) {
                    Some(Json::Null) if expected.last().is_none_or(|(_, last)| last.is_null()) => {}
                    Some(value) => expected.push((number, value.clone())),
                    None => {}
                }
            }
            expected.reverse();
            let Some(leaf) = made.merged.root.at(&spec_path(&path)) else {
                prop_assert!(expected.first().is_none_or(|(_, value)| value.is_null()), "{:?}", path);
                continue;
            };
            let chain: Vec<(usize, Json)> = std::iter::once(leaf)
                .chain(leaf.history())
                .map(|node| (made.layer_of(node), made.as_written(node)))
                .collect();
            prop_assert_eq!(&chain, &expected, "{:?}", &path);
            let held: Vec<Json> = std::iter::once(leaf).chain(leaf.history()).map(Node::to_json).collect();
            prop_assert_eq!(held, chain.into_iter().map(|(_, value)| value).collect::<Vec<_>>());
        }
    }

    /// Whatever the layers look like: leaves and their histories point at the text they were read from,
    /// each older than the one before.
    #[test]
    fn every_leaf_and_every_ancestor_of_it_points_at_its_text(layers in layers()) {
        let made = Made::of(&layers);
        let mut leaves = Vec::new();
        made.merged.root.each_leaf(&mut |path, leaf| leaves.push((path.clone(), leaf)));
        for (path, leaf) in leaves.into_iter().filter(|(path, _)| !path.0.is_empty()) {
            let mut younger = usize::MAX;
            for node in std::iter::once(leaf).chain(leaf.history()) {
                // A mapping may have been merged: its place is where it was first opened, and it holds more.
                if !matches!(node.value, Value::Map(_)) {
                    prop_assert_eq!(made.as_written(node), node.to_json(), "{}", &path);
                }
                let layer = made.layer_of(node);
                prop_assert!(layer < younger, "{}: layer {} after {}", &path, layer, younger);
                younger = layer;
            }
            let key = made.sources.slice(made.merged.root.key_span(&path).unwrap());
            prop_assert_eq!(
                Some(serde_yaml::from_str::<String>(key).unwrap()),
                path.0.last().map(|segment| match segment {
                    sparkctl::layer::path::Segment::Key(key) => key.clone(),
                    sparkctl::layer::path::Segment::Index(_) => String::new(),
                })
            );
            prop_assert!(made.merged.layer_of(leaf.span).starts_with("layer "), "{}", &path);
        }
    }
}

fn merge_features(features: &[(&str, &Json)], below: &Json) -> (Json, BTreeSet<String>) {
    let mut sources = Sources::default();
    let start = sources.add("start", "");
    let mut stack = Stack::default();
    let below = [("below", below, Rung::Plain)];
    let features = features.iter().map(|(name, layer)| (*name, *layer, Rung::Feature((*name).to_owned())));
    for (name, layer, rung) in below.into_iter().chain(features) {
        let text = written(layer, true);
        let source = sources.add(name, text.as_str());
        stack.layers.push(placed(name.to_owned(), rung, parse_one(source, &text).0.unwrap()));
    }
    let (merged, findings) = stack.merge(start);
    let rules: BTreeSet<String> = findings.iter().map(|finding| finding.rule.to_owned()).collect();
    (merged.root.to_json(), rules)
}

#[test]
fn a_mapping_stands_where_it_was_first_opened_and_its_key_where_it_was_first_written() {
    let below = json!({"m": {"a": 1}});
    let made = Made::of(&plain([below.clone(), json!({"m": {"b": 2}}), json!({"m": {"a": 3}})]));
    let path = SpecPath::root().key("m");
    let mapping = made.merged.root.at(&path).unwrap();
    assert_eq!(made.as_written(mapping), below["m"]);
    assert_eq!(made.merged.root.key_span(&path).unwrap().source, made.ids[0]);
    assert_eq!(made.merged.root.key_span(&path.key("a")).unwrap().source, made.ids[2]);
}

/// One feature, in a spec whose every leaf has a value below: what it does with each of these.
fn feature() -> impl Strategy<Value = Json> {
    const PATHS: [&[&str]; 5] = [&["a"], &["m", "b"], &["m", "n", "c.d"], &["m", "n"], &["m"]];
    let leaf = || {
        prop::option::weighted(0.4, prop_oneof![2 => (1..3_i64).prop_map(Json::from), 1 => Just(Json::Null)])
    };
    let inner = || prop::option::weighted(0.2, Just(Json::Null));
    (leaf(), leaf(), leaf(), inner(), inner()).prop_map(|(a, b, c, n, m)| {
        let mut layer = json!({});
        for (path, value) in PATHS.iter().zip([a, b, c, n, m]) {
            let Some(value) = value else { continue };
            let mut slot = &mut layer;
            for key in *path {
                slot = &mut slot[*key];
            }
            *slot = value;
        }
        layer
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Features without a conflict make one tree in any order, and a conflict is one in any order.
    #[test]
    fn the_order_of_features_never_matters(first in feature(), second in feature()) {
        let below = json!({"a": 0, "m": {"b": 0, "n": {"c.d": 0, "rest": 0}}});
        let (a, b) = (("a", &first), ("b", &second));
        let (one, conflicts) = merge_features(&[a, b], &below);
        let (other, conflicts_turned) = merge_features(&[b, a], &below);
        prop_assert_eq!(&conflicts, &conflicts_turned);
        if conflicts.is_empty() {
            prop_assert_eq!(one, other);
        }
    }
}

fn library_with_features() -> (Library, Vec<String>) {
    let project = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| {
        let path = project.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "sparkctl.yaml",
        "apiVersion: sparkctl/v1alpha1\nkind: Project\nmetadata: {name: p}\nspec: {releases: {}}\n"
            .to_owned(),
    );
    let features = [
        ("alpha", "spec: {connect: {executor: {cores: 3}}}"),
        ("beta", "spec: {connect: {executor: {cores: 3, memory: 5g}}, namespace: {labels: {b: \"1\"}}}"),
        (
            "gamma",
            "spec: {namespace: {labels: {c: \"1\"}}}\noverlays: {dev: {namespace: {labels: {d: \"1\"}}}}",
        ),
    ];
    for (name, rest) in features {
        let head = format!(
            "apiVersion: sparkctl/v1alpha1\nkind: Preset\nmetadata: {{name: {name}, role: feature}}\n{rest}\n"
        );
        write(&format!("presets/{name}.yaml"), head);
    }
    let library = Library::load(Some(project.path()), "").unwrap();
    (library, features.iter().map(|(name, _)| (*name).to_owned()).collect())
}

fn merged(library: &Library, environment: &str, features: impl IntoIterator<Item = String>) -> Merged {
    let mut release = Release::of(environment, "connect").unwrap();
    release.features = features.into_iter().collect();
    release.set = vec!["connect.replicas=3".to_owned()];
    let mut sources = library.sources.clone();
    let (merged, findings) = release.stack(library, &mut sources).unwrap().merge(library.sources_start());
    assert_eq!(findings, []);
    merged
}

#[test]
fn features_may_be_given_in_any_order() {
    let (library, features) = library_with_features();
    let [a, b, c] = features.try_into().unwrap();
    let orders = [[&a, &b, &c], [&a, &c, &b], [&b, &a, &c], [&b, &c, &a], [&c, &a, &b], [&c, &b, &a]];
    let found: Vec<String> = orders
        .iter()
        .map(|order| {
            merged(&library, "dev", order.iter().map(|name| (*name).clone())).root.to_json().to_string()
        })
        .collect();
    assert!(found.iter().all(|tree| *tree == found[0]));
    let tree: Json = serde_json::from_str(&found[0]).unwrap();
    assert_eq!(tree["namespace"]["labels"], json!({"b": "1", "c": "1", "d": "1"}));
    assert_eq!(tree["connect"]["executor"]["cores"], 3);
}

#[test]
fn every_leaf_of_every_release_has_a_layer_and_a_place() {
    let (library, features) = library_with_features();
    for environment in library.names(LayerKind::Environment) {
        let merged = merged(&library, environment, features.clone());
        let mut by_layer: BTreeMap<String, usize> = BTreeMap::new();
        merged.root.each_leaf(&mut |path, leaf| {
            let layer = merged.layer_of(leaf.span);
            assert!(!layer.is_empty(), "{environment}: nobody set {path}");
            *by_layer.entry(layer.to_owned()).or_default() += 1;
            // `--set` is a text of its own, which only the release's sources have.
            if layer != "--set" {
                let written = written_at(&library.sources, leaf.span);
                assert_eq!(written, leaf.to_json(), "{environment}: {path}");
            }
        });
        for layer in ["base", "preset connect", "preset beta", "preset gamma, overlay dev", "--set"] {
            let expected = layer != "preset gamma, overlay dev" || environment == "dev";
            assert_eq!(by_layer.contains_key(layer), expected, "{environment}: {layer} in {by_layer:?}");
        }
    }
}
