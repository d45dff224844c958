//! The rules over manifests that somebody else rendered: those that need no layers.

use super::set::{Object, Set};
use super::{check, locate};
use crate::diagnostic::Report;
use crate::manifest::read::Manifests;
use crate::rules::Place;

/// What is wrong with others' manifests. `version` is the minor version of Spark; without it the tags of
/// images tell.
///
/// Where a text could not be read to its end, that is all that is said: what the rules would find in half
/// a set is not true of the whole.
pub fn foreign(manifests: Manifests, version: Option<&str>) -> Report {
    let Manifests { objects, sources, mut findings, is_partial, .. } = manifests;
    if is_partial {
        return Report::new(findings, sources);
    }
    let view: Vec<Object<'_>> =
        objects.iter().map(|object| Object { id: &object.id, node: &object.node }).collect();
    let problems = check(&Set::new(view.clone(), None).for_spark(version).view());
    let made_by: Vec<_> = problems
        .iter()
        .map(|problem| match &problem.at {
            Place::Field(at, _) => objects.get(*at)?.made_by,
            _ => None,
        })
        .collect();
    for (located, made_by) in locate::foreign(&view, &sources, problems).into_iter().zip(made_by) {
        findings.push(match made_by {
            Some(comment) => located.finding.and(comment, "in what this template made"),
            None => located.finding,
        });
    }
    Report::new(findings, sources)
}
