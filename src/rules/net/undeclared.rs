//! `net/undeclared-flow` and `net/metadata-service`: what policies let pass and nobody asked for.

use super::declared::{Allowed, Group};
use super::flows::named;
use super::world::World;
use crate::graph::policies::{Addresses, Direction, Policy, Port, Ranges, Rule, Who};
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::Subject;
use std::collections::BTreeSet;

/// Holds every rule of a policy that selects pods of the release against the flows of those pods.
pub fn check(subject: &Subject<'_>, world: &World<'_>, groups: &[Group<'_>], problems: &mut Vec<Problem>) {
    let mut told: BTreeSet<(usize, String)> = BTreeSet::new();
    for (at, end) in world.ends.iter().enumerate() {
        let Some(pod) = subject.pods.get(at) else { continue };
        let group = groups.iter().find(|group| group.pods.contains(&at));
        for direction in [Direction::Ingress, Direction::Egress] {
            let declared = match (group, direction) {
                (Some(group), Direction::Ingress) => group.ingress.as_slice(),
                (Some(group), Direction::Egress) => group.egress.as_slice(),
                (None, _) => &[],
            };
            for (policy, rules) in world.policies.closing(end, direction) {
                for rule in rules {
                    for (node, what) in excess(rule, declared, direction) {
                        let who = named(pod);
                        let message = match direction {
                            Direction::Ingress => {
                                format!("{who} may be reached by {what}, and no flow says so")
                            }
                            Direction::Egress => format!("{who} may connect to {what}, and no flow says so"),
                        };
                        if told.insert((std::ptr::from_ref(node) as usize, message.clone())) {
                            problems.push(found(subject, policy, node, message));
                        }
                    }
                }
            }
        }
    }
}

fn found(subject: &Subject<'_>, policy: &Policy<'_>, node: &Node, message: String) -> Problem {
    let label = format!("`NetworkPolicy/{}` lets it pass", policy.name);
    Problem::new("net/undeclared-flow", message, subject.place(node), label)
        .help("declare the flow in the component's component.yaml, or take the rule out")
}

/// What a rule allows beyond the declared: where it is written, and what it is.
fn excess<'a>(rule: &Rule<'a>, declared: &[Allowed<'_>], direction: Direction) -> Vec<(&'a Node, String)> {
    let anybody = if direction == Direction::Ingress { "everybody" } else { "everything" };
    let Some(peers) = &rule.peers else { return vec![(rule.node, anybody.to_owned())] };
    // None stands for every port of every protocol.
    let ports: Vec<(&'a Node, Option<Port>)> = match &rule.ports {
        Some(ports) => ports.iter().map(|port| (port.node, port.numbers(None))).collect(),
        None => vec![(rule.node, None)],
    };
    let mut found = Vec::new();
    for peer in peers {
        let who = || text(peer.node);
        // A named port is one that no flow names: flows have numbers.
        for (node, port) in &ports {
            let Some(port) = port else {
                found.push((*node, format!("{} on any port", who())));
                continue;
            };
            let through = |allowed: &&Allowed<'_>| {
                let mut numbers = Ranges::default();
                let same = allowed.ports.iter().filter(|own| own.protocol == port.protocol);
                same.for_each(|own| numbers.add(&Ranges::one(u128::from(own.from), u128::from(own.to))));
                numbers.covers(&Ranges::one(u128::from(port.from), u128::from(port.to)))
            };
            let known = declared.iter().filter(through).flat_map(|allowed| &allowed.peers);
            match &peer.who {
                Who::Pods { namespaces, pods } => {
                    let asked = known.into_iter().any(|peer| match &peer.who {
                        Who::Pods { namespaces: wide, pods: all } => {
                            namespaces.within(wide) && pods.within(all)
                        }
                        Who::Addresses(_) => false,
                    });
                    if !asked {
                        found.push((*node, format!("{} on port {port}", who())));
                    }
                }
                Who::Addresses(block) => {
                    let mut asked = Addresses::default();
                    for peer in known {
                        if let Who::Addresses(other) = &peer.who {
                            asked.add(other);
                        }
                    }
                    if !asked.covers(block) {
                        found.push((*node, format!("{} on port {port}", who())));
                    }
                }
            }
        }
    }
    found
}

/// A peer in a few words.
fn text(peer: &Node) -> String {
    if let Some(block) = peer.get("ipBlock") {
        let cidr = block.text("cidr").unwrap_or_default();
        let but: Vec<&str> = block.list("except").iter().filter_map(Node::as_str).collect();
        return match but.is_empty() {
            true => format!("`{cidr}`"),
            false => format!("`{cidr}` but `{}`", but.join("`, `")),
        };
    }
    let read = |key| peer.get(key).map(crate::graph::policies::Selector::read);
    let pods = match read("podSelector") {
        Some(selector) if !selector.is_empty() => format!("pods `{selector}`"),
        _ => "all pods".to_owned(),
    };
    match read("namespaceSelector") {
        None => format!("{pods} of the namespace"),
        Some(selector) if selector.is_empty() => format!("{pods} of all namespaces"),
        Some(selector) => format!("{pods} of namespaces `{selector}`"),
    }
}

/// The metadata services of clouds, and the port on which they hand out credentials.
const METADATA: [&str; 2] = ["169.254.169.254/32", "fd00:ec2::254/128"];

/// Blocks that hold a cloud's metadata service and do not mean it.
pub fn metadata(subject: &Subject<'_>, world: &World<'_>, groups: &[Group<'_>], problems: &mut Vec<Problem>) {
    let known = subject.known().is_some();
    for policy in &world.policies.all {
        let selected = |at: &usize| {
            world
                .ends
                .get(*at)
                .is_some_and(|end| policy.namespace == end.namespace && policy.pods.takes(&end.labels))
        };
        let egress =
            groups.iter().filter(|group| group.pods.iter().any(selected)).flat_map(|group| &group.egress);
        let declared: Vec<&Allowed<'_>> = egress.collect();
        for rule in policy.egress.iter().flatten() {
            let ports = rule.ports.as_deref().unwrap_or_default();
            let any = rule.ports.is_none();
            // Of others' policies only those that reach the port on which credentials are handed out.
            let on_http = || {
                ports
                    .iter()
                    .filter_map(|port| port.numbers(None))
                    .any(|port| (port.from..=port.to).contains(&80))
            };
            if !known && !any && !on_http() {
                continue;
            }
            for peer in rule.peers.iter().flatten() {
                let Who::Addresses(block) = &peer.who else { continue };
                let Some(held) = METADATA
                    .iter()
                    .filter_map(|one| Some((*one, Addresses::block(one)?)))
                    .find(|(_, one)| block.covers(one))
                else {
                    continue;
                };
                let asked = |allowed: &&&Allowed<'_>| {
                    let same = ports
                        .iter()
                        .filter_map(|port| port.numbers(None))
                        .all(|port| allowed.ports.contains(&port));
                    same && !any
                        && allowed
                            .peers
                            .iter()
                            .any(|peer| matches!(&peer.who, Who::Addresses(other) if *other == held.1))
                };
                if *block == held.1 || declared.iter().any(|allowed| asked(&allowed)) {
                    continue;
                }
                let address = held.0.trim_end_matches("/32").trim_end_matches("/128");
                let cidr = peer.node.below(&["ipBlock", "cidr"]).and_then(Node::as_str).unwrap_or_default();
                problems.push(
                    Problem::new(
                        "net/metadata-service",
                        format!(
                            "pods of `NetworkPolicy/{}` may reach the cloud's metadata service, `{address}`",
                            policy.name
                        ),
                        subject.missing(peer.node, &["ipBlock", "cidr"]),
                        format!("`{cidr}` holds it"),
                    )
                    .help(format!(
                        "add `except: [{}]` to the `ipBlock`, or name the addresses that are needed",
                        held.0
                    )),
                );
            }
        }
    }
}
