//! The object store: one address, one way to sign, the same for everybody who reads and writes.

use super::view;
use crate::layer::tree::Node;
use crate::rules::set::{Application, Subject};
use crate::rules::{Place, Problem};
use crate::spec::site::S3CredentialsKind;

const PREFIX: &str = "spark.hadoop.fs.s3a.";

/// Everything about S3A.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for application in &subject.applications {
        endpoint(subject, application, problems);
        provider(subject, application, problems);
        credentials(subject, application, problems);
        committer(subject, application, problems);
        throughput(subject, application, problems);
    }
}

/// A property of S3A, by what stands after `spark.hadoop.fs.s3a.`.
pub fn s3a<'s>(application: &'s Application<'_>, key: &str) -> Option<&'s str> {
    application.get(&format!("{PREFIX}{key}"))
}

/// Where such a property is set.
pub fn at(subject: &Subject<'_>, application: &Application<'_>, key: &str) -> Place {
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
        // S3A believes the scheme; our own releases say both.
        Some(("http", _, Some(443))) => false,
        Some(("http", ..)) => tls == Some("false") || (tls.is_none() && subject.known().is_none()),
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
            .help(match subject.known() {
                Some(_) => {
                    "let `site.objectStore.s3.tls` fit the port of its endpoint: 443 speaks TLS".to_owned()
                }
                None => {
                    format!("set `{PREFIX}connection.ssl.enabled` to what the endpoint's scheme and port say")
                }
            }),
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
    // What this version has no class for is refused by a rule of its own.
    let refused = subject.known().is_some_and(|known| {
        known.compiled.spec.site.object_store.s3.credentials.kind == S3CredentialsKind::PodIdentity
            && known.compiled.platform.version.s3a.container.is_none()
    });
    if refused {
        return;
    }
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
