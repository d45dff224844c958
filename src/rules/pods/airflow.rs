//! Airflow beside Spark, in others' manifests: ISSUE-001 of `incidents.md`.

use super::view::{Container, containers};
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{PodKind, Subject, below};

/// Keys that all of Airflow's components have to share.
const KEYS: [&str; 3] =
    ["AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__WEBSERVER__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET"];

/// Every rule about Airflow.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let all = containers(subject);
    for container in &all {
        dags(subject, container, problems);
    }
    for key in KEYS {
        keys(subject, key, &all, problems);
    }
    workers(subject, &all, problems);
}

/// A mounted ConfigMap is made of symbolic links, in which Airflow finds a loop.
fn dags(subject: &Subject<'_>, container: &Container<'_>, problems: &mut Vec<Problem>) {
    let airflow = container.image_name().contains("airflow")
        || container
            .node
            .list("env")
            .iter()
            .any(|entry| entry.text("name").is_some_and(|name| name.starts_with("AIRFLOW__")));
    if !airflow {
        return;
    }
    let folder =
        container.env("AIRFLOW__CORE__DAGS_FOLDER").and_then(Node::as_str).unwrap_or("/opt/airflow/dags");
    for mount in container.node.list("volumeMounts") {
        let at = mount.text("mountPath").unwrap_or_default();
        let single = mount.get("subPath").is_some();
        if !single && below(at, folder).is_some() && container.kind(mount) == Some("configMap") {
            let message = format!("{} mounts a ConfigMap among its DAGs", container.name());
            problems.push(
                Problem::new("pod/dags-from-config-map", message, subject.place(mount), "made of symbolic links")
                    .help("copy the files into an emptyDir with an init container (`cp -L`), or fetch them with git-sync"),
            );
        }
    }
}

fn keys(subject: &Subject<'_>, name: &str, all: &[Container<'_>], problems: &mut Vec<Problem>) {
    let mut first: Option<(&Node, (String, String))> = None;
    for container in all {
        let Some(entry) = container.node.list("env").iter().find(|entry| entry.text("name") == Some(name))
        else {
            continue;
        };
        let Some(reference) = entry.below(&["valueFrom", "secretKeyRef"]) else { continue };
        let found = (
            reference.text("name").unwrap_or_default().to_owned(),
            reference.text("key").unwrap_or_default().to_owned(),
        );
        match &first {
            None => first = Some((reference, found)),
            Some((other, known)) if *known != found => {
                let message = format!("{} has another `{name}` than the rest of Airflow", container.name());
                problems.push(
                    Problem::new("pod/airflow-keys", message, subject.place(reference), "this one")
                        .and(subject.place(other), "and this one")
                        .help("take it from the same key of the same Secret everywhere"),
                );
            }
            Some(_) => {}
        }
    }
}

/// The workers of the Kubernetes executor run Airflow, and not Spark.
fn workers(subject: &Subject<'_>, all: &[Container<'_>], problems: &mut Vec<Problem>) {
    let repository = |container: &Container<'_>| {
        let image = container.node.text("image")?.split('@').next()?;
        Some(
            image
                .rsplit_once(':')
                .map_or(image, |(path, tag)| if tag.contains('/') { image } else { path })
                .to_owned(),
        )
    };
    let scheduler = all.iter().find(|one| {
        one.pod.kind != PodKind::Executor
            && one.pod.label("component") == Some("scheduler")
            && one.image_name().contains("airflow")
    });
    let Some(wanted) = scheduler.and_then(repository) else { return };
    for worker in
        all.iter().filter(|one| one.pod.kind == PodKind::Executor && one.node.text("name") == Some("base"))
    {
        if let (Some(image), Some(found)) = (worker.node.get("image"), repository(worker))
            && found != wanted
        {
            let message = format!("the workers of Airflow run `{found}`, its scheduler `{wanted}`");
            let problem =
                Problem::new("pod/airflow-image", message, subject.place(image), "no Airflow in it");
            problems.push(problem.help("give the template of the workers the image of the scheduler"));
        }
    }
}
