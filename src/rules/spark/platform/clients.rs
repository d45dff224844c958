//! Clients of a Connect server: notebooks, workflows.

use super::view;
use crate::layer::tree::Node;
use crate::rules::set::{Application, Pod, Role, Subject};
use crate::rules::{Place, Problem};

/// Addresses of servers, and what clients need to speak to them.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let servers: Vec<&Application<'_>> =
        subject.applications.iter().filter(|found| found.role == Role::Connect).collect();
    for pod in &subject.pods {
        let mut remote = false;
        for container in pod.containers() {
            for value in container.list("env").iter().filter_map(|entry| entry.get("value")) {
                if let Some(url) = value.as_str().filter(|text| text.starts_with("sc://")) {
                    remote = true;
                    let tls = url.contains("use_ssl=true");
                    address(subject, url, tls, pod.namespace(), subject.place(value), &servers, problems);
                }
            }
        }
        if remote {
            packages(subject, pod, problems);
        }
    }
    for file in subject.files.iter().filter(|file| file.text.contains("\"spark_connect\"")) {
        let Ok(connection) = serde_json::from_str::<serde_json::Value>(file.text) else { continue };
        let (Some(host), port) = (connection["host"].as_str(), connection["port"].as_u64().unwrap_or(15002))
        else {
            continue;
        };
        let tls = connection["extra"]["use_ssl"].as_bool() == Some(true);
        let line = file.text.lines().position(|line| line.contains("\"host\"")).unwrap_or(0);
        let namespace = subject.objects()[file.object].namespace();
        let place = subject.line(file.node, line + 1);
        address(subject, &format!("sc://{host}:{port}"), tls, namespace, place, &servers, problems);
    }
}

/// ISSUE-011: the address is a Service's of the set, on its port for clients, with TLS where that has it.
fn address(
    subject: &Subject<'_>,
    url: &str,
    tls: bool,
    namespace: &str,
    at: Place,
    servers: &[&Application<'_>],
    problems: &mut Vec<Problem>,
) {
    let Some((_, name, port)) = view::address(url) else { return };
    let Some(host) = view::host(name) else { return };
    let port = i64::from(port.unwrap_or(15002));
    let Some(service) = subject.find("Service", host.namespace.unwrap_or(namespace), host.service) else {
        if !servers.is_empty() && !name.contains('$') && host.namespace.is_none_or(|found| found == namespace)
        {
            problems.push(
                Problem::new(
                    "spark/client-address",
                    format!("there is no Service `{}`", host.service),
                    at,
                    "clients connect here",
                )
                .help("name the Service of the Connect server"),
            );
        }
        return;
    };
    let selector = service.node.below(&["spec", "selector"]);
    let Some(server) = servers.iter().find(|server| view::selects(selector, view::pod(subject, server)))
    else {
        if !servers.is_empty() && subject.known().is_some() {
            let message = format!("{} has no Connect server behind it", service.id);
            problems.push(
                Problem::new("spark/client-address", message, at, "clients connect here")
                    .help("name the Service of the Connect server"),
            );
        }
        return;
    };
    let pod = view::pod(subject, server);
    let listed = service.node.get("spec").map_or(&[][..], |spec| spec.list("ports"));
    let entry = listed.iter().find(|entry| entry.get("port").and_then(Node::as_int) == Some(port));
    let target = match entry {
        Some(entry) => view::target(entry, pod),
        None => None,
    };
    let own =
        server.get("spark.connect.grpc.binding.port").and_then(|value| value.parse().ok()).unwrap_or(15002);
    let message = match target {
        None if view::is_headless(service.node) && port == own => return,
        None => format!("{} has no port {port}", service.id),
        Some(target) if target == own && tls => "the client asks for TLS, and the server has none".to_owned(),
        Some(target) if target != own && !tls && subject.known().is_some() => {
            "the client speaks without TLS, and what answers wants it".to_owned()
        }
        Some(_) => return,
    };
    problems.push(
        Problem::new("spark/client-address", message, at, "clients connect here")
            .and(subject.place(entry.unwrap_or(service.node)), "the Service")
            .help("write `sc://SERVICE.NAMESPACE.svc:15002`, with `/;use_ssl=true` where a proxy ends TLS"),
    );
}

/// What the Connect client of PySpark imports at its start.
const NEEDED: [&str; 5] = ["grpcio", "grpcio-status", "googleapis-common-protos", "pandas", "pyarrow"];

/// ISSUE-023, ISSUE-028 (a), ISSUE-034, T-jupyter-deps: the packages of a client, for the server's version.
fn packages(subject: &Subject<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let maps =
        pod.spec.list("volumes").iter().filter_map(|volume| volume.below(&["configMap", "name"])?.as_str());
    let maps: Vec<&str> = maps.collect();
    let files = subject.files.iter().filter(|file| {
        let owner = subject.objects()[file.object];
        file.key.starts_with("requirements")
            && owner.namespace() == pod.namespace()
            && maps.contains(&owner.id.name.as_str())
    });
    for file in files {
        let name = |line: &'_ str| -> String {
            let end =
                line.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(line.len());
            line[..end].to_lowercase().replace(['_', '.'], "-")
        };
        let names: Vec<String> = file.text.lines().map(str::trim).map(name).collect();
        let extra =
            file.text.contains("pyspark[connect]") || names.iter().any(|name| name == "pyspark-client");
        let zstandard = view::since(subject, 4, 1).then_some("zstandard");
        let lacking: Vec<&str> = NEEDED
            .into_iter()
            .chain(zstandard)
            .filter(|needed| !names.iter().any(|name| name == needed))
            .collect();
        if !lacking.is_empty() && !extra {
            let message = format!("{} has a Connect client without {}", pod.name(), lacking.join(", "));
            problems.push(
                Problem::new("spark/client-packages", message, subject.place(file.node), "not in this list")
                    .help("ask for what `pyspark[connect]` of this version asks for"),
            );
        }
        for (line, text) in file.text.lines().enumerate() {
            let pinned = text
                .trim()
                .strip_prefix("pyspark")
                .and_then(|rest| rest.split_once("=="))
                .map(|(_, version)| version);
            let found = pinned.and_then(|text| view::version(text.split([' ', ';', '\\']).next()?));
            let server = subject.spark_version().and_then(view::version);
            if let (Some(found), Some(server)) = (found, server)
                && found != server
            {
                let message = format!(
                    "the client is PySpark {}.{}, and the server is {}.{}",
                    found.0, found.1, server.0, server.1
                );
                problems.push(
                    Problem::new(
                        "spark/client-version",
                        message,
                        subject.line(file.node, line + 1),
                        "another version",
                    )
                    .help("take the same minor version on both ends"),
                );
            }
        }
    }
}
