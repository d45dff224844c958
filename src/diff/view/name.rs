//! How objects and fields are called in a line.

use super::value;
use crate::diff::{FieldChange, FieldPath, ObjectChange, ObjectStep, Step};
use crate::manifest::ObjectId;
use crate::spec::redact::HIDDEN;

/// Longest name of a field.
const MOST: usize = 120;

/// A field's name by its steps, which may leave out the last ones. A member of a set is called by what it holds:
/// of one that holds a credential that is not said.
pub fn path(kind: &str, field: &FieldChange, steps: &[Step]) -> String {
    let is_set_member = matches!(steps.last(), Some(Step::Member(_)));
    let hidden = |step: &Step| match step {
        Step::Member(_) if field.secret || kind == "Secret" => Step::Member(HIDDEN.to_owned()),
        // The value that follows says it.
        Step::Member(_) if is_set_member => Step::Member("…".to_owned()),
        other => other.clone(),
    };
    value::cut(&value::clean(&FieldPath(steps.iter().map(hidden).collect()).to_string()), MOST)
}

/// `StatefulSet/connect`; the whole name of what is called otherwise on both sides.
pub fn object(change: &ObjectChange) -> String {
    let text = match (change.step(), &change.before, &change.after) {
        (ObjectStep::Renamed, Some(before), Some(after)) => {
            let kind = if before.kind == after.kind { String::new() } else { format!("{}/", after.kind) };
            format!("{before} → {kind}{}", after.name)
        }
        _ => change.id().map(ObjectId::to_string).unwrap_or_default(),
    };
    value::clean(&text)
}

/// Several names in a line: the first few, and how many more.
pub fn several(names: &[String], most: usize) -> String {
    let shown = names.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
