//! `net/not-isolated` and `net/selects-neighbours`: a release closes all of its pods, and nobody else's.

use super::blocked::each;
use super::world::World;
use crate::graph::policies::{Direction, Labels, PodEnd, Selector};
use crate::rules::set::{Known, Subject};
use crate::rules::{Place, Problem};

/// The label that tells the pods of a release from all others.
const INSTANCE: &str = "app.kubernetes.io/instance";

/// Every pod of the release is closed both ways, those included that no flow speaks of.
pub fn closed(subject: &Subject<'_>, world: &World<'_>, known: Known<'_>, problems: &mut Vec<Problem>) {
    let help =
        "let a policy with `policyTypes: [Ingress, Egress]` select it, such as the release's default-deny";
    let open = |end: &PodEnd| {
        let both = [Direction::Ingress, Direction::Egress].into_iter();
        let open: Vec<&str> = both
            .filter(|direction| world.policies.closing(end, *direction).next().is_none())
            .map(|direction| match direction {
                Direction::Ingress => "may be reached by everybody",
                Direction::Egress => "may reach everything",
            })
            .collect();
        (!open.is_empty()).then(|| open.join(" and "))
    };
    let mut some = false;
    for (at, end, name) in each(subject, world) {
        let Some(open) = open(end) else { continue };
        let Some(pod) = subject.pods.get(at) else { continue };
        some = true;
        let (at, label) = if end.host_network {
            let field = pod.spec.get("hostNetwork");
            (field.map_or(Place::Whole, |field| subject.place(field)), "policies do not select such pods")
        } else {
            (subject.missing(pod.template, &["metadata", "labels"]), "no policy selects these labels")
        };
        problems.push(Problem::new("net/not-isolated", format!("{name} {open}"), at, label).help(help));
    }
    // What is added later, by hand or by a session, is closed from its first moment.
    let release = known.compiled.release.name.as_str();
    let bare = PodEnd {
        namespace: known.compiled.release.namespace.as_str().to_owned(),
        labels: Labels::from([(INSTANCE.to_owned(), release.to_owned())]),
        ..PodEnd::default()
    };
    if let (Some(open), false, false) = (open(&bare), some, subject.pods.is_empty()) {
        let message = format!("a pod of {release} that no policy knows by name {open}");
        let help = format!(
            "add a policy that selects `{INSTANCE}: {release}` and has no rules, as the built-in default-deny"
        );
        problems.push(Problem::new("net/not-isolated", message, Place::Whole, "").help(help));
    }
}

/// Policies of a release select its own pods. One without rules may close a whole namespace that the release owns.
pub fn neighbours(subject: &Subject<'_>, world: &World<'_>, known: Known<'_>, problems: &mut Vec<Problem>) {
    let own = Selector::one(INSTANCE, known.compiled.release.name.as_str());
    for policy in &world.policies.all {
        let rules = policy.ingress.iter().chain(&policy.egress).any(|rules| !rules.is_empty());
        let whole = policy.pods.is_empty() && !rules && known.compiled.spec.namespace.owned;
        if whole || policy.pods.within(&own) {
            continue;
        }
        let message = format!("`NetworkPolicy/{}` selects pods that are not the release's", policy.name);
        let at = subject.missing(policy.node, &["spec", "podSelector"]);
        let label = format!("does not ask for `{INSTANCE}: {}`", known.compiled.release.name);
        problems.push(
            Problem::new("net/selects-neighbours", message, at, label)
                .help(format!("add `{INSTANCE}: {}` to `matchLabels`", known.compiled.release.name)),
        );
    }
}
