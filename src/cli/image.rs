//! `sparkctl image`

use super::output::{Terminal, clean};
use super::select::{Selection, Workplace};
use super::{Format, Global, Outcome};
use crate::compile::Compiled;
use crate::failure::Failure;
use crate::images::{Image, dockerfile};
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// Arguments of `image`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Which image; left out, the one that the release uses and that you build, where there is one.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// List the images instead: what pods call them, whose they are, what they have to hold.
    #[arg(long, conflicts_with = "name")]
    list: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let workplace = Workplace::open(global)?;
    let compiled = workplace.compile(&arguments.selection)?;
    let images = all(&workplace, &compiled)?;
    if arguments.list {
        list(&compiled, &images, terminal)?;
        return Ok(ExitCode::SUCCESS);
    }
    let image = chosen(arguments.name.as_deref(), &compiled, &images)?;
    if image.build.is_some() && !image.built {
        return Err(Failure::refused(
            format!("this release uses the official image {}", image.reference),
            format!(
                "to build one of your own, say where it goes: site.registry, or images.{}.repository",
                image.name
            ),
        ));
    }
    let text = dockerfile::render(&workplace.library, &compiled, image).map_err(|reason| {
        Failure::refused(reason, "see which images there are: sparkctl image --list, with the same options")
    })?;
    if terminal.format() == Format::Json {
        terminal.json(&json!({"image": image, "dockerfile": text}))?;
    } else {
        terminal.result(&clean_but_tabs(&text))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A Dockerfile that a stranger's project cannot hide anything in.
fn clean_but_tabs(text: &str) -> String {
    text.split('\t').map(clean).collect::<Vec<_>>().join("\t")
}

fn all(workplace: &Workplace, compiled: &Compiled) -> Result<Vec<Image>, Failure> {
    let platform = &compiled.platform;
    let resolved = platform.images().map(|name| {
        platform.image(&workplace.library, name).map_err(|reason| {
            Failure::refused(format!("the image `{name}` cannot be resolved: {reason}"), "repair images/")
        })
    });
    Ok(resolved.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// Whether a template of the release names the image.
fn is_used(compiled: &Compiled, image: &Image) -> bool {
    compiled.platform.uses_image(&image.name)
}

fn chosen<'a>(name: Option<&str>, compiled: &Compiled, images: &'a [Image]) -> Result<&'a Image, Failure> {
    if let Some(name) = name {
        let known = images.iter().map(|image| image.name.as_str());
        return images
            .iter()
            .find(|image| image.name == name)
            .ok_or_else(|| Failure::unknown("image", name, known));
    }
    let own: Vec<&Image> =
        images.iter().filter(|image| image.build.is_some() && is_used(compiled, image)).collect();
    match own.as_slice() {
        [image] => Ok(image),
        [] => Err(Failure::refused(
            "no image of this release is one that you could build",
            "name one all the same; the list: sparkctl image --list, with the same options",
        )),
        several => {
            let names: Vec<&str> = several.iter().map(|image| image.name.as_str()).collect();
            Err(Failure::refused(
                "several images of this release can be built",
                format!("name one of: {}", names.join(", ")),
            ))
        }
    }
}

fn list(compiled: &Compiled, images: &[Image], terminal: &Terminal) -> Result<(), Failure> {
    if terminal.format() == Format::Json {
        let rows: Vec<_> =
            images.iter().map(|image| json!({"image": image, "used": is_used(compiled, image)})).collect();
        return terminal.json(&rows);
    }
    let mut lines = String::new();
    for image in images {
        let whose = match (image.built, &image.build) {
            (true, _) => "yours to build",
            (false, Some(_)) => "official; pods fetch the rest as they start",
            (false, None) => "official",
        };
        let used = if is_used(compiled, image) { "" } else { ", not used by this release" };
        lines.push_str(&format!("{}\n  {}\n  {whose}{used}\n", image.name, image.reference));
        for provided in &image.provides {
            lines.push_str(&format!("  - {}: {}\n", provided.name, provided.what));
            let files = if image.built { &provided.artifacts } else { &provided.fetched };
            let first = files.first().map(|artifact| artifact.coordinate.as_str());
            let more = files.len().saturating_sub(1);
            match (first, &provided.python) {
                (Some(first), _) if more > 0 => lines.push_str(&format!("      {first} and {more} more\n")),
                (Some(first), _) => lines.push_str(&format!("      {first}\n")),
                (None, Some(lock)) => {
                    let version = &compiled.platform.version.version;
                    lines.push_str(&format!("      versions/python/{version}-{lock}.txt\n"));
                }
                (None, None) => {}
            }
        }
    }
    terminal.text(&lines)
}
