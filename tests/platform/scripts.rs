//! Scripts in ConfigMaps, and what containers run.

use super::every;
use super::model::{list, text};
use serde_json::Value as Json;

/// ISSUE-014: no container downloads anything when it starts, but in dev, where official images are used;
/// there with checksums.
#[test]
fn only_dev_fetches_packages() {
    const TOOLS: [&str; 7] = ["apk ", "apt ", "apt-get", "yum ", "pip ", "curl ", "wget "];
    every(3000, |case, asked| {
        let mut texts: Vec<(String, String)> = Vec::new();
        for object in case.of("ConfigMap") {
            for (name, value) in object.get("data").and_then(Json::as_object).into_iter().flatten() {
                if name.ends_with(".sh") {
                    let script: Vec<&str> = value
                        .as_str()
                        .unwrap()
                        .lines()
                        .filter(|line| !line.trim().starts_with('#'))
                        .collect();
                    texts.push((name.clone(), script.join("\n")));
                }
            }
        }
        for pod in case.pods() {
            for container in pod.containers() {
                let words: Vec<&str> = list(container, "/command")
                    .chain(list(container, "/args"))
                    .filter_map(Json::as_str)
                    .collect();
                texts.push((pod.owner.clone(), words.join(" ")));
                asked.that(container.pointer("/lifecycle/postStart").is_none(), || "postStart".to_owned());
            }
        }
        for (name, script) in texts {
            // A probe that asks its own container downloads nothing.
            let probe = script.contains("http://127.0.0.1");
            let fetches = !probe && TOOLS.iter().any(|tool| script.contains(tool));
            asked.that(!fetches || case.environment == "dev", || format!("{name} downloads"));
            let checked = script.contains("sha256sum --check") || script.contains("--require-hashes");
            asked.that(!fetches || checked, || format!("{name} trusts what it downloads"));
        }
    });
}

/// ISSUE-035, ISSUE-013, ISSUE-029: scripts stop at the first error, and wait for nothing without end.
#[test]
fn scripts_stop_at_errors_and_wait_with_an_end() {
    every(200, |case, asked| {
        for object in case.of("ConfigMap") {
            for (name, value) in object.get("data").and_then(Json::as_object).into_iter().flatten() {
                if !name.ends_with(".sh") {
                    continue;
                }
                let script = value.as_str().unwrap();
                let lines = script.lines().filter(|line| !line.starts_with('#')).count();
                let handled = script.contains("set -eu") || script.ends_with("exit 1\n") || lines <= 4;
                asked.that(handled, || format!("{name} goes on after an error"));
                asked.that(!script.contains("++))"), || format!("{name}: ((x++)) is an error at 0"));
                // A hook ends with the grace period at the latest; the proxy's loop waits for nothing, it runs
                // beside nginx.
                let hook = name == "decommission.sh" || script.contains(") &\nexec nginx");
                let loops = ["until ", "while "]
                    .iter()
                    .any(|word| script.lines().any(|line| line.trim_start().starts_with(word)));
                let endless = loops && !hook && !script.contains("\"$SECONDS\" -ge ");
                asked.that(!endless, || format!("{name} may wait for ever"));
            }
        }
    });
}

/// ISSUE-004, ISSUE-005: no script writes into what is mounted from a ConfigMap.
#[test]
fn nothing_writes_into_configuration() {
    every(1000, |case, asked| {
        for pod in case.pods() {
            for container in pod.containers() {
                for mount in list(container, "/volumeMounts") {
                    let name = text(mount, "/name");
                    let volume = list(&pod.spec, "/volumes").find(|volume| text(volume, "/name") == name);
                    let fixed = volume.is_some_and(|volume| {
                        ["configMap", "secret", "projected"].iter().any(|kind| volume.get(*kind).is_some())
                    });
                    let read_only = mount.get("readOnly").and_then(Json::as_bool) == Some(true);
                    asked.that(!fixed || read_only, || {
                        format!("{}: {name} is not mounted read-only", pod.owner)
                    });
                }
            }
        }
        for object in case.of("ConfigMap") {
            for (name, value) in object.get("data").and_then(Json::as_object).into_iter().flatten() {
                if !name.ends_with(".sh") {
                    continue;
                }
                for target in value.as_str().unwrap().split("> /").skip(1) {
                    let target = target.split_whitespace().next().unwrap_or_default();
                    let free = ["tmp/", "dev/", "opt/sparkctl/jars", "home/"]
                        .iter()
                        .any(|place| target.starts_with(place));
                    asked.that(free, || format!("{name} writes to /{target}"));
                }
            }
        }
    });
}
