//! Proofs: between driver and executors, and to the object store.

use super::view;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::Subject;
use crate::spec::site::ObjectStoreKind;

/// Rules `spark/no-authentication`, `spark/half-key-pair` and `spark/store-endpoint`.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    authentication(subject, problems);
    endpoints(subject, problems);
    for pod in &subject.pods {
        for container in pod.containers() {
            pair(subject, container, problems);
        }
    }
}

/// In releases of ours driver and executors always prove to one another who they are.
fn authentication(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    const KEY: &str = "spark.authenticate";
    if subject.known().is_none() {
        return;
    }
    for driver in subject.applications.iter().filter(|found| found.is_driver() && found.file.is_some()) {
        if !driver.is_on(KEY) {
            let message =
                format!("{} talks to whoever says that it is an executor", view::pod(subject, driver).name());
            problems.push(
                Problem::new(
                    "spark/no-authentication",
                    message,
                    view::at(subject, driver, KEY),
                    "not set to true",
                )
                .help("set `spark.authenticate=true`"),
            );
        }
    }
}

/// In releases of ours whoever uses S3A is told where the store is: without it S3A asks Amazon.
fn endpoints(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    const KEY: &str = "spark.hadoop.fs.s3a.endpoint";
    let Some(known) = subject.known() else { return };
    let kind = known.compiled.spec.site.object_store.kind;
    if !matches!(kind, ObjectStoreKind::S3 | ObjectStoreKind::Bundled) {
        return;
    }
    for application in &subject.applications {
        let uses = application.properties.iter().any(|found| found.key.starts_with("spark.hadoop.fs.s3a."));
        if uses && application.get(KEY).is_none() {
            let message =
                format!("{} would look for its buckets at Amazon", view::pod(subject, application).name());
            let at = view::at(subject, application, KEY);
            problems.push(
                Problem::new("spark/store-endpoint", message, at, "no endpoint is set here")
                    .help(format!("set `{KEY}` to the store's address")),
            );
        }
    }
}

/// Both halves of a key pair, or none: with one of them the AWS SDK takes neither, and asks the node.
fn pair(subject: &Subject<'_>, container: &Node, problems: &mut Vec<Problem>) {
    let has = |name: &str| container.list("env").iter().find(|entry| entry.text("name") == Some(name));
    let (id, secret) = (has("AWS_ACCESS_KEY_ID"), has("AWS_SECRET_ACCESS_KEY"));
    let (there, missing) = match (id, secret) {
        (Some(there), None) => (there, "AWS_SECRET_ACCESS_KEY"),
        (None, Some(there)) => (there, "AWS_ACCESS_KEY_ID"),
        _ => return,
    };
    let message = format!("`{}` has one half of a key pair only", container.text("name").unwrap_or_default());
    problems.push(
        Problem::new("spark/half-key-pair", message, subject.place(there), "this half")
            .help(format!("take `{missing}` from the same Secret")),
    );
}
