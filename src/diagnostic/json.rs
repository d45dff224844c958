//! Findings as JSON, for scripts.
//!
//! ```json
//! {
//!   "findings": [
//!     {
//!       "rule": "layer/unknown-key",
//!       "severity": "error",
//!       "message": "unknown key `connect.drivr`",
//!       "place": {
//!         "file": "environments/prod.yaml", "line": 7, "column": 5, "endLine": 7, "endColumn": 10,
//!         "text": "nothing reads this key"
//!       },
//!       "related": [],
//!       "object": "spec",
//!       "field": "connect.drivr",
//!       "why": "a key that nothing reads changes nothing, and whoever wrote it believes that it does",
//!       "help": "did you mean `driver`?"
//!     }
//!   ],
//!   "errors": 1,
//!   "warnings": 0,
//!   "silenced": []
//! }
//! ```
//!
//! This form is stable: fields may be added, none is renamed, removed or left out. `severity` is
//! `error` or `warning`. `place`, `object`, `field`, `why` and `help` are `null` where there is nothing to say;
//! `related` holds places like `place`. `object` is `KIND.GROUP/NAMESPACE/NAME`, or `spec` for a value of the
//! merged spec, and `field` a path in it: they stay the same when lines move. `silenced` holds what a layer
//! accepts: `rule`, `message`, `place`, the `path` of the spec and the `object` that it is about (or `null`),
//! `reason`, `until`, and `by`, the place of the entry. Lines and columns count from 1, columns in characters; the end is
//! exclusive. A `file` that begins with `built-in:` lies inside the binary, one called `--set` is an
//! argument. Findings come errors first, then by file and line.

use super::place::{Place, Places};
use super::{Label, Report, Severity};
use crate::spec::types::Date;
use serde::Serialize;

/// Renders a report, pretty-printed, with a line break at its end.
pub fn render(report: &Report) -> String {
    serde_json::to_string_pretty(&value(report)).map(|text| text + "\n").unwrap_or_default()
}

/// The same as a value, for documents that hold more than findings.
pub fn value(report: &Report) -> serde_json::Value {
    let places = Places::new(&report.sources);
    let located = |label: &Label| Located { place: places.of(label.span), text: label.text.clone() };
    let findings = report.findings.iter().map(|finding| Finding {
        rule: finding.rule,
        severity: finding.severity,
        message: &finding.message,
        place: finding.primary.as_ref().map(located),
        related: finding.related.iter().map(located).collect(),
        object: finding.about.as_ref().map(|about| about.object.as_str()),
        field: finding.about.as_ref().map(|about| about.field.as_str()),
        why: finding.why.as_deref(),
        help: finding.help.as_deref(),
    });
    let (errors, warnings) = report.count();
    let silenced = report.silenced.iter().map(|silenced| Accepted {
        rule: silenced.finding.rule,
        message: &silenced.finding.message,
        path: silenced.path.as_ref().map(ToString::to_string),
        object: silenced.object.as_deref(),
        place: silenced.finding.primary.as_ref().map(located),
        reason: &silenced.reason,
        until: silenced.until,
        by: places.first_line(silenced.entry),
    });
    let document = Document { findings: findings.collect(), errors, warnings, silenced: silenced.collect() };
    serde_json::to_value(&document).unwrap_or_default()
}

#[derive(Serialize)]
struct Document<'a> {
    findings: Vec<Finding<'a>>,
    errors: usize,
    warnings: usize,
    silenced: Vec<Accepted<'a>>,
}

/// A finding that a layer accepts.
#[derive(Serialize)]
struct Accepted<'a> {
    rule: &'a str,
    message: &'a str,
    path: Option<String>,
    object: Option<&'a str>,
    place: Option<Located>,
    reason: &'a str,
    until: Date,
    by: Place,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'a str,
    severity: Severity,
    message: &'a str,
    place: Option<Located>,
    related: Vec<Located>,
    object: Option<&'a str>,
    field: Option<&'a str>,
    why: Option<&'a str>,
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct Located {
    #[serde(flatten)]
    place: Place,
    text: String,
}
