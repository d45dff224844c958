//! Buckets: made before they are used, and named as buckets are.

use super::store::s3a;
use super::view;
use crate::layer::tree::Node;
use crate::rules::set::{Application, Subject};
use crate::rules::{Place, Problem};

/// Every step that makes buckets, and everybody who uses one.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for application in &subject.applications {
        buckets(subject, application, problems);
    }
    bucket_is_a_path(subject, problems);
}

/// ISSUE-003: a bucket has no slash in its name; `mc mb store/bucket/prefix` makes `bucket` alone, or fails.
fn bucket_is_a_path(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for pod in &subject.pods {
        for container in pod.containers() {
            let texts = view::texts(subject, pod, container).into_iter();
            for (node, text) in texts.filter(|(_, text)| text.contains(" mb ")) {
                for (line, words) in text.lines().enumerate() {
                    let of_mc = words.split_once("mc mb ").map(|(_, rest)| (rest, 1));
                    let Some((rest, most)) = of_mc.or_else(|| Some((words.split_once("s3 mb ")?.1, 0)))
                    else {
                        continue;
                    };
                    let target =
                        rest.split_whitespace().find(|word| !word.starts_with('-')).unwrap_or_default();
                    let target = target.trim_matches(['"', '\'', ';']).trim_end_matches('/');
                    let target = target.strip_prefix("s3://").unwrap_or(target);
                    if target.matches('/').count() > most {
                        bucket(subject.line(node, line + 1), target, problems);
                    }
                }
            }
            // The same, a word at a time.
            let words: Vec<&Node> = container.list("command").iter().chain(container.list("args")).collect();
            let mb = words.windows(2).position(|pair| {
                matches!((pair[0].as_str(), pair[1].as_str()), (Some("mc" | "s3"), Some("mb")))
            });
            for node in mb.into_iter().flat_map(|at| &words[at + 2..]) {
                let text = node.as_str().unwrap_or_default().trim_end_matches('/');
                let (text, most) = text.strip_prefix("s3://").map_or((text, 1), |text| (text, 0));
                if !text.starts_with('-') && text.matches('/').count() > most {
                    bucket(subject.place(node), text, problems);
                }
            }
            if let Some(entry) = view::env(container, "S3_BUCKET")
                && let Some(path) =
                    entry.text("value").unwrap_or_default().split(',').find(|name| name.contains('/'))
            {
                bucket(subject.missing(entry, &["value"]), path, problems);
            }
        }
    }
}

fn bucket(at: Place, path: &str, problems: &mut Vec<Problem>) {
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
