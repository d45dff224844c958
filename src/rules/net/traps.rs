//! What is easily got wrong in a NetworkPolicy: types, selectors, names and numbers of ports.

use super::declared::Group;
use super::world::World;
use crate::graph::policies::{
    Direction, NAME_OF_NAMESPACE, Number, Peer, PodEnd, Policy, Rule, RulePort, Who,
};
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::Subject;
use std::collections::BTreeSet;

/// Every policy of the set.
pub fn check(subject: &Subject<'_>, world: &World<'_>, groups: &[Group<'_>], problems: &mut Vec<Problem>) {
    let rules = groups.iter().flat_map(|group| group.ingress.iter().chain(&group.egress));
    let declared: Vec<&Who> = rules.flat_map(|rule| &rule.peers).map(|peer| &peer.who).collect();
    for policy in &world.policies.all {
        types(subject, policy, problems);
        let selected: Vec<usize> = (0..world.ends.len())
            .filter(|at| {
                let end = &world.ends[*at];
                end.namespace == policy.namespace && policy.pods.takes(&end.labels)
            })
            .collect();
        selects_nothing(subject, world, policy, &selected, problems);
        for (direction, rules) in [(Direction::Ingress, &policy.ingress), (Direction::Egress, &policy.egress)]
        {
            for rule in rules.iter().flatten() {
                for peer in rule.peers.iter().flatten() {
                    namespaces(subject, world, peer, problems);
                    if subject.known().is_some() && !declared.contains(&&peer.who) {
                        nobody(subject, world, policy, peer, problems);
                    }
                }
                let answering = match direction {
                    Direction::Ingress => selected.clone(),
                    Direction::Egress => peers(world, rule),
                };
                for port in rule.ports.iter().flatten() {
                    ports(subject, world, port, &answering, problems);
                }
            }
        }
    }
}

/// `net/policy-types`: what a policy closes is not what its rules are about.
fn types(subject: &Subject<'_>, policy: &Policy<'_>, problems: &mut Vec<Problem>) {
    let Some(spec) = policy.node.get("spec") else { return };
    let written: Vec<&str> = spec.list("policyTypes").iter().filter_map(Node::as_str).collect();
    let rules = |field: &str| !spec.list(field).is_empty();
    let name = policy.name;
    let found = if written.is_empty() {
        match (spec.get("egress"), spec.get("ingress").is_some()) {
            (Some(_), false) if rules("egress") => Some((
                spec,
                format!("`NetworkPolicy/{name}` has rules for egress alone, and closes ingress too"),
                "without `policyTypes` ingress is always meant",
                "write `policyTypes: [Egress]`, or `[Ingress, Egress]` if both are meant",
            )),
            (Some(egress), _) if !rules("egress") => Some((
                egress,
                format!("`NetworkPolicy/{name}` leaves egress open"),
                "an empty list without `policyTypes` closes nothing",
                "write `policyTypes: [Ingress, Egress]`",
            )),
            _ => None,
        }
    } else {
        // Of a release an empty list counts too: it was meant to close.
        let meant = |field: &str| rules(field) || subject.known().is_some() && spec.get(field).is_some();
        let ignored = [("Ingress", "ingress"), ("Egress", "egress")]
            .into_iter()
            .find(|(kind, field)| !written.contains(kind) && meant(field));
        ignored.and_then(|(kind, field)| {
            let message = format!("the {field} rules of `NetworkPolicy/{name}` have no effect");
            let help =
                if kind == "Egress" { "add Egress to `policyTypes`" } else { "add Ingress to `policyTypes`" };
            Some((spec.get(field)?, message, "`policyTypes` does not name this direction", help))
        })
    };
    if let Some((node, message, label, help)) = found {
        problems.push(Problem::new("net/policy-types", message, subject.place(node), label).help(help));
    }
}

/// Labels of pods that others make at run time: Spark's own, and those of its operator.
const MADE_LATER: [&str; 4] = ["spark-", "sparkoperator.k8s.io/", "batch.kubernetes.io/", "job-name"];

/// `net/policy-selects-nothing`.
fn selects_nothing(
    subject: &Subject<'_>,
    world: &World<'_>,
    policy: &Policy<'_>,
    selected: &[usize],
    problems: &mut Vec<Problem>,
) {
    // A release without pods has a default-deny all the same.
    if !selected.is_empty() || world.ends.is_empty() {
        return;
    }
    let wanted = policy.pods.requirements();
    let later = wanted.iter().any(|one| MADE_LATER.iter().any(|prefix| one.key.starts_with(prefix)));
    // Others' manifests may come without the pods that their policies are for.
    let neighbours = world.ends.iter().any(|end| end.namespace == policy.namespace);
    if subject.known().is_none() && (later || !neighbours || policy.pods.is_empty()) {
        return;
    }
    let closest = world
        .ends
        .iter()
        .zip(&subject.pods)
        .filter(|(end, _)| end.namespace == policy.namespace)
        .max_by_key(|(end, _)| wanted.iter().filter(|one| one.takes(&end.labels)).count());
    let help = closest.and_then(|(end, pod)| {
        let one = wanted.iter().find(|one| !one.takes(&end.labels))?;
        let has = end
            .labels
            .get(&one.key)
            .map_or("no such label".to_owned(), |value| format!("`{}: {value}`", one.key));
        Some(format!("{} has {has}", super::flows::named(pod)))
    });
    let message = format!("`NetworkPolicy/{}` selects no pod of the set", policy.name);
    let at = subject.missing(policy.node, &["spec", "podSelector"]);
    let label = if policy.pods.is_empty() { String::new() } else { format!("nothing has `{}`", policy.pods) };
    problems.push(Problem::new("net/policy-selects-nothing", message, at, label).help_if(help));
}

/// `net/peer-selects-nothing`: a peer among the release's own pods that no flow asks for in these words.
fn nobody(
    subject: &Subject<'_>,
    world: &World<'_>,
    policy: &Policy<'_>,
    peer: &Peer<'_>,
    problems: &mut Vec<Problem>,
) {
    let (Who::Pods { pods, .. }, Some(selector), None) =
        (&peer.who, peer.node.get("podSelector"), peer.node.get("namespaceSelector"))
    else {
        return;
    };
    let own = |end: &PodEnd| end.namespace == policy.namespace && pods.takes(&end.labels);
    if pods.is_empty() || world.ends.iter().any(own) {
        return;
    }
    let message = format!("a peer in `NetworkPolicy/{}` is no pod of the release", policy.name);
    let label = format!("nothing has `{pods}`");
    problems.push(Problem::new("net/peer-selects-nothing", message, subject.place(selector), label).help(
        "write the labels that the pod template has, or name the peer in the spec, such as `connect.clients`",
    ));
}

/// Labels that others than the API server give namespaces, by themselves: OpenShift, and Pod Security's labels
/// where they are set for all.
const GIVEN: [&str; 4] = [
    "network.openshift.io/",
    "policy-group.network.openshift.io/",
    "openshift.io/",
    "pod-security.kubernetes.io/",
];

/// `net/namespace-label`: a label that no namespace has by itself, nor by an object of the set.
fn namespaces(subject: &Subject<'_>, world: &World<'_>, peer: &Peer<'_>, problems: &mut Vec<Problem>) {
    let (Who::Pods { namespaces, .. }, Some(selector)) = (&peer.who, peer.node.get("namespaceSelector"))
    else {
        return;
    };
    for one in namespaces.requirements() {
        let given = one.key == NAME_OF_NAMESPACE || GIVEN.iter().any(|prefix| one.key.starts_with(prefix));
        if given || !one.needs_label() || world.policies.has_namespace_label(&one.key) {
            continue;
        }
        let message = format!("no namespace has the label `{}` by itself", one.key);
        let help = if super::dns::OF_PODS.contains(&one.key.as_str()) {
            format!(
                "`{}` is a label of pods: select it in `podSelector`, and the namespace by `{NAME_OF_NAMESPACE}`",
                one.key
            )
        } else {
            format!("select the namespace by its name: `{NAME_OF_NAMESPACE}: NAME`")
        };
        problems.push(
            Problem::new("net/namespace-label", message, subject.place(selector), "the peer is nobody")
                .help(help),
        );
    }
}

/// The pods of the set that the peers of a rule are, where they are pods of the set and nobody else.
fn peers(world: &World<'_>, rule: &Rule<'_>) -> Vec<usize> {
    let mut found = BTreeSet::new();
    for peer in rule.peers.iter().flatten() {
        let Who::Pods { namespaces, pods } = &peer.who else { return Vec::new() };
        let taken = world.ends.iter().enumerate().filter(|(_, end)| {
            pods.takes(&end.labels) && namespaces.takes(&world.policies.labels_of(&end.namespace))
        });
        let before = found.len();
        found.extend(taken.map(|(at, _)| at));
        if pods.is_empty() || found.len() == before {
            return Vec::new();
        }
    }
    found.into_iter().collect()
}

/// `net/service-port-in-policy` and `net/unknown-port`: a number or a name that is a Service's, or nobody's.
fn ports(
    subject: &Subject<'_>,
    world: &World<'_>,
    port: &RulePort<'_>,
    answering: &[usize],
    problems: &mut Vec<Problem>,
) {
    let ends: Vec<_> = answering.iter().filter_map(|at| world.ends.get(*at)).collect();
    if ends.is_empty() || ends.iter().any(|end| end.ports.is_empty()) {
        return;
    }
    let at = || subject.place(port.node.get("port").unwrap_or(port.node));
    match port.number {
        Number::Named(name) => {
            if ends
                .iter()
                .any(|end| end.ports.iter().any(|own| own.name == name && own.protocol == port.protocol))
            {
                return;
            }
            let mut names: BTreeSet<&str> = BTreeSet::new();
            ends.iter().for_each(|end| names.extend(end.ports.iter().map(|own| own.name.as_str())));
            names.remove("");
            let message = format!("no container has a {} port that is called `{name}`", port.protocol.name());
            let help = format!(
                "the pods' ports are called `{}`",
                names.into_iter().collect::<Vec<_>>().join("`, `")
            );
            problems.push(Problem::new("net/unknown-port", message, at(), "this name").help(help));
        }
        Number::Range(number, last) if number == last => {
            if ends.iter().any(|end| end.ports.iter().any(|own| own.number == number)) {
                return;
            }
            for service in
                world.services().filter(|service| service.pods.iter().any(|at| answering.contains(at)))
            {
                let answers = world.answers(service, number);
                let Some((_, own)) = answers.iter().find(|(_, own)| own.from != number) else { continue };
                let message =
                    format!("{number} is the port of `{}`, whose pods answer on {own}", service.object.id);
                problems.push(
                    Problem::new("net/service-port-in-policy", message, at(), "policies see the pods' ports")
                        .and(subject.missing(service.object.node, &["spec", "ports"]), "the Service's")
                        .help(format!("write `port: {own}`")),
                );
                return;
            }
        }
        _ => {}
    }
}
