//! One contract as a judge of what differs: which entry allows it, and which entries allowed nothing.

use super::{Contract, Differing, Entry, FOLDER, Pair, Side};
use crate::diagnostic::Finding;
use crate::layer::path::SpecPath;
use crate::layer::stack::Merged;
use crate::library::Library;
use crate::source::Span;
use crate::spec::redact;
use crate::spec::schema::check_bounds;
use crate::spec::types::Date;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// A difference that is the same in several pairs: by its path and where both sides stand.
type Key = (SpecPath, Option<Span>, Option<Span>);

/// What is wrong with one difference, and the releases in which it was seen.
struct Wrong {
    finding: Finding,
    seen: Vec<String>,
}

/// One contract, and what was seen so far.
pub struct Judge<'a> {
    library: &'a Library,
    contract: &'a Contract,
    today: Option<Date>,
    /// Whether each entry was the narrowest that covers a difference.
    used: Vec<bool>,
    /// Whether each entry covers a difference.
    covers: Vec<bool>,
    /// Of entries whose day has passed: the places of a difference that needs it.
    expired: BTreeMap<usize, Span>,
    wrong: BTreeMap<Key, Wrong>,
    paths: BTreeSet<SpecPath>,
}

impl<'a> Judge<'a> {
    /// Nothing was seen yet.
    pub fn new(library: &'a Library, contract: &'a Contract, today: Option<Date>) -> Judge<'a> {
        let entries = contract.entries.len();
        Judge {
            library,
            contract,
            today,
            used: vec![false; entries],
            covers: vec![false; entries],
            expired: BTreeMap::new(),
            wrong: BTreeMap::new(),
            paths: BTreeSet::new(),
        }
    }

    /// How many paths differ.
    pub fn differences(&self) -> usize {
        self.paths.len()
    }

    /// Judges one difference of one pair.
    pub fn look(&mut self, pair: &Pair, found: &Differing<'_>, specs: (&Merged, &Merged)) {
        self.paths.insert(found.path.clone());
        let contract = self.contract;
        let covering = contract.entries.iter().enumerate();
        let covering = covering.filter(|(_, entry)| entry.is_for(pair) && entry.pattern.covers(&found.path));
        let covering: Vec<(usize, &Entry)> = covering.collect();
        covering.iter().for_each(|(index, _)| self.covers[*index] = true);
        let Some((index, entry)) = covering.into_iter().max_by_key(|(_, entry)| entry.pattern.narrowness())
        else {
            return self.note(found, pair, |judge| judge.undeclared(found, specs));
        };
        self.used[index] = true;
        if entry.has_expired(self.today) {
            if let Some(at) = found.to.at.or(found.from.at) {
                self.expired.entry(index).or_insert(at);
            }
            return;
        }
        let sides = [(&entry.from, found.from, &contract.from), (&entry.to, found.to, &contract.to)];
        for (bound, side, environment) in sides {
            let Some(bound) = bound else { continue };
            let value = side.value.map(|node| node.to_json());
            let broken = match &value {
                None => Some("is not set".to_owned()),
                Some(value) => check_bounds(&bound.to_json(), value).err(),
            };
            if let Some(reason) = broken {
                self.note(found, pair, |_| {
                    broken_bound(found, entry, bound.span, side, environment, &reason)
                });
            }
        }
    }

    fn note(&mut self, found: &Differing<'_>, pair: &Pair, make: impl FnOnce(&Self) -> Finding) {
        let key = (found.path.clone(), found.from.at, found.to.at);
        if !self.wrong.contains_key(&key) {
            let finding = make(self);
            self.wrong.insert(key.clone(), Wrong { finding, seen: Vec::new() });
        }
        if let Some(wrong) = self.wrong.get_mut(&key) {
            wrong.seen.extend(pair.name.clone());
        }
    }

    fn undeclared(&self, found: &Differing<'_>, (first, second): (&Merged, &Merged)) -> Finding {
        let Differing { path, from, to } = found;
        let Contract { from: before, to: after, name, .. } = self.contract;
        let says = |environment: &str, side: &Side<'_>| match side.value {
            Some(node) => format!("{environment} has {}", brief(path, node)),
            None => format!("{environment} has nothing here"),
        };
        let mut sides = [(second, to, says(after, to)), (first, from, says(before, from))];
        // The line that makes the difference: somebody's own before a built-in one, anybody's before a default.
        let weight = |merged: &Merged, side: &Side<'_>| match side.at {
            None => 0,
            Some(at) if merged.layer_of(at).starts_with("base") => 1,
            Some(at) if self.library.is_own(at.source) => 3,
            Some(_) => 2,
        };
        if weight(first, from) > weight(second, to) {
            sides.reverse();
        }
        let message = format!("`{path}` differs between {before} and {after}, and no contract allows it");
        let mut finding = Finding::error("contract/undeclared-difference", message);
        let [(_, main, says), (_, other, says_other)] = sides;
        match (main.at, other.at) {
            (Some(at), Some(other)) => finding = finding.at(at, says).and(other, says_other),
            (Some(at), None) => finding = finding.at(at, format!("{says}, {says_other}")),
            (None, _) => {}
        }
        let hides = |side: &Side<'_>| {
            side.value.is_some_and(|node| redact::value(path, node).to_string().contains(redact::HIDDEN))
        };
        if hides(from) || hides(to) {
            finding = finding.secret();
        }
        finding
            .why(format!("what was proved in {before} is not what runs in {after}, and nobody said why"))
            .help(format!(
                "if it is meant, add to `spec.allow` in {FOLDER}/{name}.yaml `{path}: {{reason: why it differs}}`; \
                 if not, say the same for both"
            ))
    }

    /// What is wrong, entries that nothing needs included.
    pub fn findings(self) -> Vec<Finding> {
        let Judge { library, contract, used, covers, expired, wrong, .. } = self;
        let mut findings: Vec<Finding> = wrong.into_values().map(Wrong::told).collect();
        for (index, entry) in contract.entries.iter().enumerate() {
            if let (Some(place), Some(until)) = (expired.get(&index), entry.until) {
                let message = format!("`{}` was allowed to differ until {}", entry.pattern, until.day);
                findings.push(
                    Finding::error("contract/expired-entry", message)
                        .at(until.at, "this day has passed")
                        .and(*place, "and it still differs here")
                        .why(format!("it was allowed for a time: {}", entry.reason))
                        .help("say the same for both environments and remove the entry, or decide anew until when"),
                );
            }
            // What sparkctl allows a project need not make use of.
            let judged = entry.is_own || library.project.is_none();
            if !used[index] && judged {
                findings.push(unneeded(contract, entry, covers[index]));
            }
        }
        findings
    }
}

impl Wrong {
    /// The finding with where it was seen.
    fn told(mut self) -> Finding {
        let Some(label) = &mut self.finding.primary else { return self.finding };
        let seen = match self.seen.as_slice() {
            [] => "in the environments themselves".to_owned(),
            [one] => format!("in {one}"),
            [first, others @ ..] => format!("in {first} and {} more", others.len()),
        };
        label.text = format!("{} ({seen})", label.text);
        self.finding
    }
}

fn broken_bound(
    found: &Differing<'_>,
    entry: &Entry,
    bound: Span,
    side: Side<'_>,
    environment: &str,
    reason: &str,
) -> Finding {
    let message = format!("`{}` of {environment} {reason}", found.path);
    let finding = Finding::error("contract/broken-bound", message);
    let finding = match side.at {
        Some(at) => finding.at(at, "this value").and(bound, "the contract allows no other"),
        None => finding.at(bound, "the contract wants it"),
    };
    finding
        .why(format!("it may differ within bounds: {}", entry.reason))
        .help("change the value, or the bound together with its reason")
}

fn unneeded(contract: &Contract, entry: &Entry, covers: bool) -> Finding {
    let Contract { from, to, .. } = contract;
    let message = match covers {
        true => format!("narrower entries allow everything that `{}` does", entry.pattern),
        false => format!("`{}` is the same in {from} and {to}", entry.pattern),
    };
    Finding::error("contract/unneeded-entry", message)
        .at(entry.at, "nothing needs this entry")
        .why("an entry that nothing needs would hide the next difference that it fits")
        .help("remove the entry")
}

/// A value in a few words.
pub(super) fn brief(path: &SpecPath, node: &crate::layer::tree::Node) -> String {
    const MOST: usize = 60;
    let text = match redact::value(path, node) {
        Json::String(text) => text,
        other => other.to_string(),
    };
    let text = text.replace('\n', " ");
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
