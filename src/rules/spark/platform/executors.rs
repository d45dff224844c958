//! Executors: how many, on which nodes, and what happens to their blocks when they go.

use super::view;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Application, Pod, Role, Subject};

const ALLOCATION: &str = "spark.dynamicAllocation.enabled";

/// Executors of every driver.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for application in subject.applications.iter().filter(|found| view::is_client(found)) {
        shuffle(subject, application, problems);
        if application.is_on(ALLOCATION) {
            bounds(subject, application, problems);
        }
        decommission(subject, application, problems);
        if view::makes_pods(application) {
            grace(subject, application, problems);
            template(subject, application, problems);
            local_directories(subject, application, problems);
        }
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
fn on_spot<'a>(spec: &'a Node) -> Option<&'a Node> {
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
            .help(format!("set `{FIRST}=true`, `{}=true` and `{}=true`", parts[0], parts[1])),
    );
}

/// Blocks take time to move. Measured: the template's period counts up to 4.0; from 4.1 on Spark writes that
/// of a property over it, 30 seconds where there is none.
fn grace<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    const KEY: &str = "spark.kubernetes.executor.terminationGracePeriodSeconds";
    const FIELD: &str = "terminationGracePeriodSeconds";
    let Some(template) = view::executor(subject, application) else { return };
    let told = template.spec.get(FIELD);
    let (at, message, help) = if view::since(subject, 4, 1) {
        match (application.get(KEY), told) {
            (Some(value), _) => {
                let seconds = value.trim_end_matches('s').parse::<u64>().unwrap_or(30);
                if !application.is_on("spark.decommission.enabled") || seconds >= 30 {
                    return;
                }
                (
                    view::at(subject, application, KEY),
                    format!("an executor that has to go is killed after {seconds} seconds"),
                    "120s",
                )
            }
            (None, Some(node)) => (
                subject.place(node),
                format!("Spark writes 30 seconds over the `{FIELD}` of the template"),
                "120s",
            ),
            (None, None) => return,
        }
    } else {
        let seconds = told.and_then(Node::as_int);
        let short =
            seconds.is_some_and(|seconds| seconds < 30) || (seconds.is_none() && subject.known().is_some());
        if !short || !application.is_on("spark.decommission.enabled") {
            return;
        }
        let message = format!("an executor that has to go is killed after {} seconds", seconds.unwrap_or(30));
        (subject.missing(template.spec, &[FIELD]), message, "120")
    };
    let set = if view::since(subject, 4, 1) { KEY } else { FIELD };
    problems.push(
        Problem::new("spark/executor-grace", message, at, "too short for its blocks to move")
            .help(format!("set `{set}` to {help}")),
    );
}

/// What a template says and Spark writes over. Measured on 3.5.9, 4.1.4 and 4.3.0.
fn template<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    let Some(pod) = view::executor(subject, application) else { return };
    let Some(container) = view::executor_container(application, pod) else { return };
    let ignored = |node: &Node, what: &str, instead: &str| {
        let message = format!("Spark writes {what} over that of the executors' template");
        Problem::new("spark/template-ignored", message, subject.place(node), "has no effect")
            .help(instead.to_owned())
    };
    for kind in ["requests", "limits"] {
        for (what, instead) in [
            ("cpu", "set `spark.kubernetes.executor.request.cores` or `.limit.cores`"),
            ("memory", "set `spark.executor.memory` and `spark.executor.memoryOverhead`"),
        ] {
            if let Some(node) = container.below(&["resources", kind, what]) {
                problems.push(ignored(node, what, instead));
            }
        }
    }
    if let Some(node) = pod.spec.get("restartPolicy").filter(|policy| policy.as_str() != Some("Never")) {
        problems.push(ignored(
            node,
            "`restartPolicy: Never`",
            "leave it out: a new executor takes the place of one that ends",
        ));
    }
    let conf = container
        .list("volumeMounts")
        .iter()
        .find(|mount| mount.text("mountPath") == Some("/opt/spark/conf"));
    if let Some(node) = conf {
        problems.push(ignored(
            node,
            "its own mount at /opt/spark/conf",
            "put the files into the driver's SPARK_CONF_DIR: Spark hands them on",
        ));
    }
    let name = "spark.kubernetes.executor.podTemplateContainerName";
    if let Some(wanted) = application.get(name)
        && !pod.spec.list("containers").iter().any(|found| found.text("name") == Some(wanted))
    {
        let message = format!("the executors' template has no container `{wanted}`");
        problems.push(
            Problem::new(
                "spark/template-container",
                message,
                view::at(subject, application, name),
                "named here",
            )
            .and(subject.missing(pod.spec, &["containers"]), "its containers")
            .help("name the container of the template that Spark runs in"),
        );
    }
}

/// T-shuffle-bottleneck: shuffle files lie on a volume with a bound, not in the container.
fn local_directories<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    const RULE: &str = "spark/local-directory";
    let own = view::env(application.container, "SPARK_LOCAL_DIRS");
    let pod = view::pod(subject, application);
    let told = own.and_then(|entry| entry.text("value")).or(application.get("spark.local.dir"));
    for path in told.into_iter().flat_map(|list| list.split(',')) {
        if let Some(message) = unsuitable(pod, application.container, path) {
            let at = own.map_or_else(
                || view::at(subject, application, "spark.local.dir"),
                |entry| subject.missing(entry, &["value"]),
            );
            problems.push(
                Problem::new(RULE, message, at, "where Spark writes")
                    .help("mount an emptyDir with a `sizeLimit` there"),
            );
        }
    }
    let (Some(_), Some(template)) = (subject.known(), view::executor(subject, application)) else { return };
    let Some(container) = view::executor_container(application, template) else { return };
    let volumes = template.spec.list("volumes").iter();
    let mut scratch =
        volumes.filter(|volume| volume.text("name").is_some_and(|name| name.starts_with("spark-local-dir-")));
    let mount = |volume: &Node| {
        container.list("volumeMounts").iter().find(|mount| mount.text("name") == volume.text("name"))
    };
    let found = scratch.find_map(|volume| mount(volume));
    let message = match found {
        Some(mount) => unsuitable(template, container, mount.text("mountPath").unwrap_or_default()),
        None => Some("executors keep their shuffle files on a volume without a bound".to_owned()),
    };
    if let Some(message) = message {
        let at = subject.missing(template.spec, &["volumes"]);
        problems.push(
            Problem::new(RULE, message, at, "no such volume is mounted")
                .why("Spark takes volumes called `spark-local-dir-N` for its local directories, and makes its own otherwise")
                .help("mount an emptyDir with a `sizeLimit`, called `spark-local-dir-1`"),
        );
    }
}

/// Why Spark cannot write, or not safely, at a path of a container.
fn unsuitable(pod: &Pod<'_>, container: &Node, path: &str) -> Option<String> {
    let path = path.trim_end_matches('/');
    let mounts = container.list("volumeMounts").iter().filter(|mount| {
        mount.text("mountPath").is_some_and(|at| {
            path.strip_prefix(at.trim_end_matches('/'))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    });
    let Some(mount) = mounts.max_by_key(|mount| mount.text("mountPath").map_or(0, str::len)) else {
        return Some(format!("no volume is mounted at `{path}`"));
    };
    let volume = pod.volume(mount.text("name")?);
    if mount.get("readOnly").and_then(Node::as_bool) == Some(true)
        || volume.is_some_and(|volume| volume.get("configMap").or(volume.get("secret")).is_some())
    {
        return Some(format!("`{path}` cannot be written to"));
    }
    let scratch = volume?.get("emptyDir")?;
    scratch
        .get("sizeLimit")
        .is_none()
        .then(|| format!("the volume at `{path}` has no bound: it fills the node's disk"))
}
