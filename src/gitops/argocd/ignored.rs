//! Differences between Git and a cluster that the platform makes by itself: a table that is data.

use crate::gitops::Member;
use crate::layer::parse::parse;
use crate::layer::tree::Node;
use crate::source::Sources;

/// The table: each entry as an Application has it, under the comment that says why.
const TABLE: &str = include_str!("../../../gitops/argocd/ignored.yaml");

/// The entries for kinds that some member has, as the lines that go on with an Application's spec whose
/// keys stand `indent` deeper than in a file of its own. None where there are no such kinds.
pub fn lines<'a>(members: impl Iterator<Item = &'a Member> + Clone, indent: usize) -> String {
    let mut lines = Vec::new();
    for entry in TABLE.split("\n\n").filter(|entry| concerns(entry, members.clone())) {
        lines.extend(entry.trim_end().lines());
    }
    if lines.is_empty() {
        return String::new();
    }
    let margin = " ".repeat(indent + 2);
    let lines: String = lines.into_iter().map(|line| format!("{margin}{line}\n")).collect();
    format!("{margin}ignoreDifferences:\n{lines}")
}

fn concerns<'a>(entry: &str, mut members: impl Iterator<Item = &'a Member>) -> bool {
    let (documents, _) = parse(Sources::default().scratch(), entry);
    let Some(item) = documents.first().and_then(|document| document.items().first()) else { return false };
    let text = |key| item.get(key).and_then(Node::as_str).unwrap_or_default();
    members
        .any(|member| member.kinds.iter().any(|(group, kind)| group == text("group") && kind == text("kind")))
}
