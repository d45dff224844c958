//! The spec, its schemas and what is built in: fresh, consistent, and without a leaf that does nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod built_in;
mod leaves;
mod schemas;

use sparkctl::compile::{Compiled, compile};
use sparkctl::failure::Failure;
use sparkctl::images::dockerfile;
use sparkctl::library::Library;
use sparkctl::release::{Release, Values};

/// What is built in.
pub fn library() -> Library {
    Library::load(None, "").expect("what is built in loads")
}

/// A release outside any project, with a `--values` text over it.
pub fn release(environment: &str, features: &[&str], values: &str) -> Release {
    let mut release = Release::of(environment, "connect").unwrap();
    release.features = features.iter().map(|feature| (*feature).to_owned()).collect();
    release.values =
        (!values.is_empty()).then(|| Values { name: "values".to_owned(), text: values.to_owned() });
    release
}

/// Everything a user could see of a compilation: files, preconditions, values to set, findings.
pub fn seen(library: &Library, release: &Release) -> Result<String, Vec<&'static str>> {
    match compile(library, release) {
        Ok(compiled) => Ok(all_of(library, &compiled)),
        Err(Failure::Findings(report)) => Err(report.findings.iter().map(|finding| finding.rule).collect()),
        Err(other) => panic!("{other}"),
    }
}

fn all_of(library: &Library, compiled: &Compiled) -> String {
    let mut text = String::new();
    for (path, file) in sparkctl::compile::files::files(compiled).unwrap() {
        text.push_str(&format!("# {path}\n{file}"));
    }
    for precondition in &compiled.preconditions {
        text.push_str(&format!(
            "# {} {} {:?}\n",
            precondition.what, precondition.verify, precondition.create
        ));
    }
    for (path, _) in &compiled.to_set {
        text.push_str(&format!("# set {path}\n"));
    }
    for finding in &compiled.report.findings {
        text.push_str(&format!("# {} {}\n", finding.rule, finding.message));
    }
    for name in compiled.platform.images() {
        let image = compiled.platform.image(library, name).unwrap().unwrap();
        text.push_str(&format!("# {} {}\n", image.name, image.reference));
        if image.build.is_some() {
            text.push_str(&dockerfile::render(library, compiled, &image).unwrap());
        }
    }
    text
}
