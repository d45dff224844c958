//! `sparkctl blame`, and what `sparkctl explain FILE:LINE` does with such a line.

use super::output::Terminal;
use super::select::{Selection, Workplace, read_values};
use super::{Format, Global, Outcome};
use crate::blame::{self, Aligned, Blame, Inspected, Leaf, Line, text};
use crate::compile::{Compiled, Manifest};
use crate::failure::Failure;
use crate::library::project::PROJECT_FILE;
use crate::release::Release;
use crate::source::{Sources, Span};
use clap::Args;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::process::ExitCode;

/// Arguments of `blame`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A rendered file: FILE for every line of it, FILE:41 for one with its whole story, FILE:41-50 for several.
    #[arg(value_name = "FILE[:LINE[-LINE]]")]
    target: String,
    #[command(flatten)]
    selection: Selection,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let (file, lines) =
        split(&arguments.target).map_or((arguments.target.as_str(), None), |(file, lines)| {
            // A file may have a colon in its name.
            (file, Some(lines))
        });
    lines_of(file, lines, &arguments.selection, global, terminal)
}

/// `FILE:41` and `FILE:41-50` as the file and its lines.
pub fn split(target: &str) -> Option<(&str, RangeInclusive<usize>)> {
    let (file, lines) = target.rsplit_once(':')?;
    let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
    Some((file, first.parse().ok()?..=last.parse().ok()?))
}

/// Prints which lines made lines of a rendered file; all of them where none is named.
pub fn lines_of(
    file: &str,
    lines: Option<RangeInclusive<usize>>,
    selection: &Selection,
    global: &Global,
    terminal: &Terminal,
) -> Outcome {
    let inspected = blame::inspect(file)?;
    let workplace = open(file, global)?;
    let release = release(&inspected, lines.as_ref(), selection, &workplace)?;
    let compiled = inspected.compile(&workplace.library, &release)?;
    let manifest = inspected.manifest(&compiled)?;
    let aligned = inspected.align(manifest);
    let asked = match &lines {
        Some(lines) => within(file, lines, &aligned)?,
        None => 1..=aligned.len(),
    };
    let changed =
        if aligned.is_same() { Vec::new() } else { inspected.changed_inputs(&workplace.library, &compiled) };
    let shown: BTreeMap<usize, usize> =
        asked.clone().filter_map(|line| Some((aligned.now(line)?, line))).collect();
    if let (Some(lines), true) = (&lines, shown.is_empty()) {
        return Err(not_rendered(&inspected, *lines.start(), lines.clone().count(), &changed));
    }
    let wanted: Vec<usize> = shown.keys().copied().collect();
    let blame = blame::blame(&workplace.library, &compiled, manifest, &wanted);
    let answer =
        Answer { inspected: &inspected, compiled: &compiled, manifest, aligned, changed, shown, blame };
    if terminal.format() == Format::Json {
        terminal.json(&answer.json())?;
    } else {
        answer.note(terminal);
        terminal.text(&match lines {
            Some(_) => {
                text::story(&manifest.id.to_string(), &answer.blame, &compiled.report.sources, &answer.shown)
            }
            None => answer.column(),
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The project of the current directory; where the file lies in another one, that.
fn open(file: &str, global: &Global) -> Result<Workplace, Failure> {
    let here = std::env::current_dir().ok();
    let above = blame::project_above(file, PROJECT_FILE);
    let other = above.filter(|root| here.is_some_and(|here| !here.starts_with(root)));
    match other.filter(|_| global.project.is_none()) {
        Some(root) => Workplace::open(&Global { project: Some(root), ..global.clone() }),
        None => Workplace::open(global),
    }
}

fn release(
    inspected: &Inspected,
    lines: Option<&RangeInclusive<usize>>,
    selection: &Selection,
    workplace: &Workplace,
) -> Result<Release, Failure> {
    if selection.environment.is_some() {
        return workplace.release(selection);
    }
    let mut release = inspected.release()?;
    // A lock may be a stranger's: only the user says which files outside the project are read.
    release.values = match (&release.values, &selection.values) {
        (None, _) => None,
        (Some(_), Some(given)) => Some(read_values(given)?),
        (Some(values), None) => {
            let file = &inspected.shown;
            let lines = lines.map(|lines| format!(":{}", lines.start())).unwrap_or_default();
            return Err(Failure::refused(
                format!("`{file}` was rendered with --values {}", values.name),
                format!("say so again: sparkctl blame {file}{lines} --values {}", values.name),
            ));
        }
    };
    Ok(release)
}

fn within(
    file: &str,
    lines: &RangeInclusive<usize>,
    aligned: &Aligned,
) -> Result<RangeInclusive<usize>, Failure> {
    let (first, last) = (*lines.start(), *lines.end());
    if first == 0 || first > aligned.len() {
        return Err(Failure::refused(
            format!("`{file}` has no line {first}"),
            format!("choose one of its {} lines", aligned.len()),
        ));
    }
    if last < first {
        return Err(Failure::refused(
            format!("the lines {first}-{last} end before they begin"),
            format!("write {last}-{first}"),
        ));
    }
    Ok(first..=last.min(aligned.len()))
}

/// Why nobody made a line: it was edited, or the layers moved on.
fn not_rendered(inspected: &Inspected, line: usize, count: usize, changed: &[String]) -> Failure {
    let file = &inspected.shown;
    let what = if count > 1 {
        format!("the lines from {line} of `{file}` are not what would be rendered now")
    } else {
        format!("line {line} of `{file}` is not what would be rendered now")
    };
    let help = if inspected.is_edited() {
        "the file was edited since it was rendered: put the change into a layer, then render it anew"
            .to_owned()
    } else if changed.is_empty() {
        "this is another sparkctl than the one that rendered it: render it anew".to_owned()
    } else {
        format!("since it was rendered these changed: {}; render it anew", changed.join(", "))
    };
    Failure::refused(what, help)
}

/// Everything that is said about lines of a file.
struct Answer<'a> {
    inspected: &'a Inspected,
    compiled: &'a Compiled,
    manifest: &'a Manifest,
    aligned: Aligned,
    /// Inputs that are other ones than those the file was rendered from, where that makes a difference.
    changed: Vec<String>,
    /// The lines asked about, by their numbers as they would be rendered now.
    shown: BTreeMap<usize, usize>,
    blame: Blame,
}

impl Answer<'_> {
    fn sources(&self) -> &Sources {
        &self.compiled.report.sources
    }

    /// Says that the file is not what would be rendered now.
    fn note(&self, terminal: &Terminal) {
        if self.inspected.is_edited() {
            terminal.tell(&format!("note: {} was edited since it was rendered", self.inspected.shown));
        }
        if !self.changed.is_empty() {
            let what = self.changed.join(", ");
            terminal.tell(&format!(
                "note: {} is stale, since {what} changed; this is about what would be rendered now",
                self.inspected.shown
            ));
        }
    }

    fn column(&self) -> String {
        let by_number: BTreeMap<usize, &Line> =
            self.blame.lines.iter().map(|line| (line.number, line)).collect();
        let rows: Vec<(usize, Option<&Line>)> = (1..=self.aligned.len())
            .map(|line| (line, self.aligned.now(line).and_then(|now| by_number.get(&now).copied())))
            .collect();
        text::column(&rows, self.sources())
    }

    fn json(&self) -> Json {
        let lines = self.blame.lines.iter().map(|line| {
            json!({
                "line": self.shown.get(&line.number),
                "text": line.text,
                "field": line.field.path.to_string(),
                "textLine": line.field.line.as_ref().map(|inside| inside.number),
                "template": line.template.map(|span| self.place(span)),
                "decidedBy": line.leaves.iter().map(|leaf| self.leaf(leaf)).collect::<Vec<Json>>(),
            })
        });
        json!({
            "file": self.inspected.shown,
            "object": self.manifest.id.to_string(),
            "edited": self.inspected.is_edited(),
            "stale": !self.changed.is_empty(),
            "changedInputs": self.changed,
            "presentBecauseOf": self.blame.presence.iter().map(|leaf| self.leaf(leaf)).collect::<Vec<Json>>(),
            "lines": lines.collect::<Vec<Json>>(),
        })
    }

    fn place(&self, span: Span) -> Json {
        let position = self.sources().position(span);
        json!({
            "file": self.sources().get(span.source).name, "line": position.line, "column": position.column,
        })
    }

    fn leaf(&self, leaf: &Leaf) -> Json {
        let said = |said: &blame::Said| {
            let mut origin = self.place(said.at);
            origin["layer"] = json!(said.layer);
            json!({"value": said.value, "origin": origin})
        };
        let mut last = leaf.said.last().map_or(json!({"value": null, "origin": null}), said);
        // What it overrode the nearest first, as `explain PATH` has it.
        let overrode: Vec<Json> = leaf.said.iter().rev().skip(1).map(said).collect();
        json!({
            "path": leaf.path.to_string(), "value": last["value"].take(), "origin": last["origin"].take(),
            "overrode": overrode,
        })
    }
}
