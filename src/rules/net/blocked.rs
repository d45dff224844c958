//! `net/flow-blocked`: a connection that is needed does not pass the policies.

use super::flows::{Flow, Party, Verdict, named, party_name};
use super::world::World;
use crate::graph::policies::{Direction, PodEnd, Port, Side};
use crate::rules::set::Subject;
use crate::rules::{Place, Problem};
use std::collections::BTreeSet;

/// A flow that does not pass is found once, by the first that asks for it.
pub fn check(subject: &Subject<'_>, world: &World<'_>, flows: &[Flow], problems: &mut Vec<Problem>) {
    let mut told: BTreeSet<(usize, usize, Port)> = BTreeSet::new();
    for flow in flows {
        let mut blocked: Vec<(&Party, &Party, Verdict)> = Vec::new();
        for connection in &flow.connections {
            let (from, to) = (&connection.from, &connection.to);
            for verdict in world.verdicts(connection).into_iter().filter(|verdict| !verdict.passes()) {
                let new = match (from, to) {
                    (Party::Pod(from), Party::Pod(to)) => told.insert((*from, *to, verdict.port)),
                    _ => true,
                };
                if new {
                    blocked.push((from, to, verdict));
                }
            }
        }
        // One finding for each pair of ends; of ends outside, which are peers of one kind, for all of them.
        while let Some((from, to, verdict)) = blocked.first().copied() {
            let alike = |(other, another, with): &(&Party, &Party, Verdict)| {
                let same = |one: &Party, other: &Party| {
                    one == other || !matches!(one, Party::Pod(_)) && !matches!(other, Party::Pod(_))
                };
                same(from, other)
                    && same(to, another)
                    && (verdict.out.passes(), verdict.into.passes())
                        == (with.out.passes(), with.into.passes())
            };
            let ports: BTreeSet<Port> =
                blocked.iter().filter(|item| alike(item)).map(|item| item.2.port).collect();
            // Of an end outside that has several peers, some may be reached.
            let all = flow.connections.iter().all(|connection| {
                blocked.iter().any(|(from, to, _)| **from == connection.from && **to == connection.to)
            });
            problems.push(problem(subject, world, flow, (from, to, verdict), &ports, all));
            blocked.retain(|item| !alike(item));
        }
    }
}

fn problem(
    subject: &Subject<'_>,
    world: &World<'_>,
    flow: &Flow,
    (from, to, verdict): (&Party, &Party, Verdict),
    ports: &BTreeSet<Port>,
    all: bool,
) -> Problem {
    let (source, target) = (party_name(subject, from, &flow.from), party_name(subject, to, &flow.to));
    let numbers = list(ports);
    let (out, into) = (verdict.out.passes(), verdict.into.passes());
    let likely = [verdict.out, verdict.into].iter().all(|side| *side != Side::Blocked);
    let closed = match (out, into) {
        (false, true) => format!("the egress of {source} does not allow it"),
        (true, false) => format!("the ingress of {target} does not allow it"),
        _ => "neither the egress of the one nor the ingress of the other allows it".to_owned(),
    };
    let mut places = Vec::new();
    for (passes, party, direction) in [(out, from, Direction::Egress), (into, to, Direction::Ingress)] {
        if let (false, Some(pod)) = (passes, world.pod(party)) {
            places.extend(place(subject, world, pod, direction));
        }
    }
    let mut places = places.into_iter();
    let (at, label) = places.next().unwrap_or((Place::Whole, String::new()));
    let side = |passes: bool, direction: Direction, other: &str| {
        (!passes).then(|| format!("{} of a policy that selects {}", direction.field(), other))
    };
    let help = match (side(out, Direction::Egress, &source), side(into, Direction::Ingress, &target)) {
        (Some(one), Some(other)) => format!("allow port {numbers} in the {one}, and in the {other}"),
        (Some(one), None) | (None, Some(one)) => format!("allow port {numbers} in the {one}"),
        (None, None) => String::new(),
    };
    let rule = if likely { "net/pods-by-address" } else { "net/flow-blocked" };
    let message = if likely {
        format!("{source} reaches {target} on port {numbers} only by an `ipBlock`")
    } else {
        let who = match (to, all) {
            (Party::Addresses(_) | Party::Stranger(_), false) => format!("all of {target}"),
            _ => target.clone(),
        };
        format!("{source} cannot reach {who} on port {numbers}: {closed}")
    };
    let why = match flow.cause {
        None if flow.name.contains('/') => format!("the flow `{}` of its component needs it", flow.name),
        _ => format!("{} needs it", flow.name),
    };
    let problem = Problem::new(rule, message, at, label).why(why).help(help);
    let problem = places.fold(problem, |problem, (place, label)| problem.and(place, label));
    problem.and_if(flow.cause.clone(), "asked for here")
}

/// The policy that says most about a pod in one direction: what is missing there is missed.
pub fn place(
    subject: &Subject<'_>,
    world: &World<'_>,
    pod: &PodEnd,
    direction: Direction,
) -> Option<(Place, String)> {
    let closing = world.policies.closing(pod, direction);
    let (policy, _) =
        closing.max_by_key(|(policy, rules)| (policy.pods.requirements().len(), rules.len()))?;
    let label = format!("`NetworkPolicy/{}` closes its {}", policy.name, direction.field());
    Some((subject.missing(policy.node, &["spec", direction.field()]), label))
}

/// Ports as a list in a sentence.
pub fn list(ports: &BTreeSet<Port>) -> String {
    let words: Vec<String> = ports.iter().map(Port::to_string).collect();
    match words.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => words.concat(),
    }
}

/// Every pod of the set with its name, for messages about one.
pub fn each<'s, 'a>(
    subject: &'s Subject<'a>,
    world: &'s World<'a>,
) -> impl Iterator<Item = (usize, &'s PodEnd, String)> + use<'s, 'a> {
    subject.pods.iter().zip(&world.ends).enumerate().map(|(at, (pod, end))| (at, end, named(pod)))
}
