//! One model of what a check finds. Rendering it is the business of the files beside this one:
//! [`text`] for terminals, [`json`], [`sarif`] and [`github`] for machines.
//!
//! "Could not run" is an error type of its own everywhere ([`thiserror`]); "found something" is a
//! [`Finding`], and the two never mix.

pub mod baseline;
pub mod clean;
pub mod github;
pub mod json;
mod place;
pub mod sarif;
mod suggest;
#[cfg(test)]
mod tests;
pub mod text;

pub use place::{Place, Places};
pub use suggest::{did_you_mean, nearest};

use crate::layer::path::SpecPath;
use crate::source::{Sources, Span};
use crate::spec::types::Date;

/// How bad a finding is. An error stops `render`; a warning does only with `--deny-warnings`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Severity {
    /// The output would be wrong: nothing is written.
    Error,
    /// Suspicious, or right only under a condition that is named.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// A place with a few words on what is to be seen there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is there; may be empty.
    pub text: String,
}

/// What a finding is about, in words that stay the same when lines move.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    /// The object, as `KIND.GROUP/NAMESPACE/NAME`; `spec` for a value of the merged spec.
    pub object: String,
    /// The path of the field; empty for the object as a whole.
    pub field: String,
}

/// One place where one rule does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's stable name, `family/kebab-name`; its description stands in the catalogue of [`crate::rules`].
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop, the user's own words quoted exactly.
    pub message: String,
    /// The line that caused it; none only where no text did.
    pub primary: Option<Label>,
    /// Other places that matter: the lock, the other feature, the value that was overridden.
    pub related: Vec<Label>,
    /// Why it matters.
    pub why: Option<String>,
    /// What to write instead.
    pub help: Option<String>,
    /// What it is about, where that is an object or a value of the spec.
    pub about: Option<About>,
    /// Whether its places hold a credential. No rendering then shows what stands there, in this
    /// finding or in another about the same line; message and labels must not quote it either.
    pub secret: bool,
}

impl Finding {
    /// An error without a place yet.
    pub fn error(rule: &'static str, message: impl Into<String>) -> Self {
        Self::new(rule, Severity::Error, message)
    }

    /// A warning without a place yet.
    pub fn warning(rule: &'static str, message: impl Into<String>) -> Self {
        Self::new(rule, Severity::Warning, message)
    }

    fn new(rule: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        let message = message.into();
        let (primary, related) = (None, Vec::new());
        let (why, help, about) = (None, None, None);
        Finding { rule, severity, message, primary, related, why, help, about, secret: false }
    }

    /// Names the line that caused it.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label { span, text: text.into() });
        self
    }

    /// Adds another place that matters.
    #[must_use]
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { span, text: text.into() });
        self
    }

    /// Says why it matters.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// As [`Finding::help`], where there may be nothing to say.
    #[must_use]
    pub fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Says that its places hold a credential, which no rendering may show.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Its places: the one that caused it, then the related ones.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        self.primary.iter().chain(&self.related)
    }

    /// The message and what is to be seen at the place, in one line: for renderings that show no source.
    pub fn headline(&self) -> String {
        match self.primary.as_ref().map(|label| label.text.as_str()) {
            None | Some("") => self.message.clone(),
            Some(label) => format!("{}: {label}", self.message),
        }
    }
}

/// A finding that a layer says is known and accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silenced {
    /// What would have been reported.
    pub finding: Finding,
    /// The leaf of the spec that causes it.
    pub path: Option<SpecPath>,
    /// The object it is in, as `KIND/NAME`.
    pub object: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is.
    pub until: Date,
    /// Whether it is known which day it is, so that the entry is held to its date.
    pub held: bool,
    /// The entry that silences it.
    pub entry: Span,
}

/// Findings with the texts that they point into: what every renderer takes.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// In the order of [`Report::new`].
    pub findings: Vec<Finding>,
    /// Findings that are known and accepted: counted, not reported.
    pub silenced: Vec<Silenced>,
    /// The texts that spans refer to.
    pub sources: Sources,
    /// Places of credentials in findings that were taken out: another finding may show the same line.
    hidden: Vec<Span>,
}

impl Report {
    /// Findings and their texts, errors first, then by file, line and rule; those that say the same of the
    /// same place once.
    pub fn new(mut findings: Vec<Finding>, sources: Sources) -> Self {
        findings.sort_by(|a, b| {
            let place = |finding: &Finding| finding.primary.as_ref().map(|label| label.span);
            (a.severity, place(a), a.rule, &a.message).cmp(&(b.severity, place(b), b.rule, &b.message))
        });
        findings.dedup_by(|later, first| {
            let about = std::mem::replace(&mut later.about, first.about.clone());
            let same = later == first;
            later.about = about;
            same
        });
        Report { findings, silenced: Vec::new(), sources, hidden: Vec::new() }
    }

    /// Adds findings whose places lie in the same texts.
    pub fn extend(&mut self, findings: Vec<Finding>) {
        let mut all = std::mem::take(&mut self.findings);
        all.extend(findings);
        self.findings = Report::new(all, Sources::default()).findings;
    }

    /// Adds what is known and accepted.
    #[must_use]
    pub fn and_silenced(mut self, silenced: Vec<Silenced>) -> Self {
        self.silenced = silenced;
        self
    }

    /// How many findings are errors, and how many are warnings.
    pub fn count(&self) -> (usize, usize) {
        let errors = self.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        (errors, self.findings.len() - errors)
    }

    /// Places that hold credentials: no rendering shows what stands there.
    pub fn secrets(&self) -> Vec<Span> {
        let secret = self.findings.iter().filter(|finding| finding.secret);
        secret.flat_map(Finding::labels).map(|label| label.span).chain(self.hidden.iter().copied()).collect()
    }

    /// Takes findings out; what they hide stays hidden.
    pub fn retain(&mut self, keep: impl FnMut(&Finding) -> bool) {
        self.hidden = self.secrets();
        self.findings.retain(keep);
    }

    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}
