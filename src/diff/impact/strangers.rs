//! Peers that are no pods of the set: addresses outside, pods of others. Whether a pod's policies let them pass is
//! told rule by rule, since nobody knows their labels beyond what the rules ask for.

use crate::graph::policies::{
    Addresses, Direction, NAME_OF_NAMESPACE, PodEnd, Policies, Port, Ranges, Rule, Selector, Who,
};
use crate::layer::tree::Node;

/// A peer with the ports that some rule lets it use.
#[derive(Debug, Clone)]
pub struct Stranger {
    /// Who it is; none for everybody.
    pub who: Option<Who>,
    /// The port; none for every port of every protocol.
    pub port: Option<Port>,
    /// Who it is, for people.
    pub text: String,
}

/// Everyone whom some rule of a pod's policies names, but for pods of the set.
pub fn named(policies: &Policies<'_>, ends: &[PodEnd], pod: &PodEnd, direction: Direction) -> Vec<Stranger> {
    let mut found: Vec<Stranger> = Vec::new();
    for (_, rules) in policies.closing(pod, direction) {
        for rule in rules {
            for (who, text) in peers(rule) {
                if let Some(Who::Pods { namespaces, pods }) = &who
                    && !pods.is_empty()
                    && ends.iter().any(|end| {
                        pods.takes(&end.labels) && namespaces.takes(&policies.labels_of(&end.namespace))
                    })
                {
                    continue;
                }
                for port in ports(rule, pod, direction) {
                    let text = match port {
                        Some(port) => format!("{text}:{port}"),
                        None => format!("{text}, any port"),
                    };
                    if !found.iter().any(|known| known.text == text) {
                        found.push(Stranger { who: who.clone(), port, text });
                    }
                }
            }
        }
    }
    found
}

fn peers(rule: &Rule<'_>) -> Vec<(Option<Who>, String)> {
    match &rule.peers {
        None => vec![(None, "anybody".to_owned())],
        Some(peers) => peers.iter().map(|peer| (Some(peer.who.clone()), describe(peer.node))).collect(),
    }
}

fn ports(rule: &Rule<'_>, pod: &PodEnd, direction: Direction) -> Vec<Option<Port>> {
    let answers = (direction == Direction::Ingress).then_some(pod);
    match &rule.ports {
        None => vec![None],
        Some(ports) => ports.iter().filter_map(|port| port.numbers(answers)).map(Some).collect(),
    }
}

/// Whether a pod's policies of one direction let all of this pass.
pub fn lets(policies: &Policies<'_>, pod: &PodEnd, direction: Direction, stranger: &Stranger) -> bool {
    let rules: Vec<&[Rule<'_>]> = policies.closing(pod, direction).map(|(_, rules)| rules).collect();
    rules.is_empty() || allowed(rules.into_iter().flatten(), pod, direction, stranger)
}

/// Whether rules of one direction of a pod let all of this pass.
pub fn allowed<'r, 'a: 'r>(
    rules: impl IntoIterator<Item = &'r Rule<'a>>,
    pod: &PodEnd,
    direction: Direction,
    stranger: &Stranger,
) -> bool {
    let mut addresses = Addresses::default();
    for rule in rules {
        let through = ports(rule, pod, direction).iter().any(|port| match (port, stranger.port) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(wanted)) => {
                let range = |port: &Port| Ranges::one(u128::from(port.from), u128::from(port.to));
                own.protocol == wanted.protocol && range(own).covers(&range(&wanted))
            }
        });
        if !through {
            continue;
        }
        let Some(peers) = &rule.peers else { return true };
        for peer in peers {
            match (&peer.who, &stranger.who) {
                (Who::Addresses(block), Some(Who::Addresses(_))) => addresses.add(block),
                (Who::Pods { namespaces, pods }, Some(Who::Pods { namespaces: places, pods: wanted }))
                    if places.within(namespaces) && wanted.within(pods) =>
                {
                    return true;
                }
                _ => {}
            }
        }
    }
    matches!(&stranger.who, Some(Who::Addresses(wanted)) if addresses.covers(wanted))
}

/// The same peer as the other side would name it, whose namespace may be called otherwise.
pub fn moved(stranger: &Stranger, from: &str, to: &str) -> Stranger {
    let mut moved = stranger.clone();
    if let Some(Who::Pods { namespaces, .. }) = &mut moved.who
        && *namespaces == Selector::one(NAME_OF_NAMESPACE, from)
    {
        *namespaces = Selector::one(NAME_OF_NAMESPACE, to);
    }
    moved
}

/// A peer in a few words.
fn describe(peer: &Node) -> String {
    if let Some(block) = peer.get("ipBlock") {
        let cidr = block.text("cidr").unwrap_or_default();
        let but: Vec<&str> = block.list("except").iter().filter_map(Node::as_str).collect();
        return if but.is_empty() { cidr.to_owned() } else { format!("{cidr} but {}", but.join(" and ")) };
    }
    let read = |key| peer.get(key).map(Selector::read);
    let pods = match read("podSelector") {
        Some(selector) if !selector.is_empty() => format!("pods {}", short(&selector)),
        _ => "all pods".to_owned(),
    };
    match read("namespaceSelector") {
        None => format!("{pods} of the namespace"),
        Some(selector) if selector.is_empty() => format!("{pods} of all namespaces"),
        Some(selector) => {
            let text = selector.to_string();
            let plain = text.strip_prefix(NAME_OF_NAMESPACE).and_then(|rest| rest.strip_prefix('='));
            match plain.filter(|name| !name.contains([',', '|'])) {
                Some(name) => format!("{pods} of namespace {name}"),
                None => format!("{pods} of namespaces {}", short(&selector)),
            }
        }
    }
}

/// A selector without what is before a key's slash: `name=prometheus`.
fn short(selector: &Selector) -> String {
    let text = selector.to_string();
    let parts = text.split(',').map(|part| part.rsplit_once('/').map_or(part, |(_, rest)| rest));
    parts.collect::<Vec<_>>().join(",")
}
