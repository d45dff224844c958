//! `layer/unused-setting`: what a layer sets and nothing reads.

use crate::compile::Compiled;
use crate::layer::path::{Segment, SpecPath};
use crate::layer::tree::{Node, Value};
use crate::rules::{Place, Problem};
use crate::source::Span;
use std::collections::BTreeSet;

/// Leaves that are read by checks, and not by templates.
const READ_ELSEWHERE: [&str; 3] = ["environment.tier", "cluster.installed", "spark.version"];

/// The leaves among those that `examined` names that no template, flow or condition of a release reads.
pub fn leaves(compiled: &Compiled, examined: impl Fn(&SpecPath, Span) -> bool) -> Vec<(SpecPath, Span)> {
    let mut candidates = Vec::new();
    compiled.merged.root.each_leaf(&mut |path, leaf| {
        // That something is off needs no reader.
        let off = matches!(path.0.last(), Some(Segment::Key(key)) if key == "enabled")
            && matches!(leaf.value, Value::Bool(false));
        if examined(path, leaf.span) && !off && !READ_ELSEWHERE.contains(&path.to_string().as_str()) {
            candidates.push((path.clone(), leaf.span));
        }
    });
    if candidates.is_empty() {
        return candidates;
    }
    let read = reads(compiled);
    candidates.retain(|(path, _)| !read.contains(path));
    candidates
}

/// Every path of the spec that the release was made from.
fn reads(compiled: &Compiled) -> BTreeSet<&SpecPath> {
    let rendered = compiled.manifests.iter().flat_map(|manifest| manifest.rendering.reads.iter());
    compiled.silent_reads.iter().chain(rendered).collect()
}

/// What is to be said of a leaf that nothing reads.
pub fn problem(compiled: &Compiled, path: &SpecPath, span: Span, everywhere: bool) -> Problem {
    let release = if everywhere {
        "no release of the project".to_owned()
    } else {
        format!("nothing in {}", compiled.release.name)
    };
    let (message, help) = match off(&compiled.merged.root, path) {
        Some(part) => (
            format!("{part} is off, nothing reads `{path}`"),
            format!("set `{part}.enabled: true`, or take this out"),
        ),
        None => (
            format!("{release} reads `{path}`"),
            format!("take it out, or turn on what reads it: sparkctl explain {path}"),
        ),
    };
    Problem::new("layer/unused-setting", message, Place::Span(span), "this changes no file")
        .why("whoever wrote it believes that it does something")
        .help(help)
}

/// The part of the platform that a path belongs to, where that is turned off.
fn off(root: &Node, path: &SpecPath) -> Option<String> {
    let mut above = path.parent();
    let mut found = None;
    while let Some(part) = above {
        let enabled = root.at(&part).and_then(|node| node.get("enabled"));
        if part.0.iter().all(|segment| matches!(segment, Segment::Key(_)))
            && enabled.is_some_and(|node| matches!(node.value, Value::Bool(false)))
        {
            found = Some(part.to_string());
        }
        above = part.parent();
    }
    found
}
