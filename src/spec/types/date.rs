//! A day, for what holds until then.

use super::{ValueError, text_type};
use std::fmt;
use std::str::FromStr;

/// A day of the calendar, written `2027-01-31`. sparkctl reads no clock: which day it is, it is told.
///
/// ```
/// use sparkctl::spec::types::Date;
/// let (early, late): (Date, Date) = ("2026-12-31".parse().unwrap(), "2027-01-31".parse().unwrap());
/// assert!(early < late);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl FromStr for Date {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let wrong = || ValueError(format!("`{text}` is no day: write it as \"2027-01-31\""));
        let (year, rest) = text.split_once('-').ok_or_else(wrong)?;
        let (month, day) = rest.split_once('-').ok_or_else(wrong)?;
        let digits = |part: &str, length: usize| {
            let plain = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| part.parse::<u16>().ok()).flatten().ok_or_else(wrong)
        };
        let (year, month, day) = (digits(year, 4)?, digits(month, 2)?, digits(day, 2)?);
        if year < 2000 {
            return Err(wrong());
        }
        if !(1..=12).contains(&month) {
            return Err(ValueError(format!("`{text}` is no day: there is no month {month}")));
        }
        if day == 0 || day > days(year, month) {
            return Err(ValueError(format!("`{text}` is no day: that month has {} days", days(year, month))));
        }
        Ok(Date { year, month: month as u8, day: day as u8 })
    }
}

/// The days of a month, in the Gregorian calendar.
fn days(year: u16, month: u16) -> u16 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

text_type!(Date, "Date", "date", r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$", "A day such as \"2027-01-31\".");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar_and_no_others() {
        for good in ["2024-02-29", "2026-12-31", "2000-02-29", "2027-01-01"] {
            assert_eq!(good.parse::<Date>().unwrap().to_string(), good);
        }
        for bad in
            ["2026-02-29", "2100-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-1-31", "", "x"]
        {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
        for bad in ["31.01.2027", "2027-01-31T00:00", "+027-01-31", "1999-12-31", "2027/01/31"] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
    }

    #[test]
    fn days_are_in_the_order_of_the_calendar() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert!(day("2026-12-31") < day("2027-01-01") && day("2027-01-31") < day("2027-02-01"));
    }
}
