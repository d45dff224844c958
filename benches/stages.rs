//! The stages inside one process, and the whole matrix of what is built in.
//!
//! `cargo bench --bench stages`
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{Criterion, criterion_group, criterion_main};
use sparkctl::compile::{compile, files::files};
use sparkctl::layer::parse::parse;
use sparkctl::library::{Library, files::BUILT_IN};
use sparkctl::release::Release;
use sparkctl::rules::{self, set::Set};
use sparkctl::source::Sources;
use std::hint::black_box;

#[path = "../tests/support/matrix.rs"]
mod matrix;

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
    criterion.bench_function("check prod/jupyter-connect, all rules", |bench| {
        bench.iter(|| rules::check(black_box(&Set::of(&library, &compiled).view())))
    });
    let mut matrix: Vec<Release> =
        matrix::releases(&library).into_iter().map(|(_, release)| release).collect();
    matrix.retain(|release| compile(&library, release).is_ok());
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
