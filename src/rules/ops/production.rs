//! Production's floor: what no preset and no team takes away. For releases of ours.

use super::{is_production, kept, selects};
use crate::layer::path::SpecPath;
use crate::layer::tree::Node;
use crate::rules::set::{Application, Pod, Role, Subject};
use crate::rules::{Place, Problem};

/// Servers, their doors and who watches them.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let Some(known) = subject.known() else { return };
    if known.compiled.spec.monitoring.enabled {
        watched(subject, problems);
    }
    if !is_production(subject) {
        return;
    }
    for server in subject.applications.iter().filter(|found| found.role == Role::Connect) {
        doors(subject, server, problems);
    }
    replicas(subject, problems);
}

/// N8: a single server makes every drain of its node an outage. None at all is a standby.
fn replicas(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for pod in kept(subject).filter(|pod| pod.replicas() == Some(1)) {
        let connect = subject
            .applications
            .iter()
            .any(|found| found.role == Role::Connect && std::ptr::eq(subject.pods[found.pod].spec, pod.spec));
        let metastore = pod
            .spec
            .list("containers")
            .iter()
            .flat_map(|container| container.list("args"))
            .any(|word| word.as_str() == Some("metastore"));
        let path = if connect { "connect.replicas" } else { "metastore.replicas" };
        if connect || metastore {
            let message = format!("one pod of {} in production", pod.owner.id);
            let at = subject.missing(pod.owner.node, &["spec", "replicas"]);
            problems.push(
                Problem::new("ops/single-server", message, at, "one pod")
                    .help(format!("set `{path}` to 2 or more")),
            );
        }
    }
}

/// Whoever reaches a Connect server runs code with the rights of its executors.
fn doors<'a>(subject: &Subject<'a>, server: &Application<'a>, problems: &mut Vec<Problem>) {
    let pod = &subject.pods[server.pod];
    let token = server
        .container
        .list("env")
        .iter()
        .any(|entry| entry.text("name") == Some("SPARK_CONNECT_AUTHENTICATE_TOKEN"))
        || server.property("spark.connect.authenticate.token").is_some();
    let maps =
        pod.spec.list("volumes").iter().filter_map(|volume| volume.below(&["configMap", "name"])?.as_str());
    let maps: Vec<&str> = maps.collect();
    let proxied = |what: &str| {
        subject.files.iter().any(|file| {
            let owner = subject.objects()[file.object];
            owner.namespace() == pod.namespace()
                && maps.contains(&owner.id.name.as_str())
                && file.text.contains(what)
        })
    };
    let spec = |path: &str| Place::Spec(path.split('.').fold(SpecPath::root(), |path, key| path.key(key)));
    let Some(known) = subject.known() else { return };
    let built_in = known.compiled.platform.version.connect.token;
    if !(if built_in { token } else { proxied("return 401") }) {
        let message = format!("{} lets everybody in", pod.owner.id);
        problems.push(
            Problem::new(
                "ops/open-server",
                message,
                subject.missing(server.container, &["env"]),
                "no token is asked for",
            )
            .and(spec("connect.authentication"), "decided here")
            .help("set `connect.authentication.type: token`"),
        );
    }
    if !proxied("ssl_certificate") {
        let message = format!("clients speak to {} without encryption", pod.owner.id);
        problems.push(
            Problem::new(
                "ops/open-server",
                message,
                subject.place(server.container),
                "no proxy ends TLS in front of it",
            )
            .and(spec("connect.tls"), "decided here")
            .help("set `connect.tls.type: certManager`"),
        );
    }
    if !server.is_on("spark.authenticate") {
        let message = format!("whoever reaches {} may pass for one of its executors", pod.owner.id);
        let at = match (server.property("spark.authenticate"), &server.file) {
            (Some(property), _) => property.place(subject),
            (None, Some(file)) => subject.place(file.node),
            (None, None) => subject.place(server.container),
        };
        problems.push(
            Problem::new("ops/open-server", message, at, "`spark.authenticate` is not true")
                .help("set `spark.authenticate=true`: the driver draws a secret for its executors"),
        );
    }
}

/// Monitoring is on: then every driver, master and worker has a monitor.
fn watched(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let drivers =
        subject.applications.iter().filter(|found| found.is_driver()).map(|found| &subject.pods[found.pod]);
    let standalone =
        subject.pods.iter().filter(|pod| pod.label("app.kubernetes.io/name") == Some("standalone"));
    for pod in drivers.chain(standalone) {
        let services = subject.of("Service").filter(|service| {
            let selector = service.node.below(&["spec", "selector"]).and_then(Node::as_map);
            service.namespace() == pod.namespace()
                && selector.is_some_and(|wanted| {
                    !wanted.entries.is_empty()
                        && wanted.entries.iter().all(|(key, entry)| pod.label(key) == entry.node.as_str())
                })
        });
        let services: Vec<_> = services.collect();
        let own = subject.of("ServiceMonitor").any(|monitor| {
            let wanted = monitor.node.below(&["spec", "selector", "matchLabels"]).and_then(Node::as_map);
            wanted.is_some_and(|wanted| {
                !wanted.entries.is_empty()
                    && !monitor.node.get("spec").is_none_or(|spec| spec.list("endpoints").is_empty())
                    && services.iter().any(|service| {
                        let labels = service.node.below(&["metadata", "labels"]);
                        wanted.entries.iter().all(|(key, entry)| {
                            labels.and_then(|labels| labels.get(key)?.as_str()) == entry.node.as_str()
                        })
                    })
            })
        });
        let pods = || {
            subject.of("PodMonitor").any(|monitor| selects(monitor.node.below(&["spec", "selector"]), pod))
        };
        if !own && !pods() {
            report(subject, pod, problems);
        }
    }
}

fn report(subject: &Subject<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let message = format!("nobody watches {}", pod.owner.id);
    problems.push(
        Problem::new("ops/unwatched", message, subject.place(pod.owner.node), "no monitor leads here")
            .help("add a ServiceMonitor whose selector bears the labels of the pods' Service"),
    );
}
