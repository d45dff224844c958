//! One image of one release: its reference, what it must hold, what pods fetch instead.

use super::Catalogue;
use super::descriptor::{Build, ImageDescriptor, Need};
use crate::library::versions::Artifact;
use minijinja::value::Value;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// How an expression is evaluated: by a template that is being rendered, or over a compiled release.
pub type Evaluate<'a> = &'a dyn Fn(&str) -> Result<Value, String>;

/// One image of one release.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// Its name in the catalogue.
    pub name: String,
    /// How pods name it.
    pub reference: String,
    /// Whether it is one of your own, which holds everything, rather than the official one.
    pub built: bool,
    /// The official image, which one of your own is built on.
    pub base: String,
    /// The user that its processes run as.
    pub user: u32,
    /// How one of your own is built; no such thing for the images of others.
    #[serde(skip)]
    pub build: Option<Build>,
    /// What it has to hold that the official one lacks.
    pub provides: Vec<Provided>,
}

/// Something that an image has to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provided {
    /// Its name in the image's descriptor.
    pub name: String,
    /// What it is, for people.
    pub what: String,
    /// The files it consists of.
    pub artifacts: Vec<Artifact>,
    /// The files that pods fetch instead where the official image is used.
    #[serde(skip)]
    pub fetched: Vec<Artifact>,
    /// The name of its lock of Python packages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub python: Option<String>,
    /// That lock.
    #[serde(skip)]
    pub lock: Option<Arc<str>>,
}

/// A file that a pod fetches as it starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fetched {
    /// The file's name.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

/// The spec's own words about an image.
#[derive(Debug, Default)]
struct Wishes {
    repository: Option<String>,
    tag: Option<String>,
    digest: Option<String>,
    registry: Option<String>,
}

impl Catalogue {
    /// One image of the release that `evaluate` knows; nothing where no image has this name.
    ///
    /// # Errors
    /// Which expression of its descriptor cannot be evaluated, and why.
    pub fn resolve(&self, name: &str, evaluate: Evaluate<'_>) -> Result<Option<Image>, String> {
        let Some(descriptor) = self.images.get(name) else { return Ok(None) };
        let wishes = wishes(name, evaluate)?;
        let official = text(evaluate, &descriptor.official.tag)?;
        let repository = descriptor.official.repository.as_str();
        let base = format!("{repository}:{official}");
        let provides = self.provides(descriptor, evaluate)?;
        let own = descriptor.build.as_ref().and_then(|build| {
            let beside = wishes.registry.as_ref().map(|registry| format!("{registry}/{name}"));
            wishes.repository.clone().or(beside).map(|repository| (build, repository))
        });
        let built = own.is_some();
        let (repository, tag) = match own {
            Some((build, repository)) => {
                let version = text(evaluate, &build.version)?;
                let hash = hash(&base, descriptor, build, &provides);
                (repository, wishes.tag.unwrap_or_else(|| format!("{version}-{hash}")))
            }
            None => {
                (wishes.repository.unwrap_or_else(|| repository.to_owned()), wishes.tag.unwrap_or(official))
            }
        };
        let digest = wishes.digest.map(|digest| format!("@{digest}")).unwrap_or_default();
        Ok(Some(Image {
            name: name.to_owned(),
            reference: format!("{repository}:{tag}{digest}"),
            built,
            base,
            user: descriptor.user,
            build: descriptor.build.clone(),
            provides,
        }))
    }

    /// What one image has to hold, in the order of the names.
    fn provides(
        &self,
        descriptor: &ImageDescriptor,
        evaluate: Evaluate<'_>,
    ) -> Result<Vec<Provided>, String> {
        let mut provides = Vec::new();
        for (name, need) in &descriptor.provides {
            let wanted = need.when.as_deref().map(evaluate).transpose()?;
            if wanted.is_none_or(|wanted| wanted.is_true()) {
                let provided = self.provided(name, need, evaluate)?;
                if !provided.artifacts.is_empty() || provided.lock.is_some() {
                    provides.push(provided);
                }
            }
        }
        Ok(provides)
    }

    fn provided(&self, name: &str, need: &Need, evaluate: Evaluate<'_>) -> Result<Provided, String> {
        let list = |expression: &Option<String>| match expression {
            Some(expression) => artifacts(expression, evaluate).map(Some),
            None => Ok(None),
        };
        let artifacts = list(&need.artifacts)?.unwrap_or_default();
        Ok(Provided {
            name: name.to_owned(),
            what: need.what.clone(),
            fetched: list(&need.fetched)?.unwrap_or_else(|| artifacts.clone()),
            artifacts,
            python: need.python.clone(),
            lock: need.python.as_deref().and_then(|lock| self.lock(lock)).cloned(),
        })
    }
}

impl Image {
    /// The files that pods fetch as they start: none where the image holds everything.
    pub fn fetched(&self, maven_repository: &str) -> Vec<Fetched> {
        let mut files: Vec<Fetched> = Vec::new();
        for artifact in self.provides.iter().filter(|_| !self.built).flat_map(|provided| &provided.fetched) {
            let file = Fetched {
                name: artifact.file_name(),
                url: format!("{}/{}", maven_repository.trim_end_matches('/'), artifact.path()),
                sha256: artifact.sha256.clone(),
            };
            if !files.contains(&file) {
                files.push(file);
            }
        }
        files
    }
}

/// Twelve hexadecimal digits over everything that decides what is in an image of your own.
fn hash(base: &str, descriptor: &ImageDescriptor, build: &Build, provides: &[Provided]) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    };
    part(base);
    part(&descriptor.user.to_string());
    part(&build.recipe.to_string());
    part(&build.jars);
    part(build.packages.as_deref().unwrap_or_default());
    for provided in provides {
        part(&provided.name);
        for artifact in &provided.artifacts {
            part(&artifact.coordinate);
            part(&artifact.sha256);
        }
        part(provided.lock.as_deref().unwrap_or_default());
    }
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

fn wishes(name: &str, evaluate: Evaluate<'_>) -> Result<Wishes, String> {
    // A project's own image has no entry in the spec: nothing is wished for it.
    let entry = evaluate(&format!("spec.images[{name:?}] if {name:?} in spec.images else none"))?;
    let field = |key: &str| -> Result<Option<String>, String> {
        if entry.is_none() {
            return Ok(None);
        }
        entry.get_attr(key).map(|value| value.as_str().map(str::to_owned)).map_err(|error| error.to_string())
    };
    let registry = evaluate("spec.site.registry")?.as_str().map(str::to_owned);
    Ok(Wishes { repository: field("repository")?, tag: field("tag")?, digest: field("digest")?, registry })
}

fn text(evaluate: Evaluate<'_>, expression: &str) -> Result<String, String> {
    let value = evaluate(expression)?;
    value.as_str().map(str::to_owned).ok_or_else(|| format!("`{expression}` is no text"))
}

fn artifacts(expression: &str, evaluate: Evaluate<'_>) -> Result<Vec<Artifact>, String> {
    let value = evaluate(expression)?;
    let json = serde_json::to_value(&value).map_err(|error| error.to_string())?;
    serde_json::from_value(json).map_err(|error| format!("`{expression}` is no list of artifacts: {error}"))
}
