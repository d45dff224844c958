//! Who starts executors, where, and from which image.

use super::view;
use crate::rules::Problem;
use crate::rules::set::{Application, Pod, Role, Subject};
use crate::spec::connect::Backend;

const MASTER: &str = "spark.master";
const NAMESPACE: &str = "spark.kubernetes.namespace";
const IMAGE: &str = "spark.kubernetes.container.image";

/// Every driver.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for application in subject.applications.iter().filter(|application| application.is_driver()) {
        let pod = view::pod(subject, application);
        master(subject, application, problems);
        deploy_mode(subject, application, problems);
        if view::makes_pods(application) {
            api_server(subject, application, problems);
            namespace(subject, application, pod, problems);
            image(subject, application, problems);
        }
    }
}

/// ISSUE-012, ISSUE-020: a master of the kind that the backend is. Where none is set is `spark/no-master`.
fn master<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    let at = || view::at(subject, application, MASTER);
    let new = |message: String, label: &str| Problem::new("spark/master", message, at(), label);
    let Some(value) = view::master(application) else { return };
    let scheme = value.split_once("://").map_or(value, |(scheme, _)| scheme);
    let expected = subject.known().map(|known| match known.compiled.spec.connect.backend {
        Backend::Kubernetes => ("k8s", "kubernetes"),
        Backend::Standalone => ("spark", "standalone"),
    });
    let local = value == "local" || value.starts_with("local[") || value.starts_with("local-cluster[");
    let message = match expected {
        Some((wanted, backend)) if scheme != wanted => {
            format!("the backend is {backend}, and the master is `{value}`")
        }
        Some(_) => return,
        None if local
            && application.properties.iter().any(|found| found.key == NAMESPACE || found.key == IMAGE) =>
        {
            format!("settings for executors on Kubernetes, and the master is `{value}`")
        }
        None if local || ["k8s", "spark", "yarn"].contains(&scheme) || value.contains('$') => return,
        None => format!("`{value}` is not a master"),
    };
    problems.push(
        new(message, "who starts executors")
            .help("with pods as executors it is `k8s://https://kubernetes.default.svc:443`, with Spark's own master `spark://HOST:7077`"),
    );
}

/// A server is its own driver.
fn deploy_mode<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    let mode = view::option(application, "--deploy-mode").or(application.get("spark.submit.deployMode"));
    if application.role == Role::Connect && mode.is_some_and(|mode| mode != "client") {
        let at = view::at(subject, application, "spark.submit.deployMode");
        let message =
            format!("a Connect server cannot be submitted with deploy mode `{}`", mode.unwrap_or_default());
        problems.push(
            Problem::new("spark/deploy-mode", message, at, "spark-submit refuses this")
                .help("set `spark.submit.deployMode=client`"),
        );
    }
}

/// The API server's name inside of a cluster.
fn api_server<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    let Some(url) = view::master(application).and_then(|master| master.strip_prefix("k8s://")) else {
        return;
    };
    let url = if url.contains("://") { url.to_owned() } else { format!("https://{url}") };
    let Some((scheme, host, port)) = view::address(&url) else { return };
    let inside = [
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
    ];
    let named = inside.contains(&host);
    let other_port = named && port.is_some_and(|port| port != 443);
    let plain = named && scheme != "https";
    let unknown = !named
        && !host.contains('$')
        && (subject.known().is_some() || view::host(host).is_some_and(|host| host.qualified));
    if other_port || plain || unknown {
        let message = format!("the API server is not at `{url}`");
        problems.push(
            Problem::new(
                "spark/master",
                message,
                view::at(subject, application, MASTER),
                "the address of Kubernetes",
            )
            .why("the driver cannot ask for executors and stops after its first try")
            .help("let it be `k8s://https://kubernetes.default.svc:443`"),
        );
    }
}

/// ISSUE-001 (f): executors are made in the driver's namespace; Spark takes `default` otherwise.
fn namespace<'a>(
    subject: &Subject<'a>,
    application: &Application<'a>,
    pod: &Pod<'a>,
    problems: &mut Vec<Problem>,
) {
    let own = pod.namespace();
    let told = application.get(NAMESPACE);
    if told.is_none() && !view::is_visible(subject, application) {
        return;
    }
    let namespace = told.unwrap_or("default");
    // Elsewhere is fine where somebody else's Role says so.
    let allowed = subject.known().is_none()
        && (subject.of("ClusterRoleBinding").next().is_some()
            || subject.of("RoleBinding").any(|binding| binding.namespace() == namespace));
    if own.is_empty() || namespace == own || allowed || namespace.contains('$') {
        return;
    }
    let message = format!("the executors of {} would be made in namespace `{namespace}`", pod.name());
    problems.push(
        Problem::new(
            "spark/executor-namespace",
            message,
            view::at(subject, application, NAMESPACE),
            "not the driver's",
        )
        .help(format!("set `{NAMESPACE}={own}`")),
    );
}

/// ISSUE-001 (c): Spark does not guess which image executors are made from. That it is the driver's is
/// `pod/mixed-images`.
fn image<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    const OWN: &str = "spark.kubernetes.executor.container.image";
    let told = application.get(OWN).or(application.get(IMAGE)).is_some();
    let template = || {
        let pod = view::executor(subject, application)?;
        view::executor_container(application, pod)?.get("image")
    };
    if told || template().is_some() || !view::is_visible(subject, application) {
        return;
    }
    problems.push(
        Problem::new(
            "spark/executor-image",
            "nobody says which image executors are made from",
            view::at(subject, application, IMAGE),
            "`spark.kubernetes.container.image` is not set here",
        )
        .why("Spark stops with \"Must specify the executor container image\"")
        .help(format!("set `{IMAGE}` to the driver's image")),
    );
}
