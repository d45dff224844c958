//! How objects and fields are called in a line.

use super::value;
use crate::diff::{FieldChange, FieldPath, ObjectChange, ObjectStep, Step};
use crate::manifest::ObjectId;
use crate::spec::redact::HIDDEN;

/// Longest name of a field.
const MOST: usize = 120;

/// A field's name by its steps, which may leave out the last ones. A member of a set is called by what it holds:
/// of one that holds a credential that is not said.
pub fn path(kind: &str, field: &FieldChange, steps: &[Step]) -> Vec<String> {
    let last = steps.len().saturating_sub(1);
    let piece = |(at, step): (usize, &Step)| match step {
        Step::Member(_) if field.secret || kind == "Secret" => format!("[{HIDDEN}]"),
        // The value that follows says it.
        Step::Member(_) if at == last => "[]".to_owned(),
        // `containers[server]` is read sooner than `containers[name=server]`.
        Step::Item(names) if names.len() == 1 => {
            format!("[{}]", names.first().map_or("", |(_, value)| value.as_str()))
        }
        step => {
            let text = FieldPath(vec![step.clone()]).to_string();
            if at > 0 && matches!(step, Step::Key(_)) && !text.starts_with('[') {
                format!(".{text}")
            } else {
                text
            }
        }
    };
    let pieces = steps.iter().enumerate().map(piece).map(|piece| value::clean(&piece));
    let mut found = Vec::new();
    for piece in pieces {
        // The keys of an entry are steps, too: `{spec.resources.limits.memory}`.
        match piece.starts_with('{') && piece.ends_with('}') {
            true => {
                let mut parts = piece.split('.');
                found.extend(parts.next().map(str::to_owned));
                found.extend(parts.map(|part| format!(".{part}")));
            }
            false => found.push(piece),
        }
    }
    found
}

/// A field's name in one text.
pub fn joined(pieces: &[String]) -> String {
    value::cut(&pieces.concat(), MOST)
}

/// The one name of two fields that are called alike but for one step: `resources.{requests,limits}.memory`.
pub fn merged(one: &[String], other: &[String]) -> Option<Vec<String>> {
    let mut different = one.iter().zip(other).enumerate().filter(|(_, (a, b))| a != b);
    let (at, (a, b)) = different.next()?;
    if one.len() != other.len() || different.next().is_some() {
        return None;
    }
    let inside = |piece: &str| -> Option<String> {
        let plain = piece.strip_prefix('.')?;
        Some(plain.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(plain).to_owned())
    };
    let mut merged = one.to_vec();
    *merged.get_mut(at)? = format!(".{{{},{}}}", inside(a)?, inside(b)?);
    Some(merged)
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
