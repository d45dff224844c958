//! Paths: files that configuration and commands name are there, and what is mounted is read.

use super::mounts::{Found, files, look, paths};
use super::names::Names;
use super::texts::{Mention, Reader, Text};
use crate::diagnostic::did_you_mean;
use crate::layer::tree::Node;
use crate::rules::set::{Application, Pod, PodKind, below};
use crate::rules::{Place, Problem};
use std::collections::BTreeSet;

/// Folders of the images that releases run, which need no volume.
const IMAGE: [&str; 26] = [
    "/bin",
    "/dev",
    "/etc/nginx",
    "/etc/passwd",
    "/etc/ssl",
    "/lib",
    "/opt/entrypoint.sh",
    "/opt/hadoop",
    "/opt/hive/bin",
    "/opt/hive/lib",
    "/opt/hive/lib-extra",
    "/opt/java",
    "/opt/notebook",
    "/opt/spark/R",
    "/opt/spark/bin",
    "/opt/spark/examples",
    "/opt/spark/jars",
    "/opt/spark/python",
    "/opt/spark/sbin",
    "/opt/spark/work-dir",
    "/proc",
    "/sbin",
    "/sys",
    "/usr",
    "/var/run/secrets",
    "/run/secrets",
];

/// Folders that programs write to without being told.
const IMPLIED: [&str; 4] = ["/tmp", "/opt/spark/work-dir", "/var/run/postgresql", "/var/lib/postgresql/data"];

/// Rules `ref/unknown-file`, `ref/unmounted-path` and `ref/unread-mount`.
pub fn check<'s>(names: &Names<'s>, readers: &[Vec<Reader<'_, 's>>], problems: &mut Vec<Problem>) {
    for (pod, readers) in names.subject.pods.iter().zip(readers) {
        let mut mentioned = BTreeSet::new();
        let before = problems.len();
        for reader in readers {
            of_container(names, pod, reader, &mut mentioned, problems);
        }
        // A mount at the wrong path is told once: where its files are sought.
        let moved = problems[before..].iter().any(|problem| problem.rule == "ref/unmounted-path");
        if names.is_built_in(pod) && !moved {
            unread(names, pod, mentioned, problems);
        }
        parts(names, pod, problems);
    }
    for application in &names.subject.applications {
        properties(names, application, problems);
    }
}

fn of_container<'s>(
    names: &Names<'s>,
    pod: &Pod<'s>,
    reader: &Reader<'_, 's>,
    mentioned: &mut BTreeSet<&'s str>,
    problems: &mut Vec<Problem>,
) {
    let container = reader.container;
    let mut seen: BTreeSet<&'s str> = BTreeSet::new();
    let mut asked = |path: &'s str, place: &dyn Fn() -> Place, problems: &mut Vec<Problem>| {
        if seen.insert(path) {
            is_there(names, pod, container, path, place, problems);
        }
    };
    for node in reader.told.iter().copied() {
        let text = node.as_str().unwrap_or_default();
        for (path, _) in paths(text) {
            mentioned.insert(path);
            asked(path, &|| names.subject.place(node), problems);
            if !names.is_built_in(pod) && !text.contains(char::is_whitespace) {
                elsewhere(names, pod, container, path, node, problems);
            }
        }
    }
    // Spark's own properties are looked at one by one: some are for executors.
    let conf = names.subject.applications.iter().find(|one| std::ptr::eq(one.container, container));
    let conf = conf.and_then(|one| one.file);
    for (_, text) in &reader.texts {
        let node = text.file.node;
        let is_conf = conf.is_some_and(|conf| std::ptr::eq(conf.node, node));
        for Mention { number, line, path } in text.mentions().iter().copied() {
            mentioned.insert(path);
            // What a script asks for may be missing.
            let optional = || [" -f ", " -e ", " -s ", " -d "].iter().any(|test| line.contains(test));
            let served = || line.contains("prometheusServlet") || line.contains("spark.ui.proxyBase");
            if !is_conf && !optional() && !served() {
                asked(path, &|| names.subject.line(node, number), problems);
            }
        }
    }
}

/// What is mounted where nothing looks: no word that a container of the pod is told leads there.
fn unread<'s>(
    names: &Names<'s>,
    pod: &Pod<'s>,
    mut mentioned: BTreeSet<&'s str>,
    problems: &mut Vec<Problem>,
) {
    if pod.kind == PodKind::Executor {
        let beside = names.texts(pod.namespace(), &pod.owner.id.name).iter();
        let driver = beside.filter(|text| text.file.object == pod.object && Some(text.file.key) != pod.file);
        mentioned.extend(driver.flat_map(Text::mentions).map(|mention| mention.path));
    }
    for mount in pod.containers().flat_map(|container| container.list("volumeMounts")) {
        let Some(at) = mount.get("mountPath") else { continue };
        // What a ConfigMap says that is not there is nobody's guess.
        let map =
            mount.text("name").and_then(|name| pod.volume(name)?.below(&["configMap", "name"])?.as_str());
        if map.is_some_and(|map| names.config_map(pod.namespace(), map).is_none()) {
            continue;
        }
        let Some(path) = at.as_str() else { continue };
        let implied = IMPLIED.contains(&path.trim_end_matches('/'));
        // Spark itself finds its local directories by the names of their volumes.
        let local = mount.text("name").is_some_and(|name| name.starts_with("spark-local-dir-"));
        let written = mentioned.iter().any(|found| below(found, path).is_some());
        if !(implied || local || written) {
            problems.push(
                Problem::new(
                    "ref/unread-mount",
                    format!("nothing that the container is told names `{path}`"),
                    names.subject.place(at),
                    "mounted here",
                )
                .help("mount it where a variable, a command or a configuration file says"),
            );
        }
    }
}

/// Whether a path leads to something, as far as can be told.
fn is_there(
    names: &Names<'_>,
    pod: &Pod<'_>,
    container: &Node,
    path: &str,
    place: &dyn Fn() -> Place,
    problems: &mut Vec<Problem>,
) {
    match look(names, pod, container, path) {
        Found::There => {}
        Found::Missing { mount, files } => {
            let base = mount.text("mountPath").unwrap_or_default();
            let wanted = below(path, base).unwrap_or(path);
            problems.push(
                Problem::new(
                    "ref/unknown-file",
                    format!("there is no file `{path}` in {}", pod.name()),
                    place(),
                    "named here",
                )
                .and(names.subject.place(mount), "what is mounted there has no such file")
                .help_if(did_you_mean(wanted, files.iter().map(String::as_str))),
            );
        }
        Found::Image
            if names.is_built_in(pod) && !IMAGE.iter().any(|folder| below(path, folder).is_some()) =>
        {
            problems.push(missing(names, pod, container, path, place()));
        }
        Found::Image => {}
    }
}

/// Of other images than ours: a path that only another container of the pod has a volume at.
fn elsewhere(
    names: &Names<'_>,
    pod: &Pod<'_>,
    container: &Node,
    path: &str,
    node: &Node,
    problems: &mut Vec<Problem>,
) {
    if !matches!(look(names, pod, container, path), Found::Image) {
        return;
    }
    let others = pod.containers().filter(|other| !std::ptr::eq(*other, container));
    let mount = others.flat_map(|other| other.list("volumeMounts")).find(|mount| {
        let at = mount.text("mountPath").filter(|at| *at != "/tmp");
        at.is_some_and(|at| below(path, at).is_some())
    });
    if let Some(mount) = mount {
        problems.push(
            missing(names, pod, container, path, names.subject.place(node))
                .and(names.subject.place(mount), "another container of the pod has the volume"),
        );
    }
}

fn missing(names: &Names<'_>, pod: &Pod<'_>, container: &Node, path: &str, at: Place) -> Problem {
    let name = container.text("name").unwrap_or_default();
    Problem::new(
        "ref/unmounted-path",
        format!("nothing is mounted at `{path}` in the container `{name}` of {}", pod.name()),
        at,
        "named here",
    )
    .and(names.subject.missing(container, &["volumeMounts"]), "its mounts")
    .help("mount the volume that holds it there, or write the path at which it is mounted")
}

/// Files that Spark's own properties name.
fn properties(names: &Names<'_>, application: &Application<'_>, problems: &mut Vec<Problem>) {
    let subject = names.subject;
    let driver = &subject.pods[application.pod];
    for property in &application.properties {
        let key = property.key.as_str();
        if key.contains("prometheusServlet") || key.starts_with("spark.ui.") {
            continue;
        }
        let for_executors = key.starts_with("spark.executor.")
            || key.starts_with("spark.kubernetes.executor.")
                && !matches!(key, "spark.kubernetes.executor.podTemplateFile");
        let place = || property.place(subject);
        if for_executors {
            let Some(pod) = application.executor.map(|at| &subject.pods[at]) else { continue };
            for container in pod.spec.list("containers").iter().take(1) {
                for (path, _) in paths(&property.value) {
                    is_there(names, pod, container, path, &place, problems);
                }
            }
            continue;
        }
        let needed = key.ends_with(".podTemplateFile")
            || key == "spark.metrics.conf"
            || property.value.contains("onfigurationFile=file:");
        for (path, _) in paths(&property.value) {
            let absent = matches!(look(names, driver, application.container, path), Found::Image);
            // The file of a ConfigMap under another path: it is meant to be mounted.
            let file = path.rsplit('/').next().unwrap_or(path);
            let meant = subject.files.iter().any(|known| known.key == file);
            let plain =
                !IMAGE.iter().any(|folder| below(path, folder).is_some()) && !path.starts_with("/opt/");
            if absent && needed && (meant || plain) && !names.is_own() {
                problems.push(missing(names, driver, application.container, path, place()));
            } else {
                is_there(names, driver, application.container, path, &place, problems);
            }
        }
    }
    unconfigured(names, application, problems);
}

/// The properties file that a command names, of others' manifests: of a release every path is held.
fn unconfigured(names: &Names<'_>, application: &Application<'_>, problems: &mut Vec<Problem>) {
    let pod = &names.subject.pods[application.pod];
    let mut pairs = application.words.windows(2);
    let Some(pair) = pairs.find(|pair| pair[0].as_str() == Some("--properties-file")) else { return };
    let Some(path) = pair[1].as_str().filter(|path| path.starts_with('/')) else { return };
    let file = path.rsplit('/').next().unwrap_or(path);
    let meant = names.subject.files.iter().any(|known| known.key == file);
    let absent = matches!(look(names, pod, application.container, path), Found::Image);
    if absent && meant && !names.is_own() {
        problems.push(missing(names, pod, application.container, path, names.subject.place(pair[1])));
    }
}

/// Single files of volumes that are mounted by themselves.
fn parts(names: &Names<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    for container in pod.containers() {
        for mount in container.list("volumeMounts") {
            let Some(sub) = mount.get("subPath") else { continue };
            let volume = mount.text("name").and_then(|name| pod.volume(name));
            let Some(known) = volume.and_then(|volume| files(names, pod, volume)) else { continue };
            let wanted = sub.as_str().unwrap_or_default().trim_matches('/');
            let inside = |file: &String| file.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('/'));
            if !known.contains(wanted) && !known.iter().any(inside) {
                problems.push(
                    Problem::new(
                        "ref/unknown-file",
                        format!("there is no file `{wanted}` in the volume that is mounted"),
                        names.subject.place(sub),
                        "named here",
                    )
                    .help_if(did_you_mean(wanted, known.iter().map(String::as_str))),
                );
            }
        }
    }
}
