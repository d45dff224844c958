//! How a field that differs between the two sides relates to one that differs between a trial and the second side.

use super::target::Aim;
use crate::diff::{FieldChange, FieldStep, Step};
use serde_json::Value as Json;

/// Whether a field is not yet as on the second side, since `other` still differs from that.
pub fn stands_against(field: &FieldChange, other: &FieldChange, aim: Aim) -> bool {
    let (own, its) = (&field.path.0, &other.path.0);
    for (at, (a, b)) in own.iter().zip(its).enumerate() {
        let is_one = if is_numbered(a) && is_numbered(b) { by_second_side(field, other, at) } else { a == b };
        if !is_one {
            return false;
        }
    }
    match (field.step, other.step) {
        (FieldStep::Reordered, step) => step == FieldStep::Reordered || its.len() < own.len(),
        (FieldStep::Added, _) if its.len() > own.len() || other.step == FieldStep::Reordered => {
            aim == Aim::Exact && !is_digest_change(other)
        }
        (_, FieldStep::Reordered) => false,
        _ => true,
    }
}

/// Whether a step counts: the same number may be another line on another first side.
pub fn is_numbered(step: &Step) -> bool {
    match step {
        Step::At(_) => true,
        Step::Entry(entry) => !entry.is_empty() && entry.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

/// The second side is the same in both comparisons: so its places are, and what is not there any more is told by
/// its value.
fn by_second_side(field: &FieldChange, other: &FieldChange, at: usize) -> bool {
    let ends = |change: &FieldChange| change.step == FieldStep::Removed && change.path.0.len() == at + 1;
    match (ends(field), ends(other)) {
        (true, true) => return field.before == other.before,
        (false, false) => {}
        _ => return false,
    }
    let (Some(own), Some(its)) = (&field.after_at, &other.after_at) else { return false };
    match (&own.line, &its.line) {
        (Some(a), Some(b)) => a.number == b.number,
        (None, None) => own.path.0.get(..=at) == its.path.0.get(..=at),
        _ => false,
    }
}

/// Whether a field and another one may be in each other; numbers say nothing.
pub fn is_near(field: &FieldChange, other: &FieldChange) -> bool {
    let mut steps = field.path.0.iter().zip(&other.path.0);
    steps.all(|(a, b)| a == b || is_loose(a) && is_loose(b))
}

/// Whether a step may be called otherwise where other things have changed.
fn is_loose(step: &Step) -> bool {
    is_numbered(step) || matches!(step, Step::Member(_))
}

/// Whether both values are what the templates' function `digest` gives: sixteen hexadecimal digits.
pub fn is_digest_change(change: &FieldChange) -> bool {
    let is_digest = |value: &Option<Json>| {
        value.as_ref().and_then(Json::as_str).is_some_and(|text| {
            text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
    };
    change.step == FieldStep::Changed && is_digest(&change.before) && is_digest(&change.after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{Correspondence, Object, compare};
    use crate::layer::parse::parse_one;
    use crate::manifest::identify;
    use crate::source::Sources;

    fn changes(before: &str, after: &str) -> Vec<FieldChange> {
        let tree = |text: &str| parse_one(Sources::default().scratch(), text).0.unwrap();
        let (before, after) = (tree(before), tree(after));
        let id = identify(&before).unwrap();
        let side = |node| Object { id: &id, node, component: None };
        let found = compare(&[side(&before)], &[side(&after)], &Correspondence::default());
        found.changes.into_iter().flat_map(|change| change.fields).collect()
    }

    fn config(lines: &[&str]) -> String {
        let text: String = lines.iter().map(|line| format!("    {line}\n")).collect();
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  run.sh: |\n{text}")
    }

    #[test]
    fn a_line_is_known_by_its_place_on_the_second_side() {
        let end = config(&["zero", "one", "TWO", "three", "FOUR"]);
        let wanted = changes(&config(&["one", "two", "three", "four"]), &end);
        // The first line and the last are there; the one in the middle has another number than at the start.
        let left = changes(&config(&["zero", "one", "two", "three", "FOUR"]), &end);
        let open: Vec<String> = wanted
            .iter()
            .filter(|field| left.iter().any(|other| stands_against(field, other, Aim::Exact)))
            .map(|field| field.path.to_string())
            .collect();
        assert_eq!(open, ["data[\"run.sh\"]{2}"], "{wanted:#?} {left:#?}");
    }

    #[test]
    fn what_came_is_there_before_it_says_what_it_should() {
        let pod = |spec: &str| {
            format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{spec}]}}")
        };
        let end = pod("{name: a, image: i}, {name: b, image: j}");
        let wanted = changes(&pod("{name: a, image: i}"), &end);
        let left = changes(&pod("{name: a, image: i}, {name: b, image: other}"), &end);
        let against = |aim| stands_against(&wanted[0], &left[0], aim);
        assert_eq!((against(Aim::There), against(Aim::Exact)), (false, true));
    }
}
