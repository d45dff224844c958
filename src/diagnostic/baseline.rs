//! Findings that are known already: a file that a project commits, so that its pipeline fails on new ones
//! only.
//!
//! ```json
//! {
//!   "kind": "Baseline",
//!   "version": 1,
//!   "findings": [
//!     {
//!       "rule": "pod/no-resources",
//!       "object": "Deployment.apps/analytics/thrift",
//!       "field": "spec.template.spec.containers[0].resources",
//!       "message": "3b1f5c0f9f0a4c11",
//!       "count": 1
//!     }
//!   ]
//! }
//! ```
//!
//! A finding is known again by its rule, object, field and message: not by a line, which moves with every
//! edit above it. Of the message stands only a hash, so that the file holds nothing that a manifest holds.
//! The same findings give the same bytes.

use super::{Finding, Report};
use crate::source::Sources;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The findings of a baseline, each with how often it stands there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<Entry, usize>,
}

/// What tells one finding from others when lines move.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    rule: String,
    object: String,
    field: String,
    message: String,
}

/// What a baseline did to a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Findings that it holds, and that were taken out.
    pub known: usize,
    /// Findings that it holds, and that are no longer there.
    pub gone: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    kind: String,
    version: u32,
    findings: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    rule: String,
    object: String,
    field: String,
    message: String,
    count: usize,
}

impl Baseline {
    /// All findings of a report.
    pub fn of(report: &Report) -> Baseline {
        let mut entries = BTreeMap::new();
        for finding in &report.findings {
            *entries.entry(Entry::of(finding, &report.sources)).or_default() += 1;
        }
        Baseline { entries }
    }

    /// Reads what [`Baseline::to_json`] wrote.
    ///
    /// # Errors
    /// Why it cannot be one.
    pub fn parse(text: &str) -> Result<Baseline, String> {
        let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if (document.kind.as_str(), document.version) != ("Baseline", 1) {
            return Err(format!("it is a {} of version {}", document.kind, document.version));
        }
        let mut entries = BTreeMap::new();
        for Row { rule, object, field, message, count } in document.findings {
            *entries.entry(Entry { rule, object, field, message }).or_default() += count;
        }
        Ok(Baseline { entries })
    }

    /// As a file, with a line break at its end.
    pub fn to_json(&self) -> String {
        let rows = self.entries.iter().map(|(entry, count)| {
            let Entry { rule, object, field, message } = entry.clone();
            Row { rule, object, field, message, count: *count }
        });
        let document = Document { kind: "Baseline".to_owned(), version: 1, findings: rows.collect() };
        serde_json::to_string_pretty(&document).map(|text| text + "\n").unwrap_or_default()
    }

    /// How many findings it holds.
    pub fn len(&self) -> usize {
        self.entries.values().sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes the findings out of a report that are known. Of several alike, as many as are known.
    pub fn apply(&self, report: &mut Report) -> Difference {
        let mut left = self.entries.clone();
        let sources = report.sources.clone();
        let mut known = 0;
        report.retain(|finding| match left.get_mut(&Entry::of(finding, &sources)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                known += 1;
                false
            }
            _ => true,
        });
        Difference { known, gone: left.values().sum() }
    }
}

impl Entry {
    fn of(finding: &Finding, sources: &Sources) -> Entry {
        // What is about no object is about a file.
        let (object, field) = match (&finding.about, &finding.primary) {
            (Some(about), _) => (about.object.clone(), about.field.clone()),
            (None, Some(label)) => (sources.get(label.span.source).name.clone(), String::new()),
            (None, None) => (String::new(), String::new()),
        };
        Entry { rule: finding.rule.to_owned(), object, field, message: short_hash(&finding.message) }
    }
}

/// What tells a finding from others in any tool that compares two runs.
pub fn fingerprint(finding: &Finding, sources: &Sources) -> String {
    let Entry { rule, object, field, message } = Entry::of(finding, sources);
    short_hash(&[rule, object, field, message].join("\n"))
}

fn short_hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::About;
    use crate::source::Span;

    fn finding(sources: &mut Sources, message: &str, field: &str) -> Finding {
        let source = sources.add("a.yaml", "password: hunter2\n");
        let mut finding =
            Finding::error("secret/plain-text", message).at(Span { source, start: 10, end: 17 }, "here");
        finding.about = Some(About { object: "ConfigMap/spark/conf".to_owned(), field: field.to_owned() });
        finding
    }

    #[test]
    fn what_is_known_is_taken_out_once_for_each_time_it_is_known() {
        let mut sources = Sources::default();
        let one = finding(&mut sources, "a", "data.x");
        let baseline = Baseline::of(&Report::new(vec![one.clone()], sources.clone()));
        assert_eq!(Baseline::parse(&baseline.to_json()), Ok(baseline.clone()));
        let elsewhere = finding(&mut sources, "a", "data.x");
        let other = finding(&mut sources, "b", "data.x");
        let mut report = Report::new(vec![one, elsewhere, other], sources);
        assert_eq!(baseline.apply(&mut report), Difference { known: 1, gone: 0 });
        assert_eq!(report.findings.len(), 2);
        assert_eq!(baseline.apply(&mut Report::default()), Difference { known: 0, gone: 1 });
    }

    #[test]
    fn a_known_credential_stays_hidden_and_is_not_in_the_file() {
        let mut sources = Sources::default();
        let secret = finding(&mut sources, "a password in plain text", "data.x").secret();
        let mut shown = secret.clone();
        (shown.message, shown.secret) = ("something else".to_owned(), false);
        let baseline = Baseline::of(&Report::new(vec![secret.clone()], sources.clone()));
        assert!(!baseline.to_json().contains("hunter2") && !baseline.to_json().contains("plain text"));
        let mut report = Report::new(vec![secret, shown], sources);
        baseline.apply(&mut report);
        assert_eq!(report.findings.len(), 1);
        let text = crate::diagnostic::text::render(&report, false, crate::diagnostic::text::Limit::None);
        assert!(text.contains("something else") && !text.contains("hunter2"), "{text}");
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        for text in ["", "{}", "[]", r#"{"kind": "Baseline", "version": 2, "findings": []}"#] {
            assert!(Baseline::parse(text).is_err(), "{text}");
        }
    }
}
