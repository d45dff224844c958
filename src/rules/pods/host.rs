//! Pod Security `restricted`, what it asks about the node: its namespaces, files, ports and kernel.
//!
//! Source: kubernetes/pod-security-admission `policy/check_*.go`, v1.33 to v1.36.

use super::view::containers;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Pod, Subject};

const RESTRICTED: &str = "a namespace that enforces Pod Security `restricted` refuses the pod";

/// Kinds of volumes that `restricted` allows.
const VOLUMES: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// Kernel parameters that are of a pod alone, as of Kubernetes 1.32.
const SYSCTLS: [&str; 12] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

/// Every rule about the node.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for pod in &subject.pods {
        namespaces(subject, pod, problems);
        volumes(subject, pod, problems);
        sysctls(subject, pod, problems);
        annotations(subject, pod, problems);
        if let Some(context) = pod.spec.get("securityContext") {
            kernel(subject, &pod.name(), context, problems);
        }
    }
    for container in containers(subject) {
        for port in container.node.list("ports") {
            if let Some(host) = port.get("hostPort").filter(|host| host.as_int() != Some(0)) {
                let message = format!("{} takes a port of the node", container.name());
                problems.push(host_access(
                    subject,
                    message,
                    host,
                    "leave `hostPort` out: a Service reaches the pod",
                ));
            }
        }
        for key in ["startupProbe", "readinessProbe", "livenessProbe"] {
            if let Some(probe) = container.node.get(key) {
                probed(subject, &container.name(), probe, problems);
            }
        }
        for key in ["postStart", "preStop"] {
            if let Some(hook) = container.node.below(&["lifecycle", key]) {
                probed(subject, &container.name(), hook, problems);
            }
        }
        if let Some(context) = container.node.get("securityContext") {
            kernel(subject, &container.name(), context, problems);
        }
    }
}

fn host_access(subject: &Subject<'_>, message: String, node: &Node, help: &str) -> Problem {
    Problem::new("pod/host-access", message, subject.place(node), "of the node").why(RESTRICTED).help(help)
}

fn namespaces(subject: &Subject<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    for (key, what) in [("hostNetwork", "network"), ("hostPID", "processes"), ("hostIPC", "shared memory")] {
        if let Some(flag) = pod.spec.get(key).filter(|flag| flag.as_bool() != Some(false)) {
            let message = format!("{} shares the {what} of its node", pod.name());
            problems.push(host_access(subject, message, flag, &format!("leave `{key}` out")));
        }
    }
}

/// Since 1.34 a probe or hook may not name a host: it would let a pod probe others from the node.
fn probed(subject: &Subject<'_>, name: &str, probe: &Node, problems: &mut Vec<Problem>) {
    for kind in ["httpGet", "tcpSocket"] {
        if let Some(host) = probe.below(&[kind, "host"]).filter(|host| host.as_str() != Some("")) {
            let message = format!("a probe of {name} asks another host");
            problems.push(host_access(
                subject,
                message,
                host,
                "leave `host` out: the pod itself is asked then",
            ));
        }
    }
}

fn volumes(subject: &Subject<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    for volume in pod.spec.list("volumes") {
        let name = volume.text("name").unwrap_or_default();
        let kinds = volume.as_map().into_iter().flat_map(|map| &map.entries);
        for (kind, entry) in kinds.filter(|(kind, _)| *kind != "name" && !VOLUMES.contains(&kind.as_str())) {
            let message = format!("volume `{name}` of {} is of the kind `{kind}`", pod.name());
            if kind == "hostPath" {
                let help = "use an emptyDir for scratch space, a claim for what has to stay";
                problems.push(host_access(subject, message, &entry.node, help));
            } else {
                let problem =
                    Problem::new("pod/volume-type", message, subject.place(&entry.node), "not allowed");
                problems.push(
                    problem.why(RESTRICTED).help("use a claim: its class says which storage is behind it"),
                );
            }
        }
    }
}

fn sysctls(subject: &Subject<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let all = pod.spec.get("securityContext").into_iter().flat_map(|context| context.list("sysctls"));
    for name in all.filter_map(|sysctl| sysctl.get("name")) {
        let word = name.as_str().unwrap_or_default();
        if !SYSCTLS.contains(&word) {
            let message = format!("{} sets the kernel parameter `{word}`", pod.name());
            let problem = Problem::new("pod/sysctl", message, subject.place(name), "not among the safe ones");
            problems.push(problem.why(RESTRICTED).help("leave it out, or have it set on the nodes"));
        }
    }
}

/// Profiles of AppArmor, SELinux and Windows.
fn kernel(subject: &Subject<'_>, name: &str, context: &Node, problems: &mut Vec<Problem>) {
    let mut refuse = |node: &Node, label: &str| {
        let message = format!("{name} leaves the protection of the node's kernel");
        let problem = Problem::new("pod/kernel-profile", message, subject.place(node), label);
        problems.push(problem.why(RESTRICTED).help("leave it out: the node's own profile applies"));
    };
    if let Some(kind) = context.below(&["appArmorProfile", "type"])
        && !matches!(kind.as_str(), Some("RuntimeDefault" | "Localhost"))
    {
        refuse(kind, "this profile of AppArmor confines nothing");
    }
    if let Some(options) = context.get("seLinuxOptions") {
        const TYPES: [&str; 5] =
            ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
        if let Some(kind) =
            options.get("type").filter(|kind| !TYPES.contains(&kind.as_str().unwrap_or_default()))
        {
            refuse(kind, "this type of SELinux is not one of containers");
        }
        for key in ["user", "role"] {
            if let Some(node) = options.get(key).filter(|node| node.as_str() != Some("")) {
                refuse(node, "SELinux users and roles are the node's");
            }
        }
    }
    if let Some(flag) = context.below(&["windowsOptions", "hostProcess"])
        && flag.as_bool() != Some(false)
    {
        let message = format!("{name} runs as a process of its node");
        problems.push(host_access(subject, message, flag, "leave `hostProcess` out"));
    }
}

/// The older way to name a profile of AppArmor.
fn annotations(subject: &Subject<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let map = pod.template.below(&["metadata", "annotations"]).and_then(Node::as_map);
    for (key, entry) in map.into_iter().flat_map(|map| &map.entries) {
        let profile = entry.node.as_str().unwrap_or_default();
        let fine = matches!(profile, "" | "runtime/default") || profile.starts_with("localhost/");
        if key.starts_with("container.apparmor.security.beta.kubernetes.io/") && !fine {
            let message = format!("{} leaves the protection of the node's kernel", pod.name());
            let label = "this profile of AppArmor confines nothing";
            let problem = Problem::new("pod/kernel-profile", message, subject.place(&entry.node), label);
            problems.push(problem.why(RESTRICTED).help("leave the annotation out"));
        }
    }
}
