//! How many executors a driver asks for, and how many cores each.

use crate::spec::types::Quantity;

/// What `spark.executor.instances` is where nobody sets it: `SchedulerBackendUtils.DEFAULT_NUMBER_EXECUTORS`.
const DEFAULT_EXECUTORS: u64 = 2;

/// The most executors that one driver may have with these properties; nothing where there is no bound, which
/// is `spark.dynamicAllocation.maxExecutors`' default, or where a number cannot be read.
///
/// ```
/// use sparkctl::spark::executors::most;
/// assert_eq!(most(|_| None), Some(2));
/// assert_eq!(most(|key| (key == "spark.executor.instances").then_some("5")), Some(5));
/// assert_eq!(most(|key| (key == "spark.dynamicAllocation.enabled").then_some("true")), None);
/// ```
pub fn most<'c>(conf: impl Fn(&str) -> Option<&'c str>) -> Option<u64> {
    let is_dynamic = conf("spark.dynamicAllocation.enabled")
        .is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
    match (is_dynamic, conf("spark.executor.instances")) {
        (true, _) => conf("spark.dynamicAllocation.maxExecutors")?.trim().parse().ok(),
        (false, Some(text)) => text.trim().parse().ok(),
        (false, None) => Some(DEFAULT_EXECUTORS),
    }
}

/// What the pod of one executor asks the scheduler for, in thousandths of a core: as many as Spark counts unless
/// it is told otherwise (`BasicExecutorFeatureStep`).
pub fn cores<'c>(conf: impl Fn(&str) -> Option<&'c str>) -> Option<i128> {
    let cores = conf("spark.kubernetes.executor.request.cores").or_else(|| conf("spark.executor.cores"));
    Some(cores.unwrap_or("1").trim().parse::<Quantity>().ok()?.milli())
}
