//! Everything that names something else finds it: rules `ref/...`.
//!
//! What a release of sparkctl refers to stands in its set or in its spec; anything else is a misspelt name.
//! Somebody else's manifests may lean on what another set made: there, what is only absent is a warning, and
//! what contradicts the set itself is an error.

mod accounts;
mod backends;
mod config_maps;
mod declared;
mod files;
mod hosts;
mod mounts;
mod names;
mod namespaces;
mod operators;
mod ports;
mod reload;
mod scale;
mod secrets;
mod selectors;
mod storage;
mod texts;
mod trust;
mod unfilled;
mod variables;

pub use reload::CONFIG_HASH;

use super::Problem;
use super::set::Subject;
use names::Names;
use std::collections::BTreeMap;

/// Every rule of the family.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let names = Names::new(subject);
    let readers = texts::readers(&names);
    let before = problems.len();
    secrets::check(&names, problems);
    config_maps::check(&names, problems);
    accounts::check(&names, problems);
    storage::check(&names, problems);
    trust::check(&names, problems);
    unfilled::check(&names, problems);
    namespaces::check(&names, problems);
    ports::check(&names, problems);
    backends::check(&names, problems);
    selectors::check(&names, problems);
    scale::check(&names, problems);
    hosts::check(&names, &readers, problems);
    files::check(&names, &readers, problems);
    variables::check(&names, &readers, problems);
    reload::check(&names, problems);
    operators::check(subject, problems);
    say_once(problems, before);
}

/// What another set is to bring is missing once, however many containers wait for it.
fn say_once(problems: &mut Vec<Problem>, from: usize) {
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    for problem in problems.split_off(from) {
        if problem.rule == "ref/outside-the-set" {
            if let Some(said) = first.get(&problem.message) {
                if let Some(said) = problems.get_mut(*said).filter(|said| said.related.is_empty()) {
                    said.related.push((problem.at, "and here".to_owned()));
                }
                continue;
            }
            first.insert(problem.message.clone(), problems.len());
        }
        problems.push(problem);
    }
}
