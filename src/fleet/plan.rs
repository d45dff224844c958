//! Which releases a project lists, each in each of its environments.

use super::matrix;
use super::sharing;
use crate::diagnostic::{Finding, did_you_mean};
use crate::failure::Failure;
use crate::layer::document::LayerKind;
use crate::layer::tree::Node;
use crate::library::Library;
use crate::library::project::{EntryName, Project, ReleaseEntry};
use crate::release::{MAX_NAME, Release};
use crate::source::Span;
use crate::spec::types::Name;
use std::collections::BTreeMap;

/// One release of a project in one of its environments.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What is to be compiled.
    pub release: Release,
    /// Its entry in the project file.
    pub at: Span,
}

/// The releases of a project, in the order of its file.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Each at a place of its own.
    pub releases: Vec<Planned>,
}

impl Plan {
    /// What the project of a library lists; nothing where there is no project. A release whose entry
    /// does not limit its environments also exists in `wanted`.
    ///
    /// # Errors
    /// With every entry that cannot be: of an environment, cluster or team without a layer, with a name that
    /// is none, at the place of another.
    pub fn of(library: &Library, wanted: Option<&str>) -> Result<Plan, Failure> {
        let (plan, findings) = Plan::with_faults(library, wanted);
        if findings.is_empty() { Ok(plan) } else { Err(library.failure(findings)) }
    }

    /// As [`Plan::of`], with what is wrong beside what there is: for looking at one release, which need not be
    /// the one that is wrong.
    pub fn with_faults(library: &Library, wanted: Option<&str>) -> (Plan, Vec<Finding>) {
        let Some(project) = &library.project else { return (Plan::default(), Vec::new()) };
        let mut draft = Draft { library, project, wanted, plan: Plan::default(), findings: Vec::new() };
        let entries = |key| project.tree.below(&["spec", key]).and_then(Node::as_map);
        // In the order of the file, which the decoded maps do not keep.
        for (name, entry) in entries("releases").into_iter().flat_map(|map| &map.entries) {
            draft.release(name, entry.key);
        }
        for (name, entry) in entries("matrix").into_iter().flat_map(|map| &map.entries) {
            matrix::expand(&mut draft, name, entry.key);
        }
        draft.refuse_overlaps();
        let Draft { mut plan, mut findings, .. } = draft;
        findings.extend(sharing::settle(project, &mut plan.releases));
        (plan, findings)
    }
}

/// A plan in the making.
pub(super) struct Draft<'a> {
    pub library: &'a Library,
    pub project: &'a Project,
    wanted: Option<&'a str>,
    plan: Plan,
    pub findings: Vec<Finding>,
}

/// What is said of one release before it is one.
pub(super) struct Entry<'a> {
    pub name: String,
    pub namespace: String,
    pub environment: &'a str,
    pub cluster: Option<&'a str>,
    pub team: Option<&'a str>,
    pub preset: &'a str,
    pub features: &'a [String],
    pub matrix: Option<&'a Name>,
    pub at: Span,
}

impl<'a> Draft<'a> {
    /// One entry of `releases`, in each of its environments.
    fn release(&mut self, name: &str, at: Span) {
        let project = self.project;
        let found = project.file.spec.releases.iter().find(|(known, _)| known.as_str() == name);
        let Some((_, entry)) = found else { return };
        let place = EntryName::Release(name);
        self.check(LayerKind::Preset, &entry.preset, self.place_of(place, "preset"));
        for feature in &entry.features {
            self.check(LayerKind::Preset, feature, self.place_of(place, "features"));
        }
        if let Some(team) = &entry.team {
            self.check(LayerKind::Team, team, self.place_of(place, "team"));
        }
        for environment in self.environments_of(place, entry) {
            let per_environment = entry.clusters.get(environment);
            let cluster = per_environment.or(entry.cluster.as_ref());
            if let Some(cluster) = cluster {
                let key = if per_environment.is_some() { "clusters" } else { "cluster" };
                self.check(LayerKind::Cluster, cluster, self.place_of(place, key));
            }
            let namespace = entry.namespaces.get(environment).map(|name| name.as_str().to_owned());
            self.add(Entry {
                name: name.to_owned(),
                namespace: namespace.unwrap_or_else(|| format!("spark-{environment}")),
                environment,
                cluster: cluster.map(String::as_str),
                team: entry.team.as_deref(),
                preset: &entry.preset,
                features: &entry.features,
                matrix: None,
                at,
            });
        }
    }

    fn environments_of(&mut self, place: EntryName<'_>, entry: &'a ReleaseEntry) -> Vec<&'a str> {
        if let Some(named) = &entry.environments {
            return self.environments(Some(named), self.place_of(place, "environments"));
        }
        if entry.namespaces.is_empty() {
            return self.environments(None, self.place_of(place, "environments"));
        }
        // `namespaces` is also a table for environments that are still to come: those that are not there yet
        // are passed over, as they always were.
        let known: Vec<&str> = self.library.names(LayerKind::Environment).collect();
        let named = entry.namespaces.keys().map(String::as_str).filter(|name| known.contains(name));
        self.and_wanted(named.collect())
    }

    /// The environments of an entry that names these, or none.
    pub fn environments(&mut self, named: Option<&'a [String]>, at: Span) -> Vec<&'a str> {
        if let Some(named) = named {
            for name in named {
                self.check(LayerKind::Environment, name, at);
            }
            return named.iter().map(String::as_str).collect();
        }
        let library = self.library;
        let known: Vec<&str> = library.names(LayerKind::Environment).collect();
        let own: Vec<&str> = known.iter().copied().filter(|name| library.has_own_environment(name)).collect();
        self.and_wanted(if own.is_empty() { known } else { own })
    }

    fn and_wanted(&self, mut names: Vec<&'a str>) -> Vec<&'a str> {
        let wanted = self.wanted.filter(|wanted| !names.contains(wanted));
        names
            .extend(wanted.filter(|wanted| self.library.names(LayerKind::Environment).any(|n| n == *wanted)));
        names
    }

    /// The value of an entry's key; the whole entry where it has none.
    pub fn place_of(&self, entry: EntryName<'_>, key: &str) -> Span {
        let entry = self.project.entry(entry);
        entry.map_or(self.project.tree.span, |entry| entry.get(key).unwrap_or(entry).span)
    }

    /// Demands that there is such a layer.
    pub fn check(&mut self, kind: LayerKind, name: &str, at: Span) {
        if !self.library.names(kind).any(|known| known == name) {
            let finding =
                Finding::error("library/bad-release", format!("there is no {} `{name}`", kind.word()));
            let help = did_you_mean(name, self.library.names(kind));
            self.refuse(finding.at(at, "named here").help_if(help));
        }
    }

    /// Keeps a finding, unless the same was found for another release of the same entry.
    pub fn refuse(&mut self, finding: Finding) {
        let same = |known: &Finding| known.message == finding.message;
        if !self.findings.iter().any(same) {
            self.findings.push(finding);
        }
    }

    /// One release, if its names are names.
    pub fn add(&mut self, entry: Entry<'_>) {
        let (Some(name), Some(namespace)) =
            (self.name("release", &entry.name, entry.at), self.name("namespace", &entry.namespace, entry.at))
        else {
            return;
        };
        if name.as_str().len() > MAX_NAME {
            let message = format!("the name `{name}` has {} characters", name.as_str().len());
            let finding =
                Finding::error("library/bad-release", message).at(entry.at, "of a release in this entry");
            let why =
                format!("components and pods add theirs: {MAX_NAME} characters are left of a DNS label");
            return self.refuse(finding.why(why).help("shorten the names that it is made of, or set `name`"));
        }
        let Ok(release) = Release::of(entry.environment, entry.preset) else { return };
        let release = Release {
            name,
            namespace,
            cluster: entry.cluster.map(str::to_owned),
            team: entry.team.map(str::to_owned),
            matrix: entry.matrix.cloned(),
            features: entry.features.iter().cloned().collect(),
            ..release
        };
        self.plan.releases.push(Planned { release, at: entry.at });
    }

    fn name(&mut self, what: &str, text: &str, at: Span) -> Option<Name> {
        match text.parse() {
            Ok(name) => Some(name),
            Err(error) => {
                let error: crate::spec::types::ValueError = error;
                let message = format!("`{text}` cannot be the name of a {what}");
                self.refuse(Finding::error("library/bad-release", message).at(at, error.to_string()));
                None
            }
        }
    }

    /// No two bundles at one place, and none inside another.
    fn refuse_overlaps(&mut self) {
        let mut places: BTreeMap<String, Span> = BTreeMap::new();
        let mut wrong = Vec::new();
        for planned in &self.plan.releases {
            let place = planned.release.place();
            match places.get(&place) {
                Some(other) => wrong.push(
                    Finding::error("library/bad-release", format!("two releases have the place `{place}`"))
                        .at(planned.at, "this one")
                        .and(*other, "and this one")
                        .why("one bundle would overwrite the other")
                        .help("give them different names, clusters or environments"),
                ),
                None => drop(places.insert(place, planned.at)),
            }
        }
        for (place, at) in &places {
            let outer = place.match_indices('/').find_map(|(end, _)| places.get(&place[..end]));
            if let Some(outer) = outer {
                wrong.push(
                    Finding::error("library/bad-release", format!("`{place}` lies inside another bundle"))
                        .at(*at, "this release")
                        .and(*outer, "whose name is that of its cluster")
                        .help("give that release another name"),
                );
            }
        }
        wrong.into_iter().for_each(|finding| self.refuse(finding));
    }
}
