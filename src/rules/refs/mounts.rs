//! What a container sees at a path, and the texts that say what it does.

use super::names::{Keys, Names};
use super::texts::Text;
use crate::layer::tree::{Node, Value};
use crate::rules::set::{Pod, PodKind, below};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What is at a path.
pub enum Found<'n> {
    /// No volume: what the image has.
    Image,
    /// A volume whose files only the running pod knows, or a file or folder of one that is known.
    There,
    /// A ConfigMap's or Secret's volume without such a file.
    Missing {
        /// The volume's mount.
        mount: &'n Node,
        /// The files that are there.
        files: BTreeSet<String>,
    },
}

/// What a container sees at a path.
pub fn look<'n>(names: &Names<'_>, pod: &Pod<'n>, container: &'n Node, path: &str) -> Found<'n> {
    let mounts = container.list("volumeMounts").iter().filter_map(|mount| {
        let rest = below(path, mount.text("mountPath")?)?;
        Some((path.len() - rest.len(), rest, mount))
    });
    let Some((_, rest, mount)) = mounts.max_by_key(|(length, _, _)| *length) else { return Found::Image };
    let Some(files) =
        mount.text("name").and_then(|name| pod.volume(name)).and_then(|volume| files(names, pod, volume))
    else {
        return Found::There;
    };
    let wanted = match (mount.text("subPath"), rest) {
        (Some(sub), "") => Cow::Borrowed(sub),
        (Some(sub), rest) => Cow::Owned(format!("{}/{rest}", sub.trim_end_matches('/'))),
        (None, rest) => Cow::Borrowed(rest),
    };
    let inside = |file: &String| file.strip_prefix(&*wanted).is_some_and(|rest| rest.starts_with('/'));
    if wanted.is_empty() || files.contains(&*wanted) || files.iter().any(inside) {
        Found::There
    } else {
        Found::Missing { mount, files: files.into_owned() }
    }
}

/// The files of a volume, where they are known before the pod runs.
pub fn files<'n>(names: &'n Names<'_>, pod: &Pod<'_>, volume: &Node) -> Option<Cow<'n, BTreeSet<String>>> {
    let namespace = pod.namespace();
    let of_map = |map: &Node, field: &str| {
        let keys = match field {
            "configMap" => names.config_map(namespace, map.text("name")?)?,
            _ => {
                let name = map.text("secretName").or_else(|| map.text("name"))?;
                let declared = names.declared.as_ref();
                let made = names.secret(namespace, name);
                made.or_else(|| declared.and_then(|declared| declared.secrets.get(name)))?
            }
        };
        let Keys::These(keys) = keys else { return None };
        Some(match map.list("items") {
            [] => Cow::Borrowed(keys),
            items => {
                Cow::Owned(items.iter().filter_map(|item| item.text("path")).map(str::to_owned).collect())
            }
        })
    };
    for field in ["configMap", "secret"] {
        if let Some(map) = volume.get(field) {
            return of_map(map, field);
        }
    }
    let sources = volume.get("projected")?.list("sources");
    let mut all = BTreeSet::new();
    for source in sources {
        for field in ["configMap", "secret"] {
            if let Some(map) = source.get(field) {
                all.extend(of_map(map, field)?.iter().cloned());
            }
        }
        let token = source.get("serviceAccountToken").or_else(|| source.get("clusterTrustBundle"));
        all.extend(token.and_then(|token| token.text("path")).map(str::to_owned));
        let downward = source.get("downwardAPI").map(|api| api.list("items")).unwrap_or_default();
        all.extend(downward.iter().filter_map(|item| item.text("path")).map(str::to_owned));
    }
    Some(Cow::Owned(all))
}

/// What a container is told: values of variables, words of commands, words of probes and hooks.
pub fn told(container: &Node) -> Vec<&Node> {
    let mut found: Vec<&Node> = Vec::new();
    found.extend(container.list("env").iter().filter_map(|entry| entry.get("value")));
    found.extend(container.list("command").iter().chain(container.list("args")));
    found.extend(container.get("workingDir"));
    for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
        words(container.get(probe), &mut found);
    }
    words(container.get("lifecycle"), &mut found);
    found
}

fn words<'n>(node: Option<&'n Node>, found: &mut Vec<&'n Node>) {
    let Some(Value::Map(map)) = node.map(|node| &node.value) else { return };
    for (key, entry) in &map.entries {
        match key.as_str() {
            "exec" => found.extend(entry.node.list("command")),
            "preStop" | "postStart" => words(Some(&entry.node), found),
            _ => {}
        }
    }
}

/// The texts of ConfigMaps that a container sees, by the paths at which it sees them.
pub fn mounted<'n, 's>(
    names: &'n Names<'s>,
    pod: &Pod<'_>,
    container: &Node,
) -> BTreeMap<String, &'n Text<'s>> {
    let mut found = BTreeMap::new();
    for mount in container.list("volumeMounts") {
        let (Some(at), Some(name)) = (mount.text("mountPath"), mount.text("name")) else { continue };
        let Some(volume) = pod.volume(name) else { continue };
        let sources = volume.get("projected").map(|projected| projected.list("sources")).unwrap_or_default();
        let maps =
            volume.get("configMap").into_iter().chain(sources.iter().filter_map(|one| one.get("configMap")));
        for map in maps {
            let texts = names.texts(pod.namespace(), map.text("name").unwrap_or_default());
            let items = map.list("items");
            for text in texts {
                let file = text.file;
                let template = |pod: &Pod<'_>| pod.object == file.object && pod.file == Some(file.key);
                if names.subject.pods.iter().any(template) {
                    continue;
                }
                let paths: Vec<&str> = match items {
                    [] => vec![file.key],
                    items => {
                        let own = items.iter().filter(|item| item.text("key") == Some(file.key));
                        own.filter_map(|item| item.text("path")).collect()
                    }
                };
                for path in paths {
                    match mount.text("subPath") {
                        Some(sub) if sub == path => found.insert(at.to_owned(), text),
                        Some(_) => None,
                        None => found.insert(format!("{}/{path}", at.trim_end_matches('/')), text),
                    };
                }
            }
        }
    }
    found
}

/// The texts among them that the container is told of, by their path or by their folder's: scripts only by
/// their own, since others of the pod may run them. What such a text names is read as well.
pub fn read<'n, 's>(
    names: &'n Names<'s>,
    pod: &Pod<'_>,
    container: &Node,
    words: &[&Node],
) -> Vec<(String, &'n Text<'s>)> {
    let mut left = mounted(names, pod, container);
    if left.is_empty() {
        return Vec::new();
    }
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for text in words.iter().filter_map(|word| word.as_str()) {
        told.extend(paths(text).map(|(path, _)| path));
    }
    let looked = "/opt/spark/conf/spark-defaults.conf";
    let conf_dir = container.list("env").iter().any(|entry| entry.text("name") == Some("SPARK_CONF_DIR"));
    let is_spark = pod.kind == PodKind::Executor
        || names.subject.applications.iter().any(|one| std::ptr::eq(one.container, container));
    if is_spark && !conf_dir {
        told.insert(looked);
    }
    let mut found = Vec::new();
    loop {
        let now: Vec<String> = left
            .keys()
            .filter(|path| {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                told.contains(path.as_str()) || (!path.ends_with(".sh") && told.contains(folder))
            })
            .cloned()
            .collect();
        if now.is_empty() {
            return found;
        }
        for path in now {
            if let Some(text) = left.remove(&path) {
                told.extend(text.mentions().iter().map(|mention| mention.path));
                found.push((path, text));
            }
        }
    }
}

/// The lines of a text, from 1, but for comments.
pub fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let all = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    all.filter(|(_, line)| {
        let line = line.trim_start();
        !line.starts_with(['#', '!', ';']) && !line.starts_with("<!--")
    })
}

/// The absolute paths in a text, without what follows a wildcard or a variable, each with whether it was cut
/// there. Not the paths of URLs, but for those of `file:` and `local:`.
pub fn paths(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.get(at..)?.find('/')?;
            let before = text[..start].chars().next_back();
            let mut begin = start;
            if text[start..].starts_with("//") {
                let local = ["file:", "local:"].iter().any(|scheme| text[..start].ends_with(scheme));
                if !local {
                    let rest = &text[start..];
                    at = start
                        + rest.find([' ', '\t', '"', '\'', ',', ';', '<', '>', ')']).unwrap_or(rest.len());
                    continue;
                }
                begin = start + 2;
            } else if !before.is_none_or(|c| c.is_whitespace() || "=:\"'(,;>[".contains(c)) {
                let rest = &text[start..];
                at = start + rest.find(|c: char| !is_path(c)).unwrap_or(rest.len()).max(1);
                continue;
            }
            let rest = &text[begin..];
            let end = rest.find(|c: char| !is_path(c)).unwrap_or(rest.len());
            at = begin + end.max(1);
            let open = rest[end..].starts_with(['*', '$', '{', '%', '?']);
            let path = &rest[..end];
            let path = if open { path.rsplit_once('/').map_or("", |(folder, _)| folder) } else { path };
            let path = path.trim_end_matches('/').trim_end_matches('.');
            if path.len() > 1 {
                return Some((path, open));
            }
        }
    })
}

fn is_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '@')
}

#[cfg(test)]
mod tests {
    use super::paths;

    #[test]
    fn paths_of_texts() {
        let found = |text: &'static str| paths(text).map(|(path, _)| path).collect::<Vec<_>>();
        assert_eq!(found("a=/opt/spark/conf:/opt/x/*"), ["/opt/spark/conf", "/opt/x"]);
        assert_eq!(
            found("-Dlog4j2.configurationFile=file:///etc/log4j2.properties"),
            ["/etc/log4j2.properties"]
        );
        assert_eq!(found("local:///opt/a.jar,file:/opt/b.jar"), ["/opt/a.jar", "/opt/b.jar"]);
        assert_eq!(
            found("s3a://logs/events http://a:80/b/c 'x/y' </value> location / {"),
            Vec::<&str>::new()
        );
        assert_eq!(found("r=/var/r/$(basename /opt/s/jars/core_*.jar .jar)"), ["/var/r", "/opt/s/jars"]);
    }
}
