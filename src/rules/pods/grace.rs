//! How long pods may take to end: rule `pod/grace-period`.

use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Pod, PodKind, Subject};

const FIELD: &str = "terminationGracePeriodSeconds";

/// Seconds that Spark needs to close its event log, or to hand blocks on; also what Kubernetes gives by itself.
const SPARK: i64 = 30;

/// Seconds that a StatefulSet of something else needs to write what it holds.
const DATA: i64 = 10;

/// Seconds that anything needs.
const ANYTHING: i64 = 5;

/// Every pod.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for (at, pod) in subject.pods.iter().enumerate() {
        let given = pod.spec.get(FIELD).and_then(Node::as_int);
        let place = || subject.missing(pod.spec, &[FIELD]);
        if given.is_none() && subject.known().is_some() {
            let message = format!("{} does not say how long it may take to stop", pod.name());
            let problem = Problem::new("pod/grace-period", message, place(), format!("`{FIELD}` is missing"));
            problems.push(
                problem.help(format!(
                    "write `{FIELD}`: executors and workers hand their blocks on in that time"
                )),
            );
            continue;
        }
        let (least, for_hook) = least(subject, at, pod);
        let time = given.unwrap_or(30);
        if time < least {
            let message = format!("{} is killed {time} seconds after it is told to end", pod.name());
            let label = if for_hook { "its `preStop` hook takes most of that" } else { "too short" };
            problems.push(
                Problem::new("pod/grace-period", message, place(), label)
                    .help(format!("set `{FIELD}` to {} or more", least.max(30))),
            );
        }
    }
}

/// The seconds that a pod needs, and whether it is its hook that needs them.
fn least(subject: &Subject<'_>, at: usize, pod: &Pod<'_>) -> (i64, bool) {
    let executor = pod.kind == PodKind::Executor;
    let spark = executor || subject.applications.iter().any(|found| found.pod == at);
    let own = match pod.owner.id.kind.as_str() {
        _ if spark => SPARK,
        "StatefulSet" => DATA,
        _ => ANYTHING,
    };
    let hooks = || pod.spec.list("containers").iter().filter_map(|one| one.below(&["lifecycle", "preStop"]));
    match hooks().filter_map(slept).max() {
        // What it does after the hook is what it does besides.
        Some(before) => (own.max(before.saturating_add(if spark { DATA } else { ANYTHING })), before >= own),
        // A script that drains a server: nobody knows how long it takes.
        None if !executor && subject.known().is_some() && hooks().next().is_some() => (60, true),
        None => (own, false),
    }
}

/// The seconds that a hook sleeps.
fn slept(hook: &Node) -> Option<i64> {
    if let Some(seconds) = hook.below(&["sleep", "seconds"]) {
        return seconds.as_int();
    }
    let command = hook.get("exec")?.list("command");
    let words: Vec<&str> = command.iter().filter_map(Node::as_str).collect();
    let line = words.join(" ");
    let (_, rest) = line.split_once("sleep ")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
