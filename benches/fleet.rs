//! A project of a thousand releases, or ten thousand, by whole processes: time, CPU and peak memory of a cold
//! render, a warm one, one after a team's layer changed, of two shares and of `render --check`; beside them what
//! copying the bundles takes, and `helm template` and `kubectl kustomize` over a sample.
//!
//! `cargo bench --bench fleet`, with these variables, none of which has to be set:
//!
//! | variable | |
//! |---|---|
//! | `SPARKCTL_FLEET_CLUSTERS`, `SPARKCTL_FLEET_TEAMS` | the size: 20 and 10 are 1,000 releases |
//! | `SPARKCTL_FLEET_SAMPLE` | of how many releases helm and kubectl are timed: 20 |
//! | `HELM`, `KUBECTL` | where they are, if not in `$PATH` |
//! | `TMPDIR` | the disk that is written to |
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

#[path = "../tests/support/fleet.rs"]
mod fleet;

use fleet::{Fleet, put_team};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The first argument of this program where it only measures the command in the others.
const MEASURE: &str = "--measure-one-command";

/// What a process took.
#[derive(Clone, Copy)]
struct Run {
    wall: f64,
    cpu: f64,
    mebibytes: f64,
}

/// The program as a process around one command: what the kernel adds up of children is then of that one alone.
fn measure(words: &[String]) {
    let start = Instant::now();
    let output = Command::new(&words[0]).args(&words[1..]).stdout(Stdio::null()).output().unwrap();
    let wall = start.elapsed().as_secs_f64();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let cpu = (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6;
    println!("{wall} {cpu} {}", usage.max_rss() as f64 / 1024.0);
}

/// Commands that run at the same time.
fn together<S: AsRef<OsStr>>(commands: &[Vec<S>], directory: &Path) -> Run {
    let start = Instant::now();
    let spawn = |words: &Vec<S>| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(MEASURE).args(words).current_dir(directory).stdout(Stdio::piped());
        command.spawn().unwrap()
    };
    let children: Vec<_> = commands.iter().map(spawn).collect();
    let runs = children.into_iter().map(|child| {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "a command failed: its words stand above");
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
        Run { wall: numbers[0], cpu: numbers[1], mebibytes: numbers[2] }
    });
    let runs: Vec<Run> = runs.collect();
    let alone = runs.len() == 1;
    Run { wall: if alone { runs[0].wall } else { start.elapsed().as_secs_f64() }, ..added(&runs) }
}

fn run<S: AsRef<OsStr>>(words: Vec<S>, directory: &Path) -> Run {
    together(&[words], directory)
}

/// One after another; of the memory the most that one of them had.
fn added(runs: &[Run]) -> Run {
    runs.iter().fold(Run { wall: 0.0, cpu: 0.0, mebibytes: 0.0 }, |sum, run| Run {
        wall: sum.wall + run.wall,
        cpu: sum.cpu + run.cpu,
        mebibytes: sum.mebibytes.max(run.mebibytes),
    })
}

fn sparkctl(words: &str) -> Vec<String> {
    let words = words.split_whitespace().map(str::to_owned);
    std::iter::once(env!("CARGO_BIN_EXE_sparkctl").to_owned()).chain(words).collect()
}

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

fn cores() -> usize {
    std::thread::available_parallelism().unwrap().get()
}

/// A line of the table; `objects` where the work is about that many.
fn line(what: &str, run: Run, objects: Option<usize>) {
    let Run { wall, cpu, mebibytes } = run;
    let rate = objects.map(|objects| format!("{:10.0}", objects as f64 / wall / cores() as f64));
    println!("{what:44} {wall:9.2} {cpu:9.2} {mebibytes:9.1} {}", rate.unwrap_or_default());
}

/// The finished project: how many objects it has, and the places of its bundles.
fn listed(root: &Path) -> (usize, Vec<String>) {
    let words = sparkctl("render --format json");
    let output = Command::new(&words[0]).args(&words[1..]).current_dir(root).output().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let releases = said["releases"].as_array().unwrap();
    assert_eq!(
        said["known"],
        releases.len(),
        "not all known: has one findings, or was sparkctl itself rebuilt meanwhile?"
    );
    let objects = releases.iter().map(|release| release["objects"].as_u64().unwrap()).sum::<u64>();
    let places = releases.iter().map(|release| release["bundle"].as_str().unwrap().to_owned());
    (objects as usize, places.collect())
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == MEASURE) {
        return measure(&words[1..]);
    }
    let size =
        Fleet { clusters: number("SPARKCTL_FLEET_CLUSTERS", 20), teams: number("SPARKCTL_FLEET_TEAMS", 10) };
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("project");
    size.write(&root);

    let cold = run(sparkctl("render"), &root);
    let (objects, places) = listed(&root);
    assert_eq!(places.len(), size.releases());
    println!(
        "{} clusters, {} teams, {} scenarios: {} releases, {objects} objects; {} cores{}",
        size.clusters,
        size.teams,
        fleet::PRESETS.len(),
        places.len(),
        cores(),
        if cfg!(debug_assertions) { "; A DEBUG BUILD, which says nothing of a release build" } else { "" }
    );
    println!("{:44} {:>9} {:>9} {:>9} {:>10}", "", "s", "s of CPU", "MiB", "objects/s");
    println!("{:44} {:>9} {:>9} {:>9} {:>10}", "", "", "", "at most", "per core");
    line("render, cold", cold, Some(objects));
    line("render, warm: nothing changed", run(sparkctl("render"), &root), Some(objects));
    line("render --check, warm", run(sparkctl("render --check"), &root), Some(objects));
    let team = size.team_names().next().unwrap();
    put_team(&root, &team, 6);
    let changed = objects / size.teams;
    line("render, one team's layer changed", run(sparkctl("render"), &root), Some(changed));

    let share = |index: usize, out: &str| sparkctl(&format!("render --shard {index}/2 --out {out}-{index}"));
    let shares = [run(share(0, "one"), &root), run(share(1, "one"), &root)];
    line("2 shards, cold, one after the other", added(&shares), Some(objects));
    for (index, one) in shares.into_iter().enumerate() {
        line(&format!("  of these, shard {index}/2"), one, None);
    }
    let both = together(&[share(0, "both"), share(1, "both")], &root);
    line("2 shards, cold, at once on this machine", both, Some(objects));

    let copy = run(vec!["cp", "-r", "rendered", "copy"], &root);
    line("cp -r of the finished bundles", copy, Some(objects));
    let ratio = |ours: f64, theirs: f64| ours / theirs;
    println!(
        "a cold render takes {:.1} times as long as the copy, and {:.1} times its CPU",
        ratio(cold.wall, copy.wall),
        ratio(cold.cpu, copy.cpu)
    );
    smaller(place.path(), size, cold);
    others(&root, &places);
}

/// A quarter of the project: whether memory grows with the number of releases.
fn smaller(place: &Path, size: Fleet, whole: Run) {
    let part = Fleet { clusters: size.clusters.div_ceil(4), ..size };
    let root = place.join("part");
    part.write(&root);
    let cold = run(sparkctl("render"), &root);
    println!(
        "peak memory of a cold render: {:.1} MiB with {} releases, {:.1} MiB with {}",
        cold.mebibytes,
        part.releases(),
        whole.mebibytes,
        size.releases()
    );
}

/// What others need, one process a release, for text that sparkctl has made already.
fn others(root: &Path, places: &[String]) {
    let sample: Vec<&String> =
        places.iter().step_by((places.len() / number("SPARKCTL_FLEET_SAMPLE", 20).max(1)).max(1)).collect();
    let clusters: Vec<&str> = sample.iter().filter_map(|place| place.split('/').nth(1)).collect();
    let releases: Vec<&str> = sample.iter().filter_map(|place| place.split('/').nth(2)).collect();
    let words = format!(
        "render --layout chart --out charts --cluster {} --release {}",
        clusters.join(","),
        releases.join(",")
    );
    run(sparkctl(&words), root);
    let helm = tool("HELM", "helm", &["version"]);
    let kubectl = tool("KUBECTL", "kubectl", &["version", "--client"]);
    let each = |words: &dyn Fn(&str) -> Vec<String>| -> Vec<Run> {
        sample.iter().map(|place| run(words(place), root)).collect()
    };
    if let Some(helm) = helm {
        let words = |place: &str| {
            // In the generated project a release's namespace has its name.
            let namespace = place.rsplit('/').next().unwrap_or_default();
            [&helm, "template", "any", &format!("charts/{place}"), "--namespace", namespace]
                .map(str::to_owned)
                .into()
        };
        compared("helm template", &each(&words), places.len());
    }
    if let Some(kubectl) = kubectl {
        let words =
            |place: &str| [&kubectl, "kustomize", &format!("rendered/{place}")].map(str::to_owned).into();
        compared("kubectl kustomize", &each(&words), places.len());
    }
}

/// The path of a tool, if it is there.
fn tool(variable: &str, name: &str, version: &[&str]) -> Option<String> {
    let path = std::env::var(variable).map_or_else(|_| PathBuf::from(name), PathBuf::from);
    let path = path.to_string_lossy().into_owned();
    if Command::new(&path).args(version).output().is_ok_and(|output| output.status.success()) {
        return Some(path);
    }
    println!("{name}: not measured, for there is none at `{path}`; name one in ${variable}");
    None
}

fn compared(what: &str, runs: &[Run], releases: usize) {
    let Run { wall, cpu, mebibytes } = added(runs);
    let (wall, cpu) = (wall / runs.len() as f64, cpu / runs.len() as f64);
    println!(
        "{what}: {:.0} ms, {:.0} ms of CPU, {mebibytes:.0} MiB a release, measured over {}; EXTRAPOLATED to \
         {releases} releases, one after another: {:.1} s, {:.1} s of CPU",
        wall * 1e3,
        cpu * 1e3,
        runs.len(),
        wall * releases as f64,
        cpu * releases as f64
    );
}
