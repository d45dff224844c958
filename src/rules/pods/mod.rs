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
    for topic in [
        security::check,
        host::check,
        paths::check,
        volumes::check,
        resources::check,
        probes::check,
        images::check,
        identity::check,
        openshift::check,
        grace::check,
        processes::check,
        scripts::check,
        airflow::check,
    ] {
        topic(subject, problems);
    }
}
