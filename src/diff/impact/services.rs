//! Services: ports that answer no more, and other pods behind a name.

use super::sides::{Change, Context, Side};
use super::{Effect, Found, listed};
use crate::layer::tree::Node;
use crate::rules::net::world::number;

/// What a change of a Service does to those who connect to it.
pub fn tell(context: &Context<'_>, change: &Change<'_>, found: &mut Found) {
    if change.kind() != "Service" || !change.group().is_empty() {
        return;
    }
    let name = change.name();
    if let Some(service) = change.added() {
        let ports: Vec<String> = ports(service).iter().map(u16::to_string).collect();
        let text = format!("{name} answers by its name on {}", listed(&ports));
        found.say(change, Effect::Starts, Vec::new(), text);
        outside(change, None, Some(service), found);
        return;
    }
    if let Some(service) = change.removed() {
        let text = format!("{name} goes: its name leads nowhere any more");
        found.say(change, Effect::ClosesPath, Vec::new(), text);
        outside(change, Some(service), None, found);
        return;
    }
    let Some((before, after)) = change.both() else { return };
    outside(change, Some(before), Some(after), found);
    let fields = change.any_below(&["spec.ports", "spec.type", "spec.externalName"]);
    let (old, new) = (ports(before), ports(after));
    let only = |these: &[u16], those: &[u16]| -> Vec<String> {
        these.iter().filter(|port| !those.contains(port)).map(u16::to_string).collect()
    };
    let (gone, come) = (only(&old, &new), only(&new, &old));
    if !gone.is_empty() {
        let text = format!("clients of {name} get no answer on {} any more", listed(&gone));
        found.say(change, Effect::ClosesPath, fields.clone(), text);
    }
    if !come.is_empty() {
        found.say(
            change,
            Effect::OpensPath,
            fields.clone(),
            format!("{name} now answers on {}", listed(&come)),
        );
    }
    let (Some((old_at, _)), Some((new_at, _))) = (change.before, change.after) else { return };
    let (before_pods, after_pods) = (behind(&context.before, old_at), behind(&context.after, new_at));
    let fields = change.any_below(&["spec.selector", "spec.ports"]);
    if !fields.is_empty() && gone.is_empty() {
        // The same pods may be called otherwise: what counts is which of the first side's they are.
        let mapped: Vec<usize> =
            before_pods.iter().filter_map(|pod| context.pods.get(pod).copied()).collect();
        let lost = mapped.iter().any(|pod| !after_pods.contains(pod)) || mapped.len() < before_pods.len();
        let gained = after_pods.iter().any(|pod| !mapped.contains(pod));
        let names = |side: &Side<'_>, pods: &[usize]| {
            let names = pods.iter().filter_map(|at| side.subject.pods.get(*at)).map(|pod| pod.name());
            listed(&names.collect::<Vec<_>>())
        };
        if after_pods.is_empty() && !before_pods.is_empty() {
            let text = format!("no pod of the set answers behind {name} any more");
            found.say(change, Effect::ClosesPath, fields, text);
        } else if lost || gained {
            let text = format!("{name} leads to {} from now on", names(&context.after, &after_pods));
            let effect = if gained { Effect::OpensPath } else { Effect::ClosesPath };
            found.say(change, effect, fields, text);
        } else {
            let text = format!("connections to {name} go to the same pods by another port or name of it");
            found.say(change, Effect::Live, fields, text);
        }
    }
    let spread = change.any_below(&[
        "spec.sessionAffinity",
        "spec.sessionAffinityConfig",
        "spec.internalTrafficPolicy",
    ]);
    if !spread.is_empty() {
        let text = format!("new connections to {name} are spread over its pods in another way");
        found.say(change, Effect::Live, spread, text);
    }
}

fn ports(service: &Node) -> Vec<u16> {
    let listed = service.get("spec").map(|spec| spec.list("ports")).unwrap_or_default();
    listed.iter().filter_map(|port| number(port.get("port"))).collect()
}

fn behind(side: &Side<'_>, object: usize) -> Vec<usize> {
    let object = &side.subject.objects()[object];
    let namespace = object.id.namespace.as_deref().unwrap_or_default();
    let service = side.world.service(namespace, &object.id.name);
    service
        .map(|service| {
            let mut pods = service.pods.clone();
            // A port that no pod has leads nowhere.
            let listed = object.node.get("spec").map(|spec| spec.list("ports")).unwrap_or_default();
            let answers: Vec<usize> =
                listed.iter().flat_map(|port| side.world.behind(service, port)).map(|(at, _)| at).collect();
            pods.retain(|pod| answers.contains(pod));
            pods
        })
        .unwrap_or_default()
}

/// Types that let in who is outside the cluster.
fn outside(change: &Change<'_>, before: Option<&Node>, after: Option<&Node>, found: &mut Found) {
    let open = |side: Option<&Node>| {
        let of = side?.below(&["spec", "type"])?.as_str()?;
        matches!(of, "LoadBalancer" | "NodePort").then(|| of.to_owned())
    };
    let (old, new) = (open(before), open(after));
    let (name, fields) = (change.name(), change.any_below(&["spec.type"]));
    match (&old, &new) {
        (old, Some(new)) if old.as_ref() != Some(new) => {
            let text = format!("{name} can be reached from outside the cluster: {new}");
            found.say(change, Effect::Entry, fields, text);
        }
        (Some(_), None) => {
            let text = format!("{name} can no longer be reached from outside the cluster");
            found.say(change, Effect::Entry, fields, text);
        }
        _ => {}
    }
    let ranges =
        change.any_below(&["spec.loadBalancerSourceRanges", "spec.externalIPs", "spec.loadBalancerIP"]);
    if !ranges.is_empty() {
        let text = format!("who may come to {name} from outside, and by which address, changes");
        found.say(change, Effect::Entry, ranges, text);
    }
}
