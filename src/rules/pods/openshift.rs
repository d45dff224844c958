//! OpenShift admits a pod by the security context constraints that its service account may use.

use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::Subject;
use crate::spec::cluster::Distribution;
use std::collections::BTreeSet;

/// Rule `pod/no-openshift-constraint`: a pod with a user of its own needs more than `restricted-v2`, which
/// picks the user itself.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let Some(known) = subject.known() else { return };
    if known.compiled.spec.cluster.distribution != Distribution::Openshift {
        return;
    }
    let bindings = subject.of("RoleBinding").filter(|binding| {
        let role = binding.node.below(&["roleRef", "name"]).and_then(Node::as_str);
        role.is_some_and(|role| role.starts_with("system:openshift:scc:"))
    });
    let trusted: BTreeSet<&str> = bindings
        .flat_map(|binding| binding.node.list("subjects"))
        .filter_map(|account| account.text("name"))
        .collect();
    for pod in &subject.pods {
        let account = pod.spec.text("serviceAccountName");
        let own = pod.spec.below(&["securityContext", "runAsUser"]);
        if let (Some(account), Some(own)) = (account, own)
            && !trusted.contains(account)
        {
            let message =
                format!("OpenShift would not admit {}: it wants to run as a user of its own", pod.name());
            problems.push(
                Problem::new("pod/no-openshift-constraint", message, subject.place(own), "this user")
                    .help(format!(
                        "bind the service account `{account}` to `system:openshift:scc:nonroot-v2` in its namespace"
                    )),
            );
        }
    }
}
