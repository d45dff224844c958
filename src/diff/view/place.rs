//! Places of causes in a line.

use crate::diagnostic::{Place, Places};
use crate::diff::Comparison;
use crate::diff::causes::{Leaf, Origin};

/// `environments/prod.yaml:14`: file and line; the column says nothing to a reader of a diff.
pub fn short(origin: &Origin) -> Option<String> {
    let place = origin.place.as_deref()?;
    // An argument is its own place.
    if place.starts_with("--") {
        return place.split(':').next().map(str::to_owned);
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    Some(match place.rsplit_once(':') {
        Some((rest, column))
            if is_number(column) && rest.rsplit_once(':').is_some_and(|(_, line)| is_number(line)) =>
        {
            rest.to_owned()
        }
        _ => place.to_owned(),
    })
}

/// The places of a leaf for programs: on the first side and on the second.
pub fn of(comparison: &Comparison, leaf: &Leaf) -> (Option<Place>, Option<Place>) {
    let side = |origin: &Option<Origin>, sources| {
        let span = origin.as_ref()?.span?;
        Some(Places::new(sources).of(span)).filter(|place| !place.file.is_empty())
    };
    (side(&leaf.before, &comparison.before.sources), side(&leaf.after, &comparison.after.sources))
}
