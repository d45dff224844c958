//! `sparkctl render --check` of a project.

use super::{gone, program, threads};
use crate::bundle::{DriftKind, Place};
use crate::cli::output::Terminal;
use crate::cli::output::counted;
use crate::cli::progress::Progress;
use crate::cli::render::gitops::{self, Tool};
use crate::cli::render::{Arguments, check, one};
use crate::cli::select::{Many, Workplace};
use crate::cli::{Format, Outcome};
use crate::failure::Failure;
use crate::fleet::drift::{self, Row};
use crate::fleet::engine;
use crate::fleet::reports::{Reports, compile};
use crate::fleet::warm::Known;
use crate::gitops::Member;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;

/// Changes nothing.
pub fn run(
    many: &Many,
    workplace: &Workplace,
    arguments: &Arguments,
    tools: &[Tool],
    out: &Path,
    terminal: &mut Terminal,
) -> Outcome {
    let progress = Progress::new(terminal, many.releases.len(), "releases");
    let (library, reports, budget) = (&workplace.library, Mutex::default(), drift::Budget::default());
    let known = Known::read(library, out, program(many, arguments));
    let compared = engine::each(
        &many.releases,
        threads(arguments),
        &|count| progress.done(terminal, count),
        |index, planned| -> Result<(Vec<Row>, Option<Member>), (String, Failure)> {
            let place = planned.release.place();
            let failed = |failure| (place.clone(), failure);
            if let Some(member) = known.as_ref().and_then(|known| known.unchanged(planned)) {
                return Ok((Vec::new(), Some(member)));
            }
            let compiled = compile(library, index, planned, &reports).map_err(failed)?;
            let Some(compiled) = compiled else { return Ok((Vec::new(), None)) };
            let bundle = arguments.bundle(library, &compiled).map_err(failed)?;
            let bundle_path = place.parse().map_err(one::bad_path).map_err(failed)?;
            let at = Place { root: out.to_owned(), bundle: bundle_path };
            let rows = drift::rows(library, &compiled, &bundle, &at, &budget).map_err(failed)?;
            Ok((rows, Some(Member::of(&compiled, &place))))
        },
    );
    let seconds = progress.finish();
    let report = Reports::into_report(reports, library);
    if report.has_errors() || arguments.deny_warnings && !report.findings.is_empty() {
        terminal.report(&report)?;
        return Ok(ExitCode::from(1));
    }
    let (mut rows, mut members) = (Vec::new(), Vec::new());
    let mut status = None;
    for compared in compared {
        match compared {
            Ok((found, member)) => {
                rows.extend(found);
                members.extend(member);
            }
            Err((place, failure)) => {
                terminal.tell(&place);
                status = Some(terminal.failure(failure));
            }
        }
    }
    if let Some(status) = status {
        return Ok(status);
    }
    for (bundle, files) in gitops::bundles(tools, workplace, out, &members)? {
        rows.extend(drift::untraced(&files, &Place { root: out.to_owned(), bundle })?);
    }
    let gone = match &many.all {
        Some(listed) => gone(out, listed)?,
        None => Vec::new(),
    };
    rows.extend(gone.into_iter().map(|place| Row {
        kind: DriftKind::Obsolete,
        path: place.to_string(),
        line: None,
        is_bundle: true,
        cause: "not in the project any more".to_owned(),
        at: None,
    }));
    let (_, warnings) = report.count();
    let more = json!({"output": out, "releases": many.releases.len(), "warnings": warnings});
    check::print(&rows, out, more, terminal)?;
    let different = check::differs(&rows);
    if terminal.format() == Format::Text {
        let state = if different {
            format!("{} differ", counted(check::different(&rows).count(), "file"))
        } else {
            "up to date".to_owned()
        };
        terminal.tell(&format!(
            "{}: {}, {state}; {seconds}",
            out.display(),
            counted(many.releases.len(), "release")
        ));
    }
    Ok(ExitCode::from(u8::from(different)))
}
