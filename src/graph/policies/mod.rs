//! NetworkPolicies as a cluster with a network plugin enforces them: who may connect to whom.
//!
//! What is modelled: policies add up and none forbids; `policyTypes` and its defaults; selectors by labels
//! and by expressions; a peer with both selectors means both, two peers mean either; missing peers and ports
//! mean all; names of ports are those of the pod that answers; ports are those of pods, after the
//! translation that Services do. What is not: an `ipBlock` is for addresses outside the cluster, so whether
//! one takes a pod depends on the plugin ([`Side::ByAddress`]); pods on the host's network bear the node's
//! address and no policy selects them.
//!
//! Knows nothing of rules, layers and findings.

mod ranges;
mod read;
mod selector;
#[cfg(test)]
mod tests;

pub use ranges::{Addresses, Ranges};
pub use read::{Number, Peer, Policy, Rule, RulePort, Who};
pub use selector::{Demand, Labels, Requirement, Selector};

use crate::layer::tree::Node;
use std::collections::BTreeMap;

/// The label that the API server gives every namespace: its name.
pub const NAME_OF_NAMESPACE: &str = "kubernetes.io/metadata.name";

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// What is meant where nothing is said.
    Tcp,
    /// DNS, first of all.
    Udp,
    /// Nobody's, here.
    Sctp,
}

impl Protocol {
    /// Reads a protocol's name.
    pub fn read(name: &str) -> Protocol {
        match name {
            "UDP" => Protocol::Udp,
            "SCTP" => Protocol::Sctp,
            _ => Protocol::Tcp,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
            Protocol::Sctp => "SCTP",
        }
    }
}

/// A port, or several in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    /// The protocol.
    pub protocol: Protocol,
    /// The first.
    pub from: u16,
    /// The last; the same where there is one.
    pub to: u16,
}

impl Port {
    /// One port of TCP.
    pub fn tcp(number: u16) -> Port {
        Port { protocol: Protocol::Tcp, from: number, to: number }
    }

    fn range(self) -> Ranges {
        Ranges::one(u128::from(self.from), u128::from(self.to))
    }
}

impl std::fmt::Display for Port {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.protocol {
            Protocol::Tcp => {}
            other => write!(out, "{} ", other.name())?,
        }
        match self.from == self.to {
            true => write!(out, "{}", self.from),
            false => write!(out, "{}-{}", self.from, self.to),
        }
    }
}

/// Which way a connection goes, seen from the pod that a policy selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// To the pod.
    Ingress,
    /// From the pod.
    Egress,
}

impl Direction {
    /// The field of a policy that holds its rules.
    pub fn field(self) -> &'static str {
        match self {
            Direction::Ingress => "ingress",
            Direction::Egress => "egress",
        }
    }
}

/// A port that a pod names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPort {
    /// Its name.
    pub name: String,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its number.
    pub number: u16,
}

/// A pod as policies see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PodEnd {
    /// Its namespace.
    pub namespace: String,
    /// Its labels.
    pub labels: Labels,
    /// The ports that its containers name.
    pub ports: Vec<NamedPort>,
    /// Whether it is on its node's network.
    pub host_network: bool,
}

/// One end of a connection.
#[derive(Debug, Clone, Copy)]
pub enum End<'e> {
    /// A pod.
    Pod(&'e PodEnd),
    /// All of these addresses, which are no pods'.
    Addresses(&'e Addresses),
}

/// What the policies of one side say to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// No policy selects the pod for this direction: everything passes.
    Open,
    /// A rule lets it pass.
    Allowed,
    /// Only an `ipBlock` that the other pod's address may be in lets it pass: with some network plugins.
    ByAddress,
    /// No rule lets it pass.
    Blocked,
}

impl Side {
    /// Whether it passes with every network plugin.
    pub fn passes(self) -> bool {
        matches!(self, Side::Open | Side::Allowed)
    }
}

/// All policies of a set, and the labels of its namespaces.
#[derive(Debug, Default)]
pub struct Policies<'a> {
    /// The policies.
    pub all: Vec<Policy<'a>>,
    namespaces: BTreeMap<&'a str, Labels>,
}

impl<'a> Policies<'a> {
    /// Takes NetworkPolicies and Namespaces from objects; others are passed over.
    pub fn read(objects: impl IntoIterator<Item = &'a Node>) -> Policies<'a> {
        let mut policies = Policies::default();
        for node in objects {
            match node.text("kind") {
                Some("NetworkPolicy")
                    if node
                        .text("apiVersion")
                        .is_some_and(|version| version.starts_with("networking.k8s.io/")) =>
                {
                    policies.all.push(Policy::read(node));
                }
                Some("Namespace") => {
                    let Some(name) = node.below(&["metadata", "name"]).and_then(Node::as_str) else {
                        continue;
                    };
                    let labels = node.below(&["metadata", "labels"]).and_then(Node::as_map);
                    let labels = labels.into_iter().flat_map(|labels| &labels.entries);
                    let labels = labels
                        .filter_map(|(key, entry)| Some((key.clone(), entry.node.as_str()?.to_owned())))
                        .collect();
                    policies.namespaces.insert(name, labels);
                }
                _ => {}
            }
        }
        policies
    }

    /// The labels of a namespace: its name's, and those of its object in the set.
    pub fn labels_of(&self, namespace: &str) -> Labels {
        let mut labels = self.namespaces.get(namespace).cloned().unwrap_or_default();
        labels.insert(NAME_OF_NAMESPACE.to_owned(), namespace.to_owned());
        labels
    }

    /// Whether some namespace of the set has a label.
    pub fn has_namespace_label(&self, key: &str) -> bool {
        self.namespaces.values().any(|labels| labels.contains_key(key))
    }

    /// The policies that select a pod, whatever they close.
    pub fn selecting<'s>(&'s self, pod: &'s PodEnd) -> impl Iterator<Item = &'s Policy<'a>> + use<'a, 's> {
        let own =
            move |policy: &&Policy<'a>| policy.namespace == pod.namespace && policy.pods.takes(&pod.labels);
        self.all.iter().filter(move |policy| !pod.host_network && own(policy))
    }

    /// The policies that close one direction of a pod; with none it is open.
    pub fn closing<'s>(
        &'s self,
        pod: &'s PodEnd,
        direction: Direction,
    ) -> impl Iterator<Item = (&'s Policy<'a>, &'s [Rule<'a>])> + use<'a, 's> {
        self.selecting(pod).filter_map(move |policy| Some((policy, policy.rules(direction)?)))
    }

    /// What the policies of one pod say to a connection with another end, on all of these ports.
    pub fn side(&self, pod: &PodEnd, direction: Direction, other: End<'_>, port: Port) -> Side {
        let mut closed = false;
        let (mut sure, mut likely) = (Ranges::default(), Ranges::default());
        let mut addresses = Addresses::default();
        for (_, rules) in self.closing(pod, direction) {
            closed = true;
            for rule in rules {
                let answers = match (direction, other) {
                    (Direction::Ingress, _) => Some(pod),
                    (Direction::Egress, End::Pod(other)) => Some(other),
                    (Direction::Egress, End::Addresses(_)) => None,
                };
                let mut ports = Ranges::default();
                match &rule.ports {
                    None => ports = port.range(),
                    Some(listed) => {
                        let meant = listed.iter().filter_map(|listed| listed.numbers(answers));
                        meant
                            .filter(|meant| meant.protocol == port.protocol)
                            .for_each(|meant| ports.add(&meant.range()));
                    }
                }
                match other {
                    End::Pod(other) => match self.takes(rule, other) {
                        Side::ByAddress => likely.add(&ports),
                        Side::Blocked => {}
                        _ => sure.add(&ports),
                    },
                    End::Addresses(wanted) if ports.covers(&port.range()) => match &rule.peers {
                        None => addresses.add(wanted),
                        Some(peers) => peers.iter().for_each(|peer| {
                            if let Who::Addresses(block) = &peer.who {
                                addresses.add(block);
                            }
                        }),
                    },
                    End::Addresses(_) => {}
                }
            }
        }
        let wanted = port.range();
        let allowed = match other {
            End::Addresses(wanted) => addresses.covers(wanted),
            End::Pod(_) => sure.covers(&wanted),
        };
        likely.add(&sure);
        match (closed, allowed) {
            (false, _) => Side::Open,
            (true, true) => Side::Allowed,
            (true, false) if likely.covers(&wanted) => Side::ByAddress,
            (true, false) => Side::Blocked,
        }
    }

    /// Whether some peer of a rule is this pod.
    fn takes(&self, rule: &Rule<'_>, pod: &PodEnd) -> Side {
        let Some(peers) = &rule.peers else { return Side::Allowed };
        let one = |peer: &Peer<'_>| match &peer.who {
            // A pod on the host's network comes from the node's address, which no selector takes.
            Who::Pods { .. } if pod.host_network => Side::Blocked,
            Who::Pods { namespaces, pods } => {
                match pods.takes(&pod.labels) && namespaces.takes(&self.labels_of(&pod.namespace)) {
                    true => Side::Allowed,
                    false => Side::Blocked,
                }
            }
            Who::Addresses(block) if block.may_hold_pods() => Side::ByAddress,
            Who::Addresses(_) => Side::Blocked,
        };
        peers.iter().map(one).min().unwrap_or(Side::Blocked)
    }

    /// What both ends say to a connection between pods: the source, then the destination.
    pub fn between(&self, from: &PodEnd, to: &PodEnd, port: Port) -> (Side, Side) {
        (
            self.side(from, Direction::Egress, End::Pod(to), port),
            self.side(to, Direction::Ingress, End::Pod(from), port),
        )
    }
}
