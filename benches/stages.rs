//! The stages inside one process, and the whole matrix of what is built in.
//!
//! `cargo bench --bench stages`
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{Criterion, criterion_group, criterion_main};
use sparkctl::compile::{compile, files::files};
use sparkctl::layer::document::{LayerKind, PresetRole};
use sparkctl::layer::parse::parse;
use sparkctl::library::{Library, files::BUILT_IN, versions};
use sparkctl::release::Release;
use sparkctl::source::Sources;
use std::hint::black_box;

/// Every release there is: scenarios, environments, versions, without a feature, with each and with all.
/// Those that a feature refuses are left out.
fn matrix(library: &Library) -> Vec<Release> {
    let features = library.presets(PresetRole::Feature);
    let mut chosen: Vec<&[&str]> = vec![&[], &features];
    chosen.extend(features.chunks(1));
    let mut matrix = Vec::new();
    for version in versions::all(library).unwrap() {
        for environment in library.names(LayerKind::Environment) {
            for preset in library.presets(PresetRole::Scenario) {
                for features in &chosen {
                    let mut release = Release::of(environment, preset).unwrap();
                    release.features = features.iter().map(|feature| (*feature).to_owned()).collect();
                    release.set = vec![format!("spark.version={}", version.version)];
                    matrix.push(release);
                }
            }
        }
    }
    matrix.retain(|release| compile(library, release).is_ok());
    matrix
}

fn stages(criterion: &mut Criterion) {
    let library = Library::load(None, "").unwrap();
    let prod = Release::of("prod", "jupyter-connect").unwrap();
    let (_, base) = BUILT_IN.iter().find(|(path, _)| *path == "presets/base.yaml").unwrap();
    criterion.bench_function("parse presets/base.yaml", |bench| {
        bench.iter(|| parse(Sources::default().scratch(), black_box(base)));
    });
    criterion.bench_function("load the library", |bench| bench.iter(|| Library::load(None, "").unwrap()));
    criterion.bench_function("compile prod/jupyter-connect", |bench| {
        bench.iter(|| compile(&library, &prod).unwrap())
    });
    let compiled = compile(&library, &prod).unwrap();
    criterion.bench_function("write prod/jupyter-connect as text", |bench| {
        bench.iter(|| files(&compiled).unwrap())
    });
    let matrix = matrix(&library);
    let mut group = criterion.benchmark_group("matrix");
    group.sample_size(10);
    group.bench_function(format!("the whole matrix, {} releases", matrix.len()), |bench| {
        bench.iter(|| {
            for release in &matrix {
                black_box(files(&compile(&library, release).unwrap()).unwrap());
            }
        });
    });
}

criterion_group!(benches, stages);
criterion_main!(benches);
