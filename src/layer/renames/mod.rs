//! Keys that were called otherwise once: the old name is read as the new one, with a warning.
//!
//! Which those are is data, `schemas/renames.yaml`. A document is renamed right after it was parsed, before
//! any schema sees it, so that nothing else knows of old names. What `sparkctl migrate` does to the text of
//! a file is held against what [`Renames::apply`] does to its tree.

mod change;
pub mod edit;
mod move_text;
mod uses;

use super::path::SpecPath;
use super::tree::Node;
use crate::diagnostic::{Finding, Severity};
use crate::source::{SourceId, Span};
use serde::Deserialize;
pub use uses::Document;
use uses::{Use, What};

/// The list inside the binary.
pub const BUILT_IN: (&str, &str) =
    ("built-in:schemas/renames.yaml", include_str!("../../../schemas/renames.yaml"));

/// Whose keys were renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// The spec, wherever a part of it stands.
    Spec,
    /// `sparkctl.yaml`, from its root.
    Project,
}

/// A key that was called otherwise once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// Whose key.
    pub of: Of,
    /// What it was called.
    pub from: SpecPath,
    /// What it is called.
    pub to: SpecPath,
    /// The version of sparkctl that calls it so.
    pub since: String,
    /// Why, for whoever has to change it.
    pub why: String,
}

/// All of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renames {
    renames: Vec<Rename>,
}

impl Renames {
    /// Reads a list of renames.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(source: SourceId, text: &str) -> Result<Renames, Vec<Finding>> {
        let (document, findings) = super::parse::parse_one(source, text);
        let Some(document) = document.filter(|_| findings.is_empty()) else { return Err(findings) };
        serde_json::from_value(document.to_json()).map_err(|error| {
            vec![
                Finding::error("library/bad-schema", format!("the list of renamed keys: {error}"))
                    .at(document.span, "in this list"),
            ]
        })
    }

    /// What a path of the spec is called now.
    pub fn current(&self, path: &SpecPath) -> SpecPath {
        let renamed = |rename: &&Rename| rename.of == Of::Spec && rename.from.covers(path);
        self.renames.iter().find(renamed).map_or_else(
            || path.clone(),
            |rename| SpecPath([&rename.to.0, &path.0[rename.from.0.len()..]].concat()),
        )
    }

    /// Warnings, and errors.
    pub fn sorted(findings: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
        findings.into_iter().partition(|finding| finding.severity == Severity::Warning)
    }

    /// Reads old names in a document as the new ones. Gives a warning for each, and an error where old and
    /// new stand side by side or where an old name stands where it cannot be read as the new one.
    pub fn apply(&self, document: &mut Node, kind: Document) -> Vec<Finding> {
        let mut findings = Vec::new();
        // Usually there are none, and then nothing was copied.
        let uses = uses::all(self, document, kind);
        for used in &uses {
            findings.push(used.finding(document));
        }
        for used in &uses {
            match &used.what {
                What::Key { root, from, to } => change::move_key(document, root, from, to),
                What::Text { at, new } => change::set_text(document, at, new),
                // It was found; nobody needs to hear that the schema does not know it either.
                What::Twice { from, .. } | What::Stuck { from } => change::drop_key(document, from),
            }
        }
        findings
    }
}

impl Use<'_> {
    /// Whether nothing can be done about it but by whoever wrote it.
    fn is_stuck(&self) -> bool {
        matches!(self.what, What::Twice { .. } | What::Stuck { .. })
    }

    /// What is said about it. `document` is the tree it was found in.
    pub fn finding(&self, document: &Node) -> Finding {
        let Rename { from, to, since, why, .. } = self.rename;
        let place = |path: &SpecPath| {
            document.key_span(path).or(document.at(path).map(|node| node.span)).unwrap_or(document.span)
        };
        let old: Span = match &self.what {
            What::Key { from, .. } | What::Twice { from, .. } | What::Stuck { from } => place(from),
            What::Text { at, .. } => document.at(at).map_or(document.span, |node| node.span),
        };
        match &self.what {
            What::Twice { to: new, .. } => {
                Finding::error("layer/renamed-twice", format!("`{from}` and `{to}` are the same key"))
                    .at(old, "the old name")
                    .and(place(new), "the new one")
                    .why(format!("{why}; with both here, nobody can tell which value was meant"))
                    .help("keep the one under the new name")
            }
            What::Stuck { .. } => {
                Finding::error("layer/renamed-twice", format!("`{from}` is called `{to}` since {since}"))
                    .at(old, "it cannot be read as the new one here")
                    .why(why.as_str())
                    .help(format!("write what is meant for `{to}`"))
            }
            What::Key { .. } | What::Text { .. } => {
                Finding::warning("layer/renamed-key", format!("`{from}` is called `{to}` since {since}"))
                    .at(old, "the old name; it is read as the new one")
                    .why(why.as_str())
                    .help("`sparkctl migrate` rewrites the files of a project, and others that it is given")
            }
        }
    }
}

#[cfg(test)]
mod tests;
