//! One thing to render: what was asked for, before anything is compiled.

use crate::diagnostic::Finding;
use crate::failure::Failure;
use crate::layer::document::{Layer, LayerKind, PresetRole, Silence, silences};
use crate::layer::renames::{Document, Renames};
use crate::layer::set;
use crate::layer::stack::{Placed, Rung, Stack};
use crate::layer::tree::{Entry, Mapping, Node, Value};
use crate::library::project::EntryName;
use crate::library::{Library, role_of};
use crate::source::{SourceId, Sources, Span};
use crate::spec::types::{Date, Name, ValueError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Longest name of a release: what is left of a DNS label when components and pods add theirs.
pub const MAX_NAME: usize = 32;

/// One thing to render.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Release {
    /// Its name.
    pub name: Name,
    /// The namespace it lives in.
    pub namespace: Name,
    /// Its environment.
    pub environment: String,
    /// The cluster whose layer it takes, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The team whose layer it takes, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The entry of the project's matrix that it comes from, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<Name>,
    /// Its scenario.
    pub preset: String,
    /// Its features; their order means nothing.
    pub features: BTreeSet<String>,
    /// A file given with `--values`: its name and text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Values>,
    /// Arguments of `--set`, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<String>,
    /// Which day it is, where that was said: silenced findings are held to their dates. What is rendered
    /// never depends on it, so that the lock does not keep it.
    #[serde(skip)]
    pub today: Option<Date>,
    /// The releases of its project that share its namespace.
    #[serde(default, skip_serializing_if = "Sharing::is_alone")]
    pub sharing: Sharing,
}

/// Which other releases of a project live in a release's namespace. One of them owns it, and what is
/// namespace-wide is in that one's bundle alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sharing {
    /// Who owns the namespace, where it is another release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Name>,
    /// Who lives in the namespace besides its owner, where the release is the owner: a quota must have
    /// room for them too.
    #[serde(default, skip_serializing_if = "Vec::is_empty", serialize_with = "serialize_names")]
    #[serde(skip_deserializing)]
    pub guests: Vec<Release>,
}

impl Sharing {
    /// Whether no other release is in the namespace.
    pub fn is_alone(&self) -> bool {
        self.owner.is_none() && self.guests.is_empty()
    }
}

fn serialize_names<S: serde::Serializer>(releases: &[Release], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(releases.iter().map(|release| &release.name))
}

/// A file given with `--values`. The lock keeps its name; its digest stands among the inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Values {
    /// As it was given; the lock keeps the last part, which is the same on every machine.
    #[serde(serialize_with = "serialize_last_part")]
    pub name: String,
    /// What it holds.
    #[serde(skip)]
    pub text: String,
}

impl Values {
    /// The last part of the file's path.
    pub fn last_part(&self) -> &str {
        last_part(&self.name)
    }
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn serialize_last_part<S: serde::Serializer>(path: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(last_part(path))
}

impl Release {
    /// A scenario in an environment and nothing more: called as the scenario, in spark-ENVIRONMENT, as
    /// `sparkctl render` does it outside a project.
    ///
    /// # Errors
    /// If the two are no names.
    ///
    /// ```
    /// let release = sparkctl::release::Release::of("prod", "connect").unwrap();
    /// assert_eq!(release.namespace.as_str(), "spark-prod");
    /// ```
    pub fn of(environment: &str, preset: &str) -> Result<Release, ValueError> {
        Ok(Release {
            name: preset.parse()?,
            namespace: format!("spark-{environment}").parse()?,
            environment: environment.to_owned(),
            cluster: None,
            team: None,
            matrix: None,
            preset: preset.to_owned(),
            features: BTreeSet::new(),
            values: None,
            set: Vec::new(),
            today: None,
            sharing: Sharing::default(),
        })
    }

    /// The options of a command line that mean this release again, as a shell reads them.
    pub fn options(&self) -> String {
        let mut words = vec![format!("--env {}", self.environment), format!("--preset {}", self.preset)];
        if self.name.as_str() != self.preset {
            words.push(format!("--release {}", self.name));
        }
        words.extend(self.cluster.iter().map(|cluster| format!("--cluster {cluster}")));
        if self.namespace.as_str() != format!("spark-{}", self.environment) {
            words.push(format!("--namespace {}", self.namespace));
        }
        if !self.features.is_empty() {
            words.push(format!("--with {}", self.features.iter().cloned().collect::<Vec<_>>().join(",")));
        }
        let mut quoted = |option: &str, text: &str| {
            // What is shown must be one line, whatever stands in a value.
            let text: String = text.chars().map(crate::diagnostic::clean::character).collect();
            words.push(format!("{option} {}", crate::template::format::shell(&text)));
        };
        self.values.iter().for_each(|values| quoted("--values", values.last_part()));
        self.set.iter().for_each(|set| quoted("--set", set));
        words.join(" ")
    }

    /// Its layers in their order, lowest first, and the texts that were read on the way.
    ///
    /// # Errors
    /// If a layer does not exist or has errors.
    pub fn stack(&self, library: &Library, sources: &mut Sources) -> Result<Stack, Failure> {
        let mut stack = Stack::default();
        let mut put = |label: String, rung: Rung, layer: Layer| {
            let Layer { spec, locks, silences, constraints, notes, .. } = layer;
            stack.notes.extend(notes);
            stack.layers.push(Placed { label, rung, spec, locks, silences, constraints });
        };
        for layer in library.base().map_err(|findings| library.failure(findings))? {
            let own = layer.name != "base";
            put(if own { format!("base {}", layer.name) } else { "base".to_owned() }, Rung::Plain, layer);
        }
        for layer in library.layers(LayerKind::Environment, &self.environment)? {
            put(format!("environment {}", self.environment), Rung::Plain, layer);
        }
        for (kind, name) in [(LayerKind::Cluster, &self.cluster), (LayerKind::Team, &self.team)] {
            for layer in
                name.iter().map(|name| library.layers(kind, name)).collect::<Result<Vec<_>, _>>()?.concat()
            {
                put(format!("{} {}", kind.word(), layer.name), Rung::Plain, layer);
            }
        }
        let mut presets = vec![(Rung::Plain, self.preset(library, &self.preset, PresetRole::Scenario)?)];
        for feature in &self.features {
            presets
                .push((Rung::Feature(feature.clone()), self.preset(library, feature, PresetRole::Feature)?));
        }
        let mut overlays = Vec::new();
        for (rung, layers) in presets {
            for mut layer in layers {
                let label = format!("preset {}", layer.name);
                if let Some(overlay) = layer.overlays.shift_remove(&self.environment) {
                    overlays.push((format!("{label}, overlay {}", self.environment), rung.clone(), overlay));
                }
                put(label, rung.clone(), layer);
            }
        }
        stack.layers.extend(overlays.into_iter().map(|(label, rung, spec)| placed(label, rung, spec)));
        if let Some(project) = &library.project {
            stack.notes.extend(project.notes(self.entry()).cloned());
        }
        stack.layers.extend(self.shared_namespace(library));
        if let Some(layer) = self.own(library)? {
            stack.layers.push(layer);
        }
        self.arguments(library, sources, &mut stack)?;
        Ok(stack)
    }

    fn preset(&self, library: &Library, name: &str, role: PresetRole) -> Result<Vec<Layer>, Failure> {
        if !library.names(LayerKind::Preset).any(|known| known == name) {
            let word = if role == PresetRole::Scenario { "scenario" } else { "feature" };
            return Err(Failure::unknown(word, name, library.presets(role)));
        }
        let layers = library.layers(LayerKind::Preset, name)?;
        match (role, role_of(&layers)) {
            (PresetRole::Scenario, Some(PresetRole::Feature)) => Err(Failure::refused(
                format!("`{name}` is a feature, not a scenario"),
                format!("choose a scenario with --preset and add the feature with --with {name}"),
            )),
            (PresetRole::Feature, Some(PresetRole::Scenario)) => Err(Failure::refused(
                format!("`{name}` is a scenario, not a feature"),
                format!("a release has one scenario: --preset {name}"),
            )),
            _ => Ok(layers),
        }
    }

    /// What its entry in `sparkctl.yaml` says.
    fn own(&self, library: &Library) -> Result<Option<Placed>, Failure> {
        let Some(project) = &library.project else { return Ok(None) };
        let entry = self.entry();
        let silences = project.silenced(entry).map(|list| silences(list, LayerKind::Release)).transpose();
        let silences = silences.map_err(|finding| library.failure(vec![*finding]))?.unwrap_or_default();
        let spec = match (project.overrides(entry), silences.first()) {
            (Some(spec), _) => spec.clone(),
            (None, Some(first)) => {
                Node::new(Span { end: first.span.start, ..first.span }, Value::Map(Mapping::default()))
            }
            (None, None) => return Ok(None),
        };
        Ok(Some(Placed { silences, ..placed(format!("release {}", self.name), Rung::Plain, spec) }))
    }

    /// Its entry in `sparkctl.yaml`, where there is one.
    pub fn entry(&self) -> EntryName<'_> {
        match &self.matrix {
            Some(matrix) => EntryName::Matrix(matrix.as_str()),
            None => EntryName::Release(self.name.as_str()),
        }
    }

    /// Where its bundle lies below the output directory: `prod/connect`, `prod/eu-1/connect`.
    pub fn place(&self) -> String {
        let cluster = self.cluster.as_ref().map(|cluster| format!("{cluster}/")).unwrap_or_default();
        format!("{}/{cluster}{}", self.environment, self.name)
    }

    /// That another release owns the namespace, as a layer; its place is the release's entry.
    fn shared_namespace(&self, library: &Library) -> Option<Placed> {
        let owner = self.sharing.owner.as_ref()?;
        let project = library.project.as_ref()?;
        let entry = self.entry();
        let [spec, entries, name] = entry.path();
        let entries = project.tree.below(&[spec, entries])?.as_map()?;
        let span = entries.entries.get(name)?.key;
        let owned = |node: Node, key: &str| {
            let mut map = Mapping::default();
            map.entries.insert(key.to_owned(), Entry { key: span, node });
            Node::new(span, Value::Map(map))
        };
        let spec = owned(owned(Node::new(span, Value::Bool(false)), "owned"), "namespace");
        Some(placed(format!("project: {owner} owns the namespace"), Rung::Plain, spec))
    }

    /// `--values`, then each `--set`.
    fn arguments(&self, library: &Library, sources: &mut Sources, stack: &mut Stack) -> Result<(), Failure> {
        let mut findings = Vec::new();
        if let Some(values) = &self.values {
            let source = sources.add(values.name.as_str(), values.text.as_str());
            match self.values_layer(library, source, sources) {
                Ok((spec, silences, notes)) => {
                    stack.notes.extend(notes);
                    let placed = placed(format!("--values {}", values.name), Rung::Plain, spec);
                    stack.layers.push(Placed { silences, ..placed });
                }
                Err(found) => findings.extend(found),
            }
        }
        for argument in &self.set {
            let source = sources.add("--set", argument.as_str());
            let read =
                set::read(source, argument, |path| library.schemas.allowed(&library.renames.current(path)));
            match read {
                Ok(mut spec) => {
                    let (notes, wrong) = Renames::sorted(library.renames.apply(&mut spec, Document::Spec));
                    stack.notes.extend(notes);
                    findings.extend(wrong);
                    let document = in_layer(spec.clone());
                    findings.extend(library.schemas.check(
                        crate::spec::schema::Kind::Layer,
                        &document,
                        sources,
                    ));
                    stack.layers.push(placed("--set".to_owned(), Rung::Plain, spec));
                }
                Err(finding) => findings.push(*finding),
            }
        }
        if findings.is_empty() {
            return Ok(());
        }
        Err(Failure::Findings(Box::new(crate::diagnostic::Report::new(findings, sources.clone()))))
    }

    /// A document of kind Release, or a bare mapping, as Helm users write it, read as its `spec`.
    fn values_layer(
        &self,
        library: &Library,
        source: SourceId,
        sources: &Sources,
    ) -> Result<(Node, Vec<Silence>, Vec<Finding>), Vec<Finding>> {
        let (document, findings) = crate::layer::parse::parse_one(source, &sources.get(source).text);
        let Some(mut document) = document else { return Err(findings) };
        if document.get("apiVersion").is_some() || document.get("kind").is_some() {
            let layer = library.read_layer(source, sources, LayerKind::Release, None)?;
            return Ok((layer.spec, layer.silences, layer.notes));
        }
        let mut findings = findings;
        let (notes, wrong) = Renames::sorted(library.renames.apply(&mut document, Document::Spec));
        findings.extend(wrong);
        findings.extend(library.schemas.check(
            crate::spec::schema::Kind::Layer,
            &in_layer(document.clone()),
            sources,
        ));
        if findings.is_empty() { Ok((document, Vec::new(), notes)) } else { Err(findings) }
    }
}

fn placed(label: String, rung: Rung, spec: Node) -> Placed {
    Placed { label, rung, spec, locks: Vec::new(), silences: Vec::new(), constraints: None }
}

/// A part of the spec inside the smallest layer document, to hold it against the layer schema.
fn in_layer(spec: Node) -> Node {
    use crate::layer::document::API_VERSION;
    use crate::layer::tree::Entry;
    let span = spec.span;
    let text = |text: &str| Node::new(span, Value::String(text.to_owned()));
    let map = |entries: Vec<(&str, Node)>| {
        let mut map = Mapping::default();
        for (key, node) in entries {
            map.entries.insert(key.to_owned(), Entry { key: span, node });
        }
        Node::new(span, Value::Map(map))
    };
    map(vec![
        ("apiVersion", text(API_VERSION)),
        ("kind", text("Release")),
        ("metadata", map(vec![("name", text("arguments"))])),
        ("spec", spec),
    ])
}
