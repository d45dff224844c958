//! What each rule is about, for people: the texts that `sparkctl explain RULE` teaches, that SARIF carries
//! and that the gallery of anti-patterns in the documentation is made of. They stand in `catalogue/`, one
//! file for each family.
//!
//! The reader knows Spark, and not Kubernetes. The tests run the examples where one file is enough for it.

use crate::diagnostic::Severity;
use crate::layer::parse::parse_one;
use crate::source::Sources;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// What is known about one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its stable name, `family/kebab-name`.
    pub name: String,
    /// How bad a finding of it is. An error: nothing is rendered. A warning: it is, unless `--deny-warnings`
    /// is given.
    pub severity: Severity,
    /// Whether it is one that only those who own the platform may silence: in the base, an environment or a
    /// cluster, and not in a team's layer, a preset or a release.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub firm: bool,
    /// A headline: lower case, no full stop.
    pub title: String,
    /// What it finds.
    pub what: String,
    /// Why that matters: what would happen in the cluster, or to the reader, without the rule.
    pub why: String,
    /// What to do about it.
    pub fix: String,
    /// An example that it finds something in, as small as possible; `---` stands between two files.
    pub bad: String,
    /// The same as it should be.
    pub good: String,
}

impl Rule {
    /// Whether it is one over the checked set, whose findings a layer can silence and a project weigh.
    /// Findings of the others stop the compiler before there is a set.
    pub fn is_checked(&self) -> bool {
        let name = self.name.as_str();
        match self.family() {
            "layer" => HYGIENE.contains(&name),
            "template" | "library" | "graph" | "contract" => false,
            _ => !EARLY.contains(&name),
        }
    }

    /// The part of the name before the slash: `layer`.
    pub fn family(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }
}

/// The rules `layer/...` over whole releases and projects.
const HYGIENE: [&str; 8] = [
    "layer/example-value",
    "layer/override-in-every-environment",
    "layer/redundant-override",
    "layer/renamed-key",
    "layer/repeated-override",
    "layer/silence-expired",
    "layer/silence-idle",
    "layer/unused-setting",
];

/// Rules of other families that are asked before anything can be rendered.
const EARLY: [&str; 2] = ["k8s/bad-name", "spark/unknown-version"];

/// The families of rules with their texts, in the order in which documents name them.
const FAMILIES: [(&str, &str); 13] = [
    ("layer", include_str!("catalogue/layer.yaml")),
    ("template", include_str!("catalogue/template.yaml")),
    ("library", include_str!("catalogue/library.yaml")),
    ("graph", include_str!("catalogue/graph.yaml")),
    ("k8s", include_str!("catalogue/k8s.yaml")),
    ("ref", include_str!("catalogue/ref.yaml")),
    ("net", include_str!("catalogue/net.yaml")),
    ("pod", include_str!("catalogue/pod.yaml")),
    ("secret", include_str!("catalogue/secret.yaml")),
    ("spark", include_str!("catalogue/spark.yaml")),
    ("ops", include_str!("catalogue/ops.yaml")),
    ("bundle", include_str!("catalogue/bundle.yaml")),
    ("contract", include_str!("catalogue/contract.yaml")),
];

/// The names of the families, in the order in which documents name them.
pub fn families() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().map(|(name, _)| *name)
}

/// Every rule, in the order of their names.
pub fn all() -> &'static [Rule] {
    static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
        let mut rules: Vec<Rule> = FAMILIES.iter().flat_map(|(name, text)| read(name, text)).collect();
        rules.sort_by(|a, b| a.name.cmp(&b.name));
        rules
    });
    &RULES
}

/// The rule of a name.
pub fn find(name: &str) -> Option<&'static Rule> {
    let rules = all();
    rules.binary_search_by(|rule| rule.name.as_str().cmp(name)).ok().map(|at| &rules[at])
}

/// How bad a finding of a rule is, where no project says otherwise.
pub fn severity(rule: &str) -> Severity {
    find(rule).map_or(Severity::Error, |rule| rule.severity)
}

/// A test holds the catalogue to being readable: here, what cannot be read is left out.
fn read(family: &str, text: &str) -> Vec<Rule> {
    let mut sources = Sources::default();
    let source = sources.add(family, text);
    let (tree, _) = parse_one(source, text);
    let rules = tree.map(|tree| serde_json::from_value::<Vec<Rule>>(tree.to_json()));
    rules.and_then(Result::ok).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_readable_and_in_order() {
        for (family, text) in FAMILIES {
            let mut sources = Sources::default();
            let source = sources.add(family, text);
            let (tree, findings) = parse_one(source, text);
            assert_eq!(findings, [], "{family}");
            let rules: Vec<Rule> = serde_json::from_value(tree.unwrap().to_json()).unwrap();
            assert!(rules.is_sorted_by(|a, b| a.name < b.name), "{family}: in the order of names, each once");
            assert!(rules.iter().all(|rule| rule.family() == family), "{family}");
        }
        assert_eq!(find("layer/locked").unwrap().family(), "layer");
        assert!(find("layer/no-such-rule").is_none());
    }

    #[test]
    fn texts_have_the_form_of_a_headline_and_of_sentences() {
        for Rule { name, title, what, why, fix, bad, good, .. } in all() {
            let lower = title.starts_with(|c: char| c.is_lowercase()) || title.starts_with("Kubernetes ");
            let named = ["YAML ", "Spark", "DNS", "GPU", "S3", "NetworkPolicy", "Pod"];
            assert!(lower || named.iter().any(|word| title.starts_with(word)), "{name}: {title}");
            assert!(!title.ends_with('.') && title.len() <= 65, "{name}: {title}");
            for sentence in [what, why, fix] {
                assert!(sentence.ends_with('.') && !sentence.contains('\n'), "{name}: {sentence}");
            }
            assert!(bad != good && bad.ends_with('\n') && good.ends_with('\n'), "{name}");
        }
    }
}
