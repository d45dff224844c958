//! `net/no-dns`: pods that may connect somewhere and cannot find out where that is.

use super::blocked::{each, place};
use super::declared::Group;
use super::world::World;
use crate::graph::policies::{Demand, Direction, NAME_OF_NAMESPACE, Protocol, Rule, Who};
use crate::rules::set::Subject;
use crate::rules::{Place, Problem};
use std::collections::BTreeSet;

/// The ports that DNS pods listen on; the second is OpenShift's.
const PORTS: [u16; 2] = [53, 5353];

/// The namespaces that DNS pods run in.
const HOMES: [&str; 2] = ["kube-system", "openshift-dns"];

/// Labels of DNS pods that are often taken for labels of their namespace.
pub const OF_PODS: [&str; 3] = ["k8s-app", "app", "app.kubernetes.io/name"];

/// Every pod whose egress is closed, but for those that may not connect to anybody.
///
/// Where a component declares that its pods ask for names, that flow is held to passing as every other.
pub fn check(subject: &Subject<'_>, world: &World<'_>, groups: &[Group<'_>], problems: &mut Vec<Problem>) {
    let asking = groups.iter().filter(|group| {
        let ports = group.egress.iter().flat_map(|allowed| &allowed.ports);
        ports.into_iter().any(|port| port.protocol == Protocol::Udp)
    });
    let declared: BTreeSet<usize> = asking.flat_map(|group| group.pods.iter().copied()).collect();
    for (at, end, name) in each(subject, world) {
        if declared.contains(&at) {
            continue;
        }
        let rules: Vec<&Rule<'_>> =
            world.policies.closing(end, Direction::Egress).flat_map(|(_, rules)| rules).collect();
        if rules.is_empty() {
            continue;
        }
        let answers = |protocol| rules.iter().any(|rule| asks(rule, protocol, &end.namespace));
        let missing = match (answers(Protocol::Udp), answers(Protocol::Tcp)) {
            (true, true) => continue,
            (false, true) => "over UDP",
            (true, false) => "over TCP, which long answers need",
            (false, false) => "over UDP and TCP",
        };
        let (at, label) =
            place(subject, world, end, Direction::Egress).unwrap_or((Place::Whole, String::new()));
        problems.push(
            Problem::new("net/no-dns", format!("{name} cannot ask a DNS server {missing}"), at, label).help(
                "allow port 53 with `protocol: UDP` and once more with `protocol: TCP`, to the pods `k8s-app: kube-dns` \
                 of the namespace `kubernetes.io/metadata.name: kube-system`",
            ),
        );
    }
}

fn asks(rule: &Rule<'_>, protocol: Protocol, own: &str) -> bool {
    let through = rule.ports.as_ref().is_none_or(|ports| {
        let numbers = ports.iter().filter_map(|port| port.numbers(None));
        let mut numbers = numbers.filter(|port| port.protocol == protocol);
        numbers.any(|port| PORTS.iter().any(|wanted| (port.from..=port.to).contains(wanted)))
    });
    through
        && rule.peers.as_ref().is_none_or(|peers| {
            peers.iter().any(|peer| match &peer.who {
                Who::Addresses(block) => !block.is_empty(),
                // DNS runs in a namespace of its own, and labels of its pods are no labels of namespaces.
                Who::Pods { namespaces, .. } => !namespaces.requirements().iter().any(|one| {
                    let here = |names: &BTreeSet<String>| names.len() == 1 && names.contains(own);
                    let own =
                        matches!(&one.demand, Demand::In(names) if here(names)) && !HOMES.contains(&own);
                    OF_PODS.contains(&one.key.as_str()) || one.key == NAME_OF_NAMESPACE && own
                }),
            })
        })
}
