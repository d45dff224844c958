//! Entries of a list that Kubernetes takes for one: `env` of one name, `ports` of one number and protocol.

use super::types::Field;
use crate::layer::tree::{Node, Value};
use crate::rules::Problem;
use crate::rules::set::Subject;
use std::collections::{BTreeMap, BTreeSet};

/// Holds the entries of a list apart, where its field says by what.
pub fn check(subject: &Subject<'_>, node: &Node, field: &Field, problems: &mut Vec<Problem>) {
    let items = node.items();
    if items.len() < 2 || (field.keys.is_empty() && !field.is_set) {
        return;
    }
    // Nearly all lists are of names, no two alike: that is seen without making keys of them.
    if let [name] = field.keys.as_slice() {
        let mut names = BTreeSet::new();
        if !field.is_set && items.iter().all(|item| item.text(name).is_some_and(|text| names.insert(text))) {
            return;
        }
    }
    let mut seen: BTreeMap<String, &Node> = BTreeMap::new();
    for item in items {
        let Some(key) = (if field.is_set { scalar(item) } else { key(item, &field.keys) }) else { continue };
        if let Some(first) = seen.insert(key.clone(), item) {
            let what =
                if field.is_set { String::new() } else { format!("`{}` ", field.keys.join("` and `")) };
            let message = format!("`{}` has {what}`{key}` twice", field.name);
            let at = |item: &Node| match field.keys.first().map(|key| key.split('.').collect::<Vec<_>>()) {
                Some(keys) => subject.place(item.below(&keys).unwrap_or(item)),
                None => subject.place(item),
            };
            let first = at(first);
            let problem = Problem::new("k8s/duplicate-entry", message, at(item), "and again");
            problems.push(
                problem.and(first, "first here").help("leave one of them out, or name them differently"),
            );
        }
    }
}

/// The values that tell an entry from others; none where one is missing, which is another rule's.
fn key(item: &Node, keys: &[&str]) -> Option<String> {
    let mut whole = String::new();
    for name in keys {
        let path: Vec<&str> = name.split('.').collect();
        let value = match item.below(&path) {
            Some(node) => scalar(node)?,
            None if *name == "protocol" => "TCP".to_owned(),
            None if *name == "namespace" => String::new(),
            None => return None,
        };
        if !whole.is_empty() {
            whole.push('/');
        }
        whole.push_str(&value);
    }
    Some(whole)
}

fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Int(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
