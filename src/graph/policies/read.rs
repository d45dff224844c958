//! A NetworkPolicy as it is written, with the defaults that the API server adds (kubernetes/api
//! networking/v1/types.go).

use super::ranges::Addresses;
use super::selector::Selector;
use super::{NAME_OF_NAMESPACE, Port, Protocol};
use crate::layer::tree::{Node, Value};

/// A policy.
#[derive(Debug)]
pub struct Policy<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its namespace; empty where none is written.
    pub namespace: &'a str,
    /// The object.
    pub node: &'a Node,
    /// The pods of its namespace that it is for.
    pub pods: Selector,
    /// Whom they may be reached by; none where it does not close this direction.
    pub ingress: Option<Vec<Rule<'a>>>,
    /// Whom they may reach; none where it does not close this direction.
    pub egress: Option<Vec<Rule<'a>>>,
}

/// One rule of one direction: any of its peers, on any of its ports.
#[derive(Debug)]
pub struct Rule<'a> {
    /// Where it is written.
    pub node: &'a Node,
    /// Who is meant; none: everybody.
    pub peers: Option<Vec<Peer<'a>>>,
    /// Which ports; none: all, of every protocol.
    pub ports: Option<Vec<RulePort<'a>>>,
}

/// Who is on the other side.
#[derive(Debug)]
pub struct Peer<'a> {
    /// Where it is written.
    pub node: &'a Node,
    /// Who it is.
    pub who: Who,
}

/// Who a peer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Pods with these labels in namespaces with those.
    Pods {
        /// The namespaces; of a peer that names none, the policy's own by its name.
        namespaces: Selector,
        /// The pods.
        pods: Selector,
    },
    /// What has these addresses.
    Addresses(Addresses),
}

/// A port of a rule.
#[derive(Debug)]
pub struct RulePort<'a> {
    /// Where it is written.
    pub node: &'a Node,
    /// Its protocol.
    pub protocol: Protocol,
    /// The number or the name.
    pub number: Number<'a>,
}

/// How a rule says which port it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number<'a> {
    /// Every port of the protocol.
    All,
    /// From one to another.
    Range(u16, u16),
    /// The port that the pod which answers calls so.
    Named(&'a str),
}

impl<'a> Policy<'a> {
    /// Reads an object of kind NetworkPolicy.
    pub fn read(node: &'a Node) -> Policy<'a> {
        let metadata = |key| node.below(&["metadata", key]).and_then(Node::as_str).unwrap_or_default();
        let (name, namespace) = (metadata("name"), metadata("namespace"));
        let field = |key: &str| -> Option<&'a Node> { node.below(&["spec", key]) };
        let types: Vec<&str> = field("policyTypes")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::as_str)
            .collect();
        let rules = |key: &str, side: &str| -> Vec<Rule<'a>> {
            let items = field(key).map(Node::items).unwrap_or_default();
            items.iter().map(|rule| Rule::read(rule, side, namespace)).collect()
        };
        let (ingress, egress) = (rules("ingress", "from"), rules("egress", "to"));
        // Without policyTypes: ingress always, egress only where there are rules for it.
        let closes_ingress = types.is_empty() || types.contains(&"Ingress");
        let closes_egress = if types.is_empty() { !egress.is_empty() } else { types.contains(&"Egress") };
        Policy {
            name,
            namespace,
            node,
            pods: field("podSelector").map(Selector::read).unwrap_or_default(),
            ingress: closes_ingress.then_some(ingress),
            egress: closes_egress.then_some(egress),
        }
    }

    /// Whether it closes a direction of a pod with these labels in this namespace.
    pub fn rules(&self, direction: super::Direction) -> Option<&[Rule<'a>]> {
        match direction {
            super::Direction::Ingress => self.ingress.as_deref(),
            super::Direction::Egress => self.egress.as_deref(),
        }
    }
}

impl<'a> Rule<'a> {
    /// Reads a rule; `side` is `from` or `to`.
    pub fn read(node: &'a Node, side: &str, namespace: &str) -> Rule<'a> {
        // An empty list means the same as none: everybody, every port.
        let peers = node.list(side);
        let ports = node.list("ports");
        Rule {
            node,
            peers: (!peers.is_empty())
                .then(|| peers.iter().map(|peer| Peer::read(peer, namespace)).collect()),
            ports: (!ports.is_empty()).then(|| ports.iter().map(RulePort::read).collect()),
        }
    }
}

impl<'a> Peer<'a> {
    /// Reads a peer; `namespace` is the policy's.
    pub fn read(node: &'a Node, namespace: &str) -> Peer<'a> {
        let who = match node.get("ipBlock") {
            Some(block) => {
                let read = |node: &Node| node.as_str().and_then(Addresses::block).unwrap_or_default();
                let whole = block.get("cidr").map(read).unwrap_or_default();
                let but = block.list("except").iter().map(read);
                Who::Addresses(but.fold(whole, |left, except| left.minus(&except)))
            }
            None => Who::Pods {
                namespaces: match node.get("namespaceSelector") {
                    Some(selector) => Selector::read(selector),
                    None => Selector::one(NAME_OF_NAMESPACE, namespace),
                },
                pods: node.get("podSelector").map(Selector::read).unwrap_or_default(),
            },
        };
        Peer { node, who }
    }
}

impl<'a> RulePort<'a> {
    /// Reads a port.
    pub fn read(node: &'a Node) -> RulePort<'a> {
        let protocol = node.text("protocol").map_or(Protocol::Tcp, Protocol::read);
        let number =
            |node: Option<&Node>| node.and_then(Node::as_int).and_then(|port| u16::try_from(port).ok());
        let number = match node.get("port").map(|port| &port.value) {
            None | Some(Value::Null) => Number::All,
            Some(Value::String(name)) => Number::Named(name),
            Some(_) => {
                let from = number(node.get("port")).unwrap_or_default();
                Number::Range(from, number(node.get("endPort")).unwrap_or(from))
            }
        };
        RulePort { node, protocol, number }
    }

    /// The numbers that it means of a pod that answers; of what is no pod, names mean nothing.
    pub fn numbers(&self, answers: Option<&super::PodEnd>) -> Option<Port> {
        let Number::Named(name) = self.number else {
            let (from, to) =
                if let Number::Range(from, to) = self.number { (from, to) } else { (0, u16::MAX) };
            return Some(Port { protocol: self.protocol, from, to });
        };
        let named = answers?.ports.iter().find(|port| port.name == name && port.protocol == self.protocol)?;
        Some(Port { protocol: self.protocol, from: named.number, to: named.number })
    }
}
