//! Where layers and templates come from: built into the binary, with a project's own over them.

mod cache;
pub mod descriptor;
pub mod files;
mod load;
pub mod project;
pub mod versions;

pub use load::check_template;

use crate::bundle::Digest;
use crate::diagnostic::{Finding, Report};
use crate::failure::Failure;
use crate::gitops::care::Care;
use crate::images::descriptor::{self as image, ImageDescriptor};
use crate::layer::document::{Layer, LayerKind, PresetRole};
use crate::layer::parse::parse_one;
use crate::layer::path::SpecPath;
use crate::layer::renames::{Document, Renames};
use crate::layer::tree::Node;
use crate::source::{SourceId, Sources};
use crate::spec::schema::{Kind, Schemas, validator};
use crate::template::Templates;
use cache::Cache;
use descriptor::Component;
use files::{Files, Pair};
use jsonschema::Validator;
use project::Project;
use std::convert::Infallible;
use std::sync::Arc;
use versions::SparkVersion;

/// Everything a release can be compiled from.
#[derive(Debug)]
pub struct Library {
    /// The texts of all files.
    pub sources: Sources,
    /// The components, in the order of their names.
    pub components: Vec<Component>,
    /// The schemas, components' own settings included.
    pub schemas: Schemas,
    /// The templates.
    pub templates: Templates,
    /// How those who sync have to treat objects.
    pub care: Care,
    /// The project, if there is one.
    pub project: Option<Project>,
    /// Keys that were called otherwise once.
    pub renames: Renames,
    /// How messages name the project's root.
    shown: String,
    files: Files,
    /// Layers that were read already, by their texts: a fleet takes the same ones thousands of times.
    read: Cache<Vec<SourceId>, Vec<Layer>>,
    /// The facts of Spark's versions that were read already.
    versions: Cache<String, Option<SparkVersion>>,
    /// The digests of texts that were taken already.
    digests: Cache<SourceId, Digest>,
    /// The schemas of components' settings that were compiled already, by their keys; none where one is broken.
    settings: Cache<String, Option<Arc<Validator>>>,
    /// The descriptors of images that were read already.
    images: Cache<SourceId, ImageDescriptor>,
}

/// A kind of layer that lies in a folder of its own.
const FOLDERS: [(LayerKind, &str); 4] = [
    (LayerKind::Environment, "environments"),
    (LayerKind::Preset, "presets"),
    (LayerKind::Cluster, "clusters"),
    (LayerKind::Team, "teams"),
];

fn folder_of(kind: LayerKind) -> &'static str {
    FOLDERS.iter().find(|(known, _)| *known == kind).map_or("", |(_, folder)| folder)
}

/// The role of a preset: what its last layer says that says one.
pub fn role_of(layers: &[Layer]) -> Option<PresetRole> {
    layers.iter().rev().find_map(|layer| layer.metadata.role)
}

/// The layer of all defaults.
const BASE: &str = "presets/base.yaml";

impl Library {
    /// The digest of one of its texts, as what releases are made from.
    pub fn digest(&self, source: SourceId) -> Digest {
        let take = |source: &SourceId| match self.project.as_ref().filter(|project| project.source == *source)
        {
            Some(project) => Digest::of(project.text_as_input(&self.sources).as_bytes()),
            None => Digest::of(self.sources.get(*source).text.as_bytes()),
        };
        let taken = self.digests.get_or_make(source, |source| Ok::<_, Infallible>(take(source)));
        taken.unwrap_or_else(|never| match never {})
    }

    /// The names of the layers of one kind, in order.
    pub fn names(&self, kind: LayerKind) -> impl Iterator<Item = &str> + Clone {
        let folder = folder_of(kind);
        self.files.keys().filter(|path| *path != BASE).filter_map(move |path| {
            let name = path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".yaml")?;
            (!name.contains('/')).then_some(name)
        })
    }

    /// The base: defaults of the spec, then of each component's settings.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn base(&self) -> Result<Vec<Layer>, Vec<Finding>> {
        let own =
            self.components.iter().map(|component| format!("templates/{}/defaults.yaml", component.name));
        let paths = std::iter::once(BASE.to_owned()).chain(own);
        let pairs = paths.filter_map(|path| self.files.get(&path).copied());
        self.read_all(pairs.flat_map(|pair| self.merged_pair(pair)).collect(), LayerKind::Base, None)
    }

    /// The layers of one kind and name: the built-in one, and the project's to be merged over it; the
    /// project's alone where it stands alone.
    ///
    /// # Errors
    /// A finding-free [`Failure::Refused`] where there is no such layer; what is wrong with it otherwise.
    pub fn layers(&self, kind: LayerKind, name: &str) -> Result<Vec<Layer>, Failure> {
        let folder = folder_of(kind);
        let Some(pair) =
            self.files.get(&format!("{folder}/{name}.yaml")).filter(|_| self.names(kind).any(|n| n == name))
        else {
            return Err(Failure::unknown(kind.word(), name, self.names(kind)));
        };
        self.read_all(self.merged_pair(*pair), kind, Some(name)).map_err(|findings| self.failure(findings))
    }

    /// The name of a text as it is from the project's root.
    pub fn name_in_project<'a>(&self, name: &'a str) -> &'a str {
        name.strip_prefix(self.shown.as_str()).unwrap_or(name)
    }

    /// A text for places that no layer wrote: the base layer's.
    pub fn sources_start(&self) -> SourceId {
        self.file(BASE).unwrap_or(self.sources.scratch())
    }

    /// Findings as a failure, with the library's texts.
    pub fn failure(&self, findings: Vec<Finding>) -> Failure {
        Failure::Findings(Box::new(Report::new(findings, self.sources.clone())))
    }

    fn merged_pair(&self, pair: Pair) -> Vec<SourceId> {
        pair.built_in.into_iter().chain(pair.project).collect()
    }

    fn read_all(
        &self,
        sources: Vec<SourceId>,
        kind: LayerKind,
        name: Option<&str>,
    ) -> Result<Vec<Layer>, Vec<Finding>> {
        self.read.get_or_make(sources, |sources| {
            let mut layers: Vec<Layer> = Vec::new();
            let mut findings = Vec::new();
            for source in sources {
                match self.read_layer(*source, &self.sources, kind, name) {
                    Ok(layer) => {
                        if layer.metadata.standalone == Some(true) {
                            layers.clear();
                        }
                        layers.push(layer);
                    }
                    Err(found) => findings.extend(found),
                }
            }
            if findings.is_empty() { Ok(layers) } else { Err(findings) }
        })
    }

    /// Reads one layer document and holds it against the layer schema. `sources` has its text.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read_layer(
        &self,
        source: SourceId,
        sources: &Sources,
        kind: LayerKind,
        name: Option<&str>,
    ) -> Result<Layer, Vec<Finding>> {
        let text = &sources.get(source);
        let (document, mut findings) = parse_one(source, &text.text);
        let Some(mut document) = document else { return Err(findings) };
        let (notes, wrong) = Renames::sorted(self.renames.apply(&mut document, Document::Layer));
        findings.extend(wrong);
        // Layers inside the binary are held against the schema by a test, not at every start.
        if !text.name.starts_with(files::BUILT_IN_PREFIX) {
            findings.extend(self.schemas.check(Kind::Layer, &document, sources));
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let at = |key: &str| document.get(key).unwrap_or(&document).span;
        let (kind_at, name_at) =
            (at("kind"), document.get("metadata").and_then(|m| m.get("name")).map(|n| n.span));
        let layer = Layer::from_document(source, document).map_err(|finding| vec![*finding])?;
        let layer = Layer { notes, ..layer };
        if layer.kind != kind {
            let message = format!("this is {}, where {} is expected", layer.kind.phrase(), kind.phrase());
            let finding = Finding::error("layer/wrong-kind", message).at(kind_at, "this kind");
            return Err(vec![
                finding.help(format!("write kind: {kind:?}, or move the file where its kind belongs")),
            ]);
        }
        if let Some(name) = name.filter(|name| *name != layer.name) {
            let message = format!("the layer in {name}.yaml calls itself `{}`", layer.name);
            let finding =
                Finding::error("layer/wrong-name", message).at(name_at.unwrap_or(kind_at), "this name");
            return Err(vec![finding.help(format!("write name: {name}, or rename the file"))]);
        }
        Ok(layer)
    }

    /// Whether the project brings templates of its own, which may be a stranger's.
    pub fn has_own_templates(&self) -> bool {
        self.files.iter().any(|(path, pair)| path.starts_with("templates/") && pair.project.is_some())
    }

    /// Whether what the spec says under components' own keys satisfies their schemas.
    pub fn settings_hold(&self, spec: &Node) -> bool {
        let settings = self.components.iter().filter_map(|component| component.descriptor.settings.as_ref());
        settings.into_iter().all(|settings| {
            let schema = self.schemas.at(&SpecPath::root().key(settings.key.as_str()));
            let validator = self.settings.get_or_make(settings.key.clone(), |_| {
                Ok::<_, Infallible>(schema.and_then(|schema| validator(schema).ok()).map(Arc::new))
            });
            let validator = validator.unwrap_or_else(|never| match never {});
            let value = spec.get(&settings.key).map(Node::to_json);
            value.zip(validator).is_some_and(|(value, validator)| validator.is_valid(&value))
        })
    }

    /// The descriptor of an image, from the text that holds it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn image(&self, name: &str, source: SourceId) -> Result<ImageDescriptor, Vec<Finding>> {
        self.images.get_or_make(source, |source| {
            image::read(name, *source, &self.sources, !self.is_built_in(*source))
        })
    }

    /// The names of the presets with one role, in order. Presets that cannot be read are left out.
    pub fn presets(&self, role: PresetRole) -> Vec<&str> {
        let has_role = |name: &&str| {
            self.layers(LayerKind::Preset, name).is_ok_and(|layers| role_of(&layers) == Some(role))
        };
        self.names(LayerKind::Preset).filter(has_role).collect()
    }

    /// The text of a file of the library that is neither layer nor template.
    pub fn file(&self, path: &str) -> Option<SourceId> {
        self.files.get(path)?.top()
    }

    /// Whether the project brings an environment of this name, or something to merge over it.
    pub fn has_own_environment(&self, name: &str) -> bool {
        let path = format!("{}/{name}.yaml", folder_of(LayerKind::Environment));
        self.files.get(&path).is_some_and(|pair| pair.project.is_some())
    }

    /// Whether a text is one of the library's, and not an argument or a file that was given with one.
    pub fn is_in_library(&self, source: SourceId) -> bool {
        self.sources.holds(source)
    }

    /// Whether a text is one of those inside the binary.
    pub fn is_built_in(&self, source: SourceId) -> bool {
        self.sources.get(source).name.starts_with(files::BUILT_IN_PREFIX)
    }

    /// Whether a text is one of the project's own files.
    pub fn is_own(&self, source: SourceId) -> bool {
        self.is_in_library(source) && !self.is_built_in(source)
    }

    /// The project's own files, by their paths in it; `sparkctl.yaml` is not among them.
    pub fn own_files(&self) -> impl Iterator<Item = (&str, SourceId)> {
        self.files.iter().filter_map(|(path, pair)| Some((path.as_str(), pair.project?)))
    }

    /// The text of one of the project's own files, `sparkctl.yaml` among them, by its path in the project.
    pub fn own_text(&self, path: &str) -> Option<&str> {
        let source = match &self.project {
            Some(project) if path == project::PROJECT_FILE => project.source,
            _ => self.files.get(path)?.project?,
        };
        Some(&self.sources.get(source).text)
    }

    /// Whether a file of a library is a layer.
    pub fn is_layer(path: &str) -> bool {
        let folder = path.split('/').next().unwrap_or_default();
        FOLDERS.iter().any(|(_, known)| *known == folder)
    }

    /// The files whose paths begin with `prefix`, by the rest of their paths.
    pub fn files_below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, SourceId)> {
        self.files.iter().filter_map(move |(path, pair)| Some((path.strip_prefix(prefix)?, pair.top()?)))
    }

    /// The files in a folder of the library, by the name without ending.
    pub fn folder<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, SourceId)> {
        self.files.iter().filter_map(move |(path, pair)| {
            let name = path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".yaml")?;
            Some((name, pair.top()?))
        })
    }
}
