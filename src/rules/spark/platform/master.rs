//! Who starts executors, where, and from which image.

use super::view;
use crate::layer::tree::Node;
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
            token(subject, application, pod, problems);
            namespace(subject, application, pod, problems);
            image(subject, application, problems);
        }
    }
}

/// ISSUE-012, ISSUE-020: one master, of the kind that the backend is.
fn master<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    let at = || view::at(subject, application, MASTER);
    let new = |message: String, label: &str| Problem::new("spark/master", message, at(), label);
    let Some(value) = view::master(application) else {
        let plain = application.role == Role::Connect && view::is_visible(subject, application);
        if plain
            && !application.words.iter().any(|word| word.as_str().is_some_and(|word| word.contains("master")))
        {
            let problem = new("the driver is told no master".to_owned(), "`spark.master` is not set here");
            problems.push(
                problem
                    .why("Spark then runs everything in the driver itself, on the cores of its pod")
                    .help("set `spark.master` where this driver reads its properties"),
            );
        }
        return;
    };
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

/// Measured on 4.1.4: without a token in the pod the driver dies with "PKIX path building failed".
fn token<'a>(
    subject: &Subject<'a>,
    application: &Application<'a>,
    pod: &Pod<'a>,
    problems: &mut Vec<Problem>,
) {
    const FIELD: &str = "automountServiceAccountToken";
    let account = pod.spec.text("serviceAccountName").unwrap_or("default");
    let own = subject.find("ServiceAccount", pod.namespace(), account);
    let of_account = own.and_then(|account| account.node.get(FIELD)?.as_bool());
    let mounted = pod.spec.get(FIELD).and_then(Node::as_bool).or(of_account).unwrap_or(true);
    let by_hand = application.container.list("volumeMounts").iter().any(|mount| {
        mount
            .text("mountPath")
            .is_some_and(|path| path.starts_with("/var/run/secrets/kubernetes.io/serviceaccount"))
    });
    let other = application.properties.iter().any(|found| {
        found.key.starts_with("spark.kubernetes.authenticate.") && found.key.contains("oauthToken")
    });
    if mounted || by_hand || other {
        return;
    }
    let message = format!("{} asks Kubernetes for executors and has no token", pod.name());
    problems.push(
        Problem::new("spark/no-token", message, subject.missing(pod.spec, &[FIELD]), "no token is mounted")
            .and(view::at(subject, application, MASTER), "executors are pods")
            .help("set `automountServiceAccountToken: true` on the driver's pod"),
    );
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
        && subject.of("RoleBinding").any(|binding| binding.namespace() == namespace);
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

/// ISSUE-001 (c): the same Spark on both ends, of an image that does not change behind one's back.
fn image<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    const OWN: &str = "spark.kubernetes.executor.container.image";
    let key = if application.property(OWN).is_some() { OWN } else { IMAGE };
    let at = || view::at(subject, application, key);
    let driver = application.container.text("image").unwrap_or_default();
    let there = || subject.place(application.container.get("image").unwrap_or(application.container));
    let template = view::executor(subject, application)
        .and_then(|pod| view::executor_container(application, pod)?.text("image"));
    let Some(image) = application.get(key).or(template) else {
        if view::is_visible(subject, application) {
            let message = "nobody says which image executors are made from";
            problems.push(
                Problem::new(
                    "spark/executor-image",
                    message,
                    at(),
                    "`spark.kubernetes.container.image` is not set here",
                )
                .why("Spark stops with \"Must specify the executor container image\"")
                .help(format!("set `{IMAGE}` to the driver's image")),
            );
        }
        return;
    };
    let tag = |image: &str| {
        image.rsplit('/').next().and_then(|name| Some(name.split_once([':', '@'])?.1.to_owned()))
    };
    let versions =
        (tag(image).as_deref().and_then(view::version), tag(driver).as_deref().and_then(view::version));
    let differs = match (subject.known(), versions) {
        (Some(_), _) => image != driver,
        (None, (Some(one), Some(other))) => {
            one != other && image.contains("spark") && driver.contains("spark")
        }
        _ => false,
    };
    let message = if differs {
        format!("executors run `{image}`, and their driver `{driver}`")
    } else if tag(image).is_none_or(|tag| tag == "latest") {
        format!("the executors' image `{image}` is whatever the registry has today")
    } else {
        return;
    };
    problems.push(
        Problem::new("spark/executor-image", message, at(), "the image of the executors")
            .and(there(), "the image of the driver")
            .why("driver and executors send one another serialised classes: another release cannot read them")
            .help(format!("let `{IMAGE}` be the driver's image, with its tag")),
    );
}
