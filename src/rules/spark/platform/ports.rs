//! Ports that a driver listens on: in its configuration, in its pod, in its Services.

use super::view;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Application, Object, Pod, Role, Subject};

const DRIVER: &str = "spark.driver.port";
const BLOCKS: &str = "spark.driver.blockManager.port";

/// Ports for executors and of the UI.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for application in subject.applications.iter().filter(|found| view::has_executors(found)) {
        driver(subject, application, problems);
        executor(subject, application, problems);
    }
}

/// ISSUE-010: fixed ports, which the container and the Service of the driver's name list.
fn driver<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    let pod = view::pod(subject, application);
    let service = application
        .get("spark.driver.host")
        .and_then(view::host)
        .and_then(|host| subject.find("Service", host.namespace.unwrap_or(pod.namespace()), host.service));
    let known = subject.known().is_some();
    let balanced = service.is_some_and(|service| !view::is_headless(service.node));
    let mut taken: Vec<(&str, i64)> = Vec::new();
    for key in [DRIVER, BLOCKS, "spark.ui.port"] {
        let fallback = if key == BLOCKS { application.get("spark.blockManager.port") } else { None };
        let Some(value) = application.get(key).or(fallback) else {
            if (known || (balanced && view::is_visible(subject, application))) && key != "spark.ui.port" {
                let message = format!("`{key}` is not fixed: the driver takes any free port");
                let at = view::at(subject, application, key);
                problems.push(
                    Problem::new("spark/driver-port", message, at, "not set here")
                        .help(format!("set `{key}`, and list the port in container, Service and policies")),
                );
            }
            continue;
        };
        let number = value.parse::<i64>().unwrap_or(0);
        let wrong = |message: String, label: &str| {
            Problem::new("spark/driver-port", message, view::at(subject, application, key), label)
        };
        if !(1..=65535).contains(&number) {
            if known || balanced {
                let problem = wrong(format!("`{key}` is `{value}`: no fixed port"), "not a port");
                problems.push(problem.help("choose a port between 1024 and 65535"));
            }
            continue;
        }
        if let Some((other, _)) = taken.iter().find(|(_, known)| *known == number) {
            let message = format!("`{key}` and `{other}` are both {number}");
            let problem =
                wrong(message, "this port is taken").and(view::at(subject, application, other), "by this");
            problems.push(problem.help("give each a port of its own"));
        }
        taken.push((key, number));
        if known && !view::ports(application.container).any(|port| port == number) {
            let message = format!("{} does not open port {number} of `{key}`", pod.name());
            let there = subject.place(application.container.get("ports").unwrap_or(application.container));
            let problem = wrong(message, "the driver listens here").and(there, "what the container opens");
            problems
                .push(problem.help(format!("add `containerPort: {number}`, or take the port that is there")));
        }
        if let Some(service) = service
            && key != "spark.ui.port"
        {
            problems.extend(in_service(subject, application, pod, service, key, number));
        }
    }
}

/// The Service of the driver's name lists the port and leads to it.
fn in_service<'a>(
    subject: &Subject<'a>,
    application: &Application<'a>,
    pod: &Pod<'a>,
    service: &'a Object<'a>,
    key: &str,
    number: i64,
) -> Option<Problem> {
    let listed = service.node.get("spec")?.list("ports");
    let headless = view::is_headless(service.node);
    if headless && (listed.is_empty() || subject.known().is_none()) {
        return None;
    }
    let own = listed.iter().find(|port| port.get("port").and_then(Node::as_int) == Some(number));
    let (message, place) = match own {
        None => (
            format!("{} has no port {number}", service.id),
            subject.missing(service.node, &["spec", "ports"]),
        ),
        Some(port) if view::target(port, pod) == Some(number) => return None,
        Some(port) => (format!("{} leads port {number} to another", service.id), subject.place(port)),
    };
    Some(
        Problem::new(
            "spark/driver-port",
            message,
            view::at(subject, application, key),
            "executors connect here",
        )
        .and(place, "the ports of the Service")
        .help(format!("list port {number} in the Service, with a `targetPort` that is the same")),
    )
}

/// The executors' block manager listens on a port that their template opens.
fn executor<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    const KEY: &str = "spark.blockManager.port";
    let (Some(_), Some(template)) = (subject.known(), view::executor(subject, application)) else { return };
    let Some(container) = view::executor_container(application, template) else { return };
    let number = application.get(KEY).and_then(|value| value.parse::<i64>().ok()).filter(|port| *port > 0);
    let there = || subject.place(container.get("ports").unwrap_or(container));
    let message = match number {
        None => "executors take any free port for their blocks".to_owned(),
        Some(number) if view::ports(container).any(|port| port == number) => return,
        Some(number) => format!("{} do not open port {number} of `{KEY}`", template.name()),
    };
    problems.push(
        Problem::new(
            "spark/executor-port",
            message,
            view::at(subject, application, KEY),
            "where blocks are served",
        )
        .and(there(), "what their container opens")
        .help("let both say the same port"),
    );
}

/// The ports that a Connect server's container listens on.
pub fn listens<'a>(application: &Application<'a>) -> Vec<(&'static str, i64)> {
    let of = |key: &'static str, default: i64| {
        let number = application.get(key).map_or(Some(default), |value| value.parse().ok());
        number.filter(|number| *number > 0).map(|number| (key, number))
    };
    let grpc =
        (application.role == Role::Connect).then(|| of("spark.connect.grpc.binding.port", 15002)).flatten();
    [grpc, of("spark.ui.port", 4040), of(DRIVER, 0), of(BLOCKS, 0)].into_iter().flatten().collect()
}
