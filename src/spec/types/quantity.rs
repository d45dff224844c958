//! Kubernetes quantities: `500m`, `2`, `4Gi`.

use super::{ValueError, amount_type, text_type};
use std::str::FromStr;

/// An amount of CPU or memory as Kubernetes writes it, kept as written and compared by amount.
///
/// Source of the grammar and the suffixes: `k8s.io/apimachinery/pkg/api/resource/quantity.go`.
/// Exponents (`1e3`) and amounts below a thousandth are not accepted: no layer needs them.
///
/// ```
/// use sparkctl::spec::types::Quantity;
/// let one: Quantity = "1Gi".parse().unwrap();
/// let other: Quantity = "1024Mi".parse().unwrap();
/// assert!(one == other && one.to_string() == "1Gi");
/// ```
#[derive(Debug, Clone)]
pub struct Quantity {
    text: String,
    /// Thousandths of one.
    milli: i128,
}

text_type!(
    Quantity,
    "Quantity",
    "kubernetes-quantity",
    r"^[0-9]+(\.[0-9]{1,3})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$",
    "A Kubernetes quantity: `500m`, `2`, `4Gi`."
);
amount_type!(Quantity, milli);

const SUFFIXES: [(&str, i128); 11] = [
    ("Ki", 1_000 << 10),
    ("Mi", 1_000 << 20),
    ("Gi", 1_000 << 30),
    ("Ti", 1_000 << 40),
    ("Pi", 1_000 << 50),
    ("m", 1),
    ("k", 1_000_000),
    ("M", 1_000_000_000),
    ("G", 1_000_000_000_000),
    ("T", 1_000_000_000_000_000),
    ("P", 1_000_000_000_000_000_000),
];

impl Quantity {
    /// The amount in thousandths: `500m` is 500, `1Ki` is 1 024 000.
    pub fn milli(&self) -> i128 {
        self.milli
    }
}

impl FromStr for Quantity {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (number, scale) = SUFFIXES
            .iter()
            .find_map(|(suffix, scale)| Some((text.strip_suffix(suffix)?, *scale)))
            .unwrap_or((text, 1_000));
        let wrong = || {
            let lower = text.to_ascii_lowercase();
            let hint = lower
                .strip_suffix("gb")
                .or(lower.strip_suffix("g"))
                .filter(|n| n.bytes().all(|b| b.is_ascii_digit()) && !n.is_empty())
                .map(|n| format!(": Kubernetes writes {n}Gi"))
                .unwrap_or_default();
            ValueError(format!("`{text}` is no Kubernetes quantity such as 500m, 2 or 4Gi{hint}"))
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 15 || fraction.len() > 3 || !digits(whole) || !digits(fraction) {
            return Err(wrong());
        }
        if number.contains('.') && fraction.is_empty() {
            return Err(wrong());
        }
        let whole: i128 = whole.parse().map_err(|_| wrong())?;
        let thousandths: i128 = format!("{fraction:0<3}").parse().map_err(|_| wrong())?;
        Ok(Quantity { text: text.to_owned(), milli: whole * scale + thousandths * scale / 1_000 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milli(text: &str) -> i128 {
        text.parse::<Quantity>().unwrap().milli()
    }

    #[test]
    fn amounts_are_compared_not_texts() {
        assert_eq!(milli("1Gi"), milli("1024Mi"));
        assert_eq!(milli("1"), milli("1000m"));
        assert_eq!(milli("1.5"), 1_500);
        assert_eq!(milli("0.5Gi"), milli("512Mi"));
        assert!(milli("1G") < milli("1Gi"));
    }

    #[test]
    fn what_kubernetes_would_refuse_is_refused() {
        for text in ["", "Gi", "4GB", "1e3", "-1", "1.", ".5", "1 Gi", "4gi", "99999999999999999"] {
            assert!(text.parse::<Quantity>().is_err(), "{text:?}");
        }
        let error = "8g".parse::<Quantity>().unwrap_err().to_string();
        assert_eq!(error, "`8g` is no Kubernetes quantity such as 500m, 2 or 4Gi: Kubernetes writes 8Gi");
    }
}
