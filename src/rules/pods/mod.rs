//! Pods, executors' included, as Kubernetes admits and runs them: rules `pod/...`.

mod airflow;
mod grace;
mod host;
mod identity;
mod images;
mod openshift;
mod paths;
mod probes;
mod processes;
mod resources;
mod scripts;
mod security;
mod shell;
mod view;
mod volumes;

use super::Problem;
use super::set::Subject;

/// Every rule of the family.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let running = shell::running(subject);
    security::check(subject, problems);
    host::check(subject, problems);
    paths::check(subject, &running, problems);
    for topic in [
        volumes::check,
        resources::check,
        probes::check,
        images::check,
        identity::check,
        openshift::check,
        grace::check,
    ] {
        topic(subject, problems);
    }
    processes::check(subject, &running, problems);
    scripts::check(subject, &running, problems);
    airflow::check(subject, problems);
}
