//! Who a pod is to the API server, and what Kubernetes puts into its environment unasked.

use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Pod, PodKind, Role, Subject};

/// Every rule about identities.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for (at, pod) in subject.pods.iter().enumerate() {
        token(subject, at, pod, problems);
        account(subject, pod, problems);
        links(subject, at, pod, problems);
        if let Some(aliases) = pod.spec.get("hostAliases") {
            let message = format!("{} has names of its own for addresses", pod.name());
            let problem =
                Problem::new("pod/host-aliases", message, subject.place(aliases), "written into /etc/hosts");
            problems.push(problem.help("leave `hostAliases` out and have the name in DNS"));
        }
    }
}

/// Whether the pod's service account token is mounted, as far as the set says.
fn mounted(subject: &Subject<'_>, pod: &Pod<'_>) -> Option<bool> {
    let own = pod.spec.get("automountServiceAccountToken").and_then(Node::as_bool);
    own.or_else(|| {
        let name = pod.spec.text("serviceAccountName")?;
        let account = subject.find("ServiceAccount", pod.namespace(), name)?;
        account.node.get("automountServiceAccountToken").and_then(Node::as_bool)
    })
}

fn token(subject: &Subject<'_>, at: usize, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let own = subject.known().is_some();
    let applications = || subject.applications.iter().filter(|one| one.pod == at);
    let driver = applications().find(|one| one.is_on_kubernetes());
    let flag = pod.spec.get("automountServiceAccountToken");
    let place = || match flag {
        Some(flag) => subject.place(flag),
        None => subject.missing(pod.spec, &["automountServiceAccountToken"]),
    };
    let projected = pod.spec.list("volumes").iter().any(|volume| {
        let sources = volume.get("projected").into_iter().flat_map(|projected| projected.list("sources"));
        sources.into_iter().any(|source| source.get("serviceAccountToken").is_some())
    });
    let by_hand = pod.running().flat_map(|one| one.list("volumeMounts")).any(|mount| {
        let path = mount.text("mountPath").unwrap_or_default();
        path.starts_with("/var/run/secrets/kubernetes.io/serviceaccount")
    });
    let projected = projected || by_hand;
    if let Some(driver) = driver {
        // A token of another account, for what is asked of another cluster.
        let by_property = driver.properties.iter().any(|found| {
            found.key.starts_with("spark.kubernetes.authenticate.") && found.key.contains("oauthToken")
        });
        if mounted(subject, pod) == Some(false) && !projected && !by_property {
            let message = format!("{} asks the API server for executors and has no token", pod.name());
            let master = driver.property("spark.master").map(|master| master.place(subject));
            problems.push(
                Problem::new("pod/no-api-token", message, place(), "no token is mounted")
                    .and_if(master, "executors are pods")
                    .why("the driver ends with \"PKIX path building failed\": it looks like TLS, and is the token that is missing")
                    .help("set `automountServiceAccountToken: true` on the driver's pod"),
            );
        } else if own && flag.is_none() {
            let message = format!("{} does not say whether it has a token", pod.name());
            let problem =
                Problem::new("pod/api-token", message, place(), "`automountServiceAccountToken` is missing");
            problems.push(problem.help("write `automountServiceAccountToken: true`: this driver needs it"));
        }
        return;
    }
    let spark = pod.kind == PodKind::Executor
        || applications().any(|one| matches!(one.role, Role::History | Role::Master | Role::Worker));
    if (own || spark) && mounted(subject, pod) != Some(false) {
        let message =
            format!("a token for the API server, which nobody needs, is mounted into {}", pod.name());
        let label =
            if flag.is_some() { "" } else { "`automountServiceAccountToken` is missing, and means true" };
        let problem = Problem::new("pod/api-token", message, place(), label);
        problems.push(problem.help("write `automountServiceAccountToken: false`"));
    } else if own && flag.is_none() {
        let message = format!("{} leaves to its service account whether it has a token", pod.name());
        let problem =
            Problem::new("pod/api-token", message, place(), "`automountServiceAccountToken` is missing");
        problems.push(problem.help("write `automountServiceAccountToken: false` on the pod"));
    }
}

/// Every pod has an account of its own. That of executors stands in a property of Spark.
fn account(subject: &Subject<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let name = pod.spec.get("serviceAccountName");
    let own = subject.known().is_some();
    if pod.kind != PodKind::Executor
        && (name.is_some_and(|name| name.as_str() == Some("default")) || (own && name.is_none()))
    {
        let message = format!("{} runs as the namespace's default account", pod.name());
        let place = name
            .map_or_else(|| subject.missing(pod.spec, &["serviceAccountName"]), |name| subject.place(name));
        problems.push(
            Problem::new("pod/default-service-account", message, place, "")
                .help("give it a ServiceAccount of its own and name it in `serviceAccountName`"),
        );
    }
}

/// A Service called `spark-master` makes Kubernetes set `SPARK_MASTER_PORT=tcp://10.0.0.1:7077`, which Spark's
/// scripts take for a number.
fn links(subject: &Subject<'_>, at: usize, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let spark = pod.kind == PodKind::Executor || subject.applications.iter().any(|one| one.pod == at);
    let flag = pod.spec.get("enableServiceLinks");
    // Of others' Services, only those matter that Spark's own variables begin with.
    let read = || {
        let names = subject.of("Service").filter(|one| one.namespace() == pod.namespace());
        names.map(|one| one.id.name.as_str()).any(|name| name == "spark" || name.starts_with("spark-"))
    };
    if (subject.known().is_some() || (spark && read())) && flag.and_then(Node::as_bool) != Some(false) {
        let message = format!("every Service of the namespace becomes variables of {}", pod.name());
        let place = flag
            .map_or_else(|| subject.missing(pod.spec, &["enableServiceLinks"]), |flag| subject.place(flag));
        let label = if flag.is_some() { "" } else { "`enableServiceLinks` is missing, and means true" };
        let problem = Problem::new("pod/service-links", message, place, label);
        problems.push(problem.help("write `enableServiceLinks: false`"));
    }
}
