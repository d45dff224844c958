//! Bounds that contradict one another: of executors, and of their cores.

use super::spec;
use super::{Context, Process};
use crate::rules::Problem;
use crate::rules::set::Property;
use crate::spec::types::Quantity;

/// Bounds of the number of executors and of their CPU, as they are rendered.
pub fn check(context: &Context<'_, '_>, problems: &mut Vec<Problem>) {
    for process in context.processes.iter().filter(|process| process.app.is_driver()) {
        if !context.told.bounds && context.told.computed.is_empty() {
            executors(context, process, problems);
        }
        cores(context, process, problems);
        heartbeat(context, process, problems);
    }
}

/// Spark 3.5 to 4.3 ends with "The value of spark.network.timeout must be greater than the value of
/// spark.executor.heartbeatInterval" (`SparkConf.validateSettings`).
fn heartbeat(context: &Context<'_, '_>, process: &Process<'_, '_>, problems: &mut Vec<Problem>) {
    let Some(beat) = process.property("spark.executor.heartbeatInterval") else { return };
    let timeout = process.property("spark.network.timeout");
    let (every, limit) = (
        milliseconds(&beat.value, 1),
        timeout.map_or(Some(120_000), |timeout| milliseconds(&timeout.value, 1000)),
    );
    if let (Some(every), Some(limit)) = (every, limit)
        && every >= limit
    {
        let limit = timeout.map_or("120s", |timeout| timeout.value.trim());
        let message = format!(
            "`spark.executor.heartbeatInterval` is {}, and executors are lost after {limit}",
            beat.value
        );
        problems.push(
            Problem::new("spark/wrong-value", message, context.place(beat), "longer than the timeout")
                .why("Spark refuses to start unless `spark.network.timeout` is the longer one")
                .help("write 10s, or raise `spark.network.timeout` far above it"),
        );
    }
}

/// A time as Spark writes it; `bare` is what a number without a unit counts in, in milliseconds.
fn milliseconds(text: &str, bare: u64) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|byte: char| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let unit = match unit {
        "" => bare,
        "ms" => 1,
        "s" => 1000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

fn executors(context: &Context<'_, '_>, process: &Process<'_, '_>, problems: &mut Vec<Problem>) {
    if !process.is_on("spark.dynamicAllocation.enabled") {
        return;
    }
    let number = |name: &str| {
        let property = process.property(&format!("spark.dynamicAllocation.{name}Executors"))?;
        Some((property, property.value.trim().parse::<i64>().ok()?))
    };
    let (min, initial, max) = (number("min"), number("initial"), number("max"));
    let above = |low: Option<(&Property<'_>, i64)>, high: Option<(&Property<'_>, i64)>| {
        let (low, high) = (low?, high?);
        (low.1 > high.1).then(|| {
            let message = format!("`{}` is {} and `{}` is {}", low.0.key, low.1, high.0.key, high.1);
            spec::bounds(&message, context.place(high.0), format!("less than {}", low.1))
                .and(context.place(low.0), "more than that")
        })
    };
    let pairs = [(min, max), (min, initial), (initial, max)];
    problems.extend(pairs.into_iter().find_map(|(low, high)| above(low, high)));
    differ(context, process, [min, initial, max], problems);
}

/// Bounds that differ from what the spec gives.
fn differ(
    context: &Context<'_, '_>,
    process: &Process<'_, '_>,
    found: [Option<(&Property<'_>, i64)>; 3],
    problems: &mut Vec<Problem>,
) {
    let connect = context.subject.known().map(|known| &known.compiled.spec.connect);
    let Some(connect) = connect.filter(|connect| connect.enabled && process.is_whole()) else { return };
    let instances = &connect.executor.instances;
    let wanted = [instances.min.get(), instances.initial.get(), instances.max.get()];
    for ((name, found), wanted) in ["min", "initial", "max"].into_iter().zip(found).zip(wanted) {
        // Without an upper bound at all it is `spark/executor-limit`.
        let unbounded = name == "max" && process.property("spark.dynamicAllocation.maxExecutors").is_none();
        if unbounded || found.is_some_and(|(_, found)| found == i64::from(wanted)) {
            continue;
        }
        let place = match found {
            Some((property, _)) => property.place(context.subject),
            None => context.subject.place(process.app.file.map_or(process.app.container, |file| file.node)),
        };
        problems.push(
            Problem::new(
                "spark/executor-bounds",
                format!("the server's `{name}Executors` is not the {wanted} of `connect.executor.instances.{name}`"),
                place,
                found.map_or_else(|| "not set".to_owned(), |(_, found)| format!("{found} here")),
            )
            .help("write the bounds of the spec into the server's properties, and nothing else"),
        );
    }
}

fn cores(context: &Context<'_, '_>, process: &Process<'_, '_>, problems: &mut Vec<Problem>) {
    let prefix = "spark.kubernetes.executor";
    let (request, limit) = (format!("{prefix}.request.cores"), format!("{prefix}.limit.cores"));
    let asked = process.property(&request).or_else(|| process.property("spark.executor.cores"));
    let (Some(asked), Some(limit)) = (asked, process.property(&limit)) else { return };
    let amount = |property: &Property<'_>| property.value.trim().parse::<Quantity>().ok();
    let (Some(asks), Some(may)) = (amount(asked), amount(limit)) else { return };
    if may < asks {
        problems.push(
            Problem::new(
                "pod/request-above-limit",
                format!("executors ask for {asks} CPU and are limited to {may}"),
                context.place(limit),
                "this is less",
            )
            .and(context.place(asked), "than this")
            .why("Kubernetes refuses a pod whose request is above its limit: no executor ever comes")
            .help("raise the limit, or leave it out: CPU that is short only makes things slower"),
        );
    }
}
