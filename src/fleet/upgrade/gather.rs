//! What was seen of each bundle, put together: each input once, each change once.

use super::{Cause, Change, Effect, Input, Own, Step, Upgrade};
use crate::bundle::{Bundle, Digest, Lock};
use crate::library::files::BUILT_IN_PREFIX;
use std::collections::BTreeMap;

/// What was seen of one bundle.
pub enum Seen {
    /// It is as it would be rendered.
    Same,
    /// It is not there.
    Missing,
    /// It would be another one.
    Other(Other),
}

/// How one bundle would be another one.
#[derive(Default)]
pub struct Other {
    /// What it is made from, where that is something else.
    pub inputs: Vec<(String, Step)>,
    /// Files that somebody changed, and how.
    pub by_hand: Vec<(String, &'static str)>,
    /// Files that change.
    pub files: Vec<File>,
}

/// One file that changes.
pub struct File {
    pub step: Step,
    pub path: String,
    pub object: Option<String>,
    pub effects: Vec<Effect>,
    pub diff: String,
    /// The same for changes that are alike.
    pub key: Digest,
}

/// What was asked for, as the name of an input.
const ASKED: &str = "what sparkctl.yaml says of the release";

/// What a bundle is made from now and was not, or the other way round.
pub fn inputs(old: &Lock, bundle: &Bundle) -> Vec<(String, Step)> {
    let step = |(then, now): (Option<&Digest>, Option<&Digest>)| match (then, now) {
        (None, _) => Step::New,
        (_, None) => Step::Gone,
        _ => Step::Changed,
    };
    let changed = old.changed_inputs(bundle).into_iter();
    let mut changed: BTreeMap<&str, Step> = changed.map(|(name, digests)| (name, step(digests))).collect();
    if old.release != bundle.release {
        changed.insert(ASKED, Step::Changed);
    }
    changed.into_iter().map(|(name, step)| (name.to_owned(), step)).collect()
}

/// What was seen of all.
#[derive(Default)]
pub struct Gather {
    pub own: Own,
    different: BTreeMap<usize, String>,
    missing: BTreeMap<usize, String>,
    inputs: BTreeMap<(String, Step), usize>,
    changes: BTreeMap<Digest, Gathered>,
}

/// A change, with the bundles that it happens to, by their numbers in the plan.
struct Gathered {
    first: usize,
    change: Change,
    bundles: BTreeMap<usize, String>,
}

impl Gather {
    /// Takes in what was seen of the bundle at this place, `index` in the plan.
    pub fn add(&mut self, index: usize, place: &str, seen: Seen) {
        let other = match seen {
            Seen::Same => return,
            Seen::Missing => {
                self.missing.insert(index, place.to_owned());
                return;
            }
            Seen::Other(other) => other,
        };
        self.different.insert(index, place.to_owned());
        let is_built_in = |(name, _): &(String, Step)| name.starts_with(BUILT_IN_PREFIX);
        let cause = match other.inputs.as_slice() {
            [] => Cause::Program,
            inputs if inputs.iter().all(is_built_in) => Cause::BuiltIn,
            _ => Cause::Own,
        };
        for (name, step) in other.inputs {
            match name.strip_prefix(BUILT_IN_PREFIX) {
                Some(path) => *self.inputs.entry((path.to_owned(), step)).or_default() += 1,
                None => *self.own.inputs.entry(name).or_default() += 1,
            }
        }
        let by_hand = other.by_hand.into_iter().map(|(path, what)| (format!("{place}/{path}"), what));
        self.own.files.extend(by_hand);
        for File { step, path, object, effects, diff, key } in other.files {
            let change = Change {
                step,
                place: place.to_owned(),
                path,
                object,
                cause,
                effects,
                diff,
                bundles: Vec::new(),
            };
            match self.changes.get_mut(&key) {
                Some(known) => known.also(index, change),
                None => {
                    let bundles = [(index, place.to_owned())].into();
                    self.changes.insert(key, Gathered { first: index, change, bundles });
                }
            }
        }
    }

    /// Puts it into the order in which it is told.
    pub fn into(self, upgrade: &mut Upgrade) {
        upgrade.different = self.different.into_values().collect();
        upgrade.own = Own { missing: self.missing.into_values().collect(), ..self.own };
        let inputs = self.inputs.into_iter();
        upgrade.inputs = inputs.map(|((path, step), bundles)| Input { path, step, bundles }).collect();
        let mut changes: Vec<Gathered> = self.changes.into_values().collect();
        changes.sort_by(|a, b| {
            let order = |one: &Gathered| (one.change.cause, one.first);
            order(a).cmp(&order(b)).then_with(|| a.change.path.cmp(&b.change.path))
        });
        let told =
            |Gathered { change, bundles, .. }| Change { bundles: bundles.into_values().collect(), ..change };
        upgrade.changes = changes.into_iter().map(told).collect();
    }
}

impl Gathered {
    /// The same change in another bundle. Where it happens for the upgrade alone, it is the upgrade's
    /// elsewhere too; of several bundles the first of the plan is shown.
    fn also(&mut self, index: usize, change: Change) {
        self.bundles.insert(index, change.place.clone());
        let cause = self.change.cause.min(change.cause);
        if index < self.first {
            (self.first, self.change) = (index, change);
        }
        self.change.cause = cause;
    }
}
