//! Values that are each allowed and make no sense together.

use crate::diagnostic::Finding;
use crate::layer::path::SpecPath;
use crate::layer::stack::Merged;
use crate::source::Span;
use crate::spec::Spec;
use crate::spec::connect::Cpu;
use crate::spec::types::SparkMemory;

/// Every finding about values that do not fit one another.
pub fn all(spec: &Spec, merged: &Merged) -> Vec<Finding> {
    let at = |path: &str| place(merged, path);
    let mut findings = Vec::new();
    let instances = &spec.connect.executor.instances;
    let (min, initial, max) = (instances.min.get(), instances.initial.get(), instances.max.get());
    if spec.connect.enabled && !(min <= initial && initial <= max) {
        findings.push(
            Finding::error(
                "spark/executor-bounds",
                format!("{min} to {max} executors, beginning with {initial}, cannot be"),
            )
            .at(at("connect.executor.instances.initial"), format!("beginning with {initial}"))
            .and(at("connect.executor.instances.min"), format!("at least {min}"))
            .and(at("connect.executor.instances.max"), format!("at most {max}"))
            .why("Spark refuses to start with such bounds")
            .help("choose min <= initial <= max"),
        );
    }
    if spec.connect.enabled {
        let (driver, executor) = (&spec.connect.driver, &spec.connect.executor);
        findings.extend(cpu("connect.driver.cpu", &driver.cpu, &at));
        findings.extend(cpu("connect.executor.cpu", &executor.cpu, &at));
        findings.extend(heap("connect.driver.memory", &driver.memory, &at));
        findings.extend(heap("connect.executor.memory", &executor.memory, &at));
    }
    findings
}

fn cpu(path: &str, cpu: &Cpu, at: &impl Fn(&str) -> Span) -> Option<Finding> {
    let limit = cpu.limit.as_ref().filter(|limit| **limit < cpu.request)?;
    let message = format!("`{path}` asks for {} and is limited to {limit}", cpu.request);
    Some(
        Finding::error("pod/request-above-limit", message)
            .at(at(&format!("{path}.limit")), "this is less")
            .and(at(&format!("{path}.request")), "than this")
            .why("Kubernetes refuses a pod whose request is above its limit")
            .help(format!(
                "raise `{path}.limit`, or leave it out: CPU that is short only makes things slower"
            )),
    )
}

/// The smallest heap that Spark starts with: 1.5 times the 300 MiB that it keeps for itself. Measured
/// on 4.1.4, which names it in `INVALID_DRIVER_MEMORY` and `INVALID_EXECUTOR_MEMORY`.
const LEAST_HEAP: u64 = 471_859_200;

fn heap(path: &str, heap: &SparkMemory, at: &impl Fn(&str) -> Span) -> Option<Finding> {
    (heap.bytes() < LEAST_HEAP).then(|| {
        Finding::error("spark/heap-too-small", format!("`{path}` is {heap}, but must be at least 450m"))
            .at(at(path), "this heap")
            .why("Spark keeps 300 MiB for itself and refuses to start with less than one and a half times that")
            .help("give it 1g or more")
    })
}

/// Where a value was written; the whole spec where the path cannot be read or nothing stands there.
fn place(merged: &Merged, path: &str) -> Span {
    let path: SpecPath = path.parse().unwrap_or_default();
    merged.root.nearest(&path).0.span
}
