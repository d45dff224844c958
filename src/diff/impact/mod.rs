//! What applying a difference does in a cluster, change by change: what a reviewer asks first.
//!
//! `sides` finds the objects of each change on both sides, with the pods, policies and Spark processes that the
//! rules read out of a set anyway; every other file knows one kind of consequence. Nothing here looks at a cluster:
//! what is said follows from the two sets and from what Kubernetes and Spark do with them.

mod configuration;
mod effect;
mod entry;
pub mod fixed;
mod limits;
mod network;
mod others;
mod readers;
mod rights;
mod security;
mod services;
mod sides;
mod storage;
mod strangers;
mod workloads;

pub use effect::Effect;
pub use workloads::replaces_pods;

use super::{Difference, Object};
use crate::rules::set;
use crate::rules::set::Set;
use sides::{Change, Context, Side};
use std::collections::HashSet;

/// One thing that one change does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impact {
    /// What it does.
    pub effect: Effect,
    /// The change: its position in the difference.
    pub change: usize,
    /// The fields of the change that do it, by their positions; empty where the object as a whole does.
    pub fields: Vec<usize>,
    /// What that means here, in one short sentence without a full stop. Holds names, never values of secrets.
    pub text: String,
}

/// What every change does, worst first, then in the order of the changes. Each change has at least one impact;
/// where nothing that runs notices it, that is [`Effect::Nothing`].
pub fn impacts(difference: &Difference, before: &[Object<'_>], after: &[Object<'_>]) -> Vec<Impact> {
    if difference.changes.is_empty() {
        return Vec::new();
    }
    let (before, after) = (set_of(before), set_of(after));
    let context = Context::new(difference, Side::of(before.view()), Side::of(after.view()));
    let mut found = Found::default();
    for change in &context.changes {
        storage::tell(&context, change, &mut found);
        workloads::tell(&context, change, &mut found);
        security::tell(&context, change, &mut found);
        configuration::tell(&context, change, &mut found);
        services::tell(&context, change, &mut found);
        entry::tell(change, &mut found);
        rights::tell(change, &mut found);
        limits::tell(change, &mut found);
        others::fixed(change, &mut found);
    }
    network::tell(&context, &mut found);
    limits::quotas(&context, &mut found);
    for change in &context.changes {
        others::rest(change, &mut found);
    }
    let mut impacts = found.impacts;
    // That one part of a change does nothing is no news where another part does something.
    let told: HashSet<usize> = impacts
        .iter()
        .filter(|impact| impact.effect != Effect::Nothing)
        .map(|impact| impact.change)
        .collect();
    impacts.retain(|impact| impact.effect != Effect::Nothing || !told.contains(&impact.change));
    // Stable: of one change and one effect, in the order in which they were found.
    impacts.sort_by(|a, b| b.effect.cmp(&a.effect).then(a.change.cmp(&b.change)));
    impacts
}

fn set_of<'a>(objects: &[Object<'a>]) -> Set<'a> {
    Set::new(objects.iter().map(|Object { id, node, .. }| set::Object { id, node }).collect(), None)
}

/// What has been found so far.
#[derive(Debug, Default)]
struct Found {
    impacts: Vec<Impact>,
    /// The changes of which something has been said.
    told: HashSet<usize>,
}

impl Found {
    fn say(&mut self, change: &Change<'_>, effect: Effect, fields: Vec<usize>, text: impl Into<String>) {
        let text = text.into();
        let is_known =
            |known: &Impact| known.change == change.at && known.effect == effect && known.text == text;
        if !self.impacts.iter().rev().take_while(|known| known.change == change.at).any(is_known) {
            self.told.insert(change.at);
            self.impacts.push(Impact { effect, change: change.at, fields, text });
        }
    }
}

/// Several names in a sentence: the first few, and how many more.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A number with its noun.
fn count(number: i64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
