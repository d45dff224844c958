//! What every rule is about: the texts that `sparkctl explain RULE` teaches and
//! that SARIF carries. They stand in `catalogue.yaml`; the checks themselves are elsewhere and
//! know their rules by name.

use crate::diagnostic::Severity;
use crate::layer::parse::parse_one;
use crate::source::Sources;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

#[cfg(test)]
mod tests;

/// What is known about one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its stable name, `family/kebab-name`.
    pub name: String,
    /// How bad a finding of it is.
    pub severity: Severity,
    /// A few words, lower case.
    pub title: String,
    /// What it finds.
    pub what: String,
    /// Why that matters.
    pub why: String,
    /// What to do about it.
    pub fix: String,
    /// An example that it finds something in.
    pub bad: String,
    /// The same as it should be.
    pub good: String,
}

impl Rule {
    /// The part of the name before the slash: `layer`.
    pub fn family(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }
}

/// Every rule, in the order of their names.
pub fn all() -> &'static [Rule] {
    static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| read(include_str!("catalogue.yaml")));
    &RULES
}

/// The rule of a name.
pub fn find(name: &str) -> Option<&'static Rule> {
    all().iter().find(|rule| rule.name == name)
}

/// A test holds the catalogue to being readable: here, what cannot be read is left out.
fn read(text: &str) -> Vec<Rule> {
    let mut sources = Sources::default();
    let source = sources.add("catalogue.yaml", text);
    let (tree, _) = parse_one(source, text);
    let rules = tree.map(|tree| serde_json::from_value::<Vec<Rule>>(tree.to_json()));
    let mut rules = rules.and_then(Result::ok).unwrap_or_default();
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    rules
}
