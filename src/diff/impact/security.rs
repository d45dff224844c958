//! What pods may do to their node and to the API server: loosened or tightened.

use super::sides::{Change, Context};
use super::{Effect, Found, listed};
use crate::layer::tree::Node;
use crate::rules::set::Pod;

/// Names what became looser or tighter in the pods of a change.
pub fn tell(context: &Context<'_>, change: &Change<'_>, found: &mut Found) {
    match change.kind() {
        "Namespace" => return namespace(change, found),
        "ServiceAccount" => return account(change, found),
        _ => {}
    }
    let Some((object, _)) = change.before else { return };
    for (old, new) in
        context.before.pods_of(object).iter().filter_map(|at| Some((*at, *context.pods.get(at)?)))
    {
        let (old, new) = (&context.before.subject.pods[old], &context.after.subject.pods[new]);
        let fields = match (new.file, super::workloads::template(change.kind(), change.group())) {
            (Some(file), _) => change.below(&["data", file]),
            (None, Some(path)) => change.below(path),
            (None, None) => change.below(&["spec"]),
        };
        if fields.is_empty() {
            continue;
        }
        let (before, after) = (freedoms(old), freedoms(new));
        let more: Vec<String> = after.iter().filter(|one| !before.contains(one)).cloned().collect();
        let less: Vec<String> = before.iter().filter(|one| !after.contains(one)).cloned().collect();
        if !more.is_empty() {
            let text = format!("pods of {} may do more: {}", new.name(), listed(&more));
            found.say(change, Effect::Widens, fields.clone(), text);
        }
        if !less.is_empty() {
            let text = format!("pods of {} may do less: no longer {}", new.name(), listed(&less));
            found.say(change, Effect::Narrows, fields, text);
        }
    }
}

/// What a pod is allowed beyond the strictest one (Pod Security Standards, `restricted`), each thing in words.
fn freedoms(pod: &Pod<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let flag = |node: Option<&Node>| node.and_then(Node::as_bool);
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        if flag(pod.spec.get(field)) == Some(true) {
            found.push(field.to_owned());
        }
    }
    for volume in pod.spec.list("volumes") {
        if let Some(path) = volume.get("hostPath").and_then(|host| host.text("path")) {
            found.push(format!("the node's {path}"));
        }
    }
    // Kubernetes mounts a token unless the pod or its account says no; the account's word is its own change.
    if flag(pod.spec.get("automountServiceAccountToken")) == Some(true) {
        found.push("a token for the API server".to_owned());
    }
    if let Some(account) = pod.spec.text("serviceAccountName") {
        found.push(format!("the rights of ServiceAccount/{}", trim_release(account, pod)));
    }
    let whole = pod.spec.get("securityContext");
    for container in pod.containers() {
        let name = container.text("name").unwrap_or_default();
        let own = container.get("securityContext");
        let either =
            |key: &str| own.and_then(|own| own.get(key)).or_else(|| whole.and_then(|whole| whole.get(key)));
        let mut say = |what: String| found.push(format!("{what} in {name}"));
        if flag(own.and_then(|own| own.get("privileged"))) == Some(true) {
            say("privileged".to_owned());
        }
        if flag(own.and_then(|own| own.get("allowPrivilegeEscalation"))) != Some(false) {
            say("allowPrivilegeEscalation".to_owned());
        }
        if flag(own.and_then(|own| own.get("readOnlyRootFilesystem"))) != Some(true) {
            say("a writable root filesystem".to_owned());
        }
        if flag(either("runAsNonRoot")) != Some(true) {
            say("running as root".to_owned());
        }
        if either("runAsUser").and_then(Node::as_int) == Some(0) {
            say("user 0".to_owned());
        }
        let profile = either("seccompProfile").and_then(|profile| profile.text("type"));
        if !matches!(profile, Some("RuntimeDefault" | "Localhost")) {
            say("every system call".to_owned());
        }
        let capabilities = own.and_then(|own| own.get("capabilities"));
        let listed = |key: &str| capabilities.map(|all| all.list(key)).unwrap_or_default().iter();
        for added in listed("add").filter_map(Node::as_str) {
            say(format!("capability {added}"));
        }
        if !listed("drop").any(|dropped| dropped.as_str() == Some("ALL")) {
            say("default capabilities".to_owned());
        }
    }
    found
}

/// An account's name without the release's, in which two environments differ.
fn trim_release<'a>(account: &'a str, pod: &Pod<'_>) -> &'a str {
    let release = pod.label("app.kubernetes.io/instance").unwrap_or_default();
    account.strip_prefix(release).map_or(account, |rest| rest.trim_start_matches('-'))
}

/// The levels of the Pod Security Standards, the loosest first.
const LEVELS: [&str; 3] = ["privileged", "baseline", "restricted"];

fn namespace(change: &Change<'_>, found: &mut Found) {
    let Some((before, after)) = change.both() else { return };
    let key = "pod-security.kubernetes.io/enforce";
    let level = |side: &Node| {
        let text = side.below(&["metadata", "labels", key]).and_then(Node::as_str).unwrap_or("privileged");
        LEVELS.iter().position(|known| *known == text).unwrap_or(0)
    };
    let (old, new) = (level(before), level(after));
    let fields = change.below(&["metadata", "labels", key]);
    let text = |verb: &str| format!("{} {verb} pods of the level {}", change.name(), LEVELS[new]);
    match new.cmp(&old) {
        std::cmp::Ordering::Less => found.say(change, Effect::Widens, fields, text("now takes")),
        std::cmp::Ordering::Greater => found.say(change, Effect::Narrows, fields, text("now takes only")),
        std::cmp::Ordering::Equal => {}
    }
}

fn account(change: &Change<'_>, found: &mut Found) {
    let Some((before, after)) = change.both() else { return };
    let mounts =
        |side: &Node| side.get("automountServiceAccountToken").and_then(Node::as_bool) != Some(false);
    let fields = change.below(&["automountServiceAccountToken"]);
    match (mounts(before), mounts(after)) {
        (false, true) => {
            let text = format!("pods of {} get a token for the API server when they start", change.name());
            found.say(change, Effect::Widens, fields, text);
        }
        (true, false) => {
            let text = format!("pods of {} get no token for the API server any more", change.name());
            found.say(change, Effect::Narrows, fields, text);
        }
        _ => {}
    }
    // Roles of clouds: IRSA, workload identity of GKE and Azure.
    let annotations = change.below(&["metadata", "annotations"]);
    let clouds =
        ["eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id"];
    for cloud in clouds {
        let value = |side: &Node| side.below(&["metadata", "annotations", cloud]).map(Node::to_json);
        if value(before) != value(after) {
            let effect = if value(after).is_none() { Effect::Narrows } else { Effect::Widens };
            let text = format!("pods of {} have the rights of another account in the cloud", change.name());
            found.say(change, effect, annotations.clone(), text);
        }
    }
}
