//! Places that are written, and that are there at all: ISSUE-001 (d), 004, 005 and 008 of `incidents.md`.
//!
//! A read-only root needs a volume wherever something is written. Measured on Spark 4.1.4 and 4.3.0: driver and
//! executors write to /tmp and to their working directory, the History Server to /tmp and its store.

use super::shell::{Running, Script, Variables};
use super::view::{Container, is_spark_made};
use crate::rules::set::{Application, PodKind, Role, Subject};
use crate::rules::{Place, Problem};
use std::collections::BTreeSet;

/// Variables that name directories which programs write to.
const WRITTEN: [&str; 27] = [
    "AIRFLOW_HOME",
    "HADOOP_LOG_DIR",
    "HIVE_LOG_DIR",
    "HOME",
    "IPYTHONDIR",
    "IVY_HOME",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "MPLCONFIGDIR",
    "PGDATA",
    "PIP_CACHE_DIR",
    "SPARK_LOCAL_DIRS",
    "SPARK_LOG_DIR",
    "SPARK_PID_DIR",
    "SPARK_RECOVERY_DIR",
    "SPARK_WORKER_DIR",
    "TEMP",
    "TMP",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
];

/// Properties that name directories which Spark writes to.
const PROPERTIES: [&str; 5] = [
    "spark.local.dir",
    "spark.jars.ivy",
    "spark.history.store.path",
    "spark.hadoop.fs.s3a.buffer.dir",
    "spark.deploy.recoveryDirectory",
];

/// Arguments that name directories which programs write to.
const ARGUMENTS: [&str; 6] =
    ["--work-dir", "-dir", "fs.s3a.buffer.dir", "-Djava.io.tmpdir", "spark.local.dir", "spark.jars.ivy"];

/// What images write to besides; from their Dockerfiles and entrypoints.
const IMAGES: [(&str, &[&str]); 6] = [
    ("postgres", &["/var/run/postgresql", "/tmp"]),
    ("nginx-unprivileged", &["/tmp"]),
    ("seaweedfs", &["/tmp"]),
    ("spark", &["/tmp"]),
    ("metastore", &["/tmp"]),
    ("hive", &["/tmp"]),
];

/// Where Spark's official image works.
const WORK: &str = "/opt/spark/work-dir";

/// Every rule about places.
pub fn check(subject: &Subject<'_>, running: &[Running<'_>], problems: &mut Vec<Problem>) {
    for Running { container, scripts } in running {
        let mut told = BTreeSet::new();
        let mut needs = |path: &str, place: &dyn Fn() -> Place, what: &str| {
            let path = path.trim().trim_start_matches("file://");
            if path.starts_with('/') && !container.may_write(path) && told.insert(path.to_owned()) {
                problems.push(unwritable(container, path, place(), what));
            }
        };
        for entry in container.node.list("env") {
            if let (Some(name), Some(value)) = (entry.text("name"), entry.get("value"))
                && WRITTEN.contains(&name)
            {
                for path in value.as_str().unwrap_or_default().split(',') {
                    needs(path, &|| subject.place(value), &format!("`{name}` points to it"));
                }
            }
        }
        let words = container.words();
        for (at, word) in words.iter().enumerate() {
            let Some(text) = word.as_str() else { continue };
            let pair = text.split_once('=').or_else(|| {
                let next = words.get(at + 1)?.as_str()?;
                Some((text, next)).filter(|_| !text.contains(char::is_whitespace))
            });
            if let Some((_, path)) = pair.filter(|(name, _)| ARGUMENTS.contains(name)) {
                needs(path, &|| subject.place(word), "an argument names it");
            }
        }
        if !container.first {
            always(subject, container, &mut needs);
        }
        written_by_scripts(subject, container, scripts, problems);
        no_home(subject, container, problems);
    }
    for application in &subject.applications {
        properties(subject, application, running, problems);
    }
}

fn unwritable(container: &Container<'_>, path: &str, place: Place, label: &str) -> Problem {
    let why = match container.fixed(path) {
        Some(kind) => format!("it lies on a mount that takes no writes (a volume of the kind `{kind}`)"),
        None => "the root file system is read-only, and no volume is mounted there".to_owned(),
    };
    Problem::new("pod/unwritable-path", format!("{} cannot write to {path}", container.name()), place, label)
        .why(why)
        .help(format!("mount an emptyDir with a `sizeLimit` at {path} or above it"))
}

/// What a container that keeps running writes to without being told.
fn always(
    subject: &Subject<'_>,
    container: &Container<'_>,
    needs: &mut impl FnMut(&str, &dyn Fn() -> Place, &str),
) {
    let name = container.image_name();
    let mounts = || subject.missing(container.node, &["volumeMounts"]);
    let own = subject.known().is_some();
    let application = subject.applications.iter().find(|one| std::ptr::eq(one.container, container.node));
    if own || application.is_some() || is_spark_made(container) {
        needs("/tmp", &mounts, "Java, Python and nginx put what they need there");
    }
    if let Some((_, paths)) = IMAGES.iter().find(|(image, _)| *image == name) {
        for path in *paths {
            needs(path, &mounts, &format!("the image `{name}` writes there"));
        }
    }
    if name == "postgres" && container.env("PGDATA").is_none() {
        needs("/var/lib/postgresql/data", &mounts, "PostgreSQL keeps its data there");
    }
    let works = application.is_some_and(|one| one.is_driver() || one.role == Role::Worker);
    if own && (works || is_spark_made(container)) && container.node.get("workingDir").is_none() {
        needs(WORK, &mounts, "it is the working directory");
    }
    if let Some(folder) = container.node.get("workingDir") {
        needs(folder.as_str().unwrap_or_default(), &|| subject.place(folder), "it is the working directory");
    }
}

/// Properties that name directories, for the process that reads them and for its executors.
fn properties(
    subject: &Subject<'_>,
    application: &Application<'_>,
    running: &[Running<'_>],
    problems: &mut Vec<Problem>,
) {
    let mut all = running.iter().map(|one| &one.container);
    let own = all.clone().find(|one| std::ptr::eq(one.node, application.container));
    let executor = application.executor.and_then(|at| all.find(|one| one.at == at && is_spark_made(one)));
    let folders = PROPERTIES.iter().filter_map(|key| application.property(key));
    let history = matches!(application.role, Role::History);
    for property in folders.filter(|property| history || property.key != "spark.history.store.path") {
        for path in property.value.split(',').map(|path| path.trim().trim_start_matches("file://")) {
            // Executors are given a volume for spark.local.dir, and resolve no packages.
            let theirs = executor.filter(|_| property.key == "spark.hadoop.fs.s3a.buffer.dir");
            for container in own.into_iter().chain(theirs) {
                if path.starts_with('/') && !container.may_write(path) {
                    let label = format!("`{}` points to it", property.key);
                    problems.push(unwritable(container, path, property.place(subject), &label));
                }
            }
        }
    }
}

/// What scripts write to: ISSUE-004 and ISSUE-005.
fn written_by_scripts<'a>(
    subject: &Subject<'_>,
    container: &Container<'a>,
    scripts: &[Script<'a>],
    problems: &mut Vec<Problem>,
) {
    for script in scripts {
        let statements = script.statements();
        let variables = Variables::new(container, statements);
        let mut told = BTreeSet::new();
        for statement in statements {
            let mut written = statement.writes();
            // What a script changes its directory to, it writes to.
            let words = statement.words();
            if subject.known().is_some() && container.first && words.first() == Some(&"cd") {
                written.extend(words.get(1));
            }
            for path in written.into_iter().filter_map(|path| variables.path(path)) {
                let free = path.starts_with("/dev/") || path.starts_with("/proc/");
                if free || container.may_write(&path) || !told.insert(path.clone()) {
                    continue;
                }
                let place = script.place(subject, statement.line);
                match container.fixed(&path) {
                    Some(kind) => {
                        let message = format!("a script of {} writes to {path}", container.name());
                        problems.push(
                            Problem::new("pod/writes-into-config", message, place, "written here")
                                .why(format!("it is a mount that takes no writes (a volume of the kind `{kind}`): the script fails, or goes on with what was there"))
                                .help("write to an emptyDir that both containers mount, and point the program there"),
                        );
                    }
                    None => problems.push(unwritable(container, &path, place, "a script writes to it")),
                }
            }
        }
    }
}

/// ISSUE-008: user 185 of Spark's official image has the home /nonexistent.
fn no_home(subject: &Subject<'_>, container: &Container<'_>, problems: &mut Vec<Problem>) {
    let runs = subject.applications.iter().any(|one| std::ptr::eq(one.container, container.node));
    let own = subject.known().is_some()
        && !container.first
        && matches!(container.image_name(), "spark" | "jupyter" | "metastore");
    let own = own
        || (container.pod.kind == PodKind::Executor && is_spark_made(container) && subject.known().is_some());
    // Others' servers may never write there. Ivy does, as the driver starts.
    let fetches = || {
        subject
            .applications
            .iter()
            .filter(|one| std::ptr::eq(one.container, container.node))
            .any(|one| one.get("spark.jars.packages").is_some() && one.get("spark.jars.ivy").is_none())
    };
    let spark = runs && container.image_name() == "spark" && (subject.known().is_some() || fetches());
    if (own || spark) && !container.has_env("HOME") {
        let message = format!("{} has no home that it can write to", container.name());
        let place = subject.missing(container.node, &["env"]);
        problems.push(
            Problem::new("pod/no-home", message, place, "`HOME` is not set")
                .why("the user of the image has the home /nonexistent: Ivy, Jupyter and Hive's client fail when they first write there")
                .help("set `HOME` to a directory on a volume, such as /tmp"),
        );
    }
}
