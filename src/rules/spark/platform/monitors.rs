//! What Prometheus asks Spark for, and how Spark writes its log.

use super::standalone;
use super::view;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Application, ConfigFile, Pod, Role, Subject};
use crate::spec::types::Duration;

const EXECUTORS: &str = "/metrics/executors/prometheus";

/// Monitors and log layouts.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    monitors(subject, problems);
    for file in subject.files.iter().filter(|file| file.key.ends_with("log4j2.properties")) {
        layout(subject, file, problems);
    }
}

/// What a pod is to Prometheus.
enum Server<'s, 'a> {
    Driver(&'s Application<'a>),
    History(&'s Application<'a>),
    Master,
    Worker,
}

fn monitors(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let mut servers: Vec<(&Pod<'_>, &Node, Server<'_, '_>)> = Vec::new();
    for application in &subject.applications {
        let server = match application.role {
            Role::Connect | Role::Driver => Server::Driver(application),
            Role::History => Server::History(application),
            Role::Master | Role::Worker => continue,
        };
        servers.push((view::pod(subject, application), application.container, server));
    }
    if subject.of("ServiceMonitor").next().or(subject.of("PodMonitor").next()).is_none() {
        return;
    }
    servers.extend(
        standalone::processes(subject, false)
            .into_iter()
            .map(|found| (found.pod, found.container, Server::Master)),
    );
    servers.extend(
        standalone::processes(subject, true)
            .into_iter()
            .map(|found| (found.pod, found.container, Server::Worker)),
    );
    for monitor in subject.of("ServiceMonitor") {
        let wanted = monitor.node.below(&["spec", "selector", "matchLabels"]);
        for service in subject.of("Service").filter(|service| service.namespace() == monitor.namespace()) {
            let labels = service.node.below(&["metadata", "labels"]);
            if !matches_labels(wanted, labels) {
                continue;
            }
            let selector = service.node.below(&["spec", "selector"]);
            for (pod, container, server) in servers.iter().filter(|(pod, ..)| view::selects(selector, pod)) {
                for endpoint in monitor.node.get("spec").map_or(&[][..], |spec| spec.list("endpoints")) {
                    let listed = service.node.get("spec").map_or(&[][..], |spec| spec.list("ports"));
                    let port = endpoint
                        .text("port")
                        .and_then(|name| listed.iter().find(|port| port.text("name") == Some(name)));
                    let target = match (port, endpoint.get("targetPort")) {
                        (Some(port), _) => view::target(port, pod),
                        (None, Some(target)) => view::number(std::iter::once(*container), target),
                        (None, None) => None,
                    };
                    endpoint_of(subject, endpoint, target, server, problems);
                }
            }
        }
    }
    for monitor in subject.of("PodMonitor") {
        let wanted = monitor.node.below(&["spec", "selector", "matchLabels"]);
        for (_, container, server) in servers.iter().filter(|(pod, ..)| {
            pod.namespace() == monitor.namespace()
                && matches_labels(wanted, pod.template.below(&["metadata", "labels"]))
        }) {
            for endpoint in monitor.node.get("spec").map_or(&[][..], |spec| spec.list("podMetricsEndpoints"))
            {
                let target =
                    endpoint.get("port").and_then(|port| view::number(std::iter::once(*container), port));
                endpoint_of(subject, endpoint, target, server, problems);
            }
        }
    }
}

fn matches_labels(wanted: Option<&Node>, labels: Option<&Node>) -> bool {
    let wanted = wanted.and_then(Node::as_map);
    wanted.is_some_and(|wanted| {
        !wanted.entries.is_empty()
            && wanted.entries.iter().all(|(key, entry)| {
                labels.and_then(|labels| labels.get(key)?.as_str()) == entry.node.as_str()
            })
    })
}

/// One endpoint, against what the server answers on its port.
fn endpoint_of(
    subject: &Subject<'_>,
    endpoint: &Node,
    target: Option<i64>,
    server: &Server<'_, '_>,
    problems: &mut Vec<Problem>,
) {
    let path = endpoint.text("path").unwrap_or("/metrics");
    let at = || subject.missing(endpoint, &["path"]);
    let strict = subject.known().is_some();
    match server {
        Server::History(server) => {
            let ui = server.get("spark.history.ui.port").and_then(|port| port.parse().ok()).unwrap_or(18080);
            if target == Some(ui) {
                let message = format!("the History Server answers `{path}` with a web page");
                problems.push(
                    Problem::new(
                        "spark/history-monitor",
                        message,
                        subject.place(endpoint),
                        "nothing that Prometheus can read",
                    )
                    .help("take the monitor out; the probe on `/api/v1/version` tells whether it lives"),
                );
            }
        }
        Server::Driver(driver) => {
            let ui = driver.get("spark.ui.port").and_then(|port| port.parse().ok()).unwrap_or(4040);
            if target != Some(ui) {
                if strict && target.is_some() {
                    let message = format!("`{path}` is answered on the port of the UI, {ui}");
                    problems.push(Problem::new(
                        "spark/metrics-path",
                        message,
                        subject.missing(endpoint, &["port"]),
                        "another port",
                    ));
                }
                return;
            }
            driver_endpoint(subject, endpoint, path, driver, problems);
            timeout(subject, endpoint, path, problems);
        }
        Server::Master | Server::Worker if strict => {
            let wanted = if matches!(server, Server::Master) {
                "/metrics/master/prometheus/"
            } else {
                "/metrics/prometheus/"
            };
            if path != wanted {
                let message = format!("nobody answers on `{path}`");
                problems.push(
                    Problem::new(
                        "spark/metrics-path",
                        message,
                        at(),
                        "answered with 404, or with a web page",
                    )
                    .help(format!("ask for `{wanted}`")),
                );
            }
        }
        _ => {}
    }
}

/// Measured on 3.5.9 to 4.3.0: which paths answer, which redirect, which do not exist.
fn driver_endpoint(
    subject: &Subject<'_>,
    endpoint: &Node,
    path: &str,
    driver: &Application<'_>,
    problems: &mut Vec<Problem>,
) {
    let of = |what: &str| {
        ["*", "driver"].iter().find_map(|instance| {
            let key = format!("spark.metrics.conf.{instance}.sink.prometheusServlet.{what}");
            driver.property(&key)
        })
    };
    let sink = of("path").map_or("/metrics/prometheus", |found| found.value.as_str());
    let plain = path.trim_end_matches('/');
    let visible = view::is_visible(subject, driver);
    let at = || subject.missing(endpoint, &["path"]);
    if plain == EXECUTORS {
        let flag = driver.get("spark.ui.prometheus.enabled");
        let on = flag.map_or(!view::before(subject, 4, 0), |value| value == "true");
        if !on && visible {
            let message = "Prometheus asks for executors' metrics, which are switched off";
            let key = "spark.ui.prometheus.enabled";
            problems.push(
                Problem::new("spark/metrics-off", message, view::at(subject, driver, key), "not set to true")
                    .and(at(), "asked for here")
                    .help(format!("set `{key}=true`")),
            );
        }
    } else if plain == sink {
        if !path.ends_with('/')
            && (subject.known().is_some()
                || endpoint.get("followRedirects").and_then(Node::as_bool) == Some(false))
        {
            let message = format!("Spark sends whoever asks for `{path}` to `{path}/`");
            problems.push(
                Problem::new("spark/metrics-path", message, at(), "without the slash at the end")
                    .help(format!("ask for `{path}/`")),
            );
        }
        let elsewhere = driver.property("spark.metrics.conf").is_some()
            || driver.container.list("volumeMounts").iter().any(|mount| {
                mount.text("mountPath").is_some_and(|path| path.ends_with("metrics.properties"))
            });
        let class =
            of("class").is_some_and(|found| found.value == "org.apache.spark.metrics.sink.PrometheusServlet");
        if !class && !elsewhere && visible {
            let key = "spark.metrics.conf.*.sink.prometheusServlet.class";
            problems.push(
                Problem::new(
                    "spark/metrics-off",
                    "Prometheus asks for metrics, and no sink serves them",
                    view::at(subject, driver, key),
                    "no sink",
                )
                .and(at(), "asked for here")
                .help(format!("set `{key}=org.apache.spark.metrics.sink.PrometheusServlet`")),
            );
        }
        if driver.property("spark.metrics.namespace").is_none() && visible && subject.known().is_some() {
            let message = "the names of the metrics are others at every start";
            problems.push(
                Problem::new(
                    "spark/metrics-off",
                    message,
                    view::at(subject, driver, "spark.metrics.namespace"),
                    "not set here",
                )
                .help("set `spark.metrics.namespace` to a name that stays"),
            );
        }
    } else if visible {
        let message = format!("the UI answers `{path}` with 404");
        problems.push(
            Problem::new("spark/metrics-path", message, at(), "no such path")
                .help(format!("ask for `{sink}/`, and for `{EXECUTORS}`")),
        );
    }
}

/// Measured: the first answer about executors took 5 to 17 seconds on a loaded host.
fn timeout(subject: &Subject<'_>, endpoint: &Node, path: &str, problems: &mut Vec<Problem>) {
    let seconds = |key: &str| Some(endpoint.text(key)?.parse::<Duration>().ok()?.seconds());
    let (given, interval) = (seconds("scrapeTimeout"), seconds("interval"));
    let message = match given {
        Some(given) if interval.is_some_and(|interval| interval < given) => {
            format!("Prometheus waits {given} seconds, and asks again before")
        }
        given if path == EXECUTORS && given.unwrap_or(10) < 30 => {
            format!("Prometheus waits {} seconds for an answer about executors", given.unwrap_or(10))
        }
        _ => return,
    };
    let at = subject.missing(endpoint, &["scrapeTimeout"]);
    problems.push(
        Problem::new("spark/scrape-timeout", message, at, "the first answer takes longer")
            .help("set `scrapeTimeout: 30s` and an `interval` that is longer"),
    );
}

/// Measured on 3.5.9 to 4.3.0, every line parsed: which layouts make lines of JSON.
fn layout(subject: &Subject<'_>, file: &ConfigFile<'_>, problems: &mut Vec<Problem>) {
    let lines = || {
        file.text.lines().enumerate().filter_map(|(at, line)| {
            let line = line.trim();
            let (key, value) = line.split_once('=').filter(|_| !line.starts_with(['#', '!']))?;
            Some((at + 1, key.trim(), value.trim()))
        })
    };
    let mut wrong = |line: usize, message: String, help: &str| {
        let problem = Problem::new(
            "spark/log-layout",
            message,
            subject.line(file.node, line),
            "in the log's configuration",
        );
        problems.push(problem.help(help));
    };
    let hive = file.key != "log4j2.properties";
    for (line, key, value) in lines().filter(|(_, key, _)| key.ends_with(".layout.type")) {
        let own = |name: &str| {
            let wanted = format!("{}{name}", key.trim_end_matches("type"));
            lines().find(|(_, key, _)| *key == wanted).map(|(line, _, value)| (line, value))
        };
        match value {
            "JsonTemplateLayout" if hive || view::before(subject, 4, 0) => {
                let whose = if hive { "Hive" } else { "Spark 3.5" };
                let help = "use `JsonLayout` with `compact=true` and `eventEol=true`";
                wrong(line, format!("{whose} has no `JsonTemplateLayout`"), help);
            }
            "JsonTemplateLayout" => {
                let template = own("eventTemplateUri");
                let known = ["SparkLayout.json"];
                if let Some((line, uri)) = template
                    && let Some(name) = uri.strip_prefix("classpath:org/apache/spark/")
                    && !known.contains(&name)
                {
                    wrong(
                        line,
                        format!("Spark has no template `{name}`"),
                        "use `classpath:org/apache/spark/SparkLayout.json`",
                    );
                }
            }
            "JsonLayout" => {
                let on = |name: &str| own(name).is_some_and(|(_, value)| value == "true");
                if !on("compact") || !on("eventEol") {
                    wrong(
                        line,
                        "an event of the log is spread over many lines".to_owned(),
                        "add `compact=true` and `eventEol=true`",
                    );
                }
            }
            "PatternLayout" => {}
            other if subject.known().is_some() => {
                wrong(
                    line,
                    format!("log4j has no layout `{other}`"),
                    "use `JsonTemplateLayout`, or `PatternLayout`",
                );
            }
            _ => {}
        }
    }
    let names: Vec<&str> = lines()
        .filter(|(_, key, _)| key.starts_with("appender.") && key.ends_with(".name"))
        .map(|(_, _, name)| name)
        .collect();
    let known = |name: &str| names.contains(&name);
    for (line, _, name) in lines().filter(|(_, key, _)| key.contains("appenderRef.") && key.ends_with(".ref"))
    {
        if !known(name) && !name.contains('$') {
            wrong(
                line,
                format!("no appender is called `{name}`: nothing is logged"),
                "name an appender of this file",
            );
        }
    }
}
