//! What Roles and their bindings grant, compared by what they mean: `*` holds every verb, group and resource.

use super::sides::Change;
use super::{Effect, Found, listed};
use crate::layer::tree::Node;

const GROUP: &str = "rbac.authorization.k8s.io";

/// Says what becomes allowed and what no longer is.
pub fn tell(change: &Change<'_>, found: &mut Found) {
    if change.group() != GROUP {
        if change.kind() == "ServiceAccount" {
            account(change, found);
        }
        return;
    }
    match change.kind() {
        "Role" | "ClusterRole" => role(change, found),
        "RoleBinding" | "ClusterRoleBinding" => binding(change, found),
        _ => {}
    }
}

/// One thing that a rule allows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Grant {
    verb: String,
    /// `GROUP/RESOURCE`, or a path that is no resource.
    what: (String, String),
    /// One object alone.
    name: Option<String>,
}

impl Grant {
    /// Whether it allows all that another does (pkg/apis/rbac/v1/evaluation_helpers.go).
    fn covers(&self, other: &Grant) -> bool {
        let takes = |own: &str, wanted: &str| own == "*" || own == wanted;
        let resource = |own: &str, wanted: &str| {
            takes(own, wanted)
                || own
                    .strip_prefix("*/")
                    .is_some_and(|sub| wanted.rsplit_once('/').is_some_and(|(_, of)| of == sub))
                || (own.starts_with('/')
                    && own.strip_suffix('*').is_some_and(|head| wanted.starts_with(head)))
        };
        takes(&self.verb, &other.verb)
            && takes(&self.what.0, &other.what.0)
            && resource(&self.what.1, &other.what.1)
            && (self.name.is_none() || self.name == other.name)
    }

    fn text(&self) -> String {
        let Grant { verb, what: (group, resource), name } = self;
        let dot = if group.is_empty() { "" } else { "." };
        let of = name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        format!("{verb} {resource}{dot}{group}{of}")
    }
}

fn grants(role: &Node) -> Vec<Grant> {
    let words = |rule: &Node, key: &str| -> Vec<String> {
        rule.list(key).iter().filter_map(Node::as_str).map(str::to_owned).collect()
    };
    let mut found = Vec::new();
    for rule in role.list("rules") {
        let names: Vec<Option<String>> = match words(rule, "resourceNames") {
            names if names.is_empty() => vec![None],
            names => names.into_iter().map(Some).collect(),
        };
        for verb in words(rule, "verbs") {
            for resource in words(rule, "resources") {
                for group in words(rule, "apiGroups") {
                    for name in &names {
                        let what = (group.clone(), resource.clone());
                        found.push(Grant { verb: verb.clone(), what, name: name.clone() });
                    }
                }
            }
            for path in words(rule, "nonResourceURLs") {
                found.push(Grant { verb: verb.clone(), what: (String::new(), path), name: None });
            }
        }
    }
    found
}

/// What one role allows and another does not, grouped by resource: `create, delete pods`.
fn beyond(more: &[Grant], than: &[Grant]) -> Vec<String> {
    let news = more.iter().filter(|grant| !than.iter().any(|own| own.covers(grant)));
    news.map(Grant::text).collect()
}

fn role(change: &Change<'_>, found: &mut Found) {
    let name = change.name();
    let side = |object: Option<(usize, crate::rules::set::Object<'_>)>| {
        object.map(|(_, object)| grants(object.node)).unwrap_or_default()
    };
    let (before, after) = (side(change.before), side(change.after));
    let fields = change.any_below(&["rules", "aggregationRule"]);
    let (more, less) = (beyond(&after, &before), beyond(&before, &after));
    if !more.is_empty() {
        found.say(change, Effect::Widens, fields.clone(), format!("{name} now allows {}", listed(&more)));
    }
    if !less.is_empty() {
        found.say(
            change,
            Effect::Narrows,
            fields.clone(),
            format!("{name} no longer allows {}", listed(&less)),
        );
    }
    if change.touches(&["aggregationRule"]) {
        let text = format!("{name} takes its rules from other ClusterRoles, which are not known here");
        found.say(change, Effect::Widens, fields, text);
    } else if change.both().is_some() && more.is_empty() && less.is_empty() && !fields.is_empty() {
        found.say(change, Effect::Nothing, fields, format!("{name} allows what it did, written otherwise"));
    }
}

fn binding(change: &Change<'_>, found: &mut Found) {
    let subjects = |object: Option<(usize, crate::rules::set::Object<'_>)>| -> Vec<String> {
        let listed = object.map(|(_, object)| object.node.list("subjects")).unwrap_or_default();
        let text = |subject: &Node| {
            let part = |key: &str| subject.text(key).unwrap_or_default();
            format!("{} {}", part("kind"), part("name"))
        };
        listed.iter().map(text).collect()
    };
    let role = |object: Option<(usize, crate::rules::set::Object<'_>)>| {
        let of = |key: &str| {
            object.and_then(|(_, object)| object.node.below(&["roleRef", key])?.as_str()).unwrap_or_default()
        };
        format!("{}/{}", of("kind"), of("name"))
    };
    let (before, after) = (subjects(change.before), subjects(change.after));
    let is_other = change.both().is_some() && change.touches(&["roleRef"]);
    let more: Vec<String> = after.iter().filter(|one| is_other || !before.contains(one)).cloned().collect();
    let less: Vec<String> = before.iter().filter(|one| is_other || !after.contains(one)).cloned().collect();
    let fields = change.any_below(&["subjects", "roleRef"]);
    if !more.is_empty() {
        let text = format!("{} may do what {} allows", listed(&more), role(change.after));
        found.say(change, Effect::Widens, fields.clone(), text);
    }
    if !less.is_empty() {
        let text = format!("{} may no longer do what {} allows", listed(&less), role(change.before));
        found.say(change, Effect::Narrows, fields, text);
    }
}

fn account(change: &Change<'_>, found: &mut Found) {
    if change.added().is_some() {
        let text = format!("{} is made, with the rights that bindings give it", change.name());
        found.say(change, Effect::Starts, Vec::new(), text);
    } else if change.removed().is_some() {
        let text =
            format!("{} goes: pods that run as it have no rights and cannot be created", change.name());
        found.say(change, Effect::Narrows, Vec::new(), text);
    }
}
