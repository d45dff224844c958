//! GPUs: for executors alone, known to Spark, on nodes that have them.

use super::view;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Application, Subject};

const AMOUNT: &str = "spark.executor.resource.gpu.amount";

/// N11: GPUs of drivers and executors.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for application in subject.applications.iter().filter(|found| found.is_driver()) {
        if let Some(node) = asked(application.container) {
            let message = format!("{} asks for a GPU", view::pod(subject, application).name());
            problems.push(
                Problem::new(
                    "spark/gpu-on-driver",
                    message,
                    subject.place(node),
                    "idle for as long as the driver runs",
                )
                .help(
                    "ask for GPUs in the executors' template, and set `spark.executor.resource.gpu.amount`",
                ),
            );
        }
        if view::is_client(application) {
            executors(subject, application, problems);
        }
    }
}

fn asked(container: &Node) -> Option<&Node> {
    ["limits", "requests"].iter().find_map(|kind| {
        let resources = container.below(&["resources", kind])?.as_map()?;
        let found = resources
            .entries
            .iter()
            .find(|(key, _)| key.ends_with("/gpu") || key.starts_with("nvidia.com/mig-"));
        found.map(|(_, entry)| &entry.node)
    })
}

fn executors<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    let template = view::executor(subject, application);
    let container = template.and_then(|template| view::executor_container(application, template));
    let in_template = container.and_then(asked);
    let new = |message: String, key: &str, label: &str| {
        Problem::new("spark/gpu", message, view::at(subject, application, key), label)
    };
    let Some(amount) =
        application.get(AMOUNT).and_then(|value| value.parse::<f64>().ok()).filter(|amount| *amount > 0.0)
    else {
        if let Some(node) = in_template
            && view::is_visible(subject, application)
        {
            let problem =
                new("executors have GPUs that Spark does not know of".to_owned(), AMOUNT, "not set here");
            problems.push(problem.and(subject.place(node), "asked for here").help(format!("set `{AMOUNT}`")));
        }
        return;
    };
    let pods = view::makes_pods(application);
    if pods && application.property("spark.executor.resource.gpu.vendor").is_none() {
        let problem = new("Spark is not told whose GPUs they are".to_owned(), AMOUNT, "without a vendor");
        problems.push(problem.help("set `spark.executor.resource.gpu.vendor=nvidia.com`"));
    }
    if application.property("spark.executor.resource.gpu.discoveryScript").is_none()
        && application.property("spark.resources.discoveryPlugin").is_none()
    {
        let problem = new(
            "executors cannot tell which GPUs are theirs".to_owned(),
            AMOUNT,
            "without a discovery script",
        );
        problems
            .push(problem.help("set `spark.executor.resource.gpu.discoveryScript` to a script of the image"));
    }
    let number = |key: &str| application.get(key).and_then(|value| value.parse::<f64>().ok());
    let share = number("spark.task.resource.gpu.amount");
    let cores = number("spark.executor.cores").unwrap_or(1.0) / number("spark.task.cpus").unwrap_or(1.0);
    if let Some(share) = share.filter(|share| *share > 0.0) {
        let slots = if share < 1.0 { (1.0 / share).floor() * amount } else { (amount / share).floor() };
        if slots < 1.0 || slots < cores.floor() {
            let message = format!("GPUs for {slots} tasks at a time, and cores for {}", cores.floor());
            let problem = new(message, "spark.task.resource.gpu.amount", "each task's share");
            problems.push(problem.help("let a task's share be the executor's GPUs divided by its cores"));
        }
    } else if share.is_none() {
        let problem =
            new("no task ever asks for a GPU".to_owned(), AMOUNT, "without `spark.task.resource.gpu.amount`");
        problems.push(
            problem.help("set `spark.task.resource.gpu.amount` to the executor's GPUs divided by its cores"),
        );
    }
    let placed = template.is_some_and(|template| {
        let selects = ["nodeSelector", "affinity"].iter().any(|field| template.spec.get(field).is_some());
        selects || !template.spec.list("tolerations").is_empty()
    });
    let by_conf = application.properties.iter().any(|found| {
        found.key.starts_with("spark.kubernetes.node.selector.")
            || found.key.starts_with("spark.kubernetes.executor.node.selector.")
    });
    if pods && !placed && !by_conf {
        let problem = new("nothing sends executors to nodes with GPUs".to_owned(), AMOUNT, "asked for here");
        let at = template.map(|template| subject.place(template.spec));
        problems.push(
            problem
                .and_if(at, "no `nodeSelector`, no `tolerations`")
                .help("give the executors' template both"),
        );
    }
}
