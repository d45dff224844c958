//! No credential in plain text, anywhere: rules `secret/...`.
//!
//! What a bundle holds lies in Git, in the cluster's API and in every backup of both. Messages never contain
//! what was found, and [`hide`] takes it out of the messages of other rules.

mod forms;
mod hints;
mod names;
mod objects;
mod spec;
mod text;
mod values;

pub use spec::is_credential;

use super::Problem;
use super::set::Subject;
use std::collections::BTreeSet;

/// Whether a value is a credential: by what it is called, by its form, or by what stands inside it. One that only
/// says where a credential stands is none.
///
/// ```
/// use sparkctl::rules::is_secret;
/// assert!(is_secret(Some("DB_PASSWORD"), "hunter2") && !is_secret(Some("DB_PASSWORD"), "$(PASSWORD)"));
/// assert!(is_secret(None, "jdbc:postgresql://db:5432/x?user=a&password=hunter2"));
/// ```
pub fn is_secret(name: Option<&str>, value: &str) -> bool {
    values::judge(name, value).is_some()
}

/// The lines of a text that hold a credential, from 1 and in order: of properties, XML, JSON, YAML, shell.
pub fn credential_lines(text: &str) -> Vec<usize> {
    text::leaks(text).into_iter().map(|(line, _)| line).collect()
}

/// Every rule of the family.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let known = subject.known();
    let in_layers = known.as_ref().map(spec::leaks).unwrap_or_default();
    for found in &in_layers {
        told.insert(found.leak.value);
        let message = match &found.path {
            Some(path) => format!("`{path}` holds a credential in plain text"),
            None => "a layer holds a credential in plain text".to_owned(),
        };
        let label = match &found.place {
            super::Place::Spec(_) => found.leak.what.clone(),
            _ => format!("{}, which stays in the file and in its history", found.leak.what),
        };
        problems.push(problem(found.leak.rule, message, found.place.clone(), label));
    }
    for found in objects::leaks(subject) {
        // One that a layer brought is told where the layer says it.
        if !told.contains(found.leak.value) {
            let message = format!("{} holds a credential in plain text", found.object.id);
            let place = subject.line(found.node, found.line);
            problems.push(problem(found.leak.rule, message, place, found.leak.what));
        }
    }
    objects::in_bundle(subject, problems);
}

fn problem(rule: &'static str, message: String, at: super::Place, label: String) -> Problem {
    Problem::new(rule, message, at, label)
        .help("take it out, replace it where it is in use, and let the pod read it from a Secret")
        .secret()
}

/// Takes credentials that were found out of what other rules say.
pub fn hide(subject: &Subject<'_>, problems: &mut [Problem]) {
    if !problems.iter().any(|problem| problem.secret) {
        return;
    }
    let known = subject.known();
    let in_layers = known.as_ref().map(spec::leaks).unwrap_or_default();
    let in_objects = objects::leaks(subject);
    let mut values: Vec<&str> = in_layers.iter().map(|found| found.leak.value).collect();
    values.extend(in_objects.iter().map(|found| found.leak.value));
    values.extend(objects::in_secrets(subject));
    values.retain(|value| value.len() >= 4);
    values.sort_unstable_by_key(|value| std::cmp::Reverse(value.len()));
    values.dedup();
    let clean = |text: &mut String| {
        for value in &values {
            if is_word(value) {
                // In what the rules say themselves it is a word like any other, and a gap there would tell it.
                *text = hidden_in_quotes(text, value);
            } else if text.contains(value) {
                *text = text.replace(value, crate::spec::redact::HIDDEN);
            }
        }
    };
    for problem in problems {
        clean(&mut problem.message);
        clean(&mut problem.label);
        problem.related.iter_mut().for_each(|(_, label)| clean(label));
        problem.why.iter_mut().chain(&mut problem.help).for_each(clean);
    }
}

/// Whether a credential could be a word of a sentence.
fn is_word(value: &str) -> bool {
    value.len() < 12 && value.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// A text without a value in what it quotes in backticks.
fn hidden_in_quotes(text: &str, value: &str) -> String {
    let parts = text.split('`').enumerate().map(|(at, part)| {
        if at % 2 == 1 { part.replace(value, crate::spec::redact::HIDDEN) } else { part.to_owned() }
    });
    parts.collect::<Vec<_>>().join("`")
}
