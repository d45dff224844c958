//! What a changed object does in a cluster that a reader of its lines may not see: pods that are replaced, and
//! changes that the API server refuses.

use crate::diff::impact::{fixed, replaces_pods};
use crate::layer::parse::parse_one;
use crate::layer::tree::Node;
use crate::source::Sources;

/// What a change does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The pods are replaced by new ones.
    Restart,
    /// The API server lets nobody change this field of an object that exists.
    Refused(String),
}

/// What changing one object into another does; nothing where the texts hold no object.
pub fn effects(before: &[u8], after: &[u8]) -> Vec<Effect> {
    let (Some(before), Some(after)) = (object(before), object(after)) else { return Vec::new() };
    let refused: Vec<Effect> = fixed::refused(&before, &after).into_iter().map(Effect::Refused).collect();
    let restart = refused.is_empty() && replaces_pods(&before, &after);
    restart.then_some(Effect::Restart).into_iter().chain(refused).collect()
}

fn object(bytes: &[u8]) -> Option<Node> {
    let text = std::str::from_utf8(bytes).ok()?;
    parse_one(Sources::default().scratch(), text).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: &str, before: &str, after: &str) -> Vec<Effect> {
        let version = match kind {
            "StatefulSet" => "apps/v1",
            "Job" => "batch/v1",
            "RoleBinding" => "rbac.authorization.k8s.io/v1",
            _ => "v1",
        };
        let text = |spec: &str| format!("apiVersion: {version}\nkind: {kind}\n{spec}\n").into_bytes();
        effects(&text(before), &text(after))
    }

    fn refused(field: &str) -> [Effect; 1] {
        [Effect::Refused(field.to_owned())]
    }

    #[test]
    fn what_a_change_does_depends_on_where_it_is() {
        let (one, other) = ("spec: {replicas: 1, template: {a: 1}}", "spec: {replicas: 2, template: {a: 1}}");
        assert_eq!(of("StatefulSet", one, other), []);
        let other = "spec: {replicas: 1, template: {a: 2}}";
        assert_eq!(of("StatefulSet", one, other), [Effect::Restart]);
        assert_eq!(of("Job", one, other), refused("spec.template"));
        assert_eq!(of("ConfigMap", one, other), []);
        let waits = "spec: {updateStrategy: {type: OnDelete}, template: {a: 2}}";
        assert_eq!(of("StatefulSet", "spec: {template: {a: 1}}", waits), []);
        let claims = "spec: {template: {a: 2}, volumeClaimTemplates: [{a: 1}]}";
        assert_eq!(of("StatefulSet", one, claims), refused("spec.volumeClaimTemplates"));
        assert_eq!(of("RoleBinding", "roleRef: {name: a}", "roleRef: {name: b}"), refused("roleRef"));
    }

    #[test]
    fn texts_that_are_no_objects_do_nothing() {
        assert_eq!(effects(b"a: [", b"kind: Job\nspec: {template: 1}"), []);
        assert_eq!(effects(b"- 1\n", b"- 2\n"), []);
        assert_eq!(effects(b"\xff", b"\xfe"), []);
    }
}
