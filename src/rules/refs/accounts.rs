//! Service accounts and roles.

use super::names::Names;
use crate::diagnostic::did_you_mean;
use crate::layer::tree::Node;
use crate::rules::{Place, Problem};

/// ClusterRoles that every cluster has (kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy, v1.33).
const EVERYWHERE: [&str; 5] = ["admin", "cluster-admin", "edit", "view", "system:auth-delegator"];

/// The security context constraints of OpenShift 4.18, each with a ClusterRole of the name
/// `system:openshift:scc:NAME`.
const CONSTRAINTS: [&str; 11] = [
    "anyuid",
    "hostaccess",
    "hostmount-anyuid",
    "hostnetwork",
    "hostnetwork-v2",
    "nonroot",
    "nonroot-v2",
    "privileged",
    "restricted",
    "restricted-v2",
    "restricted-v3",
];

/// Rules `ref/unknown-service-account` and `ref/unknown-role`.
pub fn check(names: &Names<'_>, problems: &mut Vec<Problem>) {
    for pod in &names.subject.pods {
        for field in ["serviceAccountName", "serviceAccount"] {
            if let Some(account) = pod.spec.get(field) {
                let place = || names.subject.place(account);
                named(names, pod.namespace(), account.as_str().unwrap_or_default(), &place, problems);
            }
        }
    }
    for application in names.subject.applications.iter().filter(|application| application.is_on_kubernetes())
    {
        let namespace = application.get("spark.kubernetes.namespace");
        let namespace = namespace.unwrap_or(names.subject.pods[application.pod].namespace());
        for property in &application.properties {
            let Some(rest) = property.key.strip_prefix("spark.kubernetes.authenticate.") else { continue };
            if matches!(rest.rsplit('.').next(), Some("serviceAccountName")) {
                named(names, namespace, &property.value, &|| property.place(names.subject), problems);
            }
        }
    }
    for binding in names.subject.objects() {
        if !matches!(binding.id.kind.as_str(), "RoleBinding" | "ClusterRoleBinding") {
            continue;
        }
        for subject in binding.node.list("subjects") {
            if subject.text("kind") == Some("ServiceAccount")
                && let Some(name) = subject.get("name")
            {
                let namespace = subject.text("namespace").unwrap_or(binding.namespace());
                let place = || names.subject.place(name);
                named(names, namespace, name.as_str().unwrap_or_default(), &place, problems);
            }
        }
        if let Some(role) = binding.node.get("roleRef") {
            role_of(names, binding.namespace(), role, problems);
        }
    }
}

fn named(
    names: &Names<'_>,
    namespace: &str,
    name: &str,
    place: &dyn Fn() -> Place,
    problems: &mut Vec<Problem>,
) {
    if name.is_empty() || name == "default" || names.find("ServiceAccount", namespace, name).is_some() {
        return;
    }
    let known = names.all("ServiceAccount");
    let rule = "ref/unknown-service-account";
    let mut problem =
        names.absent(rule, "ServiceAccount", name, place(), &known.iter().copied().collect::<Vec<_>>());
    if known.contains(name) {
        // It is there, in another namespace: nobody else will make it here.
        problem = Problem::new(
            rule,
            format!("the ServiceAccount `{name}` is not in the namespace `{namespace}`"),
            place(),
            "sought there",
        )
        .help("name the namespace that the account is in");
    }
    problems.push(problem);
}

fn role_of(names: &Names<'_>, namespace: &str, role: &Node, problems: &mut Vec<Problem>) {
    let (Some(kind), Some(node)) = (role.text("kind"), role.get("name")) else { return };
    let name = node.as_str().unwrap_or_default();
    let found = match kind {
        "Role" => names.find("Role", namespace, name).is_some(),
        "ClusterRole" => {
            let constraint = name.strip_prefix("system:openshift:scc:");
            EVERYWHERE.contains(&name)
                || constraint.is_some_and(|constraint| CONSTRAINTS.contains(&constraint))
                || (constraint.is_none() && name.starts_with("system:") && !names.is_own())
                || names.find("ClusterRole", "", name).is_some()
        }
        _ => true,
    };
    if !found {
        let known = names.all(kind);
        let mut candidates: Vec<&str> = known.into_iter().collect();
        let constraints: Vec<String> =
            CONSTRAINTS.iter().map(|name| format!("system:openshift:scc:{name}")).collect();
        if name.starts_with("system:") {
            candidates = constraints.iter().map(String::as_str).collect();
        }
        let mut problem =
            names.absent("ref/unknown-role", kind, name, names.subject.place(node), &candidates);
        // A Role lives beside its binding; a ClusterRole may be anybody's.
        if kind == "Role" {
            problem.rule = "ref/unknown-role";
        }
        problem.help = did_you_mean(name, candidates.iter().copied()).or(problem.help);
        problems.push(problem);
    }
}
