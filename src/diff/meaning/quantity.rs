//! Amounts as Kubernetes reads them, in full: also what no layer may write.

/// One, in billionths.
pub const ONE: i128 = 1_000_000_000;

/// The amount of a quantity in billionths, the finest that Kubernetes knows; nothing of what is none. What is finer
/// is rounded up, away from zero, as Kubernetes does.
///
/// Source: `k8s.io/apimachinery/pkg/api/resource/quantity.go`, the grammar in the comment on `Quantity`.
pub fn amount(text: &str) -> Option<i128> {
    let (is_negative, text) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 || fraction.contains('.') || whole.len() + fraction.len() > 27 {
        return None;
    }
    let mantissa: i128 = match format!("{whole}{fraction}").as_str() {
        "" => 0,
        digits => digits.parse().ok()?,
    };
    let (scale, ten) = suffix_of(suffix)?;
    // mantissa × scale × 10^(ten - fraction's digits), in billionths.
    let ten = ten + 9 - i32::try_from(fraction.len()).ok()?;
    let scaled = mantissa.checked_mul(scale)?;
    let amount = match u32::try_from(ten) {
        Ok(ten) => scaled.checked_mul(10_i128.checked_pow(ten)?)?,
        Err(_) => {
            let divisor = 10_i128.checked_pow(ten.unsigned_abs())?;
            scaled / divisor + i128::from(scaled % divisor != 0)
        }
    };
    Some(if is_negative { -amount } else { amount })
}

/// What a suffix multiplies by: a power of two, and a power of ten.
fn suffix_of(suffix: &str) -> Option<(i128, i32)> {
    let binary = |shift: u32| Some((1_i128 << shift, 0));
    match suffix {
        "" => Some((1, 0)),
        "n" => Some((1, -9)),
        "u" => Some((1, -6)),
        "m" => Some((1, -3)),
        "k" => Some((1, 3)),
        "M" => Some((1, 6)),
        "G" => Some((1, 9)),
        "T" => Some((1, 12)),
        "P" => Some((1, 15)),
        "E" => Some((1, 18)),
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        "Ei" => binary(60),
        _ => {
            let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            (-30..=30).contains(&exponent).then_some((1, exponent))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_that_mean_the_same_are_one() {
        for (a, b) in [
            ("1Gi", "1024Mi"),
            ("1", "1000m"),
            ("1.5", "1500m"),
            ("0.5Gi", "512Mi"),
            ("1e3", "1k"),
            ("1E3", "1000"),
            ("2E", "2000P"),
            ("100u", "0.1m"),
            ("01", "+1"),
            ("1.", "1"),
            (".5", "500m"),
            ("0.1n", "1n"),
            ("0", "0Gi"),
        ] {
            assert!(amount(a).is_some(), "{a}");
            assert_eq!(amount(a), amount(b), "{a} {b}");
        }
        assert!(amount("1G") < amount("1Gi"));
        assert_eq!(amount("-1m"), Some(-1_000_000));
    }

    #[test]
    fn what_is_no_amount_is_none() {
        for text in
            ["", "Gi", "4GB", "1..2", "1 Gi", "4gi", "e3", "-", "1e99", "99999999999999999999999999999Ei"]
        {
            assert_eq!(amount(text), None, "{text}");
        }
    }
}
