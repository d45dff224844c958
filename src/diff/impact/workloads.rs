//! Pods that are restarted, come or go, and the sessions that end with them.

use super::sides::{Change, Context, Side};
use super::{Effect, Found, count};
use crate::diff::Step;
use crate::layer::tree::Node;
use crate::rules::set::{Pod, Subject, scripts};

/// The kinds that make pods, with where they have their template.
const WORKLOADS: [(&str, &str, &[&str]); 6] = [
    ("Deployment", "apps", &["spec", "template"]),
    ("StatefulSet", "apps", &["spec", "template"]),
    ("DaemonSet", "apps", &["spec", "template"]),
    ("ReplicaSet", "apps", &["spec", "template"]),
    ("Job", "batch", &["spec", "template"]),
    ("CronJob", "batch", &["spec", "jobTemplate"]),
];

/// Where a kind has its pod template; none of what makes no pods.
pub fn template(kind: &str, group: &str) -> Option<&'static [&'static str]> {
    WORKLOADS.iter().find(|(known, of, _)| *known == kind && *of == group).map(|(_, _, path)| *path)
}

/// Whether changing one state of an object into another replaces its pods.
pub fn replaces_pods(before: &Node, after: &Node) -> bool {
    let kind = after.text("kind").unwrap_or_default();
    let replaces =
        matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet") && before.text("kind") == Some(kind);
    let path = ["spec", "template"];
    replaces && waits(after).is_none() && !super::fixed::alike(before.below(&path), after.below(&path))
}

/// Why a controller does not replace pods by itself.
fn waits(object: &Node) -> Option<&'static str> {
    let is_on_delete =
        object.below(&["spec", "updateStrategy", "type"]).and_then(Node::as_str) == Some("OnDelete");
    let is_paused = object.below(&["spec", "paused"]).and_then(Node::as_bool) == Some(true);
    match object.text("kind") {
        _ if is_on_delete => Some("updateStrategy OnDelete: only pods that are deleted by hand"),
        _ if is_paused => Some("the Deployment is paused"),
        Some("ReplicaSet") => Some("a ReplicaSet does not replace its pods"),
        _ => None,
    }
}

/// Whether applying the change of an object starts its pods anew: then they read everything again.
pub fn starts_anew(context: &Context<'_>, object: usize) -> bool {
    let Some(change) = context.change_after(object) else { return false };
    match (change.both(), template(change.kind(), change.group())) {
        (None, _) => true,
        (Some((_, after)), Some(path)) => change.touches(path) && waits(after).is_none(),
        (Some(_), None) => false,
    }
}

/// What runs in a pod, by words of its command lines and scripts, with what its clients lose when it ends.
const SESSIONS: [(&[&str], &str); 6] = [
    (&["HiveThriftServer2", "start-thriftserver"], "JDBC sessions"),
    (&["SparkConnectServer", "start-connect-server"], "Spark Connect sessions"),
    (&["deploy.master.Master", "start-master.sh"], "the applications of the standalone cluster"),
    (&["deploy.worker.Worker", "start-worker.sh"], "its executors, whose tasks run again elsewhere"),
    (&["jupyter"], "notebook kernels"),
    (
        &["bin/spark-submit", "bin/spark-shell", "bin/spark-sql", "bin/pyspark"],
        "the Spark application that it runs",
    ),
];

/// What the clients of a pod lose when it ends; none of what keeps nothing in memory for them.
pub fn sessions(side: &Side<'_>, pod: usize) -> Option<&'static str> {
    let pod = side.subject.pods.get(pod)?;
    let texts = scripts::texts(&side.subject, pod);
    let says = |words: &[&str]| texts.iter().any(|text| words.iter().any(|word| text.contains(word)));
    let (words, lost) = SESSIONS.iter().find(|(words, _)| says(words))?;
    let is_master = words.iter().any(|word| word.contains("master"));
    (!is_master || !recovers(&side.subject, pod)).then_some(*lost)
}

/// Whether a standalone master finds its applications again (`spark.deploy.recoveryMode`, whose default is NONE).
fn recovers(subject: &Subject<'_>, pod: &Pod<'_>) -> bool {
    let variables = pod.running().flat_map(|container| container.list("env"));
    let mut texts = variables.filter_map(|entry| entry.text("value")).chain(scripts::mounted(subject, pod));
    texts.any(|text| {
        let mode =
            text.split_once("spark.deploy.recoveryMode").map(|(_, rest)| rest.trim_start_matches(['=', ' ']));
        mode.is_some_and(|mode| !mode.starts_with("NONE"))
    })
}

/// What the change of a workload does to its pods.
pub fn tell(context: &Context<'_>, change: &Change<'_>, found: &mut Found) {
    let Some(path) = template(change.kind(), change.group()) else {
        return bare(context, change, found);
    };
    let name = change.name();
    if let Some(object) = change.added() {
        let text = match (change.kind(), replicas(object)) {
            ("CronJob", _) => format!("{name} runs at its times from now on"),
            ("DaemonSet", _) => format!("starts a pod of {name} on every node that it takes"),
            ("Job", _) => format!("{name} runs once"),
            (_, number) => format!("starts {} of {name}", count(number, "pod")),
        };
        return found.say(change, Effect::Starts, Vec::new(), text);
    }
    let lost = change.before.and_then(|(at, _)| {
        context.before.pods_of(at).iter().find_map(|pod| sessions(&context.before, *pod))
    });
    if let Some(object) = change.removed() {
        let pods = match change.kind() {
            "DaemonSet" => "its pods end".to_owned(),
            "CronJob" => "it runs no more".to_owned(),
            "Job" => "its pods end, if it still runs".to_owned(),
            _ => format!("its {} ended", are(replicas(object))),
        };
        found.say(change, Effect::Stops, Vec::new(), format!("{name} goes: {pods}"));
        if let Some(lost) = lost.filter(|_| replicas(object) > 0) {
            found.say(change, Effect::EndsSessions, Vec::new(), format!("{name} goes, and with it {lost}"));
        }
        return;
    }
    let Some((before, after)) = change.both() else { return };
    let fields = change.below(path);
    if !fields.is_empty() {
        restarted(change, (before, after), fields, lost, found);
    }
    if change.touches(&["spec", "replicas"]) {
        scaled(change, (before, after), lost, found);
    }
}

fn are(number: i64) -> String {
    format!("{} {}", count(number, "pod"), if number == 1 { "is" } else { "are" })
}

fn restarted(
    change: &Change<'_>,
    (before, after): (&Node, &Node),
    fields: Vec<usize>,
    lost: Option<&str>,
    found: &mut Found,
) {
    let name = change.name();
    match change.kind() {
        "CronJob" => {
            return found.say(change, Effect::NewPods, fields, format!("the next runs of {name} have it"));
        }
        "Job" => return, // Its template is fixed: the table says so.
        _ => {}
    }
    if let Some(reason) = waits(after) {
        return found.say(
            change,
            Effect::AtRestart,
            fields,
            format!("{name} does not restart its pods: {reason}"),
        );
    }
    let number = replicas(before).min(replicas(after));
    if number == 0 && change.kind() != "DaemonSet" {
        return found.say(
            change,
            Effect::NewPods,
            fields,
            format!("{name} has no pods; those that come have it"),
        );
    }
    let partition = after
        .below(&["spec", "updateStrategy", "rollingUpdate", "partition"])
        .and_then(Node::as_int)
        .filter(|first| *first > 0);
    let why = reasons(change, &fields);
    let text = match (change.kind(), partition) {
        ("DaemonSet", _) => format!("restarts the pods of {name}, one node after another"),
        ("StatefulSet", Some(first)) => {
            format!("restarts the pods of {name} from number {first} on, the last first")
        }
        ("StatefulSet", None) if number == 1 => {
            format!("restarts the pod of {name}: it is away until it is back")
        }
        ("StatefulSet", None) => format!("restarts the {number} pods of {name}, one after another"),
        _ if is_recreated(after) => {
            format!("restarts {} of {name}: all end before new ones start", count(number, "pod"))
        }
        _ => format!("restarts {} of {name}: new ones start before old ones end", count(number, "pod")),
    };
    let is_all_of_it = partition.is_none_or(|first| first < number);
    found.say(change, Effect::Restarts, fields.clone(), format!("{text} ({why})"));
    if let Some(lost) = lost.filter(|_| is_all_of_it) {
        found.say(change, Effect::EndsSessions, fields, format!("the restart of {name} ends {lost}"));
    }
}

fn is_recreated(object: &Node) -> bool {
    object.below(&["spec", "strategy", "type"]).and_then(Node::as_str) == Some("Recreate")
}

/// The ends of the fields' names, each once: `image, config-hash`.
fn reasons(change: &Change<'_>, fields: &[usize]) -> String {
    let mut names: Vec<String> = Vec::new();
    for field in fields.iter().filter_map(|at| change.change.fields.get(*at)) {
        let key = reason(&field.path.0);
        names.extend(key.filter(|key| !names.contains(key)));
    }
    super::listed(&names)
}

/// A field in a word: of a variable its name, of the hash of what the pod mounts what it stands for.
fn reason(path: &[Step]) -> Option<String> {
    let variable = path.windows(2).find_map(|pair| match (&pair[0], &pair[1]) {
        (Step::Key(list), Step::Item(names)) if list == "env" => names.first().map(|(_, name)| name.clone()),
        _ => None,
    });
    let last = || {
        path.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key.rsplit('/').next().unwrap_or(key).to_owned()),
            _ => None,
        })
    };
    let name = variable.or_else(last)?;
    Some(if name == "config-hash" { "its configuration".to_owned() } else { name })
}

fn scaled(change: &Change<'_>, (before, after): (&Node, &Node), lost: Option<&str>, found: &mut Found) {
    let (old, new) = (replicas(before), replicas(after));
    if old == new {
        return;
    }
    let fields = change.below(&["spec", "replicas"]);
    let object = change.id().map(|id| id.name.as_str()).unwrap_or_default();
    let first = after.below(&["spec", "ordinals", "start"]).and_then(Node::as_int).unwrap_or(0);
    let pods = |from: i64, to: i64| -> String {
        let names: Vec<String> = (from..to).map(|number| format!("{object}-{}", first + number)).collect();
        match change.kind() {
            "StatefulSet" => format!(": {}", super::listed(&names)),
            _ => String::new(),
        }
    };
    let name = change.name();
    let text = match new > old {
        true => format!("{name} gets {} more{}", count(new - old, "pod"), pods(old, new)),
        false => format!("{name} loses {}{}", count(old - new, "pod"), pods(new, old)),
    };
    let effect = if new == 0 { Effect::Stops } else { Effect::Scales };
    found.say(change, effect, fields.clone(), text);
    if let Some(lost) = lost.filter(|_| new < old) {
        let text = match old - new {
            1 => format!("a pod of {name} goes, and with it {lost}"),
            more => format!("{more} pods of {name} go, and with them {lost}"),
        };
        found.say(change, Effect::EndsSessions, fields, text);
    }
}

/// How many pods an object asks for; 1 where it does not say.
pub fn replicas(object: &Node) -> i64 {
    object.below(&["spec", "replicas"]).and_then(Node::as_int).unwrap_or(1)
}

/// A pod that stands alone.
fn bare(context: &Context<'_>, change: &Change<'_>, found: &mut Found) {
    if change.kind() != "Pod" || !change.group().is_empty() {
        return;
    }
    let name = change.name();
    match (change.added(), change.removed()) {
        (Some(_), _) => found.say(change, Effect::Starts, Vec::new(), format!("starts {name}")),
        (_, Some(_)) => {
            found.say(change, Effect::Stops, Vec::new(), format!("{name} ends"));
            let pods = change.before.map(|(at, _)| context.before.pods_of(at)).unwrap_or_default();
            if let Some(lost) = pods.iter().find_map(|pod| sessions(&context.before, *pod)) {
                found.say(
                    change,
                    Effect::EndsSessions,
                    Vec::new(),
                    format!("{name} ends, and with it {lost}"),
                );
            }
        }
        _ => {
            let fields = change.any_below(&["spec.containers", "spec.initContainers"]);
            if !fields.is_empty() {
                found.say(change, Effect::Restarts, fields, format!("restarts containers of {name}"));
            }
        }
    }
}
