//! The Dockerfile that builds an image of your own.

use super::Image;
use crate::compile::Compiled;
use crate::library::Library;
use minijinja::value::{Serde, Value};
use serde_json::json;

/// The template of all Dockerfiles.
pub const TEMPLATE: &str = "images/Dockerfile.txt.j2";

/// The Dockerfile of one image of a release. The same release gives the same text.
///
/// # Errors
/// What is wrong with the template; nothing with the one inside the binary.
pub fn render(library: &Library, compiled: &Compiled, image: &Image) -> Result<String, String> {
    let Some(build) = &image.build else {
        return Err(format!("nobody builds the image `{}`: it is used as others publish it", image.name));
    };
    let mut context = compiled.platform.globals().to_vec();
    let provides: Vec<_> = image
        .provides
        .iter()
        .map(|provided| {
            let files: Vec<_> = provided
                .artifacts
                .iter()
                .map(|artifact| json!({"path": artifact.path(), "name": artifact.file_name(), "coordinate": artifact.coordinate, "sha256": artifact.sha256}))
                .collect();
            json!({
                "name": provided.name,
                "what": provided.what,
                "artifacts": files,
                "python": provided.python,
                "lock": provided.lock.as_deref(),
            })
        })
        .collect();
    let described = json!({
        "name": image.name,
        "reference": image.reference,
        "base": image.base,
        "user": image.user,
        "jars": build.jars,
        "packages": build.packages,
        "provides": provides,
    });
    context.push(("image", Value::from(Serde(described))));
    let rendered = library.templates.render(TEMPLATE, &context, &library.sources);
    Ok(rendered.map_err(|finding| finding.message.clone())?.text)
}
