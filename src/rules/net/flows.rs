//! Connections that have to pass: their ends, their ports, and what the policies say to them.

use super::declared::{Group, Peer};
use super::world::World;
use crate::graph::picture::Edge;
use crate::graph::policies::{Addresses, Direction, End, PodEnd, Port, Side, Who};
use crate::library::descriptor::Side as Described;
use crate::rules::Place;
use crate::rules::set::{Known, Pod, PodKind, Subject};
use std::collections::BTreeSet;

/// One end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// Pods of the set, by their position in it.
    Pod(usize),
    /// Pods that are not in the set.
    Stranger(PodEnd),
    /// Addresses outside the cluster.
    Addresses(Addresses),
}

/// A connection between two ends, on each of its ports.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Who opens it.
    pub from: Party,
    /// Who answers.
    pub to: Party,
    /// The ports of the pod that answers.
    pub ports: Vec<Port>,
}

/// Connections that are needed for one purpose.
#[derive(Debug, Clone)]
pub struct Flow {
    /// `COMPONENT/FLOW`, or what told that it is needed.
    pub name: String,
    /// Who opens the connections: `spark-connect/server`, `connect.clients`.
    pub from: String,
    /// Who answers.
    pub to: String,
    /// All of them.
    pub connections: Vec<Connection>,
    /// Where it is asked for, if that is a line of an object.
    pub cause: Option<Place>,
}

/// A port of a connection, and what the policies at both ends say.
#[derive(Debug, Clone, Copy)]
pub struct Verdict {
    /// The port.
    pub port: Port,
    /// What those of the source say.
    pub out: Side,
    /// What those of the destination say.
    pub into: Side,
}

impl Verdict {
    /// Whether both let it pass.
    pub fn passes(self) -> bool {
        self.out.passes() && self.into.passes()
    }
}

impl World<'_> {
    /// What the policies say to a connection, port by port.
    pub fn verdicts(&self, connection: &Connection) -> Vec<Verdict> {
        let side = |one: &Party, direction, other: &Party, port| match (self.pod(one), other) {
            (None, _) => Side::Open,
            (Some(pod), Party::Addresses(block)) => {
                self.policies.side(pod, direction, End::Addresses(block), port)
            }
            (Some(pod), other) => match self.pod(other) {
                Some(other) => self.policies.side(pod, direction, End::Pod(other), port),
                None => Side::Open,
            },
        };
        let (from, to) = (&connection.from, &connection.to);
        let one = |port: Port| Verdict {
            port,
            out: side(from, Direction::Egress, to, port),
            into: side(to, Direction::Ingress, from, port),
        };
        connection.ports.iter().map(|port| one(*port)).collect()
    }

    /// The pod that an end is.
    pub fn pod<'w>(&'w self, party: &'w Party) -> Option<&'w PodEnd> {
        match party {
            Party::Pod(at) => self.ends.get(*at),
            Party::Stranger(end) => Some(end),
            Party::Addresses(_) => None,
        }
    }
}

impl Flow {
    /// The flow as it is drawn.
    pub fn edge(&self, world: &World<'_>) -> Edge {
        let ports: BTreeSet<Port> =
            self.connections.iter().flat_map(|connection| connection.ports.clone()).collect();
        let verdicts: Vec<Verdict> =
            self.connections.iter().flat_map(|connection| world.verdicts(connection)).collect();
        let mut blocked_by = Vec::new();
        if verdicts.iter().any(|verdict| !verdict.out.passes()) {
            blocked_by.push(format!("egress of {}", self.from));
        }
        if verdicts.iter().any(|verdict| !verdict.into.passes()) {
            blocked_by.push(format!("ingress of {}", self.to));
        }
        Edge {
            flow: self.name.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            ports: ports.iter().map(Port::to_string).collect(),
            passes: blocked_by.is_empty(),
            blocked_by,
        }
    }
}

/// The flows that the components of a release declare, in the order of their names.
pub fn declared(known: Known<'_>, groups: &[Group<'_>]) -> Vec<Flow> {
    let mut flows: Vec<Flow> = Vec::new();
    let mut add = |name: &str, from: String, to: String, connections: Vec<Connection>| match flows
        .iter_mut()
        .find(|flow| flow.name == name && flow.from == from && flow.to == to)
    {
        Some(flow) => flow.connections.extend(connections),
        None => flows.push(Flow { name: name.to_owned(), from, to, connections, cause: None }),
    };
    let inside = |peer: &Peer<'_>| groups.iter().find(|group| group.is(&peer.who));
    for group in groups {
        for rule in &group.egress {
            for peer in &rule.peers {
                let other = inside(peer);
                let to: Vec<Party> = match other {
                    Some(other) => other.pods.iter().map(|at| Party::Pod(*at)).collect(),
                    None => vec![party(peer)],
                };
                let pairs = group.pods.iter().flat_map(|from| {
                    to.iter().map(|to| Connection {
                        from: Party::Pod(*from),
                        to: to.clone(),
                        ports: rule.ports.clone(),
                    })
                });
                let label = other.map_or_else(
                    || outside(known, &rule.flow, Direction::Egress, peer),
                    |other| other.name.clone(),
                );
                add(&rule.flow, group.name.clone(), label, pairs.collect());
            }
        }
        for rule in &group.ingress {
            // What pods of the release open stands among their own.
            for peer in rule.peers.iter().filter(|peer| inside(peer).is_none()) {
                let pairs = group.pods.iter().map(|to| Connection {
                    from: party(peer),
                    to: Party::Pod(*to),
                    ports: rule.ports.clone(),
                });
                let label = outside(known, &rule.flow, Direction::Ingress, peer);
                add(&rule.flow, label, group.name.clone(), pairs.collect());
            }
        }
    }
    flows.sort_by(|a, b| (&a.name, &a.from, &a.to).cmp(&(&b.name, &b.from, &b.to)));
    flows
}

fn party(peer: &Peer<'_>) -> Party {
    match &peer.who {
        Who::Addresses(addresses) => Party::Addresses(addresses.clone()),
        Who::Pods { .. } => Party::Stranger(peer.pod.clone()),
    }
}

/// What the other side of a flow is called: by the descriptor where it has a name there, else by who it is.
fn outside(known: Known<'_>, flow: &str, direction: Direction, peer: &Peer<'_>) -> String {
    let described = flow.split_once('/').and_then(|(component, flow)| {
        let component = known.library.components.iter().find(|known| known.name == component)?;
        let flow = component.descriptor.flows.get(flow)?;
        let side = if direction == Direction::Egress { &flow.to } else { &flow.from };
        match side {
            Described::One(name) => Some(name.clone()),
            Described::Many(_) => None,
            Described::Spec(side) => {
                let expression =
                    side.peers.as_ref().or(side.endpoint.as_ref()).or(side.endpoints.as_ref())?;
                let path = expression.strip_prefix("spec.")?;
                let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
                plain.then(|| path.to_owned())
            }
        }
    });
    described.unwrap_or_else(|| peer.text())
}

/// A pod as messages name it.
pub fn named(pod: &Pod<'_>) -> String {
    match pod.kind {
        PodKind::Executor => format!("the executors of `{}`", pod.owner.id),
        _ => format!("`{}`", pod.owner.id),
    }
}

/// An end as messages name it: of what is no pod of the set its label.
pub fn party_name(subject: &Subject<'_>, party: &Party, label: &str) -> String {
    match party {
        Party::Pod(at) => subject.pods.get(*at).map(named).unwrap_or_default(),
        _ => label.to_owned(),
    }
}
