//! What Ingresses, Routes and HTTPRoutes pass requests on to.

use super::names::Names;
use super::ports::{behind, listens, shown};
use crate::diagnostic::did_you_mean;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::Object;

/// Rules `ref/unknown-backend` and `ref/unknown-backend-port`.
pub fn check(names: &Names<'_>, problems: &mut Vec<Problem>) {
    for object in names.subject.objects() {
        let Some(spec) = object.node.get("spec") else { continue };
        match object.id.kind.as_str() {
            "Ingress" => {
                let paths = spec.list("rules").iter().filter_map(|rule| rule.get("http"));
                let paths = paths.flat_map(|http| http.list("paths")).filter_map(|path| path.get("backend"));
                for backend in spec.get("defaultBackend").into_iter().chain(paths) {
                    let Some(service) = backend.get("service") else { continue };
                    let port =
                        service.get("port").and_then(|port| port.get("name").or_else(|| port.get("number")));
                    passed(names, object, object.namespace(), service.get("name"), port, false, problems);
                }
            }
            "Route" => {
                let port = spec.below(&["port", "targetPort"]);
                for to in spec.get("to").into_iter().chain(spec.list("alternateBackends")) {
                    passed(names, object, object.namespace(), to.get("name"), port, true, problems);
                }
            }
            "HTTPRoute" | "GRPCRoute" | "TCPRoute" | "TLSRoute" => {
                for to in spec.list("rules").iter().flat_map(|rule| rule.list("backendRefs")) {
                    if to.text("kind").unwrap_or("Service") == "Service" {
                        let namespace = to.text("namespace").unwrap_or(object.namespace());
                        passed(names, object, namespace, to.get("name"), to.get("port"), false, problems);
                    }
                }
            }
            _ => {}
        }
    }
}

fn passed(
    names: &Names<'_>,
    from: &Object<'_>,
    namespace: &str,
    name: Option<&Node>,
    port: Option<&Node>,
    route: bool,
    problems: &mut Vec<Problem>,
) {
    let Some(node) = name else { return };
    let Some(name) = node.as_str() else { return };
    let Some(service) = names.find("Service", namespace, name) else {
        let known: Vec<&str> = names.all("Service").into_iter().collect();
        problems.push(names.absent(
            "ref/unknown-backend",
            "Service",
            name,
            names.subject.place(node),
            &known,
        ));
        return;
    };
    let Some(port) = port else { return };
    let ports = service.node.get("spec").map(|spec| spec.list("ports")).unwrap_or_default();
    let has = ports.iter().any(|found| match port.as_int() {
        // A Route's number is the pods' own port (route.openshift.io/v1, RoutePort).
        Some(number) if route => {
            let target = found.get("targetPort").or_else(|| found.get("port"));
            target.and_then(Node::as_int) == Some(number)
                || behind(names, service).iter().any(|at| listens(&names.subject.pods[*at], port))
        }
        Some(number) => found.get("port").and_then(Node::as_int) == Some(number),
        None => found.text("name") == port.as_str() || (route && found.text("targetPort") == port.as_str()),
    });
    if !has {
        let known: Vec<&str> = ports.iter().filter_map(|port| port.text("name")).collect();
        problems.push(
            Problem::new(
                "ref/unknown-backend-port",
                format!("the Service `{name}` has no port `{}`", shown(port)),
                names.subject.place(port),
                format!("{} sends requests there", from.id.kind),
            )
            .and(names.subject.missing(service.node, &["spec", "ports"]), "its ports")
            .help_if(did_you_mean(&shown(port), known.iter().copied())),
        );
    }
}
