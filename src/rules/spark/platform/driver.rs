//! The address of a driver: executors connect to it, not the other way round.

use super::view::{self, Host};
use crate::layer::tree::Node;
use crate::rules::set::{Application, Object, Pod, Subject};
use crate::rules::{Place, Problem};

const HOST: &str = "spark.driver.host";

/// The driver's name, the address it binds to, and its own pod's name.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for application in subject.applications.iter().filter(|found| view::has_executors(found)) {
        let pod = view::pod(subject, application);
        let service = driver_host(subject, application, pod, problems);
        if let Some(service) = service {
            hidden(subject, application, pod, service, problems);
        }
        bind_address(subject, application, pod, service, problems);
        if view::makes_pods(application) {
            pod_name(subject, application, pod, problems);
            executor_names(subject, application, pod, problems);
        }
    }
}

/// ISSUE-024, ISSUE-025, ISSUE-026: a name that every executor can look up, and that leads to this pod.
/// Gives the Service that it names.
fn driver_host<'a>(
    subject: &Subject<'a>,
    application: &Application<'a>,
    pod: &Pod<'a>,
    problems: &mut Vec<Problem>,
) -> Option<&'a Object<'a>> {
    let at = || view::at(subject, application, HOST);
    let mut wrong = |message: String, label: &str, why: &str| {
        let problem = Problem::new("spark/driver-host", message, at(), label).why(why);
        problems.push(problem.help(format!("let `{HOST}` be {}", wanted(pod))));
    };
    let Some(value) = application.get(HOST) else {
        let stable =
            pod.owner.id.kind == "StatefulSet" && pod.owner.node.below(&["spec", "serviceName"]).is_some();
        if view::is_visible(subject, application) && (subject.known().is_some() || !stable) {
            wrong(
                format!("{} does not say where its executors find it", pod.name()),
                "`spark.driver.host` is not set here",
                "Spark then takes the pod's host name, which no other pod can look up",
            );
        }
        return None;
    };
    match view::field(application.container, value) {
        Some("status.podIP") => return None,
        Some(other) => {
            let why = "nobody can look up what is not an address or the name of a Service";
            wrong(format!("`{HOST}` is the pod's `{other}`"), "no address", why);
            return None;
        }
        None => {}
    }
    let Some(host) = view::host(value) else {
        let here = value.starts_with("127.") || value == "0.0.0.0" || value == "::1";
        if here || subject.known().is_some() {
            let why = "executors are other pods: they would connect to themselves, or to nobody";
            wrong(
                format!("`{HOST}` is `{value}`, where executors do not find the driver"),
                "not its address",
                why,
            );
        }
        return None;
    };
    if let Some(first) = value.split('.').next().filter(|label| label.starts_with("$("))
        && view::field(application.container, first) != Some("metadata.name")
    {
        let why = "Kubernetes replaces `$(NAME)` only by a variable of the same container";
        wrong(format!("`{first}` in `{HOST}` is not the name of the pod"), "not the pod's name", why);
        return None;
    }
    let namespace = host.namespace.unwrap_or(pod.namespace());
    let found = subject.find("Service", namespace, host.service);
    let Some(service) = found else {
        let elsewhere = host.namespace.is_some_and(|namespace| namespace != pod.namespace());
        // A pod has a name of its own in its own namespace alone; a Service may be anybody's.
        let moved = elsewhere && host.pod.is_some() && !pod.namespace().is_empty();
        if host.service == "localhost" || !elsewhere || moved || subject.known().is_some() {
            let why = "executors cannot look the name up, and end with UnknownHostException";
            let message = match (&host, value.contains("$(")) {
                (Host { qualified: false, pod: None, .. }, true) => {
                    format!("`{value}` is the name of a pod, which no DNS server knows")
                }
                _ if moved => {
                    format!(
                        "`{value}` is the name of a pod in `{namespace}`, and this one lives in `{}`",
                        pod.namespace()
                    )
                }
                _ => format!("there is no Service `{}` in namespace `{namespace}`", host.service),
            };
            wrong(message, "nobody has this name", why);
        }
        return None;
    };
    let executors = application.get("spark.kubernetes.namespace").unwrap_or(pod.namespace());
    if !host.qualified && (subject.known().is_some() || executors != pod.namespace()) {
        let why = "a short name is looked up in the namespace of whoever asks";
        wrong(format!("`{value}` is a short name"), "no namespace and no `.svc`", why);
    }
    leads_here(subject, application, pod, &host, service, problems);
    Some(service)
}

/// The Service of a driver's name has this pod behind it, and with several drivers each has a name of its own.
fn leads_here<'a>(
    subject: &Subject<'a>,
    application: &Application<'a>,
    pod: &Pod<'a>,
    host: &Host<'_>,
    service: &'a Object<'a>,
    problems: &mut Vec<Problem>,
) {
    let at = || view::at(subject, application, HOST);
    let selector = service.node.below(&["spec", "selector"]);
    let there = || subject.place(selector.unwrap_or(service.node));
    let new = |rule, message: String, label: &str| Problem::new(rule, message, at(), label);
    if !view::selects(selector, pod) {
        let message = format!("{} does not select {}", service.id, pod.name());
        let problem = new("spark/driver-host", message, "executors look for the driver there");
        let why = "the name resolves to other pods or to none: executors never register";
        problems.push(problem.and(there(), "what it selects").why(why).help("select the driver's labels"));
        return;
    }
    let replicas = pod.replicas().unwrap_or(1);
    let Some(first) = host.pod else {
        let others = subject.pods.iter().filter(|other| {
            other.namespace() == pod.namespace()
                && !std::ptr::eq(other.spec, pod.spec)
                && view::selects(selector, other)
        });
        let others: Vec<String> = others.map(Pod::name).collect();
        if replicas > 1 || !others.is_empty() {
            let message = match others.first() {
                Some(other) => format!("{} selects {other} besides {}", service.id, pod.name()),
                None => format!("{replicas} drivers share the name `{}`", service.id.name),
            };
            let problem = new("spark/driver-behind-load-balancer", message, "the same for each of them");
            problems.push(
                problem
                    .and(there(), "what stands behind the name")
                    .help(format!("let `{HOST}` be {}", wanted(pod))),
            );
        }
        return;
    };
    let own = pod.owner.node.below(&["spec", "serviceName"]).and_then(Node::as_str);
    let literal = format!("{}-0", pod.owner.id.name);
    let name = first.starts_with("$(") || (first == literal && replicas <= 1);
    let message =
        if pod.owner.id.kind != "StatefulSet" && pod.template.below(&["spec", "subdomain"]).is_none() {
            format!("pods of {} have no names in DNS", pod.owner.id)
        } else if !view::is_headless(service.node) {
            format!("{} is not headless: it gives its pods no names", service.id)
        } else if own.is_some_and(|own| own != service.id.name) {
            format!("{} names its pods after the Service `{}`", pod.owner.id, own.unwrap_or_default())
        } else if !name {
            let problem = new(
                "spark/driver-behind-load-balancer",
                format!("`{first}` is one pod's name"),
                "for every replica",
            );
            problems.push(problem.help("let it begin with `$(POD_NAME)`"));
            return;
        } else {
            return;
        };
    let problem = new("spark/driver-host", message, "a pod's name before the Service's");
    problems.push(
        problem
            .and(subject.place(service.node), "the Service")
            .why("no DNS server knows the name, so executors never register")
            .help("give a StatefulSet `serviceName`: a Service with `clusterIP: None`"),
    );
}

fn wanted(pod: &Pod<'_>) -> String {
    let service = match pod.owner.node.below(&["spec", "serviceName"]).and_then(Node::as_str) {
        Some(service) => format!("$(POD_NAME).{service}"),
        None => "SERVICE".to_owned(),
    };
    let namespace = if pod.namespace().is_empty() { "NAMESPACE" } else { pod.namespace() };
    format!("`{service}.{namespace}.svc`, or `$(POD_IP)`")
}

/// SPARK-58113: executors come before the driver is ready, and look its name up at once.
fn hidden<'a>(
    subject: &Subject<'a>,
    application: &Application<'a>,
    pod: &Pod<'a>,
    service: &'a Object<'a>,
    problems: &mut Vec<Problem>,
) {
    let probed =
        ["readinessProbe", "startupProbe"].iter().any(|probe| application.container.get(probe).is_some());
    let key = &["spec", "publishNotReadyAddresses"];
    if probed && service.node.below(key).and_then(Node::as_bool) != Some(true) {
        let message = format!("{} hides {} until it is ready", service.id, pod.name());
        problems.push(
            Problem::new(
                "spark/driver-hidden",
                message,
                subject.missing(service.node, key),
                "not set to true",
            )
            .and(view::at(subject, application, HOST), "executors look the driver up here")
            .help("set `publishNotReadyAddresses: true` on the Service of the driver's name"),
        );
    }
}

/// The address that the driver listens on: its pod's.
fn bind_address<'a>(
    subject: &Subject<'a>,
    application: &Application<'a>,
    pod: &Pod<'a>,
    service: Option<&'a Object<'a>>,
    problems: &mut Vec<Problem>,
) {
    const KEY: &str = "spark.driver.bindAddress";
    let value = application.get(KEY);
    let own = value.is_some_and(|value| view::field(application.container, value) == Some("status.podIP"));
    let message = match value {
        Some(_) if own => return,
        // `spark.kubernetes.executor.useDriverPodIP` is true from 4.3.0 on: executors are sent the address
        // that the driver binds to. Measured on 4.3.0 and 4.1.4.
        Some("0.0.0.0" | "::") => {
            let flag = application.get("spark.kubernetes.executor.useDriverPodIP");
            let sent = flag == Some("true") || (flag.is_none() && view::since(subject, 4, 3));
            if !sent || !view::makes_pods(application) {
                return;
            }
            "executors are told to connect to 0.0.0.0".to_owned()
        }
        Some(local @ ("localhost" | "127.0.0.1" | "::1")) => format!("the driver listens on `{local}` alone"),
        Some(other) if subject.known().is_some() || other.starts_with("$(") => {
            format!("`{other}` is not the address of {}", pod.name())
        }
        Some(_) => return,
        None if subject.known().is_some() => "nobody says which address the driver listens on".to_owned(),
        None if service.is_some_and(|service| !view::is_headless(service.node)) => {
            "the driver would listen on the address of its Service, which is not its own".to_owned()
        }
        None => return,
    };
    let label =
        if value.is_some() { "not the pod's address" } else { "`spark.driver.bindAddress` is not set here" };
    problems.push(
        Problem::new("spark/bind-address", message, view::at(subject, application, KEY), label)
            .help("pass `--conf spark.driver.bindAddress=$(POD_IP)`, with POD_IP from `status.podIP`"),
    );
}

/// N13: with its pod's name the driver becomes the owner of its executors.
fn pod_name<'a>(
    subject: &Subject<'a>,
    application: &Application<'a>,
    pod: &Pod<'a>,
    problems: &mut Vec<Problem>,
) {
    const KEY: &str = "spark.kubernetes.driver.pod.name";
    let (message, label) = match application.get(KEY) {
        None if view::is_visible(subject, application) => {
            (format!("nobody owns the executors of {}", pod.name()), "the driver's pod is not named here")
        }
        None => return,
        Some(value) => {
            let kind = pod.owner.id.kind.as_str();
            let field = view::field(application.container, value);
            let fixed = match kind {
                "Pod" => value == pod.owner.id.name,
                "StatefulSet" => value == format!("{}-0", pod.owner.id.name) && pod.replicas() == Some(1),
                _ => false,
            };
            if field == Some("metadata.name") || fixed {
                return;
            }
            (format!("`{value}` is not the name of a pod of {}", pod.owner.id), "not its own name")
        }
    };
    problems.push(
        Problem::new("spark/driver-pod-name", message, view::at(subject, application, KEY), label)
            .help(format!("pass `--conf {KEY}=$(POD_NAME)`, with POD_NAME from `metadata.name`")),
    );
}

/// apache/spark#21067: a prefix gives executors names that are the same for each driver.
fn executor_names<'a>(
    subject: &Subject<'a>,
    application: &Application<'a>,
    pod: &Pod<'a>,
    problems: &mut Vec<Problem>,
) {
    let key = "spark.kubernetes.executor.podNamePrefix";
    let Some(property) = application.property(key).filter(|property| !property.value.contains("$(")) else {
        return;
    };
    let at: Place = property.place(subject);
    let message = format!("every driver of {} names its executors `{}-exec-N`", pod.name(), property.value);
    problems.push(
        Problem::new("spark/fixed-executor-names", message, at, "the same names again")
            .help(format!("leave `{key}` out: Spark makes a name that nobody else has")),
    );
}
