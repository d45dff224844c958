//! What drivers and executors may ask of Kubernetes.

use super::view;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Application, Object, Pod, Subject};

/// What a driver was seen to ask for, and what fails without it. Measured on 3.5.9, 4.1.4 and 4.3.0, on the
/// last two against an API that enforces rights.
const NEEDED: [(&str, &[&str], &str); 4] = [
    ("pods", &["get", "list", "watch", "create", "delete", "deletecollection"], "executors are pods"),
    ("configmaps", &["create", "deletecollection"], "a ConfigMap holds the executors' configuration"),
    (
        "persistentvolumeclaims",
        &["list", "deletecollection"],
        "claims of executors are looked for and cleared away",
    ),
    ("services", &["deletecollection"], "the driver clears away when it stops"),
];

/// Rights of every driver that makes pods.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for application in subject.applications.iter().filter(|found| view::makes_pods(found)) {
        let pod = view::pod(subject, application);
        let account = pod.spec.text("serviceAccountName").unwrap_or("default");
        let granted = granted(subject, pod.namespace(), account);
        let involved = subject.known().is_some()
            || !granted.is_empty()
            || subject.find("ServiceAccount", pod.namespace(), account).is_some();
        if involved {
            missing(subject, application, pod, account, &granted, problems);
        }
        excess(subject, &granted, problems);
        executors(subject, application, pod, account, problems);
    }
}

/// A role that is bound to an account.
struct Granted<'a> {
    binding: &'a Object<'a>,
    /// None where it is not in the set.
    role: Option<&'a Object<'a>>,
    name: &'a str,
    everywhere: bool,
}

/// The roles of an account; those that only let pods keep their user on OpenShift left out.
fn granted<'a>(subject: &Subject<'a>, namespace: &str, account: &str) -> Vec<Granted<'a>> {
    let bindings = subject.objects().iter().filter(|object| object.id.kind.ends_with("RoleBinding"));
    let own = bindings.filter(|binding| {
        binding.node.list("subjects").iter().any(|found| {
            let place = found.text("namespace").unwrap_or(binding.namespace());
            found.text("kind") == Some("ServiceAccount")
                && found.text("name") == Some(account)
                && place == namespace
        })
    });
    own.filter_map(|binding| {
        let reference = binding.node.get("roleRef")?;
        let (kind, name) = (reference.text("kind")?, reference.text("name")?);
        let role = match kind {
            "Role" => subject.find("Role", binding.namespace(), name),
            _ => subject.find("ClusterRole", "", name),
        };
        let everywhere = binding.id.kind == "ClusterRoleBinding";
        Some(Granted { binding, role, name, everywhere })
    })
    .filter(|granted| !granted.name.starts_with("system:openshift:scc:"))
    .collect()
}

fn has(list: &[Node], wanted: &str) -> bool {
    list.iter().any(|item| item.as_str().is_some_and(|item| item == wanted || item == "*"))
}

/// ISSUE-021, ISSUE-032, ISSUE-033, T-rbac-configmap: each verb that Spark uses.
fn missing<'a>(
    subject: &Subject<'a>,
    application: &Application<'a>,
    pod: &Pod<'a>,
    account: &str,
    granted: &[Granted<'a>],
    problems: &mut Vec<Problem>,
) {
    let namespace = application.get("spark.kubernetes.namespace").unwrap_or(pod.namespace());
    let here: Vec<&Granted<'_>> =
        granted.iter().filter(|found| found.everywhere || found.binding.namespace() == namespace).collect();
    // A role that somebody else made: nothing is known about it.
    let foreign = |found: &&&Granted<'_>| found.role.is_none();
    if subject.known().is_none() && here.iter().any(|found| foreign(&found)) {
        return;
    }
    let at = match here.iter().find_map(|found| found.role) {
        Some(role) => subject.missing(role.node, &["rules"]),
        None => match here.first() {
            Some(found) => subject.missing(found.binding.node, &["roleRef"]),
            None => subject.missing(pod.spec, &["serviceAccountName"]),
        },
    };
    let rules: Vec<&Node> =
        here.iter().filter_map(|found| found.role).flat_map(|role| role.node.list("rules")).collect();
    let on_claims = application
        .properties
        .iter()
        .any(|found| found.value == "OnDemand" && found.key.contains("persistentVolumeClaim"));
    for (resource, verbs, because) in NEEDED {
        let claims: &[&str] =
            if on_claims && resource == "persistentvolumeclaims" { &["create", "delete"] } else { &[] };
        let lacking: Vec<&str> = verbs
            .iter()
            .chain(claims)
            .copied()
            .filter(|verb| {
                !rules.iter().any(|rule| {
                    has(rule.list("apiGroups"), "")
                        && has(rule.list("resources"), resource)
                        && has(rule.list("verbs"), verb)
                        && rule.list("resourceNames").is_empty()
                })
            })
            .collect();
        if lacking.is_empty() {
            continue;
        }
        let message =
            format!("`{account}` may not {} {resource} in namespace `{namespace}`", lacking.join(", "));
        problems.push(
            Problem::new("spark/missing-right", message, at.clone(), "what the driver's account may do")
                .why(format!("{because}: {}", fails(resource, lacking[0])))
                .help(format!(
                    "add `{}` on `{resource}` of apiGroup \"\" to the driver's Role",
                    lacking.join(", ")
                )),
        );
    }
}

/// What is seen without a right.
fn fails(resource: &str, verb: &str) -> &'static str {
    match (resource, verb) {
        ("pods", "create") => "there will be no executors, only 403 Forbidden in the driver's log",
        ("pods", "get") => "the driver does not find its own pod and stops at once",
        ("pods", "list" | "watch") => {
            "the driver never learns which executors live, and asks for more and more"
        }
        ("pods", "delete") => "executors that nobody needs any more stay",
        ("configmaps", "create") => "the driver stops at its start with 403 Forbidden",
        (_, "deletecollection") => "a driver that stops leaves behind what it made",
        _ => "the driver gets 403 Forbidden",
    }
}

/// More than that is a way out of the namespace for whoever runs a query.
fn excess<'a>(subject: &Subject<'a>, granted: &[Granted<'a>], problems: &mut Vec<Problem>) {
    const RULE: &str = "spark/excess-rights";
    let help = "grant the verbs that Spark uses in a Role of the namespace, and nothing else";
    for found in granted {
        if found.everywhere {
            let message = format!("{} gives a driver rights in every namespace", found.binding.id);
            let at = subject.place(found.binding.node);
            problems.push(Problem::new(RULE, message, at, "for the whole cluster").help(help));
        }
        if ["cluster-admin", "admin", "edit"].contains(&found.name) && found.role.is_none() {
            let message = format!("a driver has the rights of `{}`", found.name);
            let at = subject.missing(found.binding.node, &["roleRef", "name"]);
            problems.push(Problem::new(RULE, message, at, "far more than Spark uses").help(help));
        }
        let Some(role) = found.role else { continue };
        for rule in role.node.list("rules") {
            if let Some((what, node)) = too_much(rule, subject.known().is_some()) {
                let message = format!("{} lets a driver {what}", role.id);
                problems.push(
                    Problem::new(RULE, message, subject.place(node), "more than Spark uses").help(help),
                );
            }
        }
    }
}

/// What a rule grants beyond what Spark uses; `strict` where the Role is of our own making.
fn too_much(rule: &Node, strict: bool) -> Option<(String, &Node)> {
    let (resources, verbs) = (rule.get("resources")?, rule.get("verbs")?);
    let text = |node: &Node| node.as_str().map(str::to_owned);
    if let Some(all) =
        rule.list("apiGroups").iter().chain(resources.items()).find(|item| item.as_str() == Some("*"))
    {
        return Some(("use every kind of object".to_owned(), all));
    }
    if let Some(all) = verbs.items().iter().find(|item| item.as_str() == Some("*")) {
        return Some(("do anything".to_owned(), all));
    }
    let critical =
        ["secrets", "pods/exec", "pods/attach", "serviceaccounts/token", "roles", "rolebindings", "nodes"];
    for resource in resources.items() {
        let name = resource.as_str().unwrap_or_default();
        let needed = NEEDED.iter().find(|(known, _, _)| *known == name);
        match needed {
            None if strict || critical.contains(&name) => return Some((format!("use `{name}`"), resource)),
            Some((_, used, _)) if strict => {
                let claims = ["create", "delete"];
                let more = verbs.items().iter().find(|verb| {
                    let verb = verb.as_str().unwrap_or_default();
                    let claim = name == "persistentvolumeclaims" && claims.contains(&verb);
                    !claim && !used.contains(&verb)
                });
                if let Some(more) = more {
                    return Some((format!("{} {name}", text(more).unwrap_or_default()), more));
                }
            }
            _ => {}
        }
    }
    None
}

/// Executors run other people's code: an account of their own, without rights and without a token.
fn executors<'a>(
    subject: &Subject<'a>,
    application: &Application<'a>,
    pod: &Pod<'a>,
    drivers: &str,
    problems: &mut Vec<Problem>,
) {
    const KEY: &str = "spark.kubernetes.authenticate.executor.serviceAccountName";
    let template = view::executor(subject, application);
    let in_template = template.and_then(|template| template.spec.get("serviceAccountName"));
    let of_driver = application.get("spark.kubernetes.authenticate.driver.serviceAccountName");
    let at = || view::at(subject, application, KEY);
    let new = |message: String, label: &str| Problem::new("spark/executor-account", message, at(), label);
    // Measured on 3.5.9, 4.1.4 and 4.3.0: the driver's account wins over the template's.
    if let (Some(node), Some(of_driver), None) = (in_template, of_driver, application.get(KEY)) {
        let message = format!("executors run as `{of_driver}`, whatever their template says");
        let problem = new(message, "the executors' account is not set here");
        problems.push(problem.and(subject.place(node), "overwritten").help(format!("set `{KEY}`")));
    }
    let account = application.get(KEY).or(in_template.and_then(Node::as_str)).or(of_driver);
    match account {
        None if subject.known().is_some() => {
            let problem = new("executors run as the account `default`".to_owned(), "no account is set here");
            problems.push(problem.help(format!("set `{KEY}` to an account without rights")));
        }
        Some(account) if account == drivers && subject.known().is_some() => {
            let problem =
                new("executors run as the driver's account".to_owned(), "the account that may make pods");
            problems.push(problem.help(format!("set `{KEY}` to an account without rights")));
        }
        Some(account) if account != drivers => {
            for found in granted(subject, pod.namespace(), account) {
                let message =
                    format!("{} gives rights to the executors' account `{account}`", found.binding.id);
                let at = subject.place(found.binding.node);
                problems.push(
                    Problem::new("spark/executor-rights", message, at, "for code that users bring")
                        .help("take the executors' account out of the binding"),
                );
            }
        }
        _ => {}
    }
    let Some(template) = template else { return };
    let field = "automountServiceAccountToken";
    let own = account.and_then(|account| subject.find("ServiceAccount", pod.namespace(), account));
    let of_account = own.and_then(|account| account.node.get(field)?.as_bool());
    let told = template.spec.get(field).and_then(Node::as_bool);
    if told == Some(true)
        || (subject.known().is_some() && told.is_none())
        || (told.or(of_account).is_none() && account == Some(drivers))
    {
        let message = format!("a token of Kubernetes is mounted into {}", template.name());
        problems.push(
            Problem::new(
                "spark/executor-rights",
                message,
                subject.missing(template.spec, &[field]),
                "not set to false",
            )
            .help(format!("set `{field}: false` in the executors' template")),
        );
    }
}
