//! Spark's own master and workers: who finds whom, and what fits into a worker.

use super::view;
use crate::layer::tree::Node;
use crate::rules::set::{Application, Pod, Subject};
use crate::rules::{Place, Problem};
use crate::spec::types::Quantity;

const MASTER: &str = "deploy.master.Master";
const WORKER: &str = "deploy.worker.Worker";

/// A process of Spark's own cluster, with the line that starts it.
pub struct Process<'a, 's> {
    /// Its pod.
    pub pod: &'s Pod<'a>,
    /// Its container.
    pub container: &'a Node,
    words: Vec<&'a str>,
    at: Place,
}

impl<'a> Process<'a, '_> {
    /// What follows one of some options where it is started, or stands in a variable of its container.
    fn told(&self, options: &[&str], variable: &str) -> Option<&'a str> {
        let words = self.words.windows(2).find(|pair| options.contains(&pair[0])).map(|pair| pair[1]);
        words.or_else(|| view::env(self.container, variable)?.text("value"))
    }
}

/// The masters, or the workers, of the set: by the class that a container or its script runs.
pub fn processes<'a, 's>(subject: &'s Subject<'a>, worker: bool) -> Vec<Process<'a, 's>> {
    let (class, script) = if worker { (WORKER, "start-worker.sh") } else { (MASTER, "start-master.sh") };
    let mut found = Vec::new();
    for pod in &subject.pods {
        for container in pod.spec.list("containers") {
            let texts = view::texts(subject, pod, container);
            let hit = texts.iter().find_map(|(node, text)| {
                let is_start = |line: &str| line.contains(class) || line.contains(script);
                let line = text.lines().position(is_start)?;
                Some((*node, line, text.lines().nth(line)?))
            });
            if let Some((node, line, text)) = hit {
                let direct = texts.iter().any(|(other, _)| std::ptr::eq(*other, node)) && !text.contains(' ');
                let words = match direct {
                    true => texts.iter().map(|(_, text)| *text).collect(),
                    false => text.split_whitespace().collect(),
                };
                found.push(Process { pod, container, words, at: subject.line(node, line + 1) });
            }
        }
    }
    found
}

/// Masters, workers and the drivers that use them.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let drivers = subject.applications.iter().filter(|found| view::is_client(found));
    let drivers: Vec<&Application<'_>> = drivers
        .filter(|found| view::master(found).is_some_and(|master| master.starts_with("spark://")))
        .collect();
    let workers = processes(subject, true);
    if drivers.is_empty() && workers.is_empty() {
        return;
    }
    let masters = processes(subject, false);
    for driver in &drivers {
        let pod = view::pod(subject, driver);
        let url = view::master(driver).unwrap_or_default();
        master(subject, url, pod, view::at(subject, driver, "spark.master"), &masters, problems);
    }
    for worker in &workers {
        match worker.words.iter().find(|word| word.starts_with("spark://")) {
            Some(url) => master(subject, url, worker.pod, worker.at.clone(), &masters, problems),
            None if subject.known().is_some() => problems.push(
                Problem::new(
                    "spark/worker-master",
                    format!("{} is told no master", worker.pod.name()),
                    worker.at.clone(),
                    "started here",
                )
                .help("let the worker's last argument be `spark://SERVICE.NAMESPACE.svc:7077`"),
            ),
            None => {}
        }
        size(subject, worker, &drivers, problems);
    }
}

/// The address leads to a master of the set, on the port that it listens on.
fn master(
    subject: &Subject<'_>,
    url: &str,
    pod: &Pod<'_>,
    at: Place,
    masters: &[Process<'_, '_>],
    problems: &mut Vec<Problem>,
) {
    let Some((_, name, port)) = view::address(url) else { return };
    let host = view::host(name);
    let service = host
        .as_ref()
        .and_then(|host| subject.find("Service", host.namespace.unwrap_or(pod.namespace()), host.service));
    let message = match service {
        None => {
            let own =
                host.is_some_and(|host| host.namespace.is_none_or(|namespace| namespace == pod.namespace()));
            if (!own || name.contains('$')) && subject.known().is_none() {
                return;
            }
            format!("there is no Service for the master `{url}`")
        }
        Some(service) => {
            let selector = service.node.below(&["spec", "selector"]);
            let own = masters.iter().find(|master| view::selects(selector, master.pod));
            let port = i64::from(port.unwrap_or(7077));
            match own {
                None if masters.is_empty() => return,
                None => format!("{} has no master behind it", service.id),
                Some(own) => {
                    let listens = own
                        .told(&["--port", "-p"], "SPARK_MASTER_PORT")
                        .and_then(|port| port.parse().ok())
                        .unwrap_or(7077);
                    let listed = service.node.get("spec").map_or(&[][..], |spec| spec.list("ports"));
                    let leads = match view::is_headless(service.node) {
                        // The name is the pod's own: no Service stands between.
                        true => port == listens,
                        false => listed.iter().any(|entry| {
                            entry.get("port").and_then(Node::as_int) == Some(port)
                                && view::target(entry, own.pod) == Some(listens)
                        }),
                    };
                    if leads {
                        return;
                    }
                    format!("the master listens on {listens}, and is looked for on {port}")
                }
            }
        }
    };
    problems.push(
        Problem::new("spark/worker-master", message, at, "the master is looked for here")
            .and_if(service.map(|service| subject.place(service.node)), "the Service")
            .help("let it be `spark://SERVICE.NAMESPACE.svc:7077`, with the Service of the master"),
    );
}

/// ISSUE-001 (e): an executor fits into a worker, and a worker into its container. Executors' overhead is not
/// counted by the worker, and is used all the same.
fn size<'a>(
    subject: &Subject<'a>,
    worker: &Process<'a, '_>,
    drivers: &[&Application<'a>],
    problems: &mut Vec<Problem>,
) {
    let memory = worker.told(&["--memory", "-m"], "SPARK_WORKER_MEMORY").and_then(view::mebibytes);
    let cores =
        worker.told(&["--cores", "-c"], "SPARK_WORKER_CORES").and_then(|cores| cores.parse::<u64>().ok());
    let limit = worker.container.below(&["resources", "limits", "memory"]);
    let limited = limit.and_then(|limit| limit.as_str()?.parse::<Quantity>().ok());
    let limited = limited.and_then(|limit| u64::try_from(limit.milli() / 1000 / 1024 / 1024).ok());
    let daemon = view::env(worker.container, "SPARK_DAEMON_MEMORY")
        .and_then(|entry| view::mebibytes(entry.text("value")?));
    let mut beside = 0;
    for driver in drivers {
        let of = |key: &str| driver.get(key).and_then(view::mebibytes);
        let off_heap =
            if driver.is_on("spark.memory.offHeap.enabled") { of("spark.memory.offHeap.size") } else { None };
        let executor = of("spark.executor.memory").unwrap_or(1024) + off_heap.unwrap_or(0);
        let own = driver.get("spark.executor.cores").and_then(|cores| cores.parse::<u64>().ok());
        let new = |message: String, key: &str| {
            Problem::new("spark/worker-size", message, view::at(subject, driver, key), "one executor")
                .and(worker.at.clone(), "the worker")
                .help("make the executors smaller or the workers larger")
        };
        if let Some(memory) = memory.filter(|memory| *memory < executor) {
            let message = format!("an executor takes {executor}m of memory, and a worker has {memory}m");
            problems.push(new(message, "spark.executor.memory"));
        }
        if let (Some(own), Some(cores)) = (own, cores.filter(|cores| own.is_some_and(|own| own > *cores))) {
            problems.push(new(
                format!("an executor takes {own} cores, and a worker has {cores}"),
                "spark.executor.cores",
            ));
        }
        let fit = memory.map_or(0, |memory| memory / executor.max(1));
        let fit = own.filter(|own| *own > 0).zip(cores).map_or(fit, |(own, cores)| fit.min(cores / own));
        beside = beside.max(fit * of("spark.executor.memoryOverhead").unwrap_or((executor / 10).max(384)));
    }
    let beside = if subject.known().is_some() { beside } else { 0 };
    if let (Some(memory), Some(limit), Some(limited)) = (memory, limit, limited) {
        let daemon = daemon.unwrap_or(1024);
        if limited < memory + daemon + beside {
            let more = if beside > 0 { format!(", {beside}m beside their heaps") } else { String::new() };
            let message = format!(
                "{memory}m for executors{more} and {daemon}m for the worker do not fit into {limited}Mi"
            );
            problems.push(
                Problem::new("spark/worker-size", message, subject.place(limit), "the container's limit")
                    .and(worker.at.clone(), "what the worker gives to executors")
                    .help("raise the limit, or give executors less"),
            );
        }
    }
}
