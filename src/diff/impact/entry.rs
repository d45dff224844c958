//! Ways in from outside: hosts and TLS of Ingresses, Routes and the Gateway API.

use super::sides::Change;
use super::{Effect, Found, listed};
use crate::layer::tree::Node;

/// Kinds that let people in, by group.
const KINDS: [(&str, &str); 9] = [
    ("Ingress", "networking.k8s.io"),
    ("Route", "route.openshift.io"),
    ("Gateway", "gateway.networking.k8s.io"),
    ("HTTPRoute", "gateway.networking.k8s.io"),
    ("GRPCRoute", "gateway.networking.k8s.io"),
    ("TLSRoute", "gateway.networking.k8s.io"),
    ("TCPRoute", "gateway.networking.k8s.io"),
    ("VirtualService", "networking.istio.io"),
    ("Certificate", "cert-manager.io"),
];

/// Whether a kind lets people in.
pub fn is_entry(kind: &str, group: &str) -> bool {
    KINDS.contains(&(kind, group))
}

/// Says by which names people come in, and by which no longer.
pub fn tell(change: &Change<'_>, found: &mut Found) {
    if !is_entry(change.kind(), change.group()) {
        return;
    }
    let name = change.name();
    let of = |side: Option<(usize, crate::rules::set::Object<'_>)>| {
        side.map(|(_, object)| hosts(object.node)).unwrap_or_default()
    };
    let (before, after) = (of(change.before), of(change.after));
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|host| !those.contains(host)).cloned().collect()
    };
    let (gone, come) = (only(&before, &after), only(&after, &before));
    let is_certificate = change.kind() == "Certificate";
    let whole = |what: &str| match is_certificate {
        true => format!("{name} {what} the certificate of"),
        false => format!("{name} {what}"),
    };
    let fields = change.any_below(&["spec"]);
    if change.added().is_some() {
        let text = format!(
            "{} {}",
            whole(if is_certificate { "asks for" } else { "lets people in by" }),
            names(&after)
        );
        return found.say(change, Effect::Entry, Vec::new(), text);
    }
    if change.removed().is_some() {
        let what = if is_certificate { "goes, and nobody renews" } else { "goes: nobody comes in by" };
        return found.say(change, Effect::Entry, Vec::new(), format!("{} {}", whole(what), names(&before)));
    }
    if fields.is_empty() {
        return;
    }
    let mut parts = Vec::new();
    if !come.is_empty() {
        parts.push(format!("by {}", listed(&come)));
    }
    if !gone.is_empty() {
        parts.push(format!("no longer by {}", listed(&gone)));
    }
    if change.touches(&["spec", "tls"]) {
        parts.push("with other TLS".to_owned());
    }
    let text = match (parts.is_empty(), is_certificate) {
        (true, true) => format!("{name} is issued again"),
        (true, false) => format!("{name} leads elsewhere, or in another way"),
        // Every service has several names: how many tells enough.
        (false, true) => match (come.len(), gone.len()) {
            (0, 0) => format!("{name} is issued again"),
            (come, gone) if come == gone => format!("{name} is issued again, for {come} other names"),
            (come, gone) => format!("{name} is issued again: {come} names come, {gone} go"),
        },
        (false, false) => format!("{name} lets people in {}", parts.join(", ")),
    };
    found.say(change, Effect::Entry, fields, text);
}

fn names(hosts: &[String]) -> String {
    if hosts.is_empty() { "every name".to_owned() } else { listed(hosts) }
}

fn hosts(object: &Node) -> Vec<String> {
    let Some(spec) = object.get("spec") else { return Vec::new() };
    let texts =
        |key: &str| spec.list(key).iter().filter_map(Node::as_str).map(str::to_owned).collect::<Vec<_>>();
    let mut found: Vec<String> = spec.text("host").map(str::to_owned).into_iter().collect();
    for key in ["hostnames", "hosts", "dnsNames"] {
        found.extend(texts(key));
    }
    for rule in spec.list("rules") {
        found.extend(rule.text("host").map(str::to_owned));
    }
    for listener in spec.list("listeners") {
        found.extend(listener.text("hostname").map(str::to_owned));
    }
    found
}
