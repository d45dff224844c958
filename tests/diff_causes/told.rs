//! What is said, as text.

use super::*;
use sparkctl::diff::causes::{Cause, CauseKind, Leaf, Origin};
use std::fmt::Write as _;

/// Causes for reading: each with what it changes.
pub fn told(difference: &Difference, causes: &Causes) -> String {
    let mut out = String::new();
    for Cause { kind, fields, objects } in &causes.causes {
        match kind {
            CauseKind::Leaves(leaves) => {
                leaves.iter().for_each(|leaf| writeln!(out, "{}", line(leaf)).unwrap())
            }
            CauseKind::Identity { what, before, after } => {
                writeln!(out, "{what} {before} -> {after}").unwrap()
            }
            CauseKind::Templates(files) => writeln!(out, "templates {}", files.join(", ")).unwrap(),
            CauseKind::Program => writeln!(out, "program").unwrap(),
        }
        for (change, field) in fields {
            let change = &difference.changes[*change];
            writeln!(out, "    {} {}", change.id().unwrap(), change.fields[*field].path).unwrap();
        }
        for change in objects {
            let change = &difference.changes[*change];
            writeln!(out, "    {:?} {}", change.step(), change.id().unwrap()).unwrap();
        }
    }
    for (change, field) in &causes.derived {
        let change = &difference.changes[*change];
        writeln!(out, "derived: {} {}", change.id().unwrap(), change.fields[*field].path).unwrap();
    }
    out
}

fn line(leaf: &Leaf) -> String {
    let side = |origin: &Option<Origin>| match origin {
        Some(Origin { value, layer, place, .. }) => {
            format!("{value} ({layer}, {})", place.as_deref().unwrap_or_default())
        }
        None => "nothing".to_owned(),
    };
    format!("{}: {} -> {}", leaf.path, side(&leaf.before), side(&leaf.after))
}

#[test]
fn staging_to_prod_of_a_notebook_platform() {
    let library = Library::load(None, "").unwrap();
    let (before, after) =
        (release("staging", "jupyter-connect", &[], &[]), release("prod", "jupyter-connect", &[], &[]));
    let (_, _, difference, causes) = why(&library, &before, &after);
    insta::assert_snapshot!(told(&difference, &causes));
}

#[test]
fn another_version_of_spark() {
    let library = Library::load(None, "").unwrap();
    let (before, after) = (
        release("prod", "connect", &[], &["spark.version=3.5"]),
        release("prod", "connect", &[], &["spark.version=4.1"]),
    );
    let (_, _, difference, causes) = why(&library, &before, &after);
    insta::assert_snapshot!(told(&difference, &causes));
}

#[test]
fn another_name() {
    let library = Library::load(None, "").unwrap();
    let before = release("prod", "connect", &[], &[]);
    let after = Release { name: "other".parse().unwrap(), ..before.clone() };
    let (_, _, difference, causes) = why(&library, &before, &after);
    let kinds: Vec<_> = causes.causes.iter().map(|cause| &cause.kind).collect();
    let name = CauseKind::Identity { what: "name", before: "connect".to_owned(), after: "other".to_owned() };
    assert_eq!(kinds, [&name], "{}", told(&difference, &causes));
}

#[test]
fn a_credential_is_not_shown() {
    let library = Library::load(None, "").unwrap();
    let secret = |value: &str| format!("spark.conf[\"spark.hadoop.fs.s3a.secret.key\"]={value}");
    let (old, new) = (secret("AKxOldOldOldOld1234"), secret("AKxNewNewNewNew1234"));
    let (before, after) =
        (release("prod", "connect", &[], &[&old]), release("prod", "connect", &[], &[&new]));
    let (_, _, difference, causes) = why(&library, &before, &after);
    let text = format!("{}{:?}", told(&difference, &causes), causes);
    assert!(text.contains("<hidden>"), "{text}");
    assert!(!text.contains("AKx"), "{text}");
}

#[test]
fn nothing_differs() {
    let library = Library::load(None, "").unwrap();
    let before = release("prod", "connect", &[], &[]);
    let (_, _, _, causes) = why(&library, &before, &before.clone());
    assert_eq!(causes, Causes::default());
}
