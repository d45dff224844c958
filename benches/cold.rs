//! One cold `render --stdout`, as a whole process: time, CPU, peak memory; and the same against
//! `helm template` printing the same objects, in turn, so that a slow moment of the machine hits both.
//!
//! `cargo bench --bench cold`. Helm is looked for in `$HELM`, then in `$PATH`; without it there is no ratio.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const RUNS: usize = 41;

struct Run {
    wall: f64,
    cpu: f64,
}

/// Runs a command once, its output thrown away; milliseconds.
fn run(command: &mut Command) -> Run {
    let cpu = || {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
        (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e3
    };
    let (before, start) = (cpu(), Instant::now());
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}");
    Run { wall: start.elapsed().as_secs_f64() * 1e3, cpu: cpu() - before }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn main() {
    let place = tempfile::tempdir().unwrap();
    let sparkctl = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sparkctl"));
        command
            .args(["render", "--env", "prod", "--preset", "jupyter-connect", "--stdout"])
            .current_dir(place.path());
        command
    };
    let rendered = sparkctl().output().unwrap().stdout;
    let objects = rendered.split(|byte| *byte == b'\n').filter(|line| *line == b"---").count();
    println!("{objects} objects, {} bytes, {RUNS} runs, medians", rendered.len());

    let alone: Vec<Run> = (0..RUNS).map(|_| run(&mut sparkctl())).collect();
    let memory = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss() as f64 / 1024.0;
    let of = |runs: &[Run], pick: fn(&Run) -> f64| median(runs.iter().map(pick).collect());
    println!(
        "sparkctl render --stdout   {:6.1} ms   {:6.1} ms of CPU   {memory:5.1} MiB at most",
        of(&alone, |run| run.wall),
        of(&alone, |run| run.cpu)
    );

    let out = place.path().join("out");
    let bundle: Vec<Run> = (0..RUNS)
        .map(|_| {
            let _ = std::fs::remove_dir_all(&out);
            let mut command = Command::new(env!("CARGO_BIN_EXE_sparkctl"));
            run(command.args(["render", "--env", "prod", "--preset", "jupyter-connect", "--out"]).arg(&out))
        })
        .collect();
    println!(
        "sparkctl render --out      {:6.1} ms   {:6.1} ms of CPU",
        of(&bundle, |run| run.wall),
        of(&bundle, |run| run.cpu)
    );
    let copy: Vec<Run> = (0..RUNS)
        .map(|n| run(Command::new("cp").arg("-r").arg(&out).arg(place.path().join(format!("copy-{n}")))))
        .collect();
    println!(
        "cp -r of that bundle       {:6.1} ms   {:6.1} ms of CPU",
        of(&copy, |run| run.wall),
        of(&copy, |run| run.cpu)
    );

    let helm = std::env::var("HELM").unwrap_or_else(|_| "helm".to_owned());
    if Command::new(&helm).arg("version").output().is_err() {
        println!("no helm at `{helm}`: name one in $HELM for the ratio");
        return;
    }
    chart(&place.path().join("chart"), &String::from_utf8(rendered).unwrap());
    let template = || {
        let mut command = Command::new(&helm);
        command.args(["template", "connect", "chart"]).current_dir(place.path());
        command
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(run(&mut sparkctl()));
        theirs.push(run(&mut template()));
    }
    let ratio = median(ours.iter().zip(&theirs).map(|(a, b)| b.wall / a.wall).collect());
    println!(
        "helm template, same objects{:6.1} ms   {:6.1} ms of CPU   sparkctl is {ratio:.1} times faster",
        of(&theirs, |run| run.wall),
        of(&theirs, |run| run.cpu)
    );
}

/// A chart whose templates are the rendered objects, one file each, as a chart of its own would have them.
fn chart(path: &Path, rendered: &str) {
    std::fs::create_dir_all(path.join("templates")).unwrap();
    std::fs::write(path.join("Chart.yaml"), "apiVersion: v2\nname: connect\nversion: 0.1.0\n").unwrap();
    for (number, document) in
        rendered.split("---\n").filter(|document| !document.trim().is_empty()).enumerate()
    {
        assert!(!document.contains("{{"), "an object with braces needs escaping");
        std::fs::write(path.join(format!("templates/{number:02}.yaml")), document).unwrap();
    }
}
