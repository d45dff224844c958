//! How long it takes to say why two environments differ.
//!
//! `cargo bench --bench causes`
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use sparkctl::compile::{Compiled, compile_all};
use sparkctl::diff::causes::causes;
use sparkctl::diff::{Correspondence, Difference, compare, compiled};
use sparkctl::layer::document::PresetRole;
use sparkctl::library::Library;
use sparkctl::release::Release;
use std::collections::BTreeMap;

fn release(library: &Library, environment: &str, preset: &str, set: &[String]) -> Compiled {
    let mut release = Release::of(environment, preset).unwrap();
    release.set = set.to_vec();
    compile_all(library, &release).unwrap()
}

fn difference(before: &Compiled, after: &Compiled) -> Difference {
    let namespace = |side: &Compiled| side.release.namespace.to_string();
    let same =
        Correspondence { namespaces: BTreeMap::from([(namespace(before), namespace(after))]), release: None };
    compare(&compiled(before), &compiled(after), &same)
}

fn staging_to_prod(criterion: &mut Criterion) {
    let library = Library::load(None, "").unwrap();
    let mut group = criterion.benchmark_group("causes of staging to prod");
    group.sample_size(20);
    for preset in library.presets(PresetRole::Scenario) {
        let (before, after) =
            (release(&library, "staging", preset, &[]), release(&library, "prod", preset, &[]));
        let difference = difference(&before, &after);
        group.bench_function(preset, |bench| {
            bench.iter(|| causes((&library, &before), (&library, &after), &difference));
        });
    }
}

/// One environment against itself, with a property file of one length and so many of its properties set otherwise:
/// what a leaf costs depends on the length of what reads it.
fn by_leaves(criterion: &mut Criterion) {
    const PROPERTIES: usize = 160;
    let library = Library::load(None, "").unwrap();
    let mut group = criterion.benchmark_group("causes by differing leaves");
    group.sample_size(10);
    let properties = |differing: usize| -> Vec<String> {
        let value = |at: usize| if at < differing { at + 1 } else { 0 };
        let set = |at| format!("spark.conf[\"spark.sql.made.up.number{at}\"]={}", value(at));
        (0..PROPERTIES).map(set).collect()
    };
    let before = release(&library, "staging", "jupyter-connect", &properties(0));
    for leaves in [10, 20, 40, 80, 160] {
        let after = release(&library, "staging", "jupyter-connect", &properties(leaves));
        let difference = difference(&before, &after);
        group.bench_function(BenchmarkId::from_parameter(leaves), |bench| {
            bench.iter(|| causes((&library, &before), (&library, &after), &difference));
        });
    }
}

criterion_group!(benches, staging_to_prod, by_leaves);
criterion_main!(benches);
