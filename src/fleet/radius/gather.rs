//! What was seen of each release, put together: alike changes once, and those with one cause in the same releases as
//! one group.

use super::{Alike, Group, Radius};
use crate::bundle::Digest;
use crate::diff::causes::CauseKind;
use crate::diff::impact::Effect;
use crate::diff::totals::Totals;
use crate::diff::{FieldChange, ObjectChange, ObjectStep};
use crate::fleet::upgrade::alike::Names;
use crate::manifest::ObjectId;
use std::collections::BTreeMap;

/// The smallest change that is told by itself: of one field, or of an object as a whole.
pub struct Atom {
    /// The index of the object's change in its release's difference.
    pub change: usize,
    /// The index of the field in it; none of an object as a whole.
    pub at: Option<usize>,
    /// What becomes of the object.
    pub step: ObjectStep,
    /// What the object is called.
    pub object: String,
    /// What it was called, where that is something else.
    pub was: Option<String>,
    /// The field.
    pub field: Option<FieldChange>,
    /// Whether it is a digest of what changes elsewhere.
    pub follows: bool,
    /// What is responsible.
    pub causes: Vec<CauseKind>,
    /// What applying it does.
    pub effects: Vec<(Effect, String)>,
}

impl Atom {
    /// Of an object, without a field.
    pub fn of(at: usize, change: &ObjectChange) -> Atom {
        let name = |id: &ObjectId| format!("{}/{}", id.kind, id.name);
        let was = change.before.as_ref().filter(|_| change.after.is_some()).map(name);
        let object = change.id().map(name).unwrap_or_default();
        Atom {
            change: at,
            at: None,
            step: change.step(),
            was: was.filter(|was| *was != object),
            object,
            field: None,
            follows: false,
            causes: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// The same for changes that are alike: but for the names of releases, and digests.
    fn key(&self, names: &Names) -> Digest {
        let field = self
            .field
            .as_ref()
            .map(|field| format!("{} {:?} {:?} {:?}", field.path, field.step, field.before, field.after));
        let effects: Vec<String> =
            self.effects.iter().map(|(effect, text)| format!("{effect:?} {text}")).collect();
        let text = format!(
            "{:?} {} {:?} {field:?} {} {:?} {effects:?}",
            self.step, self.object, self.was, self.follows, self.causes
        );
        Digest::of(names.without(&text).as_bytes())
    }
}

/// What was seen of all.
#[derive(Default)]
pub struct Gather {
    atoms: BTreeMap<Digest, Gathered>,
    totals: (Totals, Totals),
}

/// A change, as it is in the first of the releases that it happens to.
struct Gathered {
    /// Where it stands in that release, so that the order of objects and fields is kept.
    order: (usize, usize),
    atom: Atom,
    /// The releases, by their numbers, in order.
    releases: Vec<usize>,
}

impl Gather {
    /// Takes in a change of the release with this number.
    pub fn add(&mut self, release: usize, mut atom: Atom, names: &Names) {
        atom.effects.sort();
        atom.effects.dedup();
        if let Some(field) = &mut atom.field {
            (field.before, field.after) = field.hidden(atom.object.split('/').next().unwrap_or_default());
        }
        let key = atom.key(names);
        let order = (atom.change, atom.at.map_or(0, |at| at + 1));
        let Some(known) = self.atoms.get_mut(&key) else {
            self.atoms.insert(key, Gathered { order, atom, releases: vec![release] });
            return;
        };
        if known.releases.first().is_some_and(|first| release < *first) {
            (known.order, known.atom) = (order, atom);
        }
        if let Err(at) = known.releases.binary_search(&release) {
            known.releases.insert(at, release);
        }
    }

    /// Takes in what a release asked for and asks for.
    pub fn sum(&mut self, was: &Totals, is: &Totals) {
        plus(&mut self.totals.0, was);
        plus(&mut self.totals.1, is);
    }

    /// Puts it into the order in which it is told: what does the worst first, then what happens to most releases.
    pub fn into(self, radius: &mut Radius, places: &[String]) {
        radius.totals = self.totals;
        let mut groups: BTreeMap<(Vec<usize>, String), Vec<Gathered>> = BTreeMap::new();
        for gathered in self.atoms.into_values() {
            let causes = format!("{:?}", gathered.atom.causes);
            groups.entry((gathered.releases.clone(), causes)).or_default().push(gathered);
        }
        let mut told: Vec<(Vec<usize>, Group)> = groups
            .into_iter()
            .map(|((releases, _), atoms)| (releases.clone(), group(&releases, atoms, places)))
            .collect();
        told.sort_by(|(first, one), (second, two)| {
            let worst = |group: &Group| group.effects.first().map(|(effect, _)| *effect);
            worst(two)
                .cmp(&worst(one))
                .then_with(|| second.len().cmp(&first.len()))
                .then_with(|| first.cmp(second))
                .then_with(|| {
                    one.changes
                        .first()
                        .map(|change| &change.object)
                        .cmp(&two.changes.first().map(|change| &change.object))
                })
        });
        radius.groups = told.into_iter().map(|(_, group)| group).collect();
    }
}

/// Changes with one cause in the same releases.
fn group(releases: &[usize], mut atoms: Vec<Gathered>, places: &[String]) -> Group {
    atoms.sort_by_key(|gathered| gathered.order);
    let mut group = Group {
        releases: releases.iter().filter_map(|index| places.get(*index).cloned()).collect(),
        causes: atoms.first().map(|gathered| gathered.atom.causes.clone()).unwrap_or_default(),
        effects: Vec::new(),
        changes: Vec::new(),
    };
    for Gathered { atom, .. } in atoms {
        let Atom { step, object, was, field, follows, effects, .. } = atom;
        group.effects.extend(effects);
        match group.changes.last_mut() {
            Some(last) if last.object == object => {
                last.fields.extend(field);
                last.follows |= follows;
            }
            _ => {
                group.changes.push(Alike { step, object, was, fields: field.into_iter().collect(), follows })
            }
        }
    }
    group.effects.sort_by(|(one, text), (other, words)| other.cmp(one).then_with(|| text.cmp(words)));
    group.effects.dedup();
    group
}

fn plus(sum: &mut Totals, more: &Totals) {
    *sum = Totals {
        replicas: sum.replicas.saturating_add(more.replicas),
        cpu: sum.cpu.saturating_add(more.cpu),
        cpu_limit: sum.cpu_limit.saturating_add(more.cpu_limit),
        memory: sum.memory.saturating_add(more.memory),
        memory_limit: sum.memory_limit.saturating_add(more.memory_limit),
        executors: sum.executors.saturating_add(more.executors),
        unbounded: sum.unbounded || more.unbounded,
        executor_cpu: sum.executor_cpu.saturating_add(more.executor_cpu),
        executor_memory: sum.executor_memory.saturating_add(more.executor_memory),
        storage: sum.storage.saturating_add(more.storage),
    };
}
