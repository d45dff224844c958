//! Old names in a text: rewritten where they stand, with every comment, every order and every blank line
//! as it was.
//!
//! One use is edited at a time and the text read again, so that no edit has to know of another. What comes
//! out is held against [`Renames::apply`]: a text whose tree is another one is given to nobody.

use super::uses::{self, Document, Use, What};
use super::{Renames, move_text};
use crate::diagnostic::Finding;
use crate::layer::edit::{Edit, applied, plain, quoted};
use crate::layer::parse::parse_one;
use crate::layer::path::Segment;
use crate::layer::tree::Node;
use crate::source::{SourceId, Span};

/// Rewrites a text; none where it uses no old name.
///
/// # Errors
/// What is wrong with it, and which of its old names cannot be rewritten by sparkctl.
pub fn migrate(
    renames: &Renames,
    source: SourceId,
    text: &str,
    kind: Option<Document>,
) -> Result<Option<String>, Vec<Finding>> {
    let read = |text: &str| {
        let (document, findings) = parse_one(source, text);
        document.filter(|_| findings.is_empty()).ok_or(findings)
    };
    let mut wanted = read(text)?;
    let kind = kind.unwrap_or_else(|| kind_of(&wanted));
    let uses = uses::all(renames, &wanted, kind);
    if uses.is_empty() {
        return Ok(None);
    }
    let stuck: Vec<Finding> =
        uses.iter().filter(|used| used.is_stuck()).map(|used| used.finding(&wanted)).collect();
    if !stuck.is_empty() {
        return Err(stuck);
    }
    let count = uses.len();
    let (mut now, mut document) = (text.to_owned(), wanted.clone());
    for _ in 0..count {
        let left = uses::all(renames, &document, kind);
        let Some(first) = left.first() else { break };
        let Some(edits) = edits(first, &document, &now) else {
            return Err(vec![by_hand(first, &document)]);
        };
        let edited = applied(&now, edits);
        document = match read(&edited) {
            Ok(document) => document,
            Err(_) => return Err(vec![by_hand(first, &document)]),
        };
        now = edited;
    }
    let first = by_hand(&uses[0], &wanted);
    drop(uses);
    renames.apply(&mut wanted, kind);
    if document.same_value(&wanted) && uses::all(renames, &document, kind).is_empty() {
        Ok(Some(now))
    } else {
        Err(vec![first])
    }
}

/// What a document is, by its header.
fn kind_of(document: &Node) -> Document {
    match document.text("kind") {
        Some("Project") => Document::Project,
        _ if document.get("kind").is_some() || document.get("apiVersion").is_some() => Document::Layer,
        _ => Document::Spec,
    }
}

/// What to write, where the text is of a form that sparkctl does not touch.
fn by_hand(used: &Use<'_>, document: &Node) -> Finding {
    let mut finding = used.finding(document);
    finding.severity = crate::diagnostic::Severity::Error;
    finding.help = Some(format!(
        "sparkctl cannot rewrite this place without changing others: write `{}` by hand",
        used.rename.to
    ));
    finding
}

fn edits(used: &Use<'_>, document: &Node, text: &str) -> Option<Vec<Edit>> {
    match &used.what {
        What::Key { from, to, .. } if from.parent() == to.parent() => {
            let (Some(Segment::Key(old)), Some(Segment::Key(new))) = (from.0.last(), to.0.last()) else {
                return None;
            };
            Some(vec![word(document.key_span(from)?, old, new, text)?])
        }
        What::Key { root, from, to } => move_text::edits(document, text, root, from, to),
        What::Text { at, new } => {
            let node = document.at(at)?;
            Some(vec![word(node.span, node.as_str()?, new, text)?])
        }
        What::Twice { .. } | What::Stuck { .. } => None,
    }
}

/// One word for another, in the quotes that it has.
fn word(span: Span, old: &str, new: &str, text: &str) -> Option<Edit> {
    let range = span.range();
    let written = text.get(range.clone())?;
    let text = if written == old {
        plain(new)
    } else if written == format!("'{old}'") && !new.contains('\'') {
        format!("'{new}'")
    } else if written.starts_with('"') && written.ends_with('"') && written.len() > 1 {
        quoted(new)
    } else {
        // An alias, a block scalar, a word over several lines.
        return None;
    };
    Some(Edit { range, text })
}
