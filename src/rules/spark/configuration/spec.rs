//! What a release's own spec says, before it is rendered: values that make no sense together.

use crate::layer::path::SpecPath;
use crate::layer::tree::Node;
use crate::rules::set::{Known, Subject};
use crate::rules::{Place, Problem};
use crate::spec::connect::Cpu;
use crate::spec::types::SparkMemory;
use std::collections::{BTreeMap, BTreeSet};

/// The smallest heap that Spark starts with: 1.5 times the 300 MiB that it keeps for itself. Measured
/// on 4.1.4, which names it in `INVALID_DRIVER_MEMORY` and `INVALID_EXECUTOR_MEMORY`.
pub const LEAST_HEAP_MIB: u64 = 450;

/// The least memory beside the heap.
const LEAST_OVERHEAD_MIB: u64 = 384;

/// What was found in the spec and need not be told again of what was rendered from it.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Keys of `spark/computed-key`: each has two values then, and what follows from that is no news.
    pub computed: BTreeSet<String>,
    /// `spark/executor-bounds`.
    pub bounds: bool,
    /// `spark/heap-too-small`.
    pub heap: bool,
}

/// Everything that can be seen in the spec.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) -> Told {
    let Some(known) = subject.known() else { return Told::default() };
    let mut told = Told { computed: computed(&known, problems), ..Told::default() };
    lost(subject, &known, &told, problems);
    let connect = &known.compiled.spec.connect;
    if !connect.enabled {
        return told;
    }
    let instances = &connect.executor.instances;
    let (min, initial, max) = (instances.min.get(), instances.initial.get(), instances.max.get());
    if !(min <= initial && initial <= max) {
        told.bounds = true;
        let mut said = [
            ("connect.executor.instances.min", format!("at least {min}")),
            ("connect.executor.instances.initial", format!("beginning with {initial}")),
            ("connect.executor.instances.max", format!("at most {max}")),
        ];
        // The uppermost layer comes first: the others agreed before it spoke.
        said.sort_by_key(|(path, _)| {
            let path: SpecPath = path.parse().unwrap_or_default();
            std::cmp::Reverse(known.compiled.merged.root.at(&path).map(|node| node.span.source))
        });
        let message = format!("{min} to {max} executors, beginning with {initial}, cannot be");
        let [(path, label), others @ ..] = said;
        let problem = bounds(&message, at(path), label);
        problems
            .push(others.into_iter().fold(problem, |problem, (path, label)| problem.and(at(path), label)));
    }
    let (driver, executor) = (&connect.driver, &connect.executor);
    problems.extend(cpu("connect.driver.cpu", &driver.cpu));
    problems.extend(cpu("connect.executor.cpu", &executor.cpu));
    for (path, memory) in
        [("connect.driver.memory", &driver.memory), ("connect.executor.memory", &executor.memory)]
    {
        if let Some(problem) = heap(path, memory) {
            told.heap = true;
            problems.push(problem);
        }
    }
    for (path, overhead) in [
        ("connect.driver.memoryOverhead", &driver.memory_overhead),
        ("connect.executor.memoryOverhead", &executor.memory_overhead),
    ] {
        problems.extend(overhead.as_ref().and_then(|overhead| overhead_too_small(path, overhead)));
    }
    told
}

fn at(path: &str) -> Place {
    Place::Spec(path.parse().unwrap_or_default())
}

/// Bounds that cannot be.
pub fn bounds(message: &str, place: Place, label: String) -> Problem {
    Problem::new("spark/executor-bounds", message, place, label)
        .why("Spark refuses to start with such bounds")
        .help("choose min <= initial <= max")
}

fn cpu(path: &str, cpu: &Cpu) -> Option<Problem> {
    let limit = cpu.limit.as_ref().filter(|limit| **limit < cpu.request)?;
    let message = format!("`{path}` asks for {} and is limited to {limit}", cpu.request);
    Some(
        Problem::new("pod/request-above-limit", message, at(&format!("{path}.limit")), "this is less")
            .and(at(&format!("{path}.request")), "than this")
            .why("Kubernetes refuses a pod whose request is above its limit")
            .help(format!(
                "raise `{path}.limit`, or leave it out: CPU that is short only makes things slower"
            )),
    )
}

fn heap(path: &str, heap: &SparkMemory) -> Option<Problem> {
    let message = format!("`{path}` is {heap}, but must be at least {LEAST_HEAP_MIB}m");
    (heap.bytes() < LEAST_HEAP_MIB << 20).then(|| too_small(&message, at(path)))
}

/// Spark takes what is written here, however little; by itself it never takes less than 384 MiB
/// (`MEMORY_OVERHEAD_MIN_MIB`). Measured on 4.1.4: 100m stays 100 MiB.
fn overhead_too_small(path: &str, overhead: &SparkMemory) -> Option<Problem> {
    (overhead.bytes() < LEAST_OVERHEAD_MIB << 20).then(|| {
        let message = format!("`{path}` is {overhead}: too little for what a JVM needs beside its heap");
        Problem::new("spark/memory-exceeds-limit", message, at(path), "this value")
            .why("classes, threads and network buffers lie there: the kernel kills the pod when they do not fit, with exit code 137")
            .help(format!("write {LEAST_OVERHEAD_MIB}m or more, which is the least that Spark takes by itself"))
    })
}

/// A heap that Spark does not start with.
pub fn too_small(message: &str, place: Place) -> Problem {
    Problem::new("spark/heap-too-small", message, place, "this heap")
        .why("Spark keeps 300 MiB for itself and refuses to start with less than one and a half times that")
        .help("give it 1g or more")
}

/// Properties under `spark.conf` that sparkctl computes from other fields.
fn computed(known: &Known<'_>, problems: &mut Vec<Problem>) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    let conf =
        known.compiled.merged.root.at(&SpecPath::root().key("spark").key("conf")).and_then(Node::as_map);
    let Some(conf) = conf else { return told };
    let components = known.compiled.platform.active(known.library);
    let computed: BTreeMap<&String, &String> =
        components.flat_map(|component| &component.descriptor.computed_conf).collect();
    for (key, entry) in &conf.entries {
        let Some(instead) = computed.get(key) else { continue };
        told.insert(key.clone());
        problems.push(
            Problem::new(
                "spark/computed-key",
                format!("`{key}` is computed by sparkctl"),
                Place::Span(entry.key),
                "set here by hand",
            )
            .why("two values for one property: which one Spark takes depends on where each is written")
            .help(match instead.strip_prefix("never ") {
                Some(reason) => reason.to_owned(),
                None if *instead == key => format!("set `{instead}` itself instead, outside of `spark.conf`"),
                None => format!("set `{instead}` instead"),
            }),
        );
    }
    told
}

/// Properties of `spark.conf` that no Connect server of the release reads as they are written.
fn lost(subject: &Subject<'_>, known: &Known<'_>, told: &Told, problems: &mut Vec<Problem>) {
    let path = SpecPath::root().key("spark").key("conf");
    let conf = known.compiled.merged.root.at(&path).and_then(Node::as_map);
    let servers = || subject.applications.iter().filter(|app| app.is_driver());
    let entries = conf.into_iter().flat_map(|conf| &conf.entries);
    for (key, entry) in entries.filter(|(key, _)| !told.computed.contains(*key)) {
        let wanted = super::text(&entry.node);
        for server in servers().filter(|server| server.file.is_some()) {
            let found = server.get(key);
            // What Java takes for white space and escapes is not compared.
            if found.is_none_or(|found| found.trim() != wanted.trim() && !wanted.contains('\\')) {
                let place = server.property(key).map(|property| property.place(subject));
                let missing = server.file.map_or(Place::Whole, |file| subject.place(file.node));
                problems.push(
                    Problem::new(
                        "spark/lost-property",
                        format!("`spark.conf` sets `{key}`, and {} does not read it so", subject.pods[server.pod].name()),
                        place.unwrap_or(missing),
                        found.map_or_else(|| "not set here".to_owned(), |found| format!("`{found}` here")),
                    )
                    .and(Place::Spec(path.key(key.as_str())), format!("`{wanted}` was wanted"))
                    .help("write every property of `spark.conf` into the server's spark-defaults.conf, and none of them twice"),
                );
            }
        }
    }
}
