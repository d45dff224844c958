//! The version of a chart: semantic versioning 2.0.0, which Helm holds charts to.

use std::fmt;
use std::str::FromStr;

/// A version such as `1.4.0`, `1.4.0-rc.1` or `1.4.0+build.7`.
///
/// ```
/// use sparkctl::gitops::chart::ChartVersion;
///
/// assert!("1.4.0-rc.1+build.7".parse::<ChartVersion>().is_ok());
/// assert!("1.4".parse::<ChartVersion>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartVersion(String);

/// A text that is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a chart's version is three numbers, as 1.4.0, and may go on as 1.4.0-rc.1 or 1.4.0+build.7")]
pub struct VersionError;

impl FromStr for ChartVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let (rest, build) = split(text, '+');
        let (core, before) = split(rest, '-');
        let numbers: Vec<&str> = core.split('.').collect();
        let good = numbers.len() == 3
            && numbers.iter().all(|part| is_number(part))
            && before.is_none_or(|parts| {
                parts.split('.').all(|part| is_word(part) && (is_number(part) || !digits(part)))
            })
            && build.is_none_or(|parts| parts.split('.').all(is_word));
        if good { Ok(ChartVersion(text.to_owned())) } else { Err(VersionError) }
    }
}

impl fmt::Display for ChartVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn is_number(part: &str) -> bool {
    digits(part) && (part == "0" || !part.starts_with('0')) && part.len() <= 18
}

fn digits(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_word(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
