//! ConfigMaps and Secrets: who reads what changed, and when.
//!
//! A change that restarts its readers by their pod template (a hash of the configuration in an annotation) is part
//! of that restart, which is said once, of the workload.

use super::readers::{How, Reader};
use super::sides::{Change, Context, Side, keys};
use super::workloads::{sessions, starts_anew};
use super::{Effect, Found, listed};
use crate::layer::tree::Node;
use crate::rules::set::PodKind;

/// What a change of configuration does to those who read it.
pub fn tell(context: &Context<'_>, change: &Change<'_>, found: &mut Found) {
    let Some((kind, name)) = holds(change) else { return };
    let namespace = |object: Option<(usize, crate::rules::set::Object<'_>)>| {
        object.and_then(|(_, object)| object.id.namespace.as_deref()).unwrap_or_default().to_owned()
    };
    let side = |side: &Side<'_>, namespace: &str| -> Vec<Reader> {
        side.readers.find(kind, namespace, &name).to_vec()
    };
    if change.removed().is_some() {
        let readers = side(&context.after, &namespace(change.before));
        let needs: Vec<String> =
            readers.iter().filter(|reader| !reader.is_optional).map(|reader| who(context, reader)).collect();
        if !needs.is_empty() {
            let text = format!("{kind}/{name} goes, and {} cannot start without it", listed(&unique(needs)));
            found.say(change, Effect::Stops, Vec::new(), text);
        }
        return;
    }
    let readers = side(&context.after, &namespace(change.after));
    if change.added().is_some() {
        if !readers.is_empty() {
            let names = unique(readers.iter().map(|reader| who(context, reader)).collect());
            found.say(
                change,
                Effect::Starts,
                Vec::new(),
                format!("{} is there for {}", change.name(), listed(&names)),
            );
        }
        return;
    }
    changed(context, change, (kind, &name), &readers, found);
}

/// Which ConfigMap or Secret an object is or makes.
fn holds(change: &Change<'_>) -> Option<(&'static str, String)> {
    let (_, object) = change.after.or(change.before)?;
    let below = |keys: &[&str]| object.node.below(keys).and_then(Node::as_str).map(str::to_owned);
    match (object.id.kind.as_str(), object.group()) {
        ("ConfigMap", "") => Some(("ConfigMap", object.id.name.clone())),
        ("Secret", "") => Some(("Secret", object.id.name.clone())),
        ("ExternalSecret", _) => {
            Some(("Secret", below(&["spec", "target", "name"]).unwrap_or_else(|| object.id.name.clone())))
        }
        ("SealedSecret", _) => Some(("Secret", object.id.name.clone())),
        ("Certificate", "cert-manager.io") => Some(("Secret", below(&["spec", "secretName"])?)),
        _ => None,
    }
}

fn changed(
    context: &Context<'_>,
    change: &Change<'_>,
    what: (&str, &str),
    readers: &[Reader],
    found: &mut Found,
) {
    let is_plain = matches!(change.kind(), "ConfigMap" | "Secret");
    let roots: &[&str] = if is_plain { &["data", "binaryData", "stringData"] } else { &["spec"] };
    let fields = change.any_below(roots);
    if fields.is_empty() {
        return;
    }
    // The keys that differ; what makes a Secret may change any of them.
    let touched = |at: &usize| -> Option<String> {
        let path = keys(&change.change.fields.get(*at)?.path.0);
        path.get(1).map(|key| (*key).to_owned())
    };
    let mut groups: Vec<(Class, Vec<String>, Vec<usize>)> = Vec::new();
    let mut is_read = false;
    for field in &fields {
        let key = is_plain.then(|| touched(field)).flatten();
        for reader in readers {
            let takes = |keys: &Vec<String>| key.as_ref().is_none_or(|key| keys.contains(key));
            if !reader.keys.as_ref().is_none_or(takes) {
                continue;
            }
            is_read = true;
            let (class, name) = classify(context, change, what, reader, key.as_deref());
            match groups.iter_mut().find(|(known, names, _)| *known == class && names.contains(&name)) {
                Some((.., of)) => of.push(*field),
                None => match groups.iter_mut().find(|(known, ..)| *known == class) {
                    Some((_, names, of)) => {
                        names.push(name);
                        of.push(*field);
                    }
                    None => groups.push((class, vec![name], vec![*field])),
                },
            }
        }
    }
    if !is_read {
        let text = format!("no pod of the set reads what changed in {}", change.name());
        return found.say(change, Effect::Nothing, fields, text);
    }
    for (class, names, mut fields) in groups {
        fields.sort_unstable();
        fields.dedup();
        say(change, class, &unique(names), fields, found);
    }
}

/// When a reader has what changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Its pods are replaced in the same go.
    WithRestart,
    /// Reloader watches it and restarts the workload; the sessions that end.
    Reloader(Option<&'static str>),
    /// Executors that start from now on.
    Executors,
    /// Not before its pods start again: a program that reads once, a variable, `subPath`.
    Later(Why),
    /// The kubelet brings it in, and the program may read it again.
    Live,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Variable,
    SubPath,
    Spark,
}

fn classify(
    context: &Context<'_>,
    change: &Change<'_>,
    (kind, name): (&str, &str),
    reader: &Reader,
    key: Option<&str>,
) -> (Class, String) {
    let side = &context.after;
    let text = who(context, reader);
    let Some(pod) = side.subject.pods.get(reader.pod) else { return (Class::Live, text) };
    if pod.kind == PodKind::Executor {
        return (Class::Executors, text);
    }
    if starts_anew(context, pod.object) {
        return (Class::WithRestart, text);
    }
    if reloads(pod.owner.node, kind, name) {
        return (Class::Reloader(sessions(side, reader.pod)), text);
    }
    let applications = side.subject.applications.iter().filter(|application| application.pod == reader.pod);
    let mut is_spark = false;
    for application in applications {
        let is_template =
            application.executor.and_then(|at| side.subject.pods.get(at)).is_some_and(|template| {
                change.after.is_some_and(|(at, _)| at == template.object) && template.file == key
            });
        if is_template && reader.how == How::Files {
            return (Class::Executors, format!("the executors of {text}"));
        }
        is_spark = true;
    }
    let class = match reader.how {
        How::Variable => Class::Later(Why::Variable),
        How::SubPath => Class::Later(Why::SubPath),
        How::Files if is_spark => Class::Later(Why::Spark),
        How::Files => Class::Live,
    };
    (class, text)
}

/// Whether Reloader restarts a workload when this changes (stakater/Reloader, annotations of workloads).
fn reloads(owner: &Node, kind: &str, name: &str) -> bool {
    let annotation = |key: &str| owner.below(&["metadata", "annotations", key]).and_then(Node::as_str);
    let lower = kind.to_ascii_lowercase();
    let named = annotation(&format!("{lower}.reloader.stakater.com/reload"));
    let is_named = named.is_some_and(|names| names.split(',').any(|one| one.trim() == name));
    let is_auto = ["reloader.stakater.com/auto".to_owned(), format!("{lower}.reloader.stakater.com/auto")];
    is_named || is_auto.iter().any(|key| annotation(key) == Some("true"))
}

fn say(change: &Change<'_>, class: Class, names: &[String], fields: Vec<usize>, found: &mut Found) {
    let what = change.name();
    let names = listed(names);
    let (effect, text) = match class {
        Class::WithRestart => {
            (Effect::AtRestart, format!("part of the restart of {names}, which this change causes"))
        }
        Class::Reloader(lost) => {
            if let Some(lost) = lost {
                let text = format!(
                    "Reloader restarts {names} when the Secret or ConfigMap changes, which ends {lost}"
                );
                found.say(change, Effect::EndsSessions, fields.clone(), text);
            }
            (Effect::Restarts, format!("Reloader restarts {names} when the Secret or ConfigMap changes"))
        }
        Class::Executors => (Effect::NewPods, format!("{names} have it from the next one on that starts")),
        Class::Later(Why::Variable) => (
            Effect::AtRestart,
            format!("{names} has {what} in its variables: nothing changes before its pods restart"),
        ),
        Class::Later(Why::SubPath) => (
            Effect::AtRestart,
            format!("{names} mounts {what} by subPath: nothing changes before its pods restart"),
        ),
        Class::Later(Why::Spark) => (
            Effect::AtRestart,
            format!(
                "{names} reads {what} when Spark starts, and nothing restarts its pods: nothing changes before that"
            ),
        ),
        Class::Live => (
            Effect::Live,
            format!(
                "{names} sees the new files within a minute or two, if it reads them again while it runs"
            ),
        ),
    };
    found.say(change, effect, fields, text);
}

/// A reader as people know it; of executors, by their driver.
fn who(context: &Context<'_>, reader: &Reader) -> String {
    let subject = &context.after.subject;
    let driver = subject.applications.iter().find(|application| application.executor == Some(reader.pod));
    match driver.and_then(|application| subject.pods.get(application.pod)) {
        Some(driver) => format!("the executors of {}", driver.name()),
        None => subject.pods.get(reader.pod).map(|pod| pod.name()).unwrap_or_default(),
    }
}

fn unique(mut names: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}
