//! The template of executors: what of it counts, and the volumes that they write to.

use super::view;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Application, Pod, Subject};

/// Every driver whose executors are pods.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for application in subject.applications.iter().filter(|found| view::makes_pods(found)) {
        grace(subject, application, problems);
        template(subject, application, problems);
        local_directories(subject, application, problems);
    }
}

/// Blocks take time to move. Measured: the template's period counts up to 4.0; from 4.1 on Spark writes that
/// of a property over it, 30 seconds where there is none.
fn grace<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    const KEY: &str = "spark.kubernetes.executor.terminationGracePeriodSeconds";
    const FIELD: &str = "terminationGracePeriodSeconds";
    let Some(template) = view::executor(subject, application) else { return };
    let told = template.spec.get(FIELD);
    let (at, message, help) = if view::since(subject, 4, 1) {
        match (application.get(KEY), told) {
            (Some(value), _) => {
                let seconds = value.trim_end_matches('s').parse::<u64>().unwrap_or(30);
                if !application.is_on("spark.decommission.enabled") || seconds >= 30 {
                    return;
                }
                (
                    view::at(subject, application, KEY),
                    format!("an executor that has to go is killed after {seconds} seconds"),
                    "120s",
                )
            }
            (None, Some(node)) => (
                subject.place(node),
                format!("Spark writes 30 seconds over the `{FIELD}` of the template"),
                "120s",
            ),
            (None, None) => return,
        }
    } else {
        let seconds = told.and_then(Node::as_int);
        let short =
            seconds.is_some_and(|seconds| seconds < 30) || (seconds.is_none() && subject.known().is_some());
        if !short || !application.is_on("spark.decommission.enabled") {
            return;
        }
        let message = format!("an executor that has to go is killed after {} seconds", seconds.unwrap_or(30));
        (subject.missing(template.spec, &[FIELD]), message, "120")
    };
    let set = if view::since(subject, 4, 1) { KEY } else { FIELD };
    problems.push(
        Problem::new("spark/executor-grace", message, at, "too short for its blocks to move")
            .help(format!("set `{set}` to {help}")),
    );
}

/// What a template says and Spark writes over. Measured on 3.5.9, 4.1.4 and 4.3.0.
fn template<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    let Some(pod) = view::executor(subject, application) else { return };
    let Some(container) = view::executor_container(application, pod) else { return };
    let ignored = |node: &Node, what: &str, instead: &str| {
        let message = format!("Spark writes {what} over that of the executors' template");
        Problem::new("spark/template-ignored", message, subject.place(node), "has no effect")
            .help(instead.to_owned())
    };
    for kind in ["requests", "limits"] {
        for (what, instead) in [
            ("cpu", "set `spark.kubernetes.executor.request.cores` or `.limit.cores`"),
            ("memory", "set `spark.executor.memory` and `spark.executor.memoryOverhead`"),
        ] {
            if let Some(node) = container.below(&["resources", kind, what]) {
                problems.push(ignored(node, what, instead));
            }
        }
    }
    if let Some(node) = pod.spec.get("restartPolicy").filter(|policy| policy.as_str() != Some("Never")) {
        problems.push(ignored(
            node,
            "`restartPolicy: Never`",
            "leave it out: a new executor takes the place of one that ends",
        ));
    }
    let conf = container
        .list("volumeMounts")
        .iter()
        .find(|mount| mount.text("mountPath") == Some("/opt/spark/conf"));
    if let Some(node) = conf {
        problems.push(ignored(
            node,
            "its own mount at /opt/spark/conf",
            "put the files into the driver's SPARK_CONF_DIR: Spark hands them on",
        ));
    }
    let name = "spark.kubernetes.executor.podTemplateContainerName";
    if let Some(wanted) = application.get(name)
        && !pod.spec.list("containers").iter().any(|found| found.text("name") == Some(wanted))
    {
        let message = format!("the executors' template has no container `{wanted}`");
        problems.push(
            Problem::new(
                "spark/template-container",
                message,
                view::at(subject, application, name),
                "named here",
            )
            .and(subject.missing(pod.spec, &["containers"]), "its containers")
            .help("name the container of the template that Spark runs in"),
        );
    }
}

/// T-shuffle-bottleneck: shuffle files lie on a volume with a bound, not in the container.
fn local_directories<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    const RULE: &str = "spark/local-directory";
    let own = view::env(application.container, "SPARK_LOCAL_DIRS");
    let pod = view::pod(subject, application);
    let told = own.and_then(|entry| entry.text("value")).or(application.get("spark.local.dir"));
    for path in told.into_iter().flat_map(|list| list.split(',')) {
        if let Some(message) = unsuitable(pod, application.container, path) {
            let at = own.map_or_else(
                || view::at(subject, application, "spark.local.dir"),
                |entry| subject.missing(entry, &["value"]),
            );
            problems.push(
                Problem::new(RULE, message, at, "where Spark writes")
                    .help("mount an emptyDir with a `sizeLimit` there"),
            );
        }
    }
    let (Some(_), Some(template)) = (subject.known(), view::executor(subject, application)) else { return };
    let Some(container) = view::executor_container(application, template) else { return };
    let volumes = template.spec.list("volumes").iter();
    let mut scratch =
        volumes.filter(|volume| volume.text("name").is_some_and(|name| name.starts_with("spark-local-dir-")));
    let mount = |volume: &Node| {
        container.list("volumeMounts").iter().find(|mount| mount.text("name") == volume.text("name"))
    };
    let found = scratch.find_map(mount);
    let message = match found {
        Some(mount) => unsuitable(template, container, mount.text("mountPath").unwrap_or_default()),
        None => Some("executors keep their shuffle files on a volume without a bound".to_owned()),
    };
    if let Some(message) = message {
        let at = subject.missing(template.spec, &["volumes"]);
        problems.push(
            Problem::new(RULE, message, at, "no such volume is mounted")
                .why("Spark takes volumes called `spark-local-dir-N` for its local directories, and makes its own otherwise")
                .help("mount an emptyDir with a `sizeLimit`, called `spark-local-dir-1`"),
        );
    }
}

/// Why Spark cannot write, or not safely, at a path of a container.
fn unsuitable(pod: &Pod<'_>, container: &Node, path: &str) -> Option<String> {
    let path = path.trim_end_matches('/');
    let mounts = container.list("volumeMounts").iter().filter(|mount| {
        mount.text("mountPath").is_some_and(|at| {
            path.strip_prefix(at.trim_end_matches('/'))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    });
    let Some(mount) = mounts.max_by_key(|mount| mount.text("mountPath").map_or(0, str::len)) else {
        return Some(format!("no volume is mounted at `{path}`"));
    };
    let volume = pod.volume(mount.text("name")?);
    if mount.get("readOnly").and_then(Node::as_bool) == Some(true)
        || volume.is_some_and(|volume| volume.get("configMap").or(volume.get("secret")).is_some())
    {
        return Some(format!("`{path}` cannot be written to"));
    }
    let scratch = volume?.get("emptyDir")?;
    scratch
        .get("sizeLimit")
        .is_none()
        .then(|| format!("the volume at `{path}` has no bound: it fills the node's disk"))
}
