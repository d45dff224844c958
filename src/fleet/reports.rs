//! What was found in many releases, as one report: the same thing once, with the releases it is found in.

use super::plan::Planned;
use crate::compile::{Compiled, compile_all};
use crate::diagnostic::{Finding, Label, Report, Severity, Silenced};
use crate::failure::Failure;
use crate::library::Library;
use crate::source::{SourceId, Sources, Span};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// Compiles one release of a plan; none where it has errors. What is found goes into `reports`.
///
/// # Errors
/// If something else than findings keeps it from being compiled.
pub fn compile(
    library: &Library,
    index: usize,
    planned: &Planned,
    reports: &Mutex<Reports>,
) -> Result<Option<Compiled>, Failure> {
    let compiled = compile_with_errors(library, index, planned, reports)?;
    Ok(compiled.filter(|compiled| !compiled.report.has_errors()))
}

/// As [`compile`], for looking at a release that cannot be rendered: none only where there is nothing to look at.
///
/// # Errors
/// As [`compile`].
pub fn compile_with_errors(
    library: &Library,
    index: usize,
    planned: &Planned,
    reports: &Mutex<Reports>,
) -> Result<Option<Compiled>, Failure> {
    let add = |report: Report| {
        let mut reports = reports.lock().unwrap_or_else(PoisonError::into_inner);
        reports.add(library, index, &planned.release.place(), report);
    };
    match compile_all(library, &planned.release) {
        Ok(compiled) => {
            let report = &compiled.report;
            if !report.findings.is_empty() || !report.silenced.is_empty() {
                add(report.clone());
            }
            Ok(Some(compiled))
        }
        Err(Failure::Findings(report)) => {
            add(*report);
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// Reports of many releases on their way to becoming one.
#[derive(Debug, Default)]
pub struct Reports {
    found: HashMap<Key, Found>,
    /// By their entry, of the first release of the plan that has them.
    silenced: BTreeMap<Span, (usize, Silenced)>,
    /// Texts that are not the library's, by name and content.
    texts: HashMap<(String, String), u32>,
    added: Vec<(String, String)>,
}

/// What makes two findings the same.
type Key = (&'static str, Severity, String, Vec<(Place, String)>);

/// A place in one of the library's texts, or in one of those added here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Place {
    Library(SourceId, u32, u32),
    Added(u32, u32, u32),
}

#[derive(Debug)]
struct Found {
    finding: Finding,
    places: Vec<Place>,
    /// The releases it was found in: the first of the plan, and how many.
    first: (usize, String),
    count: usize,
}

impl Reports {
    /// Takes in what was found in the release at this place, `index` in the plan.
    pub fn add(&mut self, library: &Library, index: usize, place: &str, report: Report) {
        let Report { findings, silenced, sources, .. } = report;
        for silence in silenced {
            let known = self.silenced.get(&silence.entry);
            if known.is_none_or(|(first, _)| index < *first) {
                self.silenced.insert(silence.entry, (index, silence));
            }
        }
        for mut finding in findings {
            // The object's name differs from release to release, and what is wrong does not.
            let about = finding.about.take();
            let places: Vec<Place> =
                finding.labels().map(|label| self.place(library, &sources, label.span)).collect();
            let labels =
                places.iter().copied().zip(finding.labels().map(|label| label.text.clone())).collect();
            let key = (finding.rule, finding.severity, finding.message.clone(), labels);
            finding.about = about;
            let place = place.to_owned();
            match self.found.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(Found { finding, places, first: (index, place), count: 1 });
                }
                Entry::Occupied(entry) => {
                    let found = entry.into_mut();
                    found.count += 1;
                    // Whichever is done first: it is told as of the first of the plan.
                    if index <= found.first.0 {
                        (found.finding, found.first) = (finding, (index, place));
                    }
                }
            }
        }
    }

    fn place(&mut self, library: &Library, sources: &Sources, span: Span) -> Place {
        if library.is_in_library(span.source) {
            return Place::Library(span.source, span.start, span.end);
        }
        let source = sources.get(span.source);
        let text = (source.name.clone(), source.text.to_string());
        let next = self.added.len() as u32;
        let id = *self.texts.entry(text.clone()).or_insert_with(|| {
            self.added.push(text);
            next
        });
        Place::Added(id, span.start, span.end)
    }

    /// One report of all.
    pub fn into_report(reports: Mutex<Reports>, library: &Library) -> Report {
        reports.into_inner().unwrap_or_else(PoisonError::into_inner).report(library)
    }

    fn report(self, library: &Library) -> Report {
        let mut sources = library.sources.clone();
        // In an order that does not depend on which release was done first.
        let mut order: Vec<usize> = (0..self.added.len()).collect();
        order.sort_by_key(|at| &self.added[*at]);
        let mut added = vec![library.sources_start(); order.len()];
        for at in order {
            let (name, text) = &self.added[at];
            added[at] = sources.add(name.clone(), text.clone());
        }
        let span = |place: Place| match place {
            Place::Library(source, start, end) => Span { source, start, end },
            Place::Added(id, start, end) => Span {
                source: added.get(id as usize).copied().unwrap_or(library.sources_start()),
                start,
                end,
            },
        };
        let findings = self.found.into_values().map(|Found { mut finding, places, first, count }| {
            for (label, place) in finding.primary.iter_mut().chain(&mut finding.related).zip(places) {
                label.span = span(place);
            }
            said_of(&mut finding, &first.1, count);
            finding
        });
        let report = Report::new(findings.collect(), sources.clone());
        report.and_silenced(self.silenced.into_values().map(|(_, silenced)| silenced).collect())
    }
}

/// Adds to a finding which releases it was found in.
fn said_of(finding: &mut Finding, first: &str, count: usize) {
    let releases = match count {
        1 => format!("in {first}"),
        2 => format!("in {first} and 1 more release"),
        count => format!("in {first} and {} more releases", count - 1),
    };
    match &mut finding.primary {
        Some(Label { text, .. }) if text.is_empty() => *text = releases,
        Some(Label { text, .. }) => text.push_str(&format!(" ({releases})")),
        None => finding.message.push_str(&format!(" ({releases})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_does_not_depend_on_which_release_is_done_first() {
        let library = Library::load(None, "").unwrap();
        let report = |environment: &str| {
            let mut sources = library.sources.clone();
            let source = sources.add(format!("{environment}.yaml"), "a: 1\n");
            let in_library = Span { source: library.sources_start(), start: 0, end: 1 };
            let alike = Finding::error("layer/example-value", "alike").at(in_library, "here");
            let own =
                Finding::error("layer/example-value", "own").at(Span { source, start: 0, end: 1 }, "here");
            let help = format!("set it in {environment}");
            Report::new(vec![alike.help(help.clone()), own.help(help)], sources)
        };
        let told = |order: [usize; 2]| {
            let mut reports = Reports::default();
            for at in order {
                let environment = ["staging", "prod"][at];
                reports.add(&library, at, environment, report(environment));
            }
            let report = Reports::into_report(Mutex::new(reports), &library);
            report
                .findings
                .iter()
                .map(|finding| {
                    let label = finding.primary.as_ref().unwrap();
                    (finding.help.clone(), label.text.clone(), report.sources.locate(label.span))
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(told([0, 1]), told([1, 0]));
        assert_eq!(told([1, 0])[0].0.as_deref(), Some("set it in staging"));
    }
}
