//! Durations: `30s`, `5m`, `1h`.

use super::{ValueError, amount_type, text_type};
use std::str::FromStr;

/// A span of time in whole seconds or more, with one unit; Spark and Prometheus both read it.
///
/// Milliseconds do not exist here, so `m` is always minutes.
///
/// ```
/// use sparkctl::spec::types::Duration;
/// let five: Duration = "5m".parse().unwrap();
/// assert!(five == "300s".parse().unwrap() && five.seconds() == 300);
/// ```
#[derive(Debug, Clone)]
pub struct Duration {
    text: String,
    seconds: u64,
}

text_type!(
    Duration,
    "Duration",
    "duration-with-unit",
    r"^[1-9][0-9]{0,7}[smhd]$",
    "A span of time with one unit, s, m (minutes), h or d: `30s`, `5m`."
);
amount_type!(Duration, seconds);

impl Duration {
    /// The length in seconds.
    pub fn seconds(&self) -> u64 {
        self.seconds
    }
}

impl FromStr for Duration {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let wrong = || ValueError(format!("`{text}` is no duration such as 30s, 5m, 1h or 7d"));
        let unit = match text.bytes().last() {
            Some(b's') => 1,
            Some(b'm') => 60,
            Some(b'h') => 3_600,
            Some(b'd') => 86_400,
            _ => return Err(wrong()),
        };
        let number = &text[..text.len() - 1];
        let plain = !number.is_empty() && number.len() <= 8 && number.bytes().all(|b| b.is_ascii_digit());
        if !plain || number.starts_with('0') {
            return Err(wrong());
        }
        let number: u64 = number.parse().map_err(|_| wrong())?;
        Ok(Duration { text: text.to_owned(), seconds: number * unit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_not_milliseconds() {
        assert_eq!("5m".parse::<Duration>().unwrap().seconds(), 300);
        for text in ["", "5", "5ms", "1h30m", "0s", "-1s", "1.5h"] {
            assert!(text.parse::<Duration>().is_err(), "{text:?}");
        }
    }
}
