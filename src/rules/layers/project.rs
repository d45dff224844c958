//! A project as a whole: what only all its releases together can show.

use super::{is_fact, redundant::Overrides, repeated, unused};
use crate::compile::{Compiled, compile_all};
use crate::diagnostic::{Finding, Report, did_you_mean};
use crate::failure::Failure;
use crate::fleet::Plan;
use crate::layer::document::Silence;
use crate::layer::path::SpecPath;
use crate::layer::tree::{Entry, Node};
use crate::library::Library;
use crate::release::Release;
use crate::rules::locate::Located;
use crate::rules::{Place, Problem, catalogue, severity, silence};
use crate::source::Span;
use crate::spec::types::Date;
use std::collections::{BTreeMap, BTreeSet};

/// What is found in a project's layers by looking at every release in each of its environments.
///
/// # Errors
/// Whatever keeps one of the releases from being compiled.
pub fn check(library: &Library, today: Option<Date>) -> Result<Report, Failure> {
    let owned = |span: Span| library.is_own(span.source);
    let mut survey = Survey::default();
    let mut clusters = BTreeSet::new();
    for planned in Plan::of(library, None)?.releases {
        let release = planned.release;
        clusters.extend(release.cluster.clone());
        let compiled = compile_all(library, &Release { today, ..release })?;
        survey.look(&compiled, &owned);
    }
    let entries: Vec<Silence> = std::mem::take(&mut survey.silences).into_values().collect();
    let used = std::mem::take(&mut survey.used);
    let mut found = repeated::check(library)?;
    found.extend(survey.problems());
    let mut located: Vec<Located> = found.into_iter().map(located).collect();
    located.extend(strangers(library, &clusters));
    let mut judged = silence::apply(library, located, &entries, today);
    let idle = judged.idle.iter().filter(|entry| !used.contains(&entry.span));
    judged.findings.extend(idle.map(silence::idle));
    Ok(report(library, judged, Vec::new()))
}

/// Clusters that are told to those who sync, and that no release is on.
fn strangers(library: &Library, clusters: &BTreeSet<String>) -> Vec<Located> {
    let listed = library
        .project
        .as_ref()
        .and_then(|project| project.tree.below(&["spec", "gitops", "clusters"]).and_then(Node::as_map));
    let unused =
        listed.into_iter().flat_map(|map| &map.entries).filter(|(name, _)| !clusters.contains(*name));
    let finding = |(name, entry): (&String, &Entry)| {
        let rule = "layer/unused-setting";
        let message = format!("no release of the project is on the cluster `{name}`");
        let finding = Finding { severity: catalogue::severity(rule), ..Finding::error(rule, message) };
        let finding = finding.at(entry.key, "this changes no file");
        let help = did_you_mean(name, clusters.iter().map(String::as_str));
        Located { finding: finding.help("take it out").help_if(help), object: None, path: None }
    };
    unused.map(finding).collect()
}

/// The report of one release, and what its project's layers say more often than they have to. Where one of
/// them cannot be read, nothing: that is not the fault of a release which does without it.
pub fn also(library: &Library, compiled: &Compiled) -> Report {
    let found = repeated::check(library).unwrap_or_default().into_iter().map(located).collect();
    let judged = silence::apply(library, found, &compiled.silences, compiled.release.today);
    let mut report = report(library, judged, compiled.report.findings.clone());
    report.silenced.extend(compiled.report.silenced.iter().cloned());
    report.sources = compiled.report.sources.clone();
    report
}

fn report(library: &Library, mut judged: silence::Judged, mut findings: Vec<Finding>) -> Report {
    severity::apply(library, &mut judged.findings);
    findings.extend(judged.findings.into_iter().map(|located| located.finding));
    Report::new(findings, library.sources.clone()).and_silenced(judged.silenced)
}

/// What was seen in the releases looked at so far.
#[derive(Debug, Default)]
pub struct Survey {
    overrides: Overrides,
    /// By where a value stands: what to say of it, as long as no release reads it.
    unused: BTreeMap<Span, Option<(SpecPath, Problem)>>,
    silences: BTreeMap<Span, Silence>,
    used: BTreeSet<Span>,
}

impl Survey {
    /// Looks at one more release; `owned` tells which places are to be judged.
    pub fn look(&mut self, compiled: &Compiled, owned: &impl Fn(Span) -> bool) {
        self.overrides.look(&compiled.merged, owned, owned);
        // What the base says is a default for whoever needs it, and facts hold before anybody does.
        let examined = |path: &SpecPath, span: Span| {
            let layer = compiled.merged.layer_of(span);
            let shared = layer.starts_with("base") || (is_fact(path) && !layer.starts_with("release "));
            owned(span) && !shared
        };
        let unread: BTreeMap<Span, SpecPath> =
            unused::leaves(compiled, examined).into_iter().map(|(path, span)| (span, path)).collect();
        compiled.merged.root.each_leaf(&mut |path, leaf| {
            if !examined(path, leaf.span) {
                return;
            }
            match unread.get(&leaf.span) {
                Some(path) => {
                    self.unused.entry(leaf.span).or_insert_with(|| {
                        Some((path.clone(), unused::problem(compiled, path, leaf.span, true)))
                    });
                }
                None => {
                    self.unused.insert(leaf.span, None);
                }
            }
        });
        self.silences.extend(compiled.silences.iter().map(|entry| (entry.span, entry.clone())));
        self.used.extend(compiled.report.silenced.iter().map(|silenced| silenced.entry));
    }

    /// What repeats something in every release, and what none of them reads, each with its path.
    pub fn problems(self) -> Vec<(SpecPath, Problem)> {
        self.overrides.problems().chain(self.unused.into_values().flatten()).collect()
    }
}

/// A problem of layers, whose places are all places in layers.
fn located((path, problem): (SpecPath, Problem)) -> Located {
    let severity = catalogue::severity(problem.rule);
    let mut finding = Finding { severity, ..Finding::error(problem.rule, problem.message) };
    if let Place::Span(span) = problem.at {
        finding = finding.at(span, problem.label);
    }
    for (place, label) in problem.related {
        if let Place::Span(span) = place {
            finding = finding.and(span, label);
        }
    }
    finding.why = problem.why;
    finding.help = problem.help;
    Located { finding, object: None, path: Some(path) }
}
