//! Releases of two sides, paired by their places.

use crate::fleet::plan::Planned;
use std::collections::BTreeMap;

/// A release on both sides, or on one.
#[derive(Debug)]
pub struct Pair {
    /// As it was.
    pub before: Option<Planned>,
    /// As it is.
    pub after: Option<Planned>,
}

impl Pair {
    /// Its place, which both sides have in common.
    pub fn place(&self) -> String {
        let planned = self.after.as_ref().or(self.before.as_ref());
        planned.map(|planned| planned.release.place()).unwrap_or_default()
    }
}

/// The releases of the project as it is, in its order, then those that are gone, in the order that they had.
pub fn pairs(before: Vec<Planned>, after: Vec<Planned>) -> Vec<Pair> {
    let numbers: BTreeMap<String, usize> =
        before.iter().enumerate().map(|(number, planned)| (planned.release.place(), number)).collect();
    let mut before: Vec<Option<Planned>> = before.into_iter().map(Some).collect();
    let mut pairs: Vec<Pair> = after
        .into_iter()
        .map(|after| {
            let number = numbers.get(&after.release.place()).copied();
            let before = number.and_then(|number| before.get_mut(number)).and_then(Option::take);
            Pair { before, after: Some(after) }
        })
        .collect();
    let gone = before.into_iter().flatten();
    pairs.extend(gone.map(|before| Pair { before: Some(before), after: None }));
    pairs
}
