//! Memory: whether containers may use what their JVMs take.

use super::spec::{LEAST_HEAP_MIB, too_small};
use super::{Context, Process, text};
use crate::layer::tree::Node;
use crate::rules::set::{Pod, Role};
use crate::rules::{Place, Problem};
use crate::spark::memory::{self, ExecutorMemory, FACTOR};
use crate::spark::values;
use crate::spec::types::Quantity;

/// Spark's default heap, of drivers, executors, daemons and tools.
const DEFAULT_HEAP: u64 = 1024;
/// MiB beside the heap of a tool that runs for seconds: code, metadata of classes, threads.
const TOOL: u64 = 256;

/// Every rule about the memory of containers and heaps.
pub fn check(context: &Context<'_, '_>, problems: &mut Vec<Problem>) {
    for process in context.processes.iter().filter(|process| process.app.is_driver()) {
        driver(context, process, problems);
    }
    for (at, pod) in context.subject.pods.iter().enumerate() {
        for container in pod.containers() {
            let process = context
                .processes
                .iter()
                .find(|process| process.app.pod == at && std::ptr::eq(process.app.container, container));
            if process.is_none_or(|process| !process.app.is_driver()) {
                other(context, pod, container, process, problems);
            }
        }
    }
}

/// What the executors of a driver ask for; nothing where a size cannot be read.
pub fn executor(context: &Context<'_, '_>, process: &Process<'_, '_>) -> Option<ExecutorMemory> {
    let python = process.get("spark.kubernetes.resource.type") == Some("python");
    memory::executor(context.version_or_newest(), python, FACTOR, |key| process.get(key))
}

fn driver(context: &Context<'_, '_>, process: &Process<'_, '_>, problems: &mut Vec<Problem>) {
    if !context.told.computed.is_empty() {
        return; // Which of two values holds is not known.
    }
    let from_variable = process.variable("SPARK_DRIVER_MEMORY").map(text);
    let written = process.get("spark.driver.memory").map(str::to_owned).or(from_variable);
    let written = written.filter(|text| !text.contains('$'));
    let heap = match &written {
        Some(text) => values::heap(text),
        None => process.is_whole().then_some(DEFAULT_HEAP),
    };
    if !context.told.heap {
        let executors = executor(context, process).map(|executor| executor.heap);
        let both = [("spark.driver.memory", heap), ("spark.executor.memory", executors)];
        for (key, heap) in both.into_iter().filter_map(|(key, heap)| Some((key, heap?))) {
            if let Some(property) = process.property(key).filter(|_| heap < LEAST_HEAP_MIB) {
                let message =
                    format!("`{key}` is {}, but must be at least {LEAST_HEAP_MIB}m", property.value);
                problems.push(too_small(&message, context.place(property)));
            }
        }
    }
    let Some(heap) = heap.filter(|_| process.get("spark.submit.deployMode") != Some("cluster")) else {
        return;
    };
    let need = driver_need(context, process, heap);
    let sum = || need.told();
    let need = need.sum();
    let place = || match process.property("spark.driver.memory") {
        Some(property) => context.place(property),
        None => context.subject.place(process.app.container),
    };
    let name = || process.name(context.subject);
    problems.extend(too_little(
        context,
        process.app.container,
        "limits",
        need,
        &|| format!("{} needs {need}Mi: {}", name(), sum()),
        &place,
    ));
    let floor = if own(context, process) { need } else { heap };
    problems.extend(too_little(
        context,
        process.app.container,
        "requests",
        floor,
        &|| format!("{} needs {floor}Mi: {}", name(), sum()),
        &place,
    ));
    as_in_spec(context, process, heap, problems);
}

/// What a driver needs, in MiB.
struct Need {
    heap: u64,
    beside: u64,
    off_heap: u64,
}

impl Need {
    fn sum(&self) -> u64 {
        self.heap + self.beside + self.off_heap
    }

    fn told(&self) -> String {
        let Need { heap, beside, off_heap } = self;
        let also = if *off_heap > 0 { format!(", and {off_heap}Mi off the heap") } else { String::new() };
        format!("a heap of {heap}Mi and {beside}Mi beside it{also}")
    }
}

/// What a driver in client mode needs.
fn driver_need(context: &Context<'_, '_>, process: &Process<'_, '_>, heap: u64) -> Need {
    let version = context.version_or_newest();
    let size = |key: &str| values::mebibytes(process.get(key)?, version);
    let factor = ["spark.driver.memoryOverheadFactor", "spark.kubernetes.memoryOverheadFactor"];
    let factor = factor.into_iter().find_map(|key| process.get(key)?.parse().ok()).unwrap_or(FACTOR);
    let in_spec = context.subject.known().filter(|_| own(context, process)).and_then(|known| {
        let overhead = known.compiled.spec.connect.driver.memory_overhead.as_ref()?;
        Some(overhead.mebibytes())
    });
    let off_heap = executor(context, process).map_or(0, |executor| executor.off_heap);
    let with_overhead = memory::process(heap, size("spark.driver.memoryOverhead").or(in_spec), factor);
    Need { heap, beside: with_overhead - heap, off_heap }
}

/// Whether it is the Connect server that the spec of a compiled release describes.
fn own(context: &Context<'_, '_>, process: &Process<'_, '_>) -> bool {
    process.app.role == Role::Connect
        && context.subject.known().is_some_and(|known| known.compiled.spec.connect.enabled)
}

/// Heaps that differ from what the spec gives.
fn as_in_spec(context: &Context<'_, '_>, process: &Process<'_, '_>, heap: u64, problems: &mut Vec<Problem>) {
    let Some(known) = context.subject.known().filter(|_| own(context, process)) else { return };
    let connect = &known.compiled.spec.connect;
    let (wanted_driver, wanted) = (connect.driver.memory.mebibytes(), &connect.executor);
    let wanted_executor =
        wanted.memory.mebibytes() + memory::overhead(&wanted.memory, wanted.memory_overhead.as_ref());
    let executor = executor(context, process).map(|executor| executor.heap + executor.overhead);
    let pairs = [
        ("driver", "spark.driver.memory", Some(heap), wanted_driver),
        ("executor", "spark.executor.memory", executor, wanted_executor),
    ];
    for (what, key, found, wanted) in pairs {
        let Some(found) = found.filter(|found| *found != wanted) else { continue };
        let place = match process.property(key) {
            Some(property) => property.place(context.subject),
            None => process.app.file.map_or(Place::Whole, |file| context.subject.place(file.node)),
        };
        problems.push(
            Problem::new(
                "spark/memory-exceeds-limit",
                format!("Spark gives its {what} {found}Mi, where `connect.{what}` gives {wanted}Mi"),
                place,
                "heap, or heap and overhead, differ",
            )
            .and(Place::Spec(format!("connect.{what}.memory").parse().unwrap_or_default()), "from this")
            .help(format!("write `connect.{what}.memory` and `.memoryOverhead` into the server's properties, and nothing else")),
        );
    }
}

/// Daemons, workers and tools.
fn other(
    context: &Context<'_, '_>,
    pod: &Pod<'_>,
    container: &Node,
    process: Option<&Process<'_, '_>>,
    problems: &mut Vec<Problem>,
) {
    let variable = |name: &str| {
        let entry = container.list("env").iter().find(|entry| entry.text("name") == Some(name));
        entry.and_then(|entry| entry.get("value")).map(text)
    };
    let runs = |program: &str| {
        let mut words =
            container.list("command").iter().chain(container.list("args")).filter_map(Node::as_str);
        words.any(|word| word.split_whitespace().any(|part| part.ends_with(program)))
    };
    let daemon = variable("SPARK_DAEMON_MEMORY");
    let name = || format!("`{}` of {}", container.text("name").unwrap_or_default(), pod.name());
    let place = || context.subject.place(container);
    if process.is_some() || daemon.is_some() {
        let Some(heap) = daemon.as_deref().map_or(Some(DEFAULT_HEAP), values::heap) else { return };
        let own = memory::process(heap, None, FACTOR);
        let executors =
            worker(context, container, &variable).map(|memory| (memory, beside_executors(context, memory)));
        let workers = executors.map_or(0, |(memory, beside)| memory + beside);
        let need = own + workers;
        let message = || {
            let executors = executors.map(|(memory, beside)| {
                format!(", {memory}Mi for executors and {beside}Mi beside their heaps")
            });
            let (name, beside) = (name(), own - heap);
            let also = executors.unwrap_or_default();
            format!("{name} needs {need}Mi: a heap of {heap}Mi and {beside}Mi beside it{also}")
        };
        problems.extend(too_little(context, container, "limits", need, &message, &place));
        problems.extend(too_little(context, container, "requests", heap + workers, &message, &place));
    } else if runs("spark-class") {
        let heap = variable("SPARK_DRIVER_MEMORY");
        let Some(heap) = heap.as_deref().map_or(Some(DEFAULT_HEAP), values::heap) else { return };
        let need = heap + TOOL;
        let message = || {
            let name = name();
            format!("{name} needs {need}Mi: a heap of {heap}Mi (SPARK_DRIVER_MEMORY) and {TOOL}Mi beside it")
        };
        problems.extend(too_little(context, container, "limits", need, &message, &place));
    }
}

/// The MiB that a worker gives to executors: `--memory`, in its command or in the script that it runs, or
/// SPARK_WORKER_MEMORY.
fn worker(
    context: &Context<'_, '_>,
    container: &Node,
    variable: &impl Fn(&str) -> Option<String>,
) -> Option<u64> {
    let words = || container.list("command").iter().chain(container.list("args")).filter_map(Node::as_str);
    let scripts = context.subject.files.iter().filter(|file| {
        file.key.ends_with(".sh") && words().any(|word| word.ends_with(&format!("/{}", file.key)))
    });
    // Only a whole command has both in it: the program in one word, its options in others.
    let starts = |text: &str| text.contains("deploy.worker.Worker") || text.contains("start-worker.sh");
    let command = words().any(starts).then(|| words().collect::<Vec<_>>().join(" "));
    let texts = scripts.map(|file| file.text).chain(command.as_deref());
    let said = texts.filter(|text| starts(text)).find_map(|text| {
        let mut parts = text.split_whitespace().skip_while(|part| !matches!(*part, "--memory" | "-m"));
        parts.nth(1).map(str::to_owned)
    });
    values::mebibytes(&said.or_else(|| variable("SPARK_WORKER_MEMORY"))?, context.version_or_newest())
}

/// The MiB beside the heaps of the executors that fit into a worker, as far as properties say: Spark's own master
/// counts heaps alone.
fn beside_executors(context: &Context<'_, '_>, worker: u64) -> u64 {
    let drivers = context.processes.iter().filter(|process| {
        process.get("spark.master").is_some_and(|master| master.starts_with("spark://"))
            && process.get("spark.executor.memoryOverhead").is_some()
    });
    let sizes = drivers.filter_map(|process| executor(context, process)).filter(|size| size.heap > 0);
    sizes.map(|size| worker / size.heap * size.overhead).max().unwrap_or(0)
}

/// A limit or request below what is needed.
fn too_little(
    context: &Context<'_, '_>,
    container: &Node,
    which: &'static str,
    need: u64,
    message: &dyn Fn() -> String,
    heap: &dyn Fn() -> Place,
) -> Option<Problem> {
    let node = container.below(&["resources", which, "memory"])?;
    let amount: Quantity = text(node).parse().ok()?;
    let need_milli = i128::from(need) * 1000 * 1024 * 1024;
    (amount.milli() < need_milli).then(|| {
        let what = if which == "limits" { "limited to" } else { "promised" };
        Problem::new(
            "spark/memory-exceeds-limit",
            format!("{}, but is {what} {amount}", message()),
            context.subject.place(node),
            format!("less than {need}Mi"),
        )
        .and(heap(), "the heap is set here")
        .why(if which == "limits" {
            "the kernel kills the process when it goes beyond the limit: exit code 137, OOMKilled"
        } else {
            "the scheduler finds it a place for that much only, and it is the first to be evicted when the node runs short"
        })
        .help(format!("give it at least {need}Mi, or lower the heap"))
    })
}
