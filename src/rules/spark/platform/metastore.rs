//! The Hive metastore: found by drivers, with tables made before it starts.

use super::{agreement, view};
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Pod, Subject};

const URIS: &str = "spark.hadoop.hive.metastore.uris";

/// The metastores of the set and the drivers beside them.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    md5(subject, problems);
    let servers = subject.pods.iter().filter_map(|pod| {
        let own = pod.spec.list("containers").iter().find(|container| {
            let words =
                || container.list("command").iter().chain(container.list("args")).filter_map(Node::as_str);
            let service = words().any(|word| {
                word == "metastore"
                    || word.contains("--service metastore")
                    || word.contains("start-metastore")
            });
            service
                || view::env(container, "SERVICE_NAME").and_then(|entry| entry.text("value"))
                    == Some("metastore")
        });
        own.map(|container| (pod, container))
    });
    let servers: Vec<(&Pod<'_>, &Node)> = servers.collect();
    for (pod, container) in &servers {
        schema(subject, pod, problems);
        configuration(subject, pod, container, problems);
    }
    if let Some((pod, container)) = servers.first() {
        drivers(subject, pod, container, problems);
    }
    client(subject, problems);
}

/// O-initialize-metastore: drivers are told where it is, and to use it.
fn drivers(subject: &Subject<'_>, server: &Pod<'_>, container: &Node, problems: &mut Vec<Problem>) {
    const CATALOG: &str = "spark.sql.catalogImplementation";
    let open: Vec<i64> = view::ports(container).collect();
    for driver in
        subject.applications.iter().filter(|found| view::is_client(found) && view::is_visible(subject, found))
    {
        let pod = view::pod(subject, driver);
        if pod.namespace() != server.namespace() {
            continue;
        }
        let uris = driver.get(URIS).or(driver.get("spark.hive.metastore.uris"));
        // A release of ours always knows its own metastore, whatever catalogs there are beside it.
        let own_catalog = subject.known().is_none()
            && driver.properties.iter().any(|found| {
                found.key.starts_with("spark.sql.catalog.") && found.value.starts_with("thrift://")
            });
        let message = match uris {
            None if own_catalog => continue,
            None => Some(format!("{} does not know of {}", pod.name(), server.name())),
            Some(uris) => uris.split(',').find_map(|uri| {
                let (scheme, host, port) = view::address(uri.trim())?;
                if scheme != "thrift" {
                    return Some(format!("`{uri}` is not an address of a metastore"));
                }
                let host = view::host(host);
                let service = host.as_ref().and_then(|host| {
                    subject.find("Service", host.namespace.unwrap_or(pod.namespace()), host.service)
                });
                match (service, host) {
                    (Some(service), _) => {
                        let listed = service.node.get("spec").map_or(&[][..], |spec| spec.list("ports"));
                        let port = i64::from(port.unwrap_or(9083));
                        let entry = listed
                            .iter()
                            .find(|found| found.get("port").and_then(Node::as_int) == Some(port));
                        let leads = view::selects(service.node.below(&["spec", "selector"]), server)
                            && entry.is_some_and(|entry| {
                                view::target(entry, server).is_some_and(|to| open.contains(&to))
                            });
                        (!leads).then(|| format!("`{uri}` does not lead to {}", server.name()))
                    }
                    (None, Some(host)) if host.namespace.is_none_or(|found| found == pod.namespace()) => {
                        Some(format!("there is no Service `{}` for `{uri}`", host.service))
                    }
                    _ => subject.known().is_some().then(|| format!("`{uri}` is not {}", server.name())),
                }
            }),
        };
        if let Some(message) = message {
            problems.push(
                Problem::new(
                    "spark/metastore-address",
                    message,
                    view::at(subject, driver, URIS),
                    "where tables are looked up",
                )
                .and(subject.place(server.owner.node), "the metastore of this set")
                .help(format!("set `{URIS}=thrift://SERVICE.NAMESPACE.svc:9083`")),
            );
        }
        if driver.get(CATALOG) != Some("hive") && uris.is_some() && !own_catalog {
            let message = "the driver keeps its tables in memory, not in the metastore".to_owned();
            problems.push(
                Problem::new(
                    "spark/metastore-address",
                    message,
                    view::at(subject, driver, CATALOG),
                    "not `hive`",
                )
                .help(format!("set `{CATALOG}=hive`")),
            );
        }
    }
}

/// O-initialize-metastore: one step makes the tables, before the server starts.
fn schema(subject: &Subject<'_>, pod: &Pod<'_>, problems: &mut Vec<Problem>) {
    let makes = |container: &Node, pod: &Pod<'_>| {
        let words = container.list("command").iter().chain(container.list("args"));
        let scripts = words
            .clone()
            .filter_map(Node::as_str)
            .filter_map(|word| view::mounted(subject, pod, container, word));
        let mut texts = words.filter_map(Node::as_str).chain(scripts.map(|file| file.text));
        texts.any(|text| text.contains("-initOrUpgradeSchema") || text.contains("-initSchema"))
    };
    let steps = pod.spec.list("initContainers").iter().filter(|first| makes(first, pod)).count();
    let jobs = || {
        subject.pods.iter().filter(|job| {
            ["Job", "CronJob"].contains(&job.owner.id.kind.as_str())
                && job.containers().any(|container| makes(container, job))
        })
    };
    let entry = pod.spec.list("containers").iter().any(|container| {
        // Hive's own image makes them in its entrypoint, unless it is told that they are there.
        container.list("command").is_empty()
            && view::env(container, "IS_RESUME").and_then(|entry| entry.text("value")) != Some("true")
    });
    let all = steps + jobs().count() + usize::from(entry);
    if all == 1 {
        return;
    }
    if all == 0 && subject.known().is_none() {
        let hidden = pod.containers().any(|container| {
            container.list("command").iter().filter_map(Node::as_str).any(|word| word.ends_with("sh"))
        });
        if hidden {
            return;
        }
    }
    let message = match all {
        0 => format!("nothing makes the tables of {}", pod.name()),
        _ => format!("{all} steps make the tables of {}", pod.name()),
    };
    problems.push(
        Problem::new(
            "spark/metastore-schema",
            message,
            subject.missing(pod.spec, &["initContainers"]),
            "what runs before the server",
        )
        .help("let exactly one init container run `schematool -dbType postgres -initOrUpgradeSchema`"),
    );
}

/// What hive-site.xml says, against the pod that reads it and the script that makes the tables.
fn configuration(subject: &Subject<'_>, pod: &Pod<'_>, container: &Node, problems: &mut Vec<Problem>) {
    let folder = ["METASTORE_CONF_DIR", "HIVE_CONF_DIR"]
        .iter()
        .find_map(|name| view::env(container, name)?.text("value"));
    let folder = folder.unwrap_or("/opt/hive/conf");
    let read = ["metastore-site.xml", "hive-site.xml"]
        .iter()
        .find_map(|name| view::mounted(subject, pod, container, &format!("{folder}/{name}")));
    let Some(file) = read else {
        if subject.known().is_some() {
            let message = format!("{} reads no hive-site.xml", pod.name());
            let at = subject.missing(container, &["volumeMounts"]);
            problems.push(
                Problem::new(
                    "spark/metastore-configuration",
                    message,
                    at,
                    format!("nothing is mounted in {folder}"),
                )
                .help(format!("mount the ConfigMap with hive-site.xml at `{folder}`")),
            );
        }
        return;
    };
    let all = agreement::xml(file.text);
    let property = |names: &[&str]| names.iter().find_map(|name| all.get(name).copied());
    let mut wrong = |line: usize, message: String, help: &str| {
        let problem = Problem::new(
            "spark/metastore-configuration",
            message,
            subject.line(file.node, line),
            "in hive-site.xml",
        );
        problems.push(problem.help(help));
    };
    if let Some((line, port)) = property(&["metastore.thrift.port", "hive.metastore.port"]) {
        let open: Vec<i64> = view::ports(container).collect();
        if !open.is_empty() && !port.parse().is_ok_and(|port| open.contains(&port)) {
            wrong(
                line,
                format!("the metastore listens on {port}, which {} does not open", pod.name()),
                "let both say 9083",
            );
        }
    }
    let url = property(&["javax.jdo.option.ConnectionURL"]);
    let driver = property(&["javax.jdo.option.ConnectionDriverName"]);
    if let (Some((line, url)), Some((_, driver))) = (url, driver) {
        let fits = [
            ("postgresql", "org.postgresql."),
            ("mysql", "com.mysql."),
            ("mysql", "org.mariadb."),
            ("mariadb", "org.mariadb."),
            ("derby", "org.apache.derby."),
        ];
        let kind = url.strip_prefix("jdbc:").and_then(|rest| rest.split(':').next()).unwrap_or_default();
        if fits.iter().any(|(known, _)| *known == kind)
            && !fits.iter().any(|(known, class)| *known == kind && driver.starts_with(class))
        {
            wrong(
                line,
                format!("`{driver}` does not speak to `jdbc:{kind}`"),
                "name the JDBC driver of the database",
            );
        }
    }
    if let Some((line, url)) = url {
        let (_, host, port) = view::address(url).unwrap_or_default();
        for first in pod.spec.list("initContainers") {
            for word in first.list("command").iter().chain(first.list("args")).filter_map(Node::as_str) {
                let Some(script) = view::mounted(subject, pod, first, word) else { continue };
                let of = |name: &str| {
                    script.text.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='))
                };
                let other = of("host").filter(|other| *other != host);
                let other_port = of("port").filter(|other| other.parse().ok() != port);
                if let Some(other) = other.or(other_port) {
                    let why = "let the step that makes the tables wait for the database of hive-site.xml";
                    wrong(
                        line,
                        format!(
                            "the server's database is `{url}`, and the step before it waits for `{other}`"
                        ),
                        why,
                    );
                }
            }
        }
    }
    if let Some((line, secret)) = property(&["javax.jdo.option.ConnectionPassword"])
        && let Some(name) = secret.strip_prefix("${env.").and_then(|rest| rest.strip_suffix('}'))
    {
        let readers = pod.containers().filter(|found| found.text("image") == container.text("image"));
        for reader in
            readers.filter(|found| view::env(found, name).is_none() && found.list("envFrom").is_empty())
        {
            let message = format!("container `{}` has no `{name}`", reader.text("name").unwrap_or_default());
            wrong(line, message, "give the container the variable, from a Secret");
        }
    }
    for (name, wanted) in
        [("metastore.schema.verification", "true"), ("datanucleus.schema.autoCreateAll", "false")]
    {
        if let Some((line, value)) =
            property(&[name, &format!("hive.{name}")]).filter(|(_, value)| *value != wanted)
        {
            let message = format!("`{name}` is {value}: tables are made or changed while the server runs");
            wrong(line, message, "let schematool alone make the tables");
        }
    }
}

/// What Spark's own Hive client can speak to. The key's documentation of 3.5 and 4.1.
fn client(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    const VERSION: &str = "spark.sql.hive.metastore.version";
    const JARS: &str = "spark.sql.hive.metastore.jars";
    for driver in subject.applications.iter().filter(|found| view::is_client(found)) {
        let Some((asked, minor)) = driver.get(VERSION).and_then(|text| Some((text, view::version(text)?)))
        else {
            continue;
        };
        let jars = driver.get(JARS).unwrap_or("builtin");
        let old = view::before(subject, 4, 0);
        let accepted = match minor {
            (0 | 1, _) => old,
            (2, 0..=3) | (3, 0..=1) => true,
            (4, _) => !old,
            _ => false,
        };
        let (key, message) = if !accepted && subject.spark_version().is_some() {
            (
                VERSION,
                format!(
                    "Spark {} has no client for Hive {asked}",
                    subject.spark_version().unwrap_or_default()
                ),
            )
        } else if jars == "builtin" && minor != (2, 3) {
            (JARS, format!("the client that Spark has built in is that of Hive 2.3, not {asked}"))
        } else {
            continue;
        };
        problems.push(
            Problem::new(
                "spark/metastore-client",
                message,
                view::at(subject, driver, key),
                "the client's version",
            )
            .help("leave both out: the client of Hive 2.3 speaks to metastores up to 4.0"),
        );
    }
}

/// ISSUE-027 (b): passwords as MD5 sums are what a JDBC driver older than 42.2 is given as a way out.
fn md5(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let mut weak = |place| {
        let message = "the database is told to keep passwords as MD5 sums";
        problems.push(
            Problem::new("spark/weak-passwords", message, place, "instead of SCRAM")
                .help("take it out, and use a JDBC driver of PostgreSQL from 42.2 on"),
        );
    };
    let is_weak = |text: &str| {
        let text: String = text.chars().filter(|c| !c.is_whitespace() && !['\'', '"'].contains(c)).collect();
        text.contains("password_encryption=md5") || text.contains("auth-host=md5")
    };
    for file in subject.files.iter().filter(|file| file.text.contains("md5")) {
        if let Some(line) = file.text.lines().position(|line| line.contains("md5") && is_weak(line)) {
            weak(subject.line(file.node, line + 1));
        }
    }
    for container in subject.pods.iter().flat_map(Pod::containers) {
        let words = container.list("command").iter().chain(container.list("args"));
        let values = container.list("env").iter().filter_map(|entry| entry.get("value"));
        for word in words
            .chain(values)
            .filter(|word| word.as_str().is_some_and(|text| text.contains("md5") && is_weak(text)))
        {
            weak(subject.place(word));
        }
    }
}
