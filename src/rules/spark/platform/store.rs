//! The object store: one address, one way to sign, the same for everybody who reads and writes.

use super::view;
use crate::layer::tree::Node;
use crate::rules::set::{Application, Role, Subject};
use crate::rules::{Place, Problem};
use std::collections::BTreeMap;

const PREFIX: &str = "spark.hadoop.fs.s3a.";

/// Everything about S3A.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for application in &subject.applications {
        endpoint(subject, application, problems);
        provider(subject, application, problems);
        credentials(subject, application, problems);
        committer(subject, application, problems);
        throughput(subject, application, problems);
        buckets(subject, application, problems);
    }
    agreement(subject, problems);
    bucket_is_a_path(subject, problems);
}

fn s3a<'s>(application: &'s Application<'_>, key: &str) -> Option<&'s str> {
    application.get(&format!("{PREFIX}{key}"))
}

fn at(subject: &Subject<'_>, application: &Application<'_>, key: &str) -> Place {
    view::at(subject, application, &format!("{PREFIX}{key}"))
}

/// T-s3-connection: what the address says about TLS is what S3A is told, and the path holds the bucket where
/// no DNS server knows a name for each.
fn endpoint<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    let Some(endpoint) = s3a(application, "endpoint") else { return };
    let address = view::address(endpoint);
    let tls = s3a(application, "connection.ssl.enabled");
    let agrees = match address {
        Some(("https", ..)) => tls != Some("false"),
        Some(("http", ..)) => tls == Some("false"),
        _ => true,
    };
    if !agrees {
        let message = format!(
            "the endpoint is `{endpoint}`, and TLS is {}",
            if tls == Some("false") { "off" } else { "on" }
        );
        problems.push(
            Problem::new(
                "spark/store-tls",
                message,
                at(subject, application, "connection.ssl.enabled"),
                "does not fit the endpoint",
            )
            .and(at(subject, application, "endpoint"), "the endpoint")
            .help(format!("set `{PREFIX}connection.ssl.enabled` to what the endpoint's scheme says")),
        );
    }
    let host = address.map_or(endpoint, |(_, host, _)| host).split(':').next().unwrap_or_default();
    let inside = view::host(host).is_some() || host.parse::<std::net::IpAddr>().is_ok();
    let known = subject.known().map(|known| known.compiled.spec.site.object_store.s3.path_style);
    let path_style = s3a(application, "path.style.access") == Some("true");
    if !path_style && (inside || known == Some(true)) {
        let message = format!("S3A would look for each bucket as a host of its own: `BUCKET.{host}`");
        problems.push(
            Problem::new(
                "spark/store-path-style",
                message,
                at(subject, application, "path.style.access"),
                "not set to true",
            )
            .and(at(subject, application, "endpoint"), "no DNS server knows names below this")
            .help(format!("set `{PREFIX}path.style.access=true`")),
        );
    }
}

/// Classes of the first SDK, which the second does not take under their old names; see
/// `CredentialProviderListFactory` of Hadoop 3.4.
const REMAPPED: [&str; 4] = [
    "com.amazonaws.auth.AnonymousAWSCredentials",
    "com.amazonaws.auth.EC2ContainerCredentialsProviderWrapper",
    "com.amazonaws.auth.InstanceProfileCredentialsProvider",
    "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
];

/// Providers of credentials, of the SDK that this version's Hadoop was built with.
const PROVIDERS: [&str; 16] = [
    "com.amazonaws.auth.DefaultAWSCredentialsProviderChain",
    "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
    "com.amazonaws.auth.WebIdentityTokenCredentialsProvider",
    "com.amazonaws.auth.InstanceProfileCredentialsProvider",
    "com.amazonaws.auth.profile.ProfileCredentialsProvider",
    "software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider",
    "software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider",
    "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider",
    "software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider",
    "software.amazon.awssdk.auth.credentials.WebIdentityTokenFileCredentialsProvider",
    "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider",
    "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider",
    "org.apache.hadoop.fs.s3a.auth.AssumedRoleCredentialProvider",
    "org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider",
    "org.apache.hadoop.fs.s3a.auth.ProfileAWSCredentialsProvider",
];

fn provider<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    const KEY: &str = "aws.credentials.provider";
    let Some(list) = s3a(application, KEY) else {
        if subject.known().is_some() && s3a(application, "endpoint").is_some() {
            let message = "nobody says where S3A takes its credentials from";
            problems.push(
                Problem::new(
                    "spark/store-provider",
                    message,
                    at(subject, application, KEY),
                    "no provider is set here",
                )
                .help(format!("set `{PREFIX}{KEY}` to the class that reads what the pod has")),
            );
        }
        return;
    };
    for class in list.split(',').map(str::trim) {
        let message = if class.starts_with("com.amazonaws.")
            && view::since(subject, 4, 0)
            && !REMAPPED.contains(&class)
        {
            format!("`{class}` belongs to the first AWS SDK; Hadoop 3.4 has the second")
        } else if class.starts_with("software.amazon.") && view::before(subject, 4, 0) {
            format!("`{class}` belongs to the second AWS SDK; Hadoop 3.3 has the first")
        } else if ["com.amazonaws.", "software.amazon.awssdk.", "org.apache.hadoop."]
            .iter()
            .any(|own| class.starts_with(own))
            && !PROVIDERS.contains(&class)
            && !REMAPPED.contains(&class)
        {
            format!("no provider of credentials is called `{class}`")
        } else {
            continue;
        };
        problems.push(
            Problem::new("spark/store-provider", message, at(subject, application, KEY), "not in this version")
                .help(match subject.known() {
                    Some(known) => format!("for keys from the environment it is `{}`", known.compiled.platform.version.s3a.environment),
                    None => "Spark 3.5 has classes of `com.amazonaws.auth`, 4.0 and newer of `software.amazon.awssdk.auth.credentials`".to_owned(),
                }),
        );
    }
}

const KEYS: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/// T-history-empty, T-s3-secret: what the provider reads is there, in the driver and in its executors.
fn credentials<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    let environment = s3a(application, "aws.credentials.provider")
        .is_some_and(|class| class.ends_with("EnvironmentVariableCredentialsProvider"));
    if !environment {
        return;
    }
    let pod = view::pod(subject, application);
    let provider = at(subject, application, "aws.credentials.provider");
    let source = |container: &Node, key: &str| {
        let reference = view::env(container, key)?.below(&["valueFrom", "secretKeyRef"])?;
        Some(format!("{}:{}", reference.text("name")?, reference.text("key")?))
    };
    for key in KEYS {
        let whole = !application.container.list("envFrom").is_empty();
        if view::env(application.container, key).is_none() && !whole {
            let message = format!("{} has no `{key}`", pod.name());
            let at = subject.missing(application.container, &["env"]);
            problems.push(
                Problem::new("spark/store-credentials", message, at, "not among these")
                    .and(provider.clone(), "credentials are taken from the environment")
                    .help(format!("give the container `{key}` from a Secret")),
            );
        }
        if !view::makes_pods(application) {
            continue;
        }
        let property = application.property(&format!("spark.kubernetes.executor.secretKeyRef.{key}"));
        let template =
            view::executor(subject, application).and_then(|pod| view::executor_container(application, pod));
        let in_template = template.is_some_and(|container| {
            view::env(container, key).is_some() || !container.list("envFrom").is_empty()
        });
        let plain = application.get(&format!("spark.executorEnv.{key}")).is_some();
        let message = match property {
            None if in_template || plain || !view::is_visible(subject, application) => continue,
            None => format!("executors of {} have no `{key}`", pod.name()),
            Some(property) => {
                let drivers = source(application.container, key);
                match drivers {
                    Some(drivers) if drivers != property.value => {
                        format!(
                            "executors take `{key}` from `{}`, their driver from `{drivers}`",
                            property.value
                        )
                    }
                    _ => continue,
                }
            }
        };
        let full = format!("spark.kubernetes.executor.secretKeyRef.{key}");
        problems.push(
            Problem::new(
                "spark/store-credentials",
                message,
                view::at(subject, application, &full),
                "what executors have",
            )
            .and(provider.clone(), "credentials are taken from the environment")
            .help(format!("set `{full}=SECRET:KEY` to what the driver's container takes")),
        );
    }
}

/// T-s3-write-slow: a rename on S3 is a copy, file by file, and not atomic.
fn committer<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    if !application.is_driver() || !application.properties.iter().any(|found| found.key.starts_with(PREFIX)) {
        return;
    }
    let algorithm = "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version";
    let protocol = application.get("spark.sql.sources.commitProtocolClass");
    let name = s3a(application, "committer.name");
    let jars = subject.known().is_some_and(|known| {
        known.compiled.platform.version.artifacts.get("committers").is_some_and(|jars| !jars.is_empty())
    });
    let (key, message) = if application.property(algorithm).is_some() && name != Some("magic") {
        (algorithm.to_owned(), "jobs commit by renaming every file, which S3 cannot do".to_owned())
    } else if jars && name != Some("magic") {
        (format!("{PREFIX}committer.name"), format!("jobs commit with `{}`", name.unwrap_or("file")))
    } else if protocol.is_some_and(|class| class.ends_with("PathOutputCommitProtocol"))
        && name.is_none_or(|name| name == "file")
    {
        (
            format!("{PREFIX}committer.name"),
            "the cloud's commit protocol without a committer of S3A".to_owned(),
        )
    } else if name == Some("magic") && s3a(application, "committer.magic.enabled") == Some("false") {
        (
            format!("{PREFIX}committer.magic.enabled"),
            "the magic committer is chosen and switched off".to_owned(),
        )
    } else {
        return;
    };
    problems.push(
        Problem::new(
            "spark/store-committer",
            message,
            view::at(subject, application, &key),
            "not safe on S3",
        )
        .help(format!("set `{PREFIX}committer.name=magic` and `{PREFIX}committer.magic.enabled=true`")),
    );
}

/// T-s3-write-slow: as many connections as tasks, and parts of a sensible size.
fn throughput<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    let number = |key: &str| application.get(key)?.parse::<u64>().ok();
    let cores = number("spark.executor.cores").unwrap_or(1);
    if let Some(most) = number(&format!("{PREFIX}connection.maximum")).filter(|most| *most < cores * 4) {
        let message = format!("{most} connections for {cores} tasks at a time");
        problems.push(
            Problem::new(
                "spark/store-throughput",
                message,
                at(subject, application, "connection.maximum"),
                "too few",
            )
            .help("leave it at 200, or give each core four or more"),
        );
    }
    if let Some(part) = s3a(application, "multipart.size").and_then(view::mebibytes) {
        let bytes = s3a(application, "multipart.size").and_then(|text| text.parse::<u64>().ok());
        let part = bytes.map_or(part, |bytes| bytes / 1024 / 1024);
        if !(32..=512).contains(&part) {
            let message = format!("uploads go in parts of {part} MiB");
            problems.push(
                Problem::new("spark/store-throughput", message, at(subject, application, "multipart.size"), "not a good size")
                    .why("S3 refuses parts below 5 MiB and more than 10000 of them; each takes memory or disk until it is sent")
                    .help(format!("set `{PREFIX}multipart.size=64M`")),
            );
        }
    }
}

/// Whoever reads and writes the same tables and logs is told the same about their store.
fn agreement(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let keys = [
        "endpoint",
        "endpoint.region",
        "path.style.access",
        "connection.ssl.enabled",
        "aws.credentials.provider",
    ];
    let Some(driver) =
        subject.applications.iter().find(|found| view::is_client(found) && s3a(found, "endpoint").is_some())
    else {
        return;
    };
    let report =
        |key: &str, theirs: Option<&str>, place: Place, name: String, problems: &mut Vec<Problem>| {
            let own = s3a(driver, key);
            if own == theirs {
                return;
            }
            let message = match theirs {
                Some(theirs) => format!(
                    "`fs.s3a.{key}` is `{theirs}` for {name}, and `{}` for the driver",
                    own.unwrap_or_default()
                ),
                None => format!("{name} is not told `fs.s3a.{key}`, which its driver has"),
            };
            problems.push(
                Problem::new("spark/store-agreement", message, place, "not the driver's")
                    .and(at(subject, driver, key), "the driver's")
                    .help("tell every component the same about the object store"),
            );
        };
    let readers = subject.applications.iter().filter(|found| found.role == Role::History);
    for reader in readers.filter(|found| view::is_visible(subject, found)) {
        let remote = reader.get("spark.history.fs.logDirectory").is_some_and(|path| path.starts_with("s3a:"));
        for key in keys.iter().filter(|_| remote || subject.known().is_some()) {
            let name = view::pod(subject, reader).name();
            report(key, s3a(reader, key), at(subject, reader, key), name, problems);
        }
    }
    // The metastore makes and deletes directories of tables. Its provider is that of another Hadoop.
    for file in subject.files.iter().filter(|file| file.key == "core-site.xml") {
        let found = xml(file.text);
        for key in keys.iter().filter(|key| !key.contains("provider")) {
            let full = format!("fs.s3a.{key}");
            let (line, value) = found.get(full.as_str()).copied().unzip();
            let place = line.map_or_else(|| subject.place(file.node), |line| subject.line(file.node, line));
            let name = subject.objects()[file.object].id.to_string();
            report(key, value, place, name, problems);
        }
    }
}

/// The properties of a Hadoop configuration file, with the lines (from 1) of their values.
pub fn xml(text: &str) -> BTreeMap<&str, (usize, &str)> {
    let mut found = BTreeMap::new();
    let mut name = None;
    for (line, text) in text.lines().enumerate() {
        let of = |tag: &str| {
            let (_, rest) = text.split_once(&format!("<{tag}>"))?;
            Some(rest.split_once(&format!("</{tag}>"))?.0)
        };
        name = of("name").or(name);
        if let (Some(known), Some(value)) = (name, of("value")) {
            found.insert(known, (line + 1, value));
            name = None;
        }
    }
    found
}

/// ISSUE-003: a bucket has no slash in its name; `mc mb store/bucket/prefix` makes `bucket` alone, or fails.
fn bucket_is_a_path(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for pod in &subject.pods {
        for container in pod.containers() {
            for (node, text) in view::texts(subject, pod, container) {
                for (line, words) in text.lines().enumerate() {
                    let Some((_, rest)) = words.split_once("mc mb ") else { continue };
                    let target =
                        rest.split_whitespace().find(|word| !word.starts_with('-')).unwrap_or_default();
                    let target = target.trim_matches(['"', '\'', ';']).trim_end_matches('/');
                    if target.matches('/').count() > 1 {
                        bucket(subject, subject.line(node, line + 1), target, problems);
                    }
                }
            }
            if let Some(entry) = view::env(container, "S3_BUCKET")
                && let Some(path) =
                    entry.text("value").unwrap_or_default().split(',').find(|name| name.contains('/'))
            {
                bucket(subject, subject.missing(entry, &["value"]), path, problems);
            }
        }
    }
}

fn bucket(_: &Subject<'_>, at: Place, path: &str, problems: &mut Vec<Problem>) {
    problems.push(
        Problem::new("spark/bucket-path", format!("`{path}` is not the name of a bucket"), at, "a path")
            .help("make the bucket, and the directory by putting an object into it: `hadoop fs -mkdir -p`"),
    );
}

/// A store that the set brings along has the buckets that are used in it.
fn buckets<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    let Some((_, host, _)) = s3a(application, "endpoint").and_then(view::address) else { return };
    let pod = view::pod(subject, application);
    let service = view::host(host)
        .and_then(|host| subject.find("Service", host.namespace.unwrap_or(pod.namespace()), host.service));
    let selector = service.and_then(|service| service.node.below(&["spec", "selector"]));
    let Some(store) = subject.pods.iter().find(|pod| view::selects(selector, pod)) else { return };
    let Some(entry) = store.containers().find_map(|container| view::env(container, "S3_BUCKET")) else {
        return;
    };
    let made: Vec<&str> = entry.text("value").unwrap_or_default().split(',').collect();
    for property in &application.properties {
        let Some(bucket) = property.value.strip_prefix("s3a://").and_then(|rest| rest.split('/').next())
        else {
            continue;
        };
        if !made.contains(&bucket) && !bucket.is_empty() {
            problems.push(
                Problem::new(
                    "spark/missing-bucket",
                    format!("nobody makes the bucket `{bucket}`"),
                    property.place(subject),
                    "used here",
                )
                .and(subject.place(entry), "the buckets that are made")
                .help("name a bucket of the list, or add it there"),
            );
        }
    }
}
