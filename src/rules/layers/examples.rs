//! Values that nobody can own: hosts and addresses which standards reserve for examples.

use crate::compile::{Manifest, Platform};
use crate::layer::path::{Segment, SpecPath};
use crate::layer::stack::Merged;
use crate::layer::tree::{Node, Value};
use crate::rules::set::Subject;
use crate::rules::{Place, Problem};
use crate::source::Span;
use crate::spec::platform::Tier;
use crate::spec::types::{Cidr, is_example_host};
use crate::template::context::Reads;

/// `layer/example-value`: an example value that a project would deploy.
pub fn in_use(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let Some(known) = subject.known() else { return };
    let compiled = known.compiled;
    if known.library.project.is_none() || compiled.spec.environment.tier == Tier::Development {
        return;
    }
    let environment = &compiled.release.environment;
    problems.extend(compiled.to_set.iter().map(|(path, _)| {
        let message = format!("`{path}` still has an example value");
        Problem::new("layer/example-value", message, Place::Spec(path.clone()), "nobody owns this address")
            .why(format!("environment {environment} would be deployed against it"))
            .help(format!("set `{path}` in environments/{environment}.yaml of your project"))
    }));
}

/// Example values (RFC 2606 hosts, RFC 5737 addresses) that some manifest was made from.
pub fn example_values(merged: &Merged, platform: &Platform, manifests: &[Manifest]) -> Vec<(SpecPath, Span)> {
    let mut found = Vec::new();
    let mut all = None;
    let mut used = |path: &SpecPath| {
        let reads = all.get_or_insert_with(|| {
            let reads = manifests.iter().map(|manifest| &manifest.rendering.reads);
            reads.fold(platform.reads.clone(), Reads::and)
        });
        reads.any(&platform.spec.places(path))
    };
    let mut keys = Vec::new();
    each_example(&merged.root, &mut keys, &mut |keys, leaf| {
        let path = SpecPath(keys.iter().map(|key| Segment::Key((*key).to_owned())).collect());
        if used(&path) {
            found.push((path, leaf.span));
        }
    });
    found
}

/// The leaves that hold example values, with the keys that lead to them. Nearly all hold none: paths are made of
/// the keys of the others only.
fn each_example<'n>(node: &'n Node, keys: &mut Vec<&'n str>, visit: &mut impl FnMut(&[&str], &Node)) {
    match &node.value {
        Value::Map(map) => {
            for (key, entry) in &map.entries {
                keys.push(key);
                each_example(&entry.node, keys, visit);
                keys.pop();
            }
        }
        _ if is_example(node) => visit(keys, node),
        _ => {}
    }
}

/// Whether a value, or an item of it, is one that nobody can own.
pub fn is_example(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => {
            let host = || {
                let host = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
                host.split(['/', ':']).next().unwrap_or_default()
            };
            let addresses =
                text.starts_with(|c: char| c.is_ascii_hexdigit() || c == ':') && text.contains('/');
            let nobody = ["iam::000000000000:", "@example-project.", "00000000-0000-0000-0000-000000000000"];
            let identity = nobody.iter().any(|part| text.contains(part));
            identity
                || (text.contains("example") && is_example_host(host()))
                || (addresses && text.parse::<Cidr>().is_ok_and(|cidr| cidr.is_example()))
        }
        Value::List(items) => items.iter().any(is_example),
        _ => false,
    }
}
