//! Totals of both sides, row by row, in units that people read.

use crate::diff::totals::Totals;

/// One row of totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What is counted.
    pub label: &'static str,
    /// On the first side.
    pub before: String,
    /// On the second side.
    pub after: String,
    /// How much more or less, with its sign; empty where it is the same.
    pub delta: String,
}

/// How an amount is written.
#[derive(Clone, Copy)]
enum Unit {
    Count,
    Cores,
    Bytes,
}

/// The rows that are not nothing on both sides.
pub fn rows(before: &Totals, after: &Totals) -> Vec<Row> {
    let own = |totals: &Totals| {
        [
            ("replicas", Unit::Count, Some(totals.replicas)),
            ("CPU requests", Unit::Cores, Some(totals.cpu)),
            ("CPU limits", Unit::Cores, Some(totals.cpu_limit)),
            ("memory requests", Unit::Bytes, Some(totals.memory)),
            ("memory limits", Unit::Bytes, Some(totals.memory_limit)),
            ("executors at most", Unit::Count, (!totals.unbounded).then_some(totals.executors)),
            ("  their CPU", Unit::Cores, (!totals.unbounded).then_some(totals.executor_cpu)),
            ("  their memory", Unit::Bytes, (!totals.unbounded).then_some(totals.executor_memory)),
            ("storage", Unit::Bytes, Some(totals.storage)),
        ]
    };
    let rows = own(before).into_iter().zip(own(after));
    rows.filter(|((_, _, old), (_, _, new))| !(*old == Some(0) && *new == Some(0)))
        .map(|((label, unit, old), (_, _, new))| Row {
            label,
            before: shown(unit, old),
            after: shown(unit, new),
            delta: delta(unit, old, new),
        })
        .collect()
}

fn shown(unit: Unit, amount: Option<u64>) -> String {
    let Some(amount) = amount else { return "no bound".to_owned() };
    match unit {
        Unit::Count => amount.to_string(),
        Unit::Cores => decimal(amount, 1000),
        Unit::Bytes if amount == 0 => "0".to_owned(),
        Unit::Bytes if amount < 1 << 30 => format!("{}Mi", decimal(amount, 1 << 20)),
        Unit::Bytes if amount < 10 << 40 => format!("{}Gi", decimal(amount, 1 << 30)),
        Unit::Bytes => format!("{}Ti", decimal(amount, 1 << 40)),
    }
}

/// With two places behind the point at most.
fn decimal(amount: u64, one: u64) -> String {
    let hundredths = (u128::from(amount) * 100 + u128::from(one) / 2) / u128::from(one);
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn delta(unit: Unit, before: Option<u64>, after: Option<u64>) -> String {
    match (before, after) {
        (Some(before), Some(after)) if before < after => format!("+{}", shown(unit, Some(after - before))),
        (Some(before), Some(after)) if before > after => format!("-{}", shown(unit, Some(before - after))),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_people_say_them() {
        assert_eq!(shown(Unit::Cores, Some(12_850)), "12.85");
        assert_eq!(shown(Unit::Cores, Some(3000)), "3");
        assert_eq!(shown(Unit::Bytes, Some(55_296 << 20)), "54Gi");
        assert_eq!(shown(Unit::Bytes, Some(1408 << 20)), "1.38Gi");
        assert_eq!(shown(Unit::Bytes, Some(512 << 20)), "512Mi");
        assert_eq!(shown(Unit::Count, None), "no bound");
        assert_eq!(delta(Unit::Cores, Some(500), Some(2000)), "+1.5");
        assert_eq!(delta(Unit::Bytes, Some(2 << 30), Some(1 << 30)), "-1Gi");
        assert_eq!(delta(Unit::Count, Some(1), None), "");
    }

    #[test]
    fn what_is_nothing_on_both_sides_has_no_row() {
        let some = Totals { replicas: 2, ..Totals::default() };
        let nothing = Totals::default();
        let labels: Vec<&str> = rows(&nothing, &some).iter().map(|row| row.label).collect();
        assert_eq!(labels, ["replicas"]);
        assert!(rows(&nothing, &nothing).is_empty());
    }
}
