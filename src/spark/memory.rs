//! How much memory a Spark pod asks Kubernetes for.
//!
//! Measured on 3.5.9 and 4.3.0 through `ResourceProfile.getResourcesForClusterManager`; all amounts
//! are whole MiB.

use crate::spec::types::SparkMemory;

/// The least overhead: `spark.executor.minMemoryOverhead`'s default, fixed before Spark 4.0.
const LEAST_MIB: u64 = 384;

/// MiB beside the heap: what was set, or a tenth of the heap and at least 384.
///
/// The tenth is `spark.kubernetes.memoryOverheadFactor`'s default. A Connect server keeps it: only
/// Python applications submitted in cluster mode get 0.4.
///
/// ```
/// use sparkctl::spark::memory::overhead;
/// assert_eq!(overhead(&"4g".parse().unwrap(), None), 409);
/// assert_eq!(overhead(&"1g".parse().unwrap(), None), 384);
/// assert_eq!(overhead(&"8g".parse().unwrap(), Some(&"1g".parse().unwrap())), 1024);
/// ```
pub fn overhead(heap: &SparkMemory, set: Option<&SparkMemory>) -> u64 {
    match set {
        Some(overhead) => overhead.mebibytes(),
        None => (heap.mebibytes() / 10).max(LEAST_MIB),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_what_spark_answered() {
        for (heap, set, pod) in [
            ("1g", None, 1408),
            ("4g", None, 4505),
            ("8g", None, 9011),
            ("10g", None, 11264),
            ("600m", None, 984),
            ("8g", Some("1g"), 9216),
            ("1g", Some("100m"), 1124),
        ] {
            let heap: SparkMemory = heap.parse().unwrap();
            let set: Option<SparkMemory> = set.map(|text: &str| text.parse().unwrap());
            assert_eq!(heap.mebibytes() + overhead(&heap, set.as_ref()), pod);
        }
    }
}
