//! Pod Security `restricted`, what it asks of containers' own rights.
//!
//! Source: kubernetes/pod-security-admission `policy/check_*.go`, v1.33 to v1.36. Ephemeral containers are not
//! in templates. What 1.35 relaxes with `hostUsers: false` stays forbidden here: older clusters refuse it.

use super::view::{Container, containers};
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::Subject;

const RESTRICTED: &str = "a namespace that enforces Pod Security `restricted` refuses the pod";

/// Every rule about rights.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for container in containers(subject) {
        runs_as_root(subject, &container, problems);
        escalation(subject, &container, problems);
        capabilities(subject, &container, problems);
        seccomp(subject, &container, problems);
        proc_mount(subject, &container, problems);
        writable_root(subject, &container, problems);
    }
    for pod in &subject.pods {
        let context = pod.spec.get("securityContext");
        if let Some(flag) = context.and_then(|context| context.get("runAsNonRoot"))
            && flag.as_bool() == Some(false)
        {
            problems.push(root(subject, format!("{} allows root", pod.name()), flag, "explicitly"));
        }
        if let Some(user) = context.and_then(|context| context.get("runAsUser"))
            && user.as_int() == Some(0)
        {
            problems.push(root(subject, format!("{} runs as root", pod.name()), user, "user 0 is root"));
        }
    }
}

fn root(subject: &Subject<'_>, message: String, node: &Node, label: &str) -> Problem {
    Problem::new("pod/runs-as-root", message, subject.place(node), label).why(RESTRICTED).help(
        "set `runAsNonRoot: true` and a numeric `runAsUser` above 0; official Spark images have user 185",
    )
}

fn runs_as_root(subject: &Subject<'_>, container: &Container<'_>, problems: &mut Vec<Problem>) {
    let name = container.name();
    let own = container.node.get("securityContext");
    if let Some(user) = own.and_then(|own| own.get("runAsUser"))
        && user.as_int() == Some(0)
    {
        problems.push(root(subject, format!("{name} runs as root"), user, "user 0 is root"));
    }
    if let Some(flag) = own.and_then(|own| own.get("runAsNonRoot"))
        && flag.as_bool() == Some(false)
    {
        problems.push(root(subject, format!("{name} allows root"), flag, "explicitly"));
    }
    let missing = |key: &str| subject.missing(container.node, &["securityContext", key]);
    let non_root = container.security("runAsNonRoot").and_then(Node::as_bool);
    if non_root.is_none() {
        let message = format!("{name} does not say that it runs without root");
        let problem = Problem::new(
            "pod/runs-as-root",
            message,
            missing("runAsNonRoot"),
            "`runAsNonRoot: true` is missing",
        );
        problems.push(problem.why(RESTRICTED).help("set `runAsNonRoot: true` on the pod or the container"));
    }
    // The images of others may have a numeric user; those of sparkctl's templates are known, and some have a
    // name, of which the kubelet cannot tell that it is not root.
    if subject.known().is_some() && container.security("runAsUser").and_then(Node::as_int).is_none() {
        let message = format!("{name} has no numeric user");
        let problem =
            Problem::new("pod/runs-as-root", message, missing("runAsUser"), "`runAsUser` is missing");
        problems.push(
            problem
                .why("where an image names its user by a word, the kubelet cannot tell that it is not root, and refuses to start it")
                .help("set `runAsUser` on the pod or the container; official Spark images have user 185"),
        );
    }
}

fn escalation(subject: &Subject<'_>, container: &Container<'_>, problems: &mut Vec<Problem>) {
    let own = container.node.get("securityContext");
    let get = |key: &str| own.and_then(|own| own.get(key));
    if let Some(flag) = get("privileged")
        && flag.as_bool() != Some(false)
    {
        let message = format!("{} is privileged", container.name());
        let problem =
            Problem::new("pod/privileged", message, subject.place(flag), "all of the node is open to it");
        problems.push(problem.why(RESTRICTED).help("leave `privileged` out"));
    }
    if is_windows(container) || get("allowPrivilegeEscalation").and_then(Node::as_bool) == Some(false) {
        return;
    }
    let message = format!("{} may gain more rights than it was given", container.name());
    let (place, label) = match get("allowPrivilegeEscalation") {
        Some(flag) => (subject.place(flag), "allowed here"),
        None => (
            subject.missing(container.node, &["securityContext", "allowPrivilegeEscalation"]),
            "`allowPrivilegeEscalation: false` is missing",
        ),
    };
    problems.push(
        Problem::new("pod/privilege-escalation", message, place, label)
            .why(RESTRICTED)
            .help("set `allowPrivilegeEscalation: false` on the container; the pod has no such field"),
    );
}

fn capabilities(subject: &Subject<'_>, container: &Container<'_>, problems: &mut Vec<Problem>) {
    if is_windows(container) {
        return;
    }
    let own = container.node.below(&["securityContext", "capabilities"]);
    let drops_all = own.is_some_and(|own| own.list("drop").iter().any(|drop| drop.as_str() == Some("ALL")));
    if !drops_all {
        let message = format!("{} keeps capabilities that root has", container.name());
        let place = subject.missing(container.node, &["securityContext", "capabilities", "drop"]);
        let problem = Problem::new("pod/capabilities", message, place, "`ALL` is not dropped");
        problems.push(problem.why(RESTRICTED).help("set `capabilities: {drop: [ALL]}` on the container"));
    }
    for added in own.into_iter().flat_map(|own| own.list("add")) {
        if added.as_str() != Some("NET_BIND_SERVICE") {
            let word = added.as_str().unwrap_or_default();
            let message = format!("{} adds the capability `{word}`", container.name());
            let problem = Problem::new("pod/capabilities", message, subject.place(added), "added here");
            problems.push(problem.why(RESTRICTED).help("leave it out: neither Spark nor its tools need it"));
        }
    }
}

fn seccomp(subject: &Subject<'_>, container: &Container<'_>, problems: &mut Vec<Problem>) {
    if is_windows(container) {
        return;
    }
    let own = container.node.below(&["securityContext", "seccompProfile", "type"]);
    let of_pod = container.pod.spec.below(&["securityContext", "seccompProfile", "type"]);
    let (place, label) = match own.or(of_pod) {
        Some(node) if matches!(node.as_str(), Some("RuntimeDefault" | "Localhost")) => return,
        Some(node) => (subject.place(node), "this profile filters nothing"),
        None => (
            subject.missing(container.node, &["securityContext", "seccompProfile"]),
            "`seccompProfile` is missing",
        ),
    };
    let message = format!("{} may make every system call", container.name());
    let problem = Problem::new("pod/seccomp", message, place, label);
    problems.push(problem.why(RESTRICTED).help("set `seccompProfile: {type: RuntimeDefault}` on the pod"));
}

fn proc_mount(subject: &Subject<'_>, container: &Container<'_>, problems: &mut Vec<Problem>) {
    let Some(mount) = container.node.below(&["securityContext", "procMount"]) else { return };
    if mount.as_str() != Some("Default") {
        let message = format!("{} sees all of /proc", container.name());
        let problem = Problem::new("pod/proc-mount", message, subject.place(mount), "unmasked");
        problems.push(problem.why(RESTRICTED).help("leave `procMount` out"));
    }
}

fn writable_root(subject: &Subject<'_>, container: &Container<'_>, problems: &mut Vec<Problem>) {
    if container.is_read_only() || is_windows(container) {
        return;
    }
    let message = format!("{} can write over its own programs", container.name());
    let (place, label) = match container.node.below(&["securityContext", "readOnlyRootFilesystem"]) {
        Some(flag) => (subject.place(flag), "allowed here"),
        None => (
            subject.missing(container.node, &["securityContext", "readOnlyRootFilesystem"]),
            "`readOnlyRootFilesystem: true` is missing",
        ),
    };
    problems.push(
        Problem::new("pod/writable-root", message, place, label).help(
            "set `readOnlyRootFilesystem: true` and mount emptyDirs at /tmp and wherever else it writes",
        ),
    );
}

fn is_windows(container: &Container<'_>) -> bool {
    container.pod.spec.below(&["os", "name"]).and_then(Node::as_str) == Some("windows")
}
