//! Findings for a terminal, as rustc shows its own: the source line, a mark under what is meant, and
//! below it why it matters and what to write instead.

use super::place::{first_line, fit};
use super::{Finding, Report, Severity, clean};
use crate::rules;
use crate::source::{SourceId, Sources, Span};
use annotate_snippets::renderer::{DEFAULT_ERROR_STYLE, DEFAULT_WARNING_STYLE, Style};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Places of one file that are this many lines apart or fewer are shown in one piece.
const NEAR: usize = 100;

/// How many findings of one rule are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// This many; the others are counted.
    PerRule(usize),
    /// All of them.
    None,
}

impl Default for Limit {
    fn default() -> Self {
        Limit::PerRule(10)
    }
}

/// Renders a report, with a summary as its last line; nothing for a report without findings.
///
/// A reason that was already given with the same rule is not repeated.
pub fn render(report: &Report, colour: bool, limit: Limit) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let secrets = report.secrets();
    let groups = alike(&report.findings, limit);
    let mut totals: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in groups.iter().map(|(finding, _)| finding) {
        *totals.entry(finding.rule).or_default() += 1;
    }
    let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
    let mut reasons = BTreeSet::new();
    let mut text = String::new();
    for (finding, others) in &groups {
        let (rule, total) = (finding.rule, totals.get(finding.rule).copied().unwrap_or_default());
        let shown = shown.entry(rule).or_default();
        *shown += 1;
        match limit {
            Limit::PerRule(most) if *shown == most + 1 => {
                text.push_str(&format!("... and {} more of {rule}\n\n", total - most));
                continue;
            }
            Limit::PerRule(most) if *shown > most => continue,
            _ => {}
        }
        let why = finding.why.as_deref().filter(|why| reasons.insert((rule, *why)));
        text.push_str(&renderer.render(&[group(finding, others, why, &report.sources, &secrets)]));
        text.push_str("\n\n");
    }
    if let Some(summary) = summary(report, colour) {
        text.push_str(&summary);
        text.push('\n');
    }
    text
}

/// `2 errors, 1 warning`; none for a report without findings.
pub fn summary(report: &Report, colour: bool) -> Option<String> {
    let (errors, warnings) = report.count();
    let count = |number: usize, word: &str, style: Style| {
        let style = if colour { style } else { Style::new() };
        let plural = if number == 1 { "" } else { "s" };
        (number > 0).then(|| format!("{style}{number} {word}{plural}{style:#}"))
    };
    let counts =
        [count(errors, "error", DEFAULT_ERROR_STYLE), count(warnings, "warning", DEFAULT_WARNING_STYLE)];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

/// How many findings are accepted, and until when: `2 findings silenced (until 2027-01-31 ...)`.
pub fn silenced(report: &Report) -> Option<String> {
    let first = report.silenced.iter().map(|silenced| silenced.until).min()?;
    let count = report.silenced.len();
    let word = if count == 1 { "finding" } else { "findings" };
    let held = report.silenced.iter().all(|silenced| silenced.held);
    let advice = if held { "" } else { "; give --today to hold them to their dates" };
    Some(format!("{count} {word} silenced (until {first} at the earliest{advice})"))
}

/// Findings with those that one line causes in other objects: each rule and line of the checked set once.
fn alike(findings: &[Finding], limit: Limit) -> Vec<(&Finding, Vec<&Finding>)> {
    let mut groups: Vec<(&Finding, Vec<&Finding>)> = Vec::new();
    let mut first: BTreeMap<(&str, Span), usize> = BTreeMap::new();
    for finding in findings {
        let checked = limit != Limit::None && rules::find(finding.rule).is_some_and(rules::Rule::is_checked);
        let key = finding.primary.as_ref().filter(|_| checked).map(|label| (finding.rule, label.span));
        match key.and_then(|key| first.get(&key).copied()) {
            Some(at) => groups[at].1.push(finding),
            None => {
                first.extend(key.map(|key| (key, groups.len())));
                groups.push((finding, Vec::new()));
            }
        }
    }
    groups
}

/// Of findings at one line, how many are said in words.
const SAID: usize = 3;

fn group<'a>(
    finding: &'a Finding,
    others: &[&Finding],
    why: Option<&str>,
    sources: &Sources,
    secrets: &[Span],
) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(clean::line(&finding.message)).id(finding.rule));
    for excerpt in excerpts(finding, sources) {
        group = match sources.get(excerpt.source).name.as_str() {
            // A text that nobody kept: what there is to say about it is all that can be shown.
            "" => group.elements(excerpt.notes().map(|note| Level::NOTE.message(note))),
            _ => group.element(excerpt.snippet(sources, secrets)),
        };
    }
    if !others.is_empty() {
        let said: Vec<&str> = others.iter().take(SAID).map(|other| other.message.as_str()).collect();
        let more = others.len().saturating_sub(SAID);
        let more = if more > 0 { format!("\nand {more} more places") } else { String::new() };
        let message = clean::text(&format!("{}{more}", said.join("\n")));
        group = group.element(Level::NOTE.with_name("also").message(message));
    }
    if let Some(why) = why {
        group = group.element(Level::NOTE.with_name("why").message(clean::text(why)));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(clean::text(help)));
    }
    group
}

/// Places near one another in one text, shown in one piece.
struct Excerpt {
    source: SourceId,
    marks: Vec<Mark>,
}

/// What is marked in one line.
struct Mark {
    /// The line, from 1.
    line: usize,
    /// The line's bytes, without the line break.
    line_range: Range<usize>,
    /// The marked bytes, all of them in this line.
    range: Range<usize>,
    text: String,
    primary: bool,
}

/// The places of a finding, the one that caused it first, neighbours together.
fn excerpts(finding: &Finding, sources: &Sources) -> Vec<Excerpt> {
    let mut excerpts: Vec<Excerpt> = Vec::new();
    for (at, label) in finding.labels().enumerate() {
        let primary = at == 0 && finding.primary.is_some();
        let mark = Mark::new(label.span, &label.text, primary, sources);
        let source = label.span.source;
        let near = |excerpt: &&mut Excerpt| {
            excerpt.source == source && excerpt.marks[0].line.abs_diff(mark.line) <= NEAR
        };
        match excerpts.iter_mut().find(near) {
            Some(excerpt) => excerpt.marks.push(mark),
            None => excerpts.push(Excerpt { source, marks: vec![mark] }),
        }
    }
    excerpts
}

impl Mark {
    /// Marks a span; of one that goes over several lines, what lies in the first.
    fn new(span: Span, text: &str, primary: bool, sources: &Sources) -> Mark {
        let source = &sources.get(span.source);
        let range = fit(span, &source.text);
        let line = source.position(range.start).line;
        let whole = source.line_range(line);
        let line_range = whole.start..whole.start + source.text[whole].trim_end_matches('\r').len();
        let start = range.start.min(line_range.end);
        let end = start + first_line(&source.text[start..range.end.max(start)]).len();
        Mark { line, line_range, range: start..end, text: clean::line(text), primary }
    }
}

impl Excerpt {
    fn notes(self) -> impl Iterator<Item = String> {
        self.marks.into_iter().map(|mark| mark.text).filter(|text| !text.is_empty())
    }

    fn snippet<'a>(
        self,
        sources: &Sources,
        secrets: &[Span],
    ) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let source = sources.get(self.source);
        let (mut first_line, mut start, mut end) = (usize::MAX, usize::MAX, 0);
        for mark in &self.marks {
            first_line = first_line.min(mark.line);
            start = start.min(mark.line_range.start);
            end = end.max(mark.line_range.end);
        }
        let hidden: Vec<Range<usize>> =
            secrets.iter().filter(|span| span.source == self.source).map(|span| span.range()).collect();
        let shown = |range: Range<usize>| shown(&source.text, range, &hidden);
        let annotations = self.marks.into_iter().map(|mark| {
            let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            let (from, to) = (shown(start..mark.range.start).len(), shown(start..mark.range.end).len());
            kind.span(from..to).label(Some(mark.text).filter(|text| !text.is_empty()))
        });
        Snippet::source(shown(start..end))
            .path(clean::line(&source.name))
            .line_start(first_line)
            .annotations(annotations.collect::<Vec<_>>())
    }
}

/// A part of a text as a terminal may see it: one character for one, but for line breaks, which
/// become `\n`; tabs stay, what is hidden becomes asterisks.
fn shown(text: &str, range: Range<usize>, hidden: &[Range<usize>]) -> String {
    let part = &text[range.clone()];
    part.char_indices()
        .filter(|(at, c)| *c != '\r' || !part[at + 1..].starts_with('\n'))
        .map(|(at, c)| match c {
            '\n' | '\t' => c,
            _ if hidden.iter().any(|hidden| hidden.contains(&(range.start + at))) => '*',
            _ => clean::character(c),
        })
        .collect()
}
