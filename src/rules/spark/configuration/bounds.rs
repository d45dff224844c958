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
    }
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
