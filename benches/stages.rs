//! The stages inside one process, and the whole matrix of what is built in.
//!
//! `cargo bench --bench stages`
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{Criterion, criterion_group, criterion_main};
use sparkctl::compile::{compile, files::files};
use sparkctl::layer::document::{LayerKind, PresetRole};
use sparkctl::layer::parse::parse;
use sparkctl::library::{Library, files::BUILT_IN};
use sparkctl::release::Release;
use sparkctl::source::Sources;
use std::hint::black_box;

fn release(environment: &str, preset: &str, features: &[&str]) -> Release {
    Release {
        name: preset.parse().unwrap(),
        namespace: format!("spark-{environment}").parse().unwrap(),
        environment: environment.to_owned(),
        preset: preset.to_owned(),
        cluster: None,
        team: None,
        features: features.iter().map(|feature| (*feature).to_owned()).collect(),
        values: None,
        set: Vec::new(),
    }
}

fn stages(criterion: &mut Criterion) {
    let library = Library::load(None, "").unwrap();
    let prod = release("prod", "connect", &[]);
    let (_, base) = BUILT_IN.iter().find(|(path, _)| *path == "presets/base.yaml").unwrap();
    criterion.bench_function("parse presets/base.yaml", |bench| {
        bench.iter(|| parse(Sources::default().scratch(), black_box(base)));
    });
    criterion.bench_function("load the library", |bench| bench.iter(|| Library::load(None, "").unwrap()));
    criterion
        .bench_function("compile prod/connect", |bench| bench.iter(|| compile(&library, &prod).unwrap()));
    let compiled = compile(&library, &prod).unwrap();
    criterion.bench_function("write prod/connect as text", |bench| bench.iter(|| files(&compiled).unwrap()));
    let features = library.presets(PresetRole::Feature);
    let mut matrix = Vec::new();
    for environment in library.names(LayerKind::Environment) {
        for preset in library.presets(PresetRole::Scenario) {
            matrix.push(release(environment, preset, &[]));
            matrix.extend(features.iter().map(|feature| release(environment, preset, &[feature])));
        }
    }
    criterion.bench_function(&format!("the whole matrix, {} releases", matrix.len()), |bench| {
        bench.iter(|| {
            for release in &matrix {
                black_box(files(&compile(&library, release).unwrap()).unwrap());
            }
        });
    });
}

criterion_group!(benches, stages);
criterion_main!(benches);
