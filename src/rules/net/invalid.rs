//! `net/invalid-rule`: what the API server does not take in a NetworkPolicy, by its own validation
//! (kubernetes/pkg/apis/networking/validation), which no schema holds.

use super::world::{World, number};
use crate::graph::policies::Addresses;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::Subject;

/// Every peer and every port.
pub fn check(subject: &Subject<'_>, world: &World<'_>, problems: &mut Vec<Problem>) {
    for policy in &world.policies.all {
        for rule in policy.ingress.iter().chain(&policy.egress).flatten() {
            let peers =
                rule.peers.iter().flatten().filter_map(|peer| Some((peer.node, wrong_peer(peer.node)?)));
            let ports =
                rule.ports.iter().flatten().filter_map(|port| Some((port.node, wrong_port(port.node)?)));
            for (node, (what, help)) in peers.chain(ports) {
                let message = format!("the API server refuses `NetworkPolicy/{}`: {what}", policy.name);
                problems.push(
                    Problem::new("net/invalid-rule", message, subject.place(node), "this one").help(help),
                );
            }
        }
    }
}

fn wrong_peer(peer: &Node) -> Option<(String, &'static str)> {
    let selects = peer.get("podSelector").is_some() || peer.get("namespaceSelector").is_some();
    let Some(block) = peer.get("ipBlock") else {
        let help = "write `podSelector: {}` for all pods of the namespace, or leave the list of peers out for everybody";
        return (!selects).then(|| ("a peer says nothing".to_owned(), help));
    };
    if selects {
        let help = "make two peers of it: an `ipBlock` stands alone";
        return Some(("a peer has an `ipBlock` and a selector".to_owned(), help));
    }
    let cidr = block.text("cidr").unwrap_or_default();
    let Some(whole) = Addresses::block(cidr) else {
        return Some((
            format!("`{cidr}` is no block of addresses"),
            "write a range such as 10.0.0.0/8, one address as 10.0.0.1/32",
        ));
    };
    block.list("except").iter().find_map(|except| {
        let text = except.as_str().unwrap_or_default();
        let part = Addresses::block(text).is_some_and(|part| whole.covers(&part) && part != whole);
        (!part).then(|| {
            (
                format!("`{text}` is not a part of `{cidr}`"),
                "except ranges that lie in the block and are smaller",
            )
        })
    })
}

fn wrong_port(port: &Node) -> Option<(String, &'static str)> {
    let end = port.get("endPort")?;
    match (number(port.get("port")), number(Some(end))) {
        (Some(first), Some(last)) if last < first => Some((
            format!("the ports {first} to {last} are none"),
            "write an `endPort` that is not below `port`",
        )),
        (Some(_), Some(_)) => None,
        _ => Some(("`endPort` needs a `port` that is a number".to_owned(), "write numbers for both")),
    }
}
