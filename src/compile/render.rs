//! Templates to manifests.

use super::Platform;
use super::{Manifest, Rendering};
use crate::diagnostic::Finding;
use crate::layer::tree::Value;
use crate::library::Library;
use crate::manifest::{check_file_name, drop_nulls, identify};
use crate::release::Release;
use crate::source::{SourceId, Sources, Span, line_of};
use crate::template::Documents;
use crate::template::context::Reads;
use crate::template::shape::Shape;
use std::sync::Arc;

/// Every manifest of a release, and what was read without making one: by the descriptors, and by templates that
/// made no object. That, too, decided what there is.
///
/// # Errors
/// Everything that went wrong in any template.
pub fn all(
    library: &Library,
    release: &Release,
    platform: &Platform,
    sources: &mut Sources,
) -> Result<(Vec<Manifest>, Reads), Vec<Finding>> {
    let (mut manifests, mut silent) = (Vec::new(), platform.reads.clone());
    let mut findings = Vec::new();
    for component in &platform.components {
        let context = platform.context(release, component);
        for template in library.templates.in_folder(component).filter(|name| is_manifest(name)) {
            match one(library, platform, component, template, &context, sources) {
                Ok(found) if found.is_empty() => silent = silent.and(&platform.spec.reads()),
                Ok(found) => manifests.extend(found),
                Err(found) => findings.extend(found),
            }
        }
    }
    if findings.is_empty() { Ok((manifests, silent)) } else { Err(findings) }
}

fn is_manifest(template: &str) -> bool {
    template.ends_with(".yaml.j2") && !template.contains("/_")
}

/// The manifests of one template.
///
/// # Errors
/// What went wrong, in the template's coordinates.
pub fn one(
    library: &Library,
    platform: &Platform,
    component: &str,
    template: &str,
    context: &[(&'static str, minijinja::value::Value)],
    sources: &mut Sources,
) -> Result<Vec<Manifest>, Vec<Finding>> {
    platform.spec.begin();
    let made = library.templates.documents(template, context, sources).map_err(|finding| vec![*finding])?;
    let reads = platform.spec.reads();
    let fallback = library.templates.source(template).map(|source| Span { source, start: 0, end: 0 });
    let Documents { documents, shape, texts, wrong } = made;
    if !wrong.is_empty() {
        return Err(in_template(library, template, &shape, wrong, sources));
    }
    let rendering = Arc::new(Rendering { shape, texts, reads });
    let mut manifests = Vec::new();
    let mut findings = Vec::new();
    for mut object in documents.into_iter().filter(|node| !matches!(node.value, Value::Null)) {
        drop_nulls(&mut object);
        let at = template_span(library, &rendering, object.span, sources).or(fallback);
        match (identify(&object), at) {
            (Ok(id), Some(at)) => {
                findings.extend(check_file_name(&id, at));
                manifests.push(Manifest {
                    id,
                    object,
                    component: component.to_owned(),
                    template: template.to_owned(),
                    rendering: rendering.clone(),
                });
            }
            (Err(reason), Some(at)) => findings.push(
                Finding::error(
                    "template/not-an-object",
                    "the template makes something that is no Kubernetes object",
                )
                .at(at, reason)
                .help("every document has apiVersion, kind and metadata.name"),
            ),
            (_, None) => {}
        }
    }
    if findings.is_empty() { Ok(manifests) } else { Err(findings) }
}

/// The template line behind a place in a rendered text.
pub fn template_span(
    library: &Library,
    rendering: &Rendering,
    span: Span,
    sources: &Sources,
) -> Option<Span> {
    let line = line_of(&rendering.shape.text, span.start as usize);
    let found = library.templates.line_behind(&rendering.shape.lines, line)?;
    Some(content_of_line(sources, found.source, found.line))
}

/// A line of a source without its indentation.
pub fn content_of_line(sources: &Sources, source: SourceId, line: usize) -> Span {
    let range = sources.get(source).line_range(line);
    let text = &sources.get(source).text[range.clone()];
    let indent = text.len() - text.trim_start().len();
    Span { source, start: (range.start + indent) as u32, end: range.end as u32 }
}

/// YAML errors in a rendered text, said in the template's coordinates, with the rendered lines beside.
fn in_template(
    library: &Library,
    template: &str,
    rendered: &Shape,
    wrong: Vec<Finding>,
    sources: &mut Sources,
) -> Vec<Finding> {
    let shown = sources.add(format!("rendered from templates/{template}"), rendered.text.as_str());
    wrong
        .into_iter()
        .map(|mut finding| {
            let Some(label) = finding.primary.take() else { return finding };
            let line = line_of(&rendered.text, label.span.start as usize);
            let behind = library.templates.line_behind(&rendered.lines, line);
            let mut moved =
                Finding::error("template/broken-yaml", "the template renders to text that is not YAML")
                    .why(format!("{}: {}", finding.message, label.text))
                    .help_if(finding.help.take());
            if let Some(behind) = behind {
                let at = content_of_line(sources, behind.source, behind.line);
                moved = moved.at(at, "this line made it");
            }
            moved.and(Span { source: shown, ..label.span }, label.text)
        })
        .collect()
}
