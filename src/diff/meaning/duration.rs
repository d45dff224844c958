//! Spans of time as Go and Prometheus write them: `90s`, `1m30s`, `1.5h`, `1d`.

const UNITS: [(&str, i128); 10] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
    ("d", 86_400 * 1_000_000_000),
    ("w", 7 * 86_400 * 1_000_000_000),
    ("y", 365 * 86_400 * 1_000_000_000),
];

/// The length in billionths of a second; nothing of what is none. Days, weeks and years are Prometheus' alone, and a
/// fraction is Go's.
pub fn nanoseconds(text: &str) -> Option<i128> {
    if text == "0" {
        return Some(0);
    }
    let (mut rest, mut sum) = (text, 0_i128);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let unit = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        if number.is_empty() || whole.len() > 15 || fraction.len() > 9 || fraction.contains('.') {
            return None;
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let parts: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
        sum += whole * unit + parts * unit / 10_i128.pow(u32::try_from(fraction.len()).ok()?);
        rest = after;
    }
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::nanoseconds;

    #[test]
    fn spans_that_are_as_long_are_one() {
        for (a, b) in
            [("90s", "1m30s"), ("1.5h", "90m"), ("1d", "24h"), ("0", "0s"), ("1h0m0s", "1h"), ("1w", "7d")]
        {
            assert!(nanoseconds(a).is_some(), "{a}");
            assert_eq!(nanoseconds(a), nanoseconds(b), "{a} {b}");
        }
        for text in ["", "5", "s", "1x", "1 s", "1..5s", "-"] {
            assert_eq!(nanoseconds(text), None, "{text}");
        }
    }
}
