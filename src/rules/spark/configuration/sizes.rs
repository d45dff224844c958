//! Sizes that should be chosen, and are not.

use super::{Context, Process};
use crate::rules::set::Role;
use crate::rules::{Place, Problem};

/// Sizes without a value, memory for Python, adaptive execution.
pub fn check(context: &Context<'_, '_>, problems: &mut Vec<Problem>) {
    for process in context.processes.iter().filter(|process| process.app.is_driver() && process.is_whole()) {
        unset(context, process, problems);
        python(context, process, problems);
    }
    for property in context.properties() {
        let key = property.key.as_str();
        let adaptive = matches!(
            key,
            "spark.sql.adaptive.enabled"
                | "spark.sql.adaptive.skewJoin.enabled"
                | "spark.sql.adaptive.coalescePartitions.enabled"
        );
        if adaptive && property.value.trim().eq_ignore_ascii_case("false") {
            problems.push(
                Problem::new(
                    "spark/adaptive-off",
                    format!("`{key}` is off"),
                    context.place(property),
                    "switched off here",
                )
                .why("one task that has most of a join's rows then holds up the whole query, or dies of them")
                .help("remove it, or set it to true"),
            );
        }
    }
}

fn file(context: &Context<'_, '_>, process: &Process<'_, '_>) -> Place {
    process.app.file.map_or(Place::Whole, |file| context.subject.place(file.node))
}

fn unset(context: &Context<'_, '_>, process: &Process<'_, '_>, problems: &mut Vec<Problem>) {
    let cluster = process.get("spark.master").is_some_and(|master| !master.starts_with("local"));
    if !cluster {
        return;
    }
    let has_heap = process.variable("SPARK_DRIVER_MEMORY").is_some();
    let fixed = !process.is_on("spark.dynamicAllocation.enabled") && process.is_on_kubernetes();
    let wanted = [
        ("spark.driver.memory", !has_heap, "a heap of 1g"),
        ("spark.executor.memory", true, "a heap of 1g"),
        (
            "spark.executor.cores",
            true,
            "one task at a time, or on a standalone cluster all cores of a worker",
        ),
        ("spark.executor.instances", fixed, "two executors"),
    ];
    for (key, _, otherwise) in
        wanted.into_iter().filter(|(key, counts, _)| *counts && process.get(key).is_none())
    {
        problems.push(
            Problem::new(
                "spark/unset-size",
                format!("{} has no `{key}`", process.name(context.subject)),
                file(context, process),
                "not set here, nor on the command line",
            )
            .why(format!("Spark takes its default then: {otherwise}"))
            .help(format!("set `{key}`")),
        );
    }
}

/// A Connect server is no application in Python for Spark, whatever its clients send.
fn python(context: &Context<'_, '_>, process: &Process<'_, '_>, problems: &mut Vec<Problem>) {
    let keys = [
        "spark.executor.memoryOverhead",
        "spark.executor.memoryOverheadFactor",
        "spark.kubernetes.memoryOverheadFactor",
        "spark.executor.minMemoryOverhead",
    ];
    let said = keys.iter().any(|key| process.get(key).is_some());
    if process.app.role == Role::Connect && process.is_on_kubernetes() && !said {
        problems.push(
            Problem::new(
                "spark/python-overhead",
                format!("the executors of {} have no room of their own for Python", process.name(context.subject)),
                file(context, process),
                "`spark.executor.memoryOverhead` is not set",
            )
            .why("a Connect server's executors get a tenth of the heap beside it, and Python functions live there: their pods die with exit code 137")
            .help("set `spark.executor.memoryOverhead` to what Python needs, a quarter of the heap or more"),
        );
    }
}
