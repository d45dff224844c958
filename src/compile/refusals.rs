//! Combinations that components refuse: what their descriptors say cannot work.

use super::Platform;
use crate::diagnostic::Finding;
use crate::layer::path::SpecPath;
use crate::layer::stack::Merged;
use crate::library::Library;
use crate::library::descriptor::{Component, Refusal};
use crate::release::Release;
use minijinja::value::Value;

/// A finding for each combination that some component of the release refuses.
pub fn all(library: &Library, release: &Release, merged: &Merged, platform: &Platform) -> Vec<Finding> {
    let mut findings = Vec::new();
    for component in platform.active(library).filter(|component| !component.descriptor.refuses.is_empty()) {
        let context = platform.context(release, &component.name);
        for (name, refusal) in &component.descriptor.refuses {
            match one(library, merged, refusal, &context) {
                Ok(found) => findings.extend(found),
                Err((field, reason)) => findings.push(broken(component, name, field, reason)),
            }
        }
    }
    findings
}

fn one(
    library: &Library,
    merged: &Merged,
    refusal: &Refusal,
    context: &[(&'static str, Value)],
) -> Result<Option<Finding>, (&'static str, String)> {
    let when = library.templates.evaluate(&refusal.when, context).map_err(|reason| ("when", reason))?;
    if !when.is_true() {
        return Ok(None);
    }
    let text = |field: &'static str, text: &str| {
        library.templates.render_text(text, context).map_err(|reason| (field, reason))
    };
    let at = |path: &SpecPath| merged.root.nearest(path).0.span;
    let mut finding = Finding::error("ref/refused-combination", text("message", &refusal.message)?)
        .at(at(&refusal.at), format!("`{}` is set here", refusal.at))
        .why(text("why", &refusal.why)?)
        .help(text("help", &refusal.help)?);
    if let Some(with) = &refusal.with {
        finding = finding.and(at(with), format!("and `{with}` here"));
    }
    Ok(Some(finding))
}

fn broken(component: &Component, name: &str, field: &str, reason: String) -> Finding {
    let path = SpecPath::root().key("refuses").key(name).key(field);
    let at = component.tree.at(&path).unwrap_or(&component.tree).span;
    Finding::error("library/bad-descriptor", "a refusal cannot be evaluated").at(at, reason)
}
