//! Why two releases differ: what is said of what is built in, read as a user reads it, and the laws that hold for
//! every pair of environments.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

#[path = "diff_causes/laws.rs"]
mod laws;
#[path = "diff_causes/libraries.rs"]
mod libraries;
#[path = "diff_causes/told.rs"]
mod told;

use sparkctl::compile::{Compiled, Manifest, compile_all};
use sparkctl::diff::causes::{Causes, causes};
use sparkctl::diff::{Correspondence, Difference, Object, compare, compiled};
use sparkctl::library::Library;
use sparkctl::release::Release;
use std::collections::BTreeMap;

/// A release of an environment with features and arguments.
fn release(environment: &str, preset: &str, features: &[&str], set: &[&str]) -> Release {
    let mut release = Release::of(environment, preset).unwrap();
    release.features = features.iter().map(|name| (*name).to_owned()).collect();
    release.set = set.iter().map(|text| (*text).to_owned()).collect();
    release
}

fn built(library: &Library, release: &Release) -> Compiled {
    compile_all(library, release).unwrap_or_else(|failure| panic!("{failure}"))
}

fn correspondence(before: &Compiled, after: &Compiled) -> Correspondence {
    let (old, new) = (&before.release, &after.release);
    Correspondence {
        namespaces: BTreeMap::from([(old.namespace.to_string(), new.namespace.to_string())]),
        release: Some((old.name.to_string(), new.name.to_string())),
    }
}

fn difference(before: &Compiled, after: &Compiled) -> Difference {
    compare(&compiled(before), &compiled(after), &correspondence(before, after))
}

fn why(library: &Library, before: &Release, after: &Release) -> (Compiled, Compiled, Difference, Causes) {
    let (before, after) = (built(library, before), built(library, after));
    let difference = difference(&before, &after);
    let causes = causes((library, &before), (library, &after), &difference);
    (before, after, difference, causes)
}

fn objects(manifests: &[Manifest]) -> Vec<Object<'_>> {
    manifests.iter().map(|Manifest { id, object, .. }| Object { id, node: object, component: None }).collect()
}
