//! What the components of a release declare, in the words of the simulator.

use super::world::World;
use crate::graph::flows::{Pods, Rule};
use crate::graph::policies::{self, Labels, NAME_OF_NAMESPACE, PodEnd, Port, RulePort, Selector, Who};
use crate::layer::tree::{Node, Value};
use crate::rules::set::Known;
use crate::source::Span;
use serde_json::Value as Json;

/// A group of pods with what it may do.
pub struct Group<'k> {
    /// `COMPONENT/GROUP`.
    pub name: String,
    /// The pods of the set that are of it.
    pub pods: Vec<usize>,
    /// Who may connect to it.
    pub ingress: Vec<Allowed<'k>>,
    /// Where it may connect to.
    pub egress: Vec<Allowed<'k>>,
    who: Who,
}

impl Group<'_> {
    /// Whether a peer is this group.
    pub fn is(&self, who: &Who) -> bool {
        self.who == *who
    }
}

/// What one flow allows.
pub struct Allowed<'k> {
    /// `COMPONENT/FLOW`.
    pub flow: String,
    /// Any of these.
    pub peers: Vec<Peer<'k>>,
    /// On any of these.
    pub ports: Vec<Port>,
}

/// The other side of a flow.
pub struct Peer<'k> {
    /// Who it is.
    pub who: Who,
    /// Of pods: one with no labels but those that are asked for.
    pub pod: PodEnd,
    json: &'k Json,
    namespace: &'k str,
}

impl Peer<'_> {
    /// Who it is, for people.
    pub fn text(&self) -> String {
        describe(self.json, self.namespace)
    }
}

/// The groups of a release, in the order of their names.
pub fn groups<'k>(known: Known<'k>, world: &World<'_>) -> Vec<Group<'k>> {
    let namespace = known.compiled.release.namespace.as_str();
    let scratch = known.compiled.merged.root.span;
    let read = |(name, pods): (&String, &'k Pods)| {
        let selector = labels_selector(&pods.selector);
        let own = |end: &&PodEnd| end.namespace == namespace && selector.takes(&end.labels);
        let found = world.ends.iter().enumerate().filter(|(_, end)| own(end)).map(|(at, _)| at).collect();
        let allowed =
            |rules: &'k [Rule]| rules.iter().map(|rule| allowed(rule, namespace, scratch)).collect();
        Group {
            name: name.clone(),
            pods: found,
            ingress: allowed(&pods.ingress),
            egress: allowed(&pods.egress),
            who: Who::Pods { namespaces: Selector::one(NAME_OF_NAMESPACE, namespace), pods: selector },
        }
    };
    known.compiled.platform.graph.iter().map(read).collect()
}

fn labels_selector(labels: &Labels) -> Selector {
    labels.iter().fold(Selector::default(), |selector, (key, value)| selector.and(Selector::one(key, value)))
}

fn allowed<'k>(rule: &'k Rule, namespace: &'k str, scratch: Span) -> Allowed<'k> {
    let node = |json: &Json| Node::new(scratch, Value::from_json(json, scratch));
    let peers = rule.peers.iter().map(|json| Peer {
        who: policies::Peer::read(&node(json), namespace).who,
        pod: pod(json, namespace),
        json,
        namespace,
    });
    let ports = rule.ports.iter().filter_map(|json| RulePort::read(&node(json)).numbers(None));
    Allowed { flow: rule.flow.clone(), peers: peers.collect(), ports: ports.collect() }
}

fn name_of(peer: &Json) -> Option<&str> {
    peer.pointer("/namespaceSelector/matchLabels")?.get(NAME_OF_NAMESPACE)?.as_str()
}

fn wanted(peer: &Json) -> Labels {
    let labels = peer.pointer("/podSelector/matchLabels").and_then(Json::as_object);
    let labels = labels.into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn pod(peer: &Json, namespace: &str) -> PodEnd {
    PodEnd {
        namespace: name_of(peer).unwrap_or(namespace).to_owned(),
        labels: wanted(peer),
        ..PodEnd::default()
    }
}

fn describe(peer: &Json, namespace: &str) -> String {
    if let Some(block) = peer.get("ipBlock") {
        let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
        let but: Vec<String> = block["except"].as_array().into_iter().flatten().map(text).collect();
        let cidr = text(&block["cidr"]);
        return if but.is_empty() { cidr } else { format!("{cidr} but {}", but.join(", ")) };
    }
    let pods: Vec<String> = wanted(peer).iter().map(|(key, value)| format!("{key}={value}")).collect();
    let place = name_of(peer).unwrap_or(namespace);
    if pods.is_empty() {
        format!("all pods in {place}")
    } else {
        format!("pods {} in {place}", pods.join(","))
    }
}
