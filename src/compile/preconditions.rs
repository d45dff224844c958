//! What must exist in the cluster before the bundle is applied.

use super::{Manifest, Platform, credentials};
use crate::diagnostic::Finding;
use crate::layer::path::SpecPath;
use crate::library::Library;
use crate::library::descriptor::{self, Component};
use crate::release::Release;
use crate::spec::Spec;
use crate::spec::platform::Tier;
use minijinja::value::Value;
use serde::Serialize;

/// One thing that must exist, and how to find out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Precondition {
    /// The component that needs it.
    pub component: String,
    /// Its name in the descriptor.
    pub name: String,
    /// What must exist.
    pub what: String,
    /// The command that tells whether it does.
    pub verify: String,
    /// The command that makes it, where one can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create: Option<String>,
}

/// The preconditions of a release, in the order of components and names.
///
/// # Errors
/// What is wrong with a descriptor.
pub fn all(
    library: &Library,
    release: &Release,
    platform: &Platform,
    spec: &Spec,
    manifests: &[Manifest],
) -> Result<Vec<Precondition>, Vec<Finding>> {
    let mut found = secrets(release, spec, manifests);
    let mut findings = Vec::new();
    let used = credentials::used(manifests);
    let managed = spec.secrets.keys().filter(|name| used.contains(&format!("{}-{name}", release.name)));
    let managed: Value = managed.map(|name| Value::from(name.as_str())).collect();
    let declares = |component: &&Component| !component.descriptor.preconditions.is_empty();
    for component in platform.active(library).filter(declares) {
        let mut context = platform.context(release, &component.name);
        context.push(("used_secrets", managed.clone()));
        for (name, declared) in &component.descriptor.preconditions {
            match one(library, component, name, declared, &context) {
                Ok(items) => found.extend(items),
                Err((field, reason)) => {
                    let path = SpecPath::root().key("preconditions").key(name.as_str());
                    let at = component.tree.at(&path.key(field)).or_else(|| component.tree.at(&path));
                    findings.push(
                        Finding::error("library/bad-descriptor", "a precondition cannot be evaluated")
                            .at(at.unwrap_or(&component.tree).span, reason),
                    );
                }
            }
        }
    }
    if findings.is_empty() { Ok(found) } else { Err(findings) }
}

/// The Secrets that pods read and nothing makes.
fn secrets(release: &Release, spec: &Spec, manifests: &[Manifest]) -> Vec<Precondition> {
    let missing = credentials::missing(manifests);
    missing
        .into_iter()
        .map(|credential| {
            let keys: Vec<&str> = credential.keys.iter().map(String::as_str).collect();
            let (secret, namespace) = (&credential.secret, &release.namespace);
            let create = if spec.environment.tier == Tier::Production {
                let values: String = keys.iter().map(|key| format!(" --from-file={key}=FILE")).collect();
                format!("kubectl create secret generic {secret} --namespace {namespace}{values}")
            } else {
                format!("sparkctl preconditions {} --secrets | kubectl apply -f -", release.options())
            };
            Precondition {
                component: credential.component,
                name: format!("secret-{secret}"),
                what: format!("the Secret {secret} with {}", keys.join(", ")),
                verify: format!("kubectl get secret {secret} --namespace {namespace}"),
                create: Some(create),
            }
        })
        .collect()
}

fn one(
    library: &Library,
    component: &Component,
    name: &str,
    declared: &descriptor::Precondition,
    context: &[(&'static str, Value)],
) -> Result<Vec<Precondition>, (&'static str, String)> {
    let evaluate = |field: &'static str, expression: &str, context: &[(&'static str, Value)]| {
        library.templates.evaluate(expression, context).map_err(|reason| (field, reason))
    };
    if let Some(when) = &declared.when
        && !evaluate("when", when, context)?.is_true()
    {
        return Ok(Vec::new());
    }
    let items: Vec<Value> = match &declared.each {
        Some(each) => evaluate("each", each, context)?
            .try_iter()
            .map_err(|error| ("each", error.to_string()))?
            .collect(),
        None => vec![Value::from(())],
    };
    items
        .into_iter()
        .map(|item| {
            let mut context = context.to_vec();
            context.push(("item", item));
            let text = |field: &'static str, text: &str| {
                library.templates.render_text(text, &context).map_err(|reason| (field, reason))
            };
            Ok(Precondition {
                component: component.name.clone(),
                name: name.to_owned(),
                what: text("what", &declared.what)?,
                verify: text("verify", &declared.verify)?,
                create: declared.create.as_deref().map(|create| text("create", create)).transpose()?,
            })
        })
        .collect()
}
