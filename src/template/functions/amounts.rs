//! Arithmetic over memory, durations and quantities.

use super::refused;
use crate::graph::totals;
use crate::spark::memory;
use crate::spec::types::{Duration, Quantity, SparkMemory};
use minijinja::Error;
use minijinja::value::{Rest, Value};
use std::str::FromStr;

fn parsed<T: FromStr>(text: &str) -> Result<T, Error>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| refused(error.to_string()))
}

/// `seconds("5m")`: 300.
pub fn seconds(text: &str) -> Result<u64, Error> {
    Ok(parsed::<Duration>(text)?.seconds())
}

/// `overhead(spec.connect.driver)`: MiB beside the heap, as Spark would compute them.
pub fn overhead(process: &Value) -> Result<u64, Error> {
    let field = |name: &str| process.get_attr(name).map(|value| value.as_str().map(str::to_owned));
    let heap: SparkMemory = parsed(&field("memory")?.unwrap_or_default())?;
    let overhead = field("memoryOverhead")?.map(|text| parsed::<SparkMemory>(&text)).transpose()?;
    Ok(memory::overhead(&heap, overhead.as_ref()))
}

/// `pod_memory(spec.connect.driver)`: heap and overhead as a Kubernetes quantity.
pub fn pod_memory(process: &Value) -> Result<String, Error> {
    let heap: SparkMemory = parsed(process.get_attr("memory")?.as_str().unwrap_or_default())?;
    Ok(format!("{}Mi", heap.mebibytes() + overhead(process)?))
}

/// `mebibytes("2g")`: 2048, rounded down; for `-Xmx` and the like.
pub fn mebibytes(text: &str) -> Result<u64, Error> {
    Ok(parsed::<SparkMemory>(text)?.mebibytes())
}

/// `quantity_sum("500m", "2")`: `2500m`; where one of them is an amount of memory, in MiB.
pub fn quantity_sum(parts: Rest<String>) -> Result<String, Error> {
    let mut sum = 0_i128;
    for part in parts.iter() {
        sum = sum.saturating_add(parsed::<Quantity>(part)?.milli());
    }
    let memory = parts.iter().any(|part| part.ends_with(|c: char| c.is_ascii_alphabetic() && c != 'm'));
    Ok(if memory { totals::mebibytes(sum) } else { totals::cores(sum) })
}
