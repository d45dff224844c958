//! Operators that custom resources need.

use crate::layer::path::SpecPath;
use crate::rules::set::Subject;
use crate::rules::{Place, Problem};
use std::collections::BTreeSet;

/// Rule `ref/missing-operator`: the release uses custom resources of an operator that the cluster is not said
/// to have.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let Some(known) = subject.known() else { return };
    let compiled = known.compiled;
    let installed: BTreeSet<_> = compiled.spec.cluster.installed.iter().copied().collect();
    let at = Place::Spec(SpecPath::root().key("cluster").key("installed"));
    for component in compiled.platform.active(known.library) {
        for (operator, requirement) in &component.descriptor.requires {
            let name = serde_json::to_value(operator).ok().and_then(|name| Some(name.as_str()?.to_owned()));
            let name = name.unwrap_or_default();
            let needed = match &requirement.when {
                Some(when) => known.library.templates.evaluate(when, compiled.platform.globals()),
                None => Ok(true.into()),
            };
            match needed {
                Ok(needed) if !needed.is_true() || installed.contains(operator) => {}
                Ok(_) => problems.push(
                    Problem::new(
                        "ref/missing-operator",
                        format!(
                            "{} needs the operator `{name}`, which the cluster does not have",
                            requirement.because
                        ),
                        at.clone(),
                        "this is what the cluster has",
                    )
                    .help(format!(
                        "install it ({}) and add it to `cluster.installed`, or {}",
                        requirement.install, requirement.otherwise
                    )),
                ),
                Err(reason) => {
                    let path = SpecPath::root().key("requires").key(name).key("when");
                    let when = component.tree.at(&path).unwrap_or(&component.tree).span;
                    problems.push(Problem::new(
                        "library/bad-descriptor",
                        "the condition of a requirement cannot be evaluated",
                        Place::Span(when),
                        reason,
                    ));
                }
            }
        }
    }
}
