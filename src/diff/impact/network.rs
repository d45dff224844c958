//! Connections that pass on one side alone, by the simulation of both sides' policies: texts are not compared.

use super::sides::{Change, Context, Side};
use super::strangers::{Stranger, allowed, lets, moved, named};
use super::{Effect, Found, listed};
use crate::graph::policies::{Direction, Policy, Port};
use crate::rules::net::world::{World, labels};
use crate::rules::set::{Object, Pod, PodKind};
use std::collections::{BTreeMap, BTreeSet};

/// What opens and what closes, by the position of the change that does it.
type Told = BTreeMap<(usize, Effect), Vec<String>>;

/// Says which connections of pods that both sides have open and close.
pub fn tell(context: &Context<'_>, found: &mut Found) {
    let touched = touched(context);
    if touched.is_empty() {
        return;
    }
    let mut told = Told::new();
    for pod in &touched {
        for direction in [Direction::Egress, Direction::Ingress] {
            outside(context, *pod, direction, &mut told);
        }
    }
    inside(context, &touched, &mut told);
    for ((at, effect), flows) in told {
        let Some(change) = context.changes.get(at) else { continue };
        let verb = if effect == Effect::OpensPath { "opens" } else { "closes" };
        let fields = change.any_below(&["spec", "data", "metadata.labels"]);
        found.say(change, effect, fields, format!("{} {verb} {}", change.name(), listed(&flows)));
    }
    arrivals(context, found);
}

/// Policies that come or go together with all pods that they select.
fn arrivals(context: &Context<'_>, found: &mut Found) {
    for change in context.changes.iter().filter(|change| change.kind() == "NetworkPolicy") {
        if found.told.contains(&change.at) {
            continue;
        }
        let (side, object) = match (change.added(), change.removed()) {
            (Some(object), _) => (&context.after, object),
            (_, Some(object)) => (&context.before, object),
            _ => continue,
        };
        let policy = Policy::read(object);
        let pods = selected(side, &policy);
        if !pods.is_empty() {
            let names: Vec<String> = pods.iter().map(|at| name(&side.subject.pods[*at])).collect();
            let text =
                format!("{} is for {}, which the other side does not have", change.name(), listed(&names));
            found.say(change, Effect::Nothing, Vec::new(), text);
        }
    }
}

fn selected(side: &Side<'_>, policy: &Policy<'_>) -> Vec<usize> {
    let ends = side.world.ends.iter().enumerate();
    ends.filter(|(_, end)| end.namespace == policy.namespace && policy.pods.takes(&end.labels))
        .map(|(at, _)| at)
        .collect()
}

/// Pods of both sides whose connections may have changed: those of a changed policy, those with other labels, all
/// where a namespace has other ones.
fn touched(context: &Context<'_>) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let back: BTreeMap<usize, usize> = context.pods.iter().map(|(old, new)| (*new, *old)).collect();
    for change in &context.changes {
        if change.kind() == "Namespace" && change.touches(&["metadata", "labels"]) {
            found.extend(context.pods.keys().copied());
        }
        if change.kind() != "NetworkPolicy" {
            continue;
        }
        if let Some((_, object)) = change.before {
            let own = selected(&context.before, &Policy::read(object.node));
            found.extend(own.into_iter().filter(|at| context.pods.contains_key(at)));
        }
        if let Some((_, object)) = change.after {
            let own = selected(&context.after, &Policy::read(object.node));
            found.extend(own.iter().filter_map(|at| back.get(at)));
        }
    }
    let own =
        |side: &Side<'_>, at: usize| labels(side.subject.pods[at].template.below(&["metadata", "labels"]));
    let others =
        context.pods.iter().filter(|(old, new)| own(&context.before, **old) != own(&context.after, **new));
    found.extend(others.map(|(old, _)| *old));
    found
}

fn name(pod: &Pod<'_>) -> String {
    match pod.kind {
        PodKind::Executor => format!("executors of {}", pod.owner.id.name),
        _ => pod.owner.id.name.clone(),
    }
}

/// Connections with what is outside the set.
fn outside(context: &Context<'_>, pod: usize, direction: Direction, told: &mut Told) {
    let Some(other) = context.pods.get(&pod).copied() else { return };
    let (old, new) = (&context.before.world, &context.after.world);
    let (was, is) = (&old.ends[pod], &new.ends[other]);
    let who = name(&context.after.subject.pods[other]);
    let arrow = |peer: &str| match direction {
        Direction::Egress => format!("{who} → {peer}"),
        Direction::Ingress => format!("{peer} → {who}"),
    };
    let closed = |world: &World<'_>, end| world.policies.closing(end, direction).next().is_some();
    let (was_closed, is_closed) = (closed(old, was), closed(new, is));
    let mut add = |effect: Effect, stranger: Option<&Stranger>, flow: String| {
        if let Some(at) = responsible(context, pod, direction, effect, stranger) {
            let flows = told.entry((at, effect)).or_default();
            if !flows.contains(&flow) {
                flows.push(flow);
            }
        }
    };
    match (was_closed, is_closed) {
        (true, false) => return add(Effect::OpensPath, None, arrow("anybody")),
        (false, true) => add(Effect::ClosesPath, None, arrow("anybody who is not named")),
        _ => {}
    }
    if was_closed {
        for stranger in named(&old.policies, &old.ends, was, direction) {
            let moved = moved(&stranger, &was.namespace, &is.namespace);
            if !lets(&new.policies, is, direction, &moved) {
                add(Effect::ClosesPath, Some(&stranger), arrow(&stranger.text));
            }
        }
    }
    if is_closed {
        for stranger in named(&new.policies, &new.ends, is, direction) {
            let moved = moved(&stranger, &is.namespace, &was.namespace);
            if !lets(&old.policies, was, direction, &moved) {
                add(Effect::OpensPath, Some(&stranger), arrow(&stranger.text));
            }
        }
    }
}

/// Connections between pods that both sides have.
fn inside(context: &Context<'_>, touched: &BTreeSet<usize>, told: &mut Told) {
    let (old, new) = (&context.before.world, &context.after.world);
    for (&to, &to_after) in &context.pods {
        let mut ports: BTreeSet<Port> = BTreeSet::new();
        for end in [&old.ends[to], &new.ends[to_after]] {
            ports.extend(end.ports.iter().map(|port| Port {
                protocol: port.protocol,
                from: port.number,
                to: port.number,
            }));
        }
        for (&from, &from_after) in &context.pods {
            let is_itself = from == to && context.before.subject.pods[from].kind != PodKind::Executor;
            if is_itself || (!touched.contains(&to) && !touched.contains(&from)) {
                continue;
            }
            for port in &ports {
                let (was_out, was_in) = old.policies.between(&old.ends[from], &old.ends[to], *port);
                let (is_out, is_in) = new.policies.between(&new.ends[from_after], &new.ends[to_after], *port);
                let (was, is) = (was_out.passes() && was_in.passes(), is_out.passes() && is_in.passes());
                if was == is {
                    continue;
                }
                let effect = if is { Effect::OpensPath } else { Effect::ClosesPath };
                let by_source = was_out.passes() != is_out.passes();
                let responsible = match by_source {
                    true => responsible(context, from, Direction::Egress, effect, None),
                    false => responsible(context, to, Direction::Ingress, effect, None),
                };
                let Some(at) = responsible else { continue };
                let of = |at: usize| name(&context.after.subject.pods[at]);
                let flow = format!("{} → {}:{port}", of(from_after), of(to_after));
                let flows = told.entry((at, effect)).or_default();
                if !flows.contains(&flow) {
                    flows.push(flow);
                }
            }
        }
    }
}

/// The change that decides over one direction of a pod, as a position among the context's changes: that of a policy
/// whose rules let it pass on the side where it passes, else of one that has rules there, else of any that selects the
/// pod; else that of the pod itself, else of a namespace.
fn responsible(
    context: &Context<'_>,
    pod: usize,
    direction: Direction,
    effect: Effect,
    stranger: Option<&Stranger>,
) -> Option<usize> {
    let other = context.pods.get(&pod).copied()?;
    let weight = |change: &Change<'_>| -> u8 {
        let side = |side: &Side<'_>, at: usize, object: Option<(usize, Object<'_>)>, passes: bool| -> u8 {
            let (Some((_, object)), Some(end)) = (object, side.world.ends.get(at)) else { return 0 };
            let policy = Policy::read(object.node);
            let selects = policy.namespace == end.namespace && policy.pods.takes(&end.labels);
            let Some(rules) = policy.rules(direction).filter(|_| selects) else { return 0 };
            match stranger {
                Some(stranger) if passes && allowed(rules, end, direction, stranger) => 3,
                _ if passes && !rules.is_empty() => 2,
                _ => 1,
            }
        };
        let opens = effect == Effect::OpensPath;
        let own = side(&context.before, pod, change.before, !opens);
        own.max(side(&context.after, other, change.after, opens))
    };
    let policies = context.changes.iter().enumerate().filter(|(_, change)| {
        change.kind() == "NetworkPolicy" && (change.both().is_none() || change.touches(&["spec"]))
    });
    let mut best: Option<(u8, usize)> = None;
    for (at, change) in policies {
        let weight = weight(change);
        if weight > best.map_or(0, |(known, _)| known) {
            best = Some((weight, at));
        }
    }
    let owner = context.after.subject.pods[other].object;
    let by_pod = || context.changes.iter().position(|change| change.after.is_some_and(|(at, _)| at == owner));
    let by_namespace = || {
        let labels = ["metadata", "labels"];
        context.changes.iter().position(|change| change.kind() == "Namespace" && change.touches(&labels))
    };
    best.map(|(_, at)| at).or_else(by_pod).or_else(by_namespace)
}
