//! What a changed object does in a cluster that a reader of its lines may not see: pods that are replaced, and
//! changes that the API server refuses.

use crate::layer::parse::parse_one;
use crate::layer::tree::Node;
use crate::source::Sources;

/// What a change does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The pods are replaced by new ones.
    Restart,
    /// The API server lets nobody change this field of an object that exists.
    Refused(&'static str),
}

/// The fields that cannot be changed once the object exists, by kind: ValidateStatefulSetUpdate,
/// ValidateDeploymentUpdate and their like in Kubernetes' pkg/apis/*/validation, 1.33.
const FIXED: [(&str, &[&str]); 8] = [
    (
        "StatefulSet",
        &["spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates"],
    ),
    ("Deployment", &["spec.selector"]),
    ("DaemonSet", &["spec.selector"]),
    ("Job", &["spec.selector", "spec.template", "spec.completionMode"]),
    ("RoleBinding", &["roleRef"]),
    ("ClusterRoleBinding", &["roleRef"]),
    ("PersistentVolumeClaim", &["spec.accessModes", "spec.storageClassName", "spec.volumeName"]),
    ("Service", &["spec.clusterIP"]),
];

/// What changing one object into another does; nothing where the texts hold no object.
pub fn effects(before: &[u8], after: &[u8]) -> Vec<Effect> {
    let (Some(before), Some(after)) = (object(before), object(after)) else { return Vec::new() };
    let Some(kind) = after.text("kind").filter(|kind| before.text("kind") == Some(*kind)) else {
        return Vec::new();
    };
    let differs = |path: &str| {
        let keys: Vec<&str> = path.split('.').collect();
        let at = |object: &Node| object.below(&keys).map(Node::to_json);
        at(&before) != at(&after)
    };
    let fixed =
        FIXED.iter().filter(|(known, _)| *known == kind).flat_map(|(_, fields)| fields.iter().copied());
    let refused: Vec<Effect> = fixed.filter(|field| differs(field)).map(Effect::Refused).collect();
    let waits = after.below(&["spec", "updateStrategy", "type"]).and_then(Node::as_str) == Some("OnDelete");
    let has_pods = matches!(kind, "StatefulSet" | "Deployment" | "DaemonSet");
    let restart = refused.is_empty() && has_pods && !waits && differs("spec.template");
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
        let text = |spec: &str| format!("apiVersion: v1\nkind: {kind}\n{spec}\n").into_bytes();
        effects(&text(before), &text(after))
    }

    #[test]
    fn what_a_change_does_depends_on_where_it_is() {
        let (one, other) = ("spec: {replicas: 1, template: {a: 1}}", "spec: {replicas: 2, template: {a: 1}}");
        assert_eq!(of("StatefulSet", one, other), []);
        let other = "spec: {replicas: 1, template: {a: 2}}";
        assert_eq!(of("StatefulSet", one, other), [Effect::Restart]);
        assert_eq!(of("Job", one, other), [Effect::Refused("spec.template")]);
        assert_eq!(of("ConfigMap", one, other), []);
        let waits = "spec: {updateStrategy: {type: OnDelete}, template: {a: 2}}";
        assert_eq!(of("StatefulSet", "spec: {template: {a: 1}}", waits), []);
        let claims = "spec: {template: {a: 2}, volumeClaimTemplates: [{a: 1}]}";
        assert_eq!(of("StatefulSet", one, claims), [Effect::Refused("spec.volumeClaimTemplates")]);
        assert_eq!(
            of("RoleBinding", "roleRef: {name: a}", "roleRef: {name: b}"),
            [Effect::Refused("roleRef")]
        );
    }

    #[test]
    fn texts_that_are_no_objects_do_nothing() {
        assert_eq!(effects(b"a: [", b"kind: Job\nspec: {template: 1}"), []);
        assert_eq!(effects(b"- 1\n", b"- 2\n"), []);
        assert_eq!(effects(b"\xff", b"\xfe"), []);
    }
}
