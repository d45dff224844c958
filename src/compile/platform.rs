//! Which components a release has, how its pods are called, and who may talk to whom.

use super::Guests;
use crate::diagnostic::{Finding, did_you_mean};
use crate::graph::flows::{Graph, Pods};
use crate::graph::totals::Totals;
use crate::images::{self, Catalogue, Image};
use crate::layer::path::SpecPath;
use crate::layer::stack::Merged;
use crate::library::Library;
use crate::library::descriptor::{Component, Ports};
use crate::library::versions::{self, SparkVersion};
use crate::release::Release;
use crate::template::context::{Reads, Tracked};
use crate::template::functions::{MEMO, Memo};
use minijinja::value::Value;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

/// What surrounds the templates of one release.
#[derive(Debug, Clone)]
pub struct Platform {
    /// The names of the components it has, in order.
    pub components: Vec<String>,
    /// The pod groups with their flows.
    pub graph: Graph,
    /// The facts of its Spark version.
    pub version: SparkVersion,
    /// What it needs at most.
    pub totals: Totals,
    /// The other releases in its namespace, where it is the owner.
    pub guests: Guests,
    /// The paths of the spec that decided the above.
    pub reads: Reads,
    /// Those that decided which components there are, the flows, and the totals.
    pub(super) reads_of: Parts,
    /// The spec as templates see it.
    pub spec: Tracked,
    context: Context,
    /// What templates know of the pods of each component: made when first asked for.
    pods: BTreeMap<String, OnceLock<Value>>,
    memo: Arc<Memo>,
    catalogue: Arc<Catalogue>,
}

/// The same names with another spec, and what templates made of that.
pub(super) fn with_spec(context: &Context, spec: &Tracked, memo: Arc<Memo>) -> Context {
    let mut context = context.clone();
    for (name, value) in &mut context {
        match *name {
            "spec" => *value = spec.value(),
            MEMO => *value = Value::from_dyn_object(memo.clone()),
            _ => {}
        }
    }
    context
}

/// What expressions and templates know, by name.
pub(super) type Context = Vec<(&'static str, Value)>;

/// The paths of the spec that decided a platform, by what they decided.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    pub components: Reads,
    pub flows: Reads,
    pub totals: Reads,
}

/// What a platform stands on.
pub(super) struct Ground {
    spec: Tracked,
    memo: Arc<Memo>,
    version: SparkVersion,
    catalogue: Arc<Catalogue>,
    guests: Guests,
}

impl Platform {
    /// Evaluates the descriptors for one release.
    ///
    /// # Errors
    /// What is wrong with descriptors, or with the version.
    pub fn resolve(
        library: &Library,
        release: &Release,
        merged: &Merged,
        guests: Guests,
    ) -> Result<Platform, Vec<Finding>> {
        let spec = Tracked::new(&merged.root, &library.schemas);
        let version = version(library, merged)?;
        let catalogue = Arc::new(Catalogue::load(library, &version.version)?);
        let memo = Arc::new(Memo::new(spec.clone()));
        let evaluate = |expression: &str, context: &Context| library.templates.evaluate(expression, context);
        Platform::around(library, release, Ground { spec, memo, version, catalogue, guests }, &evaluate)
    }

    /// What stands on a spec; `evaluate` answers for the descriptors.
    pub(super) fn around(
        library: &Library,
        release: &Release,
        ground: Ground,
        evaluate: &dyn Fn(&str, &Context) -> Result<Value, String>,
    ) -> Result<Platform, Vec<Finding>> {
        let Ground { spec, memo, version, catalogue, guests } = ground;
        let mut context = vec![
            ("spec", spec.value()),
            (MEMO, Value::from_dyn_object(memo.clone())),
            (
                "release",
                serialized(json!({
                    "name": release.name,
                    "namespace": release.namespace,
                    "environment": release.environment,
                    "preset": release.preset,
                    "options": release.options(),
                })),
            ),
            ("spark", serialized(&version)),
            (images::NAME, Value::from_dyn_object(catalogue.clone())),
        ];
        spec.begin();
        let evaluate = |expression: &str| evaluate(expression, &context);
        let mut findings = Vec::new();
        let mut active: Vec<&Component> = Vec::new();
        for component in &library.components {
            match component.descriptor.when.as_deref().map(evaluate) {
                None => active.push(component),
                Some(Ok(value)) if value.is_true() => active.push(component),
                Some(Ok(_)) => {}
                Some(Err(reason)) => {
                    let at = component.tree.get("when").unwrap_or(&component.tree).span;
                    findings.push(
                        Finding::error(
                            "library/bad-descriptor",
                            "the component's condition cannot be evaluated",
                        )
                        .at(at, reason),
                    );
                }
            }
        }
        let of_components = spec.reads();
        spec.begin();
        let (graph, wrong) = crate::graph::flows::resolve(&active, release.name.as_str(), &evaluate);
        findings.extend(wrong);
        if !findings.is_empty() {
            return Err(findings);
        }
        let flows = spec.reads();
        spec.begin();
        let totals = crate::graph::totals::totals(&active, &evaluate)?;
        let components = active.iter().map(|component| component.name.clone()).collect();
        let reads_of = Parts { components: of_components, flows, totals: spec.reads() };
        let reads = reads_of.components.clone().and(&reads_of.flows).and(&reads_of.totals);
        context.push(("totals", serialized(&totals)));
        context.push(("guests", serialized(&guests.totals)));
        context.push(("ports", serialized(ports(&graph, |ports| Some(ports.first())))));
        context.push(("end_ports", serialized(ports(&graph, Ports::end))));
        let accounts: BTreeSet<&str> = graph.values().map(|pods| pods.service_account.as_str()).collect();
        context.push(("service_accounts", serialized(accounts)));
        let pods = active.iter().map(|component| (component.name.clone(), OnceLock::new())).collect();
        Ok(Platform {
            components,
            pods,
            graph,
            version,
            totals,
            guests,
            reads,
            reads_of,
            spec,
            context,
            memo,
            catalogue,
        })
    }

    /// What it stands on, with another spec that has the same places.
    pub(super) fn ground(&self, spec: Tracked) -> Ground {
        let memo = Memo::new(spec.clone());
        let (version, catalogue) = (self.version.clone(), self.catalogue.clone());
        Ground { spec, memo: Arc::new(memo), version, catalogue, guests: self.guests.clone() }
    }

    /// What the templates have made.
    pub(super) fn memo(&self) -> &Arc<Memo> {
        &self.memo
    }

    /// What the templates of one component know.
    pub fn context(&self, release: &Release, component: &str) -> Vec<(&'static str, Value)> {
        let make = || {
            let own = self.graph.values().filter(|pods| pods.component == component);
            let pods: BTreeMap<&str, Value> =
                own.map(|pods| (pods.group.as_str(), pods_value(pods))).collect();
            serialized(pods)
        };
        let pods = self.pods.get(component).map_or_else(make, |known| known.get_or_init(make).clone());
        let labels = BTreeMap::from([
            ("app.kubernetes.io/name", component),
            ("app.kubernetes.io/instance", release.name.as_str()),
            ("app.kubernetes.io/managed-by", "sparkctl"),
        ]);
        let component = json!({
            "name": component,
            "fullname": format!("{}-{component}", release.name),
            "labels": labels,
        });
        let mut context = self.context.clone();
        context.push(("component", serialized(component)));
        context.push(("pods", pods));
        context
    }

    /// The components it has, with their descriptors.
    pub fn active<'a>(&'a self, library: &'a Library) -> impl Iterator<Item = &'a Component> {
        library.components.iter().filter(|component| self.components.contains(&component.name))
    }

    /// The names of the images in the catalogue, in order.
    pub fn images(&self) -> impl Iterator<Item = &str> + Clone {
        self.catalogue.images.keys().map(String::as_str)
    }

    /// Whether a template of the release names an image of the catalogue.
    pub fn uses_image(&self, name: &str) -> bool {
        self.catalogue.is_used(name)
    }

    /// One image of the catalogue as this release has it; nothing where none has this name.
    ///
    /// # Errors
    /// Which expression of its descriptor cannot be evaluated, and why.
    pub fn image(&self, library: &Library, name: &str) -> Result<Option<Image>, String> {
        let evaluate = |expression: &str| library.templates.evaluate(expression, &self.context);
        self.catalogue.resolve(name, &evaluate)
    }

    /// What expressions and texts of descriptors know.
    pub fn globals(&self) -> &[(&'static str, Value)] {
        &self.context
    }
}

fn serialized(value: impl serde::Serialize) -> Value {
    Value::from(minijinja::value::Serde(value))
}

/// The ports of every pod group, by component and group.
fn ports(
    graph: &Graph,
    number: fn(Ports) -> Option<u16>,
) -> BTreeMap<&str, BTreeMap<&str, BTreeMap<&str, u16>>> {
    let mut all: BTreeMap<&str, BTreeMap<&str, _>> = BTreeMap::new();
    for pods in graph.values() {
        let numbers = pods.ports.iter().filter_map(|(name, ports)| Some((name.as_str(), number(*ports)?)));
        all.entry(pods.component.as_str()).or_default().insert(pods.group.as_str(), numbers.collect());
    }
    all
}

fn pods_value(pods: &Pods) -> Value {
    let mut labels = pods.selector.clone();
    labels.insert("app.kubernetes.io/managed-by".to_owned(), "sparkctl".to_owned());
    let rules = |rules: &[crate::graph::flows::Rule]| -> Vec<serde_json::Value> {
        rules
            .iter()
            .map(|rule| json!({"flow": rule.flow, "peers": rule.peers, "ports": rule.ports}))
            .collect()
    };
    serialized(json!({
        "selector": pods.selector,
        "serviceAccount": pods.service_account,
        "labels": labels,
        "ports": pods.ports.iter().map(|(name, ports)| (name, ports.first())).collect::<BTreeMap<_, _>>(),
        "ingress": rules(&pods.ingress),
        "egress": rules(&pods.egress),
    }))
}

fn version(library: &Library, merged: &Merged) -> Result<SparkVersion, Vec<Finding>> {
    let path = SpecPath::root().key("spark").key("version");
    let node = merged.root.at(&path).unwrap_or(&merged.root);
    let wanted = node.as_str().unwrap_or_default();
    let found = versions::one(library, wanted).map_err(|failure| {
        vec![
            Finding::error("library/bad-descriptor", failure.to_string())
                .at(node.span, "this version was asked for"),
        ]
    })?;
    match found {
        Some(version) => Ok(version),
        None => {
            let names = versions::names(library);
            let hint = wanted.rsplit_once('.').filter(|(minor, _)| names.contains(minor));
            let help = match hint {
                Some((minor, _)) => Some(format!("write the minor version: \"{minor}\"")),
                None => did_you_mean(wanted, names.iter().copied()),
            };
            Err(vec![
                Finding::error("spark/unknown-version", format!("sparkctl knows no Spark {wanted}"))
                    .at(node.span, "asked for here")
                    .help_if(help),
            ])
        }
    }
}
