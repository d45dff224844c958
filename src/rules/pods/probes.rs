//! Probes: whether anybody notices that a server is ready, or stuck.

use super::view::{Container, containers, is_server};
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{PodKind, Role, Subject};

const KINDS: [&str; 3] = ["startupProbe", "readinessProbe", "livenessProbe"];

/// Seconds that a server may be silent: a collection of a large heap takes some.
const SILENT: i64 = 20;

/// Every rule about probes.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for container in containers(subject) {
        // Probes of init containers are `k8s/bad-probe`.
        let job = matches!(container.pod.owner.id.kind.as_str(), "Job" | "CronJob");
        let executor = container.pod.kind == PodKind::Executor;
        if container.first {
            continue;
        }
        if job || executor {
            needless(subject, &container, job, problems);
        } else if is_server(&container.pod) {
            missing(subject, &container, problems);
        }
        impatient(subject, &container, problems);
    }
}

fn missing(subject: &Subject<'_>, container: &Container<'_>, problems: &mut Vec<Problem>) {
    let own = subject.known().is_some();
    let serves = own || !container.node.list("ports").is_empty();
    let sidecar = container.node.text("restartPolicy") == Some("Always");
    let lacks = |kind: &str| container.node.get(kind).is_none();
    let mut report = |rule: &'static str, kind: &str, what: &str, why: &str| {
        let place = subject.missing(container.node, &[kind]);
        let message = format!("nothing tells {what} {}", container.name());
        let problem = Problem::new(rule, message, place, format!("`{kind}` is missing"));
        problems.push(problem.why(why.to_owned()).help(format!("add a `{kind}` on one of its ports")));
    };
    if serves && lacks("readinessProbe") {
        let why = "its Service sends clients to it before it listens, and an update goes on while it is still starting";
        report("pod/no-readiness-probe", "readinessProbe", "when to send clients to", why);
    }
    if own && lacks("livenessProbe") {
        report(
            "pod/no-liveness-probe",
            "livenessProbe",
            "when to restart",
            "a server that hangs stays as it is until somebody notices",
        );
    }
    if own && !sidecar && lacks("startupProbe") {
        let why = "a server that starts slowly is killed by its liveness probe, for ever";
        report("pod/no-startup-probe", "startupProbe", "how long to wait for the start of", why);
    }
}

fn needless(subject: &Subject<'_>, container: &Container<'_>, job: bool, problems: &mut Vec<Problem>) {
    for kind in KINDS {
        if let Some(probe) = container.node.get(kind) {
            let message = format!("{} has a probe that it cannot have", container.name());
            let (label, why) = match job {
                true => {
                    ("it ends by itself", "Kubernetes restarts a task that is at work but does not listen")
                }
                false => (
                    "executors listen when they like to",
                    "a busy executor is killed in the middle of its tasks",
                ),
            };
            let problem = Problem::new("pod/needless-probe", message, subject.place(probe), label);
            problems.push(problem.why(why).help(format!("leave `{kind}` out")));
        }
    }
}

fn number(probe: &Node, key: &str, otherwise: i64) -> i64 {
    probe.get(key).and_then(Node::as_int).unwrap_or(otherwise)
}

/// Seconds from the first question to the last that fails.
fn patience(probe: &Node) -> i64 {
    number(probe, "periodSeconds", 10).saturating_mul(number(probe, "failureThreshold", 3))
}

fn impatient(subject: &Subject<'_>, container: &Container<'_>, problems: &mut Vec<Problem>) {
    let (startup, liveness) = (container.node.get("startupProbe"), container.node.get("livenessProbe"));
    let mut report = |probe: &Node, message: String, label: String, help: &str| {
        let problem = Problem::new("pod/impatient-probe", message, subject.place(probe), label);
        problems.push(problem.help(help));
    };
    let Some(liveness) = liveness else { return };
    // How long a Connect server needs is `spark/connect-startup`'s business.
    let connect = subject
        .applications
        .iter()
        .any(|one| one.role == Role::Connect && std::ptr::eq(one.container, container.node));
    let startup = startup.filter(|_| !connect);
    let patience_of_liveness = patience(liveness);
    if patience_of_liveness < SILENT {
        let message =
            format!("{} is killed when it is silent for {patience_of_liveness} s", container.name());
        report(
            liveness,
            message,
            format!("less than {SILENT} s"),
            "raise `failureThreshold`: the collection of a large heap takes seconds",
        );
    } else if let Some(startup) = startup.filter(|startup| patience(startup) < patience_of_liveness) {
        let message = format!("{} has less time to start than it may be silent later", container.name());
        report(
            startup,
            message,
            "raise this one".to_owned(),
            "give the startup probe the larger `failureThreshold`",
        );
    }
}
