//! Findings that a layer says are known and accepted: each entry names a rule, what the finding is about,
//! why it is accepted and until when.
//!
//! sparkctl reads no clock. With `--today` an entry whose day has passed silences nothing and is a finding
//! itself; without it, none passes, and the summary says so.

use super::locate::Located;
use super::severity::changeable;
use crate::diagnostic::{Finding, Silenced};
use crate::layer::document::{About, LayerKind, Silence};
use crate::library::Library;
use crate::source::Span;
use crate::spec::types::Date;
use std::collections::BTreeSet;

/// What is left of findings, what was taken out, and which entries did that.
#[derive(Debug, Default)]
pub struct Judged {
    /// Findings that stand.
    pub findings: Vec<Located>,
    /// Findings that are accepted.
    pub silenced: Vec<Silenced>,
    /// The entries that silenced something, by where they stand.
    pub used: BTreeSet<Span>,
    /// The entries that silenced nothing, though they could have.
    pub idle: Vec<Silence>,
}

/// Takes out what is silenced, and adds what is wrong with the entries themselves.
pub fn apply(library: &Library, located: Vec<Located>, entries: &[Silence], today: Option<Date>) -> Judged {
    let mut judged = Judged::default();
    let mut valid: Vec<&Silence> = Vec::new();
    for entry in entries {
        match problem(library, entry, today) {
            Some(finding) => judged.findings.push(Located::of(finding)),
            None => valid.push(entry),
        }
    }
    for located in located {
        let mut fitting = valid.iter().filter(|entry| covers(entry, &located)).peekable();
        match fitting.peek().copied() {
            Some(entry) => {
                judged.used.extend(fitting.map(|entry| entry.span));
                judged.silenced.push(Silenced {
                    finding: located.finding,
                    path: located.path,
                    object: located.object,
                    reason: entry.reason.clone(),
                    until: entry.until,
                    held: today.is_some(),
                    entry: entry.span,
                });
            }
            None => judged.findings.push(located),
        }
    }
    let unused = valid.into_iter().filter(|entry| !judged.used.contains(&entry.span));
    judged.idle = unused.cloned().collect();
    judged
}

/// Why an entry silences nothing; none where it does.
fn problem(library: &Library, entry: &Silence, today: Option<Date>) -> Option<Finding> {
    let rule = match changeable(&entry.rule, entry.rule_span) {
        Ok(rule) => rule,
        Err(finding) => return Some(*finding),
    };
    let owners = [LayerKind::Base, LayerKind::Environment, LayerKind::Cluster];
    if rule.firm && !owners.contains(&entry.kind) {
        let message = format!("`{}` cannot be silenced in {}", entry.rule, entry.kind.phrase());
        return Some(
            Finding::error("layer/firm-rule", message)
                .at(entry.rule_span, "this rule")
                .why("it protects others on the same cluster: those who run it decide about exceptions")
                .help("ask them to silence it in the base, the environment's or the cluster's layer"),
        );
    }
    if let About::Path(path) = &entry.about
        && library.schemas.at(path).is_none()
    {
        return Some(
            Finding::error("layer/bad-path", format!("the spec has no `{path}`"))
                .at(entry.about_span, "nothing can stand at this path")
                .help("the path that a finding is about is the one whose line it points at"),
        );
    }
    let passed = today.is_some_and(|today| entry.until < today);
    passed.then(|| {
        Finding::warning(
            "layer/silence-expired",
            format!("`{}` was silenced until {}", entry.rule, entry.until),
        )
        .at(entry.until_span, "this day has passed")
        .why(format!("it was accepted for a time: {}", entry.reason))
        .help("repair what it finds and remove the entry, or decide anew until when it is accepted")
    })
}

/// What is to be said of an entry that silenced nothing.
pub fn idle(entry: &Silence) -> Located {
    let message = format!("nothing is found of `{}` at `{}`", entry.rule, entry.about);
    Located::of(
        Finding::warning("layer/silence-idle", message)
            .at(entry.span, "this silences nothing")
            .why("an entry that nothing needs any more would hide the next finding that it fits")
            .help("remove the entry, or correct what it is about"),
    )
}

fn covers(entry: &Silence, located: &Located) -> bool {
    entry.rule == located.finding.rule
        && match &entry.about {
            About::Path(path) => located.path.as_ref().is_some_and(|cause| path.covers(cause)),
            About::Object(object) => located.object.as_ref().is_some_and(|found| fits(object, found)),
        }
}

/// Whether a text fits a pattern in which `*` stands for any part.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(start) else { return false };
    let parts: Vec<&str> = rest.split('*').collect();
    let Some((end, middle)) = parts.split_last() else { return true };
    for part in middle {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_part_of_a_name() {
        assert!(
            fits("Service/sales-web", "Service/sales-web") && !fits("Service/sales", "Service/sales-web")
        );
        assert!(fits("StatefulSet/*-spark-connect", "StatefulSet/sales-spark-connect"));
        assert!(fits("Pod/*", "Pod/a") && fits("Pod/*-*-c", "Pod/a-b-c") && fits("Pod/a*b*", "Pod/a-b-c"));
        assert!(!fits("Pod/*-web", "Service/a-web") && !fits("Pod/*-web", "Pod/web"));
        assert!(!fits("Pod/aa*aa", "Pod/aaa"));
    }
}
