//! Images: named in full, pinned, and of one version of Spark: N15 of `incidents.md`.

use super::view::{Container, containers};
use crate::rules::set::{PodKind, Subject};
use crate::rules::{Place, Problem};

/// Every rule about images.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for container in containers(subject) {
        if let Some(image) = container.node.get("image") {
            let place = || subject.place(image);
            named(&container.name(), image.as_str().unwrap_or_default(), &place, problems);
            version(subject, &container.name(), image.as_str().unwrap_or_default(), &place, problems);
        }
        pull(subject, &container, problems);
    }
    for application in &subject.applications {
        for key in [
            "spark.kubernetes.container.image",
            "spark.kubernetes.executor.container.image",
            "spark.kubernetes.driver.container.image",
        ] {
            let Some(property) = application.property(key) else { continue };
            let name = format!("`{key}`");
            let place = || property.place(subject);
            named(&name, &property.value, &place, problems);
            version(subject, &name, &property.value, &place, problems);
        }
    }
    same(subject, problems);
}

/// Registry, tag and digest of a reference.
fn parts(image: &str) -> (Option<&str>, Option<&str>, bool) {
    let (name, digest) = image.split_once('@').map_or((image, false), |(name, _)| (name, true));
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (name, None),
    };
    let first = path.split_once('/').map(|(first, _)| first);
    let registry = first.filter(|first| first.contains(['.', ':']) || *first == "localhost");
    (registry, tag, digest)
}

fn named(name: &str, image: &str, place: &impl Fn() -> Place, problems: &mut Vec<Problem>) {
    if image.starts_with(['$', '{']) {
        return;
    }
    let (registry, tag, digest) = parts(image);
    if registry.is_none() {
        let message = format!("{name} takes `{image}` from whatever registry the node prefers");
        problems.push(Problem::new("pod/image-registry", message, place(), "no registry").help(format!(
            "write the registry too, such as `docker.io/{}{image}`",
            if image.contains('/') { "" } else { "library/" }
        )));
    }
    let moving = match tag {
        None => !digest,
        Some(tag) => !digest && MOVING.contains(&tag),
    };
    if moving {
        let message = format!("{name} has an image that changes under its name");
        let label = tag.map_or("no tag means `latest`".to_owned(), |tag| {
            format!("`{tag}` is another image from time to time")
        });
        problems.push(
            Problem::new("pod/image-tag", message, place(), label)
                .help("name a full version, or better a digest"),
        );
    }
}

/// Tags that by custom name whatever came last. What a tag of somebody's own means nobody knows.
const MOVING: [&str; 16] = [
    "latest", "stable", "main", "master", "edge", "nightly", "dev", "develop", "devel", "head", "canary",
    "snapshot", "current", "rolling", "lts", "test",
];

/// The version of Spark that a tag of an image called `spark` begins with.
fn spark_version(image: &str) -> Option<&str> {
    let name = image.split('@').next()?.rsplit('/').next()?.split(':').next()?;
    tagged_version(image).filter(|_| name == "spark")
}

/// The version that the tag of an image with `spark` in its name begins with.
fn tagged_version(image: &str) -> Option<&str> {
    let (_, tag, _) = parts(image);
    let name = image.split('@').next()?.rsplit('/').next()?.split(':').next()?;
    let version = tag?.split('-').next()?;
    let digits = version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (name.contains("spark") && digits && version.contains('.')).then_some(version)
}

/// Images called `spark` are of the version that the release is compiled for.
fn version(
    subject: &Subject<'_>,
    name: &str,
    image: &str,
    place: &impl Fn() -> Place,
    problems: &mut Vec<Problem>,
) {
    let (Some(known), Some(found)) = (subject.known(), spark_version(image)) else { return };
    let wanted = &known.compiled.platform.version.version;
    let minor = found.match_indices('.').nth(1).map_or(found, |(at, _)| &found[..at]);
    // A tag of one's own says what it likes, and that is told when the layers are read.
    let own_tag = known.compiled.spec.images.spark.tag.is_some();
    if minor != wanted && !own_tag {
        let message = format!("{name} runs Spark {found} in a release for Spark {wanted}");
        problems.push(
            Problem::new("pod/image-version", message, place(), "")
                .why("jars, keys and the protocol between driver and executors are those of another version")
                .help(format!("take an image of Spark {wanted}, or set `spark.version`")),
        );
    }
}

/// A driver, its executors and what prepares them run one image.
fn same(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for application in subject.applications.iter().filter(|one| one.is_driver()) {
        let Some(own) = application.container.text("image") else { continue };
        let key = "spark.kubernetes.executor.container.image";
        let told =
            application.property(key).or_else(|| application.property("spark.kubernetes.container.image"));
        let template = || {
            let template = subject.pods.get(application.executor?)?;
            let image = template.spec.list("containers").first()?.get("image")?;
            Some((image.as_str()?, subject.place(image)))
        };
        let theirs = told.map(|told| (told.value.as_str(), told.place(subject))).or_else(template);
        if let Some((theirs, place)) =
            theirs.filter(|(theirs, _)| *theirs != own && !theirs.contains('$') && !own.contains('$'))
        {
            let differs = subject.known().is_some()
                || tagged_version(theirs).zip(tagged_version(own)).is_some_and(|(a, b)| a != b);
            if differs {
                let message = format!("the executors run `{theirs}`, their driver `{own}`");
                problems.push(
                    Problem::new("pod/mixed-images", message, place, "the executors' image")
                        .and_if(
                            application.container.get("image").map(|image| subject.place(image)),
                            "the driver's image",
                        )
                        .help(
                            "give both the same image: classes and Python have to be the same on both sides",
                        ),
                );
            }
        }
    }
    for container in containers(subject).iter().filter(|one| one.first) {
        let Some(image) = container.node.get("image") else { continue };
        let mains = container.pod.spec.list("containers").iter().filter_map(|one| one.text("image"));
        let other = mains.filter_map(|main| Some((main, spark_version(main)?))).next();
        if let (Some(found), Some((main, version))) = (image.as_str().and_then(spark_version), other)
            && found != version
        {
            let message = format!("{} runs Spark {found}, the pod's server `{main}`", container.name());
            let problem = Problem::new("pod/mixed-images", message, subject.place(image), "another version");
            problems.push(problem.help("give both the same image"));
        }
    }
}

/// A pinned image is the same each time: asking the registry at every start only makes it a point of failure.
fn pull(subject: &Subject<'_>, container: &Container<'_>, problems: &mut Vec<Problem>) {
    let Some(policy) = container.node.get("imagePullPolicy") else { return };
    let image = container.node.text("image").unwrap_or_default();
    let (_, tag, digest) = parts(image);
    let pinned = digest || tag.is_some_and(|tag| tag != "latest");
    let (message, label) = match policy.as_str() {
        Some("Never") => (
            format!("{} starts only where somebody has put its image", container.name()),
            "no node fetches it",
        ),
        Some("Always") if pinned && container.pod.kind != PodKind::Executor => {
            (format!("`{image}` is asked for at every start, and never changes"), "a pinned image")
        }
        _ => return,
    };
    problems.push(
        Problem::new("pod/pull-policy", message, subject.place(policy), label)
            .help("write `imagePullPolicy: IfNotPresent`"),
    );
}
