//! Scalars by what they mean: amounts, spans of time, numbers that are written as text.

mod duration;
mod quantity;
pub mod spark;

pub use duration::nanoseconds;
pub use quantity::amount;

use super::knowledge::Reading;
use crate::layer::tree::{Node, Value};

/// A scalar by what it means: two that are equal here are the same to whoever reads them.
#[derive(Debug, PartialEq, Eq, Hash)]
pub enum Meaning<'a> {
    /// A flag.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// Any other number, by its bits.
    Number(u64),
    /// Text.
    Text(&'a str),
    /// An amount, in billionths.
    Amount(i128),
    /// A span of time, in billionths of a second.
    Time(i128),
}

/// What a scalar means; nothing of `null`, lists and mappings.
pub fn of(node: &Node, reading: Reading) -> Option<Meaning<'_>> {
    let read = |text: &str| match reading {
        Reading::Quantity => amount(text).map(Meaning::Amount),
        Reading::Duration => nanoseconds(text).map(Meaning::Time),
        Reading::WholeOrText => {
            text.parse().ok().filter(|number: &i64| number.to_string() == text).map(Meaning::Whole)
        }
        Reading::Plain => None,
    };
    Some(match &node.value {
        Value::String(text) => read(text).unwrap_or(Meaning::Text(text)),
        Value::Int(number) if reading == Reading::Quantity => {
            Meaning::Amount(i128::from(*number) * quantity::ONE)
        }
        Value::Float(number) if reading == Reading::Quantity => {
            read(&number.to_string()).unwrap_or(Meaning::Number(number.to_bits()))
        }
        Value::Int(number) => Meaning::Whole(*number),
        Value::Float(number) => Meaning::Number(number.to_bits()),
        Value::Bool(flag) => Meaning::Flag(*flag),
        Value::Null | Value::List(_) | Value::Map(_) => return None,
    })
}
