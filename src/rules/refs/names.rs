//! What can be referred to: the objects of the set, what operators make of them, and what the release
//! declares to exist already.

use super::declared::Declared;
use super::texts::Text;
use crate::diagnostic::did_you_mean;
use crate::layer::tree::Node;
use crate::library::files::BUILT_IN_PREFIX;
use crate::rules::set::selectors::holds;
use crate::rules::set::{Known, Object, Pod, PodKind, Subject};
use crate::rules::{Place, Problem};
use std::collections::{BTreeMap, BTreeSet};

/// The keys of a Secret or ConfigMap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keys {
    /// These and no others.
    These(BTreeSet<String>),
    /// Nobody can tell before it runs.
    Any,
}

/// Something by namespace and name.
type Named<'s, T> = BTreeMap<&'s str, BTreeMap<&'s str, T>>;

/// Everything that has a name.
pub struct Names<'s> {
    /// The set.
    pub subject: &'s Subject<'s>,
    /// What the spec of a release declares; none for others' manifests.
    pub declared: Option<Declared>,
    /// Components that the project brings, whose images nobody here knows.
    strangers: BTreeSet<&'s str>,
    secrets: Named<'s, Keys>,
    config_maps: Named<'s, Keys>,
    texts: Named<'s, Vec<Text<'s>>>,
    /// Labels of pods, and the positions of the pods that have each.
    labels: BTreeMap<(&'s str, &'s str), Vec<usize>>,
}

impl<'s> Names<'s> {
    /// Reads them out of a set.
    pub fn new(subject: &'s Subject<'s>) -> Self {
        let mut secrets: Named<'s, Keys> = BTreeMap::new();
        let mut config_maps: Named<'s, Keys> = BTreeMap::new();
        for object in subject.objects() {
            if object.id.kind == "ConfigMap" {
                let mut keys = keys_of(object.node.get("data"));
                keys.extend(keys_of(object.node.get("binaryData")));
                config_maps.entry(object.namespace()).or_default().insert(&object.id.name, Keys::These(keys));
            }
            for (name, keys) in super::secrets::made(object) {
                let of = secrets.entry(object.namespace()).or_default();
                let both = match (of.remove(name), keys) {
                    (Some(Keys::These(mut one)), Keys::These(other)) => {
                        one.extend(other);
                        Keys::These(one)
                    }
                    (Some(Keys::Any), _) => Keys::Any,
                    (_, keys) => keys,
                };
                of.insert(name, both);
            }
        }
        let mut labels: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (at, pod) in subject.pods.iter().enumerate() {
            let own = pod.template.below(&["metadata", "labels"]).and_then(Node::as_map);
            for (key, entry) in own.into_iter().flat_map(|own| &own.entries) {
                if let Some(value) = entry.node.as_str() {
                    labels.entry((key, value)).or_default().push(at);
                }
            }
        }
        let mut texts: Named<'s, Vec<Text<'s>>> = BTreeMap::new();
        for file in &subject.files {
            let object = &subject.objects()[file.object];
            let of = texts.entry(object.namespace()).or_default().entry(&object.id.name).or_default();
            of.push(Text::new(file));
        }
        let strangers = subject.known().map(|known| {
            let components = known.compiled.platform.active(known.library);
            let own = components.filter(|component| {
                !known.library.sources.get(component.source).name.starts_with(BUILT_IN_PREFIX)
            });
            own.map(|component| component.name.as_str()).collect()
        });
        let strangers = strangers.unwrap_or_default();
        let declared = subject.known().map(|known| Declared::of(&known));
        Names { subject, declared, strangers, secrets, config_maps, texts, labels }
    }

    /// What is known only of a release that sparkctl compiled.
    pub fn known(&self) -> Option<Known<'s>> {
        self.subject.known()
    }

    /// Whether sparkctl compiled the set.
    pub fn is_own(&self) -> bool {
        self.declared.is_some()
    }

    /// Whether a pod is one of sparkctl's own components, whose images are known.
    pub fn is_built_in(&self, pod: &Pod<'_>) -> bool {
        self.is_own()
            && !pod.label("app.kubernetes.io/name").is_some_and(|name| self.strangers.contains(name))
    }

    /// The kinds and names of the objects that templates of the project's own components make.
    pub fn brought(&self) -> BTreeSet<(&'s str, &'s str)> {
        let manifests = self.known().into_iter().flat_map(|known| &known.compiled.manifests);
        let brought = manifests.filter(|manifest| self.strangers.contains(manifest.component.as_str()));
        brought.map(|manifest| (manifest.id.kind.as_str(), manifest.id.name.as_str())).collect()
    }

    /// The object of a kind and name, in a namespace or where the manifests leave namespaces out.
    pub fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<&'s Object<'s>> {
        let exact = self.subject.find(kind, namespace, name);
        exact.or_else(|| match namespace {
            "" => self.subject.objects().iter().find(|found| found.id.kind == kind && found.id.name == name),
            _ => self.subject.find(kind, "", name),
        })
    }

    /// The keys of a Secret that something in the set makes.
    pub fn secret(&self, namespace: &str, name: &str) -> Option<&Keys> {
        lookup(&self.secrets, namespace, name)
    }

    /// The names of the Secrets that the set makes or the spec declares.
    pub fn secret_names(&self) -> BTreeSet<&str> {
        let declared = self.declared.iter().flat_map(|declared| declared.secrets.keys().map(String::as_str));
        self.secrets.values().flat_map(|of| of.keys().copied()).chain(declared).collect()
    }

    /// The keys of a ConfigMap of the set.
    pub fn config_map(&self, namespace: &str, name: &str) -> Option<&Keys> {
        lookup(&self.config_maps, namespace, name)
    }

    /// The texts of a ConfigMap of the set.
    pub fn texts(&self, namespace: &str, name: &str) -> &[Text<'s>] {
        lookup(&self.texts, namespace, name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The names of all objects of a kind.
    pub fn all(&self, kind: &str) -> BTreeSet<&'s str> {
        let objects = self.subject.objects().iter().filter(|object| object.id.kind == kind);
        objects.map(|object| object.id.name.as_str()).collect()
    }

    /// Something is not in the set. In a release of sparkctl `rule` says so; in others' manifests, where it may
    /// be in another set, a warning does.
    pub fn absent(&self, rule: &'static str, what: &str, name: &str, at: Place, among: &[&str]) -> Problem {
        let rule = if self.is_own() { rule } else { "ref/outside-the-set" };
        let message = format!("there is no {what} `{name}` {}", self.here());
        Problem::new(rule, message, at, "named here")
            .help_if(did_you_mean(name, among.iter().copied()).or_else(|| self.make_it(what)))
    }

    fn here(&self) -> &'static str {
        if self.is_own() { "in the release" } else { "in these manifests" }
    }

    fn make_it(&self, what: &str) -> Option<String> {
        Some(format!("add the {what} to the set, or name one that is in it"))
    }

    /// The positions of the pods of a namespace that a label selector matches; what Spark and Kubernetes add to
    /// a pod by themselves matches whatever is asked for.
    pub fn selected(&self, namespace: &str, selector: &Node) -> Vec<usize> {
        let pods = &self.subject.pods;
        let nearby = |at: &usize| {
            let own = pods[*at].namespace();
            own == namespace || own.is_empty() || namespace.is_empty()
        };
        let first = selector.get("matchLabels").and_then(Node::as_map).and_then(|labels| {
            let plain = labels.entries.iter().find(|(key, _)| !is_added(key))?;
            Some(self.labels.get(&(plain.0.as_str(), plain.1.node.as_str()?)).cloned().unwrap_or_default())
        });
        let candidates = first.unwrap_or_else(|| (0..pods.len()).collect());
        candidates.into_iter().filter(nearby).filter(|at| matches(&pods[*at], selector)).collect()
    }
}

fn lookup<'m, T>(map: &'m Named<'_, T>, namespace: &str, name: &str) -> Option<&'m T> {
    map.get(namespace).and_then(|of| of.get(name)).or_else(|| match namespace {
        "" => map.values().find_map(|of| of.get(name)),
        _ => map.get("")?.get(name),
    })
}

/// The keys of a mapping.
pub fn keys_of(node: Option<&Node>) -> BTreeSet<String> {
    let map = node.and_then(Node::as_map);
    map.into_iter().flat_map(|map| map.entries.keys().cloned()).collect()
}

/// Whether a pod has the labels that a selector asks for.
pub fn matches(pod: &Pod<'_>, selector: &Node) -> bool {
    let label = |key: &str| pod.label(key);
    let added = |key: &str| is_added(key) && pod.label(key).is_none() && gets(pod.kind, key);
    let labels = selector.get("matchLabels").and_then(Node::as_map);
    let all = labels.is_none_or(|labels| {
        labels.entries.iter().all(|(key, entry)| added(key) || label(key) == entry.node.as_str())
    });
    all && selector
        .list("matchExpressions")
        .iter()
        .all(|one| one.text("key").is_some_and(added) || holds(one, label))
}

/// Labels that Spark's drivers (Spark 4.1.4, `Constants.scala`) and Kubernetes' controllers put onto pods.
pub fn is_added(key: &str) -> bool {
    key.starts_with("spark-")
        || key.starts_with("batch.kubernetes.io/")
        || key.starts_with("statefulset.kubernetes.io/")
        || matches!(key, "apps.kubernetes.io/pod-index" | "job-name" | "controller-uid" | "pod-template-hash")
}

fn gets(kind: PodKind, key: &str) -> bool {
    key.starts_with("spark-") == (kind == PodKind::Executor)
}

/// Whether a pod has a label of this value, or is given one of this key when it runs.
pub fn has(pod: &Pod<'_>, key: &str, value: Option<&str>) -> bool {
    match pod.label(key) {
        Some(own) => Some(own) == value,
        None => is_added(key) && gets(pod.kind, key),
    }
}
