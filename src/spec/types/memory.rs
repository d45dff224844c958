//! Spark's memory strings: `8g`, `512m`.

use super::{ValueError, amount_type, text_type};
use std::str::FromStr;

/// An amount of memory as Spark writes it, kept as written and compared by amount.
///
/// Spark also takes bare numbers (meaning MiB for some keys and bytes for others) and upper case;
/// sparkctl takes neither, so that one spelling means one thing. Source: `JavaUtils.byteStringAs`,
/// Spark 4.1.
///
/// ```
/// use sparkctl::spec::types::SparkMemory;
/// let one: SparkMemory = "8g".parse().unwrap();
/// assert!(one == "8192m".parse().unwrap());
/// assert_eq!(one.mebibytes(), 8192);
/// ```
#[derive(Debug, Clone)]
pub struct SparkMemory {
    text: String,
    bytes: u64,
}

text_type!(
    SparkMemory,
    "SparkMemory",
    "spark-memory",
    r"^[1-9][0-9]{0,9}[kmgt]$",
    "An amount of memory as Spark writes it: `512m`, `8g`. The units are binary: 1g is 1024m."
);
amount_type!(SparkMemory, bytes);

impl SparkMemory {
    /// The amount in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The amount in whole MiB, rounded down as Spark does.
    pub fn mebibytes(&self) -> u64 {
        self.bytes >> 20
    }
}

impl FromStr for SparkMemory {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let wrong = || {
            let number: String = text.chars().take_while(char::is_ascii_digit).collect();
            let unit = text[number.len()..].to_ascii_lowercase();
            let hint = match unit.trim_end_matches('b').trim_end_matches('i') {
                unit @ ("k" | "m" | "g" | "t") if !number.is_empty() && format!("{number}{unit}") != text => {
                    format!(": Spark writes {number}{unit}")
                }
                "" if !number.is_empty() => format!(": the unit is missing, as in {number}m"),
                _ => String::new(),
            };
            ValueError(format!("`{text}` is no Spark memory size such as 512m or 8g{hint}"))
        };
        let shift = match text.bytes().last() {
            Some(b'k') => 10,
            Some(b'm') => 20,
            Some(b'g') => 30,
            Some(b't') => 40,
            _ => return Err(wrong()),
        };
        let number = &text[..text.len() - 1];
        let plain = !number.is_empty() && number.len() <= 10 && number.bytes().all(|b| b.is_ascii_digit());
        if !plain || number.starts_with('0') {
            return Err(wrong());
        }
        let bytes = number.parse::<u64>().ok().and_then(|n| n.checked_mul(1 << shift)).ok_or_else(wrong)?;
        Ok(SparkMemory { text: text.to_owned(), bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_binary() {
        assert_eq!("1g".parse::<SparkMemory>().unwrap(), "1024m".parse().unwrap());
        assert!("8g".parse::<SparkMemory>().unwrap() < "1t".parse().unwrap());
    }

    #[test]
    fn kubernetes_units_are_told_apart() {
        let error = |text: &str| text.parse::<SparkMemory>().unwrap_err().to_string();
        assert_eq!(error("8Gi"), "`8Gi` is no Spark memory size such as 512m or 8g: Spark writes 8g");
        assert_eq!(
            error("512"),
            "`512` is no Spark memory size such as 512m or 8g: the unit is missing, as in 512m"
        );
        for text in ["", "g", "0g", "1.5g", "-1g", "8 g", "99999999999t"] {
            assert!(text.parse::<SparkMemory>().is_err(), "{text:?}");
        }
    }
}
