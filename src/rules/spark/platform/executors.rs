//! Executors: how many, on which nodes, and what happens to their blocks when they go.

use super::view;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Application, Role, Subject};

const ALLOCATION: &str = "spark.dynamicAllocation.enabled";

/// Executors of every driver.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for application in subject.applications.iter().filter(|found| view::is_client(found)) {
        shuffle(subject, application, problems);
        if application.is_on(ALLOCATION) {
            bounds(subject, application, problems);
        }
        decommission(subject, application, problems);
    }
    for application in
        subject.applications.iter().filter(|found| found.is_driver() || found.role == Role::Master)
    {
        driver_on_spot(subject, application, problems);
    }
}

/// T-shuffle-bottleneck: on Kubernetes nothing but executors serves shuffle data.
fn shuffle<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    const SERVICE: &str = "spark.shuffle.service.enabled";
    const TRACKING: &str = "spark.dynamicAllocation.shuffleTracking.enabled";
    let pods = view::makes_pods(application);
    if pods && application.is_on(SERVICE) {
        let message = "there is no external shuffle service on Kubernetes";
        problems.push(
            Problem::new(
                "spark/shuffle-service",
                message,
                view::at(subject, application, SERVICE),
                "asked for here",
            )
            .help(format!("take it out, and set `{TRACKING}=true`")),
        );
    }
    let remote = application
        .get("spark.shuffle.manager")
        .is_some_and(|class| class.contains('.') && !class.starts_with("org.apache.spark.shuffle.sort"))
        || application.property("spark.shuffle.sort.io.plugin.class").is_some();
    let service = application.is_on(SERVICE) && !pods;
    // On by default since 3.4; of our own releases every one says so.
    let tracks = application.get(TRACKING).map_or(subject.known().is_none(), |value| value == "true");
    if application.is_on(ALLOCATION) && !tracks && !remote && !service && view::has_executors(application) {
        let message = "executors are taken away with the shuffle data that they hold";
        problems.push(
            Problem::new(
                "spark/shuffle-tracking",
                message,
                view::at(subject, application, TRACKING),
                "not set to true",
            )
            .and(view::at(subject, application, ALLOCATION), "executors come and go")
            .help(format!("set `{TRACKING}=true`, or use a remote shuffle service such as Celeborn")),
        );
    }
}

/// Without an upper bound one query may take the cluster; without a timeout a cached table holds its executors.
fn bounds<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    const MOST: &str = "spark.dynamicAllocation.maxExecutors";
    const CACHED: &str = "spark.dynamicAllocation.cachedExecutorIdleTimeout";
    if !view::is_visible(subject, application) {
        return;
    }
    let finite = application
        .get(MOST)
        .and_then(|value| value.parse::<u64>().ok())
        .is_some_and(|most| most < 2_147_483_647);
    if !finite {
        let message = "one query may ask for any number of executors";
        problems.push(
            Problem::new("spark/executor-limit", message, view::at(subject, application, MOST), "no bound")
                .help(format!("set `{MOST}` to what the namespace's quota and the nodes hold")),
        );
    }
    if application.property(CACHED).is_none() && subject.known().is_some() {
        let message = "an executor that holds cached data is never given back";
        problems.push(
            Problem::new(
                "spark/executor-limit",
                message,
                view::at(subject, application, CACHED),
                "no timeout",
            )
            .help(format!("set `{CACHED}=3600s`")),
        );
    }
}

/// Labels and taints of nodes that go away at any moment.
const SPOT: [(&str, &[&str]); 7] = [
    ("karpenter.sh/capacity-type", &["spot"]),
    ("eks.amazonaws.com/capacityType", &["SPOT"]),
    ("cloud.google.com/gke-spot", &["true"]),
    ("cloud.google.com/gke-preemptible", &["true"]),
    ("cloud.google.com/gke-provisioning", &["spot", "preemptible"]),
    ("kubernetes.azure.com/scalesetpriority", &["spot"]),
    ("node.kubernetes.io/lifecycle", &["spot"]),
];

fn is_spot(key: &str, value: Option<&str>) -> bool {
    SPOT.iter().any(|(known, values)| *known == key && value.is_none_or(|value| values.contains(&value)))
}

/// What sends a pod to such a node, or lets it go there.
fn on_spot(spec: &Node) -> Option<&Node> {
    let selector = spec.get("nodeSelector").and_then(Node::as_map);
    let selected = selector
        .into_iter()
        .flat_map(|map| &map.entries)
        .find_map(|(key, entry)| is_spot(key, entry.node.as_str()).then_some(&entry.node));
    let tolerated = spec
        .list("tolerations")
        .iter()
        .find(|found| found.text("key").is_some_and(|key| is_spot(key, found.text("value"))));
    let wanted = || {
        let affinity = spec.below(&["affinity", "nodeAffinity"])?;
        let required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution");
        let required = required.into_iter().flat_map(|required| required.list("nodeSelectorTerms"));
        let preferred = affinity.list("preferredDuringSchedulingIgnoredDuringExecution").iter();
        let terms = required.chain(preferred.filter_map(|term| term.get("preference")));
        terms.flat_map(|term| term.list("matchExpressions")).find(|expression| {
            let key = expression.text("key").unwrap_or_default();
            expression.text("operator") == Some("In")
                && expression.list("values").iter().any(|value| is_spot(key, value.as_str()))
        })
    };
    selected.or(tolerated).or_else(wanted)
}

/// N12: the driver holds the sessions of all its users: its node must not go away.
fn driver_on_spot<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    let pod = view::pod(subject, application);
    if let Some(node) = on_spot(pod.spec) {
        let message = format!("{} may run on a node that is taken away", pod.name());
        problems.push(
            Problem::new("spark/driver-on-spot", message, subject.place(node), "spot nodes")
                .help("let executors alone go there: put this into their template"),
        );
    }
}

/// N12: an executor whose node goes away hands its blocks on.
fn decommission<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    const FIRST: &str = "spark.decommission.enabled";
    let parts = ["spark.storage.decommission.enabled", "spark.storage.decommission.shuffleBlocks.enabled"];
    if !view::has_executors(application) || !view::is_visible(subject, application) {
        return;
    }
    let spot = view::executor(subject, application).and_then(|template| on_spot(template.spec));
    // Parts that Spark switches on by itself count unless somebody switches them off.
    let off = |key: &str, default: bool| application.get(key).map_or(!default, |value| value != "true");
    let (key, message) = if off(FIRST, false) {
        if spot.is_none() && subject.known().is_none() {
            return;
        }
        (FIRST, "executors that have to go take their blocks with them".to_owned())
    } else if off(parts[0], false) {
        (parts[0], "executors are told that they have to go, and hand no block on".to_owned())
    } else if off(parts[1], true) {
        (parts[1], "executors that have to go keep their shuffle blocks".to_owned())
    } else {
        return;
    };
    problems.push(
        Problem::new("spark/decommission", message, view::at(subject, application, key), "not switched on")
            .and_if(spot.map(|spot| subject.place(spot)), "executors run on spot nodes")
            .help(format!("set `{FIRST}=true` and `{}=true`, and leave `{}` on", parts[0], parts[1])),
    );
}
