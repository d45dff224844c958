//! How bad the findings of a rule are in a project: what `spec.rules` of `sparkctl.yaml` says.

use super::catalogue::{self, Rule};
use super::locate::Located;
use crate::diagnostic::{Finding, Severity, did_you_mean};
use crate::layer::tree::Node;
use crate::library::Library;
use crate::source::Span;

/// What is wrong with `spec.rules` of a project.
pub fn check(rules: Option<&Node>) -> Vec<Finding> {
    let entries = rules.and_then(Node::as_map).into_iter().flat_map(|map| &map.entries);
    let mut findings = Vec::new();
    for (name, entry) in entries {
        let rule = match changeable(name, entry.key) {
            Ok(rule) => rule,
            Err(finding) => {
                findings.push(*finding);
                continue;
            }
        };
        if rule.firm && rule.severity == Severity::Error && entry.node.as_str() == Some("warning") {
            findings.push(
                Finding::error("layer/firm-rule", format!("`{name}` stays an error"))
                    .at(entry.node.span, "made a warning here")
                    .why("it protects what others depend on: a warning is read by nobody in a pipeline")
                    .help("repair what it finds, or silence single findings in the environment's layer"),
            );
        }
    }
    findings
}

/// A rule whose findings can be silenced and weighed: one over the checked set.
///
/// # Errors
/// A finding where there is no such rule, or it is one of an earlier stage.
pub fn changeable(name: &str, at: Span) -> Result<&'static Rule, Box<Finding>> {
    let Some(rule) = catalogue::find(name) else {
        let known = catalogue::all().iter().filter(|rule| rule.is_checked()).map(|rule| rule.name.as_str());
        return Err(Box::new(
            Finding::error("layer/unknown-rule", format!("there is no rule `{name}`"))
                .at(at, "this name")
                .help(
                    did_you_mean(name, known)
                        .unwrap_or_else(|| "`sparkctl rules` lists the names of all rules".to_owned()),
                ),
        ));
    };
    if rule.is_checked() {
        return Ok(rule);
    }
    Err(Box::new(
        Finding::error("layer/fixed-rule", format!("findings of `{name}` always stop the compiler"))
            .at(at, "this rule")
            .why("without what it asks for there is nothing to render, or it would not be what was written")
            .help("repair what it finds; `sparkctl rules` says which rules can be silenced"),
    ))
}

/// Weighs findings as the project wants it.
pub fn apply(library: &Library, located: &mut [Located]) {
    let Some(project) = &library.project else { return };
    for located in located {
        if let Some(severity) = project.file.spec.rules.get(located.finding.rule) {
            located.finding.severity = *severity;
        }
    }
}
