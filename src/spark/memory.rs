//! How much memory a Spark pod asks Kubernetes for.
//!
//! Measured on 3.5.9 and 4.3.0 through `ResourceProfile.getResourcesForClusterManager`; all amounts
//! are whole MiB.

use super::values::mebibytes;
use crate::spec::types::SparkMemory;

/// The least overhead: `spark.executor.minMemoryOverhead`'s default, fixed before Spark 4.0.
const LEAST_MIB: u64 = 384;

/// The part of a heap that stands beside it unless a property says otherwise, of all that Spark itself is not told
/// to be an application in Python.
pub const FACTOR: f64 = 0.1;

/// What an executor's memory is made of, in MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExecutorMemory {
    /// `spark.executor.memory`.
    pub heap: u64,
    /// What the JVM, its threads, and Python take beside the heap.
    pub overhead: u64,
    /// `spark.memory.offHeap.size`, where it is enabled.
    pub off_heap: u64,
    /// `spark.executor.pyspark.memory`, for applications in Python alone.
    pub python: u64,
}

impl ExecutorMemory {
    /// What the pod asks for and is limited to.
    pub fn pod(&self) -> u64 {
        self.heap + self.overhead + self.off_heap + self.python
    }
}

/// What an executor asks for with these properties. `factor` is what holds where neither
/// `spark.executor.memoryOverheadFactor` nor `spark.kubernetes.memoryOverheadFactor` is set; `python` says whether the
/// application was submitted as one in Python, which a Connect server never is. Nothing where a size cannot be read.
///
/// ```
/// use sparkctl::spark::memory::executor;
/// let conf = |key: &str| (key == "spark.executor.memory").then_some("8g");
/// assert_eq!(executor("4.1", false, 0.1, conf).unwrap().pod(), 9011);
/// ```
pub fn executor<'c>(
    version: &str,
    python: bool,
    factor: f64,
    conf: impl Fn(&str) -> Option<&'c str>,
) -> Option<ExecutorMemory> {
    let size = |key: &str, otherwise: u64| match conf(key) {
        Some(text) => mebibytes(text, version),
        None => Some(otherwise),
    };
    let heap = size("spark.executor.memory", 1024)?;
    let factor = ["spark.executor.memoryOverheadFactor", "spark.kubernetes.memoryOverheadFactor"]
        .into_iter()
        .find_map(&conf)
        .map_or(Some(factor), |text| text.trim().parse().ok())?;
    let least = match version {
        "3.5" => LEAST_MIB,
        _ => size("spark.executor.minMemoryOverhead", LEAST_MIB)?,
    };
    let overhead = match conf("spark.executor.memoryOverhead") {
        Some(text) => mebibytes(text, version)?,
        None => share(heap, factor).max(least),
    };
    let is_on = conf("spark.memory.offHeap.enabled").is_some_and(|on| on.trim().eq_ignore_ascii_case("true"));
    // The only size of these whose bare numbers count bytes.
    let off_heap = match conf("spark.memory.offHeap.size").filter(|_| is_on) {
        Some(text) if text.trim().bytes().all(|byte| byte.is_ascii_digit()) => {
            text.trim().parse::<u64>().ok()? >> 20
        }
        Some(text) => mebibytes(text, version)?,
        None => 0,
    };
    let python = if python { size("spark.executor.pyspark.memory", 0)? } else { 0 };
    Some(ExecutorMemory { heap, overhead, off_heap, python })
}

/// A part of a heap, cut as Spark cuts it.
fn share(heap: u64, factor: f64) -> u64 {
    (factor * heap as f64) as u64
}

/// What a JVM with this heap needs at least, in MiB: for drivers in client mode and daemons, whose pods Spark does not
/// make. `overhead` is what was set for it, if anything.
pub fn process(heap: u64, overhead: Option<u64>, factor: f64) -> u64 {
    heap + overhead.unwrap_or_else(|| share(heap, factor).max(LEAST_MIB))
}

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
    #![allow(clippy::unwrap_used, clippy::panic)]
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

    /// Every line: version, whether in Python, factor, the pod's MiB, properties.
    #[test]
    fn holds_every_vector() {
        let mut held = 0;
        for line in
            include_str!("../../tests/rules/memory-vectors.tsv").lines().filter(|line| !line.starts_with('#'))
        {
            let columns: Vec<&str> = line.split('\t').collect();
            let [version, python, factor, heap, off_heap, pyspark, overhead, pod, properties] = columns[..]
            else {
                panic!("{line}")
            };
            let properties: Vec<(&str, &str)> =
                properties.split(' ').map(|pair| pair.split_once('=').unwrap()).collect();
            let conf = |key: &str| properties.iter().find(|(own, _)| *own == key).map(|(_, value)| *value);
            let found = executor(version, python == "true", factor.parse().unwrap(), conf).unwrap();
            let number = |text: &str| text.parse::<u64>().unwrap();
            let expected = ExecutorMemory {
                heap: number(heap),
                overhead: number(overhead),
                off_heap: number(off_heap),
                python: number(pyspark),
            };
            assert_eq!((found, found.pod()), (expected, number(pod)), "{line}");
            held += 1;
        }
        assert_eq!(held, 50);
    }

    #[test]
    fn the_least_overhead_can_be_moved_since_4_0() {
        let conf = |key: &str| match key {
            "spark.executor.memory" => Some("1g"),
            "spark.executor.minMemoryOverhead" => Some("1g"),
            _ => None,
        };
        assert_eq!(executor("3.5", false, 0.1, conf).unwrap().pod(), 1408);
        assert_eq!(executor("4.0", false, 0.1, conf).unwrap().pod(), 2048);
        assert_eq!((process(4096, None, 0.1), process(8192, Some(2048), 0.1)), (4505, 10240));
    }
}
