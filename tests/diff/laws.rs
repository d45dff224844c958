//! The laws of a difference, for any two sets.

use serde_json::Value as Json;
use sparkctl::diff::{
    Correspondence, Difference, FieldChange, FieldStep, Object, ObjectChange, apply, compare, foreign,
};
use sparkctl::layer::tree::Node;
use sparkctl::manifest::ObjectId;
use sparkctl::manifest::read::{Given, Manifests};

/// Manifests of these objects.
pub fn manifests(objects: &[Json]) -> Manifests {
    let texts: Vec<String> = objects.iter().map(Json::to_string).collect();
    let mut manifests = Manifests::default();
    manifests.add("objects.yaml", &texts.join("\n---\n"), Given::ByName);
    assert_eq!(manifests.findings, []);
    manifests
}

/// What differs between two sets, after all laws have been held against it.
pub fn difference(before: &[Object<'_>], after: &[Object<'_>], same: &Correspondence) -> Difference {
    let found = compare(before, after, same);
    for side in [before, after] {
        assert_eq!(compare(side, side, &Correspondence::default()), Difference::default());
    }
    exact(before, after, &found);
    applied(before, after, same, &found);
    reversed(before, after, same, &found);
    found
}

/// Every change says where it is, on the sides that have it.
fn exact(before: &[Object<'_>], after: &[Object<'_>], found: &Difference) {
    for change in &found.changes {
        let nodes = |objects: &[Object<'_>], id: &Option<ObjectId>| -> Vec<Json> {
            let all = objects.iter().filter(|object| Some(object.id) == id.as_ref());
            all.map(|object| object.node.to_json()).collect()
        };
        let (olds, news) = (nodes(before, &change.before), nodes(after, &change.after));
        for field in &change.fields {
            assert_ne!(field.before, field.after, "{}", field.path);
            let is_text = field.path.to_string().ends_with('}');
            for (nodes, value, at) in
                [(&olds, &field.before, &field.before_at), (&news, &field.after, &field.after_at)]
            {
                let at = at.as_ref().unwrap();
                let fits = nodes.iter().any(|node| fits(node, value.as_ref(), at, is_text, field));
                assert!(fits, "{} at {} {:?}: {value:?}", field.path, at.path, at.line);
            }
        }
    }
}

fn fits(
    object: &Json,
    value: Option<&Json>,
    at: &sparkctl::compile::cause::Field,
    is_text: bool,
    field: &FieldChange,
) -> bool {
    let span = {
        let mut sources = sparkctl::source::Sources::default();
        let id = sources.add("", "");
        sources.whole(id)
    };
    let node = Node::new(span, sparkctl::layer::tree::Value::from_json(object, span));
    let Some(there) = node.at(&at.path) else { return false };
    match (&at.line, value) {
        (Some(line), Some(_)) => {
            there.as_str().unwrap().lines().nth(line.number - 1).map(str::trim_start)
                == Some(line.text.as_str())
        }
        (Some(_), None) => false,
        (None, _) if is_text => there.as_str().is_some(),
        (None, Some(value)) => field.step == FieldStep::Reordered || there.to_json() == *value,
        (None, None) => there.as_map().is_some() || matches!(there.to_json(), Json::Array(_)),
    }
}

/// What a difference says, done to the first side, gives the second.
fn applied(before: &[Object<'_>], after: &[Object<'_>], same: &Correspondence, found: &Difference) {
    let objects = apply(before, found);
    let objects: Vec<Object<'_>> =
        objects.iter().map(|(id, node)| Object { id, node, component: None }).collect();
    let rest = compare(&objects, after, &Correspondence::default());
    if rest != Difference::default() {
        let _ = same;
        panic!("applied: {}\nleaves: {}", told(found), told(&rest));
    }
}

/// The other way round it is the same, reversed.
fn reversed(before: &[Object<'_>], after: &[Object<'_>], same: &Correspondence, found: &Difference) {
    let back = Correspondence {
        namespaces: same.namespaces.iter().map(|(a, b)| (b.clone(), a.clone())).collect(),
        release: same.release.clone().map(|(a, b)| (b, a)),
    };
    let other = Difference { changes: compare(after, before, &back).changes.iter().map(reverse).collect() };
    assert_eq!(canonical(found), canonical(&other));
}

fn reverse(change: &ObjectChange) -> ObjectChange {
    let field = |field: &FieldChange| FieldChange {
        step: match field.step {
            FieldStep::Added => FieldStep::Removed,
            FieldStep::Removed => FieldStep::Added,
            other => other,
        },
        before: field.after.clone(),
        after: field.before.clone(),
        before_at: field.after_at.clone(),
        after_at: field.before_at.clone(),
        ..field.clone()
    };
    ObjectChange {
        before: change.after.clone(),
        after: change.before.clone(),
        fields: change.fields.iter().map(field).collect(),
        ..change.clone()
    }
}

/// A difference without its order, and without positions in what items are called: these are one side's.
fn canonical(difference: &Difference) -> Vec<String> {
    let mut all: Vec<String> = difference
        .changes
        .iter()
        .map(|change| {
            let mut fields: Vec<String> = change
                .fields
                .iter()
                .map(|field| {
                    let masked = masked(&field.path.to_string());
                    format!(
                        "{masked} {:?} {:?} {:?} {:?} {:?} {}",
                        field.step, field.before, field.after, field.before_at, field.after_at, field.secret
                    )
                })
                .collect();
            fields.sort();
            format!("{:?} {:?} {:?} {:#?}", change.before, change.after, change.object, fields)
        })
        .collect();
    all.sort();
    all
}

fn masked(path: &str) -> String {
    let mut out = String::new();
    for c in path.chars() {
        out.push(if c.is_ascii_digit() && out.ends_with(['[', '{', '#']) { '#' } else { c });
    }
    while out.contains("##") {
        out = out.replace("##", "#");
    }
    out
}

/// A difference in a few lines; what is secret is not shown.
pub fn told(difference: &Difference) -> String {
    let mut text = String::new();
    for change in &difference.changes {
        let name = |id: &Option<ObjectId>| id.as_ref().map_or("nothing".to_owned(), ObjectId::full);
        text.push_str(&format!("{:?} {} -> {}\n", change.step(), name(&change.before), name(&change.after)));
        let kind = change.id().unwrap().kind.clone();
        for field in &change.fields {
            let value = |value: Option<Json>| value.map_or("nothing".to_owned(), |value| value.to_string());
            let (before, after) = field.hidden(&kind);
            let (before, after) = (value(before), value(after));
            text.push_str(&format!("  {:?} {}: {before} -> {after}", field.step, field.path));
            for at in [&field.before_at, &field.after_at] {
                match &at.as_ref().unwrap().line {
                    Some(line) => text.push_str(&format!(" :{}", line.number)),
                    None if field.path.to_string().ends_with('}') => text.push_str(" :-"),
                    None => {}
                }
            }
            text.push('\n');
        }
    }
    text
}

/// What differs between manifests.
pub fn between(before: &Manifests, after: &Manifests, same: &Correspondence) -> Difference {
    difference(&foreign(before), &foreign(after), same)
}
