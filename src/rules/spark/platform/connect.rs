//! A Connect server: where it listens for clients, and how long it may take to start.

use super::{ports, view};
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Application, Pod, Role, Subject};

const PORT: &str = "spark.connect.grpc.binding.port";

/// Every Connect server.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for server in subject.applications.iter().filter(|found| found.role == Role::Connect) {
        let pod = view::pod(subject, server);
        address(subject, server, problems);
        grpc_port(subject, server, pod, problems);
        probes(subject, server, pod, problems);
        proxies(subject, server, pod, problems);
        startup(subject, server, pod, problems);
        sessions(subject, server, pod, problems);
    }
}

/// ISSUE-027 (a), ISSUE-028 (b): clients come from other pods.
fn address<'a>(subject: &Subject<'a>, server: &Application<'a>, problems: &mut Vec<Problem>) {
    const KEY: &str = "spark.connect.grpc.binding.address";
    let message = match server.get(KEY) {
        Some("0.0.0.0" | "::") => return,
        Some(value) if view::field(server.container, value) == Some("status.podIP") => return,
        Some(value) => format!("the server listens for clients on `{value}`"),
        None if subject
            .known()
            .is_some_and(|known| known.compiled.platform.version.connect.binding_address) =>
        {
            "nobody says which address the server listens on".to_owned()
        }
        None => return,
    };
    problems.push(
        Problem::new("spark/connect-address", message, view::at(subject, server, KEY), "not every address")
            .help(format!("set `{KEY}=0.0.0.0`")),
    );
}

/// The server's port is one that its container opens and that a Service leads to, or a proxy in front of it.
fn grpc_port<'a>(
    subject: &Subject<'a>,
    server: &Application<'a>,
    pod: &Pod<'a>,
    problems: &mut Vec<Problem>,
) {
    let number = server.get(PORT).map_or(Some(15002), |value| value.parse::<i64>().ok());
    let known = subject.known().is_some();
    if !known && !view::is_visible(subject, server) {
        return;
    }
    let at = || view::at(subject, server, PORT);
    let opened: Vec<i64> = view::ports(server.container).collect();
    let Some(number) = number.filter(|number| opened.contains(number) || (!known && opened.is_empty()))
    else {
        let listens = server.get(PORT).unwrap_or("15002");
        let message = format!("the server listens on {listens}, which {} does not open", pod.name());
        let there = subject.place(server.container.get("ports").unwrap_or(server.container));
        problems.push(
            Problem::new("spark/connect-port", message, at(), "clients are answered here")
                .and(there, "the ports of the container")
                .help(format!("let `{PORT}` and the container's port be the same")),
        );
        return;
    };
    // Ports of other containers belong to proxies in front of the server.
    let beside: Vec<i64> =
        pod.running().filter(|other| !std::ptr::eq(*other, server.container)).flat_map(view::ports).collect();
    let mut services = subject
        .of("Service")
        .filter(|service| service.namespace() == pod.namespace())
        .filter(|service| view::selects(service.node.below(&["spec", "selector"]), pod))
        .peekable();
    if services.peek().is_none() && !known {
        return;
    }
    let leads = services.any(|service| {
        let listed = service.node.get("spec").map_or(&[][..], |spec| spec.list("ports"));
        let targets = listed.iter().filter_map(|port| view::target(port, pod));
        targets.into_iter().any(|target| target == number || beside.contains(&target))
    });
    if !leads {
        let message = format!("no Service leads to port {number}, where the server listens");
        problems.push(
            Problem::new("spark/connect-port", message, at(), "clients cannot reach it")
                .help("give the Service of the server a port with this `targetPort`"),
        );
    }
}

/// Probes ask on ports that the server listens on; the startup probe on the last one that opens.
fn probes<'a>(subject: &Subject<'a>, server: &Application<'a>, pod: &Pod<'a>, problems: &mut Vec<Problem>) {
    let listens = ports::listens(server);
    if !view::is_visible(subject, server) {
        return;
    }
    for name in ["startupProbe", "readinessProbe", "livenessProbe"] {
        let Some(probe) = server.container.get(name) else { continue };
        let asks = ["tcpSocket", "httpGet", "grpc"].iter().find_map(|how| probe.get(how)?.get("port"));
        let Some(port) = asks else { continue };
        let own = std::iter::once(server.container).chain(pod.running());
        let Some(number) = view::number(own, port) else { continue };
        let grpc = listens.iter().find(|(key, _)| *key == PORT).map(|(_, number)| *number);
        let message = if !listens.iter().any(|(_, known)| *known == number) {
            format!("the {name} asks on port {number}, where the server does not listen")
        } else if name == "startupProbe" && grpc.is_some_and(|grpc| grpc != number) {
            format!("the startupProbe asks on port {number}, which opens before clients are answered")
        } else {
            continue;
        };
        problems.push(
            Problem::new("spark/connect-probe", message, subject.place(port), "asks here")
                .and(view::at(subject, server, PORT), "clients are answered here")
                .help("let the startup probe ask on the port of gRPC, others there or on the UI's"),
        );
    }
}

/// What a proxy in the same pod passes calls on to is a port of this pod.
fn proxies<'a>(subject: &Subject<'a>, server: &Application<'a>, pod: &Pod<'a>, problems: &mut Vec<Problem>) {
    let all: Vec<i64> = pod
        .running()
        .flat_map(view::ports)
        .chain(ports::listens(server).into_iter().map(|(_, number)| number))
        .collect();
    for volume in pod.spec.list("volumes") {
        let Some(map) = volume.below(&["configMap", "name"]).and_then(Node::as_str) else { continue };
        let Some(object) = subject.find("ConfigMap", pod.namespace(), map) else { continue };
        let files = subject.files.iter().filter(|file| {
            std::ptr::eq(subject.objects()[file.object].node, object.node) && file.text.contains("_pass ")
        });
        for file in files {
            for (line, text) in file.text.lines().enumerate() {
                let words = text.trim().trim_end_matches(';').split_once("_pass ");
                let Some((scheme, host, port)) = words.and_then(|(_, url)| view::address(url.trim())) else {
                    continue;
                };
                let port = port.map(i64::from);
                let local = ["127.0.0.1", "localhost"].contains(&host);
                let grpc = scheme.starts_with("grpc");
                let there = port.is_some_and(|port| all.contains(&port));
                if (local && there) || !(local || grpc) {
                    continue;
                }
                let message = if local {
                    format!(
                        "the proxy passes calls on to {host}:{}, where nobody listens",
                        port.unwrap_or(80)
                    )
                } else {
                    format!("the proxy passes calls on to `{host}` and not to the server beside it")
                };
                problems.push(
                    Problem::new(
                        "spark/connect-proxy",
                        message,
                        subject.line(file.node, line + 1),
                        "not the server",
                    )
                    .and(view::at(subject, server, PORT), "the server listens here")
                    .help("pass them on to 127.0.0.1 and the server's port"),
                );
            }
        }
    }
}

/// T-driver-not-starting: a minute passes before the port opens, several on a node that is busy.
/// Measured on 4.0 to 4.3: 43 to 81 seconds on a loaded host.
fn startup<'a>(subject: &Subject<'a>, server: &Application<'a>, pod: &Pod<'a>, problems: &mut Vec<Problem>) {
    const ENOUGH: i64 = 120;
    let seconds = |probe: &Node| {
        let of = |key: &str, default: i64| probe.get(key).and_then(Node::as_int).unwrap_or(default);
        of("initialDelaySeconds", 0) + of("periodSeconds", 10) * of("failureThreshold", 3)
    };
    let (startup, liveness) = (server.container.get("startupProbe"), server.container.get("livenessProbe"));
    let (probe, given) = match (startup, liveness) {
        (Some(probe), _) | (None, Some(probe)) => (probe, seconds(probe)),
        (None, None) => return,
    };
    // In a release a missing probe is `pod/no-startup-probe`.
    if given >= ENOUGH || (startup.is_none() && subject.known().is_some()) {
        return;
    }
    let message = format!("{} is killed when it has not started after {given} seconds", pod.name());
    let at = probe.get("failureThreshold").unwrap_or(probe);
    let help = match subject.known() {
        Some(_) => format!("set `connect.startTimeout` to {ENOUGH}s or more"),
        None => format!("give a startupProbe periodSeconds times failureThreshold of {ENOUGH} or more"),
    };
    problems.push(
        Problem::new("spark/connect-startup", message, subject.place(at), format!("{given} seconds"))
            .why("it starts anew each time, and never gets further; on a busy node a start takes minutes")
            .help(help),
    );
}

/// A session lives in one server's memory: its client has to come back to the same one.
fn sessions<'a>(subject: &Subject<'a>, server: &Application<'a>, pod: &Pod<'a>, problems: &mut Vec<Problem>) {
    let several = pod.replicas().is_some_and(|replicas| replicas > 1);
    let own = view::ports(server.container).collect::<Vec<_>>();
    let grpc = server.get(PORT).and_then(|value| value.parse().ok()).unwrap_or(15002);
    for service in subject.of("Service").filter(|service| service.namespace() == pod.namespace()) {
        let spec = service.node.get("spec");
        let selector = spec.and_then(|spec| spec.get("selector"));
        let listed = spec.map_or(&[][..], |spec| spec.list("ports"));
        // The server's own port, or one of a proxy beside it.
        let clients = || {
            listed
                .iter()
                .filter_map(|port| view::target(port, pod))
                .any(|to| to == grpc || !own.contains(&to))
        };
        let sticky = spec.and_then(|spec| spec.text("sessionAffinity")) == Some("ClientIP");
        let wanted = several || subject.known().is_some();
        if !wanted || sticky || view::is_headless(service.node) || !view::selects(selector, pod) || !clients()
        {
            continue;
        }
        let message = format!("{} sends each connection of a client to another server", service.id);
        let at = subject.missing(service.node, &["spec", "sessionAffinity"]);
        problems.push(
            Problem::new("spark/connect-sessions", message, at, "not `ClientIP`")
                .help("set `sessionAffinity: ClientIP` on the Service, or run one server"),
        );
    }
}
